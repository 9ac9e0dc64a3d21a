// The modules that stand for those of lazy parts, and how little of them is left in a bundle: each name of a function once.

import { fileURLToPath } from "node:url";

/** The module of what stubs are made with. */
export const forwarding = fileURLToPath(new URL("forwarding.js", import.meta.url));
const importOf = (name) => `import { ${name} } from ${JSON.stringify(forwarding)};`;

/** The variable that holds a stub's functions; the bundler tells those of several stubs apart by a number behind it. */
export const functionsOf = "lazyFunctions";

/** The text of a stub: functions and tables of kernels that call the real ones; the rest is the real thing. */
export function stubText(id, kinds) {
  const real = JSON.stringify(id);
  const made = (names, read, by = "forward") =>
    `/* @__PURE__ */ ${by}(${JSON.stringify(names.join(" "))}, () => ${read})`;
  const namesOf = (which) => kinds.filter(({ kind }) => kind === which).map(({ name }) => name);
  const values = namesOf("value");
  const tables = kinds.filter(({ kind }) => kind === "kernels");
  const lines = [importOf("forward, forwardKernels"), `import * as real from ${real};`];
  lines.push(`export const ${functionsOf} = ${made(namesOf("function"), "real")};`);
  for (const { name, keys } of tables)
    lines.push(`export const ${name} = ${made(keys, `real.${name}`, "forwardKernels")};`);
  if (values.length > 0) lines.push(`export { ${values.join(", ")} } from ${real};`);
  return lines.join("\n");
}

/** The text of a namespace whose members are read from the real module when they are asked for. */
export function namespaceText(id, kinds) {
  const names = JSON.stringify(kinds.map(({ name }) => name).join(" "));
  return [
    importOf("namespaceOf"),
    `import * as real from ${JSON.stringify(id)};`,
    `export const namespace = /* @__PURE__ */ namespaceOf(${names}, () => real);`,
  ].join("\n");
}

const declared = new RegExp(
  `^(const (${functionsOf}[\\w$]*) = .*?forward\\()"([^"]*)"(, \\(\\) => .*\\);)$`,
  "gm",
);
const member = new RegExp(`(?<![\\w$.])(${functionsOf}[\\w$]*)(?:\\.([\\w$]+))?`, "g");
const exportLine = /^exports\.([\w$]+) = (.*);$/gm;

/**
 * The stubs of a chunk by variable: the names that it uses itself, those that it exports as they are and nobody else's of
 * that name, and all that it has where it is used whole.
 */
function usesOf(code) {
  const stubs = new Map();
  for (const [, , variable, names] of code.matchAll(declared))
    stubs.set(variable, {
      names: new Set(names.split(" ")),
      used: new Set(),
      exported: new Set(),
      isWhole: false,
    });
  const holders = (name) => [...stubs.values()].filter(({ names }) => names.has(name)).length;
  for (const [, name, value] of code.matchAll(exportLine)) {
    const stub = stubs.get(value.slice(0, -name.length - 1));
    if (stub !== undefined && value.endsWith(`.${name}`) && holders(name) === 1) stub.exported.add(name);
  }
  const isHandedOn = (name) => [...stubs.values()].some(({ exported }) => exported.has(name));
  const rest = code.replace(declared, "").replace(exportLine, (line, name) => (isHandedOn(name) ? "" : line));
  for (const [, variable, name] of rest.matchAll(member)) {
    const stub = stubs.get(variable);
    if (name === undefined && stub !== undefined) stub.isWhole = true;
    else stub?.used.add(name);
  }
  return stubs;
}

/**
 * A chunk whose stubs have the functions that are used, and no others: those that it calls are in variables of their own,
 * those that it exports are handed on together. No line moves.
 */
export function briefStubs(code) {
  const stubs = usesOf(code);
  const handedOn = [...stubs.keys()].filter((variable) => stubs.get(variable).exported.size > 0);
  const names = new Set(handedOn.flatMap((variable) => [...stubs.get(variable).exported]));
  let first = handedOn.length === 0 ? "" : `Object.assign(exports, ${handedOn.join(", ")});`;
  return code
    .replace(declared, (_, before, variable, all, after) => {
      const { used, exported, isWhole } = stubs.get(variable);
      const left = all.split(" ").filter((name) => isWhole || used.has(name) || exported.has(name));
      const own = [...used].map((name) => `${name}: ${variable}$${name}`);
      const taken = own.length === 0 ? "" : ` const { ${own.join(", ")} } = ${variable};`;
      return `${before}${JSON.stringify(left.join(" "))}${after}${taken}`;
    })
    .replace(exportLine, (line, name) => {
      const text = `${first}${names.has(name) ? "" : line}`;
      first = "";
      return text;
    })
    .replace(member, (whole, variable, name) =>
      name === undefined || !stubs.has(variable) ? whole : `${variable}$${name}`,
    );
}
