// numpy-ts, one thread.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { numbers } from "./numbers.mjs";

let np;
const tensor = (...shape) =>
  np.array(numbers(shape.reduce((product, size) => product * size, 1)), "float32").reshape(shape);

const makers = {
  matmul: ({ n, transposed }) => {
    const [a, b] = ["a", "b"].map((name) => (transposed.includes(name) ? tensor(n, n).T : tensor(n, n)));
    return () => np.matmul(a, b);
  },
  unary: ({ name, shape }) => {
    const x = tensor(...shape);
    const run = { exp: np.exp, tanh: np.tanh }[name];
    return run && (() => run(x));
  },
  arithmetic: ({ name, length }) => {
    const [x, y] = [tensor(length), tensor(length)];
    return { add: () => np.add(x, y), mul: () => np.multiply(x, y), sum: () => np.sum(x) }[name];
  },
  transposedCopy: ({ n }) => {
    const x = tensor(n, n).T;
    return () => np.ascontiguousarray(x);
  },
};

export async function open(_threads, require) {
  const folder = require.resolve
    .paths("numpy-ts")
    .map((path) => join(path, "numpy-ts"))
    .find((path) => existsSync(path));
  const description = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const entry = join(folder, description.exports["./node"].import);
  np = await import(pathToFileURL(entry).href);
  // What it has by default does not hold the largest works.
  np.configureWasm({ maxMemory: 2 ** 31 });
  return {
    about: `numpy-ts ${description.version}: WebAssembly`,
    make: (work) => makers[work.kind]?.(work),
  };
}
