// Discrete Fourier transforms: lane by lane along each axis, in double precision between the axes, rounded once.

import { complex128 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { Layout } from "../../core/layout.ts";
import type { Kernel } from "../../core/op.ts";
import { Storage } from "../../core/storage.ts";
import type * as fourierOperations from "../../ops/fourier.ts";
import type { FourierAttributes, HermitianAttributes } from "../../ops/fourier.ts";
import { planOf } from "./fourier-plan.ts";
import { forEachLane, laneOf } from "./lanes.ts";

type Numbers = Float32Array | Float64Array;

/** What is read of a lane: all of it, or the first half of what has conjugates as its other half. */
interface Pass {
  readonly axis: number;
  readonly inverse: boolean;
  readonly scale: number;
  /** How many numbers are transformed. */
  readonly length: number;
}

/** Reads a lane into the rows. */
function load(
  from: Operand,
  at: number,
  step: number,
  re: Float64Array,
  im: Float64Array,
  count: number,
): void {
  const array = from.storage.view(from.layout.dtype) as Numbers;
  if (!from.layout.dtype.isComplex) {
    for (let i = 0; i < count; i++) re[i] = array[at + i * step]!;
    im.fill(0, 0, count);
    return;
  }
  for (let i = 0, place = 2 * at; i < count; i++, place += 2 * step) {
    re[i] = array[place]!;
    im[i] = array[place + 1]!;
  }
}

/** The frequencies that are left out: conjugates of those there; the first, and a middle one, count as real. */
function mirror(re: Float64Array, im: Float64Array, count: number, length: number): void {
  im[0] = 0;
  if (2 * (count - 1) === length) im[count - 1] = 0;
  for (let i = count; i < length; i++) {
    re[i] = re[length - i]!;
    im[i] = -im[length - i]!;
  }
}

/** Writes the rows, times a factor, to a lane. */
function store(
  to: Operand,
  at: number,
  step: number,
  re: Float64Array,
  im: Float64Array,
  count: number,
  scale: number,
): void {
  const array = to.storage.view(to.layout.dtype) as Numbers;
  if (!to.layout.dtype.isComplex) {
    for (let i = 0; i < count; i++) array[at + i * step] = re[i]! * scale;
    return;
  }
  for (let i = 0, place = 2 * at; i < count; i++, place += 2 * step) {
    array[place] = re[i]! * scale;
    array[place + 1] = im[i]! * scale;
  }
}

/** Transforms every lane along an axis. Both may be one operand. */
function transform(from: Operand, to: Operand, { axis, inverse, scale, length }: Pass): void {
  if (to.layout.size === 0) return;
  const plan = planOf(length);
  const re = new Float64Array(length);
  const im = new Float64Array(length);
  const source = laneOf(from.layout, axis);
  const target = laneOf(to.layout, axis);
  const count = Math.min(source.length, length);
  forEachLane([to.layout, from.layout], axis, ([toAt, fromAt]) => {
    load(from, fromAt!, source.step, re, im, count);
    if (count < length) mirror(re, im, count, length);
    if (inverse) plan.transform(im, re);
    else plan.transform(re, im);
    store(to, toAt!, target.step, re, im, target.length, scale);
  });
}

/** Memory for what is between two axes. */
function between(shape: readonly number[]): Operand {
  const layout = Layout.contiguous(complex128, shape);
  return { storage: Storage.allocate(complex128, layout.size), layout };
}

/** The last axis first: of a real operand half of the frequencies do, and the other axes have half the work. */
const fourierKernel: Kernel<FourierAttributes> = ([input], [output], { axes, inverse, scale }) => {
  const order = [...axes].reverse();
  const work = order.length > 1 ? between(output!.layout.shape) : output!;
  order.forEach((axis, i) => {
    const isLast = i === order.length - 1;
    const length = input!.layout.shape[axis]!;
    const pass = { axis, inverse, scale: isLast ? scale : 1, length };
    transform(i === 0 ? input! : work, isLast ? output! : work, pass);
  });
};

const hermitianKernel: Kernel<HermitianAttributes> = ([input], [output], { axes, length, scale }) => {
  const work = axes.length > 1 ? between(input!.layout.shape) : input!;
  axes.forEach((axis, i) => {
    const isLast = i === axes.length - 1;
    const count = isLast ? length : input!.layout.shape[axis]!;
    const pass = { axis, inverse: true, scale: isLast ? scale : 1, length: count };
    transform(i === 0 ? input! : work, isLast ? output! : work, pass);
  });
};

export const fouriers: { readonly [Name in keyof typeof fourierOperations]: Kernel<never> } = {
  fourier: fourierKernel as Kernel<never>,
  hermitianFourier: hermitianKernel as Kernel<never>,
};
