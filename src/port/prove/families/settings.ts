// Settings of modules that are no weights and that other libraries have other defaults for.

import { PyFloat } from "../../../core/python.ts";
import { stepsOf } from "../../model/described.ts";
import type { StepSpec } from "../../spec.ts";
import { typeOf } from "../../target.ts";
import type { Change, ChangeFamily } from "../change.ts";

/** A field of modules, the values that it has elsewhere, and which modules have it. */
interface Choice {
  readonly field: string;
  /** The likeliest first. */
  readonly values: readonly unknown[];
  readonly source: string;
}

const choices: readonly Choice[] = [
  {
    field: "eps",
    values: [1e-3, 1e-5, 1e-6, 1e-12, 1e-8, 1e-7, 1e-4, 1e-2, 0],
    source: "Keras 1e-3, PyTorch 1e-5, Flax and timm 1e-6, BERT 1e-12",
  },
  {
    field: "approximate",
    values: ["tanh", "none"],
    source: "GELU: Flax and GPT-2 tanh, Keras and PyTorch exact",
  },
  {
    field: "negativeSlope",
    values: [0.3, 0.2, 0.1, 0.01, 0],
    source: "LeakyReLU: Keras layer 0.3, Keras function and TensorFlow 0.2, Darknet 0.1, PyTorch 0.01",
  },
  {
    field: "countIncludePad",
    values: [true, false],
    source: "AvgPool: PyTorch counts padding, TensorFlow not",
  },
  { field: "alignCorners", values: [true, false, null], source: "Upsample: TensorFlow 1 and PyTorch differ" },
  {
    field: "paddingMode",
    values: ["zeros", "reflect", "replicate", "circular"],
    source: "documentation of torch.nn.Conv2d",
  },
  {
    field: "batchFirst",
    values: [true, false],
    source: "torch.nn.LSTM, GRU, MultiheadAttention: default False",
  },
  { field: "normFirst", values: [true, false], source: "torch.nn.TransformerEncoderLayer: default False" },
];

const shown = (value: unknown): string => (typeof value === "number" ? String(value) : JSON.stringify(value));

/** A field's value, where it is a plain one. */
function fieldOf(module: object, field: string): unknown {
  const value = (module as Record<string, unknown>)[field];
  return value instanceof PyFloat ? value.value : value;
}

/** An option of the steps of an operation: what it is called, where it stands among the arguments, its default. */
interface StepChoice {
  readonly operations: RegExp;
  readonly option: string;
  readonly place?: number;
  readonly normal?: unknown;
  /** The field of modules that has the same values. */
  readonly field: string;
}

const stepChoices: readonly StepChoice[] = [
  { operations: /gelu/, option: "approximate", normal: "none", field: "approximate" },
  { operations: /leaky_relu/, option: "negative_slope", place: 1, normal: 0.01, field: "negativeSlope" },
  { operations: /layer_norm|group_norm/, option: "eps", place: 4, normal: 1e-5, field: "eps" },
  { operations: /batch_norm/, option: "eps", place: 7, normal: 1e-5, field: "eps" },
  { operations: /rms_norm/, option: "eps", place: 3, field: "eps" },
  { operations: /avg_pool/, option: "count_include_pad", place: 5, normal: true, field: "countIncludePad" },
  { operations: /interpolate|upsample_bilinear/, option: "align_corners", field: "alignCorners" },
];

/** A number that is added and as small as an epsilon: exported normalisations have theirs so. */
const smallSum: StepChoice = { operations: /\badd\b/, option: "1", place: 1, field: "eps" };
const isSmall = (value: unknown): boolean => typeof value === "number" && value > 0 && value <= 0.01;

/** Where a step has an option, and its value; undefined where it has none. */
function optionAt({ kw = {}, in: args = [] }: StepSpec, choice: StepChoice): [string, unknown] | undefined {
  const { option, place, normal } = choice;
  if (option in kw) return [option, kw[option]];
  if (place !== undefined && place < args.length) return [String(place), args[place]];
  return normal === undefined ? undefined : [option, normal];
}

function* stepChanges(path: string, steps: readonly StepSpec[]): Iterable<Change> {
  for (const step of steps) {
    const { op = "", set } = step;
    const own = stepChoices.find(({ operations }) => operations.test(op));
    const isSum = smallSum.operations.test(op) && isSmall(step.in?.[1]);
    const choice = own ?? (isSum ? smallSum : undefined);
    const at = choice === undefined ? undefined : optionAt(step, choice);
    if (choice === undefined || at === undefined) continue;
    const [option, now] = at;
    const { values } = choices.find(({ field }) => field === choice.field)!;
    for (const value of values) {
      if (value === now || typeof value !== typeof now) continue;
      const name = option === "1" && choice === smallSum ? "eps" : choice.option;
      yield {
        kind: "setting",
        way: `${choice.field} ${shown(value)} of steps`,
        parameters: [path === "" ? set : `${path}.${set}`],
        text: `${name} of ${op} is ${shown(now)} in the model and was ${shown(value)} where the weights are from: a setting, no mistake in the weights`,
        repair: `set ${name} to ${shown(value)}`,
        edits: [],
        settings: [{ path, name: `step ${set}.${option}`, value }],
      };
    }
  }
}

/** Settings of modules, and options of described steps. */
export const settingsFamily: ChangeFamily = {
  name: "settings",
  source: "porting facts: defaults of Keras, PyTorch and Flax",
  *changes({ model }): Iterable<Change> {
    for (const { field, values } of choices) {
      for (const [path, module] of model.module.namedModules()) {
        const now = field in module ? fieldOf(module, field) : undefined;
        if (now === undefined || !values.some((value) => typeof value === typeof now)) continue;
        for (const value of values) {
          if (value === now || typeof value !== typeof now) continue;
          yield {
            kind: "setting",
            way: `${field} ${shown(value)}`,
            parameters: [path],
            text: `${field} of ${typeOf(module)} is ${shown(now)} in the model and was ${shown(value)} where the weights are from: a setting, no mistake in the weights`,
            repair: `set ${field} to ${shown(value)}`,
            edits: [],
            settings: [{ path, name: field, value }],
          };
        }
      }
    }
    for (const [path, module] of model.module.namedModules()) {
      yield* stepChanges(path, stepsOf(module)?.steps ?? []);
    }
  },
};
