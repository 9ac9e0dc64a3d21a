// Making arrays: `array`, `asarray`, `zeros`, `ones`, `full`, `empty`, `eye`, and those like another.

import { bind, type Signature } from "../core/arguments.ts";
import { bfloat16, type DType, dtypeOfArray, float64, uint8 } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { PythonError, PythonTypeError, RuntimeError, ValueError } from "../core/errors.ts";
import { diagonal as diagonalLayout, fortranStrides, Layout, type Shape } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import { assign } from "./assign.ts";
import { shapeOf } from "./axes.ts";
import { type CopyArguments, converted, copy as copyOf } from "./casting.ts";
import { valueFor } from "./contents.ts";
import { ItemArray } from "./item-array.ts";
import { blankItems, filledItems, holdsItems, type ItemLike, itemArray, numbersOf } from "./item-creation.ts";
import { objectItems } from "./item-plain.ts";
import { type ItemTypeLike, itemTypeOf } from "./item-types.ts";
import { arrayOfList } from "./lists.ts";
import {
  allocate,
  asArray,
  asScalar,
  begun,
  isArraySource,
  ofTypedArray,
  singleElement,
  unwritten,
} from "./make.ts";
import { NDArray } from "./ndarray.ts";
import { isInOrder, layoutLike } from "./order.ts";
import { checkOrder } from "./order-checks.ts";
import { convertScalar, isOperand, isPyScalar, isTypedArray, kindOf } from "./scalars.ts";
import {
  type ArrayLike,
  type DTypeLike,
  type Order,
  optionalDtype,
  dtype as parseDtype,
  type ShapeLike,
} from "./types.ts";
import { warnOfCopyKeyword } from "./wrap.ts";

interface ArrayOptions {
  readonly dtype: DTypeLike | null;
  readonly copy: boolean | null;
  readonly order: Order;
  readonly subok: boolean;
  readonly ndmin: number;
}

const copyRefused =
  "Unable to avoid copy while creating an array as requested.\n" +
  "If using `np.array(obj, copy=False)` replace it with `np.asarray(obj)` to allow a copy when needed (no behavior change in NumPy 1.x).\n" +
  "For more details, see https://numpy.org/devdocs/numpy_2_0_migration_guide.html#adapting-to-changes-in-the-copy-keyword.";

/** An array of the object, copied only where `copy` says so or type and order ask for it. */
function made(object: ArrayLike, options: ArrayOptions): NDArray {
  const dtype = optionalDtype(options.dtype);
  const { copy, order } = options;
  if (!isOperand(object) && !isTypedArray(object)) {
    if (copy === false) throw new ValueError(copyRefused);
    const fresh = ofPython(object, dtype);
    return isInOrder(fresh.layout, order) ? fresh : converted(fresh, fresh.dtype, order);
  }
  if (isArraySource(object) && copy !== null) {
    warnOfCopyKeyword();
    if (copy === false) throw new ValueError(copyRefused);
  }
  const given = asArray(object);
  const source = given.isScalar ? given.viewAs(given.layout) : given;
  const type = dtype ?? source.dtype;
  const fits = type === source.dtype && isInOrder(source.layout, order);
  if (copy === true || !fits || given.isScalar) {
    if (copy === false) {
      const isAsGiven = dtype === source.dtype;
      throw new ValueError(isAsGiven ? "Unable to avoid copy while creating a new array." : copyRefused);
    }
    // Where the type changes, "any" order is the array's own.
    return converted(source, type, order === "A" && type !== source.dtype ? "K" : order);
  }
  return source;
}

function ofPython(object: ArrayLike, dtype: DType | undefined): NDArray {
  if (Array.isArray(object)) return arrayOfList(object as readonly ArrayLike[], dtype);
  if (isPyScalar(object) && dtype !== undefined) return singleElement(dtype, convertScalar(object, dtype));
  return asArray(object);
}

