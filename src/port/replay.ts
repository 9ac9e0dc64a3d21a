// Examining rules that are known already: those of a saved plan, of a model's configuration, or the names as they are.

import type { nn } from "../torch/index.ts";
import { concluded, type Examination, type ExamineOptions } from "./examine.ts";
import { isHarmless } from "./match/harmless.ts";
import type { Matching } from "./matching.ts";
import { namesIn } from "./rules/apply.ts";
import { identityRule, type Rule } from "./rules/rule.ts";
import { applySetting, type Setting } from "./setting.ts";
import type { Source } from "./source.ts";
import { type Model, modelOf } from "./target.ts";

/** Rules, and where they are from. */
export interface KnownRules {
  readonly layout: Examination["layout"];
  readonly rules: readonly Rule[];
  readonly settings?: readonly Setting[];
}

/** How known rules are examined. */
export interface ReplayOptions extends Omit<ExamineOptions, "layout" | "allow"> {
  /** Whether changes are searched for where the outputs differ. Default true. */
  readonly search?: boolean;
}

/** Every array under the name of its entry. */
export function namedRules({ module }: { readonly module: nn.Module }, source: Source): KnownRules {
  const names = new Set(source.arrays.map(({ name }) => name));
  const rules = [...module.stateDict().keys()].filter((name) => names.has(name));
  return {
    layout: { name: "torch", title: "PyTorch", reasons: ["the names are taken as they are"] },
    rules: rules.map((name) => identityRule(name, name)),
  };
}

function matchingOf(source: Source, model: Model, rules: readonly Rule[]): Matching {
  const names = new Set(source.arrays.map(({ name }) => name));
  const filled = new Set(rules.map(({ target }) => target));
  for (const { name, tiedTo } of model.targets)
    if (tiedTo !== undefined && filled.has(name)) filled.add(tiedTo);
  const used = new Set(rules.flatMap(namesIn));
  const absent = [...used].filter((name) => !names.has(name));
  return {
    rules: rules.filter((rule) => namesIn(rule).every((name) => names.has(name))),
    findings: [],
    alternatives: [],
    missing: model.targets
      .filter(
        (target) => !filled.has(target.name) && target.tiedTo === undefined && !isHarmless(target, filled),
      )
      .map(({ name }) => name),
    unused: source.arrays.map(({ name }) => name).filter((name) => !used.has(name)),
    problems: absent.map((name) => `the plan reads an array "${name}", and the file has none of that name`),
  };
}

/**
 * Examines rules as `examine` does what it finds itself. Settings that belong to the rules stay made in the model.
 * @throws ValueError when the model has no such setting
 */
export function examineRules(
  module: nn.Module,
  source: Source,
  { layout, rules, settings = [] }: KnownRules,
  options: ReplayOptions = {},
): Examination {
  const { recorded, search = true, onProgress } = options;
  for (const setting of settings) applySetting(module, setting);
  const model = modelOf(module, options.inputs ?? recorded?.inputs);
  const given = matchingOf(source, model, rules);
  const examination = concluded(source, model, given, layout, {
    recorded,
    onProgress,
    ...(search ? {} : { runs: 0 }),
  });
  return { ...examination, settings: [...settings, ...examination.settings] };
}
