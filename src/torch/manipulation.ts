// Tensors repeated, turned and picked from by positions along an axis.

import { bind, isOptions, type Signature } from "../core/arguments.ts";
import { int32, int64 } from "../core/dtype.ts";
import { elements, toNumber } from "../core/elements.ts";
import { IndexError, RuntimeError } from "../core/errors.ts";
import * as ops from "../ops/indexing.ts";
import { TensorBase } from "./base.ts";
import { choose } from "./choice.ts";
import { checkedShape, type Numbers, numbersOf, wrapDim, wrapDims } from "./dims.ts";
import type { OutOptions } from "./elementwise.ts";
import { functionMode } from "./function-mode.ts";
import { into } from "./in-place.ts";
import { integers } from "./integers.ts";
import { named } from "./node.ts";
import { ownView } from "./own-view.ts";
import { nonzero } from "./positions.ts";
import { notImplemented } from "./refusals.ts";
import { relaid } from "./relaid.ts";
import { cat } from "./stacking.ts";
import { type Input, run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** Elements of `input` where the condition holds, else of `other`; of a condition alone, the positions where it holds. */
export function where(condition: Tensor): Tensor[];
export function where(condition: Tensor, input: Input, other: Input, options?: OutOptions): Tensor;
export function where(
  condition: Tensor,
  input?: Input,
  other?: Input,
  options: OutOptions = {},
): Tensor | Tensor[] {
  if (functionMode.now !== null)
    return functionMode.now.call("torch.where", where, [condition, input, other, options]);
  if (input === undefined || other === undefined) return nonzero(condition, { asTuple: true });
  return into(choose(condition, input, other), options.out, "where", []);
}

/** Picks by an index tensor along each of the axes named: the elements in another order. */
function picked(input: Tensor, axis: number, positions: readonly number[]): Tensor {
  return run(ops.take, [input, integers(positions)], { axis });
}

/** Axes one by one, as a list, or by name. */
function axesOf(args: Numbers | readonly [{ readonly dims: number | readonly number[] }]): readonly number[] {
  const [first] = args;
  if (!isOptions(first)) return numbersOf(args as Numbers);
  const { dims } = first as unknown as { readonly dims: number | readonly number[] };
  return typeof dims === "number" ? [dims] : dims;
}

/** Elements along axes from last to first, in memory of its own. */
export function flip(
  input: Tensor,
  ...args: Numbers | readonly [{ readonly dims: number | readonly number[] }]
): Tensor {
  const axes = wrapDims(axesOf(args), input.ndim);
  let result = input.ndim === 0 || axes.length === 0 ? input.clone() : input;
  for (const axis of input.ndim === 0 ? [] : axes) {
    const length = input.shape[axis]!;
    result = picked(
      result,
      axis,
      Array.from({ length }, (_, i) => length - 1 - i),
    );
  }
  return named(relaid(result, input), "FlipBackward0");
}

/** `flip` of the second axis. */
export function fliplr(input: Tensor): Tensor {
  if (input.ndim < 2) throw new RuntimeError("Input must be >= 2-d.");
  return flip(input, 1);
}

/** `flip` of the first axis. */
export function flipud(input: Tensor): Tensor {
  if (input.ndim < 1) throw new RuntimeError("Input must be >= 1-d.");
  return flip(input, 0);
}

/** Elements moved along axes, those that leave one end coming in at the other; without axes through all elements. */
export function roll(
  input: Tensor,
  shifts: number | readonly number[],
  dims: number | readonly number[] = [],
): Tensor {
  const by = typeof shifts === "number" ? [shifts] : shifts;
  const along = typeof dims === "number" ? [dims] : dims;
  if (by.length === 0) throw new RuntimeError("`shifts` required");
  if (along.length === 0 && by.length === 1) {
    const flat = rolled(input.reshape([input.layout.size]), 0, by[0]!);
    return named(ownView(flat, input.shape), "RollBackward0");
  }
  if (by.length !== along.length) {
    throw new RuntimeError(`shifts and dimensions must align. shifts: ${by.length}, dims:${along.length}`);
  }
  if (input.layout.size === 0) return named(input.clone(), "RollBackward0");
  if (input.ndim === 0) {
    throw new IndexError(`Dimension specified as ${along[0]} but tensor has no dimensions`);
  }
  const result = along.reduce((value, dim, i) => rolled(value, wrapDim(dim, input.ndim), by[i]!), input);
  return named(result, "RollBackward0");
}

function rolled(input: Tensor, axis: number, by: number): Tensor {
  const length = input.shape[axis] ?? 1;
  if (input.layout.size === 0 || input.ndim === 0) return input.clone();
  const start = (((length - by) % length) + length) % length;
  return cat([input.narrow(axis, start, length - start), input.narrow(axis, 0, start)], axis);
}

interface TurnOptions {
  readonly k: number;
  readonly dims: readonly number[];
}

/** A quarter turn in the plane of two axes, k times. */
export function rot90(
  input: Tensor,
  ...args: Signature<[k?: number, dims?: readonly number[]], Partial<TurnOptions>>
): Tensor {
  const { k, dims } = bind<TurnOptions>("rot90", ["k", "dims"], args, { k: 1, dims: [0, 1] });
  if (dims.length !== 2) {
    throw new RuntimeError(`expected total rotation dims == 2, but got dims = ${dims.length}`);
  }
  if (input.ndim < 2) {
    throw new RuntimeError(`expected total dims >= 2, but got total dims = ${input.ndim}`);
  }
  if (dims[0] === dims[1] || Math.abs(dims[0]! - dims[1]!) === input.ndim) {
    throw new RuntimeError(
      `expected rotation dims to be different, but got dim0 = ${dims[0]} and dim1 = ${dims[1]}`,
    );
  }
  const [a, b] = dims.map((dim) => wrapDim(dim, input.ndim)) as [number, number];
  const turns = ((k % 4) + 4) % 4;
  const turned = [
    () => input.clone({ memoryFormat: "torch.contiguous_format" }),
    () => flip(input, b).transpose(a, b),
    () => flip(input, a, b),
    () => flip(input, a).transpose(a, b),
  ][turns]!();
  turned.base = null;
  return named(turned, "Rot90Backward0");
}

/** The tensor repeated along each axis, new axes before the first. */
export function repeat(input: Tensor, ...repeats: Numbers): Tensor {
  const times = numbersOf(repeats);
  const lead = times.length - input.ndim;
  if (lead < 0) {
    throw new RuntimeError(
      "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
    );
  }
  const shape = [...new Array<number>(lead).fill(1), ...input.shape];
  checkedShape(times.map((count, axis) => count * shape[axis]!));
  let result = input.expand(shape);
  times.forEach((count, axis) => {
    const length = shape[axis]!;
    result = picked(
      result,
      axis,
      Array.from({ length: count * length }, (_, i) => i % length),
    );
  });
  return named(result === input || times.length === 0 ? input.clone() : result, "RepeatBackward0");
}

/** As `repeat`, with fewer counts than axes meaning the last axes. */
export function tile(input: Tensor, ...dims: Numbers): Tensor {
  const times = numbersOf(dims);
  const lead = Math.max(input.ndim - times.length, 0);
  return repeat(input, [...new Array<number>(lead).fill(1), ...times]);
}

interface InterleaveOptions {
  readonly repeats: number | Tensor | null;
  readonly dim: number | null;
  /** How long the result's axis is, where that is known. */
  readonly outputSize: number | null;
}

/**
 * Each element several times in a row, along an axis or of all elements. Of counts alone the positions, each as often
 * as it says (`torch.repeat_interleave`).
 * @throws RuntimeError for negative counts, or another number of counts than elements
 */
export function repeatInterleave(
  input: Tensor,
  ...args: Signature<[repeats?: number | Tensor, dim?: number | null], Partial<InterleaveOptions>>
): Tensor {
  const names = ["repeats", "dim"] as const;
  const { repeats, dim, outputSize } = bind<InterleaveOptions>("repeat_interleave", names, args, {
    repeats: null,
    dim: null,
    outputSize: null,
  });
  if (repeats === null) {
    if (input.ndim !== 1) throw new RuntimeError("repeat_interleave only accept 1D vector as repeat");
    const counts = countsOf(input);
    return integers(counts.flatMap((count, i) => new Array<number>(count).fill(i)));
  }
  const source = dim === null ? input.flatten() : input;
  const axis = wrapDim(dim ?? 0, source.ndim);
  const length = source.ndim === 0 ? 1 : source.shape[axis]!;
  const counts = interleaved(repeats, length, axis);
  const positions = counts.flatMap((count, i) => new Array<number>(count).fill(i));
  if (outputSize !== null && outputSize !== positions.length) {
    throw new RuntimeError(
      repeats instanceof TensorBase
        ? "allocated size does not match required size"
        : `repeat_interleave: Invalid output_size, expected ${positions.length} but got ${outputSize}`,
    );
  }
  const result = picked(source.ndim === 0 ? source.reshape([1]) : source, axis, positions);
  return repeats instanceof TensorBase ? result : named(result, "ViewBackward0");
}

/** How often each of `length` elements comes. */
function interleaved(repeats: number | Tensor, length: number, axis: number): number[] {
  if (!(repeats instanceof TensorBase)) {
    const count = Number(repeats);
    if (count < 0) throw new RuntimeError("Repeats must be non-negative");
    return new Array<number>(length).fill(count);
  }
  if (repeats.ndim > 1) throw new RuntimeError("repeats must be 0-dim or 1-dim tensor");
  const counts = countsOf(repeats as Tensor);
  if (counts.length === 1) return new Array<number>(length).fill(counts[0]!);
  if (counts.length === length) return counts;
  throw new RuntimeError(
    "repeats must have the same size as input along dim, but got repeats.size(0) = " +
      `${counts.length} and input.size(${axis}) = ${length}`,
  );
}

function countsOf(repeats: Tensor): number[] {
  if (repeats.dtype !== int64 && repeats.dtype !== int32) {
    throw notImplemented("repeat_interleave_cpu", repeats.dtype);
  }
  const counts = elements(repeats).map(toNumber);
  if (counts.some((count) => count < 0)) throw new RuntimeError("repeats can not be negative");
  return counts;
}
