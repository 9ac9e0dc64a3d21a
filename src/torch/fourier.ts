// torch.fft: discrete Fourier transforms (ATen/native/SpectralOps.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import { IndexError, RuntimeError } from "../core/errors.ts";
import { fourier as operations } from "../devices/families/fourier.ts";
import { conj } from "./conjugation.ts";
import { allAxes, wrapDim } from "./dims.ts";
import type { OutOptions } from "./elementwise.ts";
import { scalarTypeName } from "./errors.ts";
import { storeOut } from "./in-place.ts";
import { pad } from "./nn/functional/padding.ts";
import { getDefaultDtype, isHalf, toComplexType } from "./promotion.ts";
import { run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { narrow } from "./views.ts";

/** Where the factor 1/n goes: to the inverse ("backward"), to the transform ("forward"), or its root to both. */
export type Norm = "backward" | "forward" | "ortho" | null;

/** What the transforms of one axis take by name. */
export interface FourierOptions extends OutOptions {
  readonly n?: number | null;
  readonly dim?: number;
  readonly norm?: Norm;
}

/** What the transforms of several axes take by name. */
export interface FourierAxesOptions extends OutOptions {
  readonly s?: number | readonly number[] | null;
  readonly dim?: number | readonly number[] | null;
  readonly norm?: Norm;
}

/** A transform of one axis. */
export type AxisTransform = (
  input: Tensor,
  ...args: Signature<[n?: number | null, dim?: number, norm?: Norm], FourierOptions>
) => Tensor;

/** A transform of several axes. */
export type AxesTransform = (
  input: Tensor,
  ...args: Signature<
    [s?: number | readonly number[] | null, dim?: number | readonly number[] | null, norm?: Norm],
    FourierAxesOptions
  >
) => Tensor;

/** What goes into a transform: the axes, how long each is made, and the factor. */
interface Plan {
  readonly axes: readonly number[];
  readonly lengths: readonly number[];
}

/** A floating or complex tensor; integers become the default type. @throws RuntimeError for a half type */
function promoted(input: Tensor, isComplex: boolean): Tensor {
  const { dtype } = input;
  if (isHalf(dtype)) throw new RuntimeError(`Unsupported dtype ${scalarTypeName(dtype)}`);
  const floating = dtype.isFloatingPoint || dtype.isComplex ? dtype : getDefaultDtype();
  const wanted = isComplex ? toComplexType(floating) : floating;
  return wanted === dtype ? input : input.to(wanted);
}

/** The factor of a transform of `count` numbers. @throws RuntimeError for a mode that there is not */
function scaleOf(norm: Norm | undefined, count: number, isForward: boolean): number {
  if (norm === "ortho") return 1 / Math.sqrt(count);
  if (norm !== null && norm !== undefined && norm !== "backward" && norm !== "forward")
    throw new RuntimeError(`Invalid normalization mode: "${String(norm)}"`);
  return isForward === (norm === "forward") ? 1 / count : 1;
}

function product(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total * each, 1);
}

/** The tensor with the axes cut, or filled up with zeros, to their lengths. */
function resized(input: Tensor, { axes, lengths }: Plan): Tensor {
  let result = input;
  axes.forEach((axis, i) => {
    const [length, wanted] = [result.shape[axis]!, lengths[i]!];
    if (wanted < length) result = narrow(result, axis, 0, wanted);
    else if (wanted > length) {
      const border = new Array<number>(2 * (result.ndim - axis)).fill(0);
      border[border.length - 1] = wanted - length;
      result = pad(result, border);
    }
  });
  return result;
}

/** @throws IndexError where there is no such axis, and for any axis of a 0-d tensor */
function axisOf(dim: number, input: Tensor): number {
  if (input.ndim === 0) throw new IndexError(`Dimension specified as ${dim} but tensor has no dimensions`);
  return wrapDim(dim, input.ndim);
}

function checkCount(count: number): void {
  if (!(count >= 1)) throw new RuntimeError(`Invalid number of data points (${count}) specified`);
}

