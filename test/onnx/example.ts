// A model with every kind of message and field in it, as objects; check_onnx.py makes the same with the onnx package.

import type { GraphProto, ModelProto } from "../../src/onnx/index.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const inner: GraphProto = {
  name: "inner",
  node: [{ input: ["iw"], output: ["io"], opType: "Identity" }],
  initializer: [{ dims: [2], dataType: 1, floatData: [1.5, -2], name: "iw" }],
};

const graph: GraphProto = {
  node: [
    {
      input: ["x", "", "w"],
      output: ["y"],
      name: "node",
      opType: "Op",
      attribute: [
        { name: "f", f: 0.1, type: 1 },
        { name: "i", i: -1, type: 2 },
        { name: "far", i: 2n ** 63n - 1n, type: 2 },
        { name: "s", s: text("naïve"), type: 3 },
        { name: "t", t: { dims: [], dataType: 7, int64Data: [-(2n ** 63n)], name: "v" }, type: 4 },
        { name: "g", g: inner, type: 5 },
        { name: "floats", floats: [1, -0.5, Number.POSITIVE_INFINITY], type: 6 },
        { name: "ints", ints: [0, -1, 300], type: 7 },
        { name: "strings", strings: [text("a"), new Uint8Array(0)], type: 8 },
        { name: "tensors", tensors: [{ dims: [0], dataType: 2, name: "none" }], type: 9 },
        { name: "graphs", graphs: [inner], type: 10 },
        {
          name: "tp",
          docString: "a type",
          tp: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } },
          type: 13,
        },
        {
          name: "tps",
          typeProtos: [{ optionalType: { elemType: { opaqueType: { domain: "d", name: "o" } } } }],
          type: 14,
        },
        { name: "ref", type: 1, refAttrName: "outer" },
        {
          name: "sparse",
          type: 11,
          sparseTensor: {
            values: { dims: [1], dataType: 11, doubleData: [0.25], name: "sv" },
            indices: { dims: [1], dataType: 7, int64Data: [3], name: "si" },
            dims: [2, 2],
          },
        },
      ],
      docString: "an operator",
      domain: "own",
      overload: "o",
      metadataProps: [{ key: "k", value: "v" }],
    },
  ],
  name: "graph",
  initializer: [
    { dims: [3], dataType: 6, int32Data: [-5, 7, 2 ** 31 - 1], name: "w" },
    { dims: [2], dataType: 13, name: "u", uint64Data: [0, 2n ** 64n - 1n] },
    { dims: [2], dataType: 8, stringData: [text("a"), text("é")], name: "text" },
    { dims: [2, 2], dataType: 2, name: "raw", rawData: Uint8Array.of(1, 2, 3, 4), docString: "four" },
    {
      dims: [2 ** 40],
      dataType: 1,
      segment: { begin: 0, end: 5 },
      name: "far",
      externalData: [
        { key: "location", value: "w.bin" },
        { key: "offset", value: "64" },
      ],
      dataLocation: 1,
    },
  ],
  docString: "the graph",
  input: [
    {
      name: "x",
      type: {
        tensorType: {
          elemType: 1,
          shape: { dim: [{ dimParam: "batch" }, { dimValue: 3, denotation: "DATA" }, {}] },
        },
        denotation: "IMAGE",
      },
      docString: "in",
    },
  ],
  output: [
    { name: "y", type: { mapType: { keyType: 8, valueType: { sparseTensorType: { elemType: 1 } } } } },
  ],
  valueInfo: [{ name: "h", metadataProps: [{ key: "a", value: "" }] }],
  quantizationAnnotation: [
    { tensorName: "w", quantParameterTensorNames: [{ key: "SCALE_TENSOR", value: "s" }] },
  ],
  sparseInitializer: [{ values: { dims: [0], dataType: 1, name: "sparse" }, dims: [4] }],
};

/** The model. */
export const example: ModelProto = {
  irVersion: 10,
  producerName: "weightbridge",
  producerVersion: "1",
  domain: "example",
  modelVersion: 3,
  docString: "an example",
  graph,
  opsetImport: [
    { domain: "", version: 21 },
    { domain: "own", version: 1 },
  ],
  metadataProps: [{ key: "license", value: "none" }],
  trainingInfo: [{ initialization: inner, updateBinding: [{ key: "w", value: "y" }] }],
  functions: [
    {
      name: "twice",
      input: ["a"],
      output: ["b"],
      attribute: ["outer"],
      node: [{ input: ["a", "a"], output: ["b"], opType: "Add" }],
      opsetImport: [{ domain: "", version: 21 }],
      domain: "own",
      attributeProto: [{ name: "d", i: 1, type: 2 }],
    },
  ],
};
