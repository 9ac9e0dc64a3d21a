// A statement that is made about arrays and tensors, and the program that decides it.

import { elements, type Operand } from "../core/elements.ts";
import { Layout } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import { execute } from "../devices/index.ts";
import { cast } from "../ops/copying.ts";

/** What a program saw: plain data. Arrays are written with dtype, shape and base64 of their bytes in C order. */
export type Fact = null | boolean | number | string | readonly Fact[] | { readonly [name: string]: Fact };

/** Facts by name. */
export type Facts = Readonly<Record<string, Fact>>;

export interface Claim {
  /** `theme/name`. */
  readonly id: string;
  /** What is said. */
  readonly statement: string;
  /** What happens, in a sentence. */
  readonly why: string;
  /** Tries it. */
  readonly run: () => Facts;
  /** Whether the facts bear the statement out. */
  readonly holds: (facts: Facts) => boolean;
}

/** A claim that was tried. */
export interface ClaimResult {
  readonly id: string;
  readonly statement: string;
  readonly verdict: "true" | "false";
  readonly why: string;
  readonly facts: Facts;
}

/** Runs `attempt` and tells what it raised, if anything. */
export function outcomeOf(attempt: () => unknown): Facts {
  try {
    attempt();
    return { raises: null };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { raises: error.name, message: error.message };
  }
}

/** True iff a fact tells of an error. */
export function raised(fact: Fact | undefined): boolean {
  return typeof fact === "object" && fact !== null && "raises" in fact && fact.raises !== null;
}

/** An array as a fact. */
export function arrayFact(operand: Operand): Facts {
  const { dtype, shape, size } = operand.layout;
  const copy = { storage: Storage.allocate(dtype, size), layout: Layout.contiguous(dtype, shape) };
  execute(cast, [operand], [copy], { dtype, rules: "torch" });
  return { dtype: dtype.name, shape: [...shape], data: base64(copy.storage.bytes()) };
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** True iff two arrays have equal shape and elements. */
export function sameElements(a: Operand, b: Operand): boolean {
  const [x, y] = [elements(a), elements(b)];
  return (
    a.layout.shape.join() === b.layout.shape.join() &&
    x.length === y.length &&
    x.every((value, i) => value === y[i])
  );
}

/** True iff two facts are equal. */
export function sameFact(a: Fact | undefined, b: Fact | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
