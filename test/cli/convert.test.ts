// weightbridge convert: files of every kind from files of every kind, with the same tensors in them.

import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { convert } from "../../src/cli/convert.ts";
import { diff } from "../../src/cli/diff.ts";
import { float16, float32 } from "../../src/core/dtype.ts";
import { elements } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { ArrayValue, DictValue, type Opened, Stored, tensorsOf, writeNpz } from "../../src/files/index.ts";
import { readFile } from "../../src/files/node.ts";
import { writeTorch } from "../../src/files/torch/write.ts";
import { weightbridge } from "../support/program.ts";
import { referenceFiles } from "../support/reference.ts";
import { serve } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "convert-test-"));
after(() => rmSync(folder, { recursive: true }));
const recorded = referenceFiles();

/** A recorded file on disk, or bytes of one's own. */
function put(name: string, bytes: Uint8Array = recorded.get(name)!): string {
  const path = join(folder, "in", name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

let made = 0;
const fresh = (ending: string): string => join(folder, `out-${made++}${ending}`);

const quietly = (...args: string[]): Promise<number> => convert.run([...args, "--quiet"]);
const areSame = async (...args: string[]): Promise<boolean> => (await diff.run([...args, "--quiet"])) === 0;

const inputs = [
  "npz/zip64.npz",
  "pt/zip_torch_2_1.pt",
  "pt/module_linear.pt",
  "safetensors/empty_between.safetensors",
  "hdf5/simple.h5",
  "keras/conv.weights.h5",
  "keras/conv.keras",
  "onnx/mlp.onnx",
];

for (const name of inputs) {
  test(`${name} becomes a file of every kind, and all hold the same`, async () => {
    const input = put(name);
    for (const ending of [".npz", ".pt", ".safetensors", ".h5"]) {
      const output = fresh(ending);
      assert.equal(await quietly(input, output), 0);
      assert.ok(await areSame(input, output), ending);
    }
  });
}

test("Keras's weights keep their form", async () => {
  const input = put("keras/conv.weights.h5");
  const output = fresh(".weights.h5");
  assert.equal(await quietly(input, output), 0);
  assert.ok(await areSame(input, output));
  const [from, to] = [await readFile(input), await readFile(output)];
  assert.equal(to.format, from.format);
  // Groups stand in the order of their names in such a file.
  const sorted = ({ layers }: Opened): unknown =>
    layers!.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, weights }) => [name, weights]);
  assert.deepEqual(sorted(to), sorted(from));
});

test("floating tensors are cast, rounded once; others stay; ties and strides are kept", async () => {
  const values = Float32Array.from({ length: 12 }, (_, i) => i / 3);
  const shared = new Storage(values);
  const torch = { origin: "torch" } as const;
  const tree = new DictValue([
    ["a", new ArrayValue(shared, new Layout(float32, [3, 4], [4, 1]), torch)],
    ["b", new ArrayValue(shared, new Layout(float32, [4, 3], [1, 4]), torch)],
    ["c", new ArrayValue(shared, new Layout(float32, [2], [3], 1), torch)],
  ]);
  const input = put("tied.pt", await writeTorch(tree));
  const output = fresh(".pt");
  assert.equal(await quietly(input, output, "--dtype", "float16"), 0);
  const [a, b, c] = tensorsOf((await readFile(output)).tree).map(([, array]) => array as ArrayValue);
  assert.equal(a!.layout.dtype, float16);
  assert.deepEqual(b!.layout.strides, [1, 4]);
  assert.equal(a!.stored, b!.stored);
  assert.equal(c!.stored, a!.stored);
  assert.deepEqual(elements(c!), [0.333251953125, 1.3330078125]);
  assert.ok(await areSame(input, output, "--rtol", "0.0005"));
  assert.ok(!(await areSame(input, output)));
  const integers = put("npy/int64.npy");
  const same = fresh(".npz");
  assert.equal(await quietly(integers, same, "--dtype", "float16"), 0);
  assert.ok(await areSame(integers, same));
});

test("Fortran order is kept in .npy", async () => {
  const input = put("npy/fortran_3d.npy");
  const output = fresh(".npy");
  assert.equal(await quietly(input, output), 0);
  assert.deepEqual(new Uint8Array(readFileSync(output)), new Uint8Array(recorded.get("npy/fortran_3d.npy")!));
});

