// What would have gone wrong silently: for each kind of conversion in a plan the likely slip, with which a model loads,
// runs and raises nothing. Each is carried out, and the outputs are compared.

import { sameShape } from "../../core/layout.ts";
import type { Tensor } from "../../torch/index.ts";
import type { Examination, Recorded } from "../examine.ts";
import { Trial } from "../prove/trial.ts";
import { ruleShape } from "../rules/apply.ts";
import type { Rule } from "../rules/rule.ts";
import { type Step, shapeAfter } from "../rules/steps.ts";
import { compareOutputs } from "../verify.ts";

type Shape = readonly number[];

/** A way in which a conversion goes wrong without an error. */
interface Slip {
  /** What kind of difference it overlooks. */
  readonly kind: string;
  /** What is done instead. */
  readonly mistake: string;
  /** The difference in a few words, of the step at `at`; undefined where the slip is not possible there. */
  difference(steps: readonly Step[], at: number, shape: Shape): string | undefined;
  /** How many steps from there on are replaced. */
  readonly length: number;
  /** What stands in their place. `after` is the shape that they give. */
  instead(shape: Shape, after: Shape): readonly Step[];
}

/** Spatial axes by the letters they go by. */
const letters: Readonly<Record<number, string>> = { 1: "W", 2: "HW", 3: "DHW" };

const poured = "numbers poured into the other shape as they lie";
const reshaped = (_: Shape, shape: Shape): readonly Step[] => [{ op: "reshape", shape }];
const leftOut = (): readonly Step[] => [];

/** Steps that keep the shape and are simply forgotten. */
const forgotten = (
  op: Step["op"],
  kind: string,
  mistake: string,
  difference: (step: Step) => string,
): Slip => ({
  kind,
  mistake,
  difference: (steps, at) => (steps[at]!.op === op ? difference(steps[at]!) : undefined),
  length: 1,
  instead: leftOut,
});

/** The axes of a kernel as letters: "HWIO to OIHW". */
function kernelText(axes: readonly number[]): string {
  const spatial = letters[axes.length - 2];
  const isKeras = axes.every((axis, i) => axis === (i < 2 ? axes.length - 1 - i : i - 2));
  return spatial === undefined || !isKeras
    ? `axes in the order (${axes.join(", ")})`
    : `${spatial}IO to OI${spatial}`;
}

const slips: readonly Slip[] = [
  {
    kind: "flatten order",
    mistake: "transposed alone, which fits",
    difference: (steps, at, shape) => {
      const [first, second, third] = steps.slice(at, at + 3);
      if (first?.op !== "reshape" || second?.op !== "transpose" || third?.op !== "reshape") return undefined;
      if (shape.length !== 2 || third.shape.length !== 2 || first.shape.length < 3) return undefined;
      const spatial = letters[first.shape.length - 2] ?? "spatial";
      return `rows in ${spatial}C order to columns in C${spatial} order`;
    },
    length: 3,
    instead: (shape, after) =>
      sameShape(shape.toReversed(), after) ? [{ op: "transpose", axes: [1, 0] }] : reshaped(shape, after),
  },
  {
    kind: "dense axes",
    mistake: poured,
    difference: (steps, at) => {
      const step = steps[at]!;
      return step.op === "transpose" && step.axes.join() === "1,0" ? "[in, out] to [out, in]" : undefined;
    },
    length: 1,
    instead: reshaped,
  },
  {
    kind: "kernel axes",
    mistake: poured,
    difference: (steps, at) => {
      const step = steps[at]!;
      return step.op === "transpose" && step.axes.length > 2 ? kernelText(step.axes) : undefined;
    },
    length: 1,
    instead: reshaped,
  },
  {
    kind: "memory order",
    mistake: "read row by row",
    difference: (steps, at) =>
      steps[at]!.op === "unravel_fortran" ? "column-major to row-major" : undefined,
    length: 1,
    instead: reshaped,
  },
  forgotten("gates", "gate order", "gates taken in the order of the file", (step) =>
    step.op === "gates" ? `${step.from} to ${step.to}` : "",
  ),
  forgotten("flip", "kernel flipped", "taken without flipping it", () => "the other way round"),
  forgotten("take", "order of elements", "taken in the order of the file", () => "another order"),
  forgotten("add_slice", "offset", "taken without the offset", (step) =>
    step.op === "add_slice" ? `${step.value} is added to a part` : "",
  ),
  forgotten("add", "offset", "taken without the offset", (step) =>
    step.op === "add" ? `${step.value} is added` : "",
  ),
  forgotten("mul", "factor", "taken without the factor", (step) =>
    step.op === "mul" ? `times ${step.value}` : "",
  ),
  forgotten("mul_self", "square", "taken without squaring it", () => "the square is stored as its root"),
];

