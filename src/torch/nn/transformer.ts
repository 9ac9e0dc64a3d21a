// torch.nn.Transformer, TransformerEncoder, TransformerDecoder: stacks of layers and what goes between them.

import { bind, type Signature } from "../../core/arguments.ts";
import type { DType } from "../../core/dtype.ts";
import { RuntimeError } from "../../core/errors.ts";
import { deepcopy } from "../copy.ts";
import { getDefaultDtype } from "../promotion.ts";
import type { Tensor } from "../tensor.ts";
import { MultiheadAttention } from "./attention.ts";
import { ModuleList } from "./containers.ts";
import { canonicalMask, causalMask } from "./functional/masks.ts";
import { xavierUniform_ } from "./init.ts";
import { LayerNorm } from "./layer-normalization.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import {
  type DecoderLayerCall,
  layerDefaults,
  layerNames,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "./transformer-layers.ts";

/** A module that is called with tensors and options. */
interface Block {
  call(...inputs: readonly unknown[]): Tensor;
}

/** What encoders and decoders take behind the layer and their number. */
export interface StackOptions {
  readonly numLayers?: number;
  /** What comes behind the last layer. */
  readonly norm?: Module | null;
}

/** Layers that begin as copies of one, and a normalisation behind them. */
class LayerStack extends Module {
  readonly numLayers: number;
  declare layers: ModuleList;
  declare norm: Module | null;

  constructor(layer: Module, numLayers: number, norm: Module | null) {
    super();
    this.registerModule("layers", new ModuleList(Array.from({ length: numLayers }, () => deepcopy(layer))));
    this.numLayers = numLayers;
    if (norm === null) this.norm = null;
    else this.registerModule("norm", norm);
  }

  /** Runs all layers. @param rest what each is given behind the sequence */
  protected runLayers(input: Tensor, ...rest: readonly unknown[]): Tensor {
    let output = input;
    for (const layer of this.layers) output = (layer as unknown as Block).call(output, ...rest);
    return this.norm === null ? output : (this.norm as unknown as Block).call(output);
  }

  /** True iff the sequence's mask is the causal one: as the caller says, else as its values are, where they are known. */
  protected isCausal(mask: Tensor | null, given: boolean | null, sequence: Tensor): boolean {
    if (given !== null || mask === null) return given === true;
    const attention = this.layers.length === 0 ? undefined : this.layers.at(0)._modules.get("self_attn");
    const isTurned = attention instanceof MultiheadAttention && attention.batchFirst && sequence.ndim === 3;
    const length = sequence.shape[isTurned ? 1 : 0]!;
    if (mask.ndim !== 2 || mask.shape[0] !== length || mask.shape[1] !== length) return false;
    const isSame = mask.eq(causalMask(length, length, mask.dtype)).all();
    return isSame.storage.hasValues && isSame.item() === true;
  }
}

/** What `TransformerEncoder` takes by name. */
export interface TransformerEncoderOptions extends StackOptions {
  readonly encoderLayer?: Module;
  /** For PyTorch's path over nested tensors without gradients, which is not here: padded positions are computed too. */
  readonly enableNestedTensor?: boolean;
  readonly maskCheck?: boolean;
}

/** What a call of an encoder takes behind the sequence. */
export interface EncoderCall {
  readonly mask?: Tensor | null;
  readonly srcKeyPaddingMask?: Tensor | null;
  /** A hint that `mask` is the causal mask; null: it is looked at. */
  readonly isCausal?: boolean | null;
}

/** Layers of an encoder, one after the other (torch.nn.TransformerEncoder). */
export class TransformerEncoder extends LayerStack {
  readonly enableNestedTensor: boolean;
  readonly maskCheck: boolean;

  constructor(
    ...args: Signature<
      [
        encoderLayer: Module,
        numLayers: number,
        norm: Module | null,
        enableNestedTensor: boolean,
        maskCheck: boolean,
      ],
      TransformerEncoderOptions
    >
  ) {
    const bound = bind<Required<TransformerEncoderOptions>>(
      "TransformerEncoder.__init__",
      ["encoderLayer", "numLayers", "norm", "enableNestedTensor", "maskCheck"],
      args,
      { norm: null, enableNestedTensor: true, maskCheck: true },
    );
    super(bound.encoderLayer, bound.numLayers, bound.norm);
    this.enableNestedTensor = bound.enableNestedTensor;
    this.maskCheck = bound.maskCheck;
  }

