// Arrays put one after another.

import { Layout } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import type { AxisAttributes } from "./indexing.ts";
import { slice } from "./views.ts";

/** Arrays of one type that differ in the length of one axis at most, one after another along it. */
export const concatenate: Operation<AxisAttributes> = {
  name: "concatenate",
  label: "Cat",
  promotion: "common",
  infer: (inputs, dtype, { axis }) => {
    let length = 0;
    for (const input of inputs) length += input.shape[axis]!;
    return [Layout.contiguous(dtype, inputs[0]!.shape.with(axis, length))];
  },
  gradient: ({ inputs, grads, attributes: { axis }, needs, run }) => {
    let start = 0;
    return inputs.map((input, i) => {
      const length = input.layout.shape[axis]!;
      const from = start;
      start += length;
      return needs(i) ? run(slice, [grads[0]!], { axis, start: from, step: 1, length }) : undefined;
    });
  },
};
