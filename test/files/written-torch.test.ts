// torch.save's archive as it is written: pinned bytes, which PyTorch loads with weights_only=True; files of PyTorch's own
// are written again as they were; what such a file cannot hold is named with its place.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dtypes, float32, int32 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import { float } from "../../src/core/python.ts";
import { Storage } from "../../src/core/storage.ts";
import {
  ArrayValue,
  BytesSink,
  bytesReader,
  DictValue,
  NamedValue,
  open,
  type Reader,
  read,
  SetValue,
  TupleValue,
  type Value,
  type Writable,
  writeTorch,
  writeTorchTo,
} from "../../src/files/index.ts";
import { referenceFiles } from "../support/reference.ts";
import { assertPinned, testWithPython } from "../support/written.ts";

const files = referenceFiles();

const floats = (length: number): Storage => new Storage(Float32Array.from({ length }, (_, index) => index));

/** A tensor of the type whose bytes count up from `first`; a bool's are 0 and 1. */
const everyType = dtypes.map((dtype, first): [string, Operand] => {
  const values = dtype.kind === "bool" ? 2 : 256;
  const bytes = Uint8Array.from({ length: 6 * dtype.itemSize }, (_, at) => (first + at) % values);
  return [dtype.name, { storage: new Storage(bytes), layout: Layout.contiguous(dtype, [2, 3]) }];
});

const whole = floats(12);
const layouts: [string, Operand][] = [
  ["whole", { storage: whole, layout: Layout.contiguous(float32, [3, 4]) }],
  ["transposed", { storage: whole, layout: new Layout(float32, [4, 3], [1, 4]) }],
  ["slice", { storage: whole, layout: new Layout(float32, [2], [4], 5) }],
  ["as integers", { storage: whole, layout: new Layout(int32, [2], [1], 1) }],
  ["expanded", { storage: floats(2), layout: new Layout(float32, [3, 2], [0, 1]) }],
  ["reversed", { storage: floats(4), layout: new Layout(float32, [4], [-1], 3) }],
  ["0-d", { storage: floats(4), layout: new Layout(float32, [], [], 3) }],
  ["empty", { storage: floats(0), layout: Layout.contiguous(float32, [3, 0, 2]) }],
];

const parameter = new ArrayValue(floats(3), Layout.contiguous(float32, [3]), {
  origin: "torch",
  parameter: true,
  requiresGrad: true,
});

function stateDict(): DictValue {
  const dict = new DictValue([["weight", parameter]]);
  dict.className = "collections.OrderedDict";
  dict.attributes = new DictValue([["_metadata", new DictValue([["", new DictValue([["version", 1]])]])]]);
  return dict;
}

const shared = ["shared"];
const values: Writable = new Map<Writable, Writable>([
  ["none", null],
  ["bools", [true, false]],
  ["ints", [0, 255, 256, 65_536, -1, -(2 ** 31), 2 ** 31, 2n ** 64n, -(2n ** 100n)]],
  ["floats", [0.5, float(1), -0, 1e300, Number.POSITIVE_INFINITY]],
  ["text", "é\u{1f600}\ud800"],
  ["bytes", Uint8Array.of(0, 128, 255)],
  ["no bytes", new Uint8Array(0)],
  ["tuples", new TupleValue([new TupleValue([]), new TupleValue([1]), new TupleValue([1, 2, 3, 4])])],
  ["size", new TupleValue([2, 3], "torch.Size")],
  ["set", new SetValue([1, "a"], false)],
  ["dtype", new NamedValue("torch.dtype", "bfloat16")],
  ["device", new NamedValue("torch.device", "cpu")],
  [3, "an int as key"],
  [new TupleValue([1, "a"]), "a tuple as key"],
  ["shared", [shared, shared]],
  ["many", Array.from({ length: 1001 }, (_, i) => i)],
  ["state", stateDict()],
  ["twice", parameter],
]);

const pinned: [file: string, value: Writable, options?: { compact?: boolean; folder?: string }][] = [
  ["types.pt", new Map(everyType)],
  ["layouts.pt", new Map(layouts)],
  ["compact.pt", new Map(layouts), { compact: true, folder: "compact" }],
  ["values.pt", values],
];

