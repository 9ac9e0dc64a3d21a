// The least tape that gradients of operations can be tested with: values over operands, a record of what made each,
// and derivatives by differences to compare with.

import assert from "node:assert/strict";
import { type DType, float64 } from "../../src/core/dtype.ts";
import { elements, type Operand, type Scalar, setterOf, toNumber } from "../../src/core/elements.ts";
import { Layout, product, type Shape } from "../../src/core/layout.ts";
import type { GradientContext, Operation, Run } from "../../src/core/op.ts";
import { Storage } from "../../src/core/storage.ts";
import { execute } from "../../src/devices/index.ts";
import { add } from "../../src/ops/binary.ts";
import { sum } from "../../src/ops/reductions.ts";
import { reshape } from "../../src/ops/views.ts";

/** An operand that remembers which operation made it. */
export interface Value extends Operand {
  readonly maker?: Maker | undefined;
  /** True of a value whose gradient is not asked for; what is made of such values alone is fixed too. */
  readonly isFixed?: boolean;
}

interface Maker {
  readonly inputs: readonly Value[];
  readonly outputs: Value[];
  /** The gradients of the inputs from those of the outputs. */
  readonly gradient?: (grads: readonly (Value | undefined)[]) => readonly (Value | undefined)[];
}

/** A row-major value from numbers in row-major order. */
export function value(data: readonly Scalar[], shape: Shape = [data.length], dtype: DType = float64): Value {
  const layout = Layout.contiguous(dtype, shape);
  const storage = Storage.allocate(dtype, layout.size);
  const array = storage.view(dtype);
  const set = setterOf(dtype);
  data.forEach((each, i) => {
    set(array, i, each);
  });
  return { storage, layout };
}

/** The elements as plain numbers. */
export function numbers(operand: Operand): number[] {
  return elements(operand).map(toNumber);
}

/** Runs an operation with all its outputs, recorded. */
export function runAll<A>(
  operation: Operation<A>,
  inputs: readonly (Value | number)[],
  attributes: A,
): Value[] {
  const types = inputs.flatMap((input) => (typeof input === "number" ? [] : [input.layout.dtype]));
  // Truth values meet any other type in that one.
  const common = types.find((each) => each.kind !== "bool") ?? types[0] ?? float64;
  const dtype = operation.promotion === "none" ? (types[0] ?? float64) : common;
  const values = inputs.map((input) =>
    typeof input === "number" ? { ...value([input], [], dtype), isFixed: true } : input,
  );
  const isFixed = values.every((each) => each.isFixed === true);
  const outputs: Value[] = [];
  const maker: Maker = {
    inputs: values,
    outputs,
    ...(operation.gradient === undefined
      ? {}
      : { gradient: (grads) => gradientsOf(operation, values, outputs, grads, attributes) }),
  };
  if (operation.view !== undefined) {
    const { storage, layout } = values[0]!;
    outputs.push({ storage, layout: operation.view(layout, attributes), maker, isFixed });
    return outputs;
  }
  for (const layout of operation.infer(
    values.map((each) => each.layout),
    dtype,
    attributes,
  )) {
    outputs.push({ storage: Storage.allocate(layout.dtype, layout.size), layout, maker, isFixed });
  }
  execute(operation, values, outputs, attributes);
  return outputs;
}

/** Runs an operation and gives its first output, recorded. */
export const run: Run<Value> = (operation, inputs, ...attributes) =>
  runAll(operation, inputs, attributes[0] as never)[0]!;

/** One call of an operation's gradient, summed back to the inputs' shapes. */
export function gradientsOf<A>(
  operation: Operation<A>,
  inputs: readonly Value[],
  outputs: readonly Value[],
  grads: readonly (Value | undefined)[],
  attributes: A,
): (Value | undefined)[] {
  const needs = (k: number): boolean => inputs[k]!.isFixed !== true;
  const context: GradientContext<Value, A> = { inputs, outputs, grads, attributes, needs, run };
  return operation.gradient!(context).map((each, i) => each && sumTo(each, inputs[i]!.layout.shape));
}

