// Values written, added and joined at positions along an axis, out of place and in place
// (ATen/native/TensorAdvancedIndexing.cpp, ATen/native/ScatterGatherChecks.h).

import { bind, type Signature } from "../core/arguments.ts";
import { RuntimeError } from "../core/errors.ts";
import * as ops from "../ops/indexing.ts";
import { TensorBase } from "./base.ts";
import { wrapDim } from "./dims.ts";
import type { OutOptions } from "./elementwise.ts";
import { shapeText } from "./errors.ts";
import { into } from "./in-place.ts";
import { checkIndexed, checkPositions, isWithin, longIndex } from "./index-checks.ts";
import { joined, type Reduction, type Scatter } from "./joining.ts";
import { named } from "./node.ts";
import { plainScalar, type ScalarLike } from "./promotion.ts";
import { replaced } from "./replacing.ts";
import { run, scalarOperand } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** @throws RuntimeError where index and source do not go together with what is written to */
function checked(input: Tensor, dim: number, index: Tensor, src: Tensor | ScalarLike): Scatter {
  const source = src instanceof TensorBase ? (src as Tensor) : undefined;
  const axis = wrapDim(dim, input.ndim);
  if (source !== undefined && source.dtype !== input.dtype) {
    throw new RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype");
  }
  checkIndexed(input, index, "scatter");
  const isEmpty = index.layout.size === 0;
  if (!isEmpty) {
    if (source !== undefined && Math.max(source.ndim, 1) !== Math.max(index.ndim, 1)) {
      throw new RuntimeError("Index tensor must have the same number of dimensions as src tensor");
    }
    checkExtent(input, axis, index, source);
    checkPositions(input, axis, index);
  }
  if (source === undefined) {
    const value = scalarOperand(plainScalar(src as ScalarLike), input.dtype);
    return { axis, index: longIndex(index), source: value, isEmpty };
  }
  return { axis, index: longIndex(index), source, isEmpty };
}

function checkExtent(input: Tensor, axis: number, index: Tensor, source: Tensor | undefined): void {
  const isRead = source === undefined || isWithin(index, source.shape, null);
  if (isWithin(index, input.shape, axis) && isRead) return;
  const beside = source === undefined ? "" : ` and to be no larger size than src ${shapeText(source.shape)}`;
  throw new RuntimeError(
    `Expected index ${shapeText(index.shape)} to be no larger than self ${shapeText(input.shape)} apart from dimension ` +
      `${axis}${beside}`,
  );
}

interface ScatterOptions extends OutOptions {
  readonly dim: number;
  readonly index: Tensor;
  readonly src: Tensor | ScalarLike;
  /** The same as `src`, for a number. */
  readonly value?: ScalarLike | null;
  /** "add" or "multiply" instead of writing. */
  readonly reduce?: string | null;
}

type ScatterArguments = Signature<
  [dim: number, index: Tensor, src: Tensor | ScalarLike],
  Partial<ScatterOptions>
>;

type Bound = Required<ScatterOptions>;

function scatterArguments(args: readonly unknown[]): Bound {
  const bound = bind<Bound>("scatter", ["dim", "index", "src"], args, {
    ...(hasValue(args) ? { src: null as unknown as ScalarLike } : {}),
    value: null,
    reduce: null,
    out: null,
  });
  return bound.value === null ? bound : { ...bound, src: bound.value };
}

function hasValue(args: readonly unknown[]): boolean {
  const last = args.at(-1);
  return typeof last === "object" && last !== null && "value" in last;
}

function scattered(input: Tensor, { dim, index, src, reduce }: Bound): Tensor {
  if (reduce !== null && reduce !== "add" && reduce !== "multiply") {
    throw new RuntimeError("reduce argument must be either add or multiply.");
  }
  const scatter = checked(input, dim, index, src);
  if (scatter.isEmpty) return named(input.clone(), "ScatterBackward0");
  const { axis, source } = scatter;
  if (reduce === null) {
    const label = src instanceof TensorBase ? "ScatterBackward0" : "ScatterBackward1";
    return run(ops.scatter, [input, scatter.index, source], { axis }, label);
  }
  const whole = src instanceof TensorBase ? source : source.expand(index.shape);
  return joined(input, { ...scatter, source: whole }, reduce === "add" ? "sum" : "prod", true);
}

