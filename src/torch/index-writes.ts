// Slices and elements written at the positions of a 1-D index: index_add, index_copy, index_fill, index_reduce
// (ATen/native/TensorAdvancedIndexing.cpp). Each is a scatter whose index is stretched to the slices.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, int32, int64 } from "../core/dtype.ts";
import { elements, toNumber } from "../core/elements.ts";
import { IndexError, RuntimeError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import * as ops from "../ops/indexing.ts";
import { TensorBase } from "./base.ts";
import { choose } from "./choice.ts";
import { wrapDim } from "./dims.ts";
import type { OutOptions } from "./elementwise.ts";
import { scalarTypeName, shapeText } from "./errors.ts";
import { into } from "./in-place.ts";
import { longIndex } from "./index-checks.ts";
import { joined, type Reduction } from "./joining.ts";
import { named } from "./node.ts";
import { plainScalar, type ScalarLike } from "./promotion.ts";
import { replaced } from "./replacing.ts";
import { allocate, run, scalarOperand } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** A vector of positions as an index of a shape: along the axis its own elements, the same for all others. */
function alongAxis(index: Tensor, shape: readonly number[], axis: number): Tensor {
  const flat = longIndex(index).reshape(shape.map((_, each) => (each === axis ? index.layout.size : 1)));
  return flat.expand(shape.with(axis, index.layout.size));
}

/** What is written to and what is written, with at least one axis. */
function lifted(tensor: Tensor): Tensor {
  return tensor.ndim === 0 ? tensor.reshape([1]) : tensor;
}

/** Runs on tensors of at least one axis. */
function lifting(input: Tensor, compute: (input: Tensor) => Tensor, label: string): Tensor {
  const result = compute(lifted(input));
  if (input.ndim > 0) return named(result, label);
  const back = result.reshape([]);
  back.base = null;
  return named(back, label);
}

/** Checks positions, where they are known. */
function positionsOf(
  index: Tensor,
  length: number,
  fails: (position: number) => Error,
  fromEnd = false,
): void {
  if (!index.storage.hasValues) return;
  for (const value of elements(index)) {
    const position = toNumber(value);
    if (position >= (fromEnd ? -length : 0) && position < length) continue;
    throw fails(position);
  }
}

const outside = (
  axis: number,
  length: number,
  Class: typeof IndexError | typeof RuntimeError,
  before = "",
) => {
  return (position: number): Error =>
    new Class(`${before}index ${position} is out of bounds for dimension ${axis} with size ${length}`);
};

interface IndexedOptions extends OutOptions {
  readonly dim: number;
  readonly index: Tensor;
  readonly source: Tensor;
}

type IndexedArguments<Options> = Signature<[dim: number, index: Tensor, source: Tensor], Partial<Options>>;

/** The checks that `index_add` and `index_reduce` share. @returns the axis */
function checkIndexed(name: string, input: Tensor, { dim, index, source }: IndexedOptions): number {
  const axis = wrapDim(dim, input.ndim);
  if (index.ndim > 1) {
    throw new IndexError(
      `${name}(): Index is supposed to be a vector, but got dim: ${index.ndim} with type: ` +
        `${scalarTypeName(index.dtype)} and size: ${shapeText(index.shape)}`,
    );
  }
  if (index.dtype !== int64 && index.dtype !== int32) {
    throw new RuntimeError(
      `${name}(): Expected dtype int32/int64 for index but got: ${scalarTypeName(index.dtype)}`,
    );
  }
  if (source.dtype !== input.dtype) {
    throw new RuntimeError(
      `${name}(): self (${scalarTypeName(input.dtype)}) and source (${scalarTypeName(source.dtype)}) must have the same scalar type`,
    );
  }
  const rest = (shape: readonly number[]): string => shape.filter((_, each) => each !== axis).join();
  if (source.ndim > 0 && (source.ndim !== input.ndim || rest(source.shape) !== rest(input.shape))) {
    throw new RuntimeError(
      "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = " +
        `${shapeText(input.shape)} source.shape = ${shapeText(source.shape)}`,
    );
  }
  const count = source.ndim === 0 ? 1 : source.shape[axis]!;
  if (index.layout.size !== count) {
    throw new RuntimeError(
      `${name}(): Number of indices (${index.layout.size}) should be equal to source.size(dim): (${count}), for dim: ${axis}`,
    );
  }
  return axis;
}

interface IndexAddOptions extends IndexedOptions {
  /** What the source is multiplied by. */
  readonly alpha?: ScalarLike;
}

function indexAddArguments(args: readonly unknown[]): Required<IndexAddOptions> {
  const names = ["dim", "index", "source"] as const;
  return bind<Required<IndexAddOptions>>("index_add", names, args, { alpha: 1, out: null });
}

function scaled(source: Tensor, alpha: ScalarLike): Tensor {
  const factor = plainScalar(alpha);
  return factor === 1 || factor === true ? source : source.mul(scalarOperand(factor, source.dtype));
}

function indexAdded(input: Tensor, bound: Required<IndexAddOptions>): Tensor {
  const { index, source, alpha } = bound;
  const axis = checkIndexed("index_add_", input, bound);
  const length = input.shape[axis] ?? 1;
  positionsOf(index, length, outside(axis, length, RuntimeError));
  const values = lifted(scaled(source, alpha));
  const add = (target: Tensor): Tensor =>
    run(ops.scatterAdd, [target, alongAxis(index, values.shape, axis), values], { axis });
  return lifting(input, add, "IndexAddBackward0");
}

/** A copy with slices, times `alpha`, added at positions along an axis (`torch.index_add`). */
export function indexAdd(input: Tensor, ...args: IndexedArguments<IndexAddOptions>): Tensor {
  const bound = indexAddArguments(args);
  return into(indexAdded(input, bound), bound.out, "index_add", [input]);
}

/** `indexAdd` in place. */
export function indexAdd_(input: Tensor, ...args: IndexedArguments<IndexAddOptions>): Tensor {
  const bound = indexAddArguments(args);
  return replaced(input, [bound.source], (before) => indexAdded(before, bound));
}

interface IndexReduceOptions extends IndexedOptions {
  readonly reduce: Reduction;
  /** Whether what stands at a place is joined too. */
  readonly includeSelf?: boolean;
}

type IndexReduceArguments = Signature<
  [dim: number, index: Tensor, source: Tensor, reduce: Reduction],
  Partial<IndexReduceOptions>
>;

function indexReduceArguments(args: readonly unknown[]): Required<IndexReduceOptions> {
  const names = ["dim", "index", "source", "reduce"] as const;
  return bind<Required<IndexReduceOptions>>("index_reduce", names, args, { includeSelf: true, out: null });
}

function indexReduced(input: Tensor, bound: Required<IndexReduceOptions>): Tensor {
  const { index, source, reduce, includeSelf } = bound;
  if (!["prod", "mean", "amax", "amin"].includes(reduce)) {
    throw new RuntimeError(
      `index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got ${reduce}.`,
    );
  }
  const axis = checkIndexed("index_reduce_", input, bound);
  positionsOf(index, input.shape[axis] ?? 1, () => new IndexError("index out of range in self"));
  const values = lifted(source);
  const whole = alongAxis(index, values.shape, axis);
  const scatter = { axis, index: whole, source: values, isEmpty: whole.layout.size === 0 };
  return lifting(input, (target) => joined(target, scatter, reduce, includeSelf), "IndexReduceBackward0");
}

/** A copy with slices joined, by product, mean or extreme, at positions along an axis (`torch.index_reduce`). */
export function indexReduce(input: Tensor, ...args: IndexReduceArguments): Tensor {
  const bound = indexReduceArguments(args);
  return into(indexReduced(input, bound), bound.out, "index_reduce", [input]);
}

/** `indexReduce` in place. */
export function indexReduce_(input: Tensor, ...args: IndexReduceArguments): Tensor {
  const bound = indexReduceArguments(args);
  return replaced(input, [bound.source], (before) => indexReduced(before, bound));
}

function indexCopyArguments(args: readonly unknown[]): Required<IndexedOptions> {
  return bind<Required<IndexedOptions>>("index_copy", ["dim", "index", "source"], args, { out: null });
}

function checkCopied(input: Tensor, axis: number, index: Tensor, source: Tensor): void {
  const count = index.layout.size;
  if (index.ndim > 1) {
    throw new IndexError(`index_copy_(): Index should have dimension 1 or 0 (got ${index.ndim})`);
  }
  if (source.ndim === 0 && count !== 1) {
    throw new IndexError(
      `index_copy_(): When source is scalar, index should have one element (got ${count})`,
    );
  }
  if (source.ndim !== input.ndim && source.ndim > 0 && input.ndim > 0) {
    throw new IndexError(
      `index_copy_(): When source and destination are not scalars, their dimensionality must match. Source ` +
        `dimensionality (${source.ndim}), destination dimensionality (${input.ndim})`,
    );
  }
  if (index.dtype !== int64) {
    throw new RuntimeError(
      `index_copy_(): Expected a long tensor for index, but got ${scalarTypeName(index.dtype)}`,
    );
  }
  if (source.dtype !== input.dtype) {
    throw new RuntimeError(
      `index_copy_(): self and source expected to have the same dtype, but got (self) ${scalarTypeName(input.dtype)} ` +
        `and (source) ${scalarTypeName(source.dtype)}`,
    );
  }
  const slice = (shape: readonly number[]): number[] => shape.filter((_, each) => each !== axis);
  const [to, from] = [slice(input.shape), slice(source.shape)];
  if (source.ndim > 0 && input.ndim > 0 && to.join() !== from.join()) {
    throw new RuntimeError(
      "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: " +
        `${to.join(" ")} at dimension ${axis} and source slice shape: ${from.join(" ")} at dimension 0.`,
    );
  }
  if (source.ndim > 0 && count !== source.shape[axis]) {
    throw new IndexError(
      `index_copy_(): Number of indices (${count}) should be equal to source.size(dim) (${source.shape[axis]})`,
    );
  }
}

function indexCopied(input: Tensor, { dim, index, source }: IndexedOptions): Tensor {
  const axis = wrapDim(dim, input.ndim);
  checkCopied(input, axis, index, source);
  const length = input.shape[axis] ?? 1;
  positionsOf(index, length, outside(axis, length, IndexError, "index_copy_(): "));
  const values = lifted(source);
  const write = (target: Tensor): Tensor =>
    run(ops.scatter, [target, alongAxis(index, values.shape, axis), values], { axis });
  return lifting(input, write, "IndexCopyBackward0");
}

/** A copy with slices written at positions along an axis (`torch.index_copy`). */
export function indexCopy(input: Tensor, ...args: IndexedArguments<IndexedOptions>): Tensor {
  const bound = indexCopyArguments(args);
  return into(indexCopied(input, bound), bound.out, "index_copy", [input]);
}

/** `indexCopy` in place. */
export function indexCopy_(input: Tensor, ...args: IndexedArguments<IndexedOptions>): Tensor {
  const bound = indexCopyArguments(args);
  return replaced(input, [bound.source], (before) => indexCopied(before, bound));
}

interface IndexFillOptions {
  readonly dim: number;
  readonly index: Tensor;
  readonly value: Tensor | ScalarLike;
}

type IndexFillArguments = Signature<
  [dim: number, index: Tensor, value: Tensor | ScalarLike],
  IndexFillOptions
>;

function indexFillArguments(args: readonly unknown[]): IndexFillOptions {
  return bind<IndexFillOptions>("index_fill", ["dim", "index", "value"], args, {});
}

/** A value as a 0-d tensor of a type. */
function fillingOf(value: Tensor | ScalarLike, { dtype }: Tensor): Tensor {
  const isComplex =
    value instanceof TensorBase
      ? value.dtype.isComplex
      : typeof plainScalar(value as ScalarLike) === "object";
  if (value instanceof TensorBase && value.ndim > 0) {
    throw new RuntimeError(
      `index_fill_ only supports a 0-dimensional value tensor, but got tensor with ${value.ndim} dimension(s).`,
    );
  }
  if (isComplex && !dtype.isComplex) {
    throw new RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported");
  }
  if (value instanceof TensorBase) return (value as Tensor).to(dtype);
  return scalarOperand(plainScalar(value as ScalarLike), dtype);
}

function indexFilled(input: Tensor, { dim, index, value }: IndexFillOptions): Tensor {
  if (index.dtype !== int64) throw new IndexError("index_fill_(): Expected dtype int64 for index.");
  const axis = wrapDim(dim, input.ndim);
  if (index.ndim > 1) throw new RuntimeError("Index has to be a vector/scalar");
  const filling = fillingOf(value, input);
  const length = input.shape[axis] ?? 1;
  positionsOf(index, length, outside(axis, length, IndexError), true);
  const positions = choose(index.lt(0), index.add(length), index);
  const fill = (target: Tensor): Tensor => {
    const isFilled = allocate(Layout.contiguous(bool, [length])).scatter(0, positions.reshape([-1]), true);
    const mask = isFilled.reshape(target.shape.map((_, each) => (each === axis ? length : 1)));
    return choose(mask, filling, target);
  };
  return lifting(input, fill, value instanceof TensorBase ? "IndexFillBackward1" : "IndexFillBackward0");
}

/** A copy with one value in the slices at positions along an axis (`torch.index_fill`). */
export function indexFill(input: Tensor, ...args: IndexFillArguments): Tensor {
  return indexFilled(input, indexFillArguments(args));
}

/** `indexFill` in place. */
export function indexFill_(input: Tensor, ...args: IndexFillArguments): Tensor {
  const bound = indexFillArguments(args);
  const sources = bound.value instanceof TensorBase ? [bound.value as Tensor] : [];
  return replaced(input, sources, (before) => indexFilled(before, bound));
}
