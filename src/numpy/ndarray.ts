// NDArray: NumPy's `ndarray`. A storage and a layout, what it is a view of, and whether it may be written. Methods are
// the functions of the files beside this one; their documentation is NumPy's.

import { isOptions } from "../core/arguments.ts";
import type { DType } from "../core/dtype.ts";
import { elements, type Operand, type Scalar } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { type Layout, permute, type Shape, swapAxes } from "../core/layout.ts";
import { partView } from "../core/layout-reshape.ts";
import type { Storage } from "../core/storage.ts";
import { astype, type CopyArguments, copy } from "./casting.ts";
import { fill, item, resize, tobytes, tolist } from "./contents.ts";
import { type Flags, flagsOf } from "./flags.ts";
import { getItem, type Index, setItem } from "./indexing.ts";
import type { ItemArray } from "./item-array.ts";
import { itemArray } from "./item-creation.ts";
import { type ItemTypeLike, itemTypeOf } from "./item-types.ts";
import { repeat, take } from "./manipulation.ts";
import {
  type ChooseArguments,
  type CompressArguments,
  choose,
  compress,
  type PutArguments,
  put,
} from "./placing.ts";
import { arrayRepr, arrayStr, scalarRepr, scalarStr } from "./print.ts";
import { dot } from "./products.ts";
import * as reductions from "./reductions.ts";
import {
  argpartition,
  argsort,
  nonzero,
  type PartitionArguments,
  partitionInPlace,
  type SearchArguments,
  searchsorted,
  sortInPlace,
} from "./sorting.ts";
import type { ArrayLike, DTypeLike } from "./types.ts";
import { clip, round } from "./ufunc-functions.ts";
import { conjugate } from "./ufuncs.ts";
import * as views from "./views.ts";

/** What an array is made with besides its memory. */
export interface NDArrayOptions {
  /** Whose memory it is: another array, a tensor, a buffer. Null (the default) where the memory is its own. */
  readonly base?: object | null;
  /** False: writing through it is an error. Default true. */
  readonly writeable?: boolean;
  /** True: it stands for a NumPy scalar, such as `x[0]` gives. Then it is 0-d and never written. */
  readonly scalar?: boolean;
}

/** Arguments of a function behind the first, which a method gives itself. */
type Rest<F extends (...args: never) => unknown> = Tail<Parameters<F>>;
type Tail<Arguments> = Arguments extends readonly [unknown, ...infer Others] ? Others : never;

/** NumPy's array. */
export class NDArray implements Operand {
  /** Changes only in `resize`. */
  storage: Storage;
  /** Changes only when `shape` is set, and in `resize`. */
  layout: Layout;
  /** Whose memory it is; null where it is the array's own. A view of a view has the owner here. */
  readonly base: object | null;
  /** True iff this is what Python has as a NumPy scalar (`np.float64(1.5)`), not as a 0-d array. */
  readonly isScalar: boolean;
  private isWriteable: boolean;

  constructor(storage: Storage, layout: Layout, options: NDArrayOptions = {}) {
    this.storage = storage;
    this.layout = layout;
    this.base = options.base ?? null;
    this.isScalar = options.scalar ?? false;
    this.isWriteable = (options.writeable ?? true) && !this.isScalar;
  }

  /** Another layout over the same memory. */
  viewAs(layout: Layout, writeable: boolean = this.isWriteable || this.isScalar): NDArray {
    return new NDArray(this.storage, layout, {
      base: this.base instanceof NDArray ? this.base : this,
      writeable,
    });
  }

  /** Python's `del` of the last reference (or `using`): the memory is used again, whoever reads it later gets an error. */
  dispose(): void {
    this.storage.dispose();
  }

  [Symbol.dispose](): void {
    this.storage.dispose();
  }

  /** The element type. */
  get dtype(): DType {
    return this.layout.dtype;
  }

  /** Lengths of the axes. */
  get shape(): Shape {
    return this.layout.shape;
  }

