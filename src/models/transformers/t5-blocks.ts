// The parts of T5: its settings, attention, feed-forward blocks, and how they are drawn (transformers' models/t5).

import { ValueError } from "../../core/errors.ts";
import { nn, type Tensor } from "../../torch/index.ts";
import { type Config, type Fields, flag, integer, nullable, number, readConfig, text } from "../config.ts";
import { type Activation, activationOf } from "./activations.ts";
import { attend, splitHeads } from "./attention.ts";
import type { KeysAndValues, KeyValueCache } from "./cache.ts";
import type { OwnValues } from "./initial-values.ts";

/** What a T5 reads of its config. */
export interface T5Settings {
  readonly vocabSize: number;
  readonly dModel: number;
  readonly dKv: number;
  readonly dFf: number;
  readonly numLayers: number;
  /** Null: as many as the encoder has. */
  readonly numDecoderLayers: number | null;
  readonly numHeads: number;
  readonly relativeAttentionNumBuckets: number;
  readonly relativeAttentionMaxDistance: number;
  readonly dropoutRate: number;
  readonly layerNormEpsilon: number;
  /** "relu", or "gated-gelu" and its kin. */
  readonly feedForwardProj: string;
  readonly tieWordEmbeddings: boolean;
  /** Null: where the output is tied. */
  readonly scaleDecoderOutputs: boolean | null;
}

const fields: Fields<T5Settings> = {
  vocabSize: integer(32128),
  dModel: integer(512),
  dKv: integer(64),
  dFf: integer(2048),
  numLayers: integer(6),
  numDecoderLayers: nullable(integer(0), null),
  numHeads: integer(8),
  relativeAttentionNumBuckets: integer(32),
  relativeAttentionMaxDistance: integer(128),
  dropoutRate: number(0.1),
  layerNormEpsilon: number(1e-6),
  feedForwardProj: text("relu"),
  tieWordEmbeddings: flag(true),
  scaleDecoderOutputs: nullable(flag(true), null),
};

/** The settings of a config. @throws ValueError, by name */
export const settingsOf = (model: string, config: Config): T5Settings =>
  readConfig(model, "t5", config, fields);

/** The activation of the feed-forward blocks, and whether it gates a second linear layer. */
function feedForward(projection: string): { readonly activation: Activation; readonly isGated: boolean } {
  const [first, second, ...rest] = projection.split("-") as [string, string?];
  const isGated = first === "gated" && second !== undefined;
  if (rest.length > 0 || (second !== undefined && !isGated)) {
    throw new ValueError(
      `T5: the config's feed_forward_proj is "${projection}"; it has to be an activation's name or "gated-" and one`,
    );
  }
  // What is called gated GELU was trained with the tanh form.
  const name = projection === "gated-gelu" ? "gelu_new" : isGated ? second : first;
  return { activation: activationOf("T5", name), isGated };
}

class T5DenseActDense extends nn.Module {
  wi: nn.Linear;
  wo: nn.Linear;
  dropout: nn.Dropout;
  readonly activation: Activation;

  constructor({ dModel, dFf, dropoutRate, feedForwardProj }: T5Settings) {
    super();
    this.wi = new nn.Linear(dModel, dFf, false);
    this.wo = new nn.Linear(dFf, dModel, false);
    this.dropout = new nn.Dropout(dropoutRate);
    this.activation = feedForward(feedForwardProj).activation;
  }

  override forward(hidden: Tensor): Tensor {
    return this.wo.call(this.dropout.call(this.activation(this.wi.call(hidden))));
  }
}

class T5DenseGatedActDense extends nn.Module {
  wi_0: nn.Linear;
  wi_1: nn.Linear;
  wo: nn.Linear;
  dropout: nn.Dropout;
  readonly activation: Activation;

  constructor({ dModel, dFf, dropoutRate, feedForwardProj }: T5Settings) {
    super();
    this.wi_0 = new nn.Linear(dModel, dFf, false);
    this.wi_1 = new nn.Linear(dModel, dFf, false);
    this.wo = new nn.Linear(dFf, dModel, false);
    this.dropout = new nn.Dropout(dropoutRate);
    this.activation = feedForward(feedForwardProj).activation;
  }

  override forward(hidden: Tensor): Tensor {
    const gated = this.activation(this.wi_0.call(hidden)).mul(this.wi_1.call(hidden));
    return this.wo.call(this.dropout.call(gated));
  }
}

class T5LayerFF extends nn.Module {
  DenseReluDense: T5DenseActDense | T5DenseGatedActDense;
  layer_norm: nn.RMSNorm;
  dropout: nn.Dropout;

  constructor(settings: T5Settings) {
    super();
    const { isGated } = feedForward(settings.feedForwardProj);
    this.DenseReluDense = isGated ? new T5DenseGatedActDense(settings) : new T5DenseActDense(settings);
    this.layer_norm = new nn.RMSNorm(settings.dModel, settings.layerNormEpsilon);
    this.dropout = new nn.Dropout(settings.dropoutRate);
  }

  override forward(hidden: Tensor): Tensor {
    return hidden.add(this.dropout.call(this.DenseReluDense.call(this.layer_norm.call(hidden))));
  }
}

/** What an attention sees besides its input. */
export interface Seen {
  /** What keys and values are made of, where it is not the input. */
  readonly source: Tensor | null;
  /** Added to the scores. */
  readonly mask: Tensor | null;
  readonly cache: KeyValueCache | null;
}

