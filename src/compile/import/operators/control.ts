// Operators that run graphs: If, Loop and Scan. What they depend on is looked at when they run.

import { bool, int64 } from "../../../core/dtype.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { scalarTensor, zeros } from "../../../torch/creation.ts";
import { stack } from "../../../torch/stacking.ts";
import type { Tensor } from "../../../torch/tensor.ts";
import { type Call, graph, int, ints, type Operator, operator } from "../operator.ts";
import type { Program } from "../program.ts";
import { axisOf } from "./helpers.ts";

/** Steps that a loop takes at most when nothing else ends it. */
const mostSteps = 2 ** 31;

function inner(program: Program | undefined): Program {
  if (program === undefined) throw new RuntimeError("it has no graph to run");
  return program;
}

function loop(call: Call<{ readonly body: Program | undefined }>): Tensor[] {
  const body = inner(call.attributes.body);
  const limit = call.number(0) ?? mostSteps;
  let goesOn = (call.number(1) ?? 1) !== 0;
  let carried = call.inputs.slice(2).map((_, i) => call.tensor(i + 2));
  const scanned: Tensor[][] = body.outputs.slice(1 + carried.length).map(() => []);
  for (let i = 0; goesOn && i < limit; i++) {
    const results = call.run(body, [
      scalarTensor(i, { dtype: int64 }),
      scalarTensor(true, { dtype: bool }),
      ...carried,
    ]);
    goesOn = Number(results[0]!.item()) !== 0;
    const after = 1 + carried.length;
    carried = results.slice(1, after);
    results.slice(after).forEach((value, k) => {
      scanned[k]!.push(value);
    });
  }
  return [...carried, ...scanned.map((values) => (values.length === 0 ? zeros(0) : stack(values)))];
}

interface ScanValues {
  readonly body: Program | undefined;
  readonly num_scan_inputs: number;
  readonly scan_input_axes: readonly number[] | undefined;
  readonly scan_input_directions: readonly number[] | undefined;
  readonly scan_output_axes: readonly number[] | undefined;
  readonly scan_output_directions: readonly number[] | undefined;
}

function scan(call: Call<ScanValues>): Tensor[] {
  const { attributes } = call;
  const body = inner(attributes.body);
  const all = call.all();
  const states = all.length - attributes.num_scan_inputs;
  const sequences = all.slice(states).map((x, i) => {
    const parts = x.unbind(axisOf(attributes.scan_input_axes?.[i] ?? 0, x.ndim));
    return attributes.scan_input_directions?.[i] === 1 ? parts.reverse() : parts;
  });
  const scanned: Tensor[][] = body.outputs.slice(states).map(() => []);
  let carried = all.slice(0, states);
  for (let i = 0; i < (sequences[0]?.length ?? 0); i++) {
    const results = call.run(body, [...carried, ...sequences.map((parts) => parts[i]!)]);
    carried = results.slice(0, states);
    results.slice(states).forEach((value, k) => {
      scanned[k]!.push(value);
    });
  }
  const outputs = scanned.map((values, i) => {
    const parts = attributes.scan_output_directions?.[i] === 1 ? values.reverse() : values;
    return stack(parts, attributes.scan_output_axes?.[i] ?? 0);
  });
  return [...carried, ...outputs];
}

/** Operators that run graphs. */
export const controlOperators: readonly Operator[] = [
  operator("If", { then_branch: graph(), else_branch: graph() }, (call) => {
    const { then_branch: yes, else_branch: no } = call.attributes;
    return call.run(inner(Number(call.tensor(0).item()) !== 0 ? yes : no), []);
  }),
  operator("Loop", { body: graph() }, loop),
  operator(
    "Scan",
    {
      body: graph(),
      num_scan_inputs: int(0),
      scan_input_axes: ints(),
      scan_input_directions: ints(),
      scan_output_axes: ints(),
      scan_output_directions: ints(),
    },
    scan,
    { refusal: ({ version }) => (version < 9 ? "Scan before opset 9 is not here" : undefined) },
  ),
];
