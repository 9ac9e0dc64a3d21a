// Settings of modules that are no weights and that other libraries have other defaults for.

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
  return value instanceof Number ? value.valueOf() : value;
}

/** Settings of modules. */
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
  },
};
