// TensorFlow.js on WebAssembly. In Node it has one thread. Results stay in its memory and are disposed of.

import { numbers } from "./numbers.mjs";

let tf;
const tensor = (...shape) => tf.tensor(numbers(shape.reduce((product, size) => product * size, 1)), shape);
const disposing = (run) => () => run().dispose();

/** Gradients written out: the packages that are installed for WebAssembly do not register any. */
function mlp({ sizes, batch }) {
  const layers = sizes.slice(1).map((size, i) => ({
    weight: tf.variable(tf.div(tensor(sizes[i], size), 10)),
    bias: tf.variable(tf.zeros([size])),
  }));
  const x = tensor(batch, sizes[0]);
  const labels = Int32Array.from({ length: batch }, (_, i) => i % sizes.at(-1));
  const y = tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), sizes.at(-1)), "float32");
  const descend = (variable, gradient) => variable.assign(tf.sub(variable, tf.mul(gradient, 0.01)));
  const step = () => {
    const outputs = [x];
    for (const [i, { weight, bias }] of layers.entries()) {
      const activation = i === layers.length - 1 ? "linear" : "relu";
      outputs.push(tf.fused.matMul({ a: outputs[i], b: weight, bias, activation }));
    }
    let gradient = tf.div(tf.sub(tf.softmax(outputs.at(-1)), y), batch);
    for (let i = layers.length - 1; i >= 0; i--) {
      const { weight, bias } = layers[i];
      const below = i > 0 && tf.mul(tf.matMul(gradient, weight, false, true), tf.step(outputs[i]));
      descend(weight, tf.matMul(outputs[i], gradient, true, false));
      descend(bias, tf.sum(gradient, 0));
      gradient = below;
    }
  };
  return () => tf.tidy(step);
}

const makers = {
  matmul: ({ n, transposed }) => {
    const [a, b] = [tensor(n, n), tensor(n, n)];
    return disposing(() => tf.matMul(a, b, transposed.includes("a"), transposed.includes("b")));
  },
  unary: ({ name, shape }) => {
    const x = tensor(...shape);
    const run = { exp: tf.exp, tanh: tf.tanh, softmax: tf.softmax }[name];
    return run && disposing(() => run(x));
  },
  arithmetic: ({ name, length }) => {
    const [x, y] = [tensor(length), tensor(length)];
    return disposing(() => (name === "sum" ? tf.sum(x) : tf[name](x, y)));
  },
  transposedCopy: ({ n }) => {
    const x = tensor(n, n);
    return disposing(() => tf.transpose(x));
  },
  conv: ({ channels, size, kernel, filters }) => {
    const x = tensor(1, size, size, channels);
    const weight = tensor(kernel, kernel, channels, filters);
    return disposing(() => tf.conv2d(x, weight, 1, "same"));
  },
  mlp,
};

export async function open(_threads, require) {
  tf = require("@tensorflow/tfjs-core");
  require("@tensorflow/tfjs-backend-wasm");
  await tf.setBackend("wasm");
  await tf.ready();
  return {
    about: `TensorFlow.js ${tf.version_core}: WebAssembly`,
    make: (work) => makers[work.kind]?.(work),
  };
}