/** @throws RuntimeError for a result that cannot be stored in the given tensor's type */
function finished(name: string, result: Tensor, input: Tensor, out: Tensor | null | undefined): Tensor {
  if (out === null || out === undefined) return result;
  const fits = result.dtype.isComplex ? out.dtype.isComplex : out.dtype.isFloatingPoint;
  if (!fits) {
    const kind = result.dtype.isComplex ? "complex" : "floating point";
    throw new RuntimeError(`${name} expects a ${kind} output tensor, but got ${scalarTypeName(out.dtype)}`);
  }
  return storeOut(out, result, name, [input]);
}

/** PyTorch's nodes: complex to complex, real to complex, complex to real. */
const [c2c, r2c, c2r] = ["FftC2CBackward0", "FftR2CBackward0", "FftC2RBackward0"];

type AxisBound = { readonly n: number | null; readonly dim: number; readonly norm: Norm } & OutOptions;

/** Declares a transform of one axis by what it does with the axis and the length. */
function axisTransform(
  name: string,
  compute: (input: Tensor, axis: number, n: number | null, norm: Norm) => Tensor,
): AxisTransform {
  return (input, ...args) => {
    const bound = bind<AxisBound>(`fft_${name}`, ["n", "dim", "norm"], args, {
      n: null,
      dim: -1,
      norm: null,
      out: null,
    });
    const result = compute(input, axisOf(bound.dim, input), bound.n, bound.norm);
    return finished(name, result, input, bound.out);
  };
}

/** All frequencies of an axis. Those of a real tensor come forward, and are turned over for the inverse. */
function complexTransform(isForward: boolean) {
  return (given: Tensor, axis: number, n: number | null, norm: Norm): Tensor => {
    const input = promoted(given, false);
    const count = n ?? input.shape[axis]!;
    checkCount(count);
    const source = resized(input, { axes: [axis], lengths: [count] });
    const scale = scaleOf(norm, count, isForward);
    if (input.dtype.isComplex)
      return run(operations.fourier, [source], { axes: [axis], inverse: !isForward, scale }, c2c);
    const result = run(operations.fourier, [source], { axes: [axis], inverse: false, scale }, r2c);
    return isForward ? result : conj(result);
  };
}

/** Half of the frequencies of a real axis. */
function realTransform(name: string, isForward: boolean) {
  return (given: Tensor, axis: number, n: number | null, norm: Norm): Tensor => {
    if (given.dtype.isComplex)
      throw new RuntimeError(`${name} expects a real input tensor, but got ${scalarTypeName(given.dtype)}`);
    const input = promoted(given, false);
    const count = n ?? input.shape[axis]!;
    checkCount(count);
    const source = resized(input, { axes: [axis], lengths: [count] });
    const scale = scaleOf(norm, count, isForward);
    const result = run(
      operations.fourier,
      [source],
      { axes: [axis], inverse: false, scale, half: true },
      r2c,
    );
    return isForward ? result : conj(result);
  };
}

/** Real values from half of the frequencies of an axis. */
function hermitianTransform(isForward: boolean) {
  return (given: Tensor, axis: number, n: number | null, norm: Norm): Tensor => {
    const input = promoted(given, true);
    const length = n ?? 2 * (input.shape[axis]! - 1);
    checkCount(length);
    const count = Math.floor(length / 2) + 1;
    const source = n === null ? input : resized(input, { axes: [axis], lengths: [count] });
    const scale = scaleOf(norm, length, isForward);
    return run(
      operations.hermitianFourier,
      [isForward ? conj(source) : source],
      { axes: [axis], length, scale },
      c2r,
    );
  };
}

