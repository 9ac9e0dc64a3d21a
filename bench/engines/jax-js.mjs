// jax-js on WebAssembly: every work is compiled by its jit. An array is used up by what it is given to, `ref` keeps it.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { numbers } from "./numbers.mjs";

let jax;
const tensor = (...shape) =>
  jax.numpy.array(numbers(shape.reduce((product, size) => product * size, 1))).reshape(shape);

/** Runs a function of arrays, waits until its result is there, and frees it. */
function compiled(run, ...arrays) {
  const jitted = jax.jit(run);
  return async () => {
    const result = jitted(...arrays.map((array) => array.ref));
    await jax.blockUntilReady(result.ref);
    result.dispose();
  };
}

const makers = {
  matmul: ({ n, transposed }) => {
    const { matmul, transpose } = jax.numpy;
    const as = (array, name) => (transposed.includes(name) ? transpose(array) : array);
    return compiled((a, b) => matmul(as(a, "a"), as(b, "b")), tensor(n, n), tensor(n, n));
  },
  unary: ({ name, shape }) => {
    const runs = {
      exp: jax.numpy.exp,
      tanh: jax.numpy.tanh,
      gelu: (x) => jax.nn.gelu(x, { approximate: false }),
      softmax: (x) => jax.nn.softmax(x, -1),
      layerNorm: (x) => jax.nn.standardize(x, -1),
    };
    return compiled(runs[name], tensor(...shape));
  },
  arithmetic: ({ name, length }) => {
    const [x, y] = [tensor(length), tensor(length)];
    if (name === "sum") return compiled((a) => jax.numpy.sum(a), x);
    return compiled((a, b) => a[name](b), x, y);
  },
  transposedCopy: ({ n }) => compiled((a) => jax.numpy.transpose(a), tensor(n, n)),
  conv: ({ channels, size, kernel, filters }) =>
    compiled(
      (x, weight) => jax.lax.conv(x, weight, [1, 1], "SAME"),
      tensor(1, channels, size, size),
      tensor(filters, channels, kernel, kernel),
    ),
};

export async function open(_threads, require) {
  const entry = require.resolve("@jax-js/jax");
  globalThis.navigator ??= { hardwareConcurrency: 1 };
  jax = await import(pathToFileURL(entry.replace(/\.cjs$/, ".js")).href);
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const { version } = JSON.parse(readFileSync(join(dirname(entry), "..", "package.json"), "utf8"));
  return { about: `jax-js ${version}: WebAssembly`, make: (work) => makers[work.kind]?.(work) };
}
