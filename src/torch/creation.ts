// New tensors: of values, of shapes, of ranges. Like PyTorch's functions, they take the shape one by one or as a list.

import { isOptions } from "../core/arguments.ts";
import type { DType } from "../core/dtype.ts";
import { type Scalar, setterOf } from "../core/elements.ts";
import { PythonTypeError, RuntimeError } from "../core/errors.ts";
import { contiguousStrides, Layout, type Shape } from "../core/layout.ts";
import { execute } from "../devices/index.ts";
import { fill } from "../ops/copying.ts";
import { makeTensor } from "./base.ts";
import { type CreationOptions, dtypeOr, finish } from "./creation-options.ts";
import { checkedShape, type Numbers, numbersOf } from "./dims.ts";
import { typeName } from "./errors.ts";
import { functionMode } from "./function-mode.ts";
import { into, storeOut } from "./in-place.ts";
import { formattedLayout, type MemoryFormat, preserveFormat } from "./memory-format.ts";
import { getDefaultDtype, plainScalar, type ScalarLike, scalarType } from "./promotion.ts";
import { checkFilling, isOperand } from "./sequences.ts";
import { allocate, unwritten } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** Options of functions that make a tensor like another. */
export interface LikeOptions extends CreationOptions {
  readonly memoryFormat?: MemoryFormat | null;
}

/** A shape one by one or as a list, then possibly options. */
export type ShapeArguments<Options> = readonly (number | Shape | (Options & { readonly size?: Shape }))[];

/** The shape and the options of a call. */
export function shapeArguments<Options extends object>(
  args: ShapeArguments<Options>,
): { shape: Shape; options: Options } {
  const last = args.at(-1);
  const options = (isOptions(last) ? last : {}) as Options & { readonly size?: Shape };
  const rest = (isOptions(last) ? args.slice(0, -1) : args) as Numbers;
  return { shape: checkedShape(rest.length === 0 && options.size ? options.size : numbersOf(rest)), options };
}

/** Fills a tensor with one value; nothing is checked or recorded. */
export function filled(tensor: Tensor, value: Scalar): Tensor {
  execute(fill, [], [tensor], { value });
  return tensor;
}

/** @throws TypeError for a length that is no integer */
function checkLengths(caller: string, size: readonly unknown[]): void {
  const isWhole = (length: unknown): boolean =>
    Number.isInteger(length) ||
    typeof length === "bigint" ||
    (isOperand(length) && length.layout.dtype.isInteger);
  const [first] = size;
  if (Array.isArray(first)) {
    const at = first.findIndex((length) => !isWhole(length));
    if (at < 0) return;
    throw new PythonTypeError(
      `${caller}(): argument 'size' (position 1) must be tuple of ints, but found element of type ${typeName(first[at])} at pos ${at}`,
    );
  }
  const at = size.findIndex((length) => !isWhole(length) && !isOptions(length));
  if (at < 0) return;
  throw new PythonTypeError(
    at === 0
      ? `${caller}(): argument 'size' (position 1) must be tuple of ints, not ${typeName(first)}`
      : `${caller}(): argument 'size' failed to unpack the object at pos ${at + 1} with error "type must be tuple of ints,but got ${typeName(size[at])}"`,
  );
}

function constant(caller: string, args: ShapeArguments<CreationOptions>, value: number): Tensor {
  checkLengths(caller, args);
  const { shape, options } = shapeArguments(args);
  const dtype = dtypeOr(options, getDefaultDtype());
  if (options.out !== null && options.out !== undefined) return filledOut(caller, options.out, shape, value);
  const layout = Layout.contiguous(dtype, shape);
  return finish(value === 0 ? allocate(layout) : filled(unwritten(layout), value), options);
}

/** One value in a shape, stored in `out`. */
function filledOut(caller: string, out: Tensor, shape: Shape, value: Scalar): Tensor {
  return storeOut(out, filled(unwritten(Layout.contiguous(out.dtype, shape)), value), caller, []);
}

/** What `zeros` alone says of a length below 0. */
function checkNoNegative(size: readonly unknown[]): void {
  if (size.flat().some((length) => typeof length === "number" && length < 0)) {
    throw new RuntimeError("zeros: Dimension size must be non-negative.");
  }
}

/** Zeros. */
export function zeros(...size: ShapeArguments<CreationOptions>): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.zeros", zeros, size);
  checkNoNegative(size);
  return constant("zeros", size, 0);
}

/** Ones. */
export function ones(...size: ShapeArguments<CreationOptions>): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.ones", ones, size);
  return constant("ones", size, 1);
}

/** Memory to be written; what is in it until then is not said. */
export function empty(...size: ShapeArguments<CreationOptions>): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.empty", empty, size);
  checkLengths("empty", size);
  const { shape, options } = shapeArguments(size);
  const { out } = options;
  if (out !== null && out !== undefined) return filledOut("empty", out, shape, 0);
  return finish(unwritten(Layout.contiguous(dtypeOr(options, getDefaultDtype()), shape)), options);
}

