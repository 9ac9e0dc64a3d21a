// What convolutions, pooling and resizing have in common: images whose channels come first or last in Keras, always with the
// channels first here, and Keras's paddings.

import { known, type LayerCall, onlyInput, type Scope, toFirst, toLast, type Value } from "./scope.ts";
import type { Settings } from "./settings.ts";

/** A tensor of images, channels behind the batch, with its lengths. */
export interface Images {
  readonly value: Value;
  readonly channels: number;
  /** Lengths of the spatial axes, null where one is open. */
  readonly sizes: readonly (number | null)[];
  /** The same with other channels and lengths. */
  as(ref: string, channels: number, sizes: readonly (number | null)[]): Value;
}

/** True iff the layer has its channels last. */
export const isChannelsLast = (settings: Settings): boolean =>
  settings.text("data_format", "channels_last") !== "channels_first";

/** The layer's input as images. @throws ValueError where its rank is another, or the number of channels is open */
export function imagesOf(call: LayerCall, spatialAxes: number): Images {
  const given = onlyInput(call);
  const { settings, scope } = call;
  if (given.shape.length !== spatialAxes + 2)
    throw settings.refusal(`its input should have ${spatialAxes + 2} axes, and has ${given.shape.length}`);
  const [batch] = given.shape;
  if (isChannelsLast(settings)) {
    const value = toFirst(scope, given);
    return {
      value,
      channels: known(given.shape.at(-1), settings, "the number of channels"),
      sizes: given.shape.slice(1, -1),
      as: (ref, channels, sizes) => ({ ref, shape: [batch!, ...sizes, channels], axes: "first" }),
    };
  }
  return {
    value: toLast(scope, given),
    channels: known(given.shape[1], settings, "the number of channels"),
    sizes: given.shape.slice(2),
    as: (ref, channels, sizes) => ({ ref, shape: [batch!, channels, ...sizes], axes: "native" }),
  };
}

/** Zeros before and after an axis. */
export type Pads = readonly (readonly [before: number, after: number])[];

/** A window that moves over an axis. */
export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
}

/** Windows of all axes from the settings. */
export function windowsOf(
  settings: Settings,
  count: number,
  kernel: string,
  strideDefault?: number,
): Window[] {
  const kernels = settings.sizes(kernel, count);
  const strides = settings.has("strides")
    ? settings.sizes("strides", count)
    : strideDefault === undefined
      ? kernels
      : new Array<number>(count).fill(strideDefault);
  const dilations = settings.sizes("dilation_rate", count, 1);
  return kernels.map((each, axis) => ({ kernel: each, stride: strides[axis]!, dilation: dilations[axis]! }));
}

const spanOf = ({ kernel, dilation }: Window): number => (kernel - 1) * dilation + 1;

/**
 * Keras's padding: of 'same' (ceil(n / stride) - 1) stride + span - n, the odd one at the end; of 'causal' all before.
 * @throws ValueError where a stride is not 1 and the length is open
 */
export function padsOf(
  settings: Settings,
  windows: readonly Window[],
  sizes: readonly (number | null)[],
): Pads {
  const padding = settings.text("padding", "valid");
  if (padding === "valid") return windows.map(() => [0, 0]);
  if (padding === "causal") return windows.map((window) => [spanOf(window) - 1, 0]);
  if (padding !== "same") throw settings.refusal(`padding="${padding}" cannot be made`);
  return windows.map((window, axis) => {
    const { stride } = window;
    let total = spanOf(window) - 1;
    if (stride !== 1) {
      const length = known(sizes[axis], settings, "the size of its input, on which padding='same' depends,");
      total = Math.max((Math.ceil(length / stride) - 1) * stride + spanOf(window) - length, 0);
    }
    const before = Math.floor(total / 2);
    return [before, total - before];
  });
}

/** The length that windows leave of a padded axis. */
export function lengthAfter(
  length: number | null | undefined,
  window: Window,
  [before, after]: readonly [number, number],
): number | null {
  if (typeof length !== "number") return null;
  return Math.floor((length + before + after - spanOf(window)) / window.stride) + 1;
}

/** True iff every axis is padded alike at both ends. */
export const isSymmetric = (pads: Pads): boolean => pads.every(([before, after]) => before === after);

/** A step that pads the spatial axes, which are the last ones; none where there is nothing to add. */
export function padded(scope: Scope, ref: string, pads: Pads, value: unknown = 0): string {
  if (pads.every(([before, after]) => before === 0 && after === 0)) return ref;
  const flat = pads.toReversed().flat();
  const kw = value === 0 ? undefined : { value };
  return scope.op("padded", "F.pad", [ref, flat], kw);
}
