// The streams behind `torch.manual_seed`, as recorded from PyTorch: every call of the recorded lists that this part
// covers, value for value, and the generator's state after it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { type DType, dtypeByName, float64, int64 } from "../../src/core/dtype.ts";
import { forEachPosition, type Operand } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import {
  fillBernoulli,
  fillIntegers,
  fillNormal,
  fillPermutation,
  fillUniform,
  Generator,
} from "../../src/random/index.ts";
import { referenceJson } from "../support/reference.ts";

interface RecordedArray {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: string;
}

interface Arguments {
  readonly dtype?: string;
  readonly size?: readonly number[];
  readonly strides?: readonly number[];
  readonly transposed?: boolean;
  readonly n?: number;
  readonly a?: number;
  readonly b?: number;
  readonly p?: number;
  readonly low?: number | string;
  readonly high?: number | string;
  readonly from?: number;
  readonly to?: number;
  readonly mean?: number | object;
  readonly std?: number | object;
}

interface Call {
  readonly op: string;
  readonly args: Arguments;
  readonly result: RecordedArray;
}

interface Recorded {
  readonly facts: object;
  readonly streams: readonly {
    readonly seed: number | string;
    readonly calls: readonly Call[];
    readonly after: { left: number; next: number; words: string; cachedNormal: number | null };
  }[];
  readonly states: readonly { seed: number | string; calls: string; state: string }[];
  readonly generators: readonly ({ seed: number | string } & Record<string, RecordedArray>)[];
  readonly edgeSeeds: readonly {
    seed: number | string | boolean;
    type: string;
    initialSeed?: number | string;
    rand2?: RecordedArray;
    error?: string;
    message?: string;
  }[];
}

const recorded = referenceJson<Recorded>("random/torch.json");

function empty(dtype: DType, shape: readonly number[], strides?: readonly number[]): Operand {
  const layout =
    strides === undefined ? Layout.contiguous(dtype, shape) : new Layout(dtype, shape, strides, 0);
  const span =
    strides === undefined ? layout.size : 1 + shape.reduce((sum, n, i) => sum + (n - 1) * strides[i]!, 0);
  return { storage: Storage.allocate(dtype, span), layout };
}

/** The elements' bytes in row-major order. */
function bytesOf({ storage, layout }: Operand): Uint8Array {
  const source = storage.bytes();
  const { itemSize } = layout.dtype;
  const result = new Uint8Array(layout.size * itemSize);
  let at = 0;
  forEachPosition(layout, (position) => {
    result.set(source.subarray(position * itemSize, (position + 1) * itemSize), at);
    at += itemSize;
  });
  return result;
}

/** What stands at `data`; a copy, so that it is aligned. */
const decode = (data: string): Uint8Array => Uint8Array.from(Buffer.from(data, "base64"));

const integer = (value: number | string | undefined): bigint => BigInt(value ?? 0);

type Replay = (target: Operand, args: Arguments, generator: Generator) => void;

/** Dropout of ones: 0, or 1 / (1 - p) in the target's type, where the toss with 1 - p fell on "keep". */
const dropout: Replay = (target, { p = 0 }, generator) => {
  if (p > 0 && p < 1) fillBernoulli(target, 1 - p, generator);
  const { storage, layout } = target;
  const array = storage.view(layout.dtype) as Float32Array | Float64Array;
  const kept = layout.dtype === float64 ? 1 / (1 - p) : 1 / Math.fround(1 - p);
  forEachPosition(layout, (position) => {
    if (p === 0) array[position] = 1;
    else if (p === 1) array[position] = 0;
    else array[position]! *= kept;
  });
};

const replays: Readonly<Record<string, Replay>> = {
  rand: (target, _, generator) => fillUniform(target, 0, 1, generator),
  rand_like: (target, _, generator) => fillUniform(target, 0, 1, generator),
  uniform_: (target, { a, b }, generator) => fillUniform(target, a!, b!, generator),
  "strided uniform_": (target, _, generator) => fillUniform(target, 0, 1, generator),
  randn: (target, _, generator) => fillNormal(target, 0, 1, generator),
  normal_: (target, { mean, std }, generator) => fillNormal(target, Number(mean), Number(std), generator),
  "strided normal_": (target, _, generator) => fillNormal(target, 0, 1, generator),
  randint: (target, { low, high }, generator) => fillIntegers(target, integer(low), integer(high), generator),
  randint_like: (target, { high }, generator) => fillIntegers(target, 0, integer(high), generator),
  random_: (target, { from = 0, to }, generator) => fillIntegers(target, from, to!, generator),
  randperm: (target, _, generator) => fillPermutation(target, generator),
  bernoulli_: (target, { p }, generator) => fillBernoulli(target, p!, generator),
  dropout,
};

/** True iff the call is one of the fillings above; the other distributions are not covered yet. */
function isCovered({ op, args }: Call): boolean {
  return op in replays && !(op === "random_" && args.to === undefined);
}

function replay(call: Call, generator: Generator): Operand {
  const { args, result } = call;
  const shape = args.n === undefined ? args.size! : [args.n];
  const strides = args.transposed ? [1, shape[0]!] : args.strides;
  const target = empty(dtypeByName(result.dtype)!, shape, strides);
  replays[call.op]!(target, args, generator);
  return target;
}

