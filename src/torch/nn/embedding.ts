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

export interface EmbeddingOptions {
  readonly numEmbeddings?: number;
  readonly embeddingDim?: number;
  /** The row that stays zero and gets no gradient. */
  readonly paddingIdx?: number | null;
  readonly dtype?: DType;
}

interface Bound {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  readonly dtype: DType | undefined;
}

/** Rows of a table by number (torch.nn.Embedding); `weight` is [numEmbeddings, embeddingDim]. */
export class Embedding extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  declare weight: Parameter;

  constructor(
    ...args: Signature<
      [numEmbeddings: number, embeddingDim: number, paddingIdx: number | null],
      EmbeddingOptions
    >
  ) {
    super();
    const { numEmbeddings, embeddingDim, paddingIdx, dtype } = bind<Bound>(
      "Embedding.__init__",
      ["numEmbeddings", "embeddingDim", "paddingIdx"],
      args,
      { paddingIdx: null, dtype: undefined },
    );
    if (paddingIdx !== null && (paddingIdx >= numEmbeddings || paddingIdx < -numEmbeddings)) {
      throw new ValueError("Padding_idx must be within num_embeddings");
    }
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = paddingIdx !== null && paddingIdx < 0 ? paddingIdx + numEmbeddings : paddingIdx;
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
    return embedding(input, this.weight, { paddingIdx: this.paddingIdx });
  }

  override extraRepr(): string {
    const padding = this.paddingIdx === null ? "" : `, padding_idx=${this.paddingIdx}`;
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}`;
  }
}