test("tensors are chosen and renamed", async () => {
  const input = put("pt/zip_torch_2_1.pt");
  const names = async (...args: string[]): Promise<string[]> => {
    const output = fresh(".safetensors");
    assert.equal(await quietly(input, output, ...args), 0);
    return tensorsOf((await readFile(output)).tree).map(([name]) => name);
  };
  assert.deepEqual(await names("--only", "*.bias"), ["hid1.bias", "oupt.bias"]);
  assert.deepEqual(await names("--only", "hid1.*", "--rename", "hid1=first"), ["first.bias", "first.weight"]);
  assert.deepEqual(await names("--only", "*.bias", "--rename", "*.bias=biases.*"), [
    "biases.hid1",
    "biases.oupt",
  ]);
  assert.deepEqual(await names("--only", "hid1.bias", "--rename", "=model."), ["model.hid1.bias"]);
});

test("shards have an index, and metadata is kept and added to", async () => {
  const input = put("pt/zip_torch_2_1.pt");
  const output = fresh(".safetensors");
  const stem = output.replace(".safetensors", "");
  assert.equal(await quietly(input, output, "--shard-size", "0.15KB", "--metadata", "who=me=you"), 0);
  assert.ok(!existsSync(output));
  const index = `${output}.index.json`;
  assert.ok(await areSame(input, index));
  const first = await readFile(`${stem}-00001-of-00002.safetensors`);
  assert.deepEqual(Object.fromEntries(first.metadata!), { format: "pt", who: "me=you" });
  await assert.rejects(quietly(input, output, "--shard-size", "0.15KB"), /such a file already; add --force/);
  const whole = fresh(".safetensors");
  assert.equal(await quietly(`${stem}-00001-of-00002.safetensors`, whole, "--metadata", "format=np"), 0);
  assert.deepEqual(Object.fromEntries((await readFile(whole)).metadata!), { format: "np", who: "me=you" });
});

test("a file that is there is replaced when that is said, and one that cannot be written leaves nothing", async () => {
  const input = put("pt/zip_torch_2_1.pt");
  const output = fresh(".npz");
  writeFileSync(output, "mine");
  await assert.rejects(quietly(input, output), /there is such a file already; add --force to replace it/);
  assert.equal(readFileSync(output, "utf8"), "mine");
  assert.equal(await quietly(input, output, "--force", "--compressed"), 0);
  assert.ok(await areSame(input, output));
  // A file may be replaced by what is read from it.
  assert.equal(await quietly(output, output, "--force", "--dtype", "float64"), 0);
  assert.ok(await areSame(input, output, "--atol", "0"));
  const damaged = Uint8Array.from(recorded.get("npz/zip64.npz")!);
  damaged[200] = damaged[200]! ^ 1;
  const before = readdirSync(folder).sort();
  await assert.rejects(quietly(put("damaged.npz", damaged), fresh(".pt")), /checksum/);
  assert.deepEqual(readdirSync(folder).sort(), before);
});

const refused: [about: string, args: () => string[], says: RegExp][] = [
  ["another ending", () => [put("npz/zip64.npz"), "a.zip"], /OUT must end with \.npy, \.npz, .*got a\.zip/],
  ["no OUT", () => [put("npz/zip64.npz")], /expected IN and OUT/],
  [
    "an option of another kind",
    () => [put("npz/zip64.npz"), "a.pt", "--compressed"],
    /--compressed is for \.npz alone/,
  ],
  [
    "metadata where there is none",
    () => [put("npz/zip64.npz"), "a.npz", "--metadata", "a=b"],
    /for \.safetensors alone/,
  ],
  [
    "a type that is none",
    () => [put("npz/zip64.npz"), "a.npz", "--dtype", "int8"],
    /--dtype takes float16.*got int8/,
  ],
  [
    "a pattern that fits nothing",
    () => [put("npz/zip64.npz"), "a.npz", "--only", "x*"],
    /--only x\* fits none/,
  ],
  [
    "a rename of nothing",
    () => [put("npz/zip64.npz"), "a.npz", "--rename", "x=y"],
    /--rename x=y changes none/,
  ],
  [
    "two of one name",
    () => [put("npz/zip64.npz"), "a.npz", "--rename", "*=x"],
    /two tensors would have the name "x"/,
  ],
  ["several for a .npy", () => [put("npz/zip64.npz"), "a.npy"], /a \.npy holds one array, and there are 2/],
  [
    "a type that NumPy lacks",
    () => [put("safetensors/dtypes.safetensors"), "a.npz"],
    /a\.npz: tensor "bfloat16" is bfloat16, which NumPy has no type for \(and 4 more of such\): add --dtype float32/,
  ],
  [
    "a quantized tensor",
    () => [put("pt/quantized_channel.pt"), "a.h5"],
    /tensor "value" is a quantized tensor \(qint8\), which is not written to \.h5/,
  ],
  [
    "weights that are not Keras's",
    () => [put("npz/zip64.npz"), "a.weights.h5"],
    /no path of a weight of Keras/,
  ],
];

