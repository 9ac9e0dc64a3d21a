// The report of an examination as plain data: what `--json` prints, and what the text and the page are made from.

import { elements } from "../../core/elements.ts";
import type { FileFormat } from "../../files/format.ts";
import type { Tensor } from "../../torch/index.ts";
import type { Examination, Recorded } from "../examine.ts";
import type { Evidence, Finding, Verdict } from "../finding.ts";
import { Trial } from "../prove/trial.ts";
import { namesIn, ruleText } from "../rules/apply.ts";
import type { Rule } from "../rules/rule.ts";
import { stepsText } from "../rules/steps.ts";
import { type Target, typeOf } from "../target.ts";
import { type Comparison, countRight } from "../verify.ts";
import { lessons } from "./lessons.ts";
import { type PortVerdict, portVerdict, verdictSentence } from "./verdict.ts";

/** The number of the report's form; it grows when a field changes its meaning or goes away. */
const reportVersion = 1;

/** One entry of the state dict in a report. */
export interface ParameterReport {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The class of the module that has it: "Linear". */
  readonly module: string;
  readonly isBuffer: boolean;
  /** The entry that is the same tensor. */
  readonly tiedTo?: string;
  /** Names of the arrays that it is made from; none where it keeps the model's own value. */
  readonly arrays: readonly string[];
  /** What is done to them, as NumPy writes it; "" where nothing is. */
  readonly steps: string;
  /** The rule as data; undefined where nothing fills the entry. */
  readonly rule?: Rule;
  readonly verdict: Verdict;
  /** True iff it is wrong as it was saved, and what the model was given is right. */
  readonly isRepaired: boolean;
  readonly confidence: number;
  readonly reasons: readonly { readonly evidence: Evidence; readonly text: string }[];
  readonly settle?: string;
}

/** A conversion that was needed, and what the model does without it. */
export interface LessonReport {
  readonly kind: string;
  readonly difference: string;
  readonly parameters: readonly string[];
  readonly mistake: string;
  /** The largest distance from the recorded outputs, with the mistake. */
  readonly absolute: number;
  /** Rows whose largest output is at the label, with the mistake. */
  readonly right?: number;
}

/** What running the model showed. */
export interface ProofReport {
  readonly holds: boolean;
  readonly shapes: readonly (readonly number[])[];
  /** The outputs with the changes, against the recorded ones. */
  readonly outputs: Comparison;
  /** The outputs of the weights as they were first matched. */
  readonly before: Comparison;
  readonly changes: readonly {
    readonly kind: string;
    readonly parameters: readonly string[];
    readonly text: string;
    readonly repair: string;
  }[];
  readonly tried: number;
  readonly firstDivergence?: string;
  readonly unseen: readonly { readonly parameter: string; readonly text: string }[];
}

/** A port as plain data. */
export interface Report {
  readonly version: typeof reportVersion;
  readonly verdict: PortVerdict;
  /** The verdict in a sentence. */
  readonly sentence: string;
  readonly model: string;
  readonly source: {
    readonly file?: string;
    readonly format?: FileFormat;
    /** Under which keys of the file the arrays lie. */
    readonly nesting: readonly string[];
    readonly arrays: number;
    readonly arrangement: string;
  };
  readonly layout: Examination["layout"];
  readonly parameters: readonly ParameterReport[];
  readonly findings: readonly Finding[];
  /** Why nothing can be loaded. */
  readonly problems: readonly string[];
  readonly proof?: ProofReport;
  /** Rows of the first output whose largest number is at the label. */
  readonly labels?: { readonly right: number; readonly recorded: number; readonly count: number };
  /** What would have gone wrong silently. */
  readonly lessons: readonly LessonReport[];
  readonly settings: readonly { readonly module: string; readonly name: string; readonly value: unknown }[];
  /** What fits as well. */
  readonly alternatives: readonly {
    readonly kind: string;
    readonly text: string;
    readonly parameters: readonly string[];
  }[];
  readonly unused: readonly string[];
  readonly missing: readonly string[];
}

/** What a report tells beside the examination. */
export interface ReportOptions {
  /** Where the weights come from. */
  readonly file?: string;
  /** What the model is called. Default: its class. */
  readonly model?: string;
  /** What the examination was given: with it the report tells what would have gone wrong silently. */
  readonly recorded?: Recorded;
  /** The right class of each row of the first output. */
  readonly labels?: Tensor;
}