/** The transform of one axis (torch.fft.fft): shape [..., n, ...], complex. */
export const fft: AxisTransform = axisTransform("fft", complexTransform(true));
/** The inverse of `fft` (torch.fft.ifft). */
export const ifft: AxisTransform = axisTransform("ifft", complexTransform(false));
/** The first n/2 + 1 frequencies of a real tensor (torch.fft.rfft). */
export const rfft: AxisTransform = axisTransform("rfft", realTransform("rfft", true));
/** The inverse of `rfft` (torch.fft.irfft); `n` says the length, which is else even. */
export const irfft: AxisTransform = axisTransform("irfft", hermitianTransform(false));
/** The transform of what is its own conjugate read backwards, half of it given: real (torch.fft.hfft). */
export const hfft: AxisTransform = axisTransform("hfft", hermitianTransform(true));
/** The inverse of `hfft` (torch.fft.ihfft). */
export const ihfft: AxisTransform = axisTransform("ihfft", realTransform("ihfft", false));

type AxesBound = {
  readonly s: number | readonly number[] | null;
  readonly dim: number | readonly number[] | null;
  readonly norm: Norm;
} & OutOptions;

function listOf(value: number | readonly number[] | null): readonly number[] | null {
  return typeof value === "number" ? [value] : value;
}

/** The axes and their lengths; -1 leaves an axis as it is. @throws RuntimeError where they do not go together */
function planOf(input: Tensor, { s, dim }: AxesBound): Plan {
  const [sizes, dims] = [listOf(s), listOf(dim)];
  const axes = dims?.map((each) => axisOf(each, input));
  if (axes !== undefined && new Set(axes).size < axes.length)
    throw new RuntimeError("FFT dims must be unique");
  if (sizes !== null && axes !== undefined && sizes.length !== axes.length)
    throw new RuntimeError("When given, dim and shape arguments must have the same length");
  if (sizes !== null && sizes.length > input.ndim) {
    throw new RuntimeError(
      `Got shape with ${sizes.length} values but input tensor only has ${input.ndim} dimensions.`,
    );
  }
  const chosen = axes ?? allAxes(input.ndim).slice(sizes === null ? 0 : input.ndim - sizes.length);
  const lengths = chosen.map((axis, i) => {
    const size = sizes?.[i] ?? -1;
    return size === -1 ? input.shape[axis]! : size;
  });
  for (const length of lengths) checkCount(length);
  return { axes: chosen, lengths };
}

/** The same, where half of the frequencies of the last axis are given: then with the length of the result there. */
function hermitianPlan(name: string, input: Tensor, bound: AxesBound): Plan & { readonly length: number } {
  const { axes, lengths } = planOf(input, bound);
  if (axes.length === 0) throw new RuntimeError(`${name} must transform at least one axis`);
  const size = listOf(bound.s)?.at(-1) ?? -1;
  const length = size === -1 ? 2 * (input.shape[axes.at(-1)!]! - 1) : size;
  checkCount(length);
  return { axes, lengths: [...lengths.slice(0, -1), Math.floor(length / 2) + 1], length };
}

/** Declares a transform of several axes: `name2` takes the last two where none are given, `namen` all. */
function axesTransform(
  name: string,
  dims: readonly number[] | null,
  compute: (input: Tensor, bound: AxesBound) => Tensor,
): AxesTransform {
  return (input, ...args) => {
    const bound = bind<AxesBound>(`fft_${name}`, ["s", "dim", "norm"], args, {
      s: null,
      dim: dims,
      norm: null,
      out: null,
    });
    return finished(name, compute(input, bound), input, bound.out);
  };
}

function complexAxes(isForward: boolean) {
  return (given: Tensor, bound: AxesBound): Tensor => {
    const plan = planOf(given, bound);
    const source = resized(promoted(given, true), plan);
    const scale = scaleOf(bound.norm, product(plan.lengths), isForward);
    if (plan.axes.length === 0) return source === given ? source.clone() : source;
    return run(operations.fourier, [source], { axes: plan.axes, inverse: !isForward, scale }, c2c);
  };
}

function rfftAxes(given: Tensor, bound: AxesBound): Tensor {
  if (given.dtype.isComplex) {
    throw new RuntimeError(
      `rfftn expects a real-valued input tensor, but got ${scalarTypeName(given.dtype)}`,
    );
  }
  const input = promoted(given, false);
  const plan = planOf(input, bound);
  if (plan.axes.length === 0) throw new RuntimeError("rfftn must transform at least one axis");
  const scale = scaleOf(bound.norm, product(plan.lengths), true);
  const attributes = { axes: plan.axes, inverse: false, scale, half: true };
  return run(operations.fourier, [resized(input, plan)], attributes, r2c);
}

