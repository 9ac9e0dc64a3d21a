// Keras's archives and sharded sets, beyond what the recorded ones hold: configurations, bounds, and that opening reads no
// weights.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../src/core/errors.ts";
import {
  bytesReader,
  type DictValue,
  inspect,
  load,
  type Opened,
  open,
  type Reader,
  read,
  tensorsOf,
  writeKerasWeights,
} from "../../src/files/index.ts";
import { about, archiveOf, dense, layersOf, modelOf, named, sequential, zeros } from "../support/keras.ts";

const utf8 = new TextEncoder();

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