/**
 * A copy with values written at positions along an axis (`torch.scatter`).
 * @throws RuntimeError for another type of source, an index that is longer than source or tensor, or a position outside
 */
export function scatter(input: Tensor, ...args: ScatterArguments): Tensor {
  const bound = scatterArguments(args);
  return into(scattered(input, bound), bound.out, "scatter", [input]);
}

/** `scatter` in place. */
export function scatter_(input: Tensor, ...args: ScatterArguments): Tensor {
  const bound = scatterArguments(args);
  const sources = bound.src instanceof TensorBase ? [bound.src as Tensor] : [];
  return replaced(input, sources, (before) => scattered(before, bound));
}

interface AddOptions extends OutOptions {
  readonly dim: number;
  readonly index: Tensor;
  readonly src: Tensor;
}

type AddArguments = Signature<[dim: number, index: Tensor, src: Tensor], AddOptions>;

function addArguments(args: readonly unknown[]): Required<AddOptions> {
  return bind<Required<AddOptions>>("scatter_add", ["dim", "index", "src"], args, { out: null });
}

function added(input: Tensor, { dim, index, src }: AddOptions): Tensor {
  const scatter = checked(input, dim, index, src);
  if (scatter.isEmpty) return named(input.clone(), "ScatterAddBackward0");
  return run(ops.scatterAdd, [input, scatter.index, src], { axis: scatter.axis }, "ScatterAddBackward0");
}

/** A copy with values added at positions along an axis (`torch.scatter_add`). @throws as `scatter` */
export function scatterAdd(input: Tensor, ...args: AddArguments): Tensor {
  const bound = addArguments(args);
  return into(added(input, bound), bound.out, "scatter_add", [input]);
}

/** `scatterAdd` in place. */
export function scatterAdd_(input: Tensor, ...args: AddArguments): Tensor {
  const bound = addArguments(args);
  return replaced(input, [bound.src], (before) => added(before, bound));
}

interface ReduceOptions extends AddOptions {
  readonly reduce: Reduction;
  /** Whether what stands at a place is joined too. */
  readonly includeSelf?: boolean;
}

type ReduceArguments = Signature<
  [dim: number, index: Tensor, src: Tensor, reduce: Reduction],
  Partial<ReduceOptions>
>;

function reduceArguments(args: readonly unknown[]): Required<ReduceOptions> {
  return bind<Required<ReduceOptions>>("scatter_reduce", ["dim", "index", "src", "reduce"], args, {
    includeSelf: true,
    out: null,
  });
}

function reduced(input: Tensor, { dim, index, src, reduce, includeSelf }: Required<ReduceOptions>): Tensor {
  if (!["sum", "prod", "mean", "amax", "amin"].includes(reduce)) {
    throw new RuntimeError(`reduce argument must be either sum, prod, mean, amax or amin, got ${reduce}`);
  }
  return named(joined(input, checked(input, dim, index, src), reduce, includeSelf), "ScatterReduceBackward0");
}

/**
 * A copy with the sums, products, means or extremes of values that go to each position along an axis
 * (`torch.scatter_reduce`). @throws as `scatter`
 */
export function scatterReduce(input: Tensor, ...args: ReduceArguments): Tensor {
  const bound = reduceArguments(args);
  return into(reduced(input, bound), bound.out, "scatter_reduce", [input]);
}

/** `scatterReduce` in place. */
export function scatterReduce_(input: Tensor, ...args: ReduceArguments): Tensor {
  const bound = reduceArguments(args);
  return replaced(input, [bound.src], (before) => reduced(before, bound));
}
