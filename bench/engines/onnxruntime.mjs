// ONNX Runtime on the CPU, through its package for Node: every work is a graph of its own.

import { encode } from "../../dist/onnx/index.js";
import { numbers } from "./numbers.mjs";

let ort;
let threads = 1;
const single = 1;
const kinds = { f: 1, i: 2, ints: 7 };

const attribute = ([name, value]) => {
  const field = Array.isArray(value) ? "ints" : Number.isInteger(value) ? "i" : "f";
  return { name, [field]: value, type: kinds[field] };
};

const valueInfo = (name, shape) => ({
  name,
  type: { tensorType: { elemType: single, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
});

/** A session over nodes `[operator, inputs, output, attributes]`; a run of it. */
async function session(shapes, nodes) {
  const graph = {
    name: "work",
    node: nodes.map(([opType, input, output, attributes = {}]) => ({
      opType,
      input,
      output: [output],
      attribute: Object.entries(attributes).map(attribute),
    })),
    input: Object.entries(shapes).map(([name, shape]) => valueInfo(name, shape)),
    output: [{ name: "out", type: { tensorType: { elemType: single } } }],
  };
  const model = encode("ModelProto", { irVersion: 10, opsetImport: [{ domain: "", version: 20 }], graph });
  const made = await ort.InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionProviders: ["cpu"],
  });
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return [name, new ort.Tensor("float32", numbers(length), shape)];
    }),
  );
  return () => made.run(feeds);
}

const unary = {
  exp: ["Exp", ["x"], "out"],
  tanh: ["Tanh", ["x"], "out"],
  gelu: ["Gelu", ["x"], "out"],
  softmax: ["Softmax", ["x"], "out", { axis: -1 }],
};

const makers = {
  matmul: ({ n, transposed }) =>
    session({ a: [n, n], b: [n, n] }, [
      [
        "Gemm",
        ["a", "b"],
        "out",
        { transA: Number(transposed.includes("a")), transB: Number(transposed.includes("b")) },
      ],
    ]),
  unary: ({ name, shape }) => {
    if (name !== "layerNorm") return session({ x: shape }, [unary[name]]);
    const node = ["LayerNormalization", ["x", "scale", "bias"], "out", { axis: -1 }];
    return session({ x: shape, scale: shape.slice(-1), bias: shape.slice(-1) }, [node]);
  },
  arithmetic: ({ name, length }) => {
    if (name === "sum") return session({ x: [length] }, [["ReduceSum", ["x"], "out", { keepdims: 0 }]]);
    return session({ x: [length], y: [length] }, [[{ add: "Add", mul: "Mul" }[name], ["x", "y"], "out"]]);
  },
  transposedCopy: ({ n }) => session({ x: [n, n] }, [["Transpose", ["x"], "out", { perm: [1, 0] }]]),
  conv: ({ channels, size, kernel, filters }) =>
    session({ x: [1, channels, size, size], weight: [filters, channels, kernel, kernel] }, [
      ["Conv", ["x", "weight"], "out", { pads: new Array(4).fill(kernel >> 1) }],
    ]),
};

export function open(count, require) {
  ort = require("onnxruntime-node");
  threads = count;
  const { version } = require("onnxruntime-node/package.json");
  return { about: `ONNX Runtime ${version}: CPU`, make: (work) => makers[work.kind]?.(work) };
}