function withAxes<A extends NDArray | ItemArray>(array: A, ndmin: number): A {
  if (array.ndim >= ndmin) return array;
  return array.reshape([...new Array<number>(ndmin - array.ndim).fill(1), ...array.shape]) as A;
}

/** As `made`, of items where the type is one of them, or the object has some. */
function madeOfAny(object: unknown, options: ArrayOptions): NDArray | ItemArray {
  const type = itemTypeOf(options.dtype);
  if (type === undefined && !holdsItems(object)) return made(object as ArrayLike, options);
  if (object instanceof ItemArray && (type === undefined || type.equals(object.dtype))) {
    if (options.dtype === null || type !== undefined) return options.copy === true ? object.copy() : object;
  }
  if (options.copy === false) throw new ValueError(copyRefused);
  const dtype = type === undefined ? optionalDtype(options.dtype) : undefined;
  if (dtype === undefined) return itemArray(object, type);
  return numbersOf(object instanceof ItemArray ? object : itemArray(object, objectItems), dtype);
}

/** Options whose type is one of items. */
type OfItems<Options> = Omit<Partial<Options>, "dtype"> & { readonly dtype: ItemTypeLike };

/** Arguments that give a type of items. */
type ItemArguments<Options> =
  | readonly [dtype: ItemTypeLike, ...others: unknown[]]
  | readonly [OfItems<Options>];

/** Arguments of `array`. */
export type ArrayArguments = Signature<[dtype: DTypeLike | null], Partial<ArrayOptions>>;

/**
 * A new array of nested lists, a typed array, a number or an array (`numpy.array`). Numbers that are all whole make
 * int64, others float64; text, None, dicts and the like make an array of items, as do the types of these.
 */
export function array(object: unknown, ...args: ItemArguments<ArrayOptions>): ItemArray;
export function array(object: ArrayLike, ...args: ArrayArguments): NDArray;
export function array(object: ItemLike): ItemArray;
export function array(object: ItemLike, dtype: DTypeLike | { readonly dtype: DTypeLike }): NDArray;
export function array(object: unknown, ...args: readonly unknown[]): NDArray | ItemArray {
  const options = bind<ArrayOptions>("array", ["dtype"], args, {
    dtype: null,
    copy: true,
    order: "K",
    subok: false,
    ndmin: 0,
  });
  // A copy is what a list gives anyway.
  const isArray = isOperand(object) || isTypedArray(object) || object instanceof ItemArray;
  const result = madeOfAny(object, isArray ? options : { ...options, copy: null });
  if (options.copy === false && !isArray) throw new ValueError(copyRefused);
  return withAxes(result, options.ndmin);
}

interface AsarrayOptions {
  readonly dtype: DTypeLike | null;
  readonly order: Order | null;
  readonly copy: boolean | null;
}

/** Arguments of `asarray`. */
export type AsarrayArguments = Signature<
  [dtype: DTypeLike | null, order: Order | null],
  Partial<AsarrayOptions>
>;

/** The object as an array: itself where it is one of that type and order, else a new one (`numpy.asarray`). */
export function asarray(a: unknown, ...args: ItemArguments<AsarrayOptions>): ItemArray;
export function asarray(a: ArrayLike, ...args: AsarrayArguments): NDArray;
export function asarray(a: ItemLike): ItemArray;
export function asarray(a: unknown, ...args: readonly unknown[]): NDArray | ItemArray {
  const options = bind<AsarrayOptions>("asarray", ["dtype", "order"], args, {
    dtype: null,
    order: null,
    copy: null,
  });
  return madeOfAny(a, {
    dtype: options.dtype,
    order: options.order ?? "K",
    copy: options.copy,
    subok: false,
    ndmin: 0,
  });
}

/** As `asarray`. */
export function asanyarray(a: ArrayLike, ...args: AsarrayArguments): NDArray {
  return asarray(a, ...args);
}

