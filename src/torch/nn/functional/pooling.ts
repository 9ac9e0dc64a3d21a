// torch.nn.functional: max_pool, avg_pool and adaptive_avg_pool over one, two and three spatial axes.

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError } from "../../../core/errors.ts";
import * as operations from "../../../ops/pooling.ts";
import { shapeText } from "../../errors.ts";
import { named } from "../../node.ts";
import { run, runAll } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import { type Size, sizes } from "../sizes.ts";

/** How a window goes over the input. */
export interface WindowSettings {
  readonly kernelSize: Size;
  readonly stride: Size | null;
  readonly padding: Size;
  readonly ceilMode: boolean;
}

/** What max pooling takes by name. */
export interface MaxPoolSettings extends WindowSettings {
  readonly dilation: Size;
}

/** What average pooling takes by name. */
export interface AvgPoolSettings extends WindowSettings {
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;
}

/** Runs `pool` on a batched input; one without batch axis gets it for the call. */
function batched(
  name: string,
  input: Tensor,
  axes: number,
  pool: (input: Tensor) => readonly Tensor[],
): readonly Tensor[] {
  const { rank, shape } = input.layout;
  // PyTorch pools lines as planes of height 1, which shows in the name of the last node.
  if (rank === axes + 2)
    return axes > 1 ? pool(input) : pool(input).map((each) => named(each, "SqueezeBackward1"));
  if (rank === axes + 1) return pool(input.unsqueeze(0)).map((each) => each.squeeze(0));
  throw new RuntimeError(
    `${name}${axes}d() Expected ${axes + 1}D or ${axes + 2}D input tensor, but got ${shapeText(shape)}`,
  );
}

/** Letters of two or three spatial axes, as messages name them. */
const axisLetters: Readonly<Record<number, string>> = { 2: "HW", 3: "THW" };

/** `kH: 2 kW: 0` */
function lettered(prefix: string, values: readonly number[]): string {
  return values.map((value, axis) => `${prefix}${axisLetters[values.length]![axis]}: ${value}`).join(" ");
}

/** @throws RuntimeError in PyTorch's words for a setting below one */
function checkPositive(
  name: string,
  axes: number,
  what: string,
  prefix: string,
  values: readonly number[],
): void {
  const wrong = values.find((value) => value <= 0);
  if (wrong === undefined) return;
  throw new RuntimeError(
    axes === 1
      ? `${name}1d() ${what} must be greater than zero, but got ${wrong}`
      : `${what === "kernel_size" ? "kernel size" : what} should be greater than zero, but got ${lettered(prefix, values)}`,
  );
}

/** The window's sizes, checked: a kernel never goes over padding alone, and always goes on. */
function windowOf(
  name: string,
  settings: WindowSettings,
  axes: number,
  dilation: readonly number[],
): operations.WindowAttributes {
  const kernel = sizes(settings.kernelSize, axes);
  const { stride: given } = settings;
  const stride =
    given === null || (typeof given !== "number" && given.length === 0) ? kernel : sizes(given, axes);
  const padding = sizes(settings.padding, axes);
  checkPositive(name, axes, "kernel_size", "k", kernel);
  checkPositive(name, axes, "stride", "d", stride);
  checkPositive(name, axes, "dilation", "dilation", dilation);
  padding.forEach((length, axis) => {
    if (length < 0) throw new RuntimeError(`pad must be non-negative, but got pad: ${length}`);
    if (length > Math.floor((dilation[axis]! * (kernel[axis]! - 1) + 1) / 2)) {
      throw new RuntimeError(
        `pad should be at most half of effective kernel size, but got pad=${length}, kernel_size=${kernel[axis]} and dilation=${dilation[axis]}`,
      );
    }
  });
  return { kernel, stride, padding, ceilMode: settings.ceilMode };
}

