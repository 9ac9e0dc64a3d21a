// numpy.fft: discrete Fourier transforms (numpy/fft/_pocketfft.py). Axes are done one after the other, each rounded to
// the result's type, as NumPy does.

import { bind, type Signature } from "../core/arguments.ts";
import { complex64, complex128, type DType, float16, float32, float64 } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { IndexError, PythonError, PythonTypeError, ValueError } from "../core/errors.ts";
import {
  contiguousStrides,
  fortranStrides,
  Layout,
  memoryOrder,
  slice,
  stridesInOrder,
} from "../core/layout.ts";
import { warn } from "../core/warnings.ts";
import { fourier as operations } from "../devices/families/fourier.ts";
import { execute } from "../devices/index.ts";
import { assign } from "./assign.ts";
import { normalizeAxis } from "./axes.ts";
import { withType } from "./casting.ts";
import { allocateShape, asArray, singleElement, unwritten } from "./make.ts";
import { roll } from "./manipulation.ts";
import { NDArray } from "./ndarray.ts";
import { isOnlyFortran } from "./order.ts";
import { canCast } from "./promotion.ts";
import { type ArrayLike, type Axes, dtypeText } from "./types.ts";
import { conjugate, multiply } from "./ufuncs.ts";

/** Where the factor 1/n goes: to the inverse ("backward"), to the transform ("forward"), or its root to both. */
export type Norm = "backward" | "ortho" | "forward" | null;

interface AxisOptions {
  readonly n?: number | null;
  readonly axis?: number;
  readonly norm?: Norm;
  readonly out?: NDArray | null;
}

/** A transform along one axis. */
export type AxisTransform = (
  a: ArrayLike,
  ...args: Signature<[n?: number | null, axis?: number, norm?: Norm, out?: NDArray | null], AxisOptions>
) => NDArray;

interface AxesOptions {
  readonly s?: readonly (number | null)[] | null;
  readonly axes?: readonly number[] | null;
  readonly norm?: Norm;
  readonly out?: NDArray | null;
}

/** A transform along several axes. */
export type AxesTransform = (
  a: ArrayLike,
  ...args: Signature<
    [
      s?: readonly (number | null)[] | null,
      axes?: readonly number[] | null,
      norm?: Norm,
      out?: NDArray | null,
    ],
    AxesOptions
  >
) => NDArray;

/** The kinds of transforms: to all frequencies, to half of them, and from half of them. */
type Kind = "complex" | "real" | "hermitian";

const swapped: ReadonlyMap<unknown, Norm> = new Map<unknown, Norm>([
  ["backward", "forward"],
  [null, "forward"],
  ["ortho", "ortho"],
  ["forward", "backward"],
]);

/** The mode of the other direction. @throws ValueError for one that there is not */
function swap(norm: Norm): Norm {
  const other = swapped.get(norm);
  if (other !== undefined) return other;
  throw new ValueError(`Invalid norm value ${String(norm)}; should be "backward", "ortho" or "forward".`);
}

/** The floating type of a type's precision. */
function realTypeOf(dtype: DType): DType {
  if (dtype === float16 || dtype === float32) return dtype;
  return dtype === complex64 ? float32 : float64;
}

function scaleOf(n: number, norm: Norm, dtype: DType): number {
  if (norm === null || norm === "backward") return 1;
  if (norm !== "ortho" && norm !== "forward") {
    throw new ValueError(`Invalid norm value ${String(norm)}; should be "backward","ortho" or "forward".`);
  }
  const scale = norm === "ortho" ? 1 / Math.sqrt(n) : 1 / n;
  return dtype === float16 ? (elements(singleElement(float16, scale))[0] as number) : scale;
}

/** A layout with the axes in the order of another's memory. */
function laidLike(source: Layout, dtype: DType, shape: readonly number[]): Layout {
  if (source.isContiguous) return new Layout(dtype, shape, contiguousStrides(shape));
  if (isOnlyFortran(source)) return new Layout(dtype, shape, fortranStrides(shape));
  return new Layout(dtype, shape, stridesInOrder(shape, memoryOrder(source)));
}

