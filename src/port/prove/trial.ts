// Trying plans on a model: fill, run, compare; in the end the model is put back as it was.

import type { NDArray } from "../../numpy/ndarray.ts";
import { fromNumpy, noGrad, Tensor } from "../../torch/index.ts";
import type { Recorded } from "../examine.ts";
import { applyRule } from "../rules/apply.ts";
import type { Rule } from "../rules/rule.ts";
import { applySetting, type Setting } from "../setting.ts";
import type { Source } from "../source.ts";
import type { Model } from "../target.ts";
import { type Comparison, compareOutputs } from "../verify.ts";

/** A model under trial. `end` puts it back as it was. */
export class Trial {
  private readonly model: Model;
  private readonly recorded: Recorded;
  private readonly arrays: ReadonlyMap<string, NDArray>;
  private readonly kept: ReadonlyMap<string, Tensor>;
  private readonly wasTraining: boolean;
  /** The rules whose results the model holds now. */
  private readonly filled: Map<string, Rule> = new Map();

  constructor(source: Source, model: Model, recorded: Recorded) {
    this.model = model;
    this.recorded = recorded;
    this.arrays = new Map(source.arrays.map(({ name, array }) => [name, array]));
    this.kept = noGrad(() => new Map(model.targets.map(({ name, tensor }) => [name, tensor.clone()])));
    this.wasTraining = model.module.training;
    model.module.eval();
  }

  /** What the model gives with rules and settings, against what was recorded. */
  run(rules: readonly Rule[], settings: readonly Setting[]): Comparison {
    return worst(this.outputs(rules, settings).map((got, i) => this.compare(got, this.recorded.outputs[i]!)));
  }

  /** The outputs that are recorded too. */
  outputs(rules: readonly Rule[], settings: readonly Setting[]): Tensor[] {
    this.fill(rules);
    const old = settings.map((setting) => applySetting(this.model.module, setting));
    try {
      return outputsOf(this.model, this.recorded);
    } finally {
      for (const setting of old.reverse()) applySetting(this.model.module, setting);
    }
  }

  /** Only what changed since the last run is written. */
  private fill(rules: readonly Rule[]): void {
    noGrad(() => {
      for (const rule of rules) {
        if (this.filled.get(rule.target) === rule) continue;
        const target = this.model.byName.get(rule.target)!;
        target.tensor.copy_(fromNumpy(applyRule(rule, (name) => this.arrays.get(name)).copy()));
        this.filled.set(rule.target, rule);
      }
    });
  }

  private compare(got: Tensor, want: Tensor): Comparison {
    const { atol, rtol } = this.recorded;
    return compareOutputs(got, want, {
      ...(atol === undefined ? {} : { atol }),
      ...(rtol === undefined ? {} : { rtol }),
    });
  }

  /** Puts the model back as it was. */
  end(): void {
    noGrad(() => {
      for (const [name, tensor] of this.kept) this.model.byName.get(name)!.tensor.copy_(tensor);
    });
    this.model.module.train(this.wasTraining);
  }
}

/** Outputs of a model as a list: one tensor, or those of a tuple that are tensors. */
function outputsOf({ module }: Model, { inputs, outputs }: Recorded): Tensor[] {
  const result = noGrad(() =>
    (module as unknown as { call(...x: readonly Tensor[]): unknown }).call(...inputs),
  );
  const list = Array.isArray(result) ? result : [result];
  return list.filter((each): each is Tensor => each instanceof Tensor).slice(0, outputs.length);
}

const worst = (comparisons: readonly Comparison[]): Comparison =>
  comparisons.reduce((a, b) =>
    b.isWithin === a.isWithin ? (b.relative > a.relative ? b : a) : b.isWithin ? a : b,
  );
