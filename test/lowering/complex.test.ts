// Operations on complex numbers as nodes of ONNX give what the reference device gives: for both element types, operands that are
// stretched to one another and lie in memory in any way, on the axes, where signs of zeros choose the branch, and far out.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { bool, complex64, complex128, type DType, float32, float64, int64 } from "../../src/core/dtype.ts";
import type { Scalar } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import type { Operation } from "../../src/core/op.ts";
import { operations } from "../../src/ops/index.ts";
import { type Arrangement, compare, operandOf, release } from "./compared.ts";

after(release);

const types: readonly DType[] = [complex64, complex128];

/** Pairs of these parts. */
const pairs = (parts: readonly number[]): Scalar[] => parts.flatMap((re) => parts.map((im) => ({ re, im })));

const usual = pairs([0, 1, -1, 0.5, -0.75, 2, -3, 0.1, 1e-4, 7.5]);
const far = pairs([
  0,
  -0,
  1,
  -2.5,
  1e4,
  1e-30,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
]);
/** Nothing that is not finite, and no zeros. */
const inside = pairs([1, -1, 0.5, -0.75, 2, -3, 0.1, 3.5]);

/** How far apart results may be, relative to the number: functions are made of others in double precision. */
const tolerances: ReadonlyMap<DType, number> = new Map([
  [complex64, 1e-6],
  [complex128, 1e-13],
]);

interface Group {
  readonly arity: 1 | 2 | 3;
  readonly values: readonly Scalar[];
  readonly attributes?: readonly unknown[];
  /** Sizes below this are compared by their difference alone. */
  readonly least?: number;
  readonly names: string;
}

const groups: readonly Group[] = [
  {
    arity: 1,
    values: far,
    names: "negative positive conjugate timesI realOf imaginaryOf copy contiguous zerosLike",
  },
  { arity: 1, values: far, names: "isnan isinf isfinite logicalNot absolute sqrt exp" },
  {
    arity: 1,
    values: [...usual, ...far],
    attributes: [{ nan: 0 }, { nan: 5, posinf: 1 }],
    names: "nanToNum",
  },
  {
    arity: 1,
    values: usual,
    names: "round angle square log log1p expm1 exp2 log2 log10 sinh cosh tanh sin cos tan",
  },
  { arity: 1, values: usual, least: 1e-2, names: "asin acos asinh acosh sigmoid silu sinc" },
  { arity: 1, values: inside, least: 1e-2, names: "reciprocal rsqrt atan atanh" },
  { arity: 1, values: usual, attributes: [{ rules: "numpy" }, { rules: "torch" }], names: "sign" },
  { arity: 2, values: far, names: "add subtract equal notEqual less lessEqual greater greaterEqual" },
  { arity: 2, values: far, names: "maximum minimum fmax fmin logicalAnd logicalOr logicalXor" },
  { arity: 2, values: usual, least: 1, names: "multiply tanhBackward sigmoidBackward" },
  { arity: 2, values: inside, least: 1e-2, names: "divide" },
  { arity: 2, values: usual, attributes: [{ rules: "numpy" }], least: 1e-2, names: "power floatPower" },
  { arity: 2, values: usual, attributes: [{ scale: 1 }, { scale: -0.5 }], names: "addScaled" },
  { arity: 3, values: inside.slice(0, 12), least: 1, names: "multiplyAdd lerp where" },
  {
    arity: 3,
    values: inside.slice(0, 12),
    least: 1,
    attributes: [{ re: 2, im: -1 }],
    names: "addcmul addcdiv",
  },
];

for (const { arity, values, attributes = [undefined], least, names } of groups) {
  for (const name of names.split(" ")) {
    test(`${name} ${JSON.stringify(attributes)}`, () => {
      const operation = operations[name as keyof typeof operations] as Operation<unknown>;
      const arrangements: readonly Arrangement[] = ["rows", "turned", "stepped"];
      types.forEach((dtype, place) => {
        const shapes = Array.from({ length: arity }, (_, i) =>
          Array.from({ length: arity + 1 }, (_, axis) => (axis === i ? values.length : axis < arity ? 1 : 2)),
        );
        for (const given of attributes) {
          const arrangement = arrangements[(place + arity) % 3]!;
          const repeated = arity === 1 ? values.flatMap((value) => [value, value]) : values;
          const operands = shapes.map((shape) => operandOf(dtype, shape, repeated, arrangement));
          const { why, difference, worst } = compare(operation, operands, given, { isZeroOpen: true, least });
          assert.equal(why, undefined, `${name} of ${dtype}`);
          assert.ok(difference <= tolerances.get(dtype)!, `${name} of ${dtype}: ${worst}`);
        }
      });
    });
  }
}