/** Memory to be written, with strides given. */
export function emptyStrided(size: Shape, stride: readonly number[], options: CreationOptions = {}): Tensor {
  const dtype = dtypeOr(options, getDefaultDtype());
  const length = size.includes(0) ? 0 : size.reduce((sum, each, axis) => sum + (each - 1) * stride[axis]!, 1);
  const { storage } = unwritten(Layout.contiguous(dtype, [length]));
  return finish(makeTensor(storage, new Layout(dtype, size, stride)), options);
}

/** Memory to be written, whose axes lie in memory in an order, the outermost first (`torch.empty_permuted`). */
export function emptyPermuted(
  size: Shape,
  physicalLayout: readonly number[],
  options: CreationOptions = {},
): Tensor {
  if (size.length !== physicalLayout.length) {
    throw new RuntimeError(
      "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = " +
        `${size.length} is not equal to len(physical_layout) = ${physicalLayout.length}`,
    );
  }
  physicalLayout.forEach((axis, i) => {
    if (axis < 0 || axis >= size.length) {
      throw new RuntimeError(
        `Dimension out of range (expected to be between 0 and ${size.length - 1}, but got ${axis} at index ${i}).  NB: ` +
          "negative dims not currently supported; file an issue if you want it.",
      );
    }
    if (physicalLayout.indexOf(axis) < i) throw new RuntimeError("Duplicate dim not allowed");
  });
  const laid = contiguousStrides(checkedShape(physicalLayout.map((axis) => size[axis]!)));
  const strides = size.map((_, axis) => laid[physicalLayout.indexOf(axis)]!);
  return emptyStrided(size, strides, options);
}

/** One value in a shape; its type is the value's unless one is given. */
export function full(size: Shape, fillValue: ScalarLike, options: CreationOptions = {}): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.full", full, [size, fillValue, options]);
  if (fillValue === undefined) {
    throw new PythonTypeError('full() missing 1 required positional arguments: "fill_value"');
  }
  const dtype = dtypeOr(options, scalarType(fillValue));
  checkFilling(plainScalar(fillValue), options.out?.dtype ?? dtype);
  if (options.out) return filledOut("full", options.out, checkedShape(size), plainScalar(fillValue));
  return finish(
    filled(unwritten(Layout.contiguous(dtype, checkedShape(size))), plainScalar(fillValue)),
    options,
  );
}

/** The layout in a tensor's shape, type and order of memory. */
function like(input: Tensor, options: LikeOptions): Layout {
  const { shape, strides } = formattedLayout(input.layout, options.memoryFormat ?? preserveFormat);
  return new Layout(dtypeOr(options, input.dtype), shape, strides);
}

/** Zeros in a tensor's shape, type and order of memory. */
export function zerosLike(input: Tensor, options: LikeOptions = {}): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.zerosLike", zerosLike, [input, options]);
  return finish(allocate(like(input, options)), options);
}

/** Ones in a tensor's shape, type and order of memory. */
export function onesLike(input: Tensor, options: LikeOptions = {}): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.onesLike", onesLike, [input, options]);
  return finish(filled(unwritten(like(input, options)), 1), options);
}

/** Memory in a tensor's shape, type and order of memory. */
export function emptyLike(input: Tensor, options: LikeOptions = {}): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.emptyLike", emptyLike, [input, options]);
  return finish(unwritten(like(input, options)), options);
}

/** One value in a tensor's shape, type and order of memory. */
export function fullLike(input: Tensor, fillValue: ScalarLike, options: LikeOptions = {}): Tensor {
  if (functionMode.now !== null)
    return functionMode.now.call("torch.fullLike", fullLike, [input, fillValue, options]);
  const value = plainScalar(fillValue);
  checkFilling(value, dtypeOr(options, input.dtype));
  return finish(filled(unwritten(like(input, options)), value), options);
}

/** A tensor of one axis, element by element. */
export function generated(dtype: DType, count: number, value: (i: number) => Scalar): Tensor {
  const tensor = unwritten(Layout.contiguous(dtype, [count]));
  const array = tensor.storage.look(dtype);
  const set = setterOf(dtype);
  for (let i = 0; i < count; i++) set(array, i, value(i));
  return tensor;
}

/** Ones on the main diagonal of a matrix of n rows and m (or n) columns. */
export function eye(n: number, m?: number | CreationOptions, options?: CreationOptions): Tensor {
  const named = (isOptions(m) ? m : (options ?? {})) as CreationOptions;
  const columns = typeof m === "number" ? m : n;
  for (const [name, length] of [
    ["n", n],
    ["m", columns],
  ] as const) {
    if (length < 0) throw new RuntimeError(`${name} must be greater or equal to 0, got ${length}`);
  }
  const tensor = allocate(Layout.contiguous(dtypeOr(named, getDefaultDtype()), checkedShape([n, columns])));
  const array = tensor.storage.view(tensor.dtype);
  const set = setterOf(tensor.dtype);
  for (let i = 0; i < Math.min(n, columns); i++) set(array, i * columns + i, 1);
  return into(finish(tensor, named), named.out, "eye", []);
}

/** A 0-d tensor of one value, float32 unless a type is given. */
export function scalarTensor(value: ScalarLike, options: CreationOptions = {}): Tensor {
  return full([], value, { ...options, dtype: dtypeOr(options, getDefaultDtype()) });
}