  /** @param src shape [S, N, E], or [N, S, E] where the batch comes first, or [S, E] @returns shaped alike */
  override forward(
    src: Tensor,
    ...args: Signature<
      [mask: Tensor | null, srcKeyPaddingMask: Tensor | null, isCausal: boolean | null],
      EncoderCall
    >
  ): Tensor {
    const bound = bind<Required<EncoderCall>>(
      "TransformerEncoder.forward",
      ["mask", "srcKeyPaddingMask", "isCausal"],
      args,
      { mask: null, srcKeyPaddingMask: null, isCausal: null },
    );
    const srcMask = canonicalMask(bound.mask, "mask", src.dtype);
    return this.runLayers(src, {
      srcMask,
      srcKeyPaddingMask: canonicalMask(bound.srcKeyPaddingMask, "src_key_padding_mask", src.dtype, {
        mask: bound.mask,
        name: "mask",
      }),
      isCausal: this.isCausal(srcMask, bound.isCausal, src),
    });
  }
}

/** What `TransformerDecoder` takes by name. */
export interface TransformerDecoderOptions extends StackOptions {
  readonly decoderLayer?: Module;
}

/** What a call of a decoder takes behind the two sequences. */
export interface DecoderCall extends Omit<DecoderLayerCall, "tgtIsCausal"> {
  /** A hint that `tgtMask` is the causal mask; null: it is looked at. */
  readonly tgtIsCausal?: boolean | null;
}

const decoderNames = [
  "tgtMask",
  "memoryMask",
  "tgtKeyPaddingMask",
  "memoryKeyPaddingMask",
  "tgtIsCausal",
  "memoryIsCausal",
] as const;

const decoderDefaults: Required<DecoderCall> = {
  tgtMask: null,
  memoryMask: null,
  tgtKeyPaddingMask: null,
  memoryKeyPaddingMask: null,
  tgtIsCausal: null,
  memoryIsCausal: false,
};

/** Layers of a decoder, one after the other (torch.nn.TransformerDecoder). */
export class TransformerDecoder extends LayerStack {
  constructor(
    ...args: Signature<
      [decoderLayer: Module, numLayers: number, norm: Module | null],
      TransformerDecoderOptions
    >
  ) {
    const bound = bind<Required<TransformerDecoderOptions>>(
      "TransformerDecoder.__init__",
      ["decoderLayer", "numLayers", "norm"],
      args,
      { norm: null },
    );
    super(bound.decoderLayer, bound.numLayers, bound.norm);
  }

  /** @param tgt shape [T, N, E] @param memory shape [S, N, E] @returns shaped like tgt; see `TransformerEncoder` */
  override forward(
    tgt: Tensor,
    memory: Tensor,
    ...args: Signature<InOrder<typeof decoderNames, DecoderCall>, DecoderCall>
  ): Tensor {
    const bound = bind<Required<DecoderCall>>(
      "TransformerDecoder.forward",
      decoderNames,
      args,
      decoderDefaults,
    );
    return this.runLayers(tgt, memory, {
      ...bound,
      tgtIsCausal: this.isCausal(bound.tgtMask, bound.tgtIsCausal, tgt),
    });
  }
}

/** What `Transformer` takes by name. */
export interface TransformerOptions extends TransformerLayerOptions {
  readonly numEncoderLayers?: number;
  readonly numDecoderLayers?: number;
  /** Take the places of encoder and decoder. */
  readonly customEncoder?: Module | null;
  readonly customDecoder?: Module | null;
}

type TransformerBound = Required<Omit<TransformerOptions, "dtype">> & { readonly dtype: DType | undefined };

const transformerNames = [
  "dModel",
  "nhead",
  "numEncoderLayers",
  "numDecoderLayers",
  "dimFeedforward",
  "dropout",
  "activation",
  "customEncoder",
  "customDecoder",
  "layerNormEps",
  "batchFirst",
  "normFirst",
  "bias",
] as const;

