// Runs an operation in ONNX Runtime and on the reference device, and compares.

import { bfloat16, type DType, float16, float32, float64 } from "../../src/core/dtype.ts";
import { forEachPosition, getterOf, type Operand, type Scalar, setterOf } from "../../src/core/elements.ts";
import { Layout, product } from "../../src/core/layout.ts";
import type { Operation } from "../../src/core/op.ts";
import { Storage } from "../../src/core/storage.ts";
import { reference } from "../../src/devices/reference/index.ts";
import { NativeDevice } from "../../src/native/device.ts";
import { Runtime } from "../../src/native/runtime.ts";

/** How an operand lies in memory. */
export type Arrangement = "rows" | "turned" | "stepped";

const arrangements: readonly Arrangement[] = ["rows", "turned", "stepped"];

/** All ways to lie in memory for float32; for each other type one, since each needs sessions of its own. */
export const arrangementsFor = (dtype: DType): readonly Arrangement[] =>
  dtype === float32 ? arrangements : [arrangements[dtype.index % arrangements.length]!];

/** An operand of these values in row-major order, which lies as it is asked. */
export function operandOf(
  dtype: DType,
  shape: readonly number[],
  values: readonly Scalar[],
  arrangement: Arrangement = "rows",
): Operand {
  const size = product(shape);
  const step = arrangement === "stepped" ? -2 : 1;
  const storage = Storage.empty(dtype, 1 + size * Math.abs(step));
  const axes = [...shape.keys()];
  if (arrangement === "turned") axes.reverse();
  const strides = new Array<number>(shape.length);
  let next = step;
  for (const axis of axes.toReversed()) {
    strides[axis] = next;
    next *= shape[axis]!;
  }
  const layout = new Layout(dtype, shape, strides, step < 0 ? Math.max(0, (size - 1) * -step) + 1 : 0);
  const set = setterOf(dtype);
  const array = storage.view(dtype);
  let at = 0;
  forEachPosition(layout, (position) => set(array, position, values[at++ % values.length]!));
  return { storage, layout };
}

/** An operand's elements in row-major order. */
export function valuesOf({ storage, layout }: Operand): Scalar[] {
  const get = getterOf(layout.dtype);
  const array = storage.view(layout.dtype);
  const values: Scalar[] = [];
  forEachPosition(layout, (position) => values.push(get(array, position)));
  return values;
}

/** What an operation gave on both devices. */
export interface Comparison {
  /** Why ONNX Runtime did not do it; undefined where it did. */
  readonly why: string | undefined;
  /** The largest difference of two elements, as a part of the larger; NaN equals NaN, and 0 is not -0. */
  readonly difference: number;
  /** Two elements that differ most. */
  readonly worst: string;
}

/** How results are compared. */
export interface Comparing {
  /** True iff 0 counts as -0. */
  readonly isZeroOpen?: boolean | undefined;
  /** Differences of elements smaller than this are parts of it; default: of the elements, however small. */
  readonly least?: number | undefined;
  /** Layouts of the results; default: as inferred from the first operand's type. */
  readonly layouts?: readonly Layout[];
}

/** How far apart results of a floating type may be: PyTorch's defaults (torch.testing.assert_close), as one part of an element. */
export interface Nearness {
  readonly tolerance: number;
  /** For `Comparing`. */
  readonly least: number;
}

const near = (relative: number, absolute: number): Nearness => ({
  tolerance: relative,
  least: absolute / relative,
});

const nearnesses: ReadonlyMap<DType, Nearness> = new Map([
  [float64, near(1e-7, 1e-7)],
  [float32, near(1.3e-6, 1e-5)],
  [float16, near(1e-3, 1e-5)],
  [bfloat16, near(1.6e-2, 1e-5)],
]);

/** How far apart results of a floating type may be. */
export const nearnessOf = (dtype: DType): Nearness => nearnesses.get(dtype)!;

/** Parts of complex numbers differ as parts of the whole number. */
function apart(a: Scalar, b: Scalar, comparing: Comparing): number {
  if (typeof a !== "object" || typeof b !== "object") return partApart(a, b, comparing);
  const size = Math.max(Math.hypot(a.re, a.im), Math.hypot(b.re, b.im), comparing.least ?? 0);
  const within = { ...comparing, least: Number.isFinite(size) ? size : 0 };
  return Math.max(partApart(a.re, b.re, within), partApart(a.im, b.im, within));
}

function partApart(a: Scalar, b: Scalar, { isZeroOpen = false, least = 0 }: Comparing): number {
  if (Object.is(a, b) || (isZeroOpen && a === 0 && b === 0)) return 0;
  if (typeof a !== "number" || typeof b !== "number" || !Number.isFinite(a) || !Number.isFinite(b))
    return Infinity;
  return a === b ? Infinity : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), least);
}

let told: string | undefined;
let device: NativeDevice | undefined;

/** The native device for whatever size, which is made when it is first asked for. */
export function native(): NativeDevice {
  device ??= new NativeDevice(reference, new Runtime(2), {
    least: 0,
    listener: (_operation, _inputs, why) => {
      told = why;
    },
  });
  return device;
}

/** Releases the device. */
export function release(): void {
  device?.release();
  device?.runtime.release();
  device = undefined;
}

function run<A>(
  kernels: NativeDevice["kernels"],
  { name }: Operation<A>,
  inputs: readonly Operand[],
  layouts: readonly Layout[],
  attributes: A,
): Scalar[][] {
  const outputs = layouts.map((layout) => ({ storage: Storage.empty(layout.dtype, layout.size), layout }));
  kernels[name]!(inputs, outputs, attributes as never);
  return outputs.map(valuesOf);
}

/** Runs an operation on both devices. */
export function compare<A>(
  operation: Operation<A>,
  inputs: readonly Operand[],
  attributes: A,
  comparing: Comparing = {},
): Comparison {
  const operands = inputs.map(({ layout }) => layout);
  const layouts = comparing.layouts ?? operation.infer(operands, operands[0]!.dtype, attributes);
  const expected = run(reference.kernels, operation, inputs, layouts, attributes);
  told = "it was not told of";
  const found = run(native().kernels, operation, inputs, layouts, attributes);
  let difference = 0;
  let worst = "";
  expected.forEach((values, i) => {
    values.forEach((value, k) => {
      const distance = apart(found[i]![k]!, value, comparing);
      if (distance <= difference) return;
      difference = distance;
      worst = `${String(found[i]![k])} for ${String(value)} at ${k} of result ${i}`;
    });
  });
  return { why: told, difference, worst };
}
