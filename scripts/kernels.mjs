// Compiles kernels/ (AssemblyScript) to WebAssembly and writes it into src/kernels/binary.ts, when either has changed.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "kernels");
const target = join(root, "src", "kernels", "binary.ts");

const options = [
  "--optimizeLevel=3",
  "--shrinkLevel=0",
  "--converge",
  "--noAssert",
  "--runtime=stub",
  "--importMemory",
  "--maximumMemory=16384",
  "--enable=simd,threads,relaxed-simd",
  "--use=abort=",
];

/** The sources by name, and what they and this program make of each other, in short. */
function read() {
  const sources = new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith(".ts"))
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
  const hash = createHash("sha256").update(readFileSync(fileURLToPath(import.meta.url)));
  for (const [name, text] of sources) hash.update(`${name}\n${text}`);
  return { sources, stamp: hash.digest("hex").slice(0, 16) };
}

/** The module's bytes. */
async function compile(sources) {
  const { default: asc } = await import("assemblyscript/asc");
  let binary;
  const { error, stderr } = await asc.main(["index.ts", "--outFile=kernels.wasm", ...options], {
    readFile: (name) => sources.get(name) ?? null,
    writeFile: (name, contents) => {
      if (name.endsWith(".wasm")) binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) throw new Error(`${error?.message}\n${stderr.toString()}`);
  return binary;
}

const { sources, stamp } = read();
const isCurrent = existsSync(target) && readFileSync(target, "utf8").includes(stamp);
if (!isCurrent) {
  const binary = Buffer.from(await compile(sources)).toString("base64");
  const text = `// Made of kernels/ by scripts/kernels.mjs: ${stamp}.\n\nexport const binary: string =\n  "${binary}";\n`;
  writeFileSync(target, text);
}
