// Two forward passes of one module, seen with inputs of two sizes: numbers in which they differ are lengths of values, and
// are written as such.

import type { Shape } from "../../core/layout.ts";
import { isJsonObject, type StepSpec } from "../../port/spec.ts";
import { equal, type Tensor } from "../../torch/index.ts";
import type { Seen } from "./frame.ts";

/** Why two forward passes cannot be made one. */
export class Unlike extends Error {}

/** A length that differs between the two passes. */
interface Length {
  readonly value: string;
  readonly axis: number;
  readonly first: number;
  readonly second: number;
}

/** Writes the steps of the first pass with lengths in the place of numbers that differ. */
class Aligner {
  readonly steps: StepSpec[] = [];
  private readonly shapes: readonly [ReadonlyMap<string, Shape>, ReadonlyMap<string, Shape>];
  private readonly lengths: Length[] = [];
  private readonly made: Map<string, string> = new Map();

  constructor(first: Seen, second: Seen) {
    this.shapes = [first.shapes, second.shapes];
  }

  /** Makes the lengths of a value known. */
  learn(value: string): void {
    const [first, second] = this.shapes.map((shapes) => shapes.get(value));
    first?.forEach((length, axis) => {
      const other = second?.[axis];
      if (other !== undefined && other !== length)
        this.lengths.push({ value, axis, first: length, second: other });
    });
  }

  /** A value that is the same in both, with what differs in size written as a length. */
  value(a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a === b ? a : this.number(a, b);
    if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
      return a.map((each, i) => this.value(each, b[i]));
    if (isJsonObject(a) && isJsonObject(b) && Object.keys(a).join() === Object.keys(b).join())
      return Object.fromEntries(Object.entries(a).map(([name, each]) => [name, this.value(each, b[name])]));
    if (a === b) return a;
    throw new Unlike(`it computes otherwise with inputs of another size: ${shown(a)} and ${shown(b)}`);
  }

  /** The length, the multiple of one, or the product of two, that the numbers are. */
  private number(a: number, b: number): string {
    for (const each of this.lengths) if (each.first === a && each.second === b) return `$${this.size(each)}`;
    for (const each of this.lengths) {
      const factor = a / each.first;
      if (Number.isInteger(factor) && factor * each.second === b) return this.operation("mul", each, factor);
      if (a - each.first === b - each.second) return this.operation("add", each, a - each.first);
    }
    for (const one of this.lengths) {
      for (const other of this.lengths) {
        const factor = a / (one.first * other.first);
        if (one.axis === other.axis && one.value === other.value) continue;
        if (!Number.isInteger(factor) || factor * one.second * other.second !== b) continue;
        const product = this.add("product", "mul", [`$${this.size(one)}`, `$${this.size(other)}`]);
        return factor === 1 ? `$${product}` : `$${this.add("product", "mul", [`$${product}`, factor])}`;
      }
    }
    throw new Unlike(
      `it computes with the number ${a}, with inputs of another size ${b}, and no length says why`,
    );
  }

  private operation(name: string, length: Length, by: number): string {
    return `$${this.add("size", name, [`$${this.size(length)}`, by])}`;
  }

  private size({ value, axis }: Length): string {
    return this.step(`size_${axis}`, { op: "Tensor.size", in: [`$${value}`, axis] });
  }

  private add(wanted: string, operator: string, args: readonly unknown[]): string {
    return this.step(wanted, { op: `operator.${operator}`, in: args });
  }

  private step(wanted: string, step: Omit<StepSpec, "set">): string {
    const key = JSON.stringify(step);
    const known = this.made.get(key);
    if (known !== undefined) return known;
    // No step has a name with a dot.
    const set = `.${wanted}_${this.made.size}`;
    this.made.set(key, set);
    this.steps.push({ set, ...step });
    return set;
  }
}

/** True iff two tensors have the same shape, type and values. */
export const isSameTensor = (a: Tensor, b: Tensor): boolean =>
  a === b || (a.dtype === b.dtype && String(a.shape) === String(b.shape) && equal(a, b));

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);

const kindOf = ({ op, module, get }: StepSpec): string => op ?? module ?? get ?? "";

/**
 * The forward pass of which two are known.
 * @throws Unlike where they differ in more than lengths
 */
