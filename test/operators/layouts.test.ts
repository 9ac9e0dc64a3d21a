// Every operator on every layout: what it gives on transposed, spaced, shifted and stretched memory is what it gives on a
// row-major copy, empty and 0-d operands too. Negative strides, which torch's tensors cannot have, are held by
// test/numpy/layouts.test.ts on the same kernels.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Layout } from "../../src/core/layout.ts";
import * as torch from "../../src/torch/index.ts";
import { compareTensor } from "../conformance/recorded/compare.ts";
import { type OperatorCall, operatorCall, operatorFiles } from "./cases.ts";

type Tensor = torch.Tensor;
type Relay = (tensor: Tensor) => Tensor;

/** A row-major copy. */
const contiguous: Relay = (tensor) => tensor.detach().clone({ memoryFormat: torch.contiguousFormat });

/** The same values over a memory of another layout. */
function laidOut(
  tensor: Tensor,
  strides: (shape: readonly number[]) => number[],
  offset: number,
  size: number,
): Tensor {
  const memory = torch.zeros([size], { dtype: tensor.dtype });
  const layout = new Layout(tensor.dtype, tensor.shape, strides(tensor.shape), offset);
  const result = new torch.Tensor(memory.storage, layout);
  return torch.noGrad(() => result.copy_(tensor));
}

function columnMajor(shape: readonly number[], step: number): number[] {
  let next = step;
  return shape.map((length) => {
    const stride = next;
    next *= Math.max(length, 1);
    return stride;
  });
}

const rowMajor = (shape: readonly number[], step: number): number[] =>
  columnMajor(shape.toReversed(), step).reverse();

const layouts: Readonly<Record<string, Relay>> = {
  transposed: (tensor) => laidOut(tensor, (shape) => columnMajor(shape, 1), 0, tensor.numel()),
  spaced: (tensor) => laidOut(tensor, (shape) => rowMajor(shape, 3), 0, 3 * tensor.numel() + 3),
  shifted: (tensor) => laidOut(tensor, (shape) => rowMajor(shape, 1), 5, tensor.numel() + 5),
};

/** An axis stretched from its first element, which changes the values: the copy is made of the stretched tensor. */
const stretched: Relay = (tensor) => {
  const axis = tensor.shape.findIndex((length) => length > 1);
  return axis < 0
    ? tensor
    : tensor
        .detach()
        .narrow(axis, 0, 1)
        .expand([...tensor.shape]);
};

function same(
  call: OperatorCall,
  name: string,
  actual: readonly Tensor[],
  expected: readonly Tensor[],
): void {
  assert.equal(actual.length, expected.length, name);
  actual.forEach((output, i) => {
    compareTensor(output, recordOf(expected[i]!), call.row, `${name}, output ${i}`);
  });
}

/** Stretching changes the values: what they then are may be refused, on either memory in the same words. */
function checkStretched(call: OperatorCall, name: string): void {
  const given = call.tensors.map((tensor) => (tensor.dtype.isFloatingPoint ? stretched(tensor) : tensor));
  let expected: Tensor[];
  try {
    expected = call.run(given.map(contiguous));
  } catch (refusal) {
    assert.throws(() => call.run(given), { message: (refusal as Error).message }, name);
    return;
  }
  same(call, name, call.run(given), expected);
}

function recordOf(tensor: Tensor): Parameters<typeof compareTensor>[1] {
  const plain = contiguous(tensor.resolveConj().resolveNeg());
  const data = Buffer.from(plain.storage.bytes()).toString("base64");
  return { dtype: plain.dtype.name, shape: plain.shape, data };
}

/** Operators whose result is what their argument's memory is, and not its values. */
const aboutMemory = /^(as_strided|view(_as)?(\.|_as_|$)|empty|new_empty)/;
/** How many cases of a type are laid out anew. */
const perType = 3;

for (const { name, rows } of operatorFiles()) {
  if (aboutMemory.test(name)) continue;
  const counts = new Map<string, number>();
  const chosen = rows.filter((row) => {
    const call = operatorCall(row, false);
    if (call === undefined || call.tensors.length === 0) return false;
    // Cases without an axis to lay out anew, 0-d and empty ones, count apart.
    const kind = call.tensors.some((tensor) => tensor.numel() > 1) ? (row.dtype ?? "") : "small";
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    return count < perType;
  });
  if (chosen.length === 0) continue;
  test(`${name} over all layouts`, () => {
    for (const row of chosen) {
      const call = operatorCall(row, false)!;
      const { tensors } = call;
      const expected = call.run(tensors.map(contiguous));
      for (const [layout, relay] of Object.entries(layouts))
        same(call, `sample ${row.sample}, ${layout}`, call.run(tensors.map(relay)), expected);
      // Memory that is stretched is not written to.
      if (row.mutates === undefined) checkStretched(call, `sample ${row.sample}, stretched`);
    }
  });
}
