// Modules from what a pickle says of them: the class by name, the constructor's arguments from the attributes.

import { camelCase } from "../../core/names.ts";
import { type ModuleParts, TupleValue, type Value } from "../../files/values.ts";
import * as activation from "./activation.ts";
import * as adaptive from "./adaptive-pooling.ts";
import * as binaryLosses from "./binary-losses.ts";
import * as classificationLosses from "./classification-losses.ts";
import * as containers from "./containers.ts";
import * as convolution from "./convolution.ts";
import { CTCLoss } from "./ctc-loss.ts";
import * as distance from "./distance.ts";
import * as dropout from "./dropout.ts";
import { Embedding, EmbeddingBag } from "./embedding.ts";
import * as layerNormalization from "./layer-normalization.ts";
import * as likelihoodLosses from "./likelihood-losses.ts";
import * as linear from "./linear.ts";
import * as marginLosses from "./margin-losses.ts";
import type { Module } from "./module.ts";
import * as normalization from "./normalization.ts";
import * as padding from "./padding.ts";
import * as pooling from "./pooling.ts";
import { sequenceArguments, sequenceModules } from "./rebuild-sequences.ts";
import * as rectifiers from "./rectifiers.ts";
import * as regressionLosses from "./regression-losses.ts";
import * as shuffling from "./shuffling.ts";
import * as softmax from "./softmax.ts";
import * as transposed from "./transposed-convolution.ts";
import * as unpooling from "./unpooling.ts";
import * as upsampling from "./upsampling.ts";

type ModuleClass = new (...args: readonly unknown[]) => Module;

/** Attributes that are arguments of the constructor, and those that must have the value given to be left out. */
interface Rebuild {
  readonly Class: ModuleClass;
  readonly args?: readonly string[];
  /** True iff the constructor takes `bias`, which the attributes tell by the parameter of that name. */
  readonly takesBias?: boolean;
  /** Attributes that the constructor takes under another name. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Settings that a layer has in PyTorch and not here: it is rebuilt where they are as they are by default. */
  readonly defaults?: Readonly<Record<string, Value>>;
}

const rebuild = (
  Class: unknown,
  args: readonly string[] = [],
  rest: Omit<Rebuild, "Class" | "args"> = {},
): Rebuild => ({
  Class: Class as ModuleClass,
  args,
  ...rest,
});

const convolutionArgs = [
  "in_channels",
  "out_channels",
  "kernel_size",
  "stride",
  "padding",
  "dilation",
  "groups",
  "padding_mode",
];
const batchNormArgs = ["num_features", "eps", "momentum", "affine", "track_running_stats"];
const maxPoolArgs = ["kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode"];
const averagePoolArgs = ["kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"];
const withBias = { takesBias: true, defaults: { transposed: false } } as const;
const transposedArgs = [...convolutionArgs, "output_padding"];

