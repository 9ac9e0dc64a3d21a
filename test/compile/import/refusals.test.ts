// What importOnnx refuses, and what it says: everything that is missing at once and before anything is loaded, damaged graphs,
// inputs that the graph does not take.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { importOnnx } from "../../../src/compile/index.ts";
import { float32, int64 } from "../../../src/core/dtype.ts";
import { GraphBuilder } from "../../../src/onnx/graph.ts";
import { encode, type ModelProto, type NodeProto } from "../../../src/onnx/index.ts";
import { ones, type Tensor, zeros } from "../../../src/torch/index.ts";
import { numbersOf } from "./cases.ts";

const folder = mkdtempSync(join(tmpdir(), "weightbridge-"));
after(() => rmSync(folder, { recursive: true }));

const floatType = { tensorType: { elemType: 1, shape: { dim: [{ dimParam: "n" }, { dimValue: 3 }] } } };

/** A model of these nodes, from x to y. */
function modelOf(node: NodeProto[], more: Partial<ModelProto> = {}): ModelProto {
  return {
    irVersion: 10,
    opsetImport: [{ domain: "", version: 21 }],
    graph: {
      name: "g",
      node,
      input: [{ name: "x", type: floatType }],
      output: [{ name: "y", type: floatType }],
    },
    ...more,
  };
}

const imported = async (model: ModelProto) => importOnnx(await encode("ModelProto", model));

test("all that is missing is told at once, with domain, opset and node, before anything is loaded", async () => {
  const model = modelOf([
    { opType: "Fourier", input: ["x"], output: ["a"], name: "/first", domain: "com.example" },
    { opType: "Fourier", input: ["a"], output: ["b"], name: "/second", domain: "com.example" },
    { opType: "Relu", input: ["b"], output: ["c"], attribute: [{ name: "slope", f: 1, type: 1 }] },
    { opType: "Resize", input: ["c"], output: ["y"], attribute: [{ name: "antialias", i: 1, type: 2 }] },
  ]);
  // A tensor that is cut short would be refused if it were read.
  model.graph!.initializer = [{ name: "w", dims: [4], dataType: 1, rawData: new Uint8Array(4) }];
  await assert.rejects(imported(model), (error: Error) => {
    assert.equal(error.name, "NotImplementedError");
    assert.match(error.message, /com\.example\.Fourier \(opset 1\), at node "\/first", Fourier and 1 more/);
    assert.match(
      error.message,
      /ai\.onnx\.Relu \(opset 21\): its attribute "slope" is not here, at node "c", Relu/,
    );
    assert.match(error.message, /Resize \(opset 21\): antialias is not here/);
    assert.match(error.message, /ONNX Runtime/);
    return true;
  });
});

const damaged: readonly (readonly [what: string, model: ModelProto, message: RegExp])[] = [
  [
    "a value that nothing gives",
    modelOf([{ opType: "Relu", input: ["q"], output: ["y"] }]),
    /takes the value "q", which nothing gives/,
  ],
  [
    "an output that nothing gives",
    modelOf([{ opType: "Relu", input: ["x"], output: ["z"] }]),
    /nothing gives the output "y"/,
  ],
  [
    "two values of one name",
    modelOf([
      { opType: "Relu", input: ["x"], output: ["y"] },
      { opType: "Relu", input: ["x"], output: ["y"] },
    ]),
    /two values of a graph have the name "y"/,
  ],
  [
    "a function that calls itself",
    modelOf([{ opType: "F", domain: "own", input: ["x"], output: ["y"] }], {
      functions: [
        {
          name: "F",
          domain: "own",
          input: ["a"],
          output: ["b"],
          node: [{ opType: "F", domain: "own", input: ["a"], output: ["b"] }],
        },
      ],
    }),
    /lie more than 32 deep/,
  ],
];

for (const [what, model, message] of damaged) {
  test(`refused: ${what}`, () => assert.rejects(imported(model), message));
}