function assertNear(actual: Uint8Array, expected: Uint8Array, message: string): void {
  const values = new Float64Array(actual.buffer);
  new Float64Array(expected.buffer).forEach((value, i) => {
    assert.ok(
      Math.abs(values[i]! - value) <= 4e-15 * (1 + Math.abs(value)),
      `${message}: ${values[i]} for ${value}`,
    );
  });
}

/** Normals in float64 go through the host's `Math`, whose last bit may differ from the C library's. */
const isRounded = ({ op, result }: Call): boolean =>
  /randn|normal/.test(op) && /float64|complex128/.test(result.dtype);

test("recorded calls give the recorded values and leave the recorded state", () => {
  let replayed = 0;
  for (const { seed, calls, after } of recorded.streams) {
    if (!calls.every(isCovered)) continue;
    const generator = new Generator().manualSeed(BigInt(seed));
    for (const call of calls) {
      const message = `seed ${seed}, ${call.op} ${JSON.stringify(call.args)}`;
      const actual = bytesOf(replay(call, generator));
      const expected = decode(call.result.data);
      if (isRounded(call)) assertNear(actual, expected, message);
      else assert.deepEqual(actual, expected, message);
      replayed++;
    }
    assertState(generator, after, `after seed ${seed}, ${calls.map((call) => call.op).join(", ")}`);
  }
  assert.ok(replayed > 1200, `only ${replayed} calls were replayed`);
});

function assertState(
  generator: Generator,
  after: Recorded["streams"][number]["after"],
  message: string,
): void {
  const state = new DataView(generator.getState().buffer);
  const words = new Uint32Array(624).map((_, i) => state.getUint32(24 + 8 * i, true));
  const digest = createHash("sha256").update(new Uint8Array(words.buffer)).digest("hex").slice(0, 16);
  assert.deepEqual(
    [state.getInt32(8, true), state.getUint32(16, true), digest],
    [after.left, after.next, after.words],
    message,
  );
  const waiting = state.getInt32(5040, true) === 0 ? null : state.getFloat64(5024, true);
  if (after.cachedNormal === null || waiting === null) assert.equal(waiting, after.cachedNormal, message);
  else assert.ok(Math.abs(waiting - after.cachedNormal) <= 4e-15 * (1 + Math.abs(waiting)), message);
}

test("a state has PyTorch's bytes, and PyTorch's bytes continue the stream", () => {
  const afterSeed = recorded.states.find((state) => state.calls === "none")!;
  const fresh = new Generator().manualSeed(BigInt(afterSeed.seed));
  assert.deepEqual(fresh.getState(), decode(afterSeed.state));
  const later = recorded.states.find((state) => state.seed === afterSeed.seed && state !== afterSeed)!;
  fillUniform(empty(dtypeByName("float32")!, [5]), 0, 1, fresh);
  fillNormal(empty(float64, [1]), 0, 1, fresh);
  const continued = new Generator().setState(decode(later.state));
  assert.equal(continued.initialSeed(), fresh.initialSeed());
  for (let i = 0; i < 700; i++) assert.equal(continued.nextWord(), fresh.nextWord());
});

test("generators of one's own are separate streams, and a state put back repeats", () => {
  for (const row of recorded.generators) {
    const generator = new Generator();
    assert.equal(generator.initialSeed(), Number(row.freshInitialSeed));
    generator.manualSeed(BigInt(row.seed));
    const float32 = dtypeByName("float32")!;
    const draw = (count: number, fill: typeof fillUniform, name: string): void => {
      const target = empty(float32, [count]);
      fill(target, 0, 1, generator);
      assert.deepEqual(bytesOf(target), decode(row[name]!.data), `seed ${row.seed}: ${name}`);
    };
    draw(3, fillUniform, "rand3");
    draw(1, fillNormal, "thenRandn1");
    const saved = generator.getState();
    draw(4, fillNormal, "thenRandn4");
    const integers = empty(int64, [4]);
    fillIntegers(integers, 0, 100, generator);
    assert.deepEqual(bytesOf(integers), decode(row.thenRandint100x4!.data));
    generator.setState(saved);
    draw(4, fillNormal, "randn4AfterSetState");
  }
});

test("seeds at and beyond the edges of 64 bits", () => {
  for (const { seed, type, initialSeed, rand2, error, message } of recorded.edgeSeeds) {
    if (type !== "int") continue;
    const given = typeof seed === "boolean" ? Number(seed) : BigInt(seed);
    const generator = new Generator();
    if (error !== undefined) {
      assert.throws(() => generator.manualSeed(given), { name: error, message: message! });
      continue;
    }
    generator.manualSeed(given);
    assert.equal(String(generator.initialSeed()), String(initialSeed));
    const target = empty(dtypeByName("float32")!, [2]);
    fillUniform(target, 0, 1, generator);
    assert.deepEqual(bytesOf(target), decode(rand2!.data));
  }
  assert.equal(new Generator().manualSeed(1.9).initialSeed(), 1);
  assert.throws(() => new Generator().manualSeed(Number.NaN), { name: "ValueError" });
});