/** The array cut, or filled up with zeros, to a length along an axis. */
function fitted(array: NDArray, axis: number, length: number): NDArray {
  const given = array.shape[axis]!;
  if (given === length) return array;
  const kept = Math.min(given, length);
  const part = new NDArray(array.storage, slice(array.layout, axis, 0, 1, kept));
  if (kept === length) return part;
  const whole = allocateShape(array.dtype, array.shape.with(axis, length));
  assign(new NDArray(whole.storage, slice(whole.layout, axis, 0, 1, kept)), part);
  return whole;
}

/** @throws IndexError as Python's tuples do */
function lengthAt(array: NDArray, axis: number): number {
  const length = array.shape.at(axis);
  if (length === undefined || axis < -array.ndim) throw new IndexError("tuple index out of range");
  return length;
}

/** One transform along one axis of `n` numbers. */
function transform(
  array: NDArray,
  n: number,
  dim: number,
  kind: Kind,
  isForward: boolean,
  norm: Norm,
  out: NDArray | null,
): NDArray {
  if (n < 1) throw new ValueError(`Invalid number of FFT data points (${n}) specified.`);
  const realType = realTypeOf(array.dtype);
  const scale = scaleOf(n, isForward ? norm : swap(norm), realType);
  const axis = normalizeAxis(dim, array.ndim);
  const wide = realType === float64 ? complex128 : complex64;
  const half = Math.floor(n / 2) + 1;
  const shape = array.shape.with(axis, kind === "real" ? half : n);
  if (out !== null && (out.ndim !== array.ndim || out.shape[axis] !== shape[axis]))
    throw new ValueError("output array has wrong shape.");
  const name = {
    complex: isForward ? "fft" : "ifft",
    real: `rfft_n_${n % 2 === 0 ? "even" : "odd"}`,
    hermitian: "irfft",
  }[kind];
  if (kind === "real" && array.dtype.isComplex) {
    throw new PythonTypeError(
      `ufunc '${name}' not supported for the input types, and the inputs could not be safely coerced to any supported ` +
        "types according to the casting rule ''safe''",
    );
  }
  const loop = kind === "hermitian" ? (wide === complex128 ? float64 : float32) : wide;
  const dtype = kind === "hermitian" ? realType : wide;
  const target = out ?? unwritten(laidLike(array.layout, dtype, shape));
  if (!canCast(loop, target.dtype, "same_kind")) {
    throw new PythonError(
      "UFuncTypeError",
      `Cannot cast ufunc '${name}' output from ${dtypeText(loop)} to ${dtypeText(target.dtype)} with casting rule ` +
        "'same_kind'",
    );
  }
  const operandType =
    array.dtype.isComplex || kind === "hermitian" ? wide : wide === complex128 ? float64 : float32;
  const source = fitted(withType(array, operandType), axis, kind === "hermitian" ? half : n);
  const isDirect = target.dtype === loop && out === null;
  const result = isDirect ? target : unwritten(laidLike(target.layout, loop, shape));
  if (result.size > 0) {
    if (kind === "hermitian")
      execute(operations.hermitianFourier, [source], [result], { axes: [axis], length: n, scale });
    else
      execute(operations.fourier, [source], [result], {
        axes: [axis],
        inverse: !isForward,
        scale,
        half: kind === "real",
      });
  }
  if (!isDirect) assign(target, result);
  return target;
}

type AxisBound = Required<AxisOptions>;

function axisTransform(name: string, compute: (array: NDArray, bound: AxisBound) => NDArray): AxisTransform {
  return (a, ...args) => {
    const bound = bind<AxisBound>(name, ["n", "axis", "norm", "out"], args, {
      n: null,
      axis: -1,
      norm: null,
      out: null,
    });
    return compute(asArray(a), bound);
  };
}

function plain(kind: Kind, isForward: boolean) {
  return (array: NDArray, { n, axis, norm, out }: AxisBound): NDArray => {
    const own = (): number =>
      kind === "hermitian" ? 2 * (lengthAt(array, axis) - 1) : lengthAt(array, axis);
    return transform(array, n ?? own(), axis, kind, isForward, norm, out);
  };
}

