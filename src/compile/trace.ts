// What a program did, as a device saw it: the operations in their order, with the memory that each read and wrote. Memory is
// told apart by numbers ("slots") in the order in which it came up, so that two runs of one program give equal traces.

import type { TypedArray } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { type Layout, sameShape } from "../core/layout.ts";
import type { Storage } from "../core/storage.ts";
import { variableAttributes } from "../lowering/index.ts";

/** Part of a slot's memory. */
export interface Place {
  readonly slot: number;
  readonly layout: Layout;
}

/** One run of an operation. */
export interface Entry {
  readonly name: string;
  readonly attributes: unknown;
  readonly inputs: readonly Place[];
  readonly outputs: readonly Place[];
  /** The path of the module that ran it, for names and errors; "" outside of modules. */
  readonly path: string;
}

/**
 * Where a slot's memory comes from.
 *
 * - `given`: it was there before the program ran, and the program's graph reads it at each run
 * - `scalar`: a number that was there before, which may be another at each run
 * - `made`: an operation of the program made it
 */
export type SlotKind = "given" | "scalar" | "made";

/** A piece of memory. */
export interface Slot {
  readonly kind: SlotKind;
  readonly storage: Storage;
  /** True iff the run has made it, although its values were there before: another run has memory of its own. */
  readonly isFresh: boolean;
  /** How it was first read, where it was there before. */
  readonly layout: Layout;
  /** True iff the program has written to memory that was there before. */
  isWritten: boolean;
  /** The memory of one that was there before, while nobody may look at it. */
  held: TypedArray | undefined;
}

/** What a program did, without the memory that it did it to: that is not kept for the sake of it. */
export interface Frame {
  readonly slots: readonly Pick<Slot, "kind" | "isWritten">[];
  readonly entries: readonly Entry[];
  /** What the caller wants of it, in order. */
  readonly results: readonly Place[];
}

/** A program's run. */
export interface Trace extends Frame {
  readonly slots: readonly Slot[];
}

/** A run without its memory. */
export const frameOf = ({ slots, entries, results }: Trace): Frame => ({
  slots: slots.map(({ kind, isWritten }) => ({ kind, isWritten })),
  entries,
  results,
});

/** An operand's place. */
export const sameLayout = (a: Layout, b: Layout): boolean =>
  a === b ||
  (a.dtype === b.dtype &&
    a.offset === b.offset &&
    a.unit === b.unit &&
    sameShape(a.shape, b.shape) &&
    sameShape(a.strides, b.strides));

function samePlaces(a: readonly Place[], b: readonly Place[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i]!.slot !== b[i]!.slot || !sameLayout(a[i]!.layout, b[i]!.layout)) return false;
  }
  return true;
}

function sameElements(a: TypedArray, b: TypedArray): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** True iff two values are equal, lists, arrays and records by their members. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (ArrayBuffer.isView(a) && a.constructor === b.constructor)
    return sameElements(a as TypedArray, b as TypedArray);
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((each, i) => sameValue(each, b[i]));
  }
  if (Object.getPrototypeOf(a) !== Object.prototype || Object.getPrototypeOf(b) !== Object.prototype) {
    return false;
  }
  return sameAttributes(a, b, none);
}

const none: readonly string[] = [];

/** True iff attributes are equal, but for numbers that may vary from run to run. */
function sameAttributes(a: unknown, b: unknown, variable: readonly string[]): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => {
    if (!(name in right)) return false;
    const mayVary = variable.includes(name) && typeof left[name] === "number";
    return mayVary ? typeof right[name] === "number" : sameValue(left[name], right[name]);
  });
}

/** True iff two runs of operations are one and the same, but for numbers that may vary. */
export function sameEntry(a: Entry, b: Entry): boolean {
  return (
    a.name === b.name &&
    samePlaces(a.inputs, b.inputs) &&
    samePlaces(a.outputs, b.outputs) &&
    sameAttributes(a.attributes, b.attributes, variableAttributes.get(a.name) ?? none)
  );
}

/** True iff two traces are one and the same, but for numbers that may vary. Their entries are known to be. */
export function sameFrame(a: Frame, b: Frame): boolean {
  if (a.slots.length !== b.slots.length || a.entries.length !== b.entries.length) return false;
  if (!samePlaces(a.results, b.results)) return false;
  return a.slots.every((slot, i) => {
    const other = b.slots[i]!;
    return slot.kind === other.kind && slot.isWritten === other.isWritten;
  });
}

/** An operand over a slot's memory. */
export function operandAt({ slots }: Pick<Trace, "slots">, { slot, layout }: Place): Operand {
  return { storage: slots[slot]!.storage, layout };
}
