// Reads a trace as a program of values.

import { broadcastShapes, Layout, type Shape } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import { operations } from "../ops/index.ts";
import { Memory, type Region } from "./memory.ts";
import { type Value, Values } from "./program.ts";
import type { Trace } from "./trace.ts";

/** Memory and the value that goes there. */
export interface Stored {
  readonly region: Region;
  readonly value: Value;
}

/** A trace as values. */
export interface Program {
  readonly inputs: readonly Stored[];
  /** Memory that was there before and is written. */
  readonly updates: readonly Stored[];
  /** All memory of the results, in the order of the results; each slot once. */
  readonly results: readonly Stored[];
  /** The results themselves, one by one. */
  readonly tensors: readonly Value[];
}

/** Operations that read their operands' elements at the place of the result's alone. */
export const placewise: ReadonlySet<string> = new Set(
  (Object.values(operations) as readonly Operation<never>[])
    .filter(({ isElementwise }) => isElementwise === true)
    .map(({ name }) => name),
);

/** The shape of what an operation gives: where elements go to a larger place, operands are stretched to each other alone. */
function givenShape(name: string, inputs: readonly Value[], place: Layout): Shape {
  if (!placewise.has(name) || inputs.length === 0) return place.shape;
  return broadcastShapes(inputs.map(({ shape }) => shape)) ?? place.shape;
}

/** The program that a trace is. */
export function programOf(trace: Trace): Program {
  const { slots, entries } = trace;
  const values = new Values();
  const seen: Layout[][] = slots.map(() => []);
  const see = (slot: number, layout: Layout): void => {
    if (layout.size > 0) seen[slot]!.push(layout);
  };
  slots.forEach(({ kind, layout }, slot) => {
    if (kind !== "made") see(slot, layout);
  });
  for (const { inputs, outputs } of entries) {
    for (const { slot, layout } of inputs) see(slot, layout);
    for (const { slot, layout } of outputs) see(slot, layout);
  }
  // Results are read whole, whatever of them was written.
  for (const { slot, layout } of trace.results) {
    const { kind, storage } = slots[slot]!;
    const isMade = kind === "made";
    see(slot, isMade ? new Layout(layout.dtype, [storage.length(layout.dtype)], [1], 0) : layout);
  }
  const memory = new Memory(slots, seen, values);
  entries.forEach((entry, at) => {
    values.path = entry.path;
    const inputs = entry.inputs.map((place) => memory.read(place));
    const results = entry.outputs.map(({ layout }) => ({
      dtype: layout.dtype,
      shape: givenShape(entry.name, inputs, layout),
    }));
    const outputs = values.computation(entry, at, inputs, results);
    entry.outputs.forEach((place, i) => {
      memory.write(place, values.expand(outputs[i]!, place.layout.shape));
    });
  });
  values.path = "";
  const updates = slots.flatMap(({ kind, isWritten }, slot) =>
    kind !== "made" && isWritten ? memory.contents(slot, true) : [],
  );
  const wanted = new Set(
    trace.results.map(({ slot }) => slot).filter((slot) => slots[slot]!.kind === "made"),
  );
  const results = [...wanted].flatMap((slot) => memory.contents(slot, false));
  const tensors = trace.results.map((place) => memory.read(place));
  return { inputs: memory.inputs, updates, results, tensors };
}
