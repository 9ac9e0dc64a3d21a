// What `inspect` says of files.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { float32, int64 } from "../../src/core/dtype.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import {
  ArrayValue,
  bytesReader,
  contentHash,
  DictValue,
  type Inspection,
  inspect,
  Opened,
  open,
  read,
  statisticsOf,
  tensorsOf,
  type Value,
} from "../../src/files/index.ts";
import { referenceFiles } from "../support/reference.ts";

const files = referenceFiles();

async function inspected(name: string): Promise<Inspection> {
  return inspect(await read(files.get(name)!, { name }), { statistics: true, hash: true });
}

function names(inspection: Inspection): string[] {
  return inspection.tensors.map((tensor) => tensor.name);
}

test("an array in Fortran order", async () => {
  const { file, format, tensors, values, notes } = await inspected("npy/fortran_2d.npy");
  assert.deepEqual([file, format, { ...values }, notes], ["npy/fortran_2d.npy", "npy", {}, []]);
  const sha256 = createHash("sha256")
    .update(new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer))
    .digest("hex");
  assert.deepEqual(tensors, [
    {
      name: "value",
      dtype: "float32",
      shape: [2, 3],
      strides: [1, 2],
      offset: 0,
      order: "F",
      bytes: 24,
      min: 0,
      max: 5,
      mean: 2.5,
      nan: 0,
      sha256,
    },
  ]);
});

test("a state dict keeps its names, and views their strides", async () => {
  assert.deepEqual(names(await inspected("pt/sd_sequential.pt")), [
    "0.weight",
    "0.bias",
    "2.weight",
    "2.bias",
  ]);
  const { tensors } = await inspected("pt/views.pt");
  const cols = tensors.find((tensor) => tensor.name === "cols")!;
  assert.deepEqual([cols.strides, cols.offset, cols.order, cols.bytes], [[6, 1], 2, "strided", 32]);
  assert.equal(cols.requiresGrad, false);
});

test("a checkpoint: tensors and values by path", async () => {
  const inspection = await inspected("pt/checkpoint_sgd.tar");
  assert.ok(names(inspection).includes("model_state_dict/0.weight"));
  assert.ok(names(inspection).includes("optimizer_state_dict/state/0/momentum_buffer"));
  assert.equal(inspection.values.epoch, 3);
  assert.deepEqual(inspection.values["optimizer_state_dict/param_groups/0/params"], [0, 1, 2, 3]);
});

test("a whole module has the names of its state dict, and its settings", async () => {
  const inspection = await inspected("pt/module_net.pt");
  assert.deepEqual(names(inspection), ["hid1.weight", "hid1.bias", "oupt.weight", "oupt.bias"]);
  assert.equal(inspection.values["hid1.in_features"], 4);
  assert.equal(inspection.values.value, "<__main__.Net>");
  assert.equal(inspection.tensors[0]!.requiresGrad, true);
});

test("a saved dict, names of odd kinds, and a tree that holds itself", async () => {
  assert.deepEqual(names(await inspected("npy/object_dict.npy")), ["W1", "b1"]);
  assert.ok(names(await inspected("pt/odd_keys.pt")).includes("__proto__"));
  const cycle = await inspected("pt/cycle.pt");
  assert.equal(cycle.values["list/0"], "(the value that this is in)");
});

test("fields of a structured array, big-endian numbers, sparse and quantized tensors", async () => {
  assert.deepEqual(names(await inspected("npy/struct.npy")), ["value/id", "value/score", "value/tag"]);
  const big = await inspected("npy/big_endian_float32.npy");
  assert.deepEqual([big.tensors[0]!.bigEndian, big.tensors[0]!.max], [true, 258]);
  const sparse = await inspected("pt/sparse_csr.pt");
  assert.deepEqual([sparse.tensors[0]!.dtype, sparse.tensors[0]!.layout], ["float32", "sparse_csr"]);
  const quantized = await inspected("pt/quantized_channel.pt");
  assert.deepEqual([quantized.tensors[0]!.dtype, quantized.tensors[0]!.layout], ["qint8", "quantized"]);
});

test("several arrays in one file", async () => {
  assert.deepEqual(names(await inspected("npy/several.npy")), ["value", "value 2", "value 3"]);
});

