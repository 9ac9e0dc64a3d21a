// torch.nn.functional: max_pool and avg_pool over one, two and three spatial axes.

import { bind, type Signature } from "../../../core/arguments.ts";
import { int64 } from "../../../core/dtype.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { pooling as operations } from "../../../devices/families/pooling.ts";
import { functionMode } from "../../function-mode.ts";
import { refuse } from "../../refusals.ts";
import { run, runAll } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import type { Size } from "../sizes.ts";
import {
  type AvgPoolSettings,
  asPlane,
  checkLine,
  checkLineRank,
  checkPool,
  type MaxPoolSettings,
  poolRefusals,
  windowsOf,
} from "./pooling-checks.ts";

/** PyTorch's name of the last node of a pooling of so many axes: lines are pooled as planes of height 1. */
export function poolLabel(axes: number, name: string): string {
  return axes === 1 ? "SqueezeBackward1" : name.replace("_", String(axes));
}

/**
 * Maxima of windows; with `returnIndices` also where they are, as positions in the flattened spatial axes.
 * @throws RuntimeError in PyTorch's words for windows that do not fit
 */
export function maxPool(
  input: Tensor,
  axes: number,
  settings: MaxPoolSettings,
  returnIndices = false,
): Tensor | readonly [Tensor, Tensor] {
  const windows = windowsOf("max", axes, settings);
  if (axes === 1 && !returnIndices) {
    checkLine(input, windows);
    refuse(poolRefusals.max[0], input.layout.dtype);
  } else {
    if (axes === 1) checkLineRank("max_pool1d", input);
    const plane = asPlane(input.layout.shape, windows);
    checkPool(
      axes === 3 ? "max_pool3d_with_indices_out_cpu_template" : "max_pool2d",
      plane.shape,
      plane.windows,
    );
    refuse(poolRefusals.max[Math.max(axes, 2) - 1], input.layout.dtype);
  }
  const label = poolLabel(axes, "MaxPool_DWithIndicesBackward0");
  const [values, indices] = runAll(operations.maxPool, [input], windows, label);
  return returnIndices ? [values!, indices!] : values!;
}

/**
 * Means of windows.
 * @throws RuntimeError in PyTorch's words for windows that do not fit
 */
export function avgPool(input: Tensor, axes: number, settings: AvgPoolSettings): Tensor {
  const windows = windowsOf("avg", axes, settings);
  const { countIncludePad, divisorOverride } = settings;
  if (divisorOverride === 0) throw new RuntimeError("divisor must be not zero");
  if (axes === 1) checkLineRank("avg_pool1d", input);
  const plane = asPlane(input.layout.shape, windows);
  checkPool(axes === 3 ? "avg_pool3d" : "avg_pool2d", plane.shape, plane.windows);
  const { dtype } = input.layout;
  if (dtype !== int64) refuse(poolRefusals.average[axes - 1], dtype);
  const divisor = divisorOverride === null ? {} : { divisorOverride };
  const attributes = { ...windows, countIncludePad, ...divisor };
  return run(operations.avgPool, [input], attributes, poolLabel(axes, "AvgPool_DBackward0"));
}

interface MaxPoolBound extends MaxPoolSettings {
  readonly input: Tensor;
  readonly returnIndices: boolean;
}

type MaxPoolArguments = Signature<
  [input: Tensor, kernelSize: Size, stride: Size | null, padding: Size, dilation: Size, ceilMode: boolean],
  Partial<MaxPoolBound>
>;

function maxPoolCall(axes: number, args: readonly unknown[]): Tensor | readonly [Tensor, Tensor] {
  const names = [
    "input",
    "kernelSize",
    "stride",
    "padding",
    "dilation",
    "ceilMode",
    "returnIndices",
  ] as const;
  const bound = bind<MaxPoolBound>(`max_pool${axes}d`, names, args, {
    stride: null,
    padding: 0,
    dilation: 1,
    ceilMode: false,
    returnIndices: false,
  });
  return maxPool(bound.input, axes, bound, bound.returnIndices);
}

/** Maxima of windows over one axis (torch.nn.functional.max_pool1d). */
export function maxPool1d(...args: MaxPoolArguments): Tensor | readonly [Tensor, Tensor] {
  if (functionMode.now !== null) return functionMode.now.call("F.maxPool1d", maxPool1d, args);
  return maxPoolCall(1, args);
}

/** Maxima of windows over two axes (torch.nn.functional.max_pool2d). */
export function maxPool2d(...args: MaxPoolArguments): Tensor | readonly [Tensor, Tensor] {
  if (functionMode.now !== null) return functionMode.now.call("F.maxPool2d", maxPool2d, args);
  return maxPoolCall(2, args);
}

/** Maxima of windows over three axes (torch.nn.functional.max_pool3d). */
export function maxPool3d(...args: MaxPoolArguments): Tensor | readonly [Tensor, Tensor] {
  if (functionMode.now !== null) return functionMode.now.call("F.maxPool3d", maxPool3d, args);
  return maxPoolCall(3, args);
}

interface AvgPoolBound extends AvgPoolSettings {
  readonly input: Tensor;
}

type AvgPoolArguments = Signature<
  [
    input: Tensor,
    kernelSize: Size,
    stride: Size | null,
    padding: Size,
    ceilMode: boolean,
    countIncludePad: boolean,
    divisorOverride: number | null,
  ],
  Partial<AvgPoolBound>
>;

function avgPoolCall(axes: number, args: readonly unknown[]): Tensor {
  const names = [
    "input",
    "kernelSize",
    "stride",
    "padding",
    "ceilMode",
    "countIncludePad",
    "divisorOverride",
  ] as const;
  const bound = bind<AvgPoolBound>(`avg_pool${axes}d`, names, args, {
    stride: null,
    padding: 0,
    ceilMode: false,
    countIncludePad: true,
    divisorOverride: null,
  });
  return avgPool(bound.input, axes, bound);
}

/** Means of windows over one axis (torch.nn.functional.avg_pool1d). */
export function avgPool1d(...args: AvgPoolArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.avgPool1d", avgPool1d, args);
  return avgPoolCall(1, args);
}

/** Means of windows over two axes (torch.nn.functional.avg_pool2d). */
export function avgPool2d(...args: AvgPoolArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.avgPool2d", avgPool2d, args);
  return avgPoolCall(2, args);
}

/** Means of windows over three axes (torch.nn.functional.avg_pool3d). */
export function avgPool3d(...args: AvgPoolArguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.avgPool3d", avgPool3d, args);
  return avgPoolCall(3, args);
}
