// HDF5 and Keras's weights as they are written: pinned bytes, which h5py and Keras load; what was written is read back
// equal; what cannot be written is named.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bfloat16, type DType, dtypes, float32, float64, int32 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { contiguousStrides, Layout, product } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import {
  ArrayValue,
  type AttributeValue,
  BytesSink,
  contentBytes,
  type DictValue,
  type Hdf5WriteOptions,
  type KerasWriteOptions,
  type NamedTensors,
  open,
  read,
  tensorsOf,
  writeHdf5,
  writeHdf5To,
  writeKerasWeights,
  writeKerasWeightsTo,
} from "../../src/files/index.ts";
import { referenceFiles } from "../support/reference.ts";
import { assertPinned, testWithPython } from "../support/written.ts";

/** An array of the type whose bytes count up from `first`; a bool's are 0 and 1. */
function counted(dtype: DType, shape: readonly number[], first: number): Operand {
  const count = product(shape) * dtype.itemSize;
  const values = dtype.kind === "bool" ? 2 : 256;
  const bytes = Uint8Array.from({ length: count }, (_, at) => (first + at) % values);
  return { storage: new Storage(bytes), layout: Layout.contiguous(dtype, shape) };
}

/** Eighths from `first` on: exact also in bfloat16. */
function eighths(shape: readonly number[], first: number, dtype: DType = float32): Operand {
  const values = Float32Array.from({ length: product(shape) }, (_, index) => (first + (index % 16)) / 8);
  const halves = Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
  return {
    storage: new Storage(dtype === bfloat16 ? halves : values),
    layout: Layout.contiguous(dtype, shape),
  };
}

const everyType: [string, Operand][] = dtypes.map((dtype, index) => [
  `types/${dtype.name}`,
  counted(dtype, [2, 3], index),
]);

const floats = new Storage(Float32Array.from({ length: 8 }, (_, index) => index));
const layouts: [string, Operand][] = [
  ["/fortran", { storage: floats, layout: new Layout(float32, [2, 3], [1, 2]) }],
  ["/every other", { storage: floats, layout: new Layout(float32, [2, 2], [4, 2], 1) }],
  ["/broadcast", { storage: floats, layout: new Layout(float32, [3, 2], [0, 1]) }],
  ["/0-d", { storage: floats, layout: new Layout(float32, [], [], 3) }],
  ["/empty", { storage: floats, layout: Layout.contiguous(float32, [3, 0, 2]) }],
];

/** Names whose order as UTF-8 is not that of UTF-16, or not that of their numbers. */
const names: [string, Operand][] = [
  ..."10 9 0 1 2 3 4 5 6 7 8 \uffff \u{1f600} __proto__ é".split(" "),
  "with a blank",
].map((name, index) => [`a/b/${name}`, counted(int32, [1], index)]);

const utf8 = new TextEncoder();
const attributes = new Map<string, ReadonlyMap<string, AttributeValue>>([
  [
    "/",
    new Map<string, AttributeValue>([
      ["text", "naïve"],
      ["no text", ""],
      ["long", "0123456789".repeat(700)],
      ["texts", ["a", "", "日本"]],
      ["bytes", utf8.encode("fixed")],
      ["list of bytes", [utf8.encode("a"), utf8.encode("bcd")]],
      ["integer", -3],
      ["float", 1.5],
      ["large", 2n ** 64n - 1n],
      ["true", true],
      ["list", [1, 2, 3]],
      ["mixed", [1, 2.5]],
      ["booleans", [true, false]],
      ["nothing", []],
      ["array", counted(float64, [2, 1], 0)],
    ]),
  ],
  ["/array", new Map([["unit", "m"]])],
  ["/only/attributes", new Map([["name", "x"]])],
]);

const pinned: [file: string, arrays: [string, Operand][], options?: Hdf5WriteOptions][] = [
  ["types.h5", everyType],
  ["layouts.h5", layouts],
  ["names.h5", names],
  ["attributes.h5", [["array", counted(int32, [2], 0)]], { attributes }],
  ["nothing.h5", []],
];

async function assertReadBack(
  bytes: Uint8Array,
  arrays: Iterable<readonly [string, Operand]>,
): Promise<void> {
  const opened = await read(bytes);
  const tree = opened.tree as DictValue;
  let count = 0;
  for (const [path, array] of arrays) {
    const back = tree.get(path.startsWith("/") ? path : `/${path}`) as ArrayValue;
    assert.ok(back instanceof ArrayValue, path);
    assert.equal(back.layout.dtype, array.layout.dtype, path);
    assert.deepEqual(back.layout.shape, array.layout.shape, path);
    assert.deepEqual(back.layout.strides, contiguousStrides(array.layout.shape), path);
    assert.deepEqual(contentBytes(back), contentBytes(array), path);
    count++;
  }
  assert.equal(tree.size, count);
}

