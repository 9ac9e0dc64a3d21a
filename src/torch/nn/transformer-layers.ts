// torch.nn.TransformerEncoderLayer and TransformerDecoderLayer ("Attention Is All You Need", Vaswani et al., 2017).

import { bind, type Signature } from "../../core/arguments.ts";
import type { DType } from "../../core/dtype.ts";
import { RuntimeError } from "../../core/errors.ts";
import type { Tensor } from "../tensor.ts";
import { MultiheadAttention } from "./attention.ts";
import { Dropout } from "./dropout.ts";
import { gelu } from "./functional/activation.ts";
import { canonicalMask } from "./functional/masks.ts";
import { relu } from "./functional/rectifiers.ts";
import { LayerNorm } from "./layer-normalization.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import type { Numeric } from "./text.ts";

/** What stands between the two linear layers: a name, a function, or a module. */
export type Activation = "relu" | "gelu" | ((input: Tensor) => Tensor) | Module;

/** What the layers of transformers take by name. */
export interface TransformerLayerOptions {
  readonly dModel?: number;
  readonly nhead?: number;
  readonly dimFeedforward?: number;
  readonly dropout?: Numeric;
  readonly activation?: Activation;
  readonly layerNormEps?: Numeric;
  /** The batch is the first axis: [N, L, E] for [L, N, E]. */
  readonly batchFirst?: boolean;
  /** Normalises what goes into each block instead of what comes out. */
  readonly normFirst?: boolean;
  readonly bias?: boolean;
  readonly dtype?: DType;
}

type Bound = Required<Omit<TransformerLayerOptions, "dtype">> & { readonly dtype: DType | undefined };

type LayerArguments = Signature<
  [
    dModel: number,
    nhead: number,
    dimFeedforward: number,
    dropout: Numeric,
    activation: Activation,
    layerNormEps: Numeric,
    batchFirst: boolean,
    normFirst: boolean,
    bias: boolean,
  ],
  TransformerLayerOptions
>;

/** The parameters of a layer in Python's order. */
export const layerNames = [
  "dModel",
  "nhead",
  "dimFeedforward",
  "dropout",
  "activation",
  "layerNormEps",
  "batchFirst",
  "normFirst",
  "bias",
] as const;

/** What counts where an option is not given. */
export const layerDefaults: Omit<Bound, "dModel" | "nhead"> = {
  dimFeedforward: 2048,
  dropout: 0.1,
  activation: relu,
  layerNormEps: 1e-5,
  batchFirst: false,
  normFirst: false,
  bias: true,
  dtype: undefined,
};

/** The function of an activation. */
function functionOf(activation: Activation): (input: Tensor) => Tensor {
  if (typeof activation === "function") return activation;
  if (activation instanceof Module) {
    return (input) => (activation as unknown as { call(input: Tensor): Tensor }).call(input);
  }
  if (activation === "relu") return relu;
  if (activation === "gelu") return gelu;
  throw new RuntimeError(`activation should be relu/gelu, not ${String(activation)}`);
}

/** The masks of one attention. */
interface Masks {
  readonly attnMask: Tensor | null;
  readonly keyPaddingMask: Tensor | null;
  readonly isCausal: boolean;
}

/** What the two kinds of layers share: attention, the two linear layers, and normalisations behind each block. */
class TransformerLayer extends Module {
  readonly normFirst: boolean;
  /** The function between the linear layers; a module that was given as one is a child of that name. */
  declare activation: ((input: Tensor) => Tensor) | Module;
  declare selfAttn: MultiheadAttention;
  declare linear1: Linear;
  declare dropout: Dropout;
  declare linear2: Linear;

  constructor(bound: Bound, norms: number) {
    super();
    const { dModel, dimFeedforward, dropout, bias } = bound;
    const rest = { bias, ...ofType(bound.dtype) };
    this.registerModule("self_attn", attentionOf(bound));
    if (norms === 3) this.registerModule("multihead_attn", attentionOf(bound));
    this.registerModule("linear1", new Linear(dModel, dimFeedforward, rest));
    this.registerModule("dropout", new Dropout(dropout));
    this.registerModule("linear2", new Linear(dimFeedforward, dModel, rest));
    this.normFirst = bound.normFirst;
    const numbers = Array.from({ length: norms }, (_, i) => i + 1);
    for (const i of numbers) {
      this.registerModule(`norm${i}`, new LayerNorm(dModel, { eps: bound.layerNormEps, ...rest }));
    }
    for (const i of numbers) this.registerModule(`dropout${i}`, new Dropout(dropout));
    if (bound.activation instanceof Module) this.registerModule("activation", bound.activation);
    else this.activation = functionOf(bound.activation);
  }

  private child<M extends Module>(name: string): M {
    return this._modules.get(name) as M;
  }

  /** A block with its normalisation and what goes past it. */
  protected block(number: number, input: Tensor, compute: (input: Tensor) => Tensor): Tensor {
    const norm = this.child<LayerNorm>(`norm${number}`);
    const dropout = this.child<Dropout>(`dropout${number}`);
    if (this.normFirst) return input.add(dropout.call(compute(norm.call(input))));
    return norm.call(input.add(dropout.call(compute(input))));
  }

  /** Attention of a sequence to a memory. */
  protected attend(
    name: "self_attn" | "multihead_attn",
    input: Tensor,
    memory: Tensor,
    masks: Masks,
  ): Tensor {
    const attention = this.child<MultiheadAttention>(name);
    return attention.call(input, memory, memory, { ...masks, needWeights: false })[0];
  }

