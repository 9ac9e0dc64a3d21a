// The package's entries for Node: modules that hand on what CommonJS files under chunks/ hold, since those can be loaded
// at the moment when something in them is first used.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { transform } from "esbuild";
import { rollup } from "rollup";
import { partsOf } from "./graph.mjs";
import { chunkOf, lazyModules } from "./lazy.mjs";

// Before a formatted class's body is a space or a new line; behind its brace the line ends, or the body is empty.
const classHead = /^((?:export )?(?:abstract )?class (\w+)\b[\s\S]*?\s\{)(?=\}?$)/gm;

/** Reads TypeScript. A class says its name itself, since minifying gives it another: printed modules and errors show it. */
const typescript = {
  name: "typescript",
  async load(id) {
    if (!id.endsWith(".ts") || id.startsWith("\0")) return null;
    const text = (await readFile(id, "utf8")).replace(classHead, '$1 static get name() { return "$2"; }');
    return transform(text, { loader: "ts", target: "node20", sourcemap: true, sourcefile: id });
  },
};

const minified = {
  name: "minified",
  renderChunk: (code) => transform(code, { minify: true, format: "cjs", target: "node20", sourcemap: true }),
};

/** The sources of what package.json names for Node, exports and command: `torch/index` and the like. */
function entryNames(root) {
  const { exports, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const built = [...Object.values(exports).flatMap((target) => target.node ?? []), ...Object.values(bin)];
  return [...new Set(built.map((path) => path.replace(/^\.\/dist\/node\/(.*)\.js$/, "$1")))];
}

const handingOn = /^export \* as (\w+) from "\.\/(.*)\.ts";$/gm;

/** The entries that an entry hands on under a name, as pairs of name and entry. */
function handedOn(root, name, names) {
  const text = readFileSync(join(root, "src", `${name}.ts`), "utf8");
  return [...text.matchAll(handingOn)]
    .map(([, as, entry]) => [as, entry])
    .filter(([, entry]) => names.includes(entry));
}

/** Leaves out of the main entry what it hands on of others: that is said where the entries are written. */
function withoutHandedOn(root, names) {
  return {
    name: "without-handed-on",
    transform(code, id) {
      if (id !== join(root, "src/index.ts")) return null;
      const left = code.replace(handingOn, (line, _, entry) => (names.includes(entry) ? "" : line));
      return { code: left, map: null };
    },
  };
}

/** What has effects when it is loaded, besides being there. */
function sideEffects(root) {
  const { sideEffects: paths } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return new Set(paths.map((path) => join(root, path.replace(/^\.\/dist\/(.*)\.js$/, "src/$1.ts"))));
}

async function chunks(root, names) {
  const parts = await partsOf(
    root,
    names.map((name) => `src/${name}.ts`),
  );
  const effects = sideEffects(root);
  const bundle = await rollup({
    input: Object.fromEntries(names.map((name) => [name, join(root, "src", `${name}.ts`)])),
    plugins: [typescript, withoutHandedOn(root, names), lazyModules(root, parts)],
    external: /^(?:node:|weightbridge\/)/,
    treeshake: { moduleSideEffects: (id) => effects.has(id) },
    preserveEntrySignatures: "allow-extension",
    onwarn({ code, message }) {
      if (code !== "CIRCULAR_DEPENDENCY" && code !== "CIRCULAR_CHUNK") throw new Error(message);
    },
  });
  const { output } = await bundle.write({
    dir: join(root, "dist/node/chunks"),
    format: "cjs",
    strict: true,
    esModule: false,
    externalLiveBindings: false,
    hoistTransitiveImports: false,
    interop: "default",
    generatedCode: { preset: "es2015" },
    manualChunks: (id) => chunkOf(root, parts, id),
    onlyExplicitManualChunks: true,
    chunkFileNames: ({ name }) => (name.startsWith("part-") ? "[name].cjs" : "[name]-[hash].cjs"),
    entryFileNames({ name }) {
      const part = parts.get(`${name}.ts`);
      return part === undefined ? `${name.replaceAll("/", "-")}.cjs` : `part-${part}.cjs`;
    },
    sourcemap: true,
    plugins: [minified],
  });
  return output;
}

const reservedWords = new Set([
  "default",
  "delete",
  "false",
  "in",
  "new",
  "null",
  "this",
  "true",
  "var",
  "void",
  "with",
]);

/** Writes an entry: a module with the same exports. */
async function writeEntry(root, name, file, names) {
  const path = join(root, "dist/node", `${name}.js`);
  const up = "../".repeat(name.split("/").length - 1) || "./";
  const { href } = pathToFileURL(join(root, "dist", `${name}.js`));
  const others = new Map(handedOn(root, name, names));
  const exported = Object.keys(await import(href)).filter((each) => !others.has(each));
  // A name like `var` can be exported, and no variable can have it.
  const plain = exported.filter((each) => !reservedWords.has(each));
  const reserved = exported.filter((each) => reservedWords.has(each));
  const text = [
    ...(name.startsWith("cli/") ? ["#!/usr/bin/env node"] : []),
    'import { createRequire } from "node:module";',
    `const $ = createRequire(import.meta.url)("${up}chunks/${file}");`,
    `export const { ${plain.join(", ")} } = $;`,
    ...reserved.map((each) => `const ${each}_ = $.${each};\nexport { ${each}_ as ${each} };`),
    ...[...others].map(([as, entry]) => `export * as ${as} from "./${entry}.js";`),
  ];
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${text.join("\n")}\n`);
}

/** Makes dist/node. The modules in dist/ have been compiled before: what they export is read off them. */
export async function bundleForNode(root) {
  const names = entryNames(root);
  const output = await chunks(root, names);
  for (const name of names) {
    const chunk = output.find(({ facadeModuleId }) => facadeModuleId === join(root, "src", `${name}.ts`));
    await writeEntry(root, name, chunk.fileName, names);
  }
}
