// One operation over every layout: its inputs are laid into memory in many ways, its outputs too, and the result must
// be, bit for bit, that of row-major operands.

import assert from "node:assert/strict";
import { elements, type Operand } from "../../src/core/elements.ts";
import { flip, Layout, stridesInOrder } from "../../src/core/layout.ts";
import type { Operation } from "../../src/core/op.ts";
import { Storage } from "../../src/core/storage.ts";
import { execute } from "../../src/devices/index.ts";
import { moveElements } from "../../src/devices/reference/move.ts";

/** Ways to lay a shape into memory: the layout, and how many elements of memory it needs. */
const forms: Readonly<Record<string, (plain: Layout) => Layout>> = {
  "row-major": (plain) => plain,
  "column-major": ({ dtype, shape }) =>
    new Layout(
      dtype,
      shape,
      stridesInOrder(
        shape,
        shape.map((_, axis) => shape.length - 1 - axis),
      ),
      0,
    ),
  "offset and gaps": ({ dtype, shape, strides }) =>
    new Layout(
      dtype,
      shape,
      strides.map((stride) => 2 * stride),
      3,
    ),
  "negative strides": (plain) => plain.shape.reduce((layout, _, axis) => flip(layout, axis), plain),
  "axes of the middle outermost": ({ dtype, shape }) => {
    const axes = shape.map((_, axis) => (axis + 1) % Math.max(shape.length, 1));
    return new Layout(dtype, shape, stridesInOrder(shape, axes), 0);
  },
};

/** An operand of the same elements in another form. What lies in the gaps is all ones, never zeros. */
function laid(operand: Operand, form: (plain: Layout) => Layout): Operand {
  const { dtype, shape, size } = operand.layout;
  const layout = form(Layout.contiguous(dtype, shape));
  const storage = Storage.allocate(dtype, 2 * size + 4);
  storage.bytes().fill(0xff);
  moveElements(operand, { storage, layout });
  return { storage, layout };
}

function results<A>(
  operation: Operation<A>,
  inputs: readonly Operand[],
  attributes: A,
  outputForm: string,
): unknown[] {
  const layouts = operation.infer(
    inputs.map(({ layout }) => layout),
    inputs[0]!.layout.dtype,
    attributes,
  );
  const outputs = layouts.map((layout) =>
    laid({ storage: Storage.allocate(layout.dtype, layout.size), layout }, forms[outputForm]!),
  );
  execute(operation, inputs, outputs, attributes);
  return outputs.map((output) => [output.layout.shape, elements(output)]);
}

/** Holds an operation to one result over all forms of its inputs and outputs. */
export function checkLayouts<A>(operation: Operation<A>, inputs: readonly Operand[], attributes: A): void {
  const expected = results(operation, inputs, attributes, "row-major");
  for (const [name, form] of Object.entries(forms)) {
    const others = inputs.map((input) => laid(input, form));
    const message = `${operation.name}: inputs ${name}`;
    assert.deepEqual(results(operation, others, attributes, "row-major"), expected, message);
    assert.deepEqual(
      results(operation, inputs, attributes, name),
      expected,
      `${operation.name}: outputs ${name}`,
    );
  }
  inputs.forEach((input, which) => {
    const stretched = new Layout(
      input.layout.dtype,
      input.layout.shape,
      input.layout.shape.map(() => 0),
      input.layout.offset,
    );
    const dense = {
      storage: Storage.allocate(stretched.dtype, stretched.size),
      layout: Layout.contiguous(stretched.dtype, stretched.shape),
    };
    if (stretched.size === 0) return;
    moveElements({ storage: input.storage, layout: stretched }, dense);
    const swap = (by: Operand) => inputs.map((each, i) => (i === which ? by : each));
    assert.deepEqual(
      results(operation, swap({ storage: input.storage, layout: stretched }), attributes, "row-major"),
      results(operation, swap(dense), attributes, "row-major"),
      `${operation.name}: input ${which} stretched`,
    );
  });
}
