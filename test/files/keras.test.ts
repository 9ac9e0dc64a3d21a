// Names of layers and weights in Keras's files, beyond what the recorded ones hold: weights alone, and the older form.

import assert from "node:assert/strict";
import { test } from "node:test";
import { int8 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { type AttributeValue, read, writeHdf5, writeKerasWeights } from "../../src/files/index.ts";
import { snakeCase, UniqueNames } from "../../src/files/keras/classes.ts";
import { dense, layersOf, modelOf, named, sequential, zeros } from "../support/keras.ts";

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
