// Keras's convolutions (keras/src/layers/convolutional, Keras 3.15). Padding that is alike at both ends is the module's, other
// padding is a step before it.

import type { Step } from "../../rules/steps.ts";
import type { ModuleSpec } from "../../spec.ts";
import { activated } from "./activations.ts";
import type { LayerCall, Maker, Value } from "./scope.ts";
import {
  type Images,
  imagesOf,
  isSymmetric,
  lengthAfter,
  type Pads,
  padded,
  padsOf,
  type Window,
  windowsOf,
} from "./spatial.ts";

/** [...spatial, in, out] to [out, in, ...spatial]. */
function kernelSteps(axes: number): Step[] {
  return [{ op: "transpose", axes: [axes + 1, axes, ...Array.from({ length: axes }, (_, i) => i)] }];
}

/** [...spatial, channel, multiplier] to [channel * multiplier, 1, ...spatial]. */
function depthwiseSteps(windows: readonly Window[], out: number): Step[] {
  const axes = windows.length;
  return [
    { op: "transpose", axes: [axes, axes + 1, ...windows.map((_, i) => i)] },
    { op: "reshape", shape: [out, 1, ...windows.map(({ kernel }) => kernel)] },
  ];
}

/** A convolution and where its padding is. */
interface Convolution {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly windows: readonly Window[];
  readonly groups: number;
  readonly bias: boolean;
  readonly pads: Pads;
}

const some = (numbers: readonly number[], usual: number): boolean => numbers.some((each) => each !== usual);

/** torch's module; it pads where the padding is alike at both ends. */
function moduleOf({ inChannels, outChannels, windows, groups, bias, pads }: Convolution): ModuleSpec {
  const strides = windows.map(({ stride }) => stride);
  const dilations = windows.map(({ dilation }) => dilation);
  const padding = pads.map(([before]) => before);
  const args: Record<string, unknown> = {
    in_channels: inChannels,
    out_channels: outChannels,
    kernel_size: windows.map(({ kernel }) => kernel),
  };
  if (some(strides, 1)) args.stride = strides;
  if (isSymmetric(pads) && some(padding, 0)) args.padding = padding;
  if (some(dilations, 1)) args.dilation = dilations;
  if (groups !== 1) args.groups = groups;
  if (!bias) args.bias = false;
  return { type: `Conv${windows.length}d`, args };
}

/** What comes out, from the images that go in and how the result is referred to. */
function resultOf(call: LayerCall, images: Images, made: Convolution, ref: string): Value {
  const sizes = images.sizes.map((size, axis) => lengthAfter(size, made.windows[axis]!, made.pads[axis]!));
  return activated(call, images.as(ref, made.outChannels, sizes));
}

function bindBias(call: LayerCall, entry: string, bias: boolean): void {
  if (bias) call.scope.bind(call, entry, ["bias"], { kind: "rename" });
}

const convolution =
  (axes: number): Maker =>
  (call) => {
    const { scope, settings } = call;
    const images = imagesOf(call, axes);
    const windows = windowsOf(settings, axes, "kernel_size", 1);
    const pads = padsOf(settings, windows, images.sizes);
    const made: Convolution = {
      inChannels: images.channels,
      outChannels: settings.number("filters"),
      windows,
      groups: settings.number("groups", 1),
      bias: settings.flag("use_bias", true),
      pads,
    };
    const child = scope.child(call, moduleOf(made));
    scope.bind(call, "weight", ["kernel"], { ops: kernelSteps(axes), kind: "transpose" });
    bindBias(call, "bias", made.bias);
    const ref = isSymmetric(pads) ? images.value.ref : padded(scope, images.value.ref, pads);
    return [resultOf(call, images, made, scope.call(child, [ref]))];
  };

const depthwise =
  (axes: number): Maker =>
  (call) => {
    const { scope, settings } = call;
    const images = imagesOf(call, axes);
    const windows = windowsOf(settings, axes, "kernel_size", 1);
    const made: Convolution = {
      inChannels: images.channels,
      outChannels: images.channels * settings.number("depth_multiplier", 1),
      windows,
      groups: images.channels,
      bias: settings.flag("use_bias", true),
      pads: padsOf(settings, windows, images.sizes),
    };
    const child = scope.child(call, moduleOf(made));
    // Keras 2 calls it depthwise_kernel, Keras 3 kernel.
    const name = scope.hasWeight(call, "depthwise_kernel") ? "depthwise_kernel" : "kernel";
    scope.bind(call, "weight", [name], {
      ops: depthwiseSteps(windows, made.outChannels),
      kind: "transpose and reshape",
    });
    bindBias(call, "bias", made.bias);
    const { ref } = images.value;
    const input = isSymmetric(made.pads) ? ref : padded(scope, ref, made.pads);
    return [resultOf(call, images, made, scope.call(child, [input]))];
  };

