// Sharded checkpoints as they are written: which tensor goes where, what is in memory meanwhile, and that a set is there
// whole or not at all.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { complex128, float32, uint8 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import {
  type ArrayValue,
  type DictValue,
  type MakeFile,
  open,
  planShards,
  type ShardOptions,
  tensorsOf,
  writeSafetensors,
  writeShards,
} from "../../src/files/index.ts";
import { openFile, readFile, saveSafetensors, saveShards, writeFiles } from "../../src/files/node.ts";
import { counting } from "../support/readers.ts";

const folder = mkdtempSync(join(tmpdir(), "shards-test-"));
after(() => rmSync(folder, { recursive: true }));
let folders = 0;

function newFolder(): string {
  const path = join(folder, String(folders++));
  mkdirSync(path);
  return path;
}

/** A tensor of so many bytes, each `value`. */
function bytesOf(length: number, value = 0): Operand {
  return {
    storage: new Storage(new Uint8Array(length).fill(value)),
    layout: Layout.contiguous(uint8, [length]),
  };
}

/** Tensors named a, b, c, ... of these sizes. */
function sized(...sizes: number[]): [string, Operand][] {
  return sizes.map((size, index) => [String.fromCharCode(97 + index), bytesOf(size, index)]);
}

const plans: [what: string, sizes: number[], maxShardSize: number | string, groups: string[]][] = [
  ["the next file begins when a tensor would not go in", [4, 4, 4, 4], 10, ["ab", "cd"]],
  [
    "a tensor beyond the size is alone, and its file comes before the one that was being filled",
    [4, 20, 4],
    10,
    ["b", "ac"],
  ],
  ["a file may be filled to the byte", [5, 5, 1], 10, ["ab", "c"]],
  ["all in one", [5, 5, 1], "5GB", ["abc"]],
  ["sizes in words", [600, 600], "1 kB", ["a", "b"]],
  ["empty tensors", [0, 0], 1, ["ab"]],
  ["nothing", [], 1, [""]],
];

