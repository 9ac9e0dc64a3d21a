// Compiles kernels/ (AssemblyScript) to WebAssembly and writes it into src/kernels/binary.ts, when either has changed: all
// kernels, and those of kernels/fused.ts once more with relaxed vector instructions.

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
  "--maximumMemory=32767",
  "--use=abort=",
];

/** Modules: the name of the text, what it exports, and what it may contain. */
const modules = [
  ["binary", "index.ts", "simd,threads"],
  ["fusedBinary", "fused.ts", "simd,threads,relaxed-simd"],
];

/** Where the memory is free behind a module's constants. */
function endOf(binary) {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 32767 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), { env: { memory } });
  return exports.scratchStart();
}

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

/** The bytes of the module that a source exports, with these features and its constants from an address on. */
async function compile(sources, entry, features, memoryBase) {
  const { default: asc } = await import("assemblyscript/asc");
  let binary;
  const { error, stderr } = await asc.main(
    [entry, "--outFile=kernels.wasm", `--enable=${features}`, `--memoryBase=${memoryBase}`, ...options],
    {
      readFile: (name) => sources.get(name) ?? null,
      writeFile: (name, contents) => {
        if (name.endsWith(".wasm")) binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === undefined) throw new Error(`${error?.message}\n${stderr.toString()}`);
  return binary;
}

const { sources, stamp } = read();
const isCurrent = existsSync(target) && readFileSync(target, "utf8").includes(stamp);
if (!isCurrent) {
  const parts = [`// Made of kernels/ by scripts/kernels.mjs: ${stamp}.\n`];
  let end = 0;
  for (const [name, entry, features] of modules) {
    const binary = await compile(sources, entry, features, end);
    // The first has all kernels; the other's constants lie behind its.
    if (end === 0) end = endOf(binary);
    const text = Buffer.from(binary).toString("base64");
    parts.push(`\nexport const ${name}: string =\n  "${text}";\n`);
  }
  writeFileSync(target, parts.join(""));
}