  /** @throws AttributeError where no view of that shape exists, ValueError where the sizes differ */
  set shape(shape: number | readonly number[]) {
    this.layout = views.shapeInPlace(this, shape);
  }

  /** Bytes from one element to the next along each axis. */
  get strides(): readonly number[] {
    return this.layout.strides.map((stride) => stride * this.layout.unit);
  }

  /** Number of axes. */
  get ndim(): number {
    return this.layout.rank;
  }

  /** Number of elements. */
  get size(): number {
    return this.layout.size;
  }

  /** Bytes of one element. */
  get itemsize(): number {
    return this.layout.dtype.itemSize;
  }

  /** Bytes of all elements. */
  get nbytes(): number {
    return this.size * this.itemsize;
  }

  /** How the memory lies, whose it is, and whether it may be written. */
  get flags(): Flags {
    return flagsOf(this);
  }

  /** All axes in reverse order, over the same memory. */
  get T(): NDArray {
    return this.viewAs(permute(this.layout, this.layout.shape.map((_, axis) => axis).reverse()));
  }

  /** @throws ValueError below two axes */
  get mT(): NDArray {
    if (this.ndim < 2) throw new ValueError("matrix transpose with ndim < 2 is undefined");
    return this.viewAs(swapAxes(this.layout, this.ndim - 1, this.ndim - 2));
  }

  /** The real parts, a view; a real array itself. */
  get real(): NDArray {
    return this.dtype.isComplex ? this.viewAs(partView(this.layout, 0)) : this;
  }

  /** The imaginary parts, a view; of a real array zeros that cannot be written. */
  get imag(): NDArray {
    return this.dtype.isComplex ? this.viewAs(partView(this.layout, 1)) : views.noImaginaryPart(this);
  }

  /** All elements in row-major order (a view where that is possible, where NumPy has an iterator). */
  get flat(): NDArray {
    return views.ravel(this);
  }

  /** True iff the array may be written. */
  get writeable(): boolean {
    return this.isWriteable;
  }

  /**
   * `x.flags.writeable = value`, `x.setflags(write=value)`.
   * @throws ValueError where the memory's owner cannot be written
   */
  setflags(options: { readonly write?: boolean }): void {
    if (options.write === undefined) return;
    const isAllowed = !this.isScalar && (!(this.base instanceof NDArray) || this.base.isWriteable);
    if (options.write && !isAllowed) {
      throw new ValueError("cannot set WRITEABLE flag to True of this array");
    }
    this.isWriteable = options.write;
  }

  /** The length of the first axis, as `len(x)`. */
  get length(): number {
    if (this.ndim === 0) throw new PythonTypeError("len() of unsized object");
    return this.shape[0]!;
  }

  *[Symbol.iterator](): IterableIterator<NDArray> {
    if (this.ndim === 0) throw new PythonTypeError("iteration over a 0-d array");
    for (let i = 0; i < this.shape[0]!; i++) yield this.at(i);
  }

  /** `x[index]`: a view for integers, slices and newaxis, a copy where there are arrays; a scalar for an element. */
  at(...index: readonly Index[]): NDArray {
    return getItem(this, index);
  }

  /** `x[index] = value` */
  set(index: readonly Index[] | Index, value: ArrayLike): void {
    setItem(this, Array.isArray(index) ? index : [index as Index], value);
  }

  /** A copy of another type (`ndarray.astype`); see `astype`. Of a type of items (text, objects) an `ItemArray`. */
  astype(dtype: ItemTypeLike): ItemArray;
  astype(...args: Rest<typeof astype>): NDArray;
  astype(...args: readonly [ItemTypeLike] | Rest<typeof astype>): NDArray | ItemArray {
    const type = args.length === 1 ? itemTypeOf(args[0]) : undefined;
    return type === undefined ? astype(this, ...(args as Rest<typeof astype>)) : itemArray(this, type);
  }

