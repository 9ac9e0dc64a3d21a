// Kernels of convolutions whose sizes do not tell their axes apart, and kernels that are flipped: a true convolution
// reads its kernel backwards, torch.nn.Conv2d does not (documentation of torch.nn.Conv2d: cross-correlation).

import type { Target } from "../../target.ts";
import { type Change, type ChangeFamily, filledTargets, ordersOf, stepsChange } from "../change.ts";

/** What an order of axes is called; others have no name. */
const names: Readonly<Record<string, readonly [kind: string, text: string]>> = {
  "3,2,0,1": ["hwio", "its axes are [height, width, in, out], and its sizes do not show it"],
  "2,1,0": ["hwio", "its axes are [width, in, out], and its sizes do not show it"],
  "4,3,0,1,2": ["hwio", "its axes are [depth, height, width, in, out], and its sizes do not show it"],
  "0,3,1,2": ["ohwi", "its axes are [out, height, width, in], and its sizes do not show it"],
  "0,2,1": ["ohwi", "its axes are [out, width, in], and its sizes do not show it"],
  "1,0": ["in and out swapped", "its axes for in and out are swapped, and its sizes do not show it"],
  "0,1,3,2": ["height and width swapped", "height and width are swapped, and its sizes do not show it"],
  "1,0,3,2": [
    "in and out swapped",
    "in and out, and height and width, are swapped, and its sizes do not show it",
  ],
};

/** In and out swapped has its name whatever the number of axes. */
const nameOf = (axes: readonly number[]): readonly [string, string] =>
  names[axes.join()] ??
  (axes[0] === 1 && axes[1] === 0 && axes.every((axis, i) => i < 2 || axis === i)
    ? names["1,0"]!
    : ["kernel axes", "its axes stand in another order, and its sizes do not show it"]);

const isKernel = ({ isBuffer, tensor, role }: Target): boolean =>
  !isBuffer && tensor.ndim >= 3 && tensor.ndim <= 5 && role === "weight";

function* reordered({ name, tensor: { shape } }: Target): Iterable<Change> {
  const [own, ...others] = ordersOf(shape.map((_, axis) => axis));
  for (const axes of others) {
    const isSameShape = axes.every((axis, i) => shape[axis] === shape[i]);
    // Axes of size 1 that change places move nothing.
    const moved = axes.filter((axis) => shape[axis]! > 1);
    const isMoved = moved.join() !== own!.filter((axis) => shape[axis]! > 1).join();
    if (!isSameShape || !isMoved) continue;
    const [kind, text] = nameOf(axes);
    const repair = `transpose it with (${axes.join(", ")})`;
    yield stepsChange({ kind, way: `axes ${axes.join()}`, text, repair }, [
      [name, [{ op: "transpose", axes }]],
    ]);
  }
}

function* flipped({ name, tensor: { shape } }: Target): Iterable<Change> {
  const spatial = shape.map((_, axis) => axis).filter((axis) => axis > 1 && shape[axis]! > 1);
  const choices = spatial.length > 1 ? [spatial, ...spatial.map((axis) => [axis])] : [spatial];
  for (const axes of choices) {
    if (axes.length === 0) continue;
    const isAll = axes.length === spatial.length;
    yield stepsChange(
      {
        kind: "kernel flipped",
        way: `flip ${axes.map((axis) => axis - shape.length).join()}`,
        text: isAll
          ? "its kernel is flipped, as a true convolution has it"
          : "one axis of its kernel is flipped",
        repair: `flip it along ${axes.join(" and ")}`,
      },
      [[name, [{ op: "flip", axes }]]],
    );
  }
}

/** Axes of kernels in another order. */
export const kernelAxesFamily: ChangeFamily = {
  name: "axes of kernels",
  source: "TensorFlow, Keras, Flax: HWIO; TFLite, MLX: OHWI; torch.nn.Conv2d: OIHW",
  *changes(context) {
    for (const target of filledTargets(context).filter(isKernel)) yield* reordered(target);
  },
};

/** Kernels flipped. */
export const kernelFlipFamily: ChangeFamily = {
  name: "flipped kernels",
  source: "scipy.signal.convolve, Theano's conv2d, Flax's ConvTranspose",
  *changes(context) {
    for (const target of filledTargets(context).filter(isKernel)) yield* flipped(target);
  },
};
