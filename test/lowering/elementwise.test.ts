// Elementwise operations as nodes of ONNX give what the reference device gives, for every element type, operands that are
// stretched to one another and lie in memory in any way, and values that operations go wrong at.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { bool, type DType } from "../../src/core/dtype.ts";
import type { Operation } from "../../src/core/op.ts";
import { operations } from "../../src/ops/index.ts";
import { arrangementsFor, compare, operandOf, release } from "./compared.ts";
import { everyReal, fewBits, floating, numeric, oddValues, wholes } from "./values.ts";

after(release);

/** Operations of so many operands, for these types. */
interface Group {
  readonly arity: 1 | 2 | 3;
  readonly types: readonly DType[];
  readonly attributes?: readonly unknown[];
  readonly values?: (dtype: DType) => readonly (number | bigint | unknown)[];
  /** Where the library leaves the sign of a zero open. */
  readonly isZeroOpen?: boolean;
  /** How far apart results may be, relative: of functions that C's library computes. */
  readonly tolerance?: number;
  readonly names: string;
}

const byRules = [{ rules: "numpy" }, { rules: "torch" }];
const numpyRules = [{ rules: "numpy" }];

const groups: readonly Group[] = [
  {
    arity: 1,
    types: numeric,
    names: "negative positive absolute square floor ceil trunc round isnan isinf isfinite signbit",
  },
  { arity: 1, types: everyReal, names: "conjugate realOf imaginaryOf zerosLike copy contiguous logicalNot" },
  { arity: 1, types: floating, names: "reciprocal angle frac fractionalPart degrees radians" },
  { arity: 1, types: numeric, attributes: [undefined, ...byRules], names: "sign" },
  {
    arity: 1,
    types: numeric,
    attributes: [{ nan: 0 }, { nan: 5, posinf: 1, neginf: -2 }],
    names: "nanToNum",
  },
  { arity: 1, types: [bool, ...wholes], names: "bitwiseNot" },
  { arity: 2, types: everyReal, names: "add multiply equal notEqual less lessEqual greater greaterEqual" },
  { arity: 2, types: everyReal, names: "logicalAnd logicalOr logicalXor" },
  { arity: 2, types: [bool, ...wholes], names: "bitwiseAnd bitwiseOr bitwiseXor" },
  { arity: 2, types: wholes, names: "leftShift rightShift" },
  { arity: 2, types: numeric, names: "subtract" },
  { arity: 2, types: everyReal, isZeroOpen: true, names: "maximum minimum fmax fmin clampMin clampMax" },
  { arity: 2, types: floating, names: "divide copysign" },
  { arity: 2, types: numeric, attributes: [undefined, ...byRules], isZeroOpen: true, names: "heaviside" },
  { arity: 2, types: numeric, attributes: numpyRules, names: "floorDivide divideTrunc remainder fmod" },
  { arity: 2, types: floating, attributes: byRules, names: "floorDivide divideTrunc remainder fmod" },
  { arity: 2, types: floating, attributes: byRules, tolerance: 2e-7, names: "power floatPower" },
  { arity: 2, types: numeric, attributes: [{ scale: 1 }, { scale: 3 }], values: fewBits, names: "addScaled" },
  { arity: 2, types: floating, attributes: [{ scale: -0.5 }], values: fewBits, names: "addScaled" },
  { arity: 3, types: numeric, values: fewBits, names: "multiplyAdd" },
  { arity: 3, types: floating, values: fewBits, isZeroOpen: true, names: "lerp" },
  { arity: 3, types: everyReal, isZeroOpen: true, names: "clamp" },
  {
    arity: 3,
    types: numeric,
    values: fewBits,
    attributes: [
      { re: 1, im: 0 },
      { re: 2, im: 0 },
    ],
    names: "addcmul",
  },
  {
    arity: 3,
    types: floating,
    values: fewBits,
    tolerance: 1e-7,
    attributes: [{ re: 0.5, im: 0 }],
    names: "addcdiv",
  },
];

