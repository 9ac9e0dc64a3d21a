// The house rules that can be read off the source files: which folder may import which, where Node's own modules may
// be named, how long a file may be and how it begins.

import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import { filesBelow, textOf } from "./sources.ts";

const everything = [
  "core",
  "kernels",
  "onnx",
  "ops",
  "lowering",
  "devices",
  "native",
  "random",
  "files",
  "numpy",
  "torch",
  "models",
  "compile",
  "port",
  "export",
  "claims",
];

/** What each folder of src/ may import besides itself. Files that stand in src/ itself are the folder "". */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  kernels: ["core"],
  onnx: ["core"],
  random: ["core", "kernels"],
  files: ["core", "onnx"],
  ops: ["core", "onnx"],
  lowering: ["core", "onnx", "ops"],
  devices: ["core", "kernels", "onnx", "ops"],
  native: ["core", "onnx", "ops", "lowering", "devices"],
  numpy: ["core", "onnx", "ops", "devices", "random", "files"],
  torch: ["core", "onnx", "ops", "devices", "random", "files", "numpy"],
  models: ["core", "torch"],
  compile: ["core", "onnx", "ops", "lowering", "devices", "native", "random", "files", "numpy", "torch"],
  port: ["core", "kernels", "onnx", "ops", "devices", "random", "files", "numpy", "torch", "compile"],
  export: ["core", "onnx", "devices", "files", "numpy", "torch", "models", "compile", "port"],
  claims: ["core", "kernels", "onnx", "ops", "devices", "random", "files", "numpy", "torch", "compile"],
  inspector: everything,
  cli: [...everything, ""],
  "": everything,
};

const sources = filesBelow("src", /\.ts$/);

/** The folder of src/ that a path is in. */
const folderOf = (path: string): string => (path.split("/").length > 2 ? path.split("/")[1]! : "");

/** The text without comments, as far as imports are concerned: lines that begin as one are dropped. */
const withoutComments = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .split("\n")
    .filter((line) => !/^\s*\/\//.test(line))
    .join("\n");

/** What a file imports or re-exports, types included, statically or by `import()`. */
function importsOf(path: string): string[] {
  const text = withoutComments(textOf(path));
  const statements = /^\s*(?:import|export)\s(?:[^"';]*?\sfrom\s)?\s*["']([^"']+)["']/gm;
  const calls = /\bimport\(\s*["']([^"']+)["']/g;
  return [...text.matchAll(statements), ...text.matchAll(calls)].map((match) => match[1]!);
}

test("the reading of imports finds every form", () => {
  const found = importsOf("test/house/forms.txt");
  assert.deepEqual(found, ["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts", "node:fs"]);
});

test("folders import only what lies below them", () => {
  assert.ok(sources.length > 20, `${sources.length} source files were found`);
  const wrong: string[] = [];
  for (const path of sources) {
    const folder = folderOf(path);
    assert.ok(folder in allowed, `${path}: the folder "${folder}" has no place in the import order`);
    for (const name of importsOf(path)) {
      if (!name.startsWith(".")) continue;
      const target = posix.join(posix.dirname(path), name);
      const other = folderOf(target);
      if (!target.startsWith("src/")) wrong.push(`${path} imports ${name}, which is outside src/`);
      else if (other !== folder && !allowed[folder]!.includes(other)) wrong.push(`${path} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("the import order has no cycle", () => {
  const reach = (folder: string, path: readonly string[]): void => {
    assert.ok(!path.includes(folder), [...path, folder].join(" <- "));
    for (const next of allowed[folder]!) reach(next, [...path, folder]);
  };
  for (const folder of Object.keys(allowed)) reach(folder, []);
});

test("Node's modules are named only in cli/ and in files called node.ts; no package is imported", () => {
  const wrong: string[] = [];
  for (const path of sources) {
    const isForNode = folderOf(path) === "cli" || posix.basename(path) === "node.ts";
    for (const name of importsOf(path)) {
      if (name.startsWith(".") || (isForNode && name.startsWith("node:"))) continue;
      wrong.push(`${path} imports ${name}`);
    }
  }
  assert.deepEqual(wrong, []);
});

const LONGEST = 450;

test(`no file is longer than ${LONGEST} lines`, () => {
  const code = ["src", "kernels", "test", "scripts", "bench", "examples"].flatMap((folder) =>
    filesBelow(folder, /\.(ts|mts|mjs|js)$/),
  );
  const long = code
    .map((path) => ({ path, lines: textOf(path).split("\n").length - 1 }))
    .filter(({ lines }) => lines > LONGEST)
    .map(({ path, lines }) => `${path}: ${lines}`);
  assert.deepEqual(long, []);
});

test("every file opens with a comment that says what it is", () => {
  const code = ["src", "kernels", "test", "scripts", "bench", "examples"].flatMap((folder) =>
    filesBelow(folder, /\.(ts|mts|mjs|js)$/),
  );
  const without = code.filter((path) => !/^(#!.*\n)?(\/\/ \S.{8,}|\/\*\*?\s)/.test(textOf(path)));
  assert.deepEqual(without, []);
});

test("no rule is switched off, no type given up, no text executed", () => {
  const switches = /@ts-ignore|@ts-nocheck|biome-ignore/;
  const escapes = /: any\b(?!\()|\bas any\b|<any>|new Function\(|[^.\w]eval\([^)]/;
  const linesOf = (path: string, text: string, wrong: RegExp): string[] =>
    text.split("\n").flatMap((line) => (wrong.test(line) ? [`${path}: ${line.trim()}`] : []));
  const found = sources.flatMap((path) => [
    ...linesOf(path, textOf(path), switches),
    ...linesOf(path, withoutComments(textOf(path)), escapes),
  ]);
  assert.deepEqual(found, []);
});
