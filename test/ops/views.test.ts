// Views: the layouts they give, gradients against differences, and second derivatives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { complex128, float64 } from "../../src/core/dtype.ts";
import { elements } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import type { Operation } from "../../src/core/op.ts";
import { multiply } from "../../src/ops/binary.ts";
import * as views from "../../src/ops/views.ts";
import {
  checkGradients,
  gradients,
  gradientsOf,
  noisy,
  numbers,
  run,
  type Value,
  value,
  weighted,
} from "../support/gradient.ts";
import { checkLayouts } from "../support/layouts.ts";

const product = (a: Value, b: Value) => run(multiply, [a, b]);
const range = (count: number, shape: number[]) =>
  value(
    Array.from({ length: count }, (_, i) => i),
    shape,
  );

function seen<A>(operation: Operation<A>, x: Value, attributes: A): unknown[] {
  const { shape, strides, offset } = operation.view!(x.layout, attributes);
  return [shape, strides, offset];
}

test("layouts", () => {
  const x = range(24, [2, 3, 4]);
  assert.deepEqual(seen(views.permute, x, { axes: [2, 0, 1] }), [[4, 2, 3], [1, 12, 4], 0]);
  assert.deepEqual(seen(views.select, x, { axis: 1, index: 2 }), [[2, 4], [12, 1], 8]);
  assert.deepEqual(seen(views.slice, x, { axis: 2, start: 3, step: -2, length: 2 }), [
    [2, 3, 2],
    [12, 4, -2],
    3,
  ]);
  assert.deepEqual(seen(views.insertAxis, x, { axis: 1 }), [[2, 1, 3, 4], [12, 12, 4, 1], 0]);
  assert.deepEqual(seen(views.insertAxis, x, { axis: 3 }), [[2, 3, 4, 1], [12, 4, 1, 1], 0]);
  assert.deepEqual(seen(views.insertAxis, x, { axis: 0, stride: 0 }), [[1, 2, 3, 4], [0, 12, 4, 1], 0]);
  assert.deepEqual(seen(views.removeAxes, range(3, [1, 3, 1]), { axes: [0, 2] }), [[3], [1], 0]);
  assert.deepEqual(seen(views.expand, range(3, [3, 1]), { shape: [2, 3, 4] }), [[2, 3, 4], [0, 1, 0], 0]);
  assert.deepEqual(seen(views.diagonalView, x, { offset: 1, axis1: 1, axis2: 2 }), [[2, 3], [12, 5], 1]);
  assert.deepEqual(seen(views.diagonalView, x, { offset: -1, axis1: 1, axis2: 2 }), [[2, 2], [12, 5], 4]);
  assert.deepEqual(seen(views.unfold, x, { axis: 2, size: 2, step: 1 }), [[2, 3, 3, 2], [12, 4, 1, 1], 0]);
  assert.deepEqual(seen(views.unfold, range(1, []), { axis: 0, size: 1, step: 1 }), [[1], [1], 0]);
  assert.throws(() => run(views.expand, [x], { shape: [3, 3, 4] }), { name: "RuntimeError" });
});

test("a view shares its memory; a reshape copies only where it must", () => {
  const x = range(6, [2, 3]);
  const transposed = run(views.permute, [x], { axes: [1, 0] });
  assert.equal(transposed.storage, x.storage);
  assert.equal(views.reshape(run, x, [3, 2]).storage, x.storage);
  const flat = views.reshape(run, transposed, [6]);
  assert.notEqual(flat.storage, x.storage);
  assert.deepEqual(numbers(flat), [0, 3, 1, 4, 2, 5]);
});

test("embedding through a window adds where it overlaps and drops what falls outside", () => {
  const x = value([1, 2, 3, 4], [2, 2]);
  assert.deepEqual(
    numbers(run(views.embedView, [x], { shape: [4], strides: [1, 1], offset: 0 })),
    [1, 5, 4, 0],
  );
  assert.deepEqual(
    numbers(run(views.embedView, [x], { shape: [4], strides: [2, -1], offset: 3 })),
    [0, 0, 2, 1],
  );
  assert.deepEqual(
    numbers(run(views.embedView, [x], { shape: [5], strides: [0, 2], offset: 1 })),
    [0, 4, 0, 6, 0],
  );
});

