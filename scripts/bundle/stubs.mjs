// The modules that stand for those of lazy parts, and how little of them is left in a bundle: each name of a function once.

import { fileURLToPath } from "node:url";

/** The module of what stubs are made with. */
export const forwarding = fileURLToPath(new URL("forwarding.js", import.meta.url));
const importOf = (name) => `import { ${name} } from ${JSON.stringify(forwarding)};`;

/** The text of a stub, in lines that are found again in a bundle: functions and tables of kernels that call the real ones; the rest is the real thing. */
export function stubText(id, kinds) {
  const real = JSON.stringify(id);
  const made = (names, read, by = "forward") =>
    `/* @__PURE__ */ ${by}(${JSON.stringify(names.join(" "))}, () => ${read})`;
  const namesOf = (which) => kinds.filter(({ kind }) => kind === which).map(({ name }) => name);
  const values = namesOf("value");
  const tables = kinds.filter(({ kind }) => kind === "kernels");
  const lines = [importOf("forward, forwardKernels"), `import * as real from ${real};`];
  const functions = namesOf("function");
  lines.push(`const lazyFunctions = ${made(functions, "real")};`);
  // By default, so that `export *` hands on the functions alone.
  lines.push("export { lazyFunctions as default };");
  // A name like `var` can be exported, and no variable can have it.
  const own = functions.map((name) => [name, `stub_${name}`]);
  lines.push(
    `const { ${own.map(([name, variable]) => `${name}: ${variable}`).join(", ")} } = lazyFunctions;`,
  );
  lines.push(`export { ${own.map(([name, variable]) => `${variable} as ${name}`).join(", ")} };`);
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

const declared = /^(const (lazyFunctions[\w$]*) = .*forward\()"([^"]*)"(, \(\) => .*\);)$/gm;
const taken = /^const \{ (.*) \} = (lazyFunctions[\w$]*);$/gm;
const exportLine = /^exports\.([\w$]+) = (stub_[\w$]+);$/gm;

/** How often each stub and each of their functions is named in a chunk, where they are not made or exported. */
function countsOf(code) {
  const rest = [declared, taken, exportLine].reduce((text, lines) => text.replace(lines, ""), code);
  const counts = new Map();
  for (const [word] of rest.matchAll(/(?<![\w$.])(?:lazyFunctions|stub_)[\w$]*/g))
    counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** The stubs of a chunk, by variable: what they are made with, the variables of their functions, and which are exported as they are. */
function stubsOf(code) {
  const stubs = new Map();
  for (const [, , variable, names] of code.matchAll(declared))
    stubs.set(variable, { names: names.split(" "), variables: new Map(), exported: new Set() });
  for (const [, pairs, variable] of code.matchAll(taken))
    stubs.get(variable).variables = new Map(pairs.split(", ").map((pair) => pair.split(": ")));
  const holders = (name) => [...stubs.values()].filter(({ names }) => names.includes(name)).length;
  const lines = new Set([...code.matchAll(exportLine)].map(([, name, variable]) => `${name} ${variable}`));
  for (const { variables, exported } of stubs.values()) {
    for (const [name, variable] of variables)
      if (lines.has(`${name} ${variable}`) && holders(name) === 1) exported.add(name);
  }
  return stubs;
}

/**
 * A chunk whose stubs have the functions that are used, and no others: variables have those that it calls, and those that
 * it exports are handed on together. No line moves.
 */
export function briefStubs(code) {
  const [stubs, counts] = [stubsOf(code), countsOf(code)];
  const renamed = new Set([...code.matchAll(exportLine)].map(([, , variable]) => variable));
  const handedOn = new Set();
  for (const { variables, exported } of stubs.values()) {
    for (const name of exported) {
      renamed.delete(variables.get(name));
      handedOn.add(name);
    }
  }
  const hasVariable = (variable) => counts.has(variable) || renamed.has(variable);
  const givers = [...stubs.keys()].filter((variable) => stubs.get(variable).exported.size > 0);
  let first = givers.length === 0 ? "" : `Object.assign(exports, ${givers.join(", ")});`;
  return code
    .replace(declared, (_, before, variable, names, after) => {
      const { variables, exported } = stubs.get(variable);
      const isUsed = (name) => exported.has(name) || hasVariable(variables.get(name));
      const left = counts.has(variable) ? names : names.split(" ").filter(isUsed).join(" ");
      return `${before}${JSON.stringify(left)}${after}`;
    })
    .replace(taken, (_, pairs, variable) => {
      const left = pairs.split(", ").filter((pair) => hasVariable(pair.split(": ")[1]));
      return left.length === 0 ? "" : `const { ${left.join(", ")} } = ${variable};`;
    })
    .replace(/^exports\.([\w$]+) = .*;$/gm, (line, name) => {
      const text = `${first}${handedOn.has(name) ? "" : line}`;
      first = "";
      return text;
    });
}