  /** The two linear layers. */
  protected feedForward(input: Tensor): Tensor {
    const activate = functionOf(this.activation);
    return this.linear2.call(this.dropout.call(activate(this.linear1.call(input))));
  }
}

function attentionOf({ dModel, nhead, dropout, bias, batchFirst, dtype }: Bound): MultiheadAttention {
  return new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst, ...ofType(dtype) });
}

/** What a call of an encoder's layer takes behind the sequence. */
export interface EncoderLayerCall {
  /** [S, S] or [N * heads, S, S]: true where a position must not be seen, or numbers added to the scores. */
  readonly srcMask?: Tensor | null;
  /** [N, S]: true where a position is padding. */
  readonly srcKeyPaddingMask?: Tensor | null;
  /** A hint that `srcMask` is the causal mask. */
  readonly isCausal?: boolean;
}

/** Self-attention and a feed-forward network (torch.nn.TransformerEncoderLayer). */
export class TransformerEncoderLayer extends TransformerLayer {
  declare norm1: LayerNorm;
  declare norm2: LayerNorm;
  declare dropout1: Dropout;
  declare dropout2: Dropout;

  constructor(...args: LayerArguments) {
    super(bind<Bound>("TransformerEncoderLayer.__init__", layerNames, args, layerDefaults), 2);
  }

  /** @param src shape [S, N, E], or [N, S, E] where the batch comes first, or [S, E] @returns shaped alike */
  override forward(
    src: Tensor,
    ...args: Signature<
      [srcMask: Tensor | null, srcKeyPaddingMask: Tensor | null, isCausal: boolean],
      EncoderLayerCall
    >
  ): Tensor {
    const bound = bind<Required<EncoderLayerCall>>(
      "TransformerEncoderLayer.forward",
      ["srcMask", "srcKeyPaddingMask", "isCausal"],
      args,
      { srcMask: null, srcKeyPaddingMask: null, isCausal: false },
    );
    const masks: Masks = {
      attnMask: canonicalMask(bound.srcMask, "src_mask", src.dtype),
      keyPaddingMask: canonicalMask(bound.srcKeyPaddingMask, "src_key_padding_mask", src.dtype, {
        mask: bound.srcMask,
        name: "src_mask",
      }),
      isCausal: bound.isCausal,
    };
    const attended = this.block(1, src, (x) => this.attend("self_attn", x, x, masks));
    return this.block(2, attended, (x) => this.feedForward(x));
  }
}

/** What a call of a decoder's layer takes behind the two sequences. */
export interface DecoderLayerCall {
  readonly tgtMask?: Tensor | null;
  readonly memoryMask?: Tensor | null;
  readonly tgtKeyPaddingMask?: Tensor | null;
  readonly memoryKeyPaddingMask?: Tensor | null;
  readonly tgtIsCausal?: boolean;
  readonly memoryIsCausal?: boolean;
}

/** Self-attention, attention to a memory, and a feed-forward network (torch.nn.TransformerDecoderLayer). */
export class TransformerDecoderLayer extends TransformerLayer {
  declare multiheadAttn: MultiheadAttention;
  declare norm1: LayerNorm;
  declare norm2: LayerNorm;
  declare norm3: LayerNorm;
  declare dropout1: Dropout;
  declare dropout2: Dropout;
  declare dropout3: Dropout;

  constructor(...args: LayerArguments) {
    super(bind<Bound>("TransformerDecoderLayer.__init__", layerNames, args, layerDefaults), 3);
  }

  /** @param tgt shape [T, N, E] @param memory shape [S, N, E] @returns shaped like tgt; see `TransformerEncoderLayer` */
  override forward(
    tgt: Tensor,
    memory: Tensor,
    ...args: Signature<
      [
        tgtMask: Tensor | null,
        memoryMask: Tensor | null,
        tgtKeyPaddingMask: Tensor | null,
        memoryKeyPaddingMask: Tensor | null,
        tgtIsCausal: boolean,
        memoryIsCausal: boolean,
      ],
      DecoderLayerCall
    >
  ): Tensor {
    const bound = bind<Required<DecoderLayerCall>>(
      "TransformerDecoderLayer.forward",
      ["tgtMask", "memoryMask", "tgtKeyPaddingMask", "memoryKeyPaddingMask", "tgtIsCausal", "memoryIsCausal"],
      args,
      {
        tgtMask: null,
        memoryMask: null,
        tgtKeyPaddingMask: null,
        memoryKeyPaddingMask: null,
        tgtIsCausal: false,
        memoryIsCausal: false,
      },
    );
    const own: Masks = {
      attnMask: bound.tgtMask,
      keyPaddingMask: bound.tgtKeyPaddingMask,
      isCausal: bound.tgtIsCausal,
    };
    const ofMemory: Masks = {
      attnMask: bound.memoryMask,
      keyPaddingMask: bound.memoryKeyPaddingMask,
      isCausal: bound.memoryIsCausal,
    };
    const attended = this.block(1, tgt, (x) => this.attend("self_attn", x, x, own));
    const informed = this.block(2, attended, (x) => this.attend("multihead_attn", x, memory, ofMemory));
    return this.block(3, informed, (x) => this.feedForward(x));
  }
}