for (const [file, arrays, options] of pinned) {
  test(`${file} is as pinned, and read back equal`, async () => {
    const bytes = await writeHdf5(arrays, options);
    assertPinned(file, bytes);
    await assertReadBack(bytes, arrays);
  });
}

/** A model of every kind of group: parts of a layer, layers without weights, two of one class. */
const model: Required<Pick<KerasWriteOptions, "layers">> = {
  layers: [
    { name: "wide", className: "Dense" },
    { name: "drop", className: "Dropout" },
    { name: "bn", className: "BatchNormalization" },
    { name: "out", className: "Dense" },
  ],
};

const kerasWeights = (dtype: DType): [string, Operand][] => [
  ["out/vars/0", eighths([6, 2], 1, dtype)],
  ["out/vars/1", eighths([2], 2, dtype)],
  ["wide/vars/0", eighths([4, 6], 3, dtype)],
  ["wide/vars/1", eighths([6], 4, dtype)],
  ["bn/vars/0", eighths([6], 5, dtype)],
  ["bn/vars/1", eighths([6], 6, dtype)],
  ["bn/vars/2", eighths([6], 7, dtype)],
  ["bn/vars/3", eighths([6], 8, dtype)],
];

const recurrent: [string, Operand][] = [
  ["layers/lstm/cell/vars/0", eighths([4, 12], 1)],
  ["layers/lstm/cell/vars/1", eighths([3, 12], 2)],
  ["layers/lstm/cell/vars/2", eighths([12], 3)],
];

const kerasPinned: [file: string, weights: [string, Operand][], options?: KerasWriteOptions][] = [
  ["float32.weights.h5", kerasWeights(float32), model],
  ["bfloat16.weights.h5", kerasWeights(bfloat16), model],
  ["recurrent.weights.h5", recurrent],
];

for (const [file, weights, options] of kerasPinned) {
  test(`${file} is as pinned`, async () => {
    assertPinned(file, await writeKerasWeights(weights, options));
  });
}

test("the weights of a model are read back, and their layers", async () => {
  for (const dtype of [float32, bfloat16]) {
    const opened = await read(await writeKerasWeights(kerasWeights(dtype), model));
    assert.deepEqual(opened.layers, [
      {
        name: "wide",
        className: "Dense",
        weights: [
          ["wide/kernel", "/layers/dense/vars/0"],
          ["wide/bias", "/layers/dense/vars/1"],
        ],
      },
      { name: "drop", className: "Dropout", weights: [] },
      {
        name: "bn",
        className: "BatchNormalization",
        weights: ["gamma", "beta", "moving_mean", "moving_variance"].map((name, index) => [
          `bn/${name}`,
          `/layers/batch_normalization/vars/${index}`,
        ]),
      },
      {
        name: "out",
        className: "Dense",
        weights: [
          ["out/kernel", "/layers/dense_1/vars/0"],
          ["out/bias", "/layers/dense_1/vars/1"],
        ],
      },
    ]);
    const kernel = (opened.tree as DictValue).get("/layers/dense_1/vars/0") as ArrayValue;
    assert.equal(kernel.layout.dtype, dtype);
    assert.deepEqual(contentBytes(kernel), contentBytes(eighths([6, 2], 1, dtype)));
  }
});

// Of the backends of Keras, PyTorch's is the one that is tested here; another may be named by the environment.
process.env.KERAS_BACKEND ??= "torch";
testWithPython("h5py loads the pinned files", "check_hdf5.py", ["h5py", "numpy"]);
testWithPython("Keras loads the pinned weights", "check_keras.py", ["keras", "h5py", "numpy"]);

test("a group of thousands, whose B-tree has levels, is read back", async () => {
  const many = Array.from({ length: 9000 }, (_, index): [string, Operand] => [
    `group/${index}/x`,
    counted(int32, [1], index),
  ]);
  await assertReadBack(await writeHdf5(many), many);
});

test("texts fill several heaps", async () => {
  const texts = Array.from({ length: 5000 }, (_, index) => `${index}: ${"x".repeat(index % 90)}`);
  const own = new Map([["/", new Map(texts.map((text, index) => [`a${index}`, text]))]]);
  const opened = await read(await writeHdf5([], { attributes: own }));
  assert.deepEqual([...opened.attributes!.get("/")!.values()].sort(), [...texts].sort());
});

