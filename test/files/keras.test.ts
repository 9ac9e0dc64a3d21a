// Keras's files beyond what the recorded ones hold: names of layers and weights in every form, archives and their
// configurations, sharded sets, bounds, and that opening reads no weights.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float32, int8 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { FormatError } from "../../src/core/errors.ts";
import { Layout, product } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import {
  type AttributeValue,
  BytesSink,
  bytesReader,
  type DictValue,
  inspect,
  load,
  type Opened,
  open,
  type Reader,
  read,
  tensorsOf,
  writeHdf5,
  writeKerasWeights,
} from "../../src/files/index.ts";
import { snakeCase, UniqueNames } from "../../src/files/keras/classes.ts";
import { ZipWriter } from "../../src/files/zip-write.ts";

function zeros(...shape: number[]): Operand {
  return {
    storage: new Storage(new Float32Array(product(shape))),
    layout: Layout.contiguous(float32, shape),
  };
}

const utf8 = new TextEncoder();
type Attributes = ReadonlyMap<string, ReadonlyMap<string, AttributeValue>>;

/** Attributes of a file of weights: the users' names of groups. */
function named(names: { readonly [group: string]: string }): Attributes {
  return new Map(Object.entries(names).map(([group, name]) => [`/${group}/vars`, new Map([["name", name]])]));
}

/** The layers of an opened file, weights by name. */
function layersOf({ layers }: Opened): [name: string, className: string | undefined, weights: string[]][] {
  return layers!.map(({ name, className, weights }) => [name, className, weights.map(([weight]) => weight)]);
}

async function archiveOf(
  members: readonly (readonly [name: string, content: Uint8Array | string])[],
  compressed = false,
): Promise<Uint8Array> {
  const sink = new BytesSink();
  const zip = new ZipWriter(sink);
  for (const [name, content] of members) {
    await zip.add(name, [typeof content === "string" ? utf8.encode(content) : content], compressed);
  }
  await zip.finish();
  return sink.bytes();
}

const dense = (name: string, more: object = {}): object => ({
  module: "keras.layers",
  class_name: "Dense",
  config: { name, units: 2, ...more },
});
const sequential = (name: string, ...layers: object[]): object => ({
  module: "keras",
  class_name: "Sequential",
  config: { name, layers },
});
const about = JSON.stringify({ keras_version: "3.15.1", date_saved: "2025-01-01@00:00:00" });

async function modelOf(
  config: object | string,
  weights: Uint8Array,
  others: readonly (readonly [string, string])[] = [],
): Promise<Uint8Array> {
  const text = typeof config === "string" ? config : JSON.stringify(config);
  return archiveOf([
    ["metadata.json", about],
    ["config.json", text],
    ["model.weights.h5", weights],
    ...others,
  ]);
}

test("names are made of classes as Keras makes them", () => {
  const names =
    "Dense MaxPooling2D PReLU LSTM Conv2DTranspose GlobalAveragePooling1D RMSNormalization ELU TFSMLayer".split(
      " ",
    );
  assert.deepEqual(names.map(snakeCase), [
    "dense",
    "max_pooling2d",
    "p_re_lu",
    "lstm",
    "conv2d_transpose",
    "global_average_pooling1d",
    "rms_normalization",
    "elu",
    "tfsm_layer",
  ]);
  const unique = new UniqueNames();
  assert.deepEqual(
    ["Dense", "LSTM", "Dense", "Dense"].map((name) => unique.next(name)),
    ["dense", "lstm", "dense_1", "dense_2"],
  );
});