for (const [about, args, says] of refused) {
  test(`${about} is refused before anything is written`, async () => {
    await assert.rejects(quietly(...args()), (error: Error) => {
      assert.match(error.message, says);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
    assert.ok(!existsSync(args()[1] ?? "none"));
  });
}

for (const [ending, ...more] of [
  [".npz"],
  [".pt"],
  [".safetensors"],
  [".h5"],
  [".pt", "--dtype", "float16"],
] as const) {
  test(`to ${ending} ${more.join(" ")} no more than a tensor is in memory`, async (context) => {
    const count = 20;
    const tensor = { storage: Storage.allocate(float32, 1000), layout: Layout.contiguous(float32, [1000]) };
    const arrays = Array.from({ length: count }, (_, i) => [`t${i}`, tensor] as const);
    const input = put("many.npz", await writeNpz(arrays));
    const seen = new Set<Stored>();
    let most = 0;
    const load = Stored.prototype.load;
    context.mock.method(Stored.prototype, "load", async function (this: Stored) {
      const storage = await load.call(this);
      seen.add(this);
      const held = [...seen].reduce((sum, { isLoaded, byteLength }) => sum + (isLoaded ? byteLength : 0), 0);
      most = Math.max(most, held);
      return storage;
    });
    assert.equal(await quietly(input, fresh(ending), ...more), 0);
    assert.ok(seen.size >= count);
    // A tensor that is being cast is there twice.
    assert.ok(most <= 2 * 4000, `${most} bytes were in memory at once`);
    assert.ok([...seen].every(({ isLoaded }) => !isLoaded));
  });
}

test("what is written is told, in text and as JSON; a bar is drawn where it is asked for", async () => {
  const input = put("pt/module_linear.pt");
  const told = await weightbridge("convert", input, fresh(".npz"), "--progress");
  assert.equal(told.status, 0);
  assert.match(told.stdout, /: npz, 2 tensors, 60 B\nnote: 3 values that are no tensors are left out: /);
  assert.match(told.stderr, /^\rout-\d+\.npz \[[#-]+\] \d+%/);
  assert.ok(told.stderr.endsWith("\r\x1b[K"));
  const output = fresh(".safetensors");
  const json = await weightbridge("convert", input, output, "--json");
  assert.equal(json.stderr, "");
  const { format, files, tensors, bytes, metadata, notes } = JSON.parse(json.stdout);
  assert.deepEqual(
    { format, files, tensors, bytes },
    { format: "safetensors", files: [output], tensors: 2, bytes: 60 },
  );
  assert.deepEqual(metadata, { format: "pt" });
  assert.equal(notes.length, 1);
  const again = await weightbridge("convert", input, output);
  assert.equal(again.status, 2);
  assert.match(again.stderr, /^weightbridge: .*out-\d+\.safetensors: there is such a file already.*\n$/);
});

test("a file at an address is inspected and converted", async (context) => {
  const server = await serve(recorded);
  context.after(() => server.close());
  const address = `${server.address}npz/zip64.npz`;
  const { status, stdout } = await weightbridge("inspect", address, "--no-stats");
  assert.equal(status, 0);
  assert.match(stdout, /zip64\.npz: npz, 2 tensors, 60 B/);
  const output = fresh(".pt");
  assert.equal(await quietly(address, output), 0);
  assert.ok(await areSame(address, output));
  const missing = await weightbridge("inspect", `${server.address}none.npz`);
  assert.equal(missing.status, 2);
  assert.match(missing.stderr, /^weightbridge: http:\S+none\.npz: the server answers 404 Not Found: .*\n$/);
});
