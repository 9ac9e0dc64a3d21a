// What is known of Keras's own layers (Keras 3.15, keras.layers): their classes, how groups in files are named after
// them, and what their variables are called. Files of weights number the variables of a layer and do not name them.

import type { JsonObject, JsonValue } from "../json.ts";

const classNames: readonly string[] = `
  Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
  AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add AdditiveAttention AlphaDropout Attention AugMix
  AutoContrast Average AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization Bidirectional
  CategoryEncoding CenterCrop Concatenate ContrastLimitedAdaptiveHistogramEqualization Conv1D Conv1DTranspose Conv2D
  Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D ConvLSTMCell Cropping1D Cropping2D Cropping3D
  CutMix Dense DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout ELU EinsumDense Embedding Equalization Flatten
  FlaxLayer Functional GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D
  GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization
  GroupedQueryAttention HashedCrossing Hashing Identity InputLayer IntegerLookup JaxLayer LSTM LSTMCell Lambda
  LayerNormalization LeakyReLU Masking MaxNumBoundingBoxes MaxPooling1D MaxPooling2D MaxPooling3D Maximum MelSpectrogram
  Minimum MixUp MultiHeadAttention Multiply Normalization PReLU Permute Pipeline RMSNormalization RNN RandAugment
  RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform
  RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHeight RandomHue RandomInvert RandomPerspective
  RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomWidth
  RandomZoom ReLU RepeatVector Rescaling Reshape Resizing ReversibleEmbedding STFTSpectrogram SeparableConv1D
  SeparableConv2D Sequential SimpleRNN SimpleRNNCell Softmax Solarization SpatialDropout1D SpatialDropout2D
  SpatialDropout3D SpectralNormalization StackedRNNCells StringLookup Subtract TFSMLayer TextVectorization
  ThresholdedReLU TimeDistributed TorchModuleWrapper UnitNormalization UpSampling1D UpSampling2D UpSampling3D
  ZeroPadding1D ZeroPadding2D ZeroPadding3D`
  .trim()
  .split(/\s+/);