function irfftAxes(given: Tensor, bound: AxesBound): Tensor {
  const input = promoted(given, true);
  const { length, ...plan } = hermitianPlan("irfftn", input, bound);
  const scale = scaleOf(bound.norm, product(plan.lengths.slice(0, -1)) * length, false);
  return run(operations.hermitianFourier, [resized(input, plan)], { axes: plan.axes, length, scale }, c2r);
}

/** The forward transform is the inverse one of the conjugate, since what comes is real. */
function hfftAxes(given: Tensor, bound: AxesBound): Tensor {
  const input = promoted(given, true);
  const { length, ...plan } = hermitianPlan("hfftn", input, bound);
  const scale = scaleOf(bound.norm, product(plan.lengths.slice(0, -1)) * length, true);
  return run(
    operations.hermitianFourier,
    [conj(resized(input, plan))],
    { axes: plan.axes, length, scale },
    c2r,
  );
}

function ihfftAxes(given: Tensor, bound: AxesBound): Tensor {
  if (given.dtype.isComplex) {
    throw new RuntimeError(`Only supports floating-point dtypes, but found: ${scalarTypeName(given.dtype)}`);
  }
  const input = promoted(given, false);
  const { axes, lengths } = planOf(input, bound);
  if (axes.length === 0) throw new RuntimeError("ihfftn must transform at least one axis");
  const scale = scaleOf(bound.norm, product(lengths), false);
  const last = { axes: axes.slice(-1), inverse: false, scale, half: true };
  const half = conj(run(operations.fourier, [resized(input, { axes, lengths })], last, r2c));
  if (axes.length === 1) return half;
  return run(operations.fourier, [half], { axes: axes.slice(0, -1), inverse: true, scale: 1 }, c2c);
}

const lastTwo = [-2, -1];

/** The transform of several axes, all by default (torch.fft.fftn). */
export const fftn: AxesTransform = axesTransform("fftn", null, complexAxes(true));
/** The inverse of `fftn` (torch.fft.ifftn). */
export const ifftn: AxesTransform = axesTransform("fftn", null, complexAxes(false));
/** The transform of several axes of a real tensor, half of the last one's frequencies (torch.fft.rfftn). */
export const rfftn: AxesTransform = axesTransform("rfftn", null, rfftAxes);
/** The inverse of `rfftn` (torch.fft.irfftn). */
export const irfftn: AxesTransform = axesTransform("irfftn", null, irfftAxes);
/** The transform of several axes of what is its own conjugate turned over (torch.fft.hfftn). */
export const hfftn: AxesTransform = axesTransform("hfftn", null, hfftAxes);
/** The inverse of `hfftn` (torch.fft.ihfftn). */
export const ihfftn: AxesTransform = axesTransform("ihfftn", null, ihfftAxes);
/** `fftn` of the last two axes (torch.fft.fft2). */
export const fft2: AxesTransform = axesTransform("fftn", lastTwo, complexAxes(true));
/** `ifftn` of the last two axes (torch.fft.ifft2). */
export const ifft2: AxesTransform = axesTransform("fftn", lastTwo, complexAxes(false));
/** `rfftn` of the last two axes (torch.fft.rfft2). */
export const rfft2: AxesTransform = axesTransform("rfftn", lastTwo, rfftAxes);
/** `irfftn` of the last two axes (torch.fft.irfft2). */
export const irfft2: AxesTransform = axesTransform("irfftn", lastTwo, irfftAxes);
/** `hfftn` of the last two axes (torch.fft.hfft2). */
export const hfft2: AxesTransform = axesTransform("hfftn", lastTwo, hfftAxes);
/** `ihfftn` of the last two axes (torch.fft.ihfft2). */
export const ihfft2: AxesTransform = axesTransform("ihfftn", lastTwo, ihfftAxes);