  /** A copy in memory of its own, in row-major order unless another is asked for. */
  copy(...args: CopyArguments): NDArray {
    return copy(this, "C", args);
  }

  /** Without a type another array over the same memory; with one its bytes as elements of that type. */
  view(type?: DTypeLike | { readonly dtype?: DTypeLike }): NDArray {
    return views.viewOf(this, type);
  }

  /** Another shape: a view where there is one, else a copy. @throws ValueError when the sizes differ */
  reshape(...args: Rest<typeof views.reshapeMethod>): NDArray {
    return views.reshapeMethod(this, ...args);
  }

  /** The axes in another order, reversed when none is given, over the same memory. */
  transpose(...axes: Rest<typeof views.transposeMethod>): NDArray {
    return views.transposeMethod(this, ...axes);
  }

  /** Two axes swapped, over the same memory. */
  swapaxes(...args: Rest<typeof views.swapaxes>): NDArray {
    return views.swapaxes(this, ...args);
  }

  /** All elements as one axis: a view where there is one. */
  ravel(...args: Rest<typeof views.ravel>): NDArray {
    return views.ravel(this, ...args);
  }

  /** All elements as one axis, always a copy. */
  flatten(...args: Rest<typeof views.flatten>): NDArray {
    return views.flatten(this, ...args);
  }

  /** Without axes of length 1, over the same memory. */
  squeeze(...args: Rest<typeof views.squeeze>): NDArray {
    return views.squeeze(this, ...args);
  }

  /** Diagonals of the plane of two axes, as a last axis that may not be written. */
  diagonal(...args: Rest<typeof views.diagonal>): NDArray {
    return views.diagonal(this, ...args);
  }

  /** One element as a JavaScript value: an int64 as a number where that is exact, else as a bigint. */
  item(...index: readonly (number | readonly number[])[]): Scalar {
    return item(this, index);
  }

  /** All elements as nested lists, as `item` gives them. */
  tolist(): Scalar | unknown[] {
    return tolist(this);
  }

  /** The bytes of the elements in row-major order ("C"), column-major ("F") or the array's own. */
  tobytes(...args: Rest<typeof tobytes>): Uint8Array {
    return tobytes(this, ...args);
  }

  /**
   * Another shape in place, of any size: what is new is zero.
   * @throws ValueError unless the memory is the array's own
   */
  resize(...args: readonly (number | readonly number[] | { readonly refcheck?: boolean })[]): void {
    const last = args.at(-1);
    const { refcheck = true } = isOptions(last) ? (last as { readonly refcheck?: boolean }) : {};
    const shape = args.filter((arg): arg is number | readonly number[] => !isOptions(arg));
    resize(this, shape.flat(), refcheck);
  }

  /** Writes one value everywhere. */
  fill(value: ArrayLike): void {
    fill(this, value);
  }

  /** Elements by index, along an axis or of all elements. */
  take(...args: Rest<typeof take>): NDArray {
    return take(this, ...args);
  }

  /** Writes values at places in row-major order. */
  put(ind: ArrayLike, v: ArrayLike, ...args: PutArguments): void {
    put(this, ind, v, ...args);
  }

  /** Slices along an axis where a condition holds, or elements of all. */
  compress(condition: ArrayLike, ...args: CompressArguments): NDArray {
    return compress(condition, this, ...args);
  }

  /** For each index the element of that choice at its place. */
  choose(choices: readonly ArrayLike[], ...args: ChooseArguments): NDArray {
    return choose(this, choices, ...args);
  }

  /** Each element several times in a row. */
  repeat(...args: Rest<typeof repeat>): NDArray {
    return repeat(this, ...args);
  }

  /** Sorts in place. */
  sort(...args: Rest<typeof sortInPlace>): void {
    sortInPlace(this, ...args);
  }

  /** Puts the k-th elements where a sort would put them, in place. */
  partition(...args: PartitionArguments): void {
    partitionInPlace(this, ...args);
  }