export function align(first: Seen, second: Seen): Seen {
  if (first.inputs.join() !== second.inputs.join() || first.steps.length !== second.steps.length)
    throw new Unlike("it computes otherwise with inputs of another size");
  const aligner = new Aligner(first, second);
  for (const name of first.inputs) aligner.learn(name);
  first.steps.forEach((step, i) => {
    const other = second.steps[i]!;
    if (kindOf(step) !== kindOf(other))
      throw new Unlike(
        `it computes otherwise with inputs of another size: ${kindOf(step)} and ${kindOf(other)}`,
      );
    const args = step.in === undefined ? {} : { in: aligner.value(step.in, other.in) as readonly unknown[] };
    const kw =
      step.kw === undefined ? {} : { kw: aligner.value(step.kw, other.kw) as NonNullable<StepSpec["kw"]> };
    aligner.steps.push({ ...step, ...args, ...kw });
    aligner.learn(step.set);
  });
  for (const [name, constant] of first.constants) {
    const other = second.constants.get(name);
    if (other === undefined || !isSameTensor(constant, other))
      throw new Unlike(`${name} is computed from the input outside of torch's functions`);
  }
  const outputs = aligner.value(first.outputs, second.outputs) as readonly unknown[];
  return { ...first, steps: aligner.steps, outputs };
}

/** A choice between what is computed while training and what is computed otherwise. */
export interface ByMode {
  readonly training: readonly [training: unknown, otherwise: unknown];
}

/** True iff the value is chosen by the module's mode. */
export const isByMode = (value: unknown): value is ByMode =>
  isJsonObject(value) && Object.keys(value).join() === "training";

/** One value for both modes, or undefined where they differ in more than numbers and truth values. */
function byMode(a: unknown, b: unknown): unknown {
  if (a === b) return a;
  const isPlain = (each: unknown): boolean => typeof each === "number" || typeof each === "boolean";
  if (isPlain(a) && isPlain(b)) return { training: [a, b] } satisfies ByMode;
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    const all = a.map((each, i) => byMode(each, b[i]));
    return all.includes(undefined) ? undefined : all;
  }
  if (!isJsonObject(a) || !isJsonObject(b) || Object.keys(a).join() !== Object.keys(b).join())
    return undefined;
  const all = Object.entries(a).map(([name, each]) => [name, byMode(each, b[name])] as const);
  return all.some(([, each]) => each === undefined) ? undefined : Object.fromEntries(all);
}

/** Steps that are made while training alone have names that begin so. */
export const trainingMark = "training.";

function marked<T>(value: T, names: ReadonlySet<string>): T {
  if (typeof value === "string")
    return (
      value.startsWith("$") && names.has(value.slice(1)) ? `$${trainingMark}${value.slice(1)}` : value
    ) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => marked(each, names)) as T;
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, marked(each, names)])) as T;
}

/**
 * The forward pass of both modes: numbers that differ are chosen by the mode; passes that differ in more stand one behind
 * the other, the steps of training marked.
 * @throws Unlike where they take different inputs or read different tensors
 */
export function joinModes(training: Seen, otherwise: Seen): Seen {
  const plain = ({ steps, outputs }: Seen): unknown => [steps, outputs];
  const all = byMode(plain(training), plain(otherwise)) as
    | [readonly StepSpec[], readonly unknown[]]
    | undefined;
  const constants = new Map([...training.constants, ...otherwise.constants]);
  for (const [name, each] of training.constants)
    if (!isSameTensor(each, constants.get(name)!)) throw new Unlike(`${name} is another one while training`);
  if (training.inputs.join() !== otherwise.inputs.join())
    throw new Unlike("it reads other inputs while training");
  if (all !== undefined) return { ...otherwise, steps: all[0], outputs: all[1], constants };
  const names = new Set(training.steps.map(({ set }) => set));
  const steps = training.steps.map((step) => ({ ...marked(step, names), set: `${trainingMark}${step.set}` }));
  return {
    ...otherwise,
    steps: [...steps, ...otherwise.steps],
    outputs: [{ training: [marked(training.outputs, names), otherwise.outputs] } satisfies ByMode],
    constants,
  };
}
