// torch.nn.functional: adaptive_avg_pool and adaptive_max_pool over one, two and three spatial axes: as many windows as
// the result is long, which cover the input.

import { bind, type Signature } from "../../../core/arguments.ts";
import { PythonTypeError, RuntimeError, ValueError } from "../../../core/errors.ts";
import { pooling as operations } from "../../../devices/families/pooling.ts";
import { shapeText, typeName } from "../../errors.ts";
import { functionMode } from "../../function-mode.ts";
import { lacks, type Refusals, refusals, refuse } from "../../refusals.ts";
import { run, runAll } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import { poolLabel } from "./pooling.ts";
import { checkLineRank } from "./pooling-checks.ts";

/** Output lengths; null keeps an axis as long as it is. */
export type OutputSize = number | null | readonly (number | null)[];

type Kind = "avg" | "max";

const kernelName = (kind: Kind, axes: number): string =>
  axes === 3 ? `adaptive_${kind}_pool3d_cpu` : `adaptive_${kind}_pool2d`;

const adaptiveRefusals: Readonly<Record<Kind, readonly Refusals[]>> = {
  avg: [2, 2, 3].map((axes) => refusals(lacks(kernelName("avg", axes), "bool", "rare", "whole", "complex"))),
  max: [2, 2, 3].map((axes) => refusals(lacks(kernelName("max", axes), "bool", "rare", "whole", "complex"))),
};

/** The lengths asked for, those left open being the input's. @throws when they are not one for each axis */
function sizeOf(kind: Kind, axes: number, input: Tensor, asked: OutputSize): number[] {
  const { shape } = input.layout;
  const name = `adaptive_${kind}_pool${axes}d`;
  if (axes === 1) return [lineSize(name, asked)];
  if (asked === null) throw new PythonTypeError("object of type 'NoneType' has no len()");
  if (typeof asked === "number") return new Array<number>(axes).fill(asked);
  if (shape.length <= asked.length)
    throw new ValueError(`Input dimension should be at least ${asked.length + 1}`);
  if (asked.length !== axes) {
    throw new RuntimeError(
      kind === "avg"
        ? `${name}: output_size must be ${axes}`
        : `${name}(): internal error: output_size.size() must be ${axes}`,
    );
  }
  return asked.map((length, axis) => length ?? shape.at(axis - axes)!);
}

function lineSize(name: string, asked: OutputSize): number {
  if (typeof asked === "number") return asked;
  if (asked === null) {
    throw new PythonTypeError(
      `${name}(): argument 'output_size' (position 2) must be tuple of ints, not NoneType`,
    );
  }
  if (asked.length !== 1)
    throw new RuntimeError(`${name}() argument 'output_size' should contain one int (got ${asked.length})`);
  const [length] = asked;
  if (typeof length === "number") return length;
  throw new PythonTypeError(
    `${name}(): argument 'output_size' (position 2) must be tuple of ints, but found element of type ${typeName(length)} at pos 0`,
  );
}

/** PyTorch averages lines as planes of height 1, in errors too. */
function asPlane(kind: Kind, axes: number, shape: readonly number[], size: readonly number[]) {
  return axes === 1 && kind === "avg"
    ? { shape: shape.toSpliced(-1, 0, 1), size: [1, ...size], axes: 2 }
    : { shape, size, axes };
}

/** @throws RuntimeError for an input of another rank, or with nothing to take from; for a length below zero */
function check(kind: Kind, axes: number, input: Tensor, asked: readonly number[]): void {
  if (axes === 1) checkLineRank(`adaptive_${kind}_pool1d`, input);
  const { shape, size, axes: count } = asPlane(kind, axes, input.layout.shape, asked);
  const name = `adaptive_${kind}_pool${count}d`;
  const rank = shape.length;
  if (kind === "avg") checkLengths(name, size);
  if (rank !== count + 1 && rank !== count + 2) {
    throw new RuntimeError(
      `${name}(): Expected ${count + 1}D or ${count + 2}D tensor, but got${kind === "max" ? ":" : ""} ${shapeText(shape)}`,
    );
  }
  // Of an average of planes the channels may be none.
  const first = kind === "avg" && count === 2 ? rank - 2 : 1;
  const empty = shape.findIndex((length, axis) => axis >= first && length === 0);
  if (empty >= 0) {
    throw new RuntimeError(
      `${name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes ${shapeText(shape)} with dimension ${empty} being empty`,
    );
  }
  const negative = size.find((length) => length < 0);
  if (negative !== undefined) {
    const line = axes === 1 ? [1] : [];
    const result = [...shape.slice(0, rank - count), ...line, ...size];
    throw new RuntimeError(
      `Trying to create tensor with negative dimension ${negative}: ${shapeText(result)}`,
    );
  }
  refuse(adaptiveRefusals[kind][axes - 1], input.layout.dtype);
}