/** The report of an examination. With `recorded`, the model is run once more for each kind of conversion. */
export function reportOf(examination: Examination, options: ReportOptions = {}): Report {
  const { model, source, layout, findings, problems, alternatives, unused, missing, settings } = examination;
  const { recorded, labels, file } = options;
  const { format, nesting } = source.origin;
  const proof = proofOf(examination, recorded);
  const right = recorded === undefined ? undefined : labelsRight(examination, recorded, labels);
  return {
    version: reportVersion,
    verdict: portVerdict(examination),
    sentence: verdictSentence(examination),
    model: options.model ?? typeOf(model.module),
    source: {
      ...(file === undefined ? {} : { file }),
      ...(format === undefined ? {} : { format }),
      nesting,
      arrays: source.arrays.length,
      arrangement: source.arrangement,
    },
    layout,
    parameters: parametersOf(examination),
    findings,
    problems,
    ...(proof === undefined ? {} : { proof }),
    ...(right === undefined ? {} : { labels: right }),
    lessons: recorded === undefined ? [] : lessonsOf(examination, recorded, labels),
    settings: settings.map(({ path, name, value }) => ({ module: path, name, value })),
    alternatives: alternatives.map(({ kind, text, rules }) => ({
      kind,
      text,
      parameters: rules.map(({ target }) => target),
    })),
    unused,
    missing,
  };
}

function parametersOf({ model, rules, judgements }: Examination): ParameterReport[] {
  const ruleOf = new Map(rules.map((rule) => [rule.target, rule]));
  const judgementOf = new Map(judgements.map((judgement) => [judgement.parameter, judgement]));
  return model.targets.map((target) => {
    const rule = ruleOf.get(target.name);
    const { verdict, confidence, reasons, settle, isRepaired } = judgementOf.get(target.name)!;
    return {
      ...entryOf(target),
      arrays: rule === undefined ? [] : namesIn(rule),
      steps: rule === undefined ? "" : wholeSteps(rule),
      ...(rule === undefined ? {} : { rule }),
      verdict,
      isRepaired,
      confidence,
      reasons,
      ...(settle === undefined ? {} : { settle }),
    };
  });
}

/** What the model tells of an entry. */
function entryOf({
  name,
  tensor,
  type,
  isBuffer,
  tiedTo,
}: Target): Pick<ParameterReport, "name" | "shape" | "dtype" | "module" | "isBuffer" | "tiedTo"> {
  const base = { name, shape: tensor.shape, dtype: tensor.dtype.name, module: type, isBuffer };
  return tiedTo === undefined ? base : { ...base, tiedTo };
}

/** What is done to the arrays: of one array the steps alone, of several how they are joined. */
function wholeSteps(rule: Rule): string {
  const { from, combine, ops } = rule;
  return from.length === 1 && combine === undefined
    ? stepsText(from[0]!.ops) + stepsText(ops)
    : ruleText(rule);
}

function proofOf({ proof }: Examination, recorded: Recorded | undefined): ProofReport | undefined {
  if (proof === undefined) return undefined;
  const { holds, comparison, before, changes, tried, firstDivergence, unseen } = proof;
  return {
    holds,
    shapes: recorded?.outputs.map(({ shape }) => shape) ?? [],
    outputs: comparison,
    before,
    changes: changes.map(({ kind, parameters, text, repair }) => ({ kind, parameters, text, repair })),
    tried,
    ...(firstDivergence === undefined ? {} : { firstDivergence }),
    unseen,
  };
}

/** True iff the labels can be those of the rows of an output. */
const areLabelsOf = (output: Tensor, labels: Tensor): boolean =>
  output.ndim === 2 && labels.layout.size === output.shape[0];

function labelsRight(
  { model, source, rules, settings, proof }: Examination,
  recorded: Recorded,
  labels: Tensor | undefined,
): Report["labels"] {
  const [output] = recorded.outputs;
  if (labels === undefined || proof === undefined || output === undefined || !areLabelsOf(output, labels))
    return undefined;
  const trial = new Trial(source, model, recorded);
  const plan = { rules: new Map(rules.map((rule) => [rule.target, rule])), settings };
  try {
    return {
      right: countRight(trial.outputs(plan)[0]!, labels),
      recorded: countRight(output, labels),
      count: elements(labels).length,
    };
  } finally {
    trial.end();
  }
}

function lessonsOf(examination: Examination, recorded: Recorded, labels: Tensor | undefined): LessonReport[] {
  return lessons(examination, recorded).map(({ output, ...lesson }) =>
    labels === undefined || !areLabelsOf(output, labels)
      ? lesson
      : { ...lesson, right: countRight(output, labels) },
  );
}