test("weights alone: variables are named by class and number, parts by their names", async () => {
  const bytes = await writeKerasWeights(
    [
      ["layers/bidirectional/forward_layer/cell/vars/0", zeros(2, 8)],
      ["layers/bidirectional/forward_layer/cell/vars/1", zeros(2, 8)],
      ["layers/bidirectional/backward_layer/cell/vars/0", zeros(2, 8)],
      ["layers/bidirectional/backward_layer/cell/vars/1", zeros(2, 8)],
      ["layers/multi_head_attention/key_dense/vars/0", zeros(2, 1, 2)],
      ["layers/multi_head_attention/query_dense/vars/0", zeros(2, 1, 2)],
      ["layers/separable_conv2d/vars/0", zeros(1, 1, 2, 1)],
      ["layers/separable_conv2d/vars/1", zeros(1, 1, 2, 3)],
      ["layers/my_block/vars/0", zeros(2)],
      ["layers/my_block/stack/dense/vars/0", zeros(2, 2)],
      ["layers/dropout/seed_generator/vars/0", zeros(2)],
      ["optimizer/vars/0", zeros()],
    ],
    {
      attributes: named({
        "layers/bidirectional": "both",
        "layers/bidirectional/backward_layer": "backward_x",
        "layers/bidirectional/backward_layer/cell": "lstm_cell_3",
        "layers/bidirectional/forward_layer": "forward_x",
        "layers/bidirectional/forward_layer/cell": "lstm_cell_2",
        "layers/multi_head_attention": "attn",
        "layers/separable_conv2d": "sep",
        "layers/my_block": "block",
        "layers/my_block/stack/dense": "inside",
        "layers/dropout": "drop",
      }),
    },
  );
  assert.deepEqual(layersOf(await read(bytes)), [
    [
      "both",
      "Bidirectional",
      ["forward_x/lstm_cell_2", "backward_x/lstm_cell_3"].flatMap((part) =>
        ["kernel", "recurrent_kernel"].map((name) => `both/${part}/${name}`),
      ),
    ],
    ["attn", "MultiHeadAttention", ["attn/query/kernel", "attn/key/kernel"]],
    ["sep", "SeparableConv2D", ["sep/depthwise_kernel", "sep/pointwise_kernel"]],
    ["block", undefined, ["block/0", "block/inside/kernel"]],
    ["drop", "Dropout", []],
  ]);
});

test("weights alone: what their number leaves open is noted", async () => {
  const bytes = await writeKerasWeights(
    [0, 1, 2].map((number) => [`layers/batch_normalization/vars/${number}`, zeros(3)] as const),
  );
  const opened = await read(bytes);
  assert.deepEqual(layersOf(opened), [
    [
      "batch_normalization",
      "BatchNormalization",
      ["beta", "moving_mean", "moving_variance"].map((name) => `batch_normalization/${name}`),
    ],
  ]);
  assert.match(opened.notes.join(), /BatchNormalization "batch_normalization": by their number \(3\)/);
  const settings = { name: "batch_normalization", scale: true, center: false };
  const config = sequential("m", { class_name: "BatchNormalization", config: settings });
  const known = await read(await modelOf(config, bytes));
  assert.equal(layersOf(known)[0]![2][0], "batch_normalization/gamma");
  assert.deepEqual(known.notes, []);
});

test("the names of nested models' weights begin where they were built", async () => {
  const bytes = await writeKerasWeights(
    [
      ["layers/functional/layers/dense/vars/0", zeros(2, 2)],
      ["layers/sequential/layers/dense/vars/0", zeros(2, 2)],
    ],
    {
      attributes: named({
        "layers/functional": "encoder",
        "layers/functional/layers/dense": "first",
        "layers/sequential": "decoder",
        "layers/sequential/layers/dense": "second",
      }),
    },
  );
  assert.deepEqual(layersOf(await read(bytes)), [
    ["encoder", "Functional", ["first/kernel"]],
    ["decoder", "Sequential", ["decoder/second/kernel"]],
  ]);
});

test("ten variables and more come in the order of their numbers", async () => {
  const weights = Array.from({ length: 12 }, (_, index) => [`layers/x/vars/${index}`, zeros()] as const);
  const { layers } = await read(await writeKerasWeights([...weights].reverse()));
  assert.deepEqual(
    layers![0]!.weights.map(([, path]) => path),
    weights.map(([path]) => `/${path}`),
  );
});

