// How much of the built package a page loads: programs bundled and minified by esbuild, code that is imported later left
// out, compressed by gzip.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** What is weighed. */
export const programs = {
  "torch, all of it": 'export * from "weightbridge/torch";',
  "a tensor with its methods, printed":
    'import { tensor } from "weightbridge/torch"; console.log(String(tensor([1, 2, 3])));',
};

/** The size of a program in bytes, compressed. */
export async function sizeOf(program) {
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
  const sizes = [...loaded].map((path) => gzipSync(texts.get(join(root, path)), { level: 9 }).byteLength);
  return sizes.reduce((sum, size) => sum + size, 0);
}