function sumTo(from: Value, shape: Shape): Value {
  const lead = from.layout.rank - shape.length;
  const axes = from.layout.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < lead || (shape[axis - lead] === 1 && from.layout.shape[axis] !== 1));
  return axes.length === 0 ? from : reshape(run, run(sum, [from], { axes, keepdims: false }), shape);
}

/** The gradients of a scalar with respect to values, recorded, so that they may be differentiated again. */
export function gradients(output: Value, sources: readonly Value[]): (Value | undefined)[] {
  const found = new Map<Value, Value>([[output, value([1], output.layout.shape, output.layout.dtype)]]);
  for (const maker of makersOf(output)) {
    const grads = maker.outputs.map((each) => found.get(each));
    if (maker.gradient === undefined || grads.every((each) => each === undefined)) continue;
    maker.gradient(grads).forEach((each, i) => {
      if (each === undefined) return;
      const input = maker.inputs[i]!;
      const before = found.get(input);
      found.set(input, before === undefined ? each : run(add, [before, each]));
    });
  }
  return sources.map((source) => found.get(source));
}

/** The makers that led to a value, each after all that used its outputs. */
function makersOf(output: Value): Maker[] {
  const order: Maker[] = [];
  const seen = new Set<Maker>();
  const visit = ({ maker }: Value): void => {
    if (maker === undefined || seen.has(maker)) return;
    seen.add(maker);
    maker.inputs.forEach(visit);
    order.push(maker);
  };
  visit(output);
  return order.reverse();
}

/** Holds numbers to recorded ones, which were written with nine digits. */
export function close(got: readonly number[], expected: readonly number[]): void {
  assert.equal(got.length, expected.length);
  got.forEach((each, i) => {
    assert.ok(
      Math.abs(each - expected[i]!) < 2e-9 * Math.max(1, Math.abs(expected[i]!)),
      `[${i}]: ${each}, expected ${expected[i]}`,
    );
  });
}

/** A fixed sequence of numbers between -1 and 1 that looks like noise. */
export function noise(length: number, seed = 1): number[] {
  let state = seed * 12345;
  return Array.from({ length }, () => {
    state = (state * 16807) % 2147483647;
    return (state / 1073741824 - 1) * 0.9 + 0.05;
  });
}

/** A float64 value of noise. */
export function noisy(shape: Shape, seed = 1): Value {
  return value(noise(product(shape), seed), shape);
}

/** The sum of a value's elements with fixed weights: a scalar that depends on each of them. */
export function weighted(from: Value, weigh: (a: Value, b: Value) => Value): Value {
  const axes = from.layout.shape.map((_, axis) => axis);
  return run(sum, [weigh(from, noisy(from.layout.shape, 77))], { axes, keepdims: false });
}

/**
 * Holds the gradients of a scalar function to central differences. The sources are float64, row-major, and are
 * changed and put back.
 */
export function checkGradients(
  compute: (sources: readonly Value[]) => Value,
  sources: readonly Value[],
  tolerance = 1e-6,
): void {
  const found = gradients(compute(sources), sources);
  const step = 1e-5;
  sources.forEach((source, which) => {
    const data = source.storage.view(float64) as Float64Array;
    const expected = Array.from(data, (original, i) => {
      data[i] = original + step;
      const above = numbers(compute(sources))[0]!;
      data[i] = original - step;
      const below = numbers(compute(sources))[0]!;
      data[i] = original;
      return (above - below) / (2 * step);
    });
    const got = found[which] === undefined ? expected.map(() => 0) : numbers(found[which]);
    assert.equal(got.length, expected.length, `gradient ${which}: shape`);
    got.forEach((each, i) => {
      const error = Math.abs(each - expected[i]!);
      assert.ok(
        error <= tolerance * Math.max(1, Math.abs(expected[i]!)),
        `gradient ${which}[${i}]: ${each}, by differences ${expected[i]}`,
      );
    });
  });
}
