// A program in one or two graphs. Memory that is updated (parameters, an optimizer's state) can be written where it lies only
// when nothing reads the old values any more, and a graph does not say in which order its nodes run. So what reads old values,
// and what results need, comes first; updates come second, each behind all that it is made of.

import { type Program, placewise, type Stored } from "./build.ts";
import { type Input, inputsOf, type Maker, type Value } from "./program.ts";

/** What a stage gives. */
export type StageOutput =
  | { readonly kind: "result"; readonly value: Value; readonly stored: Stored }
  /** A result as a tensor of its own, by its number. */
  | { readonly kind: "tensor"; readonly value: Value; readonly index: number }
  | {
      readonly kind: "update";
      readonly value: Value;
      readonly stored: Stored;
      /** True iff the graph may write to the memory itself. */
      readonly isInPlace: boolean;
    }
  /** A value that the second stage reads. */
  | { readonly kind: "carried"; readonly value: Value };

/** A part of a program that is one graph. */
export type Stage = readonly StageOutput[];

/** All makers that values depend on, their own included. */
function ancestorsOf(makers: Iterable<Maker>): Set<Maker> {
  const found = new Set<Maker>(makers);
  // A set that grows is walked to its end.
  for (const maker of found) for (const value of inputsOf(maker)) found.add(value.maker);
  return found;
}

const makersOf = (stored: readonly Stored[]): Maker[] => stored.map(({ value }) => value.maker);

/** Values that one maker alone reads, and that are not among those that are wanted. */
export function usedOnce(wanted: readonly Value[]): Set<Value> {
  const counts = new Map<Value, number>();
  const count = (value: Value): void => {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  };
  // What is wanted is used twice at least: there, and by whoever has it otherwise.
  for (const value of wanted) for (const _ of [0, 1]) count(value);
  for (const maker of ancestorsOf(wanted.map((value) => value.maker))) inputsOf(maker).forEach(count);
  return new Set([...counts].flatMap(([value, uses]) => (uses === 1 ? [value] : [])));
}

/** Who reads the values that are there when the program runs. */
function readersOf(makers: Iterable<Maker>): Map<Maker, Maker[]> {
  const readers = new Map<Maker, Maker[]>();
  for (const maker of makers) {
    for (const { maker: source } of inputsOf(maker)) {
      if (source.kind !== "input") continue;
      const known = readers.get(source);
      if (known === undefined) readers.set(source, [maker]);
      else known.push(maker);
    }
  }
  return readers;
}

/** True iff a value is made of an input by views alone. */
function isViewOf({ maker }: Value, input: Maker | undefined): boolean {
  if (maker === input) return true;
  return maker.kind === "view" && maker.inputs.some((each) => isViewOf(each, input));
}

/** True iff the last step of an update reads what it overwrites at no other place than it writes. */
function isPlacewise({ maker }: Value, input: Maker | undefined): boolean {
  if (maker.kind === "input") return false;
  if (!maker.inputs.some((value) => isViewOf(value, input))) return true;
  if (maker.kind === "view") return false;
  return placewise.has(maker.name);
}

/** A program in stages. */
export function stagesOf(program: Program): Stage[] {
  const { inputs, updates, results } = program;
  const readers = readersOf(ancestorsOf(makersOf([...updates, ...results])));
  const sources = new Map(inputs.map(({ region, value }) => [region, value.maker as Input]));
  const own = new Map(updates.map((update) => [update, ancestorsOf([update.value.maker])]));
  const strangers = (update: Stored): Maker[] => {
    const source = sources.get(update.region);
    return (source === undefined ? [] : (readers.get(source) ?? [])).filter(
      (each) => !own.get(update)!.has(each),
    );
  };
  const first = ancestorsOf([...makersOf(results), ...updates.flatMap(strangers)]);
  const isEarly = (update: Stored): boolean => first.has(update.value.maker);
  const outputOf = (stored: Stored): StageOutput => {
    const isSafe = !isEarly(stored) || strangers(stored).length === 0;
    const isInPlace = isSafe && isPlacewise(stored.value, sources.get(stored.region));
    return { kind: "update", value: stored.value, stored, isInPlace };
  };
  const given = results.map((stored): StageOutput => ({ kind: "result", value: stored.value, stored }));
  const late = updates.filter((update) => !isEarly(update)).map(outputOf);
  const early = [...given, ...updates.filter(isEarly).map(outputOf)];
  // With nothing before them, updates are a graph of their own.
  if (late.length === 0 || early.length + first.size === 0) return [[...early, ...late]];
  const carried = carriedTo(makersOf(updates.filter((update) => !isEarly(update))), first);
  return [[...early, ...carried.map((value): StageOutput => ({ kind: "carried", value }))], late];
}

/** Values that the first stage makes and the second reads. */
function carriedTo(makers: readonly Maker[], first: ReadonlySet<Maker>): Value[] {
  const carried = new Set<Value>();
  const second = new Set<Maker>(makers);
  for (const maker of second) {
    for (const value of inputsOf(maker)) {
      if (value.maker.kind === "input") continue;
      if (first.has(value.maker)) carried.add(value);
      else second.add(value.maker);
    }
  }
  return [...carried];
}
