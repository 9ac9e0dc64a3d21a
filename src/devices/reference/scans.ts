// Scans and sorting: what goes along an axis in order.

import { type Operand, type Scalar, toComplex, toNumber } from "../../core/elements.ts";
import { Layout, permute } from "../../core/layout.ts";
import type { Kernel } from "../../core/op.ts";
import { Storage } from "../../core/storage.ts";
import type * as scanOperations from "../../ops/scans.ts";
import type { AxisAttributes, ScanAttributes } from "../../ops/scans.ts";
import type { SortAttributes } from "../../ops/sort.ts";
import { castInto } from "./cast.ts";
import { complexLog } from "./complex-functions.ts";
import { type Arithmetic, arithmeticOf, forEachLane, laneOf, readerOf, writerOf } from "./lanes.ts";

type Combine = (rule: Arithmetic) => (a: Scalar, b: Scalar) => Scalar;

/** Running sums or products: computed in the result's class of types. */
function scanKernel(combine: Combine): Kernel<never> {
  const kernel: Kernel<ScanAttributes> = ([input], [output], { axis, reverse }) => {
    const rule = arithmeticOf(output!.layout);
    const together = combine(rule);
    const read = readerOf(input!);
    const write = writerOf(output!);
    const { length, step } = laneOf(input!.layout, axis);
    const outStep = laneOf(output!.layout, axis).step;
    forEachLane([output!.layout, input!.layout], axis, (at) => {
      let total: Scalar | undefined;
      for (let k = 0; k < length; k++) {
        const i = reverse === true ? length - 1 - k : k;
        const value = rule.from(read(at[1]! + i * step));
        total = total === undefined ? value : together(total, value);
        write(at[0]! + i * outStep, total);
      }
    });
  };
  return kernel as Kernel<never>;
}

const scratch = new Float64Array(2);

/** log(sum exp x) so far: the largest real part, and the sum of the exponentials without it. */
const logcumsumexpKernel: Kernel<ScanAttributes> = ([input], [output], { axis, reverse }) => {
  const read = readerOf(input!);
  const write = writerOf(output!);
  const { isComplex } = output!.layout.dtype;
  const { length, step } = laneOf(input!.layout, axis);
  const outStep = laneOf(output!.layout, axis).step;
  forEachLane([output!.layout, input!.layout], axis, (at) => {
    let largest = -Infinity;
    let [re, im] = [0, 0];
    for (let k = 0; k < length; k++) {
      const i = reverse === true ? length - 1 - k : k;
      const value = read(at[1]! + i * step);
      const next = isComplex ? toComplex(value) : undefined;
      const real = next === undefined ? toNumber(value) : next.re;
      if (real > largest || Number.isNaN(real)) {
        const less = largest === -Infinity ? 0 : Math.exp(largest - real);
        [re, im, largest] = [re * less, im * less, real];
      }
      const size = real === largest ? 1 : Math.exp(real - largest);
      const angle = next?.im ?? 0;
      re += size * Math.cos(angle);
      im += size * Math.sin(angle);
      if (!isComplex) write(at[0]! + i * outStep, largest + Math.log(re));
      else {
        complexLog(scratch, 0, re, im);
        write(at[0]! + i * outStep, { re: largest + scratch[0]!, im: scratch[1]! });
      }
    }
  });
};

/** The extreme so far and its position: the last of equal ones; NaN stays. */
function extremeKernel(direction: 1 | -1): Kernel<never> {
  const kernel: Kernel<AxisAttributes> = ([input], [values, indices], { axis }) => {
    const rule = arithmeticOf(input!.layout);
    const read = readerOf(input!);
    const [writeValue, writeIndex] = [writerOf(values!), writerOf(indices!)];
    const { length, step } = laneOf(input!.layout, axis);
    const [valueStep, indexStep] = [laneOf(values!.layout, axis).step, laneOf(indices!.layout, axis).step];
    forEachLane([values!.layout, indices!.layout, input!.layout], axis, (at) => {
      let best: Scalar = 0;
      let place = -1;
      for (let i = 0; i < length; i++) {
        const value = read(at[2]! + i * step);
        const isBetter =
          place < 0 || rule.isNaN(value) || (!rule.isNaN(best) && direction * rule.compare(value, best) >= 0);
        if (isBetter) {
          best = value;
          place = i;
        }
        writeValue(at[0]! + i * valueStep, best);
        writeIndex(at[1]! + i * indexStep, place);
      }
    });
  };
  return kernel as Kernel<never>;
}

