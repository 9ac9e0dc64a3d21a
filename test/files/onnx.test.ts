// ONNX models beyond the recorded ones: what is read when, files beside the model, names, bounds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../src/core/errors.ts";
import {
  bytesReader,
  type DictValue,
  inspect,
  type Opened,
  type OpenOptions,
  open,
  type Reader,
  read,
} from "../../src/files/index.ts";
import { encode, type GraphProto, type ModelProto, type TensorProto } from "../../src/onnx/index.ts";

const modelOf = (graph: GraphProto, more: ModelProto = {}): Uint8Array =>
  encode("ModelProto", { irVersion: 10, graph, opsetImport: [{ version: 21 }], ...more });

const withTensors = (...initializer: TensorProto[]): Uint8Array => modelOf({ initializer });

const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

const refused =
  (reason: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof FormatError, String(error));
    assert.match(error.message, reason);
    return true;
  };

const namesOf = ({ tree }: Opened): unknown[] => [...(tree as DictValue).keys()];

function counting(bytes: Uint8Array): Reader & { read: number } {
  const reader = {
    byteLength: bytes.byteLength,
    read: 0,
    slice: async (start: number, end: number): Promise<Uint8Array> => {
      reader.read += end - start;
      return bytes.subarray(start, end);
    },
  };
  return reader;
}

const beside = (files: Record<string, Uint8Array>): OpenOptions => ({
  name: "model.onnx",
  sibling: async (name) => {
    const bytes = files[name];
    if (bytes === undefined) throw new FormatError("there is no such file", { file: name });
    return bytesReader(bytes, name);
  },
});

const outside = (location: string, more: Record<string, string> = {}): TensorProto => ({
  name: "w",
  dims: [2],
  dataType: 1,
  dataLocation: 1,
  externalData: Object.entries({ location, ...more }).map(([key, value]) => ({ key, value })),
});

test("a model is opened without its tensors", async () => {
  const rawData = new Uint8Array(4_000_000);
  const source = counting(
    withTensors(
      { name: "a", dims: [1_000_000], dataType: 1, rawData },
      { name: "b", dims: [1_000_000], dataType: 1, rawData },
    ),
  );
  const opened = await open(source);
  assert.deepEqual(namesOf(opened), ["a", "b"]);
  assert.ok(source.read < 500_000, `${source.read} bytes were read`);
  await opened.load();
  assert.ok(source.read > 8_000_000);
});

test("tensors beside the model are read in part, and files opened once", async () => {
  const file = new Uint8Array(1024);
  file.set(floats(1, 2), 64);
  const asked: string[] = [];
  const options: OpenOptions = {
    sibling: async (name) => {
      asked.push(name);
      return bytesReader(file);
    },
  };
  const near = {
    ...outside("./w.bin", { offset: "64", length: "8", checksum: "00", other: "x" }),
    name: "v",
  };
  const opened = await read(withTensors(near, outside("w.bin", { offset: "64", length: "8" })), options);
  assert.deepEqual(asked, ["w.bin"]);
  assert.deepEqual(opened.notes, ['the checksum that the model has of "./w.bin" is not looked at']);
  const { tensors } = await inspect(opened, { statistics: true });
  assert.deepEqual(
    tensors.map(({ name, min, max }) => [name, min, max]),
    [
      ["v", 1, 2],
      ["w", 1, 2],
    ],
  );
});

test("external data that cannot be are refused by the model's name", async () => {
  const cases: [TensorProto, RegExp][] = [
    [outside("gone.bin"), /^model.onnx, tensor "w": .*in "gone.bin" beside it: there is no such file/],
    [outside("w.bin"), /its shape and type take 8 bytes, and there are 12/],
    [outside("w.bin", { offset: "8" }), /its shape and type take 8 bytes, and there are 4/],
    [outside("w.bin", { offset: "8", length: "8" }), /bytes 8 to 16 of "w.bin", which ends at 12/],
    [
      outside("w.bin", { offset: "99999999999999999999" }),
      /the offset "9+" of its external data is no count/,
    ],
    [outside("w.bin", { offset: "" }), /the offset "" of its external data/],
    [outside("w.bin", { length: "1e1" }), /the length "1e1" of its external data/],
    [outside("../w.bin"), /does not lie beside or below it/],
    [outside("a/../../w.bin"), /does not lie beside or below it/],
    [{ ...outside("w.bin"), rawData: floats(1, 2) }, /more than once: as external_data and as raw_data/],
  ];
  for (const [tensor, reason] of cases) {
    const options = beside({ "w.bin": floats(1, 2, 3) });
    await assert.rejects(open(withTensors(tensor), options), refused(reason));
  }
  await assert.rejects(
    open(withTensors(outside("w.bin"))),
    refused(/open it by its path, or give `sibling`/),
  );
});

