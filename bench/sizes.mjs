// How much of the built package is loaded, compressed by gzip. In a page: programs bundled and minified by esbuild, code
// that is imported later left out. In Node: the files read until a program's first tensor is printed.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const compressed = (bytes) => gzipSync(bytes, { level: 9 }).byteLength;
const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** What is weighed. */
export const programs = {
  "torch, all of it": 'export * from "weightbridge/torch";',
  "a tensor with its methods, printed":
    'import { tensor } from "weightbridge/torch"; console.log(String(tensor([1, 2, 3])));',
  "the same of weightbridge/torch/core":
    'import { tensor } from "weightbridge/torch/core"; console.log(String(tensor([1, 2, 3])));',
};

/** The folder of the package that a file lies in; the program's own for others. */
const partOf = (file) => /^dist\/(\w+)\//.exec(file)?.[1] ?? "the program";

/**
 * The size of a program in bytes, compressed, and how much of it the package's folders have: by their share of the minified
 * code, largest first.
 */
export async function weigh(program) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: root },
    absWorkingDir: root,
    outdir: "out",
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    external: ["node:*"],
    metafile: true,
    write: false,
    logLevel: "error",
  });
  const texts = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
  const loaded = new Set(["out/stdin.js"]);
  for (const path of loaded) {
    const { imports } = metafile.outputs[path];
    for (const { path: name, kind } of imports) if (kind === "import-statement") loaded.add(name);
  }
  let size = 0;
  const parts = {};
  for (const path of loaded) {
    const own = compressed(texts.get(join(root, path)));
    size += own;
    const { bytes, inputs } = metafile.outputs[path];
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const part = partOf(file);
      parts[part] = (parts[part] ?? 0) + (own * bytesInOutput) / bytes;
    }
  }
  return { size, parts: Object.entries(parts).toSorted((a, b) => b[1] - a[1]) };
}

const printing = `import { createRequire } from "node:module";
import * as torch from "weightbridge/torch";
String(torch.tensor([1, 2, 3]));
console.log(Object.keys(createRequire(import.meta.url).cache).join("\\n"));`;

/** The size in bytes, compressed, of what Node reads of the package until a tensor is printed. */
export function sizeInNode() {
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", printing], {
    cwd: root,
    encoding: "utf8",
  });
  const files = [join(root, "dist/node/torch/index.js"), ...stdout.trim().split("\n")];
  return files.reduce((sum, file) => sum + compressed(readFileSync(file)), 0);
}