test("what a file holds is written again: numbers, text, attributes", async () => {
  const files = referenceFiles();
  for (const name of [
    "keras/gru.weights.h5",
    "keras/policy_bfloat16.weights.h5",
    "keras/nested.weights.h5",
  ]) {
    const before = await open(Uint8Array.from(files.get(name)!));
    const options = { attributes: before.attributes! };
    const after = await read(await writeKerasWeights(tensorsOf(before.tree), options));
    assert.deepEqual([...after.attributes!], [...before.attributes!], name);
    assert.deepEqual(after.layers, before.layers, name);
    await before.load();
    for (const [path, array] of tensorsOf(before.tree)) {
      const back = (after.tree as DictValue).get(path) as ArrayValue;
      assert.deepEqual(contentBytes(back), contentBytes(array as ArrayValue), path);
    }
  }
});

test("arrays of text and of bytes are written as well", async () => {
  const text = {
    kind: "text",
    shape: [2],
    values: ["é", "longer"],
    order: "C",
    bigEndian: false,
  } as const;
  const raw = { kind: "void", shape: [1, 2], width: 3, bytes: utf8.encode("abcdef"), order: "C" } as const;
  const { tree } = await read(
    await writeHdf5([
      ["text", text],
      ["raw", raw],
    ]),
  );
  const [[, first], [, second]] = [...(tree as DictValue)] as [[string, typeof text], [string, typeof raw]];
  assert.deepEqual([first.kind, first.shape, first.values], ["text", [2], ["é", "longer"]]);
  assert.deepEqual([second.kind, second.width, second.shape], ["void", 3, [1, 2]]);
  assert.deepEqual(Uint8Array.from(second.bytes), raw.bytes);
});

const one = counted(int32, [1], 0);
const refused: [what: string, arrays: NamedTensors, options: Hdf5WriteOptions, says: RegExp][] = [
  [
    "two of one path",
    [
      ["a/b", one],
      ["/a/b", one],
    ],
    {},
    /two arrays have the path "a\/b"/,
  ],
  [
    "a path through an array",
    [
      ["a", one],
      ["a/b", one],
    ],
    {},
    /"a\/b" leads through "a", an array/,
  ],
  ["the root", [["/", one]], {}, /below the root/],
  ["an empty name", [["a//b", one]], {}, /"a\/\/b" is no path/],
  ["a dot", [["a/./b", one]], {}, /is no path/],
  ["NUL", [["a\0", one]], {}, /is no path/],
  ["half a surrogate pair", [["\ud800", one]], {}, /is no path/],
  [
    "objects",
    [["a", { kind: "objects", shape: [1], items: [null], order: "C" }]],
    {},
    /"a" is of kind objects/,
  ],
  ["null", [], { attributes: new Map([["/", new Map([["a", null]])]]) }, /the attribute a must be text/],
  [
    "a list of this and that",
    [],
    { attributes: new Map([["/", new Map([["a", [1, "x"]]])]]) },
    /the attribute a must be text/,
  ],
  [
    "a long list",
    [],
    { attributes: new Map([["/", new Map([["a", Array.from({ length: 9000 }, (_, i) => i)]])]]) },
    /the attribute a takes 72056 bytes, and a header of HDF5 has room for 65528/,
  ],
];

for (const [what, arrays, options, says] of refused) {
  test(`${what} is refused before a byte is written`, async () => {
    const sink = new BytesSink();
    await assert.rejects(writeHdf5To(sink, arrays, options), { name: "ValueError", message: says });
    assert.equal(sink.bytes().byteLength, 0);
  });
}

const refusedWeights: [what: string, weights: NamedTensors, options: KerasWriteOptions, says: RegExp][] = [
  ["no variable", [["layers/dense/kernel", one]], {}, /"layers\/dense\/kernel" is no path of a weight/],
  [
    "a gap",
    [["layers/dense/vars/1", one]],
    {},
    /layers\/dense\/vars has 1 weights, and none with the number 0/,
  ],
  ["an unknown layer", [["x/vars/0", one]], model, /"x\/vars\/0" is of none of the layers that are given/],
  [
    "two layers of one name",
    [],
    { layers: [...model.layers, { name: "wide", className: "Dense" }] },
    /two layers have the name "wide"/,
  ],
];

for (const [what, weights, options, says] of refusedWeights) {
  test(`Keras's weights: ${what} is refused before a byte is written`, async () => {
    const sink = new BytesSink();
    await assert.rejects(writeKerasWeightsTo(sink, weights, options), { name: "ValueError", message: says });
    assert.equal(sink.bytes().byteLength, 0);
  });
}

test("a copy holds one array at a time", async () => {
  const arrays = ["a", "b", "c"].map((name, index): [string, Operand] => [
    name,
    counted(float32, [1000], index),
  ]);
  const opened = await open(await writeHdf5(arrays));
  const storages = [...opened.storages()];
  let most = 0;
  const write = (): void => {
    most = Math.max(most, storages.filter(({ isLoaded }) => isLoaded).length);
  };
  await writeHdf5To({ write }, tensorsOf(opened.tree), { release: true });
  assert.equal(most, 1);
  assert.ok(storages.every(({ isLoaded }) => !isLoaded));
});