/** Row-major, with at least one axis (`numpy.ascontiguousarray`). */
export function ascontiguousarray(
  a: ArrayLike,
  ...args: Signature<[dtype: DTypeLike | null], { readonly dtype?: DTypeLike | null }>
): NDArray {
  const { dtype } = bind<{ dtype: DTypeLike | null }>("ascontiguousarray", ["dtype"], args, { dtype: null });
  return withAxes(asarray(a, dtype, "C"), 1);
}

/** Column-major, with at least one axis (`numpy.asfortranarray`). */
export function asfortranarray(
  a: ArrayLike,
  ...args: Signature<[dtype: DTypeLike | null], { readonly dtype?: DTypeLike | null }>
): NDArray {
  const { dtype } = bind<{ dtype: DTypeLike | null }>("asfortranarray", ["dtype"], args, { dtype: null });
  return withAxes(asarray(a, dtype, "F"), 1);
}

/** A copy in the array's own order of memory (`numpy.copy`). */
export function copy(a: ArrayLike, ...args: CopyArguments): NDArray {
  return copyOf(a, "K", args);
}

/** A NumPy scalar of a type, as `np.float32(2.5)` makes one. */
export function scalar(value: ArrayLike = 0, dtype: DTypeLike = float64): NDArray {
  return asScalar(array(value, { dtype }));
}

/** True iff the value is a number or a NumPy scalar (`numpy.isscalar`). */
export function isscalar(element: unknown): boolean {
  return (
    isPyScalar(element) || typeof element === "string" || (element instanceof NDArray && element.isScalar)
  );
}

interface NewOptions {
  readonly dtype: DTypeLike | null;
  readonly order: Order;
}

/** Arguments of `zeros`, `ones` and `empty`. */
export type NewArguments = Signature<[dtype: DTypeLike | null, order: Order], Partial<NewOptions>>;

function blank(name: string, shape: ShapeLike, args: readonly unknown[]): NDArray | ItemArray {
  const options = bind<NewOptions>(name, ["dtype", "order"], args, { dtype: null, order: "C" });
  const type = itemTypeOf(options.dtype);
  if (type !== undefined) return blankItems(type, shapeOf(shape), name === "empty");
  return begun(name, blankLayout(optionalDtype(options.dtype) ?? float64, shapeOf(shape), options.order));
}

function blankLayout(dtype: DType, shape: Shape, order: Order): Layout {
  checkOrder(order);
  return order === "F" ? new Layout(dtype, shape, fortranStrides(shape)) : Layout.contiguous(dtype, shape);
}

function filled(target: NDArray, value: ArrayLike): NDArray {
  assign(target, valueFor(target, value));
  return target;
}

/** A new array of zeros (`numpy.zeros`). */
export function zeros(shape: ShapeLike, ...args: ItemArguments<NewOptions>): ItemArray;
export function zeros(shape: ShapeLike, ...args: NewArguments): NDArray;
export function zeros(shape: ShapeLike, ...args: readonly unknown[]): NDArray | ItemArray {
  return blank("zeros", shape, args);
}

/** A new array whose elements mean nothing yet (`numpy.empty`); objects are None. */
export function empty(shape: ShapeLike, ...args: ItemArguments<NewOptions>): ItemArray;
export function empty(shape: ShapeLike, ...args: NewArguments): NDArray;
export function empty(shape: ShapeLike, ...args: readonly unknown[]): NDArray | ItemArray {
  return blank("empty", shape, args);
}

/** A new array of ones (`numpy.ones`). */
export function ones(shape: ShapeLike, ...args: ItemArguments<NewOptions>): ItemArray;
export function ones(shape: ShapeLike, ...args: NewArguments): NDArray;
export function ones(shape: ShapeLike, ...args: readonly unknown[]): NDArray | ItemArray {
  const blanks = blank("ones", shape, args);
  return blanks instanceof ItemArray ? filledItems(blanks.dtype, blanks.shape, 1) : filled(blanks, 1);
}

