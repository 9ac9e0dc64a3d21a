// A graph as a list of steps over numbered values, and how it is run.

import { getDevice, setDevice, usualDevice } from "../../devices/index.ts";
import { noGrad } from "../../torch/tape.ts";
import type { Tensor } from "../../torch/tensor.ts";
import { Call, type Constant, type Operator } from "./operator.ts";

/** One node. */
export interface Step {
  /** What it runs: an operator, or a function of the model. */
  readonly operator: Operator | Program;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly version: number;
  /** Places of its inputs; -1 for one that is left out. */
  readonly inputs: readonly number[];
  /** Places of its outputs; -1 for one that nobody asks for. */
  readonly outputs: readonly number[];
  readonly wanted: readonly boolean[];
  /** True iff it rests on constants and shapes alone: it is reckoned at once, whatever device is in use. */
  readonly isFixed: boolean;
  /** How messages name it. */
  readonly label: string;
  /** Places of values that nothing asks for after it. */
  dropped: readonly number[];
}

/** A graph. */
export interface Program {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly steps: readonly Step[];
  /** Tensors that stand in nodes, with their places. */
  readonly constants: readonly (readonly [place: number, constant: Constant])[];
  /** Values of the graph around it, with their places there and here. */
  readonly captures: readonly (readonly [outer: number, inner: number])[];
  /** How many places there are. */
  readonly size: number;
}

type Values = (Tensor | undefined)[];

/** A table with room for a program's values, its constants in it. */
export function valuesOf(program: Program): Values {
  const values: Values = new Array<Tensor | undefined>(program.size).fill(undefined);
  for (const [place, constant] of program.constants) values[place] = constant.tensor;
  return values;
}

/**
 * Runs a program.
 * @param values its table, with inputs and whatever else it starts from in their places
 * @returns its outputs
 */
export function runProgram(program: Program, values: Values): Tensor[] {
  for (const step of program.steps) {
    const results = step.isFixed ? reckoned(() => runStep(step, values)) : runStep(step, values);
    step.outputs.forEach((place, index) => {
      if (place >= 0) values[place] = results[index];
    });
    for (const place of step.dropped) values[place] = undefined;
  }
  return program.outputs.map((place) => values[place]!);
}

/** Errors that say already where they arose. */
const told: WeakSet<Error> = new WeakSet();

function runStep(step: Step, values: Values): readonly (Tensor | undefined)[] {
  const inputs = step.inputs.map((place) => (place < 0 ? undefined : values[place]));
  const { operator } = step;
  try {
    if (!("run" in operator)) return runInside(operator, inputs, []);
    const call = new Call(inputs, step, step.wanted, (program, given) => runInside(program, given, values));
    const results = operator.run(call);
    return Array.isArray(results) ? (results as readonly Tensor[]) : [results as Tensor];
  } catch (error) {
    if (error instanceof Error && !told.has(error)) {
      told.add(error);
      error.message += ` (at ${step.label})`;
    }
    throw error;
  }
}

/** Runs a program of an attribute, or a function. @param around the values that it may look at */
function runInside(program: Program, given: readonly (Tensor | undefined)[], around: Values): Tensor[] {
  const values = valuesOf(program);
  for (const [outer, inner] of program.captures) values[inner] = around[outer];
  program.inputs.forEach((place, index) => {
    values[place] = given[index];
  });
  return runProgram(program, values);
}

/** Runs what rests on constants and shapes on the plain device: a device that only notes calls would have no values to give. */
function reckoned<T>(work: () => T): T {
  const device = getDevice();
  const usual = usualDevice();
  if (device === usual) return noGrad(work);
  setDevice(usual);
  try {
    return noGrad(work);
  } finally {
    setDevice(device);
  }
}