test("JSON of every good file can be written", async () => {
  for (const name of [
    "pt/nested.pt",
    "pt/sets.pt",
    "pt/torch_values.pt",
    "pt/own_classes.pt",
    "npz/types.npz",
    "npz/other_members.npz",
  ]) {
    const inspection = await inspected(name);
    assert.deepEqual(JSON.parse(JSON.stringify(inspection)).format, inspection.format);
  }
});

test("statistics leave NaN out and count it", () => {
  const storage = new Storage(Float32Array.of(1, Number.NaN, -3, 8));
  const all = { storage, layout: Layout.contiguous(float32, [4]) };
  assert.deepEqual(statisticsOf(all), { min: -3, max: 8, mean: 2, nan: 1 });
  const none = { storage, layout: new Layout(float32, [1], [1], 1) };
  assert.deepEqual(statisticsOf(none), { min: Number.NaN, max: Number.NaN, mean: Number.NaN, nan: 1 });
  assert.equal(statisticsOf({ storage, layout: Layout.contiguous(float32, [0]) }), undefined);
});

test("a view that repeats one number a trillion times is not gone through", async () => {
  const huge = {
    storage: new Storage(new Float32Array(1)),
    layout: new Layout(float32, [2 ** 20, 2 ** 20], [0, 0]),
  };
  assert.throws(() => statisticsOf(huge), /not gone through/);
  await assert.rejects(async () => contentHash(huge), /written out/);
});

test("tensors of a tree, tied ones under each name", async () => {
  const { tree } = await read(files.get("pt/sd_tied.pt")!);
  const found = new Map(tensorsOf(tree));
  const [one, other] = [found.get("emb.weight"), found.get("head.weight")];
  assert.ok(one?.kind === "array" && other?.kind === "array");
  assert.equal(one.storage, other.storage);
});

test("an index: its metadata and in which file each tensor lies", async () => {
  const folder = "safetensors/sharded";
  const opened = await open(files.get(`${folder}/model.safetensors.index.json`)!, {
    sibling: async (name) => bytesReader(files.get(`${folder}/${name}`)!),
  });
  const { metadata, weightMap, tensors } = await inspect(opened);
  assert.deepEqual({ ...metadata }, { total_size: 84 });
  assert.equal(weightMap!["h.0.b"], "model-00002-of-00003.safetensors");
  assert.deepEqual(Object.keys(weightMap!), names({ tensors } as Inspection));
  assert.deepEqual(
    tensors.map(({ storedAs }) => storedAs),
    ["F32", "F32", "F32", "BF16"],
  );
});

test("attributes, links and layers: what a file tells beside its tensors", async () => {
  const text: Value = {
    kind: "text",
    shape: [2, 1],
    width: 1,
    values: ["a", "b"],
    order: "C",
    bigEndian: false,
  };
  const whole = new ArrayValue(new Storage(BigInt64Array.of(1n, 2n ** 62n)), Layout.contiguous(int64, [2]), {
    origin: "numpy",
  });
  const long = new ArrayValue(new Storage(new Float32Array(2000)), Layout.contiguous(float32, [2000]), {
    origin: "numpy",
  });
  const layers = [{ name: "d", className: "Dense", weights: [["kernel", "/d/0"]] as const }];
  const opened = new Opened(
    {
      format: "hdf5",
      tree: new DictValue(),
      notes: [],
      attributes: new Map([
        [
          "/__proto__",
          new Map<string, Value>([
            ["text", text],
            ["whole", whole],
            ["long", long],
            ["one", 1.5],
          ]),
        ],
      ]),
      links: new Map([["/l", { kind: "soft", path: "/x" }]]),
      layers,
    },
    "f.h5",
  );
  const facts = await inspect(opened);
  assert.deepEqual(
    { ...facts.attributes!["/__proto__"] },
    { text: [["a"], ["b"]], whole: [1, "4611686018427387904"], long: "float32 [2000]", one: 1.5 },
  );
  assert.deepEqual({ ...facts.links }, { "/l": { kind: "soft", path: "/x" } });
  assert.deepEqual(facts.layers, [
    { name: "d", class: "Dense", weights: [{ weight: "kernel", tensor: "/d/0" }] },
  ]);
});
