// The models as PyTorch exports them, run in the ONNX Runtime that our own graphs run in, in the same way: one call on memory
// that is bound once. The files are made where there is none, and kept in the system's folder for temporary ones.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { float32, int64 } from "../../dist/core/dtype.js";
import { Binding } from "../../dist/native/binding.js";
import { Runtime } from "../../dist/native/runtime.js";
import { interpreter } from "../python.mjs";

const program = join(dirname(fileURLToPath(import.meta.url)), "models.py");
const folder = join(tmpdir(), "weightbridge-bench");
const types = { float32, int64 };

/** The file of a model, with its description beside it; undefined where Python has not what it takes. */
function exported(name) {
  const file = join(folder, `${name}.onnx`);
  if (existsSync(`${file}.json`)) return file;
  mkdirSync(folder, { recursive: true });
  const made = join(folder, `${name}.part`);
  const { status } = spawnSync(interpreter, [program, name, made], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) return undefined;
  renameSync(made, file);
  renameSync(`${made}.json`, `${file}.json`);
  return file;
}

/** Memory for an input or output: small whole numbers, which are words as well. */
function memory({ dtype, shape }) {
  const { array } = types[dtype];
  const length = shape.reduce((product, size) => product * size, 1);
  return dtype === "int64"
    ? array.from({ length }, (_, i) => BigInt((i * 37) % 1000))
    : array.from({ length }, (_, i) => (2 * i) / length - 1);
}

export function open(threads) {
  const runtime = new Runtime(threads);
  const model = (name) => {
    const file = exported(name);
    if (file === undefined) return undefined;
    const { inputs, outputs } = JSON.parse(readFileSync(`${file}.json`, "utf8"));
    const names = [inputs, outputs].map((ports) => ports.map((port) => port.name));
    const binding = new Binding(runtime, runtime.session(readFileSync(file)), ...names);
    for (const [i, port] of inputs.entries()) binding.input(i, memory(port), types[port.dtype], port.shape);
    for (const [i, port] of outputs.entries()) binding.output(i, memory(port), types[port.dtype], port.shape);
    return () => binding.run();
  };
  return {
    about: `PyTorch's export in ONNX Runtime ${runtime.version}`,
    make: ({ kind, name }) => (kind === "model" ? model(name) : undefined),
  };
}
