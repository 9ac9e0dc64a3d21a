// Traces of one module for several sizes of its arguments.

import { RuntimeError, ValueError } from "../core/errors.ts";
import { zeros } from "../torch/creation.ts";
import type { Module } from "../torch/nn/module.ts";
import type { Tensor } from "../torch/tensor.ts";
import { argumentNames, type DynamicAxis } from "./arguments.ts";
import { type Program, programOf } from "./build.ts";
import { derived } from "./derivations.ts";
import { DynamicProgram } from "./dynamic.ts";
import { hasNoPattern } from "./dynamic-constant.ts";
import { Lengths, type Sizes, trialsOf } from "./expressions.ts";
import type { DynamicChoice } from "./graph.ts";
import { type TracedCall, tensorsOf, traceModule } from "./module.ts";
import type { Input } from "./program.ts";
import type { Stage } from "./stages.ts";
import { mapTensors } from "./tree.ts";

/** A module as one program for all sizes. */
export interface DynamicTrace {
  readonly traced: TracedCall;
  readonly program: Program;
  readonly choice: DynamicChoice;
  readonly lengths: Lengths;
  readonly axes: readonly DynamicAxis[];
  /** The one stage: each result as a tensor of its own. */
  readonly stages: readonly Stage[];
}

/** So many dynamic lengths at most: there is a trace for each combination of two sizes of all. */
const most = 4;

/** Sizes to try beside the one that is given: multiples, for what is cut into parts, then smaller and larger ones. */
const steps: readonly ((size: number) => readonly [low: number, high: number, check: number])[] = [
  (size) => [size, 2 * size, 3 * size],
  (size) => [size, size - 1, size - 2],
  (size) => [size, size + 1, size + 2],
];

/** The sizes that the arguments have, by the lengths' names. @throws ValueError when one length has two sizes */
export function sizesOf(
  module: Module,
  args: readonly unknown[],
  axes: readonly DynamicAxis[],
): Map<string, number> {
  const tensors = tensorsOf(args);
  const found = new Map<string, number>();
  for (const { name, argument, axis } of axes) {
    const size = tensors[argument]!.shape[axis]!;
    const known = found.get(name);
    if (known !== undefined && known !== size) {
      const names = argumentNames(module, args);
      throw new ValueError(
        `the length ${name} is ${known} and ${size}: axis ${axis} of ${names[argument]} is to be as long`,
      );
    }
    found.set(name, size);
  }
  return found;
}

/** Arguments with other lengths of the dynamic axes. */
function resized(
  args: readonly unknown[],
  axes: readonly DynamicAxis[],
  sizes: ReadonlyMap<string, number>,
): readonly unknown[] {
  let next = 0;
  return mapTensors(args, (tensor) => {
    const argument = next++;
    const own = axes.filter((each) => each.argument === argument);
    if (own.length === 0) return tensor;
    const shape = [...tensor.shape];
    for (const { axis, name } of own) shape[axis] = sizes.get(name)!;
    return zeros(shape, { dtype: tensor.dtype });
  }) as readonly unknown[];
}

/**
 * Traces a module for several sizes, and lays the traces beside one another.
 * @throws NotImplementedError naming what depends on the sizes in a way that no graph can express
 */
export function traceDynamic(
  module: Module,
  args: readonly unknown[],
  axes: readonly DynamicAxis[],
  settle?: (tensor: Tensor) => Tensor,
): DynamicTrace {
  const given = sizesOf(module, args, axes);
  if (given.size > most)
    throw new ValueError(`at most ${most} lengths can be dynamic, and not ${given.size}`);
  const names = [...given.keys()];
  let failure: unknown;
  for (const step of steps) {
    // Different lengths get different sizes, and none is 1, which has rules of its own.
    const tried = names.map((name, i) =>
      step(Math.max(given.get(name)!, 4) + (given.get(name)! < 4 ? i : 0)),
    );
    const sizes: Sizes = {
      names,
      pairs: tried.map(([low, high]) => [low, high] as const),
      check: tried.map(([, , check]) => check),
    };
    try {
      return laid((own) => traceModule(module, own, settle, true), args, axes, sizes);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure instanceof Error ? failure : new RuntimeError(String(failure));
}

/** Traces for several sizes, laid beside one another. */
function laid(
  trace: (args: readonly unknown[]) => TracedCall,
  args: readonly unknown[],
  axes: readonly DynamicAxis[],
  sizes: Sizes,
): DynamicTrace {
  const lengths = new Lengths(sizes);
  const places = new Map(axes.map(({ name, argument, axis }) => [name, { slot: argument, axis }]));
  let calls: readonly TracedCall[] = trialsOf(sizes).map((trial) => {
    const named = new Map(sizes.names.map((name, i) => [name, trial[i]!]));
    return trace(resized(args, axes, named));
  });
  for (;;) {
    const programs = calls.map((call) => programOf(call.trace));
    const program = new DynamicProgram(
      lengths,
      programs.map(({ tensors }) => tensors),
    );
    const choice = { program, traces: calls.map((call) => call.trace), places, axes };
    const further = derived(calls, unpatterned(choice, programs[0]!));
    if (further === undefined) {
      const stages = programs[0]!.tensors.map((value, index) => ({ kind: "tensor", value, index }) as const);
      return { traced: calls[0]!, program: programs[0]!, choice, lengths, axes, stages: [stages] };
    }
    calls = further;
  }
}

/** The slots of constants that the run has made, that are others for other sizes, and that are no pattern. */
function unpatterned(choice: DynamicChoice, { inputs }: Program): Set<number> {
  const { program, traces } = choice;
  const found = new Set<number>();
  for (const { value } of inputs) {
    const { slot } = value.maker as Input;
    const isMade = traces[0]!.slots[slot]!.isFresh && program.inAll(value).length === traces.length;
    if (isMade && !found.has(slot) && hasNoPattern(choice, value)) found.add(slot);
  }
  return found;
}