export const scans: { readonly [Name in keyof typeof scanOperations]: Kernel<never> } = {
  cumsum: scanKernel((rule) => rule.add),
  cumprod: scanKernel((rule) => rule.multiply),
  logcumsumexp: logcumsumexpKernel as Kernel<never>,
  cummax: extremeKernel(1),
  cummin: extremeKernel(-1),
};

const sortKernel: Kernel<SortAttributes> = ([input], [values, indices], { axis, descending }) => {
  const { compare } = arithmeticOf(input!.layout);
  const read = readerOf(input!);
  const [writeValue, writeIndex] = [writerOf(values!), writerOf(indices!)];
  const { length, step } = laneOf(input!.layout, axis);
  const [valueStep, indexStep] = [laneOf(values!.layout, axis).step, laneOf(indices!.layout, axis).step];
  const lane = new Array<Scalar>(length);
  // JavaScript's sort is stable.
  const byValue = descending
    ? (i: number, j: number): number => compare(lane[j]!, lane[i]!)
    : (i: number, j: number): number => compare(lane[i]!, lane[j]!);
  forEachLane([values!.layout, indices!.layout, input!.layout], axis, (at) => {
    for (let i = 0; i < length; i++) lane[i] = read(at[2]! + i * step);
    const order = Array.from({ length }, (_, i) => i).sort(byValue);
    for (let i = 0; i < length; i++) {
      writeValue(at[0]! + i * valueStep, lane[order[i]!]!);
      writeIndex(at[1]! + i * indexStep, order[i]!);
    }
  });
};

/** The product of the elements before each, times that of those after it, over the axes in row-major order. */
const productOfOthersKernel: Kernel<{ readonly axes: readonly number[] }> = ([input], [output], { axes }) => {
  const { dtype, shape } = input!.layout;
  const order = [...shape.keys()].filter((axis) => !axes.includes(axis)).concat(axes);
  const count = axes.reduce((product, axis) => product * shape[axis]!, 1);
  const source = inOrder(input!, order);
  const rule = arithmeticOf(source.layout);
  const result = { storage: Storage.empty(dtype, source.layout.size), layout: source.layout };
  const read = readerOf(source);
  const write = writerOf(result);
  const one = rule.from(1);
  const after = new Array<Scalar>(count);
  for (let start = 0; start < source.layout.size; start += count) {
    let product = one;
    for (let i = count - 1; i >= 0; i--) {
      after[i] = product;
      product = rule.multiply(product, read(start + i));
    }
    let before = one;
    for (let i = 0; i < count; i++) {
      write(start + i, rule.multiply(before, after[i]!));
      before = rule.multiply(before, read(start + i));
    }
  }
  castInto(result, { storage: output!.storage, layout: permute(output!.layout, order) }, "torch");
};

/** A row-major copy with the axes in another order. */
function inOrder(operand: Operand, order: readonly number[]): Operand {
  const turned = permute(operand.layout, order);
  const layout = Layout.contiguous(turned.dtype, turned.shape);
  const copy = { storage: Storage.empty(layout.dtype, layout.size), layout };
  castInto({ storage: operand.storage, layout: turned }, copy, "torch");
  return copy;
}

export const sorting: Readonly<Record<"sort" | "productOfOthers", Kernel<never>>> = {
  sort: sortKernel as Kernel<never>,
  productOfOthers: productOfOthersKernel as Kernel<never>,
};