const table: Readonly<Record<string, Rebuild>> = {
  AdaptiveAvgPool1d: rebuild(adaptive.AdaptiveAvgPool1d, ["output_size"]),
  AdaptiveAvgPool2d: rebuild(adaptive.AdaptiveAvgPool2d, ["output_size"]),
  AdaptiveAvgPool3d: rebuild(adaptive.AdaptiveAvgPool3d, ["output_size"]),
  AdaptiveMaxPool1d: rebuild(adaptive.AdaptiveMaxPool1d, ["output_size", "return_indices"]),
  AdaptiveMaxPool2d: rebuild(adaptive.AdaptiveMaxPool2d, ["output_size", "return_indices"]),
  AdaptiveMaxPool3d: rebuild(adaptive.AdaptiveMaxPool3d, ["output_size", "return_indices"]),
  AlphaDropout: rebuild(dropout.AlphaDropout, ["p", "inplace"]),
  AvgPool1d: rebuild(pooling.AvgPool1d, averagePoolArgs),
  AvgPool2d: rebuild(pooling.AvgPool2d, [...averagePoolArgs, "divisor_override"]),
  AvgPool3d: rebuild(pooling.AvgPool3d, [...averagePoolArgs, "divisor_override"]),
  BCELoss: rebuild(binaryLosses.BCELoss, ["reduction"]),
  BCEWithLogitsLoss: rebuild(binaryLosses.BCEWithLogitsLoss, ["reduction"]),
  BatchNorm1d: rebuild(normalization.BatchNorm1d, batchNormArgs, { takesBias: true }),
  BatchNorm2d: rebuild(normalization.BatchNorm2d, batchNormArgs, { takesBias: true }),
  BatchNorm3d: rebuild(normalization.BatchNorm3d, batchNormArgs, { takesBias: true }),
  CELU: rebuild(rectifiers.CELU, ["alpha", "inplace"]),
  CTCLoss: rebuild(CTCLoss, ["blank", "reduction", "zero_infinity"]),
  ChannelShuffle: rebuild(shuffling.ChannelShuffle, ["groups"]),
  Bilinear: rebuild(linear.Bilinear, ["in1_features", "in2_features", "out_features"], { takesBias: true }),
  CircularPad1d: rebuild(padding.CircularPad1d, ["padding"]),
  CircularPad2d: rebuild(padding.CircularPad2d, ["padding"]),
  CircularPad3d: rebuild(padding.CircularPad3d, ["padding"]),
  ConstantPad1d: rebuild(padding.ConstantPad1d, ["padding", "value"]),
  ConstantPad2d: rebuild(padding.ConstantPad2d, ["padding", "value"]),
  ConstantPad3d: rebuild(padding.ConstantPad3d, ["padding", "value"]),
  Conv1d: rebuild(convolution.Conv1d, convolutionArgs, withBias),
  Conv2d: rebuild(convolution.Conv2d, convolutionArgs, withBias),
  Conv3d: rebuild(convolution.Conv3d, convolutionArgs, withBias),
  ConvTranspose1d: rebuild(transposed.ConvTranspose1d, transposedArgs, { takesBias: true }),
  ConvTranspose2d: rebuild(transposed.ConvTranspose2d, transposedArgs, { takesBias: true }),
  ConvTranspose3d: rebuild(transposed.ConvTranspose3d, transposedArgs, { takesBias: true }),
  CosineEmbeddingLoss: rebuild(marginLosses.CosineEmbeddingLoss, ["margin", "reduction"]),
  CosineSimilarity: rebuild(distance.CosineSimilarity, ["dim", "eps"]),
  CrossEntropyLoss: rebuild(classificationLosses.CrossEntropyLoss, [
    "ignore_index",
    "reduction",
    "label_smoothing",
  ]),
  Dropout: rebuild(dropout.Dropout, ["p", "inplace"]),
  Dropout1d: rebuild(dropout.Dropout1d, ["p", "inplace"]),
  Dropout2d: rebuild(dropout.Dropout2d, ["p", "inplace"]),
  Dropout3d: rebuild(dropout.Dropout3d, ["p", "inplace"]),
  ELU: rebuild(rectifiers.ELU, ["alpha", "inplace"]),
  Embedding: rebuild(Embedding, [
    "num_embeddings",
    "embedding_dim",
    "padding_idx",
    "max_norm",
    "norm_type",
    "scale_grad_by_freq",
    "sparse",
  ]),
  EmbeddingBag: rebuild(EmbeddingBag, [
    "num_embeddings",
    "embedding_dim",
    "max_norm",
    "norm_type",
    "scale_grad_by_freq",
    "mode",
    "sparse",
    "include_last_offset",
    "padding_idx",
  ]),
  FeatureAlphaDropout: rebuild(dropout.FeatureAlphaDropout, ["p", "inplace"]),
  Flatten: rebuild(linear.Flatten, ["start_dim", "end_dim"]),
  Fold: rebuild(shuffling.Fold, ["output_size", "kernel_size", "dilation", "padding", "stride"]),
  GELU: rebuild(activation.GELU, ["approximate"]),
  GLU: rebuild(activation.GLU, ["dim"]),
  GaussianNLLLoss: rebuild(likelihoodLosses.GaussianNLLLoss, ["full", "eps", "reduction"]),
  GroupNorm: rebuild(layerNormalization.GroupNorm, ["num_groups", "num_channels", "eps", "affine"], {
    takesBias: true,
  }),
  Hardshrink: rebuild(activation.Hardshrink, ["lambd"]),
  Hardsigmoid: rebuild(activation.Hardsigmoid, ["inplace"]),
  Hardswish: rebuild(rectifiers.Hardswish, ["inplace"]),
  Hardtanh: rebuild(rectifiers.Hardtanh, ["min_val", "max_val", "inplace"]),
  HingeEmbeddingLoss: rebuild(marginLosses.HingeEmbeddingLoss, ["margin", "reduction"]),
  HuberLoss: rebuild(regressionLosses.HuberLoss, ["reduction", "delta"]),
  Identity: rebuild(linear.Identity),
  InstanceNorm1d: rebuild(normalization.InstanceNorm1d, batchNormArgs, { takesBias: true }),
  InstanceNorm2d: rebuild(normalization.InstanceNorm2d, batchNormArgs, { takesBias: true }),
  InstanceNorm3d: rebuild(normalization.InstanceNorm3d, batchNormArgs, { takesBias: true }),
  KLDivLoss: rebuild(likelihoodLosses.KLDivLoss, ["reduction", "log_target"]),
  L1Loss: rebuild(regressionLosses.L1Loss, ["reduction"]),
  LPPool1d: rebuild(unpooling.LPPool1d, ["norm_type", "kernel_size", "stride", "ceil_mode"]),
  LPPool2d: rebuild(unpooling.LPPool2d, ["norm_type", "kernel_size", "stride", "ceil_mode"]),
  LPPool3d: rebuild(unpooling.LPPool3d, ["norm_type", "kernel_size", "stride", "ceil_mode"]),
  LayerNorm: rebuild(layerNormalization.LayerNorm, ["normalized_shape", "eps", "elementwise_affine"], {
    takesBias: true,
  }),
  LeakyReLU: rebuild(rectifiers.LeakyReLU, ["negative_slope", "inplace"]),
  Linear: rebuild(linear.Linear, ["in_features", "out_features"], { takesBias: true }),
  LocalResponseNorm: rebuild(layerNormalization.LocalResponseNorm, ["size", "alpha", "beta", "k"]),
  LogSigmoid: rebuild(activation.LogSigmoid),
  LogSoftmax: rebuild(softmax.LogSoftmax, ["dim"]),
  MSELoss: rebuild(regressionLosses.MSELoss, ["reduction"]),
  MarginRankingLoss: rebuild(marginLosses.MarginRankingLoss, ["margin", "reduction"]),
  MaxPool1d: rebuild(pooling.MaxPool1d, maxPoolArgs),
  MaxPool2d: rebuild(pooling.MaxPool2d, maxPoolArgs),
  MaxPool3d: rebuild(pooling.MaxPool3d, maxPoolArgs),
  MaxUnpool1d: rebuild(unpooling.MaxUnpool1d, ["kernel_size", "stride", "padding"]),
  MaxUnpool2d: rebuild(unpooling.MaxUnpool2d, ["kernel_size", "stride", "padding"]),
  MaxUnpool3d: rebuild(unpooling.MaxUnpool3d, ["kernel_size", "stride", "padding"]),
  Mish: rebuild(activation.Mish, ["inplace"]),
  ModuleDict: rebuild(containers.ModuleDict),
  ModuleList: rebuild(containers.ModuleList),
  MultiLabelMarginLoss: rebuild(marginLosses.MultiLabelMarginLoss, ["reduction"]),
  MultiLabelSoftMarginLoss: rebuild(binaryLosses.MultiLabelSoftMarginLoss, ["reduction"]),
  MultiMarginLoss: rebuild(marginLosses.MultiMarginLoss, ["p", "margin", "reduction"]),
  NLLLoss: rebuild(classificationLosses.NLLLoss, ["ignore_index", "reduction"]),
  PairwiseDistance: rebuild(distance.PairwiseDistance, ["norm", "eps", "keepdim"], {
    renamed: { norm: "p" },
  }),
  PReLU: rebuild(rectifiers.PReLU, ["num_parameters", "init"]),
  PoissonNLLLoss: rebuild(likelihoodLosses.PoissonNLLLoss, ["log_input", "full", "eps", "reduction"]),
  PixelShuffle: rebuild(shuffling.PixelShuffle, ["upscale_factor"]),
  PixelUnshuffle: rebuild(shuffling.PixelUnshuffle, ["downscale_factor"]),
  RMSNorm: rebuild(layerNormalization.RMSNorm, ["normalized_shape", "eps", "elementwise_affine"]),
  RReLU: rebuild(rectifiers.RReLU, ["lower", "upper", "inplace"]),
  ReLU: rebuild(rectifiers.ReLU, ["inplace"]),
  ReLU6: rebuild(rectifiers.ReLU6, ["inplace"]),
  ReflectionPad1d: rebuild(padding.ReflectionPad1d, ["padding"]),
  ReflectionPad2d: rebuild(padding.ReflectionPad2d, ["padding"]),
  ReflectionPad3d: rebuild(padding.ReflectionPad3d, ["padding"]),
  ReplicationPad1d: rebuild(padding.ReplicationPad1d, ["padding"]),
  ReplicationPad2d: rebuild(padding.ReplicationPad2d, ["padding"]),
  ReplicationPad3d: rebuild(padding.ReplicationPad3d, ["padding"]),
  SELU: rebuild(rectifiers.SELU, ["inplace"]),
  Sequential: rebuild(containers.Sequential),
  SiLU: rebuild(activation.SiLU, ["inplace"]),
  Sigmoid: rebuild(activation.Sigmoid),
  SmoothL1Loss: rebuild(regressionLosses.SmoothL1Loss, ["reduction", "beta"]),
  SoftMarginLoss: rebuild(binaryLosses.SoftMarginLoss, ["reduction"]),
  Softmax: rebuild(softmax.Softmax, ["dim"]),
  Softmax2d: rebuild(softmax.Softmax2d),
  Softmin: rebuild(softmax.Softmin, ["dim"]),
  Softplus: rebuild(activation.Softplus, ["beta", "threshold"]),
  Softshrink: rebuild(activation.Softshrink, ["lambd"]),
  Softsign: rebuild(activation.Softsign),
  Tanh: rebuild(activation.Tanh),
  Tanhshrink: rebuild(activation.Tanhshrink),
  Threshold: rebuild(rectifiers.Threshold, ["threshold", "value", "inplace"]),
  TripletMarginLoss: rebuild(marginLosses.TripletMarginLoss, ["margin", "p", "eps", "swap", "reduction"]),
  TripletMarginWithDistanceLoss: rebuild(
    marginLosses.TripletMarginWithDistanceLoss,
    ["margin", "swap", "reduction"],
    // A distance that is a function is not in the file, only its name.
    { defaults: { distance_function: null } },
  ),
  Unfold: rebuild(shuffling.Unfold, ["kernel_size", "dilation", "padding", "stride"]),
  Upsample: rebuild(upsampling.Upsample, [
    "size",
    "scale_factor",
    "mode",
    "align_corners",
    "recompute_scale_factor",
  ]),
  UpsamplingBilinear2d: rebuild(upsampling.UpsamplingBilinear2d, ["size", "scale_factor"]),
  UpsamplingNearest2d: rebuild(upsampling.UpsamplingNearest2d, ["size", "scale_factor"]),
  ZeroPad1d: rebuild(padding.ZeroPad1d, ["padding"]),
  ZeroPad2d: rebuild(padding.ZeroPad2d, ["padding"]),
  ZeroPad3d: rebuild(padding.ZeroPad3d, ["padding"]),
};

