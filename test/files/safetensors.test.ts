// safetensors and index files: what is read of them and when, beyond what the recorded files hold.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float32 } from "../../src/core/dtype.ts";
import { FormatError } from "../../src/core/errors.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import {
  type ArrayValue,
  bytesReader,
  type DictValue,
  inspect,
  load,
  type Opened,
  open,
  type RawTensor,
  type Reader,
  read,
  writeSafetensors,
} from "../../src/files/index.ts";
import { counting } from "../support/readers.ts";
import { referenceFiles } from "../support/reference.ts";

const files = referenceFiles();

/** A file from the text of its header. */
function fileOf(header: string, data: Uint8Array | number = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = typeof data === "number" ? new Uint8Array(data) : data;
  const whole = new Uint8Array(8 + text.byteLength + bytes.byteLength);
  new DataView(whole.buffer).setUint32(0, text.byteLength, true);
  whole.set(text, 8);
  whole.set(bytes, 8 + text.byteLength);
  return whole;
}

const entry = (dtype: string, shape: string, begin: number, end: number): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

function large(first: number): { storage: Storage; layout: Layout } {
  const values = Float32Array.from({ length: 10_000 }, (_, index) => first + index);
  return { storage: new Storage(values), layout: Layout.contiguous(float32, [100, 100]) };
}

function tensor(opened: Opened, name: string): ArrayValue {
  return (opened.tree as DictValue).get(name) as ArrayValue;
}

test("opening reads the header alone; a tensor is read by itself, into memory of its own", async () => {
  const bytes = await writeSafetensors([
    ["a", large(0)],
    ["b", large(7)],
  ]);
  const reader = counting(bytes);
  const opened = await open(reader);
  assert.ok(reader.taken < 1000, `${reader.taken} bytes were read to open it`);
  const before = reader.taken;
  const b = await load(tensor(opened, "b"));
  assert.equal(reader.taken - before, 40_000);
  assert.equal(b.storage.view(float32)[1], 8);
  assert.equal(b.storage.buffer.byteLength, 40_000);
  assert.equal(tensor(opened, "a").stored.isLoaded, false);
});

test("tensors come in the order of their data, which need not be the header's", async () => {
  const header = `{"z":${entry("U8", "[1]", 0, 1)},"a":${entry("U8", "[1]", 2, 3)},"m":${entry("U8", "[1]", 1, 2)}}`;
  const { tree } = await read(fileOf(header, 3));
  assert.deepEqual([...(tree as DictValue).keys()], ["z", "m", "a"]);
});

test("a header of any length is one: of 640 bytes, which begins as a pickle does, of 376, as zlib's streams do", async () => {
  const header = `{"w":${entry("U8", "[1]", 0, 1)}}`;
  const lengths = Array.from({ length: 1500 }, (_, index) => header.length + index);
  for (const length of [...lengths, 0x5e78, 0x8b1f, 0x9c78, 0xda78]) {
    const { format } = await open(fileOf(header.padEnd(length), 1));
    assert.equal(format, "safetensors", `${length}`);
  }
});

test("F4 is PyTorch's pairs, F6 bytes; inspect says what they are and how long", async () => {
  const header = `{"f4":${entry("F4", "[3,4]", 0, 6)},"f6":${entry("F6_E2M3", "[2,4]", 6, 12)}}`;
  const data = Uint8Array.from({ length: 12 }, (_, at) => at);
  const opened = await read(fileOf(header, data));
  const [f4, f6] = [...(opened.tree as DictValue).values()] as RawTensor[];
  assert.deepEqual(
    [f4!.dtype, f4!.shape, f4!.strides, f4!.itemSize],
    ["float4_e2m1fn_x2", [3, 2], [2, 1], 1],
  );
  assert.deepEqual(f4!.facts.storedShape, [3, 4]);
  assert.deepEqual(
    [f6!.dtype, f6!.shape, f6!.itemSize, f6!.facts.storedAs],
    ["raw", [2, 4], 0.75, "F6_E2M3"],
  );
  const { tensors } = await inspect(opened, { hash: true });
  assert.deepEqual(
    tensors.map(({ dtype, bytes, storedAs }) => [dtype, bytes, storedAs]),
    [
      ["float4_e2m1fn_x2", 6, "F4"],
      ["raw", 6, "F6_E2M3"],
    ],
  );
});

test("what save_model left out, and a name that comes twice, are noted", async () => {
  const { notes, metadata } = await read(files.get("safetensors/tied_save_model.safetensors")!);
  assert.deepEqual(notes, ['"head.weight" was not saved: it is "emb.weight" (tied weights)']);
  assert.deepEqual(metadata, new Map([["head.weight", "emb.weight"]]));
  const twice = await read(files.get("hostile/safetensors/key_twice_alike.safetensors")!);
  assert.match(twice.notes.join(), /the name "w" more than once/);
});

const refused: [what: string, bytes: Uint8Array, says: RegExp][] = [
  [
    "an unknown type",
    fileOf(`{"w":${entry("C128", "[1]", 0, 16)}}`, 16),
    /tensor "w": its dtype is "C128"; safetensors has/,
  ],
  [
    "a list for a tensor",
    fileOf('{"w":["F32",[1],[0,4]]}', 4),
    /no object with dtype, shape and data_offsets/,
  ],
  ["an odd F4", fileOf(`{"w":${entry("F4", "[2,3]", 0, 3)}}`, 3), /PyTorch holds F4 in pairs/],
  [
    "1,025 dimensions",
    fileOf(`{"w":${entry("U8", `[${"1,".repeat(1024)}1]`, 0, 1)}}`, 1),
    /has 1025 dimensions/,
  ],
  [
    "a shape beyond counting that has a 0",
    fileOf(`{"w":${entry("U8", "[0,4503599627370496,4]", 0, 0)}}`),
    /more elements than there can be/,
  ],
  [
    "an earlier tensor of the same name",
    fileOf(`{"w":1,"w":${entry("U8", "[1]", 0, 1)}}`, 1),
    /no object with dtype/,
  ],
  ["a name of any length", fileOf(`{"${"n".repeat(50_000)}":1}`), /^tensor "n{100}\.\.\.": the header/],
  ["eight bytes", new Uint8Array([0x3d, 0, 0, 0, 0, 0, 0, 0]), /only 8 bytes: it is cut short/],
];

