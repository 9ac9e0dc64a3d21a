// torch.nn.Embedding.

import { bind, type Signature } from "../../core/arguments.ts";
import type { DType } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import { empty } from "../creation.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { embedding } from "./functional/embedding.ts";
import { normal_ } from "./init.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import { Parameter } from "./parameter.ts";
import { type Numeric, settingsText } from "./text.ts";

/** What `Embedding` takes by name. */
export interface EmbeddingOptions {
  readonly numEmbeddings?: number;
  readonly embeddingDim?: number;
  /** The row that stays zero and gets no gradient. */
  readonly paddingIdx?: number | null;
  /** Rows that are longer are shortened to this norm, in place, when they are looked up. */
  readonly maxNorm?: Numeric | null;
  /** Which norm that is. Default 2. */
  readonly normType?: Numeric;
  /** Divides a row's gradient by how often the row was looked up. */
  readonly scaleGradByFreq?: boolean;
  /** Taken as PyTorch takes it; gradients here are always dense, with the same values. */
  readonly sparse?: boolean;
  readonly dtype?: DType;
}

interface Bound {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  readonly maxNorm: Numeric | null;
  readonly normType: Numeric;
  readonly scaleGradByFreq: boolean;
  readonly sparse: boolean;
  readonly dtype: DType | undefined;
}

/** Rows of a table by number (torch.nn.Embedding); `weight` is [numEmbeddings, embeddingDim]. */
export class Embedding extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  maxNorm: Numeric | null;
  normType: Numeric;
  scaleGradByFreq: boolean;
  sparse: boolean;
  declare weight: Parameter;

  constructor(
    ...args: Signature<
      [
        numEmbeddings: number,
        embeddingDim: number,
        paddingIdx: number | null,
        maxNorm: Numeric | null,
        normType: Numeric,
        scaleGradByFreq: boolean,
        sparse: boolean,
      ],
      EmbeddingOptions
    >
  ) {
    super();
    const { numEmbeddings, embeddingDim, paddingIdx, dtype, ...rest } = bind<Bound>(
      "Embedding.__init__",
      ["numEmbeddings", "embeddingDim", "paddingIdx", "maxNorm", "normType", "scaleGradByFreq", "sparse"],
      args,
      {
        paddingIdx: null,
        maxNorm: null,
        normType: 2,
        scaleGradByFreq: false,
        sparse: false,
        dtype: undefined,
      },
    );
    if (paddingIdx !== null && (paddingIdx >= numEmbeddings || paddingIdx < -numEmbeddings)) {
      throw new ValueError("Padding_idx must be within num_embeddings");
    }
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = paddingIdx !== null && paddingIdx < 0 ? paddingIdx + numEmbeddings : paddingIdx;
    this.maxNorm = rest.maxNorm;
    this.normType = rest.normType;
    this.scaleGradByFreq = rest.scaleGradByFreq;
    this.sparse = rest.sparse;
    this.registerParameter("weight", new Parameter(empty([numEmbeddings, embeddingDim], ofType(dtype))));
    this.resetParameters();
  }

  /** Draws the table from the normal distribution and zeroes the padding row. */
  resetParameters(): void {
    normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) noGrad(() => this.weight.at(paddingIdx).fill_(0));
  }

  /** @param input integers of any shape @returns shape [...input.shape, embeddingDim] */
  override forward(input: Tensor): Tensor {
    const { paddingIdx, maxNorm, normType, scaleGradByFreq } = this;
    return embedding(input, this.weight, { paddingIdx, maxNorm, normType, scaleGradByFreq });
  }

  override extraRepr(): string {
    const changed: Record<string, unknown> = {};
    if (this.paddingIdx !== null) changed.padding_idx = this.paddingIdx;
    if (this.maxNorm !== null) changed.max_norm = this.maxNorm;
    if (Number(this.normType) !== 2) changed.norm_type = this.normType;
    if (this.scaleGradByFreq) changed.scale_grad_by_freq = true;
    if (this.sparse) changed.sparse = true;
    const sizes = `${this.numEmbeddings}, ${this.embeddingDim}`;
    return Object.keys(changed).length === 0 ? sizes : `${sizes}, ${settingsText(changed)}`;
  }
}