/** How modules of PyTorch's own are called in files: `torch.nn.modules.linear.Linear`. */
export const ownModule: RegExp = /^torch\.nn\.modules\.\w+\.(\w+)$/;

/**
 * How to make a module of that class with those settings.
 * @returns undefined where the class is not PyTorch's own, is not here, or has a setting that is not here
 */
export function moduleClassOf(className: string, parts: ModuleParts): (() => Module) | undefined {
  const name = ownModule.exec(className)?.[1];
  if (name !== undefined && Object.hasOwn(sequenceModules, name)) return sequenceModules[name]!(parts);
  const entry = name === undefined || !Object.hasOwn(table, name) ? undefined : table[name];
  if (entry === undefined) return undefined;
  const { Class, args = [], takesBias = false, renamed = {}, defaults = {} } = entry;
  for (const [setting, value] of Object.entries(defaults)) {
    if (parts.settings.has(setting) && parts.settings.get(setting) !== value) return undefined;
  }
  const options: Record<string, unknown> = takesBias
    ? { bias: (parts.parameters.get("bias") ?? null) !== null }
    : {};
  for (const setting of args) {
    if (!parts.settings.has(setting)) continue;
    options[camelCase(renamed[setting] ?? setting)] = plain(parts.settings.get(setting)!);
  }
  return () => (Object.keys(options).length === 0 ? new Class() : new Class(options));
}

/**
 * The arguments of a class by PyTorch's names, as far as its modules have them as attributes, in the constructor's order.
 * @param name the class's name in torch.nn @returns undefined where that is not known
 */
export function argumentNames(name: string): readonly string[] | undefined {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry === undefined) return sequenceArguments[name];
  const { args = [], takesBias = false, renamed = {} } = entry;
  return [...args.map((each) => renamed[each] ?? each), ...(takesBias ? ["bias"] : [])];
}

/** A setting as the constructor takes it. */
function plain(value: Value): unknown {
  if (value instanceof TupleValue) return value.items.map(plain);
  return Array.isArray(value) ? value.map(plain) : value;
}
