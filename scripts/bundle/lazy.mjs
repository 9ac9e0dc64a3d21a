// The plugin that makes parts lazy. Whatever an eager module imports from a lazy part comes from a stub: functions that
// call the real ones, read when they are called. Between the parts, every access to a lazy one is a call that loads it.

import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { nameOf } from "./graph.mjs";
import { kindsOf } from "./kinds.mjs";
import { eagerParts, lazyParts } from "./parts.mjs";

const stubMark = "\0stub:";
const namespaceMark = "\0namespace:";
/** A module made here: its mark, the part it is in, and which module it stands for. */
const made = /^(\0stub:|\0namespace:)(\w+):(.*)$/;

const isEager = (part) => eagerParts.some(({ name }) => name === part);
const hasStubs = (part) =>
  isEager(part) || lazyParts.some(({ name, stubs }) => name === part && stubs === true);
const isLazy = (part) => lazyParts.some(({ name }) => name === part);

/** The variable that the bundler makes of a part's file. No word of the sources looks like it. */
const variableOf = (part) => `part${part[0].toUpperCase()}${part.slice(1)}`;

const forwarding = fileURLToPath(new URL("forwarding.js", import.meta.url));
const importOf = (name) => `import { ${name} } from ${JSON.stringify(forwarding)};`;

/** The text of a stub: functions and tables of kernels that call the real ones; the rest is the real thing. */
function stubText(id, kinds) {
  const real = JSON.stringify(id);
  const made = (names, read, by = "forward") =>
    `/* @__PURE__ */ ${by}(${JSON.stringify(names.join(" "))}, () => ${read})`;
  const namesOf = (which) => kinds.filter(({ kind }) => kind === which).map(({ name }) => name);
  const [functions, values] = [namesOf("function"), namesOf("value")];
  const tables = kinds.filter(({ kind }) => kind === "kernels");
  const lines = [importOf("forward, forwardKernels"), `import * as real from ${real};`];
  if (functions.length > 0) {
    // A name like `var` can be exported, and no variable can have it.
    lines.push(`const { ${functions.map((name) => `${name}: stub_${name}`)} } = ${made(functions, "real")};`);
    lines.push(`export { ${functions.map((name) => `stub_${name} as ${name}`)} };`);
  }
  for (const { name, keys } of tables)
    lines.push(`export const ${name} = ${made(keys, `real.${name}`, "forwardKernels")};`);
  if (values.length > 0) lines.push(`export { ${values.join(", ")} } from ${real};`);
  return lines.join("\n");
}

/** The text of a namespace whose members are read from the real module when they are asked for. */
function namespaceText(id, kinds) {
  const names = JSON.stringify(kinds.map(({ name }) => name).join(" "));
  return [
    importOf("namespaceOf"),
    `import * as real from ${JSON.stringify(id)};`,
    `export const namespace = /* @__PURE__ */ namespaceOf(${names}, () => real);`,
  ].join("\n");
}

/**
 * The plugin.
 * @param parts the part of each module, by the module's name
 */
export function lazyModules(root, parts) {
  const partOf = (id) => parts.get(nameOf(root, id));
  return {
    name: "lazy-modules",
    resolveId(source, importer) {
      if (source.startsWith(namespaceMark) || isAbsolute(source)) return source;
      if (importer === undefined) return resolve(root, source);
      if (!source.startsWith(".")) return { id: source, external: true };
      const id = join(importer, "..", source);
      const [from, to] = [partOf(importer), partOf(id)];
      const crosses = from !== to && hasStubs(from) && isLazy(to);
      return crosses ? { id: `${stubMark}${from}:${id}`, moduleSideEffects: false } : id;
    },
    async load(marked) {
      const found = made.exec(marked);
      if (found === null) return null;
      const [, mark, , id] = found;
      const kinds = await kindsOf(root, nameOf(root, id));
      return {
        code: mark === stubMark ? stubText(id, kinds) : namespaceText(id, kinds),
        moduleSideEffects: false,
      };
    },
    transform(code, importer) {
      if (!isEager(partOf(importer))) return null;
      // The bundler would read every member of such a namespace to make it.
      const changed = code.replace(/^export \* as (\w+) from "(\..*?)";$/gm, (whole, name, source) => {
        const id = join(importer, "..", source);
        if (!isLazy(partOf(id))) return whole;
        return `export { namespace as ${name} } from ${JSON.stringify(`${namespaceMark}${partOf(importer)}:${id}`)};`;
      });
      return { code: changed, map: null };
    },
    // Modules say their own place: the entries stand where their sources do.
    resolveImportMeta(property, { moduleId }) {
      if (property !== "url") return null;
      const path = JSON.stringify(`../${nameOf(root, moduleId).replace(/ts$/, "js")}`);
      return `require("node:url").pathToFileURL(require("node:path").join(__dirname, ${path})).href`;
    },
    // No line moves, so that the map stays right.
    renderChunk: (code, { name }) => ({ code: lazyAccesses(code, name.replace("part-", "")), map: null }),
  };
}

/** The chunk that a module, or a stub of one, is put into; none where the bundler may choose. */
export function chunkOf(root, parts, id) {
  if (id === forwarding) return "part-core";
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