/** Compares an operation of these operands on both devices. */
function agrees<A>(
  operation: Operation<A>,
  operands: readonly ReturnType<typeof operandOf>[],
  attributes: A,
  layouts?: readonly Layout[],
): void {
  const { why, difference, worst } = compare(operation, operands, attributes, {
    isZeroOpen: true,
    least: 1,
    ...(layouts !== undefined && { layouts }),
  });
  assert.equal(why, undefined, operation.name);
  const isSingle = operands.some(({ layout }) => layout.dtype === complex64 || layout.dtype === float32);
  assert.ok(difference <= (isSingle ? 1e-6 : 1e-13), `${operation.name}: ${worst}`);
}

test("signs of zeros choose the side of a cut", () => {
  const edge = pairs([0, -0, 1, -1, 2, -2]);
  for (const name of ["sqrt", "log", "asin", "acos", "asinh", "acosh", "angle"] as const) {
    for (const dtype of types)
      agrees(operations[name] as Operation, [operandOf(dtype, [edge.length], edge)], undefined);
  }
});

test("conversions from and to real types", () => {
  for (const dtype of types) {
    for (const other of [bool, int64, float32, float64, ...types]) {
      const back = { dtype: other, rules: "torch" } as const;
      agrees(operations.cast, [operandOf(dtype, [usual.length], usual)], back);
      const reals = other.compute === "big" ? [0n, 1n, -3n] : [0, 1, 1];
      agrees(operations.cast, [operandOf(other, [3], reals)], { dtype, rules: "torch" });
    }
  }
});

test("parts are joined and taken", () => {
  agrees(
    operations.complexOf,
    [operandOf(float64, [2, 1], [1, -2]), operandOf(float64, [3], [0.5, -0, 4])],
    undefined,
  );
  const layouts = types.map((dtype) => Layout.contiguous(dtype, [2, 3]));
  for (const layout of layouts) agrees(operations.fill, [], { value: { re: 1.5, im: -2 } }, [layout]);
});

test("products of matrices", () => {
  for (const dtype of types) {
    const [a, b] = [operandOf(dtype, [2, 3, 5], usual, "turned"), operandOf(dtype, [5, 4], inside)];
    agrees(operations.matmul, [a, b], undefined);
    const [x, weight] = [operandOf(dtype, [6, 5], usual), operandOf(dtype, [4, 5], inside, "stepped")];
    agrees(operations.linear, [x, weight, operandOf(dtype, [4], usual)], undefined);
    agrees(operations.linear, [x, weight], undefined);
    agrees(operations.transposedMatmul, [x, operandOf(dtype, [6, 2], inside)], undefined);
  }
});

test("reductions and scans", () => {
  for (const dtype of types) {
    const x = operandOf(dtype, [4, 5, 3], inside, "turned");
    for (const axes of [[0], [1, 2], [0, 1, 2], []]) {
      for (const keepdims of [true, false]) {
        agrees(operations.sum, [x], { axes, keepdims, dtype });
        agrees(operations.prod, [x], { axes, keepdims, dtype });
        agrees(operations.any, [x], { axes, keepdims });
        agrees(operations.all, [x], { axes, keepdims });
        agrees(operations.vectorNorm, [x], { axes, keepdims, order: 2 });
      }
    }
    for (const reverse of [true, false]) {
      agrees(operations.cumsum, [x], { axis: 1, dtype, reverse });
      agrees(operations.cumprod, [x], { axis: 0, dtype, reverse });
    }
  }
});

test("elements are moved", () => {
  for (const dtype of types) {
    const x = operandOf(dtype, [4, 3], usual, "turned");
    const index = operandOf(int64, [2, 3], [1n, 0n, 3n, 2n, 2n, 1n]);
    const source = operandOf(dtype, [2, 3], inside);
    agrees(operations.take, [x, index], { axis: 0 });
    agrees(operations.gather, [x, index], { axis: 0 });
    agrees(operations.scatter, [x, index, source], { axis: 0 });
    agrees(operations.scatterAdd, [x, index, source], { axis: 0 });
    agrees(operations.concatenate, [x, source], { axis: 0 });
    agrees(operations.bandPart, [x], { low: -1, high: 0 });
    agrees(operations.embedView, [source], { shape: [4, 3], strides: [3, 1], offset: 3 });
  }
});

test("Fourier transforms over several axes, of real and complex values", () => {
  for (const dtype of [float32, float64, ...types]) {
    const values = dtype.isComplex ? inside : [1, -2, 0.5, 3, 0.25, -7];
    for (const shape of [[5], [4, 6], [2, 3, 7]]) {
      const x = operandOf(dtype, shape, values, "turned");
      const all = shape.map((_, axis) => axis);
      for (const axes of [[0], [shape.length - 1], all]) {
        for (const half of [true, false]) {
          agrees(operations.fourier, [x], { axes, inverse: false, scale: 1, half });
          agrees(operations.fourier, [x], { axes, inverse: true, scale: 0.25, half });
        }
      }
    }
  }
  for (const dtype of types) {
    for (const length of [6, 7, 4]) {
      const x = operandOf(dtype, [3, 4], inside, "turned");
      agrees(operations.hermitianFourier, [x], { axes: [0, 1], length, scale: 0.5 });
      agrees(operations.hermitianFourier, [x], { axes: [1], length, scale: 1 });
    }
  }
});