function checkLengths(name: string, size: readonly number[]): void {
  if (size.every((length) => length >= 0)) return;
  // The spaces are PyTorch's.
  const text = size.length === 3 ? `${size[0]}, ${size[1]},${size[2]}` : size.join(", ");
  throw new RuntimeError(
    `${name}: elements of output_size must be greater than or equal to 0 but received {${text}}`,
  );
}

/** Means over as many windows as `outputSize` says; null keeps an axis as it is. */
export function adaptiveAvgPool(input: Tensor, axes: number, outputSize: OutputSize): Tensor {
  const size = sizeOf("avg", axes, input, outputSize);
  check("avg", axes, input, size);
  const isMean = axes > 1 && size.every((length) => length === 1);
  const label = isMean ? "MeanBackward1" : poolLabel(axes, "AdaptiveAvgPool_DBackward0");
  return run(operations.adaptiveAvgPool, [input], { size }, label);
}

/** Maxima over as many windows as `outputSize` says, and where they are in the flattened spatial axes. */
export function adaptiveMaxPool(
  input: Tensor,
  axes: number,
  outputSize: OutputSize,
): readonly [Tensor, Tensor] {
  const size = sizeOf("max", axes, input, outputSize);
  check("max", axes, input, size);
  const label = poolLabel(axes, "AdaptiveMaxPool_DBackward0");
  const [values, indices] = runAll(operations.adaptiveMaxPool, [input], { size }, label);
  return [values!, indices!];
}

interface Bound {
  readonly input: Tensor;
  readonly outputSize: OutputSize;
}

type AverageArguments = Signature<[input: Tensor, outputSize: OutputSize], Partial<Bound>>;

function averageCall(axes: number, args: readonly unknown[]): Tensor {
  const { input, outputSize } = bind<Bound>(`adaptive_avg_pool${axes}d`, ["input", "outputSize"], args, {});
  return adaptiveAvgPool(input, axes, outputSize);
}

/** Means over as many windows as asked for, on one axis (torch.nn.functional.adaptive_avg_pool1d). */
export function adaptiveAvgPool1d(...args: AverageArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.adaptiveAvgPool1d", adaptiveAvgPool1d, args);
  return averageCall(1, args);
}

/** Means over as many windows as asked for, on two axes (torch.nn.functional.adaptive_avg_pool2d). */
export function adaptiveAvgPool2d(...args: AverageArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.adaptiveAvgPool2d", adaptiveAvgPool2d, args);
  return averageCall(2, args);
}

/** Means over as many windows as asked for, on three axes (torch.nn.functional.adaptive_avg_pool3d). */
export function adaptiveAvgPool3d(...args: AverageArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.adaptiveAvgPool3d", adaptiveAvgPool3d, args);
  return averageCall(3, args);
}

interface MaximumBound extends Bound {
  readonly returnIndices: boolean;
}

type MaximumArguments = Signature<
  [input: Tensor, outputSize: OutputSize, returnIndices: boolean],
  Partial<MaximumBound>
>;

function maximumCall(axes: number, args: readonly unknown[]): Tensor | readonly [Tensor, Tensor] {
  const bound = bind<MaximumBound>(
    `adaptive_max_pool${axes}d`,
    ["input", "outputSize", "returnIndices"],
    args,
    { returnIndices: false },
  );
  const pair = adaptiveMaxPool(bound.input, axes, bound.outputSize);
  return bound.returnIndices ? pair : pair[0];
}

/** Maxima over as many windows as asked for, on one axis (torch.nn.functional.adaptive_max_pool1d). */
export function adaptiveMaxPool1d(...args: MaximumArguments): Tensor | readonly [Tensor, Tensor] {
  return maximumCall(1, args);
}

/** Maxima over as many windows as asked for, on two axes (torch.nn.functional.adaptive_max_pool2d). */
export function adaptiveMaxPool2d(...args: MaximumArguments): Tensor | readonly [Tensor, Tensor] {
  return maximumCall(2, args);
}

/** Maxima over as many windows as asked for, on three axes (torch.nn.functional.adaptive_max_pool3d). */
export function adaptiveMaxPool3d(...args: MaximumArguments): Tensor | readonly [Tensor, Tensor] {
  return maximumCall(3, args);
}
