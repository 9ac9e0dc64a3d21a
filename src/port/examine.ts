// The doctor: arrays and a model in, a plan and a verdict on every parameter out.

import type { nn, Tensor } from "../torch/index.ts";
import type { Finding, Judgement } from "./finding.ts";
import { judge } from "./judge/judge.ts";
import { judgements } from "./judge/verdicts.ts";
import { bestMatching } from "./match/choose.ts";
import { misfits } from "./match/misfits.ts";
import type { Alternative, Matching } from "./matching.ts";
import { type Proof, type ProveOptions, prove } from "./prove/prove.ts";
import type { Rule } from "./rules/rule.ts";
import type { Setting } from "./setting.ts";
import type { Source } from "./source.ts";
import { type Model, modelOf } from "./target.ts";

/** An input and an output that Python recorded. */
export interface Recorded {
  /** In the order in which the model takes them. */
  readonly inputs: readonly Tensor[];
  /** In the order in which the model gives them; where it gives more, the rest is not looked at. */
  readonly outputs: readonly Tensor[];
  /** Outputs of submodules by path; of large ones the first rows of the batch. */
  readonly activations?: ReadonlyMap<string, Tensor>;
  /** |got - want| <= atol + rtol |want|. Default 1e-5 each. */
  readonly atol?: number;
  readonly rtol?: number;
}

/** How weights are examined. */
export interface ExamineOptions extends Pick<ProveOptions, "onProgress" | "seconds" | "runs"> {
  /** Name of the matcher to be used. Default: found out. */
  readonly layout?: string;
  /**
   * Repairs that lose numbers or make some up, by the kind of the finding: "padded" cuts spare rows of zeros off, "missing"
   * puts zeros in the place of missing biases, "numbers left over" takes the first numbers of a longer array.
   */
  readonly allow?: readonly string[];
  /** Example inputs, where nothing is recorded: with them what stands behind a Flatten is known. */
  readonly inputs?: readonly Tensor[];
  readonly recorded?: Recorded;
}

/** What came of it. */
export interface Examination {
  readonly model: Model;
  readonly source: Source;
  /** Whose layout the arrays are in, and how that is known. */
  readonly layout: { readonly name: string; readonly title: string; readonly reasons: readonly string[] };
  /** How the parameters are filled; with a proof that holds, those that it was found to need. */
  readonly rules: readonly Rule[];
  /** Settings of modules that the model needs beside its weights. */
  readonly settings: readonly Setting[];
  /** Why nothing can be loaded; empty where all can. */
  readonly problems: readonly string[];
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  readonly alternatives: readonly Alternative[];
  readonly unused: readonly string[];
  readonly missing: readonly string[];
  readonly proof?: Proof;
}

/**
 * Finds out how arrays become a model's parameters, what is wrong with them, and, given a recorded input and output,
 * proves it or searches for the smallest set of changes that makes it true. The model is as it was when this returns.
 */
export function examine(module: nn.Module, source: Source, options: ExamineOptions = {}): Examination {
  const { recorded } = options;
  const model = modelOf(module, options.inputs ?? recorded?.inputs);
  const { matcher, reasons, matching: matched } = bestMatching(source, model, options.layout, options.allow);
  const layout = { name: matcher.name, title: matcher.title, reasons };
  return concluded(source, model, matched, layout, { ...options, recorded });
}

/** What a matching is concluded with. */
export interface Conclusion extends Pick<ProveOptions, "onProgress" | "seconds" | "runs"> {
  readonly recorded: Recorded | undefined;
}

/** A matching judged, proved where there is something recorded, and with its verdicts. */
export function concluded(
  source: Source,
  model: Model,
  matched: Matching,
  layout: Examination["layout"],
  { recorded, onProgress, seconds, runs }: Conclusion,
): Examination {
  const problems = [...matched.problems, ...misfits(source, model, matched)];
  const { findings: judged, matching } = judge(source, model, matched);
  const found = [...matched.findings, ...judged];
  const isComplete = problems.length === 0 && matching.missing.length === 0;
  const proof =
    recorded === undefined || !isComplete
      ? undefined
      : prove(source, model, matching, recorded, {
          onProgress,
          findings: found,
          ...(seconds === undefined ? {} : { seconds }),
          ...(runs === undefined ? {} : { runs }),
        });
  const findings = [...found, ...(proof?.findings ?? [])];
  return {
    ...(proof === undefined ? {} : { proof }),
    model,
    source,
    layout,
    rules: proof?.rules ?? matching.rules,
    settings: proof?.settings ?? [],
    problems,
    findings,
    judgements: judgements(model, findings, proof),
    alternatives: matching.alternatives,
    unused: matching.unused,
    missing: matching.missing,
  };
}