for (const [what, sizes, maxShardSize, groups] of plans) {
  test(`plan: ${what}`, () => {
    const { shards, totalSize } = planShards(sized(...sizes), { maxShardSize });
    assert.deepEqual(
      shards.map(({ tensors }) => tensors.map(({ name }) => name).join("")),
      groups,
    );
    assert.equal(
      totalSize,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  });
}

test("plan: names of files, of the index, and where each tensor is", () => {
  const plan = planShards(sized(4, 4), { maxShardSize: 5, filenamePattern: "weights{suffix}.safetensors" });
  assert.deepEqual(
    plan.shards.map(({ name }) => name),
    ["weights-00001-of-00002.safetensors", "weights-00002-of-00002.safetensors"],
  );
  assert.equal(plan.indexName, "weights.safetensors.index.json");
  assert.equal(plan.weightMap.get("b"), "weights-00002-of-00002.safetensors");
  const whole = planShards(sized(4, 4));
  assert.deepEqual([whole.shards[0]!.name, whole.indexName], ["model.safetensors", undefined]);
});

const wrong: [options: ShardOptions, says: RegExp][] = [
  [{ maxShardSize: 0 }, /0 is no size/],
  [{ maxShardSize: "5GiB" }, /"5GiB" is no size: give bytes, or such as "200MB"/],
  [{ maxShardSize: Number.NaN }, /is no size/],
  [{ filenamePattern: "model.safetensors" }, /has no "\{suffix\}"/],
];

for (const [options, says] of wrong) {
  test(`plan: ${JSON.stringify(options)} is refused`, () => {
    assert.throws(() => planShards(sized(1), options), { name: "ValueError", message: says });
  });
}

test("a set is written with its index, and read back by it", async () => {
  const path = newFolder();
  const tensors = [...sized(40, 40), ["é", bytesOf(8, 9)] as [string, Operand]];
  const metadata = new Map([["format", "pt"]]);
  const plan = await saveShards(path, tensors, { maxShardSize: 50, metadata });
  assert.deepEqual(readdirSync(path).sort(), [
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
    "model.safetensors.index.json",
  ]);
  const index = readFileSync(join(path, plan.indexName!), "utf8");
  assert.equal(
    index,
    `{
  "metadata": {
    "total_size": 88
  },
  "weight_map": {
    "a": "model-00001-of-00002.safetensors",
    "b": "model-00002-of-00002.safetensors",
    "\\u00e9": "model-00002-of-00002.safetensors"
  }
}`,
  );
  const { tree, weightMap, metadata: said } = await readFile(join(path, plan.indexName!));
  assert.deepEqual([...(tree as DictValue).keys()], ["a", "b", "é"]);
  assert.deepEqual(((tree as DictValue).get("b") as ArrayValue).storage.bytes(), new Uint8Array(40).fill(1));
  assert.deepEqual(weightMap, plan.weightMap);
  assert.deepEqual(said, new Map([["total_size", 88]]));
  assert.deepEqual((await readFile(join(path, plan.shards[1]!.name))).metadata, metadata);
});

test("a copy from file to files holds one tensor at a time and reads each byte once", async () => {
  const size = 100_000;
  const values = ["a", "b", "c", "d", "e"].map((name, index): [string, Operand] => [
    name,
    { storage: new Storage(new Float32Array(size).fill(index)), layout: Layout.contiguous(float32, [size]) },
  ]);
  const source = await writeSafetensors(values);
  const reader = counting(source);
  const opened = await open(reader);
  const opening = reader.taken;
  const storages = [...opened.storages()];
  let most = 0;
  let written = 0;
  const names: string[] = [];
  const make: MakeFile = async (name, write) => {
    names.push(name);
    await write({
      write: (bytes) => {
        most = Math.max(most, storages.filter(({ isLoaded }) => isLoaded).length);
        written += bytes.byteLength;
      },
    });
  };
  const steps: number[] = [];
  await writeShards(make, tensorsOf(opened.tree), {
    maxShardSize: 2 * 4 * size,
    release: true,
    onProgress: (done, total) => steps.push(done / total),
  });
  assert.equal(names.length, 4);
  assert.equal(most, 1);
  assert.ok(storages.every(({ isLoaded }) => !isLoaded));
  assert.equal(reader.taken - opening, 5 * 4 * size);
  assert.ok(written > 5 * 4 * size && written < 5 * 4 * size + 4096);
  assert.deepEqual(steps, [0.2, 0.4, 0.6, 0.8, 1]);
});

test("where a later file fails, no file is left, and those that were there stay", async () => {
  const path = newFolder();
  writeFileSync(join(path, "model-00001-of-00002.safetensors"), "before");
  const bytes = await writeSafetensors(sized(4000, 4000));
  const broken = counting(bytes);
  const { slice } = broken;
  const opened = await open(broken);
  broken.slice = async (start, end) => {
    if (start > 4000) throw new Error("the disk is gone");
    return slice(start, end);
  };
  await assert.rejects(saveShards(path, tensorsOf(opened.tree), { maxShardSize: 4000 }), /the disk is gone/);
  assert.deepEqual(readdirSync(path), ["model-00001-of-00002.safetensors"]);
  assert.equal(readFileSync(join(path, "model-00001-of-00002.safetensors"), "utf8"), "before");
  await assert.rejects(
    saveShards(path, [["w", { ...bytesOf(16), layout: Layout.contiguous(complex128, [1]) }]]),
    {
      name: "ValueError",
    },
  );
  assert.equal(readdirSync(path).length, 1);
});

test("several files are there together or not at all", async () => {
  const path = newFolder();
  await assert.rejects(
    writeFiles(path, async (make) => {
      await make("one", (sink) => sink.write(new Uint8Array(3)));
      await make("two", () => {
        throw new Error("no");
      });
    }),
  );
  assert.deepEqual(readdirSync(path), []);
  await writeFiles(path, async (make) => {
    await make("one", (sink) => sink.write(new Uint8Array(3)));
    assert.ok(!readdirSync(path).includes("one"));
    await make("two", () => {});
  });
  assert.deepEqual(readdirSync(path).sort(), ["one", "two"]);
});

test("a file may be written anew from itself", async () => {
  const path = join(newFolder(), "w.safetensors");
  await saveSafetensors(path, sized(3, 5));
  const opened = await openFile(path);
  await saveSafetensors(path, tensorsOf(opened.tree), { metadata: new Map([["a", "b"]]), release: true });
  await opened.close();
  const { tree, metadata } = await readFile(path);
  assert.deepEqual(metadata, new Map([["a", "b"]]));
  assert.deepEqual(((tree as DictValue).get("b") as ArrayValue).storage.bytes(), new Uint8Array(5).fill(1));
});
