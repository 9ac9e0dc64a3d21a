// What a port did and how it was proved, as data and as text for a terminal.

import { tableLines } from "../core/text.ts";
import type { nn, Tensor } from "../torch/index.ts";
import type { Plan } from "./plan.ts";
import { transformText } from "./transform.ts";
import { type Comparison, compareOutputs, countRight, lessons, predict } from "./verify.ts";

/** Recorded inputs and outputs, with labels where the output is a score for each class. */
export interface Probe {
  readonly input: Tensor;
  readonly output: Tensor;
  readonly labels?: Tensor;
}

/** A conversion that was needed, and what the model does without it. */
export interface LessonReport {
  readonly kind: string;
  readonly difference: string;
  readonly parameters: readonly string[];
  readonly mistake: string;
  /** Rows whose largest output is at the label, with the mistake. */
  readonly right?: number;
  /** The largest distance from the recorded outputs, with the mistake. */
  readonly absolute: number;
}

/** A port as plain data. */
export interface PortReport {
  readonly model: string;
  readonly layout: string;
  readonly arrangement: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly from: string;
    readonly steps: string;
  }[];
  readonly unused: readonly string[];
  readonly notes: readonly string[];
  readonly conversions?: readonly LessonReport[];
  readonly outputs?: Comparison & { readonly shape: readonly number[] };
  readonly labels?: { readonly right: number; readonly recorded: number; readonly count: number };
}

/** Gathers the report of a plan that was carried out; with a probe, runs the model and proves it. */
export function portReport(
  model: nn.Module,
  plan: Plan,
  probe?: Probe,
  tolerance: { readonly atol?: number; readonly rtol?: number } = {},
): PortReport {
  const base = {
    model: model.constructor.name,
    layout: plan.convention.title,
    arrangement: plan.arrangement,
    parameters: plan.entries.map(({ target, source, steps }) => ({
      name: target.name,
      shape: target.tensor.shape,
      from: source.name,
      steps: transformText(steps),
    })),
    unused: plan.unused,
    notes: plan.notes,
  };
  if (probe === undefined) return base;
  const { input, output, labels } = probe;
  const got = predict(model, input);
  return {
    ...base,
    conversions: lessons(model, plan, input).map((lesson) => ({
      kind: lesson.kind,
      difference: lesson.difference,
      parameters: lesson.parameters,
      mistake: lesson.mistake,
      ...(labels === undefined ? {} : { right: countRight(lesson.output, labels) }),
      absolute: compareOutputs(lesson.output, output, tolerance).absolute,
    })),
    outputs: { ...compareOutputs(got, output, tolerance), shape: got.shape },
    ...(labels === undefined
      ? {}
      : {
          labels: {
            right: countRight(got, labels),
            recorded: countRight(output, labels),
            count: labels.layout.size,
          },
        }),
  };
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

const numerals = ["No", "One", "Two", "Three", "Four", "Five", "Six"];

/** The report for a terminal. */
export function portText(report: PortReport): string {
  const count = report.parameters.length;
  const lines = [`${count} parameters of ${report.model} from arrays in ${report.layout}'s layout`, ""];
  const rows = report.parameters.map(({ name, shape, from, steps }) => [name, shapeText(shape), from, steps]);
  lines.push(...tableLines([["parameter", "shape", "array", "steps"], ...rows]).map((line) => `  ${line}`));
  if (report.conversions !== undefined && report.conversions.length > 0)
    lines.push("", ...conversionLines(report));
  if (report.outputs !== undefined) lines.push("", ...proofLines(report));
  if (report.unused.length > 0) lines.push("", `not used: ${report.unused.join(", ")}`);
  for (const note of report.notes) lines.push("", `note: ${note}`);
  return lines.join("\n");
}

function conversionLines(report: PortReport): string[] {
  const conversions = report.conversions!;
  const number = numerals[conversions.length] ?? String(conversions.length);
  const lines = [
    `${number} ${conversions.length === 1 ? "conversion was" : "conversions were"} needed. Without it the model loads, runs, raises nothing, and:`,
    "",
  ];
  for (const { kind, difference, parameters, mistake, right, absolute } of conversions) {
    const score =
      right === undefined
        ? `outputs up to ${absolute.toPrecision(2)} off`
        : `${right} of ${report.labels!.count} right, outputs up to ${absolute.toPrecision(2)} off`;
    lines.push(`  ${kind}: ${difference} (${parameters.join(", ")})`, `    ${mistake}: ${score}`);
  }
  return lines;
}

function proofLines(report: PortReport): string[] {
  const { absolute, relative, isWithin, shape } = report.outputs!;
  const verdict = isWithin ? "the same as Python's" : "NOT the same as Python's";
  const lines = [
    `outputs   ${shapeText(shape)}, ${verdict}: at most ${absolute.toExponential(1)} apart, ${relative.toExponential(1)} of the largest`,
  ];
  const { labels } = report;
  if (labels !== undefined) {
    const comparison = labels.right === labels.recorded ? "as in Python" : `in Python ${labels.recorded}`;
    lines.push(`labels    ${labels.right} of ${labels.count} right, ${comparison}`);
  }
  return lines;
}