/** Steps with the slip in them, wherever it is possible; undefined where it nowhere is. */
function slipped(
  slip: Slip,
  steps: readonly Step[],
  shape: Shape,
): { steps: Step[]; difference: string } | undefined {
  const result: Step[] = [];
  let [before, current] = [shape, shape];
  let difference: string | undefined;
  for (let at = 0; at < steps.length; ) {
    const found = isTaken(slip, steps, at, before) ? slip.difference(steps, at, current) : undefined;
    const length = found === undefined ? 1 : slip.length;
    const next = shapeAfter(current, steps.slice(at, at + length));
    result.push(...(found === undefined ? [steps[at]!] : slip.instead(current, next)));
    difference ??= found;
    [before, current] = [current, next];
    at += length;
  }
  return difference === undefined ? undefined : { steps: result, difference };
}

/**
 * False iff the step is the middle of a longer slip, which is another lesson.
 * @param before the shape before the step in front of it
 */
function isTaken(slip: Slip, steps: readonly Step[], at: number, before: Shape): boolean {
  if (slip.length > 1 || at === 0) return true;
  const [flatten] = slips;
  return slip === flatten || flatten!.difference(steps, at - 1, before) === undefined;
}

/** A conversion that was needed, and what the model does without it. */
export interface Lesson {
  /** What kind of difference it makes good: "kernel axes", "flatten order", "gate order". */
  readonly kind: string;
  /** The difference in a few words. */
  readonly difference: string;
  readonly parameters: readonly string[];
  /** What is done where one does not know. */
  readonly mistake: string;
  /** The largest distance from the recorded output, with the mistake. */
  readonly absolute: number;
  /** The model's first output with the mistake: it loads, runs and raises nothing. */
  readonly output: Tensor;
}

interface Draft {
  readonly slip: Slip;
  readonly difference: string;
  readonly rules: Rule[];
}

/** The rules with a slip in them, those of one kind and difference together. */
function drafts({ rules, source }: Examination): Draft[] {
  const shapes = new Map(source.arrays.map(({ name, array }) => [name, array.shape]));
  const found = new Map<string, Draft>();
  for (const rule of rules) {
    for (const slip of slips) {
      const wrong = slippedRule(slip, rule, shapes);
      if (wrong === undefined) continue;
      const key = `${slip.kind}: ${wrong.difference}`;
      const draft = found.get(key) ?? { slip, difference: wrong.difference, rules: [] };
      draft.rules.push(wrong.rule);
      found.set(key, draft);
    }
  }
  return [...found.values()];
}

/** A rule with the slip in it, if it keeps the shape. */
function slippedRule(
  slip: Slip,
  rule: Rule,
  shapes: ReadonlyMap<string, Shape>,
): { rule: Rule; difference: string } | undefined {
  const shapeOf = (name: string): Shape | undefined => shapes.get(name);
  const differences: string[] = [];
  const through = (steps: readonly Step[] | undefined, shape: Shape): readonly Step[] => {
    const result = slipped(slip, steps ?? [], shape);
    if (result !== undefined) differences.push(result.difference);
    return result?.steps ?? steps ?? [];
  };
  const joined = ruleShape({ ...rule, ops: [] }, shapeOf);
  const wrong: Rule = {
    ...rule,
    from: rule.from.map((part) => ({ ...part, ops: through(part.ops, shapes.get(part.name) ?? []) })),
    ops: through(rule.ops, joined),
  };
  const [difference] = differences;
  if (difference === undefined || !sameShape(ruleShape(wrong, shapeOf), ruleShape(rule, shapeOf)))
    return undefined;
  return { rule: wrong, difference };
}

/**
 * For each kind of conversion in a plan that was proved, runs the model with the likely slip in its place; the model is
 * then as it was. Slips that change nothing in the outputs are left out.
 */
export function lessons(examination: Examination, recorded: Recorded): Lesson[] {
  const { model, source, rules, settings, proof } = examination;
  if (proof?.holds !== true) return [];
  const wanted = drafts(examination);
  if (wanted.length === 0) return [];
  const trial = new Trial(source, model, recorded);
  try {
    return wanted.flatMap(({ slip, difference, rules: wrong }): Lesson[] => {
      const byTarget = new Map(wrong.map((rule) => [rule.target, rule]));
      const mixed = new Map(rules.map((rule) => [rule.target, byTarget.get(rule.target) ?? rule]));
      const outputs = trial.outputs({ rules: mixed, settings }).map((output) => output.clone());
      const distances = outputs.map((output, i) => compareOutputs(output, recorded.outputs[i]!, recorded));
      if (distances.every(({ isWithin }) => isWithin)) return [];
      const absolute = Math.max(...distances.map((each) => each.absolute));
      const parameters = wrong.map(({ target }) => target);
      return [
        { kind: slip.kind, difference, mistake: slip.mistake, parameters, absolute, output: outputs[0]! },
      ];
    });
  } finally {
    trial.end();
  }
}
