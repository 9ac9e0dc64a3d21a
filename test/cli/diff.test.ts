// weightbridge diff and extract: what differs in two files, and one tensor of a file.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { extract } from "../../src/cli/extract.ts";
import { float32, float64, int64 } from "../../src/core/dtype.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { writeNpz, writeSafetensors } from "../../src/files/index.ts";
import { weightbridge } from "../support/program.ts";
import { referenceFiles } from "../support/reference.ts";

const folder = mkdtempSync(join(tmpdir(), "diff-test-"));
after(() => rmSync(folder, { recursive: true }));
const recorded = referenceFiles();

function put(name: string, bytes: Uint8Array = recorded.get(name)!): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

const floats = (...values: number[]) => ({
  storage: new Storage(Float32Array.from(values)),
  layout: Layout.contiguous(float32, [values.length]),
});
const next = (value: number): number => {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0]!++;
  return new Float32Array(bits.buffer)[0]!;
};

const shared = floats(1, -2, Number.NaN);
const first = put(
  "first.npz",
  await writeNpz([
    ["same", shared],
    ["near", floats(1, 100, 0)],
    ["long", { storage: new Storage(BigInt64Array.of(2n ** 60n)), layout: Layout.contiguous(int64, [1]) }],
    ["shape", floats(1, 2)],
    ["dtype", floats(1, 2)],
    ["gone", floats(1)],
  ]),
);
const second = put(
  "second.safetensors",
  await writeSafetensors([
    ["same", shared],
    ["near", floats(next(next(1)), 100, -0)],
    [
      "long",
      { storage: new Storage(BigInt64Array.of(2n ** 60n + 3n)), layout: Layout.contiguous(int64, [1]) },
    ],
    ["shape", floats(1, 2, 3)],
    ["dtype", { storage: new Storage(Float64Array.of(1, 2)), layout: Layout.contiguous(float64, [2]) }],
    ["new", floats(1)],
  ]),
);

test("differences are named, counted and measured", async () => {
  const { status, stdout, stderr } = await weightbridge("diff", first, second, "--json");
  assert.equal(stderr, "");
  assert.equal(status, 1);
  const { onlyInFirst, onlyInSecond, same, different } = JSON.parse(stdout);
  assert.deepEqual([onlyInFirst, onlyInSecond, same], [["gone"], ["new"], 1]);
  const [near, long, shape, dtype] = different;
  assert.deepEqual(near.what, []);
  // Zero and minus zero are equal.
  assert.deepEqual(
    { ...near.numbers, absolute: 0, relative: 0 },
    { elements: 1, size: 3, ulp: 2, absolute: 0, relative: 0 },
  );
  assert.equal(near.numbers.absolute, next(next(1)) - 1);
  assert.deepEqual([long.name, long.numbers.absolute, long.numbers.ulp], ["long", 3, undefined]);
  assert.deepEqual([shape.what, shape.shapes], [["shape"], [[2], [3]]]);
  assert.deepEqual([dtype.what, dtype.dtypes, dtype.numbers], [["dtype"], ["float32", "float64"], undefined]);
});

test("differences are printed in a table", async () => {
  const { status, stdout } = await weightbridge("diff", first, second);
  assert.equal(status, 1);
  assert.match(stdout, /^ {2}near +float32 +\[3\] +1 of 3 +2 +2\.4e-7 +2\.4e-7$/m);
  assert.match(stdout, /^ {2}dtype +float32 \| float64 +\[2\] +dtype *$/m);
  assert.match(
    stdout,
    /^only in .*first\.npz: gone\nonly in .*second\.safetensors: new\n1 tensor the same, 4 different, 2 in one file alone\n$/m,
  );
});

test("what is within a tolerance, or not chosen, or renamed, is no difference", async () => {
  const equal = ["--only", "near", "--only", "same", "--only", "dtype", "--rtol", "1e-6"];
  const { status, stdout } = await weightbridge("diff", first, second, ...equal);
  assert.equal(stdout, "3 tensors the same, 0 different, 0 in one file alone\n");
  assert.equal(status, 0);
  const renamed = await weightbridge(
    "diff",
    first,
    second,
    "--only",
    "new",
    "--rename",
    "gone=new",
    "--quiet",
  );
  assert.deepEqual([renamed.status, renamed.stdout], [0, ""]);
  const missing = await weightbridge("diff", first, join(folder, "none.npz"));
  assert.equal(missing.status, 2);
  assert.match(missing.stderr, /^weightbridge: .*none\.npz: there is no such file\n$/);
});

test("tensors that are no plain numbers are compared by all that they hold", async () => {
  const quantized = put("pt/quantized_channel.pt");
  assert.equal((await weightbridge("diff", quantized, quantized)).status, 0);
  const text = put("npy/text.npy");
  assert.equal((await weightbridge("diff", text, text)).status, 0);
  const kinds = await weightbridge("diff", quantized, text);
  assert.equal(kinds.status, 1);
  assert.match(kinds.stdout, /value +qint8 \| text .* kind/);
});

test("a tensor is extracted to a file, to standard output, as text and as JSON", async () => {
  const input = put("npy/fortran_3d.npy");
  const output = join(folder, "taken.npy");
  assert.equal(await extract.run([input, "value", output]), 0);
  const bytes = new Uint8Array(recorded.get("npy/fortran_3d.npy")!);
  assert.deepEqual(new Uint8Array(readFileSync(output)), bytes);
  await assert.rejects(extract.run([input, "value", output]), /such a file already; add --force/);
  assert.equal(await extract.run([input, "value", output, "--force"]), 0);
  const piped = await weightbridge("extract", input, "value", "-");
  assert.deepEqual(new Uint8Array(piped.bytes), bytes);
  const keras = put("keras/conv.weights.h5");
  const json = JSON.parse((await weightbridge("extract", keras, "/layers/dense/vars/1", "--json")).stdout);
  assert.deepEqual([json.name, json.dtype, json.shape], ["/layers/dense/vars/1", "float32", [2]]);
  assert.equal(json.values.length, 2);
  const text = await weightbridge("extract", first, "near");
  assert.equal(text.stdout, "[  1. 100.   0.]\n");
});

test("what cannot be extracted is told in one line", async () => {
  const refused: [string[], RegExp][] = [
    [[first, "nea"], /there is no tensor "nea"; it has near$/],
    [[first, "x"], /it has same, near, long, shape, dtype and 1 more$/],
    [[first], /expected FILE and NAME/],
    [[first, "near", "a.npz"], /OUT must end with \.npy/],
    [[first, "near", "a.npy", "--json"], /--json prints/],
    [
      [put("safetensors/dtypes.safetensors"), "bfloat16", "a.npy"],
      /NumPy has no type for: add --dtype float32/,
    ],
    [[put("pt/quantized_channel.pt"), "value"], /no plain numbers but is quantized/],
  ];
  for (const [args, says] of refused) {
    await assert.rejects(extract.run(args), (error: Error) => {
      assert.match(error.message, says);
      return true;
    });
  }
});