class T5Attention extends nn.Module {
  q: nn.Linear;
  k: nn.Linear;
  v: nn.Linear;
  o: nn.Linear;
  relative_attention_bias?: nn.Embedding;
  readonly width: number;
  readonly dropout: number;

  constructor(settings: T5Settings, hasBias: boolean) {
    super();
    const { dModel, dKv, numHeads } = settings;
    this.width = dKv;
    this.dropout = settings.dropoutRate;
    this.q = new nn.Linear(dModel, numHeads * dKv, false);
    this.k = new nn.Linear(dModel, numHeads * dKv, false);
    this.v = new nn.Linear(dModel, numHeads * dKv, false);
    this.o = new nn.Linear(numHeads * dKv, dModel, false);
    if (hasBias)
      this.relative_attention_bias = new nn.Embedding(settings.relativeAttentionNumBuckets, numHeads);
  }

  override forward(hidden: Tensor, { source, mask, cache }: Seen): Tensor {
    const heads = (layer: nn.Linear, input: Tensor) => splitHeads(layer.call(input), this.width);
    const keysAndValues = (input: Tensor): KeysAndValues => [heads(this.k, input), heads(this.v, input)];
    const own = (): KeysAndValues => cache?.extend(this, ...keysAndValues(hidden)) ?? keysAndValues(hidden);
    const others = (given: Tensor): KeysAndValues =>
      cache?.once(this, () => keysAndValues(given)) ?? keysAndValues(given);
    const [key, value] = source === null ? own() : others(source);
    const dropout = this.training ? this.dropout : 0;
    return this.o.call(attend(heads(this.q, hidden), key, value, { mask, scale: 1, dropout }));
  }
}

/** Attention of a text to itself; the first block's has the bias by distance. */
export class T5LayerSelfAttention extends nn.Module {
  SelfAttention: T5Attention;
  layer_norm: nn.RMSNorm;
  dropout: nn.Dropout;

  constructor(settings: T5Settings, hasBias: boolean) {
    super();
    this.SelfAttention = new T5Attention(settings, hasBias);
    this.layer_norm = new nn.RMSNorm(settings.dModel, settings.layerNormEpsilon);
    this.dropout = new nn.Dropout(settings.dropoutRate);
  }

  override forward(hidden: Tensor, seen: Seen): Tensor {
    return hidden.add(this.dropout.call(this.SelfAttention.call(this.layer_norm.call(hidden), seen)));
  }
}

class T5LayerCrossAttention extends nn.Module {
  EncDecAttention: T5Attention;
  layer_norm: nn.RMSNorm;
  dropout: nn.Dropout;

  constructor(settings: T5Settings) {
    super();
    this.EncDecAttention = new T5Attention(settings, false);
    this.layer_norm = new nn.RMSNorm(settings.dModel, settings.layerNormEpsilon);
    this.dropout = new nn.Dropout(settings.dropoutRate);
  }

  override forward(hidden: Tensor, seen: Seen): Tensor {
    return hidden.add(this.dropout.call(this.EncDecAttention.call(this.layer_norm.call(hidden), seen)));
  }
}

/** A layer of the encoder, or of the decoder. */
export class T5Block extends nn.Module {
  layer: nn.ModuleList;

  constructor(settings: T5Settings, isDecoder: boolean, hasBias: boolean) {
    super();
    const own = new T5LayerSelfAttention(settings, hasBias);
    const crossed = isDecoder ? [new T5LayerCrossAttention(settings)] : [];
    this.layer = new nn.ModuleList([own, ...crossed, new T5LayerFF(settings)]);
  }

  /** @param crossed what the attention over the encoder's output sees; null in the encoder */
  override forward(hidden: Tensor, own: Seen, crossed: Seen | null): Tensor {
    const attended = (this.layer.at(0) as T5LayerSelfAttention).call(hidden, own);
    const both = crossed ? (this.layer.at(1) as T5LayerCrossAttention).call(attended, crossed) : attended;
    return (this.layer.at(-1) as T5LayerFF).call(both);
  }
}

/** T5 draws each layer by how many numbers go into it. */
export function ownValues({ dModel, dKv, dFf, numHeads }: T5Settings, factor: number): OwnValues {
  const draw = (layer: nn.Linear | nn.Embedding, deviation: number): void => {
    nn.init.normal_(layer.weight, 0, factor * deviation);
  };
  return (module) => {
    if (module instanceof T5DenseActDense) {
      draw(module.wi, dModel ** -0.5);
      draw(module.wo, dFf ** -0.5);
    } else if (module instanceof T5DenseGatedActDense) {
      draw(module.wi_0, dModel ** -0.5);
      draw(module.wi_1, dModel ** -0.5);
      draw(module.wo, dFf ** -0.5);
    } else if (module instanceof T5Attention) {
      draw(module.q, (dModel * dKv) ** -0.5);
      draw(module.k, dModel ** -0.5);
      draw(module.v, dModel ** -0.5);
      draw(module.o, (numHeads * dKv) ** -0.5);
      if (module.relative_attention_bias) draw(module.relative_attention_bias, dModel ** -0.5);
    } else if (module instanceof nn.RMSNorm) {
      nn.init.constant_(module.weight!, factor);
    }
  };
}