test("functions that call one another often are refused before they fill the memory", async () => {
  const functions = Array.from({ length: 24 }, (_, i) => ({
    name: `F${i}`,
    domain: "own",
    input: ["a"],
    output: ["b"],
    node: [
      { opType: i === 23 ? "Relu" : `F${i + 1}`, domain: i === 23 ? "" : "own", input: ["a"], output: ["c"] },
      { opType: i === 23 ? "Relu" : `F${i + 1}`, domain: i === 23 ? "" : "own", input: ["c"], output: ["b"] },
    ],
  }));
  const model = modelOf([{ opType: "F0", domain: "own", input: ["x"], output: ["y"] }], { functions });
  await assert.rejects(imported(model), /come to more than 1048576 nodes/);
});

test("no ONNX model", async () => {
  await assert.rejects(importOnnx(new Uint8Array([1, 2, 3, 4])), /this is no ONNX model/);
  await assert.rejects(importOnnx(join(folder, "nothing.onnx")), /nothing\.onnx: there is no such file/);
});

test("inputs that the graph does not take", async () => {
  const module = await imported(modelOf([{ opType: "Relu", input: ["x"], output: ["y"] }]));
  assert.throws(() => module.forward(), /takes 1 inputs \(x\), and was given 0/);
  assert.throws(
    () => module.forward(zeros(2, 3, { dtype: int64 })),
    /the input x is of type float32, and was given int64/,
  );
  assert.throws(
    () => module.forward(zeros(2, 4)),
    /the input x has the shape \[n, 3\], and was given \[2, 4\]/,
  );
  assert.throws(() => module.forward({ q: zeros(2, 3) }), /takes the inputs x, and was given q/);
  assert.deepEqual((module.forward(new Map([["x", ones(5, 3)]])) as Tensor).shape, [5, 3]);
});

test("an operation that does not fit says at which node", async () => {
  const module = await imported(
    modelOf([{ opType: "MatMul", input: ["x", "x"], output: ["y"], name: "/product" }]),
  );
  assert.throws(() => module.forward(zeros(2, 3)), /\(at node "\/product", MatMul\)$/);
});

test("a file by its path, with external data beside it, and names that no member can have", async () => {
  const model = modelOf([
    { opType: "Mul", input: ["x", "a.b"], output: ["p"] },
    { opType: "Add", input: ["p", "a.b.c"], output: ["q"] },
    { opType: "Add", input: ["q", "forward"], output: ["y"] },
  ]);
  const data = (location: string, offset: number) => [
    { key: "location", value: location },
    { key: "offset", value: String(offset) },
    { key: "length", value: "12" },
  ];
  model.graph!.initializer = ["a.b", "a.b.c", "forward"].map((name, i) => ({
    name,
    dims: [3],
    dataType: 1,
    dataLocation: 1,
    externalData: data("weights.bin", 12 * i),
  }));
  writeFileSync(join(folder, "model.onnx"), await encode("ModelProto", model));
  writeFileSync(
    join(folder, "weights.bin"),
    new Uint8Array(new Float32Array([2, 3, 4, 1, 1, 1, 10, 20, 30]).buffer),
  );
  const module = await importOnnx(join(folder, "model.onnx"));
  assert.deepEqual(numbersOf(module.forward(ones(1, 3)) as Tensor), [13, 24, 35]);
  const state = module.stateDict();
  assert.deepEqual([...state.keys()].sort(), ["a.b", "a.b.c", "forward"]);
  state.set("a.b", zeros(3));
  module.loadStateDict(state);
  assert.deepEqual(numbersOf(module.forward(ones(1, 3)) as Tensor), [11, 21, 31]);
});

test("what a graph of ours computes", async () => {
  const graph = new GraphBuilder();
  const x = graph.input("x", float32, ["n", 2]);
  graph.output("y", graph.node("Gemm", [x, graph.constant(float32, [2, 2], [1, 2, 3, 4])], x, { transB: 1 }));
  const module = await imported(graph.model("own"));
  assert.deepEqual(numbersOf(module.forward(ones(1, 2)) as Tensor), [3, 7]);
});