test("quantized layers have a scale behind their kernel and bias", async () => {
  const kernel = {
    storage: new Storage(new Int8Array(4)),
    layout: Layout.contiguous(int8, [2, 2]),
  };
  const bytes = await writeKerasWeights([
    ["layers/dense/vars/0", kernel],
    ["layers/dense/vars/1", zeros(2)],
    ["layers/dense/vars/2", zeros(2)],
  ]);
  assert.deepEqual(layersOf(await read(bytes))[0]![2], ["dense/kernel", "dense/bias", "dense/kernel_scale"]);
});

/** A file of the older form. */
function legacy(
  layers: { readonly [layer: string]: readonly string[] },
  own: { readonly [name: string]: AttributeValue } = {},
  listed: { readonly [name: string]: AttributeValue } = { layer_names: Object.keys(layers) },
): Promise<Uint8Array> {
  const attributes = new Map<string, ReadonlyMap<string, AttributeValue>>([
    ["/", new Map(Object.entries(own))],
    ["/model_weights", new Map(Object.entries(listed))],
  ]);
  const arrays: [string, Operand][] = [];
  for (const [layer, weights] of Object.entries(layers)) {
    const group = `/model_weights/${layer}`;
    attributes.set(group, new Map([["weight_names", [...weights]]]));
    for (const weight of weights) arrays.push([`${group}/${weight}`, zeros(2, 2)]);
  }
  return writeHdf5(arrays, { attributes });
}

test("the older form: Keras 2's names, lists in pieces, classes by name where weights fit", async () => {
  const bytes = await legacy(
    { dense: ["dense/kernel:0"], conv2d: ["conv2d/kernel:0"], input_1: [], mine: ["mine/w:0"] },
    {},
    { layer_names0: ["input_1", "dense"], layer_names1: ["conv2d", "mine"] },
  );
  assert.deepEqual(layersOf(await read(bytes)), [
    ["input_1", "InputLayer", []],
    ["dense", "Dense", ["dense/kernel"]],
    ["conv2d", undefined, ["conv2d/kernel"]],
    ["mine", undefined, ["mine/w"]],
  ]);
});

test("the older form: weights of an inner model stand in its layers' order again", async () => {
  const inner = sequential(
    "enc",
    dense("x"),
    { class_name: "BatchNormalization", config: { name: "y" } },
    dense("z"),
  );
  const bytes = await legacy(
    { enc: ["m/enc/y/gamma", "m/enc/z/kernel", "m/enc/x/kernel", "m/enc/y/moving_mean"] },
    { model_config: JSON.stringify(sequential("m", inner)) },
  );
  assert.deepEqual(layersOf(await read(bytes)), [
    ["enc", "Sequential", ["enc/x/kernel", "enc/y/gamma", "enc/y/moving_mean", "enc/z/kernel"]],
  ]);
});

test("the older form: a configuration that is no JSON is noted, and layers are known by their names", async () => {
  const opened = await read(await legacy({ dense: ["dense/kernel"] }, { model_config: "{" }));
  assert.deepEqual(layersOf(opened), [["dense", "Dense", ["dense/kernel"]]]);
  assert.match(opened.notes.join(), /the attribute model_config is not JSON/);
});

test("other files of HDF5 have no layers", async () => {
  assert.equal(
    (
      await read(
        await writeHdf5([
          ["vars", zeros(2)],
          ["layers/x", zeros(1)],
        ]),
      )
    ).layers,
    undefined,
  );
});

const weightsOfTwo = (): Promise<Uint8Array> =>
  writeKerasWeights(
    [
      ["layers/dense/vars/0", zeros(2, 2)],
      ["layers/dense_1/vars/0", zeros(2, 2)],
    ],
    { attributes: named({ "layers/dense": "one", "layers/dense_1": "two" }) },
  );

