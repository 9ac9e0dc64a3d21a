// The plugin that makes parts lazy. Whatever an eager module imports from a lazy part comes from a stub: functions that
// call the real ones, read when they are called. Between the parts, every access to a lazy one is a call that loads it.

import { isAbsolute, join, resolve } from "node:path";
import { nameOf } from "./graph.mjs";
import { kindsOf } from "./kinds.mjs";
import { eagerParts, eagerRoots, lazyParts } from "./parts.mjs";
import { briefStubs, forwarding, namespaceText, stubText } from "./stubs.mjs";

const stubMark = "\0stub:";
const namespaceMark = "\0namespace:";
/** Before a root of the eager parts that others read as a namespace, which then lists each name there and not in the part. */
const wholeMark = "\0whole:";
/** A stub or a namespace: its mark, the part it is in, and which module it stands for. */
const made = /^(\0stub:|\0namespace:)(\w+):(.*)$/;

const isEager = (part) => eagerParts.some(({ name }) => name === part);
const hasStubs = (part) =>
  isEager(part) || lazyParts.some(({ name, stubs }) => name === part && stubs === true);
const isLazy = (part) => lazyParts.some(({ name }) => name === part);

/** The variable that the bundler makes of a part's file. No word of the sources looks like it. */
const variableOf = (part) => `part${part[0].toUpperCase()}${part.slice(1)}`;

/**
 * The plugin.
 * @param parts the part of each module, by the module's name
 */
export function lazyModules(root, parts) {
  const partOf = (id) => parts.get(nameOf(root, id));
  return {
    name: "lazy-modules",
    resolveId(source, importer) {
      if (source.startsWith(namespaceMark) || source.startsWith(wholeMark) || isAbsolute(source))
        return source;
      if (importer === undefined) return resolve(root, source);
      if (!source.startsWith(".")) return { id: source, external: true };
      const id = join(importer, "..", source);
      const [from, to] = [partOf(importer), partOf(id)];
      const crosses = from !== to && hasStubs(from) && isLazy(to);
      return crosses ? { id: `${stubMark}${from}:${id}`, moduleSideEffects: false } : id;
    },
    async load(marked) {
      if (marked.startsWith(wholeMark)) {
        const id = marked.slice(wholeMark.length);
        return { code: `export * from ${JSON.stringify(id)};`, moduleSideEffects: false };
      }
      const found = made.exec(marked);
      if (found === null) return null;
      const [, mark, , id] = found;
      const kinds = await kindsOf(root, nameOf(root, id));
      if (mark === namespaceMark) return { code: namespaceText(id, kinds), moduleSideEffects: false };
      return { code: stubText(id, kinds), moduleSideEffects: false };
    },
    async transform(code, importer) {
      if (importer.startsWith("\0")) return null;
      const whole = /^import \* as (\w+) from "(\..*?)";$/gm;
      if (!isEager(partOf(importer))) {
        const changed = code.replace(whole, (line, name, source) => {
          const id = join(importer, "..", source);
          return eagerRoots.includes(nameOf(root, id))
            ? `import * as ${name} from ${JSON.stringify(`${wholeMark}${id}`)};`
            : line;
        });
        return { code: changed, map: null };
      }
      const lazy = (source) => {
        const id = join(importer, "..", source);
        return isLazy(partOf(id)) ? id : null;
      };
      // The bundler would read every member of such a namespace to make it.
      let changed = code.replace(/^export \* as (\w+) from "(\..*?)";$/gm, (whole, name, source) => {
        const id = lazy(source);
        if (id === null) return whole;
        return `export { namespace as ${name} } from ${JSON.stringify(`${namespaceMark}${partOf(importer)}:${id}`)};`;
      });
      // And it would list every name of such a one again.
      for (const [line, name, source] of code.matchAll(whole)) {
        const id = lazy(source);
        const kinds = id === null ? [] : await kindsOf(root, nameOf(root, id));
        if (id === null || kinds.some(({ kind }) => kind !== "function")) continue;
        changed = changed.replace(line, `import ${name} from "${source}";`);
      }
      return { code: changed, map: null };
    },
    // Modules say their own place: the entries stand where their sources do.
    resolveImportMeta(property, { moduleId }) {
      if (property !== "url") return null;
      const path = JSON.stringify(`../${nameOf(root, moduleId).replace(/ts$/, "js")}`);
      return `require("node:url").pathToFileURL(require("node:path").join(__dirname, ${path})).href`;
    },
    // No line moves, so that the map stays right.
    renderChunk: (code, { name }) => ({
      code: lazyAccesses(briefStubs(code), name.replace("part-", "")),
      map: null,
    }),
  };
}

/** The chunk that a module, or a stub of one, is put into; none where the bundler may choose. */
export function chunkOf(root, parts, id) {
  if (id === forwarding) return "part-core";
  if (id.startsWith(wholeMark))
    return `whole-${nameOf(root, id.slice(wholeMark.length)).replace(".ts", "").replaceAll("/", "-")}`;
  const part = made.exec(id)?.[2] ?? parts.get(nameOf(root, id));
  return part === undefined ? undefined : `part-${part}`;
}

const required = /^(?:const|var) (part\w+) = require\('\.\/(part-\w+\.cjs)'\);$/gm;

/** A chunk that loads lazy parts where something in them is used, and keeps what it uses of those loaded before it. */
function lazyAccesses(code, part) {
  const after = lazyParts.find(({ name }) => name === part)?.after ?? [];
  const before = new Set([...eagerParts.map(({ name }) => name), ...after].map(variableOf));
  const heads = new Map();
  for (const [, variable] of code.matchAll(required)) heads.set(variable, { used: new Set() });
  if (heads.size === 0) return code;
  const body = code.replace(/(?<![\w$]|(?<!\.\.)\.)(part[A-Z]\w*)\.([\w$]+)/g, (whole, variable, name) => {
    const head = heads.get(variable);
    if (head === undefined) return whole;
    head.used.add(name);
    return before.has(variable) ? `${variable}$${name}` : `${variable}.it.${name}`;
  });
  return body.replace(required, (line, variable, file) => {
    if (new RegExp(`(?<![\\w$])${variable}(?![\\w$.])`).test(body.replace(line, ""))) {
      throw new Error(`${part} uses ${variable} in a way that cannot be made lazy`);
    }
    const { used } = heads.get(variable);
    if (!before.has(variable))
      return `let ${variable}$; const ${variable} = { get it() { return ${variable}$ ??= require("./${file}"); } };`;
    const names = [...used].map((name) => `${name}: ${variable}$${name}`);
    return `const { ${names.join(", ")} } = require("./${file}");`;
  });
}
