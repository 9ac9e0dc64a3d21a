// Constants that are others for other sizes, and no pattern: the operations that made them while the program was traced become
// operations of the graph. So a table of rotary positions is made of the positions, which are a pattern, at each run.

import type { Operand } from "../core/elements.ts";
import { Storage } from "../core/storage.ts";
import { getDevice } from "../devices/index.ts";
import type { TracedCall } from "./module.ts";
import type { Step } from "./recorder.ts";
import type { Place, Trace } from "./trace.ts";

/** True iff operations, run again on what their operands hold now, give what memory holds. */
function give(steps: readonly Step[], storage: Storage): boolean {
  const { kernels } = getDevice();
  const { dtype } = steps[0]!.output.layout;
  const copy = Storage.allocate(dtype, storage.length(dtype));
  const onCopy = (operand: Operand): Operand =>
    operand.storage === storage ? { storage: copy, layout: operand.layout } : operand;
  for (const { name, inputs, output, attributes } of steps) {
    kernels[name]!(inputs.map(onCopy), [onCopy(output)], attributes as never);
  }
  const [wanted, got] = [storage, copy].map((each) => each.view(dtype));
  return wanted!.every((element: number | bigint, i: number) => Object.is(element, got![i]));
}

/** By what a slot's memory was made; undefined where that is not known, or where other things were written since. */
function stepsOf({ trace, derivations }: TracedCall, slot: number): readonly Step[] | undefined {
  const { storage } = trace.slots[slot]!;
  const steps = derivations.get(storage);
  return steps !== undefined && give(steps, storage) ? steps : undefined;
}

/** A trace in which the graph makes a slot's memory, before the first operation that has to do with it. */
function withSteps(trace: Trace, slot: number, steps: readonly Step[]): Trace {
  const slots = [...trace.slots];
  slots[slot] = { ...slots[slot]!, kind: "made" };
  const placeOf = ({ storage, layout, isFresh }: Step["inputs"][number]): Place => {
    const known = slots.findIndex((each) => each.storage === storage);
    if (known >= 0) return { slot: known, layout };
    const made = { kind: "given", storage, isFresh, layout, isWritten: false, held: undefined } as const;
    return { slot: slots.push(made) - 1, layout };
  };
  const made = steps.map(({ name, attributes, inputs, output, path }) => ({
    ...{ name, attributes, path },
    inputs: inputs.map(placeOf),
    outputs: [{ slot, layout: output.layout }],
  }));
  const { entries } = trace;
  const first = entries.findIndex(({ inputs, outputs }) =>
    [...inputs, ...outputs].some((place) => place.slot === slot),
  );
  return { ...trace, slots, entries: entries.toSpliced(first < 0 ? entries.length : first, 0, ...made) };
}

/**
 * Traces of one program for several sizes, in which the graph makes the memory of slots that it has read as constants.
 * @returns undefined where it is known of none how it was made in all of them
 */
export function derived(
  calls: readonly TracedCall[],
  slots: Iterable<number>,
): readonly TracedCall[] | undefined {
  let made: readonly TracedCall[] | undefined;
  for (const slot of slots) {
    const each = calls.map((call) => stepsOf(call, slot));
    if (each.some((steps) => steps === undefined || steps.length !== each[0]!.length)) continue;
    made = (made ?? calls).map((call, i) => ({
      ...call,
      trace: withSteps(call.trace, slot, each[i]!),
    }));
  }
  return made;
}
