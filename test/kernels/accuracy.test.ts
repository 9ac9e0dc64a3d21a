// How far the kernels' functions are from the true values, in units in the last place: every 9973rd of all the numbers of
// single precision (their infinities, NaNs and subnormal numbers among them) beside float64.

import assert from "node:assert/strict";
import { test } from "node:test";
import { erf, erfc } from "../../src/devices/reference/special-functions.ts";
import type { MapExports } from "../../src/kernels/instance.ts";
import { roundsOnce } from "../../src/kernels/modules.ts";
import { kernels, setDeterministic } from "../../src/kernels/use.ts";

const sigmoid = (x: number): number => {
  const e = Math.exp(-Math.abs(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
};
const onePlusExp = (x: number): number => Math.log1p(Math.exp(-Math.abs(x)));

interface Budget {
  readonly of: (x: number) => number;
  /** The greatest error allowed, in units in the last place of the true value, or of what `unitOf` names. */
  readonly ulp: number;
  readonly unitOf?: "argument";
}

/** PyTorch 2.13's gelu is off by up to 4.97 units in the last place of its argument, and 0 where the result is below 1e-7. */
const budgets: Readonly<Record<keyof MapExports, Budget>> = {
  exp32: { of: Math.exp, ulp: 1 },
  log32: { of: Math.log, ulp: 1 },
  tanh32: { of: Math.tanh, ulp: 2.5 },
  sigmoid32: { of: sigmoid, ulp: 2.5 },
  silu32: { of: (x) => x * sigmoid(x), ulp: 3 },
  softplus32: { of: (x) => Math.max(x, 0) + onePlusExp(x), ulp: 2 },
  logSigmoid32: { of: (x) => Math.min(x, 0) - onePlusExp(x), ulp: 2 },
  erf32: { of: (x) => (x === 0 ? x : erf(x)), ulp: 1.5 },
  gelu32: {
    of: (x) => (x === Infinity ? NaN : 0.5 * Math.fround(x * erfc(-x * Math.SQRT1_2))),
    ulp: 2.75,
    unitOf: "argument",
  },
  geluTanh32: {
    of: (x) => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)),
    ulp: 4,
  },
  sqrt32: { of: Math.sqrt, ulp: 0.5 },
  rsqrt32: { of: (x) => 1 / Math.sqrt(x), ulp: 1.5 },
};

/** The distance of neighbouring numbers of single precision about a value. */
function spacing(value: number): number {
  const size = Math.abs(value);
  return size < 2 ** -126 ? 2 ** -149 : 2 ** (Math.floor(Math.log2(size)) - 23);
}

const blockLength = 4096;
const bits = new Int32Array(blockLength);
const numbers = new Float32Array(bits.buffer);

/** The greatest error over the sweep; special results must be the same. */
function sweep(name: keyof MapExports, { of, unitOf }: Budget): number {
  const { exports, floats, start } = kernels()!;
  let worst = 0;
  for (let at = 0; at < 2 ** 32; at += 9973 * blockLength) {
    for (let i = 0; i < blockLength; i++) bits[i] = at + 9973 * i;
    floats.set(numbers, start >> 2);
    exports[name](start, start, start + 4 * blockLength, blockLength, 0);
    const results = floats.subarray(start >> 2, (start >> 2) + blockLength);
    for (let i = 0; i < blockLength; i++) {
      const [x, got] = [numbers[i]!, results[i]!];
      const wanted = of(x);
      const rounded = Math.fround(wanted);
      if (Number.isFinite(rounded) && wanted !== 0) {
        worst = Math.max(worst, Math.abs(got - wanted) / spacing(unitOf === "argument" ? x : wanted));
      } else assert.ok(Object.is(got, rounded), `${name}(${x}) is ${got}, not ${rounded}`);
    }
  }
  return worst;
}

/** A test with the kernels that round once where the machine does, and one with those that round after each step. */
function testBoth(name: string, run: () => void): void {
  test(name, run);
  test(`${name}, rounded after each step`, () => {
    setDeterministic(true);
    try {
      run();
    } finally {
      setDeterministic(false);
    }
  });
}

for (const [name, budget] of Object.entries(budgets)) {
  const { ulp, unitOf } = budget;
  testBoth(`${name} is right to ${ulp} units in the last place of the ${unitOf ?? "result"}`, () => {
    const worst = sweep(name as keyof MapExports, budget);
    assert.ok(worst <= ulp, `${worst}`);
  });
}

test("functions round once where the machine does, unless results are to be the same everywhere", () => {
  const { exports } = kernels()!;
  setDeterministic(true);
  const other = kernels()!.exports;
  setDeterministic(false);
  const named = ["gelu32", "softmax32", "tanh32", "normalizeGroups32", "multiplyPanels32"] as const;
  for (const name of named) assert.equal(exports[name] !== other[name], roundsOnce(), name);
});

const specials = [
  0,
  -0,
  Infinity,
  -Infinity,
  NaN,
  1,
  -1,
  2 ** -149,
  -(2 ** -149),
  2 ** -126,
  88.8,
  -104,
  3e38,
  -3e38,
];

testBoth("special values are the true ones", () => {
  const { exports, floats, start } = kernels()!;
  for (const [name, { of, ulp, unitOf }] of Object.entries(budgets)) {
    floats.set(specials, start >> 2);
    exports[name as keyof MapExports](start, start, start + 2 ** 12, specials.length, 0);
    specials.forEach((x, i) => {
      const wanted = of(Math.fround(x));
      const got = floats[(start >> 2) + i]!;
      const unit = spacing(unitOf === "argument" ? x : wanted);
      const isNear = Math.abs(got - wanted) <= ulp * unit && wanted !== 0;
      assert.ok(isNear || Object.is(got, Math.fround(wanted)), `${name}(${x}) is ${got}, not ${wanted}`);
    });
  }
});