/** @throws RuntimeError when the window does not fit the input anywhere */
function checkOutput(
  input: Tensor,
  axes: number,
  window: operations.WindowAttributes,
  dilation: readonly number[],
): void {
  const spatial = input.layout.shape.slice(-axes);
  const channels = input.layout.shape.at(-axes - 1)!;
  const { kernel, stride, padding, ceilMode } = window;
  const lengths = spatial.map((length, axis) => {
    const room = length + 2 * padding[axis]! - dilation[axis]! * (kernel[axis]! - 1) - 1;
    const steps = room / stride[axis]!;
    return (ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
  });
  if (lengths.every((length) => length >= 1)) return;
  const size = (values: readonly number[]) => `(${[channels, ...values].join("x")})`;
  throw new RuntimeError(
    `Given input size: ${size(spatial)}. Calculated output size: ${size(lengths.map((length) => Math.max(length, 0)))}. Output size is too small`,
  );
}

/** Maxima of windows and where they are, as positions in the flattened spatial axes. */
export function maxPool(input: Tensor, axes: number, settings: MaxPoolSettings): readonly [Tensor, Tensor] {
  const dilation = sizes(settings.dilation, axes);
  const window = windowOf("max_pool", settings, axes, dilation);
  checkOutput(input, axes, window, dilation);
  const pooled = batched("max_pool", input, axes, (x) =>
    runAll(operations.maxPool, [x], { ...window, dilation }),
  );
  return [pooled[0]!, pooled[1]!];
}

/** Means of windows. */
export function avgPool(input: Tensor, axes: number, settings: AvgPoolSettings): Tensor {
  const window = windowOf("avg_pool", settings, axes, sizes(1, axes));
  checkOutput(input, axes, window, sizes(1, axes));
  const { countIncludePad, divisorOverride } = settings;
  if (divisorOverride === 0) throw new RuntimeError("divisor must be not zero");
  const attributes = { ...window, countIncludePad, ...(divisorOverride === null ? {} : { divisorOverride }) };
  return batched("avg_pool", input, axes, (x) => [run(operations.avgPool, [x], attributes)])[0]!;
}

/** Means over as many windows as `outputSize` says; null keeps an axis as it is. */
export function adaptiveAvgPool(
  input: Tensor,
  axes: number,
  outputSize: number | null | readonly (number | null)[],
): Tensor {
  const spatial = input.layout.shape.slice(-axes);
  const asked = Array.isArray(outputSize) ? outputSize : new Array(axes).fill(outputSize);
  const size = spatial.map((length, axis): number => (asked[axis] as number | null) ?? length);
  if (size.some((length) => length < 0)) {
    throw new RuntimeError(
      `adaptive_avg_pool2d: elements of output_size must be greater than or equal to 0 but received {${size.join(", ")}}`,
    );
  }
  return batched("adaptive_avg_pool", input, axes, (x) => [
    run(operations.adaptiveAvgPool, [x], { size }),
  ])[0]!;
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
  const pair = maxPool(bound.input, axes, bound);
  return bound.returnIndices ? pair : pair[0];
}

/** Maxima of windows over one axis (torch.nn.functional.max_pool1d). */
export function maxPool1d(...args: MaxPoolArguments): Tensor | readonly [Tensor, Tensor] {
  return maxPoolCall(1, args);
}

/** Maxima of windows over two axes (torch.nn.functional.max_pool2d). */
export function maxPool2d(...args: MaxPoolArguments): Tensor | readonly [Tensor, Tensor] {
  return maxPoolCall(2, args);
}

/** Maxima of windows over three axes (torch.nn.functional.max_pool3d). */
export function maxPool3d(...args: MaxPoolArguments): Tensor | readonly [Tensor, Tensor] {
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
  return avgPoolCall(1, args);
}

/** Means of windows over two axes (torch.nn.functional.avg_pool2d). */
export function avgPool2d(...args: AvgPoolArguments): Tensor {
  return avgPoolCall(2, args);
}

/** Means of windows over three axes (torch.nn.functional.avg_pool3d). */
export function avgPool3d(...args: AvgPoolArguments): Tensor {
  return avgPoolCall(3, args);
}

/** Means over as many windows as asked for, on one axis (torch.nn.functional.adaptive_avg_pool1d). */
export function adaptiveAvgPool1d(input: Tensor, outputSize: number | readonly (number | null)[]): Tensor {
  return adaptiveAvgPool(input, 1, outputSize);
}

/** Means over as many windows as asked for, on two axes (torch.nn.functional.adaptive_avg_pool2d). */
export function adaptiveAvgPool2d(
  input: Tensor,
  outputSize: number | null | readonly (number | null)[],
): Tensor {
  return adaptiveAvgPool(input, 2, outputSize);
}