/** The transform along an axis (numpy.fft.fft). */
export const fft: AxisTransform = axisTransform("fft", plain("complex", true));
/** The inverse of `fft` (numpy.fft.ifft). */
export const ifft: AxisTransform = axisTransform("ifft", plain("complex", false));
/** The first n/2 + 1 frequencies of real numbers (numpy.fft.rfft). */
export const rfft: AxisTransform = axisTransform("rfft", plain("real", true));
/** The inverse of `rfft`; `n` says the length, which is else even (numpy.fft.irfft). */
export const irfft: AxisTransform = axisTransform("irfft", plain("hermitian", false));
/** The transform of what is its own conjugate read backwards, half of it given (numpy.fft.hfft). */
export const hfft: AxisTransform = axisTransform("hfft", (array, bound) => {
  const n = bound.n ?? 2 * (lengthAt(array, bound.axis) - 1);
  return irfft(conjugate(array), n, bound.axis, swap(bound.norm));
});
/** The inverse of `hfft` (numpy.fft.ihfft). */
export const ihfft: AxisTransform = axisTransform("ihfft", (array, { n, axis, norm, out }) => {
  const result = rfft(array, n ?? lengthAt(array, axis), axis, swap(norm), out);
  return conjugate(result, { out });
});

type AxesBound = Required<AxesOptions>;

/** The axes and how long each is made. @throws ValueError where there are not as many of both */
function planOf(
  array: NDArray,
  { s, axes }: AxesBound,
  isHermitian = false,
): { readonly axes: readonly number[]; readonly lengths: readonly (number | null)[] } {
  const takenAt = (axis: number): number => {
    const length = axis < -array.ndim ? undefined : array.shape.at(axis);
    if (length !== undefined) return length;
    throw new IndexError(`index ${axis} is out of bounds for axis 0 with size ${array.ndim}`);
  };
  if (s !== null && axes === null) {
    warn(
      "DeprecationWarning",
      "`axes` should not be `None` if `s` is not `None` (Deprecated in NumPy 2.0). In a future version of NumPy, this " +
        "will raise an error and `s[i]` will correspond to the size along the transformed axis specified by `axes[i]`. " +
        "To retain current behaviour, pass a sequence [0, ..., k-1] to `axes` for an array of dimension k.",
    );
  }
  const sizes: (number | null)[] = [...(s ?? (axes === null ? array.shape : axes.map(takenAt)))];
  const chosen = axes ?? sizes.map((_, i) => i - sizes.length);
  if (sizes.length !== chosen.length) throw new ValueError("Shape and axes have different lengths.");
  if (isHermitian && s === null && sizes.length > 0)
    sizes[sizes.length - 1] = 2 * (takenAt(chosen.at(-1)!) - 1);
  if (sizes.includes(null)) {
    warn(
      "DeprecationWarning",
      "Passing an array containing `None` values to `s` is deprecated in NumPy 2.0 and will raise an error in a future " +
        "version of NumPy. To use the default behaviour of the corresponding 1-D transform, pass the value matching the " +
        "default for its `n` parameter. To use the default behaviour for every axis, the `s` argument can be omitted.",
    );
  }
  const lengths = sizes.map((size, i) => (size === -1 ? lengthAt(array, chosen[i]!) : size));
  return { axes: chosen, lengths };
}

function axesTransform(
  name: string,
  axes: readonly number[] | null,
  compute: (array: NDArray, bound: AxesBound) => NDArray,
): AxesTransform {
  return (a, ...args) => {
    const bound = bind<AxesBound>(name, ["s", "axes", "norm", "out"], args, {
      s: null,
      axes,
      norm: null,
      out: null,
    });
    return compute(asArray(a), bound);
  };
}

function complexAxes(along: AxisTransform) {
  return (array: NDArray, bound: AxesBound): NDArray => {
    const { axes, lengths } = planOf(array, bound);
    let result = array;
    for (let i = axes.length - 1; i >= 0; i--)
      result = along(result, lengths[i]!, axes[i]!, bound.norm, bound.out);
    return result;
  };
}

function checkAxes(axes: readonly number[]): void {
  if (axes.length === 0) throw new IndexError("list index out of range");
}

function realAxes(array: NDArray, bound: AxesBound): NDArray {
  const { axes, lengths } = planOf(array, bound);
  checkAxes(axes);
  const { norm, out } = bound;
  let result = rfft(array, lengths.at(-1)!, axes.at(-1)!, norm, out);
  for (let i = axes.length - 2; i >= 0; i--) result = fft(result, lengths[i]!, axes[i]!, norm, out);
  return result;
}