/** A new array of one value, of the value's type by default (`numpy.full`). */
export function full(shape: ShapeLike, fillValue: unknown, ...args: ItemArguments<NewOptions>): ItemArray;
export function full(shape: ShapeLike, fillValue: ArrayLike, ...args: NewArguments): NDArray;
export function full(shape: ShapeLike, fillValue: ItemLike): ItemArray;
export function full(shape: ShapeLike, fillValue: unknown, ...args: readonly unknown[]): NDArray | ItemArray {
  const options = bind<NewOptions>("full", ["dtype", "order"], args, { dtype: null, order: "C" });
  const type = itemTypeOf(options.dtype);
  if (type !== undefined || (options.dtype === null && holdsItems(fillValue))) {
    return filledItems(type, shapeOf(shape), fillValue);
  }
  const value = fillValue as ArrayLike;
  const dtype = optionalDtype(options.dtype) ?? asArray(value).dtype;
  return filled(unwritten(blankLayout(dtype, shapeOf(shape), options.order)), value);
}

interface LikeOptions {
  readonly dtype: DTypeLike | null;
  readonly order: Order;
  readonly subok: boolean;
  readonly shape: ShapeLike | null;
}

/** Arguments of `zeros_like` and its like. */
export type LikeArguments = Signature<
  [dtype: DTypeLike | null, order: Order, subok: boolean],
  Partial<LikeOptions>
>;

function blankLike(name: string, prototype: ArrayLike, args: LikeArguments): NDArray {
  const options = bind<LikeOptions>(name, ["dtype", "order", "subok"], args, {
    dtype: null,
    order: "K",
    subok: true,
    shape: null,
  });
  const source = asArray(prototype);
  const dtype = optionalDtype(options.dtype) ?? source.dtype;
  if (options.shape === null) return begun(name, layoutLike(source.layout, dtype, options.order));
  const shape = shapeOf(options.shape);
  return begun(
    name,
    shape.length === source.ndim
      ? layoutLike(source.layout.with(shape, source.layout.strides), dtype, options.order)
      : blankLayout(dtype, shape, options.order),
  );
}

/** Zeros in another array's shape, type and order (`numpy.zeros_like`). */
export function zerosLike(a: ArrayLike, ...args: LikeArguments): NDArray {
  return blankLike("zeros_like", a, args);
}

/** Ones in another array's shape, type and order (`numpy.ones_like`). */
export function onesLike(a: ArrayLike, ...args: LikeArguments): NDArray {
  return filled(blankLike("ones_like", a, args), 1);
}

/** A new array in another's shape, type and order (`numpy.empty_like`). */
export function emptyLike(prototype: ArrayLike, ...args: LikeArguments): NDArray {
  return blankLike("empty_like", prototype, args);
}

/** One value in another array's shape, type and order (`numpy.full_like`). */
export function fullLike(a: ArrayLike, fillValue: ArrayLike, ...args: LikeArguments): NDArray {
  const target = blankLike("full_like", a, args);
  // What is no integer is converted as an array's elements are: cut, with a warning.
  if (isPyScalar(fillValue) && kindOf(fillValue) !== "int") {
    assign(target, asArray(fillValue));
    return target;
  }
  return filled(target, fillValue);
}

interface EyeOptions {
  readonly M: number | null;
  readonly k: number;
  readonly dtype: DTypeLike | null;
  readonly order: Order;
}

/** Ones on a diagonal, zeros elsewhere (`numpy.eye`). */
export function eye(
  N: number,
  ...args: Signature<
    [M: number | null, k: number, dtype: DTypeLike | null, order: Order],
    Partial<EyeOptions>
  >
): NDArray {
  const options = bind<EyeOptions>("eye", ["M", "k", "dtype", "order"], args, {
    M: null,
    k: 0,
    dtype: null,
    order: "C",
  });
  const dtype = optionalDtype(options.dtype) ?? float64;
  const result = allocate(blankLayout(dtype, [N, options.M ?? N], options.order));
  const line = result.viewAs(diagonalLayout(result.layout, options.k, 0, 1));
  filled(line, 1);
  return result;
}