test("elements that do not fit the shape are refused, at the latest when read", async () => {
  const cases: [TensorProto, RegExp][] = [
    [{ dims: [3], dataType: 6, int32Data: [1, 2] }, /asks for 3 numbers, and there are no more than 2/],
    [{ dims: [1], dataType: 6, int32Data: [1, 2] }, /asks for 1 elements, and there are more than that/],
    [{ dims: [3], dataType: 6, int32Data: [1, 300] }, /asks for 3 elements, and 2 are given/],
    [{ dims: [2], dataType: 14, floatData: [1, 2, 3] }, /asks for 4 numbers, and there are no more than 3/],
    [
      { dims: [2], dataType: 1, int32Data: [1, 2] },
      /float32 elements should be in raw_data or float_data, not in int32_data/,
    ],
    [{ dims: [3], dataType: 22, rawData: new Uint8Array(1) }, /take 2 bytes, and there are 1/],
    [{ dims: [3], dataType: 22, int32Data: [1] }, /asks for 2 numbers/],
    [{ dims: [1], dataType: 8, rawData: new Uint8Array(1) }, /text, which is never in raw_data/],
    [{ dims: [2], dataType: 8, stringData: [new Uint8Array(1)] }, /asks for 2 texts, and there are 1/],
    [{ dims: [1], dataType: 8, stringData: [Uint8Array.of(0xff)] }, /no UTF-8 text/],
    [{ dims: [2 ** 40], dataType: 1 }, /take 4398046511104 bytes, and there are 0/],
    [{ dims: [2n ** 62n, 2], dataType: 1 }, /the shape asks for 4611686018427387904/],
    [{ dims: [-1], dataType: 1 }, /its shape has the length -1/],
    [{ dims: new Array<number>(100).fill(1), dataType: 2, rawData: new Uint8Array(1) }, /100 dimensions/],
    [{ dims: [1], dataType: 1, rawData: floats(1), segment: { begin: 0 } }, /a segment of a larger tensor/],
  ];
  for (const [tensor, reason] of cases) {
    await assert.rejects(read(withTensors({ name: "w", ...tensor })), refused(reason));
  }
});

test("types of less than a byte are carried one byte an element", async () => {
  const bits = async (tensor: TensorProto): Promise<unknown> => {
    const { tree } = await read(withTensors({ name: "w", ...tensor }));
    const array = (tree as DictValue).get("w");
    assert.ok(typeof array === "object" && array !== null && "kind" in array && array.kind === "raw");
    return [array.dtype, ...array.stored.storage.bytes()];
  };
  assert.deepEqual(await bits({ dims: [3], dataType: 23, int32Data: [0x21, 0x0f] }), [
    "float4_e2m1fn",
    1,
    2,
    15,
  ]);
  assert.deepEqual(await bits({ dims: [5], dataType: 26, rawData: Uint8Array.of(0xe4, 2) }), [
    "int2",
    0,
    1,
    2,
    3,
    2,
  ]);
  const six = Uint8Array.of(0x81, 0x30, 0xfc, 0x05);
  assert.deepEqual(await bits({ dims: [5], dataType: 27, rawData: six }), ["float6_e2m3fn", 1, 2, 3, 63, 5]);
  assert.deepEqual(await bits({ dims: [2], dataType: 28, int32Data: [1, 63] }), ["float6_e3m2fn", 1, 63]);
});

test("tensors in graphs, functions and training have the way to them in their names", async () => {
  const w = (name: string): TensorProto => ({ name, dims: [1], dataType: 1, floatData: [1] });
  const constant = (output: string): NonNullable<GraphProto["node"]>[number] => ({
    opType: "Constant",
    output: [output],
    attribute: [{ name: "value", t: w(""), type: 4 }],
  });
  const inner: GraphProto = { initializer: [w("w")], node: [constant("k")] };
  const branch = {
    opType: "If",
    name: "if",
    output: ["y"],
    attribute: [{ name: "then", g: inner, type: 5 }],
  };
  const opened = await read(
    modelOf(
      {
        initializer: [w("w"), w("__proto__")],
        node: [
          branch,
          branch,
          { opType: "Own", attribute: [{ name: "all", graphs: [inner], type: 10 }] },
          constant("c"),
          { opType: "Map", output: ["m"], attribute: [{ name: "t", tensors: [w(""), w("")], type: 9 }] },
        ],
      },
      {
        functions: [{ name: "f", node: [constant("fc")] }],
        trainingInfo: [{ algorithm: inner }],
      },
    ),
  );
  assert.deepEqual(namesOf(opened), [
    "w",
    "__proto__",
    "if/then/w",
    "if/then/w#2",
    "Own 2/all/0/w",
    "training_info/0/algorithm/w",
  ]);
  assert.deepEqual(
    [...opened.constants!.keys()],
    [
      "if/then/k",
      "if/then/k#2",
      "Own 2/all/0/k",
      "c",
      "m/t/0",
      "m/t/1",
      "training_info/0/algorithm/k",
      "functions/f/fc",
    ],
  );
  assert.deepEqual(opened.nodes, ["If", "If", "Own", "Constant", "Map"]);
});