for (const [what, bytes, says] of refused) {
  test(`${what} is refused`, async () => {
    await assert.rejects(open(bytes), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, says);
      assert.ok(error.message.length < 500);
      return true;
    });
  });
}

test("a header of fifty thousand empty tensors, or of one name as often", async () => {
  const one = entry("U8", "[0]", 0, 0);
  const many = Array.from({ length: 50_000 }, (_, index) => `"${index}":${one}`);
  const start = performance.now();
  assert.equal(((await open(fileOf(`{${many.join()}}`))).tree as DictValue).size, 50_000);
  const same = many.map(() => `"w":${one}`);
  assert.equal(((await open(fileOf(`{${same.join()}}`))).tree as DictValue).size, 1);
  assert.ok(performance.now() - start < 10_000);
});

interface Set {
  readonly index: string;
  readonly shards: { readonly [name: string]: Uint8Array };
}

function openSet({
  index,
  shards,
}: Set): Promise<Opened> & { readonly readers: Map<string, Reader & { taken: number }> } {
  const readers = new Map<string, Reader & { taken: number }>();
  const sibling = async (name: string): Promise<Reader> => {
    if (name === "index.json") return bytesReader(new TextEncoder().encode(index), name);
    const bytes = shards[name];
    if (bytes === undefined) throw new FormatError("there is no such file", { file: `folder/${name}` });
    assert.ok(!readers.has(name), `${name} is opened twice`);
    readers.set(name, counting(bytes, name));
    return readers.get(name)!;
  };
  const opened = open(new TextEncoder().encode(index), { name: "index.json", sibling });
  return Object.assign(opened, { readers });
}

const mapOf = (map: { [tensor: string]: string }): string =>
  JSON.stringify({ metadata: {}, weight_map: map });

test("an index: each of its files is opened once, tensors are read when asked for, others are noted", async () => {
  const shards = {
    "a.safetensors": await writeSafetensors([
      ["w", large(0)],
      ["v", large(1)],
      ["unnamed", large(2)],
    ]),
    "sub/b.bin": await writeSafetensors([["x", large(3)]]),
  };
  const opening = openSet({
    index: mapOf({ x: "sub/b.bin", v: "a.safetensors", w: "a.safetensors" }),
    shards,
  });
  const opened = await opening;
  assert.deepEqual([...(opened.tree as DictValue).keys()], ["x", "v", "w"]);
  assert.deepEqual(opened.notes, ["a.safetensors holds 1 values that the index does not name in it"]);
  for (const [name, { taken }] of opening.readers)
    assert.ok(taken < 2000, `${taken} bytes were read of ${name}`);
  const before = opening.readers.get("a.safetensors")!.taken;
  assert.equal((await load(tensor(opened, "v"))).storage.view(float32)[0], 1);
  assert.equal(opening.readers.get("a.safetensors")!.taken - before, 40_000);
  assert.equal(tensor(opened, "w").stored.isLoaded, false);
});

const badSets: [what: string, set: Set, says: RegExp][] = [
  [
    "a missing file",
    { index: mapOf({ w: "no.bin" }), shards: {} },
    /^index\.json: its file "no\.bin": there is no such file$/,
  ],
  [
    "a damaged file",
    { index: mapOf({ w: "a.bin" }), shards: { "a.bin": fileOf("{]") } },
    /^index\.json: its file "a\.bin", byte 9: the header is not JSON/,
  ],
  [
    "an index in an index",
    { index: mapOf({ w: "b.json" }), shards: { "b.json": new TextEncoder().encode(' {"weight_map": {}}') } },
    /its file "b\.json": it is an index itself/,
  ],
  [
    "itself",
    { index: mapOf({ w: "index.json" }), shards: {} },
    /its file "index\.json": it is an index itself/,
  ],
  [
    "a list for a file",
    { index: '{"weight_map":{"w":[1]}}', shards: {} },
    /tensor "w": .*other than a file's name/,
  ],
  [
    "a file with one array alone",
    { index: mapOf({ w: "a.npy" }), shards: { "a.npy": files.get("npy/int8.npy")! } },
    /tensor "w": the index says that it is in "a\.npy", which has no such tensor/,
  ],
  [
    "metadata that is text",
    { index: '{"metadata":"x","weight_map":{}}', shards: {} },
    /metadata is no object/,
  ],
  [
    "other JSON",
    { index: '{"modelTopology":{}}', shards: {} },
    /no index of a sharded checkpoint: it has no weight_map/,
  ],
];

for (const [what, set, says] of badSets) {
  test(`an index that names ${what} is refused`, async () => {
    await assert.rejects(openSet(set), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, says);
      return true;
    });
  });
}

test("an index is refused without a way to the files beside it", async () => {
  await assert.rejects(
    open(new TextEncoder().encode(mapOf({ w: "a.bin" }))),
    /names the file "a\.bin" beside it: open it by its path/,
  );
});