/** The name that Keras makes of a class: `MaxPooling2D` is `max_pooling2d`, `PReLU` `p_re_lu`. */
export function snakeCase(className: string): string {
  return className
    .replace(/[^\p{L}\p{N}_]+/gu, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

const classByName: ReadonlyMap<string, string> = new Map(classNames.map((name) => [snakeCase(name), name]));

/** The class of Keras after which something is named: `dense_2` is after `Dense`. */
export function classOfName(name: string): string | undefined {
  return classByName.get(name.replace(/_\d+$/, ""));
}

/** Classes by the name that configurations give them, where it is another. */
const exportedNames: ReadonlyMap<string, string> = new Map([
  ["GroupQueryAttention", "GroupedQueryAttention"],
]);

/** The class that a configuration names; those of a package of one's own have that before them (`mine>Block`). */
export function classOfConfig(className: string): string {
  const own = className.slice(className.lastIndexOf(">") + 1);
  return exportedNames.get(own) ?? own;
}

/** Names by which Keras's groups count: of the second `Dense` in a list, `dense_1`. */
export class UniqueNames {
  private readonly used = new Map<string, number>();

  /** The name of the next one of a class. */
  next(className: string): string {
    const name = snakeCase(className);
    const count = this.used.get(name) ?? 0;
    this.used.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  }
}

/** Variables that a layer has together, or has not. */
interface VariableSet {
  readonly names: readonly string[];
  /** The setting that decides, with the value for which the layer has them; undefined: it always does. */
  readonly when?: readonly [setting: string, value: JsonValue];
  /** A setting that, when true, takes them away whatever `when` says. */
  readonly unless?: string;
  /** False: without the setting the layer does not have them. */
  readonly usual?: false;
}

/** Sets of variables in the order in which they are numbered, and which setting is changed first where numbers are few. */
interface ClassVariables {
  readonly sets: readonly VariableSet[];
  readonly changedFirst?: readonly string[];
}

const always = (...names: string[]): VariableSet => ({ names });
const when = (setting: string, ...names: string[]): VariableSet => ({ names, when: [setting, true] });
const bias = when("use_bias", "bias");

const variablesOf: ReadonlyMap<string, ClassVariables> = new Map(
  (
    [
      [
        "Dense EinsumDense Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose DepthwiseConv1D DepthwiseConv2D",
        [always("kernel"), bias],
      ],
      ["SeparableConv1D SeparableConv2D", [always("depthwise_kernel", "pointwise_kernel"), bias]],
      ["LSTMCell GRUCell SimpleRNNCell ConvLSTMCell", [always("kernel", "recurrent_kernel"), bias]],
      ["Embedding", [always("embeddings")]],
      [
        "ReversibleEmbedding",
        [always("embeddings"), { names: ["reverse_embeddings"], when: ["tie_weights", false], usual: false }],
      ],
      [
        "BatchNormalization",
        [
          when("scale", "gamma"),
          when("center", "beta"),
          always("moving_mean", "moving_variance"),
          { ...when("renorm", "moving_stddev", "renorm_mean", "renorm_stddev"), usual: false },
        ],
        ["scale", "center"],
      ],
      [
        "LayerNormalization GroupNormalization",
        [when("scale", "gamma"), { ...when("center", "beta"), unless: "rms_scaling" }],
        ["center", "scale"],
      ],
      ["RMSNormalization", [always("scale")]],
      ["Normalization", [always("mean", "variance", "count")]],
      ["PReLU", [always("alpha")]],
      [
        "Attention",
        [
          { ...when("use_scale", "scale"), usual: false },
          { names: ["concat_score_weight"], when: ["score_mode", "concat"], usual: false },
        ],
      ],
      ["AdditiveAttention", [when("use_scale", "scale")]],
      ["STFTSpectrogram", [always("real_kernel", "imag_kernel")]],
    ] as [classes: string, sets: VariableSet[], changedFirst?: string[]][]
  ).flatMap(([classes, sets, changedFirst]) =>
    classes
      .split(" ")
      .map((name): [string, ClassVariables] => [
        name,
        changedFirst === undefined ? { sets } : { sets, changedFirst },
      ]),
  ),
);

/**
 * True iff a layer of the class can have these variables.
 * @param variables name and number of axes of each
 */
export function couldHave(
  className: string,
  variables: readonly (readonly [name: string, rank: number])[],
): boolean {
  const known = variablesOf.get(className);
  if (known === undefined) return true;
  const names = new Set(known.sets.flatMap((set) => set.names));
  const axes = /^(?:Depthwise)?Conv(\d)D(?:Transpose)?$/.exec(className)?.[1];
  const kernelRank = axes !== undefined ? Number(axes) + 2 : className === "Dense" ? 2 : undefined;
  return variables.every(
    ([name, rank]) =>
      names.has(name) && (name !== "kernel" || kernelRank === undefined || rank === kernelRank),
  );
}

/** What quantization adds behind a layer's own variables, after the name of the first of those. */
const quantizationNames: readonly string[] = ["scale", "zero", "g_idx"];

/** What the variables of a layer are called. */
export interface VariableNames {
  readonly names: readonly string[];
  /** True iff other settings of the layer would give as many variables, and other names. */
  readonly isUncertain: boolean;
}

/**
 * What the variables of a layer of Keras are called, in the order of their numbers.
 * @param config the layer's settings, where they are known; without, the number of variables must tell
 * @param quantized true iff the first variable holds integers of a quantized layer
 * @returns undefined where the class is none of Keras's, or has another number of variables
 */
export function variableNames(
  className: string,
  count: number,
  config: JsonObject | undefined,
  quantized = false,
): VariableNames | undefined {
  const known = variablesOf.get(className);
  if (known === undefined) return undefined;
  if (quantized) return quantizedNames(known, count, config);
  if (config !== undefined) {
    const names = namesWith(known, (set) => isChosen(set, config));
    if (names.length === count) return { names, isUncertain: false };
  }
  const fitting = possibleNames(known).filter((names) => names.length === count);
  return fitting[0] === undefined ? undefined : { names: fitting[0], isUncertain: fitting.length > 1 };
}

function quantizedNames(
  known: ClassVariables,
  count: number,
  config: JsonObject | undefined,
): VariableNames | undefined {
  const hasBias = config === undefined ? count > 2 : config.get("use_bias") !== false;
  const own = namesWith(known, (set) => set.when === undefined || (hasBias && set.usual !== false));
  const added = quantizationNames.map((name) => (name === "g_idx" ? name : `${own[0]}_${name}`));
  const names = [...own, ...added].slice(0, count);
  return names.length === count && count > own.length ? { names, isUncertain: false } : undefined;
}

function namesWith(known: ClassVariables, has: (set: VariableSet) => boolean): string[] {
  return known.sets.filter(has).flatMap((set) => set.names);
}

function isChosen({ when: decides, unless, usual }: VariableSet, config: JsonObject): boolean {
  if (decides === undefined) return true;
  if (unless !== undefined && config.get(unless) === true) return false;
  const value = config.get(decides[0]);
  return value === undefined ? usual !== false : value === decides[1];
}

/** The names for all settings: the usual ones first, then those with one setting changed, and so on. */
function possibleNames(known: ClassVariables): string[][] {
  const settings = known.sets.flatMap((set) => (set.when === undefined ? [] : [set.when[0]]));
  const first = known.changedFirst ?? [];
  settings.sort((a, b) => rank(first, a) - rank(first, b));
  const changes = Array.from({ length: 2 ** settings.length }, (_, bits) =>
    settings.filter((_setting, index) => ((bits >> index) & 1) === 1),
  );
  changes.sort((a, b) => a.length - b.length);
  return changes.map((changed) =>
    namesWith(
      known,
      (set) => set.when === undefined || (set.usual !== false) !== changed.includes(set.when[0]),
    ),
  );
}

function rank(order: readonly string[], name: string): number {
  const index = order.indexOf(name);
  return index < 0 ? order.length : index;
}

/** The class of a part that a layer of Keras keeps under a name of its own, where it is always the same. */
export function classOfPart(owner: string, attribute: string): string | undefined {
  if (attribute === "cell" && /^ConvLSTM\dD$/.test(owner)) return "ConvLSTMCell";
  if (attribute === "cell" && /^(LSTM|GRU|SimpleRNN)$/.test(owner)) return `${owner}Cell`;
  return isAttention(owner) && attribute.endsWith("_dense") ? "EinsumDense" : undefined;
}

/**
 * The name of a part where the file does not have it, as before Keras 3.6.
 * @param given the name of the layer that is wrapped, where it is known
 */
export function nameOfPart(owner: string | undefined, attribute: string, given: string | undefined): string {
  const direction = /^(forward|backward)_layer$/.exec(attribute)?.[1];
  if (direction !== undefined && given !== undefined) return `${direction}_${given}`;
  if (given !== undefined || owner === undefined) return given ?? attribute;
  const kind = isAttention(owner) ? /^_?(query|key|value|output)_dense$/.exec(attribute)?.[1] : undefined;
  if (kind !== undefined) return kind === "output" ? "attention_output" : kind;
  const className = classOfPart(owner, attribute);
  return className === undefined ? attribute : snakeCase(className);
}

function isAttention(className: string): boolean {
  return className === "MultiHeadAttention" || className === "GroupedQueryAttention";
}

const attentionParts: readonly string[] = ["query_dense", "key_dense", "value_dense", "output_dense"];

/** In which order layers have their parts, where files have another: by the names of the attributes. */
const partOrder: ReadonlyMap<string, readonly string[]> = new Map([
  ["MultiHeadAttention", attentionParts],
  ["GroupedQueryAttention", attentionParts.map((name) => `_${name}`)],
  ["Bidirectional", ["forward_layer", "backward_layer"]],
]);

/** The names of a layer's parts in the order in which its weights have them. */
export function partsInOrder(owner: string | undefined, attributes: Iterable<string>): string[] {
  const order = (owner === undefined ? undefined : partOrder.get(owner)) ?? [];
  return [...attributes].sort((a, b) => rank(order, a) - rank(order, b));
}