for (const [file, value, options] of pinned) {
  test(`${file} is written byte for byte`, async () => {
    assertPinned(file, await writeTorch(value, options));
  });
}

testWithPython("PyTorch loads the pinned archives, with weights_only and mapped", "check_torch.py", [
  "torch",
]);

/** Bytes of an archive without those that PyTorch's own hash of names goes into: the id, and its two checksums. */
function withoutId(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("latin1");
  const start = text.search(/\d{40}PK/);
  const directory = text.indexOf(
    "PK\x01\x02",
    text.lastIndexOf("version", text.lastIndexOf("serialization_id")),
  );
  assert.ok(start > 0 && directory > 0);
  const sums = text.slice(start + 40, start + 40 + 8);
  return text.replace(/\d{20}(?=\d{20}PK)/, "").replaceAll(sums.slice(4), "");
}

/** Archives that torch.save of PyTorch 2.13 wrote, of each kind of value. */
const own =
  "channels_last dict dtype_bfloat16 dtype_uint16 dtype_float8_e4m3fn dtype_complex32 expanded int_keys long_strings " +
  "memo_300 meta nested parameter parameter_with_attributes quantized_channel requires_grad sd_conv_batchnorm sd_tied " +
  "sets sparse_coo sparse_csr storage_typed storage_untyped tensor_with_attributes torch_values views";

for (const name of own.split(" ")) {
  test(`${name}.pt is written again as PyTorch wrote it`, async () => {
    const original = files.get(`pt/${name}.pt`)!;
    const { tree } = await read(original);
    assert.equal(withoutId(await writeTorch(tree, { folder: name })), withoutId(original));
  });
}

const refused: [what: string, value: unknown, message: RegExp][] = [
  ["a function", new Map([["f", () => 1]]), /^value\["f"\] is a function, which is not written/],
  ["undefined", [1, undefined], /^value\[1\] is undefined/],
  ["a plain object", new Map([["a", [{ b: 1 }]]]), /^value\["a"\]\[0\] is a plain object.*give a Map/],
  ["a frozenset", new SetValue([1], true), /^the value is a frozenset.*weights_only=True refuses/],
  ["a list as a key", new Map([[[1], 2]]), /a key that is a list/],
  ["an int beyond LONG1", 2n ** 2048n, /an int of more than 255 bytes/],
];

for (const [what, value, message] of refused) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(writeTorch(value as Writable), { name: "TypeError", message });
  });
}

test("refused: a tuple that holds itself, and nesting without an end", async () => {
  const loop = new TupleValue([]);
  loop.items.push([loop]);
  await assert.rejects(writeTorch(loop), /a part of itself through a tuple/);
  let deep: Value = [];
  for (let i = 0; i < 1100; i++) deep = [deep];
  await assert.rejects(writeTorch(deep), /nested more than 1000 deep/);
});

test("a list and a dict that hold themselves come back so", async () => {
  const list: Value[] = [];
  list.push(list);
  const dict = new DictValue([["list", list]]);
  dict.set("self", dict);
  const { tree } = await read(await writeTorch(dict)).catch((error: Error) => ({ tree: error.message }));
  // The reader refuses endless trees or gives them as they are; either way the pickle is sound.
  assert.ok(tree instanceof DictValue ? tree.get("self") === tree : typeof tree === "string");
});

test("a storage of an opened file is read when its turn comes, and let go of", async () => {
  const bytes = await writeTorch(new Map(everyType));
  let held = 0;
  let most = 0;
  const source = bytesReader(bytes);
  const counted: Reader = { byteLength: source.byteLength, slice: (start, end) => source.slice(start, end) };
  const opened = await open(counted);
  const storages = [...opened.storages()];
  const sink = new BytesSink();
  await writeTorchTo(
    {
      write: (piece) => {
        held = storages.filter((stored) => stored.isLoaded).length;
        most = Math.max(most, held);
        sink.write(piece);
      },
    },
    opened.tree,
    { release: true },
  );
  assert.equal(most, 1);
  assert.equal(storages.filter((stored) => stored.isLoaded).length, 0);
  assert.deepEqual(sink.bytes(), bytes);
});
