// Discrete Fourier transforms over chosen axes.

import { complex64, complex128, type DType, float32, float64 } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { Layout } from "../core/layout.ts";
import type { GradientContext, Operation, Run } from "../core/op.ts";
import { add } from "./binary.ts";
import { contiguous, embedView, realView, slice } from "./views.ts";

export interface FourierAttributes {
  /** The axes, at least one. */
  readonly axes: readonly number[];
  /** With exp(+i) in place of exp(-i). */
  readonly inverse: boolean;
  /** A factor of the result. */
  readonly scale: number;
  /** Of the last of the axes only the first n/2 + 1 frequencies: the others of a real operand are their conjugates. */
  readonly half?: boolean | undefined;
}

/** The complex type of a type's precision. */
function complexOf(dtype: DType): DType {
  return dtype === float64 || dtype === complex128 ? complex128 : complex64;
}

/** y[k] = scale * sum over j of x[j] exp(-2 pi i j k / n), along each axis. */
export const fourier: Operation<FourierAttributes> = {
  name: "fourier",
  label: "FftC2C",
  promotion: "none",
  infer: ([input], dtype, { axes, half }) => {
    const shape = [...input!.shape];
    if (half === true) shape[axes.at(-1)!] = Math.floor(shape[axes.at(-1)!]! / 2) + 1;
    return [Layout.contiguous(complexOf(dtype), shape)];
  },
  gradient: ({ inputs, grads, attributes, run }) => {
    const { axes, inverse, scale, half } = attributes;
    const { dtype, shape } = inputs[0]!.layout;
    const all = half === true ? widened(run, grads[0]!, shape) : grads[0]!;
    const back = run(fourier, [all], { axes, inverse: !inverse, scale });
    return [dtype.isComplex ? back : run(contiguous, [run(realView, [back])])];
  },
};

/** The frequencies that are there, and zeros for the rest. */
function widened<Value extends Operand>(run: Run<Value>, value: Value, shape: readonly number[]): Value {
  const { strides } = Layout.contiguous(value.layout.dtype, shape);
  return run(embedView, [value], { shape, strides, offset: 0 });
}

export interface HermitianAttributes {
  /** The axes; along the last one half of the frequencies is given. */
  readonly axes: readonly number[];
  /** The length of the result along the last axis. */
  readonly length: number;
  readonly scale: number;
}

/** The real values whose frequencies, of which half are given, are the operand's: with exp(+i), times `scale`. */
export const hermitianFourier: Operation<HermitianAttributes> = {
  name: "hermitianFourier",
  label: "FftC2R",
  promotion: "none",
  infer: ([input], dtype, { axes, length }) => {
    const shape = [...input!.shape];
    shape[axes.at(-1)!] = length;
    return [Layout.contiguous(complexOf(dtype) === complex128 ? float64 : float32, shape)];
  },
  gradient: hermitianGradient,
};

/** Frequencies that have a conjugate beside them count twice. */
function hermitianGradient<Value extends Operand>({
  grads,
  attributes: { axes, length, scale },
  run,
}: GradientContext<Value, HermitianAttributes>): readonly Value[] {
  const once = run(fourier, [grads[0]!], { axes, inverse: false, scale, half: true });
  const axis = axes.at(-1)!;
  const { shape, dtype } = once.layout;
  const count = length - shape[axis]!;
  if (count <= 0) return [once];
  const doubled = run(slice, [once], { axis, start: 1, step: 1, length: count });
  const { strides } = Layout.contiguous(dtype, shape);
  return [run(add, [once, run(embedView, [doubled], { shape, strides, offset: strides[axis]! })])];
}
