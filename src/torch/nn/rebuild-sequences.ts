// Recurrent layers, attention, transformers and containers of parameters from what a pickle says of them. What their
// attributes do not tell of the constructor's arguments is read from their children and parameters.

import { camelCase } from "../../core/names.ts";
import { GlobalValue, type ModuleParts, TupleValue, type Value } from "../../files/values.ts";
import { empty } from "../creation.ts";
import { MultiheadAttention, NonDynamicallyQuantizableLinear } from "./attention.ts";
import { gelu } from "./functional/out-forms.ts";
import { relu } from "./functional/rectifiers.ts";
import { Identity, Unflatten } from "./linear.ts";
import type { Module } from "./module.ts";
import { ParameterDict, ParameterList } from "./parameter-containers.ts";
import { GRU, LSTM, RNN } from "./recurrent.ts";
import { GRUCell, LSTMCell, RNNCell } from "./recurrent-cells.ts";
import { Transformer, TransformerDecoder, TransformerEncoder } from "./transformer.ts";
import {
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "./transformer-layers.ts";

type Make = (parts: ModuleParts) => (() => Module) | undefined;
type Options = Readonly<Record<string, unknown>>;

/** The attributes of those names as options. */
function settings({ settings: all }: ModuleParts, names: readonly string[]): Options {
  const entries = names.filter((name) => all.has(name)).map((name) => [camelCase(name), all.get(name)]);
  return Object.fromEntries(entries) as Options;
}

function setting(parts: ModuleParts | undefined, name: string): Value | undefined {
  return parts?.settings.get(name);
}

function child(parts: ModuleParts, name: string): ModuleParts | undefined {
  return parts.children.get(name)?.module;
}

function has(parts: ModuleParts | undefined, parameter: string): boolean {
  return (parts?.parameters.get(parameter) ?? null) !== null;
}

/** A class whose constructor takes its attributes. */
function ofSettings(
  Class: unknown,
  names: readonly string[],
  more: (parts: ModuleParts) => Options = () => ({}),
): Make {
  const Constructor = Class as new (options: Options) => Module;
  return (parts) => () => new Constructor({ ...settings(parts, names), ...more(parts) });
}

const recurrent = [
  "input_size",
  "hidden_size",
  "num_layers",
  "bias",
  "batch_first",
  "dropout",
  "bidirectional",
];
const cell = ["input_size", "hidden_size", "bias"];
const attention = ["embed_dim", "num_heads", "dropout", "add_zero_attn", "kdim", "vdim", "batch_first"];

/** The arguments of classes whose modules have them as attributes. */
export const sequenceArguments: Readonly<Record<string, readonly string[]>> = {
  GRU: recurrent,
  GRUCell: cell,
  LSTM: [...recurrent, "proj_size"],
  LSTMCell: cell,
  MultiheadAttention: [...attention, "bias"],
  RNN: [...recurrent, "nonlinearity"],
  RNNCell: [...cell, "nonlinearity"],
};

/** Activations that files name. */
const activations: ReadonlyMap<string, typeof relu> = new Map<string, typeof relu>([
  ["torch.nn.functional.relu", relu],
  ["torch.nn.functional.gelu", gelu as typeof relu],
  ["torch._C._nn.gelu", gelu as typeof relu],
]);

/** The options of a transformer's layer; undefined where its activation is not here. */
function layerOptions(parts: ModuleParts): TransformerLayerOptions | undefined {
  const self = child(parts, "self_attn");
  const given = setting(parts, "activation");
  const named = given instanceof GlobalValue ? activations.get(given.path) : undefined;
  // A module as activation is a child, which takes the place of this one.
  const activation = parts.children.has("activation") ? new Identity() : named;
  if (activation === undefined || self === undefined) return undefined;
  return {
    dModel: setting(self, "embed_dim") as number,
    nhead: setting(self, "num_heads") as number,
    dimFeedforward: setting(child(parts, "linear1"), "out_features") as number,
    dropout: setting(child(parts, "dropout"), "p") as number,
    layerNormEps: setting(child(parts, "norm1"), "eps") as number,
    batchFirst: setting(self, "batch_first") as boolean,
    normFirst: setting(parts, "norm_first") as boolean,
    bias: has(self, "in_proj_bias"),
    activation,
  };
}

/** A layer's class and its options. */
function ofLayer(Class: new (options: TransformerLayerOptions) => Module): Make {
  return (parts) => {
    const options = layerOptions(parts);
    return options && (() => new Class(options));
  };
}

/** A stack of layers, which are children. */
function ofStack(Class: new (layer: Module, numLayers: number, norm: Module | null) => Module): Make {
  return (parts) => {
    const layers = setting(parts, "num_layers");
    if (layers !== child(parts, "layers")?.children.size) return undefined;
    const norm = parts.children.get("norm") ? new Identity() : null;
    return () => new Class(new Identity(), layers as number, norm);
  };
}

/** How to make a module of those classes from its parts. */
export const sequenceModules: Readonly<Record<string, Make>> = {
  GRU: ofSettings(GRU, recurrent),
  GRUCell: ofSettings(GRUCell, cell),
  LSTM: ofSettings(LSTM, [...recurrent, "proj_size"]),
  LSTMCell: ofSettings(LSTMCell, cell),
  MultiheadAttention: ofSettings(MultiheadAttention, attention, (parts) => ({
    bias: has(parts, "in_proj_bias"),
    addBiasKv: has(parts, "bias_k"),
  })),
  NonDynamicallyQuantizableLinear: ofSettings(
    NonDynamicallyQuantizableLinear,
    ["in_features", "out_features"],
    (parts) => ({ bias: has(parts, "bias") }),
  ),
  ParameterDict: (parts) => () =>
    new ParameterDict([...parts.parameters.keys()].map((name) => [name, empty(0)] as const)),
  ParameterList: (parts) => () => new ParameterList([...parts.parameters.keys()].map(() => empty(0))),
  RNN: ofSettings(RNN, [...recurrent, "nonlinearity"]),
  RNNCell: ofSettings(RNNCell, [...cell, "nonlinearity"]),
  Transformer: ofSettings(Transformer, ["d_model", "nhead", "batch_first"], () => ({
    customEncoder: new Identity(),
    customDecoder: new Identity(),
  })),
  TransformerDecoder: ofStack(TransformerDecoder),
  TransformerDecoderLayer: ofLayer(TransformerDecoderLayer),
  TransformerEncoder: ofStack(TransformerEncoder),
  TransformerEncoderLayer: ofLayer(TransformerEncoderLayer),
  Unflatten: (parts) => {
    const [dim, size] = [setting(parts, "dim"), setting(parts, "unflattened_size")];
    // Named axes are pairs; there are none here.
    if (typeof dim !== "number" || !(size instanceof TupleValue)) return undefined;
    if (!size.items.every((item) => typeof item === "number")) return undefined;
    return () => new Unflatten(dim, size.items as number[]);
  },
};
