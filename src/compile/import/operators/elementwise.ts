// Elementwise operators: arithmetic, comparisons, logic, rounding, casts.

import { ValueError } from "../../../core/errors.ts";
import type { Tensor } from "../../../torch/tensor.ts";
import { type Call, float, int, type Operator, operator, text } from "../operator.ts";
import { axisOf, dtypeOf, typeRefusal } from "./helpers.ts";

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;

/** Attributes by which version 1 of arithmetic stretched its second operand. */
const old = { axis: int(), broadcast: int(0), consumed_inputs: int() };

/** The second operand, in models before opset 7 laid from an axis of the first on. */
function stretched(call: Call<{ readonly axis: number | undefined; readonly broadcast: number }>): Tensor {
  const [a, b] = [call.tensor(0), call.tensor(1)];
  const { axis, broadcast } = call.attributes;
  if (broadcast === 0 || axis === undefined) return b;
  const behind = a.ndim - axisOf(axis, a.ndim) - b.ndim;
  if (behind < 0) throw new ValueError(`the second operand does not fit behind axis ${axis}`);
  return b.reshape(...b.shape, ...new Array<number>(behind).fill(1));
}

const binary = (name: string, compute: Binary): Operator =>
  operator(name, old, (call) => compute(call.tensor(0), stretched(call)));

const unary = (name: string, compute: Unary): Operator =>
  operator(name, { consumed_inputs: int() }, (call) => compute(call.tensor(0)));

/** Any number of operands, taken together two at a time. */
const many = (name: string, compute: Binary): Operator =>
  operator(name, { consumed_inputs: int() }, (call) => call.all().reduce(compute));

const isFloat = (x: Tensor): boolean => x.dtype.isFloatingPoint;

const arithmetic: readonly Operator[] = [
  binary("Add", (a, b) => a.add(b)),
  binary("Sub", (a, b) => a.sub(b)),
  binary("Mul", (a, b) => a.mul(b)),
  binary("Div", (a, b) => (isFloat(a) ? a.div(b) : a.div(b, { roundingMode: "trunc" }))),
  binary("Pow", (a, b) => {
    const isMixed = a.dtype !== b.dtype;
    return isMixed && isFloat(b) && !isFloat(a) ? a.to(b.dtype).pow(b).to(a.dtype) : a.pow(b).to(a.dtype);
  }),
  operator("Mod", { fmod: int(0) }, (call) => {
    const [a, b] = [call.tensor(0), call.tensor(1)];
    return call.attributes.fmod === 1 ? a.fmod(b) : a.remainder(b);
  }),
  many("Max", (a, b) => a.maximum(b)),
  many("Min", (a, b) => a.minimum(b)),
  many("Sum", (a, b) => a.add(b)),
  operator("Mean", { consumed_inputs: int() }, (call) => {
    const all = call.all();
    return all.reduce((a, b) => a.add(b)).div(all.length);
  }),
  binary("BitwiseAnd", (a, b) => a.bitwiseAnd(b)),
  binary("BitwiseOr", (a, b) => a.bitwiseOr(b)),
  binary("BitwiseXor", (a, b) => a.bitwiseXor(b)),
  operator(
    "BitShift",
    { direction: text("LEFT") },
    (call) => {
      const [a, b] = [call.tensor(0), call.tensor(1)];
      return call.attributes.direction === "LEFT" ? a.bitwiseLeftShift(b) : a.bitwiseRightShift(b);
    },
    {
      refusal: ({ attributes: { direction } }) =>
        ["LEFT", "RIGHT"].includes(direction) ? undefined : `there is no direction ${direction}`,
    },
  ),
];

const comparisons: readonly Operator[] = [
  binary("Equal", (a, b) => a.eq(b)),
  binary("Greater", (a, b) => a.gt(b)),
  binary("GreaterOrEqual", (a, b) => a.ge(b)),
  binary("Less", (a, b) => a.lt(b)),
  binary("LessOrEqual", (a, b) => a.le(b)),
  binary("And", (a, b) => a.logicalAnd(b)),
  binary("Or", (a, b) => a.logicalOr(b)),
  binary("Xor", (a, b) => a.logicalXor(b)),
  unary("Not", (x) => x.logicalNot()),
  unary("BitwiseNot", (x) => x.bitwiseNot()),
  unary("IsNaN", (x) => x.isnan()),
  operator("IsInf", { detect_negative: int(1), detect_positive: int(1) }, (call) => {
    const { detect_negative: negative, detect_positive: positive } = call.attributes;
    const x = call.tensor(0);
    const found = x.isinf();
    if (negative === 1 && positive === 1) return found;
    return found
      .logicalAnd(negative === 1 ? x.lt(0) : x.gt(0))
      .logicalAnd(negative + positive > 0 ? found : x.ne(x));
  }),
  operator("Where", {}, (call) => call.tensor(1).where(call.tensor(0), call.tensor(2))),
];

const functions: readonly (readonly [name: string, compute: Unary])[] = [
  ["Abs", (x) => x.abs()],
  ["Neg", (x) => x.neg()],
  ["Exp", (x) => x.exp()],
  ["Log", (x) => x.log()],
  ["Sqrt", (x) => x.sqrt()],
  ["Reciprocal", (x) => x.reciprocal()],
  ["Floor", (x) => x.floor()],
  ["Ceil", (x) => x.ceil()],
  ["Round", (x) => x.round()],
  ["Sign", (x) => x.sign()],
  ["Erf", (x) => x.erf()],
  ["Sin", (x) => x.sin()],
  ["Cos", (x) => x.cos()],
  ["Tan", (x) => x.tan()],
  ["Asin", (x) => x.asin()],
  ["Acos", (x) => x.acos()],
  ["Atan", (x) => x.atan()],
  ["Sinh", (x) => x.sinh()],
  ["Cosh", (x) => x.cosh()],
  ["Tanh", (x) => x.tanh()],
  ["Asinh", (x) => x.asinh()],
  ["Acosh", (x) => x.acosh()],
  ["Atanh", (x) => x.atanh()],
  ["Identity", (x) => x],
];

/** Limits that attributes or inputs give. */
const clip = operator(
  "Clip",
  { min: float(), max: float(), consumed_inputs: int() },
  (call) => {
    const x = call.tensor(0);
    const min = call.attributes.min ?? call.number(1);
    const max = call.attributes.max ?? call.number(2);
    if (min === undefined && max === undefined) return x;
    return x.clamp(min ?? null, max ?? null);
  },
  { settings: [1, 2] },
);

const casts: readonly Operator[] = [
  operator(
    "Cast",
    { to: int(0), saturate: int(1), round_mode: text() },
    (call) => call.tensor(0).to(dtypeOf(call.attributes.to)),
    { refusal: ({ attributes }) => typeRefusal(attributes.to) },
  ),
  operator("CastLike", { saturate: int(1), round_mode: text() }, (call) =>
    call.tensor(0).to(call.tensor(1).dtype),
  ),
];

/** Elementwise operators. */
export const elementwiseOperators: readonly Operator[] = [
  ...arithmetic,
  ...comparisons,
  ...functions.map(([name, compute]) => unary(name, compute)),
  clip,
  ...casts,
];