  /** Indices of which the k-th are where a sort would put them. */
  argpartition(...args: PartitionArguments): NDArray {
    return argpartition(this, ...args);
  }

  /** Indices that put an axis in order. */
  argsort(...args: Rest<typeof argsort>): NDArray {
    return argsort(this, ...args);
  }

  /** Where values would have to stand in this sorted array. */
  searchsorted(v: ArrayLike, ...args: SearchArguments): NDArray {
    return searchsorted(this, v, ...args);
  }

  /** Where the elements are not 0: indices, one array an axis. */
  nonzero(): NDArray[] {
    return nonzero(this);
  }

  /** The product of vectors or matrices (`numpy.dot`). */
  dot(other: ArrayLike): NDArray {
    return dot(this, other);
  }

  /** The complex conjugate. */
  conj(): NDArray {
    return conjugate(this);
  }

  /** The complex conjugate. */
  conjugate(): NDArray {
    return conjugate(this);
  }

  /** Rounded to decimals, halves to the even neighbour. */
  round(...args: Rest<typeof round>): NDArray {
    return round(this, ...args);
  }

  /** Values below or above bounds moved to them. */
  clip(...args: Rest<typeof clip>): NDArray {
    return clip(this, ...args);
  }

  /** The sum, of all elements or along axes; of small integers in the 64-bit type. */
  sum(...args: Rest<typeof reductions.sum>): NDArray {
    return reductions.sum(this, ...args);
  }

  /** The product, of all elements or along axes. */
  prod(...args: Rest<typeof reductions.prod>): NDArray {
    return reductions.prod(this, ...args);
  }

  /** The mean, of all elements or along axes. */
  mean(...args: Rest<typeof reductions.mean>): NDArray {
    return reductions.mean(this, ...args);
  }

  /** The variance; `ddof` is taken from the count. */
  var(...args: Rest<typeof reductions.variance>): NDArray {
    return reductions.variance(this, ...args);
  }

  /** The standard deviation; `ddof` is taken from the count. */
  std(...args: Rest<typeof reductions.std>): NDArray {
    return reductions.std(this, ...args);
  }

  /** The least element, NaN where there is one. */
  min(...args: Rest<typeof reductions.amin>): NDArray {
    return reductions.amin(this, ...args);
  }

  /** The greatest element, NaN where there is one. */
  max(...args: Rest<typeof reductions.amax>): NDArray {
    return reductions.amax(this, ...args);
  }

  /** Where the least element is: along an axis, or in row-major order. */
  argmin(...args: Rest<typeof reductions.argmin>): NDArray {
    return reductions.argmin(this, ...args);
  }

  /** Where the greatest element is: along an axis, or in row-major order. */
  argmax(...args: Rest<typeof reductions.argmax>): NDArray {
    return reductions.argmax(this, ...args);
  }

  /** True where any element is not 0. */
  any(...args: Rest<typeof reductions.any>): NDArray {
    return reductions.any(this, ...args);
  }

  /** True where no element is 0. */
  all(...args: Rest<typeof reductions.all>): NDArray {
    return reductions.all(this, ...args);
  }

  /** Running sums, along an axis or over all elements. */
  cumsum(...args: Rest<typeof reductions.cumsum>): NDArray {
    return reductions.cumsum(this, ...args);
  }

  /** Running products, along an axis or over all elements. */
  cumprod(...args: Rest<typeof reductions.cumprod>): NDArray {
    return reductions.cumprod(this, ...args);
  }

  /** The sum of a diagonal. */
  trace(...args: Rest<typeof reductions.trace>): NDArray {
    return reductions.trace(this, ...args);
  }

  /** `repr(x)` */
  repr(): string {
    return this.isScalar ? scalarRepr(elements(this)[0]!, this.dtype) : arrayRepr(this);
  }

  /** `str(x)` */
  toString(): string {
    return this.isScalar ? scalarStr(elements(this)[0]!, this.dtype) : arrayStr(this);
  }
}