/** The values of options in the order of their names. */
type InOrder<Names extends readonly unknown[], Options> = {
  -readonly [Index in keyof Names]: Names[Index] extends keyof Options
    ? Required<Options>[Names[Index]]
    : never;
};

/** What a call of a transformer takes behind the two sequences. */
export interface TransformerCall extends DecoderCall {
  readonly srcMask?: Tensor | null;
  readonly srcKeyPaddingMask?: Tensor | null;
  readonly srcIsCausal?: boolean | null;
}

const callNames = [
  "srcMask",
  "tgtMask",
  "memoryMask",
  "srcKeyPaddingMask",
  "tgtKeyPaddingMask",
  "memoryKeyPaddingMask",
  "srcIsCausal",
  "tgtIsCausal",
  "memoryIsCausal",
] as const;

/** An encoder, and a decoder that attends to what it gives (torch.nn.Transformer). */
export class Transformer extends Module {
  readonly dModel: number;
  readonly nhead: number;
  readonly batchFirst: boolean;
  declare encoder: Module;
  declare decoder: Module;

  constructor(...args: Signature<InOrder<typeof transformerNames, TransformerOptions>, TransformerOptions>) {
    super();
    const bound = bind<TransformerBound>("Transformer.__init__", transformerNames, args, {
      ...layerDefaults,
      dModel: 512,
      nhead: 8,
      numEncoderLayers: 6,
      numDecoderLayers: 6,
      customEncoder: null,
      customDecoder: null,
    });
    const { dModel, nhead, batchFirst, customEncoder, customDecoder } = bound;
    const type = ofType(bound.dtype);
    const options = {
      ...(Object.fromEntries(layerNames.map((name) => [name, bound[name]])) as TransformerLayerOptions),
      ...type,
    };
    const norm = () => new LayerNorm(dModel, { eps: bound.layerNormEps, bias: bound.bias, ...type });
    const encoder = (): Module => {
      const layer = new TransformerEncoderLayer(options);
      return new TransformerEncoder(layer, bound.numEncoderLayers, norm());
    };
    const decoder = (): Module => {
      const layer = new TransformerDecoderLayer(options);
      return new TransformerDecoder(layer, bound.numDecoderLayers, norm());
    };
    this.registerModule("encoder", customEncoder ?? encoder());
    this.registerModule("decoder", customDecoder ?? decoder());
    this.resetParameters();
    this.dModel = dModel;
    this.nhead = nhead;
    this.batchFirst = batchFirst;
  }

  /** Draws all matrices by Glorot's uniform rule. */
  private resetParameters(): void {
    for (const parameter of this.parameters()) if (parameter.ndim > 1) xavierUniform_(parameter);
  }

  /** [size, size]: minus infinity above the diagonal, else 0: no position sees those behind it. */
  static generateSquareSubsequentMask(size: number, options: { readonly dtype?: DType } = {}): Tensor {
    return causalMask(size, size, options.dtype ?? getDefaultDtype());
  }

  /** @param src shape [S, N, E] @param tgt shape [T, N, E] @returns shaped like tgt; see `TransformerEncoder` */
  override forward(
    src: Tensor,
    tgt: Tensor,
    ...args: Signature<InOrder<typeof callNames, TransformerCall>, TransformerCall>
  ): Tensor {
    const { srcMask, srcKeyPaddingMask, srcIsCausal, ...ofDecoder } = bind<Required<TransformerCall>>(
      "Transformer.forward",
      callNames,
      args,
      { ...decoderDefaults, srcMask: null, srcKeyPaddingMask: null, srcIsCausal: null },
    );
    const batchAxis = this.batchFirst ? 0 : 1;
    if (src.ndim === 3 && src.shape[batchAxis] !== tgt.shape[batchAxis])
      throw new RuntimeError("the batch number of src and tgt must be equal");
    if (src.shape.at(-1) !== this.dModel || tgt.shape.at(-1) !== this.dModel)
      throw new RuntimeError("the feature number of src and tgt must be equal to d_model");
    const memory = (this.encoder as unknown as Block).call(src, {
      mask: srcMask,
      srcKeyPaddingMask,
      isCausal: srcIsCausal,
    });
    return (this.decoder as unknown as Block).call(tgt, memory, ofDecoder);
  }
}