test("a model says what it is", async () => {
  const type = { tensorType: { elemType: 1, shape: { dim: [{ dimParam: "batch" }, { dimValue: 3 }, {}] } } };
  const bytes = modelOf(
    {
      name: "g",
      input: [{ name: "x", type }],
      output: [{ name: "y", type: { sequenceType: {} } }],
      node: [{ opType: "A" }, { opType: "A" }],
    },
    { producerName: "p", metadataProps: [{ key: "license", value: "none" }] },
  );
  const { metadata, nodes } = await inspect(await open(bytes));
  assert.deepEqual(
    { ...metadata },
    {
      ir_version: 10,
      "opset_import/ai.onnx": 21,
      producer_name: "p",
      graph: "g",
      "inputs/x": "float32 [batch, 3, ?]",
      "outputs/y": "sequence",
      "metadata_props/license": "none",
    },
  );
  assert.deepEqual({ ...nodes }, { A: 2 });
});

test("sparse tensors' indices are looked at", async () => {
  const sparse = (indices: TensorProto, dims: number[]): Uint8Array =>
    modelOf({
      sparseInitializer: [
        { values: { name: "s", dims: [2], dataType: 1, floatData: [1, 2] }, indices, dims },
      ],
    });
  const linear = (...int64Data: number[]): TensorProto => ({
    dims: [int64Data.length],
    dataType: 7,
    int64Data,
  });
  const opened = await read(sparse(linear(0, 5), [2, 3]));
  const [tensor] = (await inspect(opened)).tensors;
  assert.deepEqual(
    [tensor!.name, tensor!.dtype, tensor!.shape, tensor!.layout],
    ["s", "float32", [2, 3], "onnx"],
  );
  await assert.rejects(
    read(sparse(linear(0, 6), [2, 3])),
    refused(/the index 6 of a sparse tensor is not below 6/),
  );
  await assert.rejects(read(sparse(linear(0, -1), [2, 3])), refused(/the index -1/));
  await assert.rejects(
    open(sparse(linear(0), [2, 3])),
    refused(/the indices of a sparse tensor are int64 of shape \(1\)/),
  );
  const pairs = { dims: [2, 2], dataType: 7, int64Data: [0, 0, 1, 3] };
  await assert.rejects(read(sparse(pairs, [2, 3])), refused(/the index 3 of a sparse tensor is not below 3/));
});

test("what only looks like a model is not taken for one", async () => {
  const others: [string, Uint8Array][] = [
    ["text", new TextEncoder().encode("import torch\n".repeat(50))],
    ["a version alone", Uint8Array.of(8, 7, 0x28, 1, 0x28, 1, 0x28, 1, 0x28, 1)],
    ["another message, of TensorFlow", Uint8Array.of(8, 1, 0x12, 8, 1, 2, 3, 4, 5, 6, 7, 8)],
    ["zeros", new Uint8Array(1000)],
    ["a graph of something else", Uint8Array.of(0x3a, 8, 0x2d, 1, 2, 3, 4, 5, 6, 7)],
  ];
  for (const [what, bytes] of others)
    await assert.rejects(open(bytes), refused(/this is no file that/), what);
});

test("files that would take much memory or time are refused or read promptly", async () => {
  const start = process.cpuUsage();
  const w = { dims: [1], dataType: 2, rawData: new Uint8Array(1) };
  const initializer = Array.from({ length: 5000 }, (_, index) => ({ name: String(index), ...w }));
  const node = { name: "n".repeat(100_000), attribute: [{ name: "g", g: { initializer }, type: 5 }] };
  await assert.rejects(
    open(modelOf({ node: [node] })),
    refused(/names of its nodes make those of its tensors too long/),
  );
  const constant = { output: ["k"], attribute: [{ name: "value", t: w, type: 4 }] };
  const many = await open(modelOf({ node: new Array(20_000).fill(constant) }));
  assert.equal(many.constants!.size, 20_000);
  const { user, system } = process.cpuUsage(start);
  assert.ok(user + system < 5e6, `it took ${user + system} us of the processor`);
});