for (const { arity, types, names, attributes = [undefined], values = oddValues, ...bounds } of groups) {
  for (const name of names.split(" ")) {
    test(`${name} ${JSON.stringify(attributes)}`, () => {
      const operation = operations[name as keyof typeof operations] as Operation<unknown>;
      for (const dtype of types) {
        const elements = values(dtype) as readonly number[];
        // Each operand varies along an axis of its own.
        const shapes = Array.from({ length: arity }, (_, i) =>
          Array.from({ length: Math.max(2, arity) }, (_, axis) =>
            axis === i ? elements.length : axis < arity ? 1 : 3,
          ),
        );
        const repeated = arity === 1 ? elements.flatMap((value) => [value, value, value]) : elements;
        for (const given of attributes) {
          for (const arrangement of arrangementsFor(dtype)) {
            const operands = shapes.map((shape) => operandOf(dtype, shape, repeated, arrangement));
            const { why, difference, worst } = compare(operation, operands, given, bounds);
            const form = `${name} ${JSON.stringify(given)} of ${dtype} in ${arrangement}`;
            assert.equal(why, undefined, form);
            assert.ok(difference <= tolerated(dtype, bounds.tolerance), `${form}: ${worst}`);
          }
        }
      }
    });
  }
}

/** A half type is at most one step off where its single precision number is a little off. */
const tolerated = ({ itemSize, name }: DType, tolerance = 0): number =>
  tolerance === 0 || itemSize > 2 ? tolerance : name === "float16" ? 2 ** -10 : 2 ** -7;

test("where takes its condition from any type", () => {
  for (const type of [bool, ...wholes]) {
    const condition = operandOf(type, [oddValues(type).length, 1, 1], oddValues(type));
    for (const dtype of everyReal) {
      const values = oddValues(dtype);
      const operands = [operandOf(dtype, [values.length, 1], values), operandOf(dtype, [1, 2], values)];
      const layouts = operations.where.infer(
        [condition, ...operands].map(({ layout }) => layout),
        dtype,
        undefined,
      );
      const comparing = { isZeroOpen: true, layouts };
      const { why, difference, worst } = compare(
        operations.where,
        [condition, ...operands],
        undefined,
        comparing,
      );
      assert.equal(why, undefined);
      assert.equal(difference, 0, `${type} ${dtype}: ${worst}`);
    }
  }
});

test("casts between all types round and wrap as they do here", () => {
  for (const from of everyReal) {
    const x = operandOf(from, [oddValues(from).length, 1], oddValues(from));
    for (const dtype of everyReal) {
      for (const rules of ["numpy", "torch"] as const) {
        const { why, difference, worst } = compare(operations.cast, [x], { dtype, rules });
        // Rounded once in NumPy, twice in the library.
        const isRefused = from.name === "float64" && dtype.name === "float16" && rules === "numpy";
        assert.equal(why === undefined, !isRefused, why);
        assert.equal(difference, 0, `${from} to ${dtype}: ${worst}`);
      }
    }
  }
});

test("an integer divided by zero is refused by PyTorch's rules, in PyTorch's words", () => {
  const divisions = [operations.floorDivide, operations.divideTrunc, operations.remainder, operations.fmod];
  for (const operation of divisions) {
    for (const dtype of wholes) {
      const numbers = dtype.compute === "big" ? [6n, 1n, 3n, 0n] : [6, 1, 3, 0];
      const [six, ones] = [operandOf(dtype, [1], numbers), operandOf(dtype, [3], numbers)];
      const quotient = compare(operation, [six, ones], { rules: "torch" });
      assert.deepEqual([quotient.why, quotient.difference], [undefined, 0]);
      const zeros = operandOf(dtype, [4], numbers);
      assert.throws(() => compare(operation, [six, zeros], { rules: "torch" }), /ZeroDivisionError/);
    }
  }
});