test("every layout gives one result", () => {
  checkLayouts(views.contiguous, [noisy([2, 3, 4])], undefined);
  checkLayouts(views.contiguous, [noisy([])], undefined);
  checkLayouts(views.contiguous, [value([], [0, 2])], undefined);
  checkLayouts(views.embedView, [noisy([2, 3])], { shape: [3, 4], strides: [4, 1], offset: 1 });
  checkLayouts(views.embedView, [noisy([2, 3])], { shape: [4], strides: [1, 1], offset: 0 });
});

type Form = readonly [readonly number[], (x: Value) => Value];
const forms: readonly Form[] = [
  [[2, 3], (x) => run(views.permute, [x], { axes: [1, 0] })],
  [[3, 1], (x) => run(views.expand, [x], { shape: [2, 3, 2] })],
  [[2, 3], (x) => run(views.select, [x], { axis: 1, index: 1 })],
  [[2, 5], (x) => run(views.slice, [x], { axis: 1, start: 4, step: -2, length: 3 })],
  [[2, 3], (x) => run(views.insertAxis, [x], { axis: 1 })],
  [[1, 3, 1], (x) => run(views.removeAxes, [x], { axes: [0, 2] })],
  [[2, 3], (x) => views.reshape(run, x, [3, 2])],
  [[2, 3], (x) => views.reshape(run, run(views.permute, [x], { axes: [1, 0] }), [6])],
  [[3, 4], (x) => run(views.diagonalView, [x], { offset: 1, axis1: 0, axis2: 1 })],
  [[5], (x) => run(views.unfold, [x], { axis: 0, size: 3, step: 1 })],
  [[3, 3], (x) => run(views.asStrided, [x], { shape: [2, 2, 2], strides: [3, 1, 1], offset: 1 })],
  [[6], (x) => run(views.asStrided, [x], { shape: [2, 2], strides: [0, 2], offset: 1 })],
  [[2, 3], (x) => run(views.alias, [x])],
  [[2, 3], (x) => run(views.contiguous, [run(views.permute, [x], { axes: [1, 0] })])],
  [[2, 2], (x) => run(views.embedView, [x], { shape: [4], strides: [1, 1], offset: 1 })],
  [[3, 2], (x) => run(views.realView, [run(views.viewAsComplex, [x])])],
  [[3, 2], (x) => run(views.imagView, [run(views.viewAsComplex, [x])])],
  [[3, 2], (x) => run(views.viewAsReal, [run(views.viewAsComplex, [x])])],
];

test("gradients, and gradients of gradients", () => {
  for (const [shape, form] of forms) {
    const once = (x: Value) => weighted(product(form(x), form(x)), product);
    const sources = [noisy(shape)];
    checkGradients(([x]) => once(x!), sources);
    checkGradients(([x]) => weighted(product(gradients(once(x!), [x!])[0]!, x!), product), sources);
  }
});

test("the gradient of a strided view of stretched memory is shared among its copies", () => {
  const { storage } = value([1, 2]);
  const x: Value = { storage, layout: new Layout(float64, [2, 3], [1, 0], 0) };
  const attributes = { shape: [2], strides: [1], offset: 0 };
  const outputs = [run(views.asStrided, [x], attributes)];
  const [g] = gradientsOf(views.asStrided, [x], outputs, [value([3, 6])], attributes);
  assert.deepEqual(
    [g!.layout.shape, numbers(g!)],
    [
      [2, 3],
      [1, 1, 1, 2, 2, 2],
    ],
  );
});

test("parts of complex numbers", () => {
  const z = value(
    [
      { re: 1, im: 2 },
      { re: 3, im: 4 },
    ],
    [2],
    complex128,
  );
  assert.deepEqual(elements(run(views.realView, [z])), [1, 3]);
  assert.deepEqual(elements(run(views.imagView, [z])), [2, 4]);
  const [g] = gradientsOf(views.imagView, [z], [run(views.imagView, [z])], [value([5, 6])], undefined);
  assert.deepEqual(elements(g!), [
    { re: 0, im: 5 },
    { re: 0, im: 6 },
  ]);
});
