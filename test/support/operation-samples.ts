// Where tests sample each operation: how many operands it takes, from which range, and with which attributes.

import type { DType } from "../../src/core/dtype.ts";
import type { Operation } from "../../src/core/op.ts";
import * as activations from "../../src/ops/activations.ts";
import * as bessel from "../../src/ops/bessel.ts";
import * as binary from "../../src/ops/binary.ts";
import * as distribution from "../../src/ops/distribution.ts";
import * as exponential from "../../src/ops/exponential.ts";
import * as logic from "../../src/ops/logic.ts";
import * as rectifiers from "../../src/ops/rectifiers.ts";
import * as special from "../../src/ops/special.ts";
import * as ternary from "../../src/ops/ternary.ts";
import * as trigonometry from "../../src/ops/trigonometry.ts";
import * as unary from "../../src/ops/unary.ts";

export interface Sample {
  readonly operation: Operation<unknown>;
  readonly operands: number;
  /** The open interval that operands are taken from. */
  readonly range: readonly [number, number];
  readonly attributes: unknown;
  /** Families of types that the operation takes. */
  readonly kinds: string;
}

const modules = {
  ...activations,
  ...bessel,
  ...binary,
  ...distribution,
  ...exponential,
  ...logic,
  ...rectifiers,
  ...special,
  ...ternary,
  ...trigonometry,
  ...unary,
};

const pairs = new Set<string>(
  [
    ...Object.keys(binary),
    "reluBackward tanhBackward sigmoidBackward logaddexp logaddexp2 xlogy binaryCrossEntropy atan2 hypot scaleByPower",
    "equal notEqual less lessEqual greater greaterEqual logicalAnd logicalOr logicalXor bitwiseAnd bitwiseOr bitwiseXor",
    "leftShift rightShift clampMin clampMax xlog1py zeta igamma igammac prelu",
  ].flatMap((names) => names.split(" ")),
);
const triples = new Set(["where", "lerp", "clamp", "multiplyAdd", "addcmul", "addcdiv"]);

const positive =
  "sqrt rsqrt log log2 log10 power floatPower lgamma digamma polygamma xlogy xlog1py entr igamma igammac".split(
    " ",
  );
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  ...Object.fromEntries(positive.map((name) => [name, [0.3, 3.2] as const])),
  acosh: [1.2, 3],
  asin: [-0.9, 0.9],
  acos: [-0.9, 0.9],
  atanh: [-0.9, 0.9],
  erfinv: [-0.9, 0.9],
  logit: [0.1, 0.9],
  ndtri: [0.1, 0.9],
  zeta: [1.5, 4],
  mvlgamma: [1.2, 5],
  addcdiv: [0.4, 2],
  binaryCrossEntropy: [0.1, 0.9],
  log1p: [-0.8, 2],
  divide: [0.4, 2],
  reciprocal: [0.4, 2],
  cbrt: [0.4, 2],
  // Whole steps of quotients are not differentiable: stay between them.
  remainder: [1.1, 1.9],
  fmod: [1.1, 1.9],
};

const rules = "floorDivide divideTrunc remainder fmod power floatPower heaviside sign".split(" ");
const attributes: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(rules.map((name) => [name, { rules: "torch" }])),
  addScaled: { scale: -1.5 },
  gelu: { approximate: "none" },
  leakyRelu: { negativeSlope: 0.1 },
  polygamma: { order: 1 },
  mvlgamma: { p: 2 },
  logit: { eps: null },
  addcmul: { re: -1.5, im: 0 },
  addcdiv: { re: -1.5, im: 0 },
  elu: { alpha: 0.7, scale: 1.2, inputScale: 0.9 },
  softplus: { beta: 1.5, threshold: 20 },
  hardtanh: { min: -1.1, max: 0.7 },
  hardshrink: { lambd: 0.6 },
  softshrink: { lambd: 0.6 },
  threshold: { threshold: 0.3, value: -2 },
  nanToNum: { nan: 0.5 },
};

const integersOnly = "gcd lcm bitwiseNot bitwiseAnd bitwiseOr bitwiseXor leftShift rightShift".split(" ");
const everyType =
  `add addScaled subtract multiply maximum minimum fmax fmin equal notEqual less lessEqual greater greaterEqual
  logicalNot logicalAnd logicalOr logicalXor isnan isinf isfinite where negative positive absolute sign square
  conjugate`.split(/\s+/);
const complexToo =
  `divide power sqrt rsqrt exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh asinh
  acosh atanh tanh tanhBackward sigmoid sigmoidBackward sinc silu reciprocal angle lerp multiplyAdd addcmul
  addcdiv`.split(/\s+/);

function kindsOf(name: string): string {
  if (name === "timesI") return "complex";
  if (integersOnly.includes(name)) return "bool signed";
  if (everyType.includes(name)) return "signed float complex";
  return complexToo.includes(name) ? "float complex" : "float";
}

/** All elementwise operations, in order of their names. */
export const samples: readonly Sample[] = Object.entries(modules)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, operation]) => ({
    operation: operation as unknown as Operation<unknown>,
    operands: triples.has(name) ? 3 : pairs.has(name) ? 2 : 1,
    range: ranges[name] ?? [-2, 2],
    attributes: attributes[name],
    kinds: kindsOf(name),
  }));

/** True iff the operation takes operands of the type. */
export function takes({ kinds }: Sample, { kind }: DType): boolean {
  return kinds.split(" ").includes(kind);
}