function hermitianAxes(array: NDArray, bound: AxesBound): NDArray {
  const { axes, lengths } = planOf(array, bound, true);
  checkAxes(axes);
  let result = array;
  for (let i = 0; i < axes.length - 1; i++) result = ifft(result, lengths[i]!, axes[i]!, bound.norm);
  return irfft(result, lengths.at(-1)!, axes.at(-1)!, bound.norm, bound.out);
}

const lastTwo = [-2, -1];

/** The transform along several axes, all by default (numpy.fft.fftn). */
export const fftn: AxesTransform = axesTransform("fftn", null, complexAxes(fft));
/** The inverse of `fftn` (numpy.fft.ifftn). */
export const ifftn: AxesTransform = axesTransform("ifftn", null, complexAxes(ifft));
/** The transform along several axes of real numbers, half of the last one's frequencies (numpy.fft.rfftn). */
export const rfftn: AxesTransform = axesTransform("rfftn", null, realAxes);
/** The inverse of `rfftn` (numpy.fft.irfftn). */
export const irfftn: AxesTransform = axesTransform("irfftn", null, hermitianAxes);
/** `fftn` of the last two axes (numpy.fft.fft2). */
export const fft2: AxesTransform = axesTransform("fft2", lastTwo, complexAxes(fft));
/** `ifftn` of the last two axes; like NumPy's it does not look at `out` (numpy.fft.ifft2). */
export const ifft2: AxesTransform = axesTransform("ifft2", lastTwo, (array, bound) =>
  complexAxes(ifft)(array, { ...bound, out: null }),
);
/** `rfftn` of the last two axes (numpy.fft.rfft2). */
export const rfft2: AxesTransform = axesTransform("rfft2", lastTwo, realAxes);
/** `irfftn` of the last two axes; like NumPy's it does not look at `out` (numpy.fft.irfft2). */
export const irfft2: AxesTransform = axesTransform("irfft2", lastTwo, (array, bound) =>
  hermitianAxes(array, { ...bound, out: null }),
);

type Shift = (
  x: ArrayLike,
  ...args: Signature<[axes?: Axes | null], { readonly axes?: Axes | null }>
) => NDArray;

function shift(name: string, sign: 1 | -1): Shift {
  return (x, ...args) => {
    const { axes } = bind<{ axes: Axes | null }>(name, ["axes"], args, { axes: null });
    const array = asArray(x);
    const all = axes === null ? [...array.shape.keys()] : [axes].flat();
    const by = all.map((axis) => sign * Math.floor(lengthAt(array, axis) / 2));
    return roll(array, by, all);
  };
}

/** The frequency 0 moved to the middle (numpy.fft.fftshift). */
export const fftshift: Shift = shift("fftshift", 1);
/** What `fftshift` moved, moved back (numpy.fft.ifftshift). */
export const ifftshift: Shift = shift("ifftshift", -1);

interface FrequencyOptions {
  readonly d?: number;
  readonly device?: "cpu" | null;
}

type Frequencies = (n: number, ...args: Signature<[d?: number], FrequencyOptions>) => NDArray;

function frequencies(
  name: string,
  numberAt: (i: number, n: number) => number,
  count: (n: number) => number,
): Frequencies {
  return (n, ...args) => {
    const { d } = bind<Required<FrequencyOptions>>(name, ["d"], args, { d: 1, device: null });
    if (!Number.isInteger(n)) throw new ValueError("n should be an integer");
    const period = n * Number(d);
    if (period === 0) throw new PythonError("ZeroDivisionError", "float division by zero");
    const numbers = Array.from({ length: count(n) }, (_, i) => numberAt(i, n));
    return multiply(asArray(numbers).astype(float64), 1 / period);
  };
}

/** The frequencies of `fft`, samples being `d` apart: from 0 up, then the negative ones (numpy.fft.fftfreq). */
export const fftfreq: Frequencies = frequencies(
  "fftfreq",
  (i, n) => (i < Math.floor((n + 1) / 2) ? i : i - n),
  (n) => n,
);
/** The frequencies of `rfft`, from 0 up (numpy.fft.rfftfreq). */
export const rfftfreq: Frequencies = frequencies(
  "rfftfreq",
  (i) => i,
  (n) => Math.floor(n / 2) + 1,
);