test(".keras: layers in the model's order, metadata, assets, deflated weights", async () => {
  const config = sequential("m", dense("one", { limit: Number.NaN }), dense("two"), {
    module: "mine",
    class_name: "Block",
    registered_name: "mine>Block",
    config: { name: "b" },
  });
  const text = JSON.stringify(config).replace("null", "-Infinity");
  const weights = await weightsOfTwo();
  const members: [string, Uint8Array | string][] = [
    ["config.json", text],
    ["metadata.json", about],
    ["model.weights.h5", weights],
    ["assets/words.txt", "a\nb"],
  ];
  for (const compressed of [false, true]) {
    const opened = await read(await archiveOf(members, compressed), { name: "m.keras" });
    assert.equal(opened.format, "keras");
    assert.deepEqual(layersOf(opened), [
      ["one", "Dense", ["one/kernel"]],
      ["two", "Dense", ["two/kernel"]],
      ["b", "Block", []],
    ]);
    assert.equal(opened.metadata!.get("keras_version"), "3.15.1");
    assert.equal(opened.metadata!.get("config"), text);
    assert.deepEqual([...opened.otherMembers!.keys()], ["assets/words.txt"]);
    assert.deepEqual(opened.notes, [
      'the configuration names "mine.Block", which is none of Keras\'s: it was not called',
    ]);
  }
});

test(".keras: what a configuration holds besides layers is noted, and a member that is no part of a model", async () => {
  const lambda = { class_name: "Lambda", config: { name: "twice", function: { class_name: "__lambda__" } } };
  const initializer = { module: "os", class_name: "function", config: "system" };
  const config = sequential("m", lambda, dense("one", { kernel_initializer: initializer }));
  const { notes } = await read(await modelOf(config, await weightsOfTwo(), [["run.py", "1"]]));
  assert.deepEqual(notes, [
    'the layer "twice" is a Lambda: its function, which may be any code, was not run',
    'the configuration names "os.system", which is none of Keras\'s: it was not called',
    'the archive also holds "run.py", which is no part of a model',
  ]);
});

test(".keras: a layer that two models share is found in both", async () => {
  const config = sequential("m", dense("one"), sequential("inner", dense("one"), dense("two")));
  const bytes = await writeKerasWeights(
    [
      ["layers/dense/vars/0", zeros(2, 2)],
      ["layers/sequential/layers/dense_1/vars/0", zeros(2, 2)],
    ],
    {
      attributes: named({
        "layers/dense": "one",
        "layers/sequential": "inner",
        "layers/sequential/layers/dense_1": "two",
      }),
    },
  );
  const { layers } = await read(await modelOf(config, bytes));
  assert.deepEqual(
    layers!.map(({ weights }) => weights.map(([, path]) => path)),
    [["/layers/dense/vars/0"], ["/layers/dense/vars/0", "/layers/sequential/layers/dense_1/vars/0"]],
  );
});

test(".keras: a layer that is listed over and over costs little", async () => {
  const weights = await writeKerasWeights(
    Array.from({ length: 200 }, (_, index) => [`layers/x/vars/${index}`, zeros()] as const),
    { attributes: named({ "layers/x": "x" }) },
  );
  const config = sequential("m", ...Array.from({ length: 50_000 }, () => dense("x")));
  const start = performance.now();
  const { layers, notes } = await read(await modelOf(config, weights));
  assert.equal(layers, undefined);
  assert.match(notes.join(), /one layer over and over/);
  assert.ok(performance.now() - start < 5000);
});

const refusals: [what: string, members: () => Promise<[string, Uint8Array | string][]>, says: RegExp][] = [
  [
    "no weights",
    async () => [
      ["config.json", "{}"],
      ["metadata.json", about],
    ],
    /without its weights/,
  ],
  [
    "pickled weights",
    async () => [
      ["config.json", "{}"],
      ["metadata.json", about],
      ["model.weights.npz", "PK"],
    ],
    /model\.weights\.npz, in pickles that Keras itself no longer reads/,
  ],
  [
    "weights that are something else",
    async () => [
      ["config.json", "{}"],
      ["model.weights.h5", "x"],
    ],
    /^m\.keras \(model\.weights\.h5\), byte 0: model\.weights\.h5 is no HDF5 file/,
  ],
];