const separable =
  (axes: number): Maker =>
  (call) => {
    const { scope, settings } = call;
    const images = imagesOf(call, axes);
    const windows = windowsOf(settings, axes, "kernel_size", 1);
    const pads = padsOf(settings, windows, images.sizes);
    const middle = images.channels * settings.number("depth_multiplier", 1);
    const inner: Convolution = {
      inChannels: images.channels,
      outChannels: middle,
      windows,
      groups: images.channels,
      bias: false,
      pads,
    };
    const point = windows.map(() => ({ kernel: 1, stride: 1, dilation: 1 }));
    const bias = settings.flag("use_bias", true);
    const outer: Convolution = {
      ...inner,
      inChannels: middle,
      outChannels: settings.number("filters"),
      windows: point,
      groups: 1,
      bias,
      pads: point.map(() => [0, 0]),
    };
    const child = scope.child(call, {
      type: "Sequential",
      children: { depthwise: moduleOf(inner), pointwise: moduleOf(outer) },
    });
    scope.bind(call, "depthwise.weight", ["depthwise_kernel"], {
      ops: depthwiseSteps(windows, middle),
      kind: "transpose and reshape",
    });
    scope.bind(call, "pointwise.weight", ["pointwise_kernel"], { ops: kernelSteps(axes), kind: "transpose" });
    bindBias(call, "pointwise.bias", bias);
    const { ref } = images.value;
    const input = isSymmetric(pads) ? ref : padded(scope, ref, pads);
    const result = { ...inner, outChannels: outer.outChannels };
    return [resultOf(call, images, result, scope.call(child, [input]))];
  };

/** Per axis: torch's padding and output padding, what is cut off at the end, and the length that is left. */
interface Transposed {
  readonly padding: number;
  readonly outputPadding: number;
  readonly cut: number;
  length(input: number): number;
}

/**
 * The whole result has (n - 1) stride + span elements. 'same' leaves n stride of them: what is too much is cut off, the
 * smaller half in front; what is missing is added behind. 'valid' leaves at least n stride.
 */
function transposedAxis(window: Window, isSame: boolean, outputPadding: number | undefined): Transposed {
  const { stride } = window;
  const span = (window.kernel - 1) * window.dilation + 1;
  const whole = (input: number): number => (input - 1) * stride + span;
  if (outputPadding !== undefined) {
    // With an explicit output padding Keras takes half the kernel off at both ends, whatever the stride is.
    const padding = isSame ? Math.floor(window.kernel / 2) : 0;
    const length = (input: number): number => whole(input) + outputPadding - 2 * padding;
    return { padding, outputPadding, cut: 0, length };
  }
  const excess = span - stride;
  if (excess <= 0 || !isSame) {
    const added = Math.max(-excess, 0);
    return { padding: 0, outputPadding: added, cut: 0, length: (input) => whole(input) + added };
  }
  const padding = Math.floor(excess / 2);
  return { padding, outputPadding: 0, cut: excess - 2 * padding, length: (input) => input * stride };
}

const transposed =
  (axes: number): Maker =>
  (call) => {
    const { scope, settings } = call;
    const images = imagesOf(call, axes);
    const windows = windowsOf(settings, axes, "kernel_size", 1);
    const extra = settings.has("output_padding") ? settings.sizes("output_padding", axes) : undefined;
    const isSame = settings.text("padding", "valid") === "same";
    const plans = windows.map((window, axis) => transposedAxis(window, isSame, extra?.[axis]));
    const bias = settings.flag("use_bias", true);
    const out = settings.number("filters");
    const args: Record<string, unknown> = {
      in_channels: images.channels,
      out_channels: out,
      kernel_size: windows.map(({ kernel }) => kernel),
      stride: windows.map(({ stride }) => stride),
      padding: plans.map(({ padding }) => padding),
      output_padding: plans.map(({ outputPadding }) => outputPadding),
      dilation: windows.map(({ dilation }) => dilation),
      bias,
    };
    const groups = settings.number("groups", 1);
    if (groups !== 1) throw settings.refusal("groups of a transposed convolution cannot be made");
    const child = scope.child(call, { type: `ConvTranspose${axes}d`, args });
    scope.bind(call, "weight", ["kernel"], { ops: kernelSteps(axes), kind: "transpose", why: "no flip" });
    bindBias(call, "bias", bias);
    let ref = scope.call(child, [images.value.ref]);
    if (plans.some(({ cut }) => cut > 0)) {
      const slices = plans.map(({ cut }) => ({ slice: [null, cut === 0 ? null : -cut, null] }));
      ref = scope.op("cut", "operator.getitem", [ref, [{ ellipsis: true }, ...slices]]);
    }
    const sizes = images.sizes.map((size, axis) => (size === null ? null : plans[axis]!.length(size)));
    return [activated(call, images.as(ref, out, sizes))];
  };

/** Convolutions by class. */
export const convolutionLayers: Readonly<Record<string, Maker>> = {
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  Conv3D: convolution(3),
  DepthwiseConv1D: depthwise(1),
  DepthwiseConv2D: depthwise(2),
  SeparableConv1D: separable(1),
  SeparableConv2D: separable(2),
  Conv1DTranspose: transposed(1),
  Conv2DTranspose: transposed(2),
  Conv3DTranspose: transposed(3),
};
