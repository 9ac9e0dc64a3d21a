// torch.nn.MultiheadAttention.

import { bind, type Signature } from "../../core/arguments.ts";
import type { DType } from "../../core/dtype.ts";
import { AssertionError, ValueError } from "../../core/errors.ts";
import type { Shape } from "../../core/layout.ts";
import { empty } from "../creation.ts";
import type { Tensor } from "../tensor.ts";
import { canonicalMask } from "./functional/masks.ts";
import { multiHeadAttentionForward } from "./functional/multi-head-attention.ts";
import { constant_, xavierNormal_, xavierUniform_ } from "./init.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import { Parameter } from "./parameter.ts";
import type { Numeric } from "./text.ts";

/** The output projection of attention: a linear layer under the name that PyTorch gives it. */
export class NonDynamicallyQuantizableLinear extends Linear {}

/** What `MultiheadAttention` takes by name. */
export interface MultiheadAttentionOptions {
  readonly embedDim?: number;
  readonly numHeads?: number;
  /** Probability that a weight is dropped while training. */
  readonly dropout?: Numeric;
  readonly bias?: boolean;
  readonly addBiasKv?: boolean;
  readonly addZeroAttn?: boolean;
  /** Features of keys and of values; null: as `embedDim`. */
  readonly kdim?: number | null;
  readonly vdim?: number | null;
  /** The batch is the first axis: [N, L, E] for [L, N, E]. */
  readonly batchFirst?: boolean;
  readonly dtype?: DType;
}

type Bound = Required<Omit<MultiheadAttentionOptions, "dtype">> & { readonly dtype: DType | undefined };

/** What a call of attention takes behind queries, keys and values. */
export interface AttentionCallOptions {
  /** [N, S]: true, or minus infinity, where a key is padding. */
  readonly keyPaddingMask?: Tensor | null;
  readonly needWeights?: boolean;
  /** [L, S] or [N * heads, L, S]: true where a key must not be seen, or numbers added to the scores. */
  readonly attnMask?: Tensor | null;
  /** The weights come as the mean over the heads. */
  readonly averageAttnWeights?: boolean;
  /** A hint that `attnMask` is the causal mask. */
  readonly isCausal?: boolean;
}

type CallPositions = [
  keyPaddingMask: Tensor | null,
  needWeights: boolean,
  attnMask: Tensor | null,
  averageAttnWeights: boolean,
  isCausal: boolean,
];

type Positions = [
  embedDim: number,
  numHeads: number,
  dropout: Numeric,
  bias: boolean,
  addBiasKv: boolean,
  addZeroAttn: boolean,
  kdim: number | null,
  vdim: number | null,
  batchFirst: boolean,
];

/** Attention of several heads over projections of queries, keys and values (torch.nn.MultiheadAttention). */
export class MultiheadAttention extends Module {
  readonly embedDim: number;
  readonly kdim: number;
  readonly vdim: number;
  readonly numHeads: number;
  readonly dropout: Numeric;
  readonly batchFirst: boolean;
  readonly headDim: number;
  readonly addZeroAttn: boolean;
  declare inProjWeight: Parameter | null;
  declare qProjWeight: Parameter | null;
  declare kProjWeight: Parameter | null;
  declare vProjWeight: Parameter | null;
  declare inProjBias: Parameter | null;
  declare outProj: NonDynamicallyQuantizableLinear;
  declare biasK: Parameter | null;
  declare biasV: Parameter | null;

  constructor(...args: Signature<Positions, MultiheadAttentionOptions>) {
    super();
    const bound = bind<Bound>(
      "MultiheadAttention.__init__",
      ["embedDim", "numHeads", "dropout", "bias", "addBiasKv", "addZeroAttn", "kdim", "vdim", "batchFirst"],
      args,
      {
        dropout: 0,
        bias: true,
        addBiasKv: false,
        addZeroAttn: false,
        kdim: null,
        vdim: null,
        batchFirst: false,
        dtype: undefined,
      },
    );
    const { embedDim, numHeads } = bound;
    if (embedDim <= 0 || numHeads <= 0) {
      throw new ValueError(
        `embed_dim and num_heads must be greater than 0, got embed_dim=${embedDim} and num_heads=${numHeads} instead`,
      );
    }
    if (embedDim % numHeads !== 0) throw new AssertionError("embed_dim must be divisible by num_heads");
    this.embedDim = embedDim;
    this.kdim = bound.kdim ?? embedDim;
    this.vdim = bound.vdim ?? embedDim;
    this.numHeads = numHeads;
    this.dropout = bound.dropout;
    this.batchFirst = bound.batchFirst;
    this.headDim = embedDim / numHeads;
    this.addZeroAttn = bound.addZeroAttn;
    this.register(bound);
    this.resetParameters();
  }