for (const [what, members, says] of refusals) {
  test(`.keras: ${what} are refused`, async () => {
    const bytes = await archiveOf(await members());
    await assert.rejects(read(bytes, { name: "m.keras" }), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, says);
      return true;
    });
  });
}

test(".keras: opening reads no weights, and one without the others", async () => {
  const length = 100_000;
  const weights = await writeKerasWeights(
    ["dense", "dense_1", "dense_2"].map((group) => [`layers/${group}/vars/0`, zeros(length)] as const),
  );
  const bytes = await modelOf(sequential("m", dense("dense")), weights);
  const inner = bytesReader(bytes);
  let taken = 0;
  const reader: Reader = {
    byteLength: inner.byteLength,
    slice: (start, end) => {
      taken += end - start;
      return inner.slice(start, end);
    },
  };
  const opened = await open(reader);
  assert.ok(taken < 2 ** 17, `${taken} bytes were read to open it`);
  const opening = taken;
  await load((opened.tree as DictValue).get("/layers/dense_1/vars/0")!);
  assert.ok(taken - opening <= 4 * length + 1000, `${taken - opening} bytes were read for one weight`);
});

/** A sharded set: the index, and its files by name. */
async function shards(map: object, files: { readonly [name: string]: readonly string[] }): Promise<Opened> {
  const written = new Map<string, Uint8Array>();
  for (const [name, paths] of Object.entries(files)) {
    written.set(name, await writeKerasWeights(paths.map((path) => [path, zeros(2, 2)] as const)));
  }
  const index = { metadata: { total_size: 32 }, weight_map: map };
  return read(utf8.encode(JSON.stringify(index)), {
    name: "m.weights.json",
    sibling: async (name) => bytesReader(written.get(name)!, name),
  });
}

test("a sharded set is one tree, with one file or several for a group", async () => {
  const opened = await shards(
    { "/layers/dense/vars": ["a.weights.h5"], "/layers/dense_1/vars": "b.weights.h5" },
    { "a.weights.h5": ["layers/dense/vars/0"], "b.weights.h5": ["layers/dense_1/vars/0"] },
  );
  assert.equal(opened.format, "index");
  assert.deepEqual(
    tensorsOf(opened.tree).map(([name]) => name),
    ["/layers/dense/vars/0", "/layers/dense_1/vars/0"],
  );
  assert.deepEqual(layersOf(opened), [
    ["dense", "Dense", ["dense/kernel"]],
    ["dense_1", "Dense", ["dense_1/kernel"]],
  ]);
});

test("a sharded set whose index and files disagree is refused", async () => {
  const files = { "a.weights.h5": ["layers/dense/vars/0"], "b.weights.h5": ["layers/dense/vars/0"] };
  await assert.rejects(shards({ "/layers/other/vars": ["a.weights.h5"] }, files), /has no such group/);
  await assert.rejects(
    shards({ "/layers/dense/vars": ["a.weights.h5", "b.weights.h5"] }, files),
    /two files of the set have this dataset/,
  );
  await assert.rejects(shards({ "/layers/dense/vars": 3 }, files), /something other than files' names/);
  await assert.rejects(shards({ "/layers/dense/vars": ["../a"] }, files), /does not lie beside or below it/);
});

test("inspection says which weight of which layer a tensor is", async () => {
  const { tensors, layers } = await inspect(await read(await weightsOfTwo()));
  assert.deepEqual(
    tensors.map(({ name, layer, weight }) => [name, layer, weight]),
    [
      ["/layers/dense/vars/0", "one", "one/kernel"],
      ["/layers/dense_1/vars/0", "two", "two/kernel"],
    ],
  );
  assert.deepEqual(layers![0], {
    name: "one",
    class: "Dense",
    weights: [{ weight: "one/kernel", tensor: "/layers/dense/vars/0" }],
  });
  assert.doesNotThrow(() => JSON.stringify(layers));
});