/** The square matrix with ones on its diagonal (`numpy.identity`). */
export function identity(
  n: number,
  ...args: Signature<[dtype: DTypeLike | null], { readonly dtype?: DTypeLike | null }>
): NDArray {
  const { dtype } = bind<{ dtype: DTypeLike | null }>("identity", ["dtype"], args, { dtype: null });
  return eye(n, { dtype });
}

interface BufferOptions {
  readonly dtype: DTypeLike;
  readonly count: number;
  readonly offset: number;
}

/**
 * A 1-D array over a buffer's own bytes (`numpy.frombuffer`): nothing is copied.
 * @throws ValueError where the bytes are no whole number of elements
 */
export function frombuffer(
  buffer: ArrayBufferLike | ArrayBufferView,
  ...args: Signature<[dtype: DTypeLike, count: number, offset: number], Partial<BufferOptions>>
): NDArray {
  const options = bind<BufferOptions>("frombuffer", ["dtype", "count", "offset"], args, {
    dtype: "float64",
    count: -1,
    offset: 0,
  });
  const dtype = parseDtype(options.dtype);
  const bytes = ArrayBuffer.isView(buffer) ? buffer : new Uint8Array(buffer);
  const available = bytes.byteLength - options.offset;
  if (available < 0) throw new ValueError("offset must be non-negative and no greater than buffer length");
  if (options.count < 0 && available % dtype.itemSize !== 0) {
    throw new ValueError("buffer size must be a multiple of element size");
  }
  const count = options.count < 0 ? available / dtype.itemSize : options.count;
  if (count * dtype.itemSize > available) throw new ValueError("buffer is smaller than requested size");
  const start = bytes.byteOffset + options.offset;
  const isAligned = start % (dtype.itemSize / dtype.lanes) === 0;
  const storage = isAligned
    ? Storage.fromBytes(bytes.buffer, start, count * dtype.itemSize)
    : Storage.fromBytes(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const layout = isAligned
    ? Layout.contiguous(dtype, [count])
    : new Layout(dtype, [count], [dtype.itemSize], options.offset, 1);
  return new NDArray(storage, layout, { base: buffer });
}

interface TypedArrayOptions {
  readonly shape?: number | readonly number[];
  readonly dtype?: DTypeLike;
}

/**
 * An array over a typed array's own memory, in a shape if one is given. Bit patterns of half types, and pairs of
 * complex ones, are read as such when `dtype` says so.
 */
export function fromTypedArray(data: ArrayBufferView, options: TypedArrayOptions = {}): NDArray {
  const own = dtypeOfArray(data) ?? uint8;
  const dtype = options.dtype === undefined ? own : parseDtype(options.dtype);
  if (dtype !== own && dtype.itemSize % own.itemSize !== 0) {
    throw new PythonTypeError(`${data.constructor.name} does not hold elements of ${dtype.name}`);
  }
  const flat = dtype === own ? ofTypedArray(data) : frombuffer(data, { dtype });
  return options.shape === undefined ? flat : flat.reshape(options.shape);
}

/** What refuses to give its memory away while it has a history or lazy bits: a tensor. */
interface Exporter {
  readonly requiresGrad?: boolean;
  isConj?(): boolean;
}

/**
 * An array over the memory of a tensor or array (`numpy.from_dlpack`), whose owner it does not name.
 * @throws BufferError for a tensor that requires gradients; RuntimeError for a type that NumPy lacks
 */
export function fromDlpack(x: Operand): NDArray {
  const exporter = x as Operand & Exporter;
  if (exporter.requiresGrad === true) {
    throw new PythonError("BufferError", "Can't export tensors that require gradient, use tensor.detach()");
  }
  if (exporter.isConj?.() === true) {
    throw new PythonError("BufferError", "Can't export tensors with the conjugate bit set");
  }
  const { dtype } = x.layout;
  if (dtype === bfloat16 || (dtype.kind === "float" && dtype.itemSize === 1)) {
    throw new RuntimeError("Unsupported dtype in DLTensor.");
  }
  return new NDArray(x.storage, x.layout, { base: { exporter: x } });
}