  /** True iff one matrix holds all three projections of the inputs. */
  private get isPacked(): boolean {
    return this.kdim === this.embedDim && this.vdim === this.embedDim;
  }

  private register({ bias, addBiasKv, dtype }: Bound): void {
    const { embedDim, kdim, vdim, isPacked } = this;
    const register = (name: string, isThere: boolean, shape: Shape): void => {
      this.registerParameter(name, isThere ? new Parameter(empty(shape, ofType(dtype))) : null);
    };
    if (isPacked) register("in_proj_weight", true, [3 * embedDim, embedDim]);
    register("q_proj_weight", !isPacked, [embedDim, embedDim]);
    register("k_proj_weight", !isPacked, [embedDim, kdim]);
    register("v_proj_weight", !isPacked, [embedDim, vdim]);
    if (!isPacked) register("in_proj_weight", false, []);
    register("in_proj_bias", bias, [3 * embedDim]);
    this.registerModule(
      "out_proj",
      new NonDynamicallyQuantizableLinear(embedDim, embedDim, { bias, ...ofType(dtype) }),
    );
    register("bias_k", addBiasKv, [1, 1, embedDim]);
    register("bias_v", addBiasKv, [1, 1, embedDim]);
  }

  private resetParameters(): void {
    for (const weight of [this.inProjWeight, this.qProjWeight, this.kProjWeight, this.vProjWeight]) {
      if (weight !== null) xavierUniform_(weight);
    }
    if (this.inProjBias !== null) {
      constant_(this.inProjBias, 0);
      constant_(this.outProj.bias!, 0);
    }
    if (this.biasK !== null) xavierNormal_(this.biasK);
    if (this.biasV !== null) xavierNormal_(this.biasV);
  }

  /**
   * @param query shape [L, N, E], or [N, L, E] where the batch comes first, or [L, E]
   * @param key shape [S, N, kdim] @param value shape [S, N, vdim]
   * @returns the output, shaped like the query, and the weights, [N, L, S], or null where they are not asked for
   */
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    ...args: Signature<CallPositions, AttentionCallOptions>
  ): [Tensor, Tensor | null] {
    const bound = bind<Required<AttentionCallOptions>>(
      "MultiheadAttention.forward",
      ["keyPaddingMask", "needWeights", "attnMask", "averageAttnWeights", "isCausal"],
      args,
      { keyPaddingMask: null, needWeights: true, attnMask: null, averageAttnWeights: true, isCausal: false },
    );
    const isTurned = this.batchFirst && query.ndim === 3;
    // One tensor in two places stays one: what it gives is then computed in one product.
    const turned = new Map([query, key, value].map((each) => [each, isTurned ? each.transpose(0, 1) : each]));
    const [output, weights] = multiHeadAttentionForward({
      ...bound,
      query: turned.get(query),
      key: turned.get(key),
      value: turned.get(value),
      keyPaddingMask: canonicalMask(bound.keyPaddingMask, "key_padding_mask", query.dtype, {
        mask: bound.attnMask,
        name: "attn_mask",
      }),
      attnMask: canonicalMask(bound.attnMask, "attn_mask", query.dtype),
      embedDimToCheck: this.embedDim,
      numHeads: this.numHeads,
      inProjWeight: this.inProjWeight,
      inProjBias: this.inProjBias,
      biasK: this.biasK,
      biasV: this.biasV,
      addZeroAttn: this.addZeroAttn,
      dropoutP: this.dropout,
      outProjWeight: this.outProj.weight,
      outProjBias: this.outProj.bias,
      training: this.training,
      useSeparateProjWeight: !this.isPacked,
      qProjWeight: this.qProjWeight,
      kProjWeight: this.kProjWeight,
      vProjWeight: this.vProjWeight,
    });
    return [isTurned ? output.transpose(0, 1) : output, weights];
  }
}
