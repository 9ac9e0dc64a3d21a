// Flax's MessagePack (flax.serialization.to_bytes): what is read, and what damaged and hostile files do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../src/core/errors.ts";
import { ArrayValue, type DictValue, open, read, type Value } from "../../src/files/index.ts";
import { NDArray } from "../../src/numpy/ndarray.ts";
import { Chance } from "./fuzz/random.ts";

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, "base64"));

/** Parameters of a Dense layer (the bias bfloat16), scalars of each kind, a list, an empty array, an int4 array. */
const saved: Uint8Array = bytesOf(
  "h6ZwYXJhbXOBp0RlbnNlXzCCpmtlcm5lbMcmAZOSAgOnZmxvYXQzMsQYAAAAAAAAgD8AAABAAABAQAAAgEAAAKBApGJpYXPH" +
    "FAGTkQOoYmZsb2F0MTbEBsA/AMBAQKRzdGVwxw4Dk5ClaW50MzLEBAcAAAChescTApLLP/AAAAAAAADLwAAAAAAAAACkbm9u" +
    "ZcCkbGlzdIqhMAGhMf+hMs0BLKEz0f7UoTTOAAERcKE1zwAAAQAAAAAAoTbLP/gAAAAAAAChN8OhONkoeHh4eHh4eHh4eHh4" +
    "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eKE5xAJhYqVlbXB0eccMAZOSAAOlaW50NjTEAKJpNMcMAZORAqRpbnQ0xAIB" +
    "Ag==",
);

/** An array of ten numbers in three pieces (MAX_CHUNK_SIZE = 16). */
const inPieces: Uint8Array = bytesOf(
  "gaFhg7lfX21zZ3BhY2tfY2h1bmtlZF9hcnJheV9fw6VzaGFwZYKhMAKhMQWmY2h1bmtzg6Ewxx0Bk5EEp2Zsb2F0MzLEEAAA" +
    "AAAAAIA/AAAAQAAAQEChMccdAZORBKdmbG9hdDMyxBAAAIBAAACgQAAAwEAAAOBAoTLHFQGTkQKnZmxvYXQzMsQIAAAAQQAA" +
    "EEE=",
);

const inside = (value: Value, ...path: string[]): Value =>
  path.reduce<Value>((dict, key) => (dict as DictValue).get(key)!, value);

const numbers = (value: Value): unknown => {
  assert.ok(value instanceof ArrayValue);
  return new NDArray(value.storage, value.layout).tolist();
};

test("arrays, scalars and values of every kind are read", async () => {
  const { tree, format, notes } = await read(saved);
  assert.deepEqual([format, notes], ["msgpack", []]);
  assert.deepEqual(numbers(inside(tree, "params", "Dense_0", "kernel")), [
    [0, 1, 2],
    [3, 4, 5],
  ]);
  const bias = inside(tree, "params", "Dense_0", "bias") as ArrayValue;
  assert.equal(bias.layout.dtype.name, "bfloat16");
  assert.deepEqual(numbers(bias), [1.5, -2, 3]);
  const step = inside(tree, "step") as { kind: string; array: Value };
  assert.deepEqual([step.kind, numbers(step.array)], ["scalar", 7]);
  const { re, im } = inside(tree, "z") as { re: number; im: number };
  assert.deepEqual([re, im], [1, -2]);
  assert.equal(inside(tree, "none"), null);
  const list = [1, -1, 300, -300, 70000, 2 ** 40, 1.5, true, "x".repeat(40), Uint8Array.of(97, 98)];
  assert.deepEqual([...(inside(tree, "list") as DictValue).values()], list);
  assert.deepEqual((inside(tree, "empty") as ArrayValue).shape, [0, 3]);
  const raw = inside(tree, "i4") as { kind: string; facts: { storedAs: string } };
  assert.deepEqual([raw.kind, raw.facts.storedAs], ["raw", "int4"]);
});

test("an array in pieces is made whole when it is read", async () => {
  const opened = await open(inPieces);
  const array = inside(opened.tree, "a") as ArrayValue;
  assert.deepEqual([array.shape, array.stored.isLoaded], [[2, 5], false]);
  await opened.load();
  assert.deepEqual(numbers(array), [
    [0, 1, 2, 3, 4],
    [5, 6, 7, 8, 9],
  ]);
});

const text = (value: string): number[] => [0xa0 + value.length, ...Buffer.from(value)];
const array = (shape: number[], type: string, bytes: number): number[] => {
  const body = [0x93, 0x90 + shape.length, ...shape, ...text(type), 0xc4, bytes, ...Array(bytes).fill(0)];
  return [0xc7, body.length, 1, ...body];
};
const named = (...value: number[]): Uint8Array => Uint8Array.of(0x81, ...text("w"), ...value);

const refused: [what: string, bytes: Uint8Array, says: RegExp][] = [
  [
    "a shape that does not fit its bytes",
    named(...array([3], "float32", 8)),
    /tensor "w".*cannot take 8 bytes/,
  ],
  ["a type that is none", named(...array([1], "Float 32", 4)), /an array's type is/],
  ["a list of 4 billion", named(0xdd, 255, 255, 255, 255), /should hold 4294967295 objects, and 0 bytes/],
  ["a map of 4 billion", named(0xdf, 255, 255, 255, 255, 0), /should hold 4294967295/],
  ["text beyond the file", named(0xdb, 0, 0, 1, 0), /the file ends at/],
  [
    "an array beyond its extension",
    named(0xc7, 9, 1, 0x93, 0x91, 4, ...text("f4"), 0xc4, 16, 0),
    /are left of what/,
  ],
  ["an extension of others", named(0xd4, 5, 0), /of type 5 is none of Flax's/],
  ["a key that is a list", Uint8Array.of(0x82, ...text("w"), 1, 0x90, 1), /no text and no number/],
  ["bytes behind it", Uint8Array.of(...named(1), 1), /1 bytes follow/],
  ["nesting without end", named(...Array(5000).fill(0x91), 1), /nested too deep/],
  ["the byte 0xc1", named(0xc1), /0xc1/],
];

for (const [what, bytes, says] of refused) {
  test(`${what} is refused`, async () => {
    await assert.rejects(read(bytes), (error: unknown) => {
      assert.ok(error instanceof FormatError, String(error));
      assert.match(error.message, says);
      return true;
    });
  });
}

test("files changed at random are read or refused with a FormatError", async () => {
  for (let i = 0; i < 2000; i++) {
    const chance = new Chance(11, i);
    const bytes = Uint8Array.from(i % 2 === 0 ? saved : inPieces);
    const changes = 1 + chance.below(3);
    for (let j = 0; j < changes; j++) bytes[chance.below(bytes.length)] = chance.below(256);
    const length = chance.below(4) === 0 ? chance.below(bytes.length) : bytes.length;
    try {
      await read(bytes.subarray(0, length));
    } catch (error) {
      assert.ok(error instanceof FormatError, `change ${i}: ${(error as Error).stack}`);
    }
  }
});
