// One operation in ONNX Runtime and on the reference device: the same operands, in several layouts, and how far apart the
// results are.

import assert from "node:assert/strict";
import { bfloat16, type DType, float16, float32, float64 } from "../../src/core/dtype.ts";
import { elements, type Operand, type Scalar, setterOf } from "../../src/core/elements.ts";
import { Layout, product, type Shape, stridesInOrder } from "../../src/core/layout.ts";
import type { Kernel, Operation } from "../../src/core/op.ts";
import { Storage } from "../../src/core/storage.ts";
import { reference } from "../../src/devices/reference/index.ts";
import { moveElements } from "../../src/devices/reference/move.ts";
import { NativeDevice } from "../../src/native/device.ts";
import { Runtime } from "../../src/native/runtime.ts";

/** How far apart results may be: PyTorch's defaults for the type (torch.testing.assert_close). */
const tolerances: ReadonlyMap<DType, readonly [rtol: number, atol: number]> = new Map([
  [float64, [1e-7, 1e-7]],
  [float32, [1.3e-6, 1e-5]],
  [float16, [1e-3, 1e-5]],
  [bfloat16, [1.6e-2, 1e-5]],
]);

/** The native device, whatever the size of the work, and what ran where. */
export interface Watched {
  readonly device: NativeDevice;
  /** Why the last kernel did not run in ONNX Runtime; undefined when it did. */
  why(): string | undefined;
}

/** Opens the native device over the reference device. */
export function watched(): Watched {
  let last: string | undefined;
  const listener = (_operation: string, _inputs: readonly Operand[], why: string | undefined): void => {
    last = why;
  };
  return { device: new NativeDevice(reference, new Runtime(1), { least: 0, listener }), why: () => last };
}

/** An operand of elements in row-major order. */
export function operandOf(dtype: DType, shape: Shape, values: readonly Scalar[]): Operand {
  const storage = Storage.allocate(dtype, product(shape));
  const set = setterOf(dtype);
  const array = storage.view(dtype);
  for (let i = 0; i < product(shape); i++) set(array, i, values[i % values.length]!);
  return { storage, layout: Layout.contiguous(dtype, shape) };
}

/** Layouts of a shape: row-major, with the axes in the other order, with gaps, backwards. */
const forms: readonly ((plain: Layout) => Layout)[] = [
  (plain) => plain,
  ({ dtype, shape }) => {
    const order = shape.map((_, axis) => shape.length - 1 - axis);
    return new Layout(dtype, shape, stridesInOrder(shape, order), 0);
  },
  ({ dtype, shape, strides }) =>
    new Layout(
      dtype,
      shape,
      strides.map((stride) => 2 * stride),
      3,
    ),
];

/** The same elements in each layout. */
export function inForms(operands: readonly Operand[]): Operand[][] {
  return forms.map((form) =>
    operands.map((operand) => {
      const { dtype, shape, size } = operand.layout;
      const layout = form(Layout.contiguous(dtype, shape));
      const storage = Storage.allocate(dtype, 2 * size + 4);
      moveElements(operand, { storage, layout });
      return { storage, layout };
    }),
  );
}

/** What an operation gives on a device. */
export function resultsOf<A>(
  kernels: NativeDevice["kernels"],
  operation: Operation<A>,
  inputs: readonly Operand[],
  attributes: A,
  dtype: DType = inputs[0]!.layout.dtype,
): Operand[] {
  const layouts = operation.infer(
    inputs.map(({ layout }) => layout),
    dtype,
    attributes,
  );
  const outputs = layouts.map((layout) => ({
    storage: Storage.allocate(layout.dtype, layout.size),
    layout: Layout.contiguous(layout.dtype, layout.shape),
  }));
  (kernels[operation.name] as unknown as Kernel<A>)(inputs, outputs, attributes);
  return outputs;
}

/** How results are compared, beside the type's tolerance. */
export interface Allowance {
  readonly rtol?: number;
  readonly atol?: number;
  /** True iff 0 and -0 are the same. */
  readonly ignoresZeroSign?: boolean;
}

function isNear(got: number, expected: number, dtype: DType, allowance: Allowance): boolean {
  if (Number.isNaN(expected)) return Number.isNaN(got);
  if (got === 0 && expected === 0) return allowance.ignoresZeroSign === true || Object.is(got, expected);
  if (!Number.isFinite(expected) || !Number.isFinite(got)) return got === expected;
  const [rtol, atol] = tolerances.get(dtype) ?? [0, 0];
  return Math.abs(got - expected) <= (allowance.atol ?? atol) + (allowance.rtol ?? rtol) * Math.abs(expected);
}

/** Holds results to those of the reference device. @param what for messages */
export function assertNear(
  got: readonly Operand[],
  expected: readonly Operand[],
  what: string,
  allowance: Allowance = {},
): void {
  expected.forEach((wanted, output) => {
    const values = elements(got[output]!);
    elements(wanted).forEach((value, i) => {
      const other = values[i]!;
      const isSame =
        typeof value === "number" && typeof other === "number"
          ? isNear(other, value, wanted.layout.dtype, allowance)
          : value === other;
      assert.ok(
        isSame,
        `${what}: output ${output}, element ${i}: ${String(value)}, in ONNX Runtime ${String(other)}`,
      );
    });
  });
}
