// torch.nn.Embedding, EmbeddingBag.

import { bind, type Signature } from "../../core/arguments.ts";
import type { DType } from "../../core/dtype.ts";
import { AssertionError } from "../../core/errors.ts";
import { empty } from "../creation.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { embedding } from "./functional/embedding.ts";
import { type BagMode, embeddingBag } from "./functional/embedding-bag.ts";
import { normal_ } from "./init.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import { Parameter } from "./parameter.ts";
import { type Numeric, settingsText } from "./text.ts";

/** What tables take by name. */
interface TableOptions {
  /** The row that stays zero and gets no gradient; in a bag the row that does not count. */
  readonly paddingIdx?: number | null;
  /** Rows that are longer are shortened to this norm, in place, when they are looked up. */
  readonly maxNorm?: Numeric | null;
  /** Which norm that is. Default 2. */
  readonly normType?: Numeric;
  /** Divides a row's gradient by how often the row was looked up. */
  readonly scaleGradByFreq?: boolean;
  /** Taken as PyTorch takes it; gradients here are always dense, with the same values. */
  readonly sparse?: boolean;
}

/** What `Embedding` takes by name. */
export interface EmbeddingOptions extends TableOptions {
  readonly numEmbeddings?: number;
  readonly embeddingDim?: number;
  /** The table itself, which is then not drawn. */
  readonly _weight?: Tensor | null;
  /** True for a table that is not trained. */
  readonly _freeze?: boolean;
  readonly dtype?: DType;
}

/** What `Embedding.fromPretrained` takes by name. */
export interface PretrainedOptions extends TableOptions {
  /** Default true: the table is not trained. */
  readonly freeze?: boolean;
}

type Bound = Required<Omit<EmbeddingOptions, "dtype">> & { readonly dtype: DType | undefined };

const tableNames = ["paddingIdx", "maxNorm", "normType", "scaleGradByFreq", "sparse"] as const;
const tableDefaults: Required<TableOptions> = {
  paddingIdx: null,
  maxNorm: null,
  normType: 2,
  scaleGradByFreq: false,
  sparse: false,
};

/** The padding row, counted from 0. @throws AssertionError for one that is not there */
function paddingRow(paddingIdx: number | null, count: number, message: string): number | null {
  if (paddingIdx === null) return null;
  if (paddingIdx >= count || paddingIdx < -count) throw new AssertionError(message);
  return paddingIdx < 0 ? paddingIdx + count : paddingIdx;
}

/** @throws AssertionError for a table of another shape */
function givenTable(table: Tensor, count: number, width: number): Tensor {
  if (table.ndim === 2 && table.shape[0] === count && table.shape[1] === width) return table;
  throw new AssertionError("Shape of weight does not match num_embeddings and embedding_dim");
}

/** Draws a table from the normal distribution and zeroes its padding row. */
function drawTable(weight: Tensor, paddingIdx: number | null): void {
  normal_(weight);
  if (paddingIdx !== null) noGrad(() => weight.at(paddingIdx).fill_(0));
}

/** @throws AssertionError for what is no table */
function checkPretrained(embeddings: Tensor): void {
  if (embeddings.ndim !== 2) throw new AssertionError("Embeddings parameter is expected to be 2-dimensional");
}

/** The settings that both kinds of table print, where they are not the defaults. */
function changedSettings(
  table: Readonly<Required<Pick<TableOptions, "maxNorm" | "normType" | "scaleGradByFreq">>>,
): Record<string, unknown> {
  const changed: Record<string, unknown> = {};
  if (table.maxNorm !== null) changed.max_norm = table.maxNorm;
  if (Number(table.normType) !== 2) changed.norm_type = table.normType;
  if (table.scaleGradByFreq) changed.scale_grad_by_freq = true;
  return changed;
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
        paddingIdx?: number | null,
        maxNorm?: Numeric | null,
        normType?: Numeric,
        scaleGradByFreq?: boolean,
        sparse?: boolean,
        _weight?: Tensor | null,
        _freeze?: boolean,
      ],
      EmbeddingOptions
    >
  ) {
    super();
    const names = ["numEmbeddings", "embeddingDim", ...tableNames, "_weight", "_freeze"] as const;
    const bound = bind<Bound>("Embedding.__init__", names, args, {
      ...tableDefaults,
      _weight: null,
      _freeze: false,
      dtype: undefined,
    });
    const { numEmbeddings, embeddingDim, _weight, _freeze } = bound;
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = paddingRow(
      bound.paddingIdx,
      numEmbeddings,
      "Padding_idx must be within num_embeddings",
    );
    this.maxNorm = bound.maxNorm;
    this.normType = bound.normType;
    this.scaleGradByFreq = bound.scaleGradByFreq;
    this.sparse = bound.sparse;
    const table =
      _weight === null
        ? empty([numEmbeddings, embeddingDim], ofType(bound.dtype))
        : givenTable(_weight, numEmbeddings, embeddingDim);
    this.registerParameter("weight", new Parameter(table, !_freeze));
    if (_weight === null) this.resetParameters();
  }

  /** A table of given rows, which is shared (torch.nn.Embedding.from_pretrained). */
  static fromPretrained(
    embeddings: Tensor,
    ...args: Signature<
      [
        freeze?: boolean,
        paddingIdx?: number | null,
        maxNorm?: Numeric | null,
        normType?: Numeric,
        scaleGradByFreq?: boolean,
        sparse?: boolean,
      ],
      PretrainedOptions
    >
  ): Embedding {
    const names = ["freeze", ...tableNames] as const;
    const { freeze, ...settings } = bind<Required<PretrainedOptions>>("from_pretrained", names, args, {
      ...tableDefaults,
      freeze: true,
    });
    checkPretrained(embeddings);
    const [numEmbeddings, embeddingDim] = embeddings.shape as readonly [number, number];
    return new Embedding({
      numEmbeddings,
      embeddingDim,
      ...settings,
      _weight: embeddings,
      _freeze: freeze,
    });
  }

  /** Draws the table from the normal distribution and zeroes the padding row. */
  resetParameters(): void {
    drawTable(this.weight, this.paddingIdx);
  }

  /** @param input integers of any shape @returns shape [...input.shape, embeddingDim] */
  override forward(input: Tensor): Tensor {
    const { paddingIdx, maxNorm, normType, scaleGradByFreq, sparse } = this;
    return embedding(input, this.weight, { paddingIdx, maxNorm, normType, scaleGradByFreq, sparse });
  }

  override extraRepr(): string {
    const changed = {
      ...(this.paddingIdx === null ? {} : { padding_idx: this.paddingIdx }),
      ...changedSettings(this),
      ...(this.sparse ? { sparse: true } : {}),
    };
    const sizes = `${this.numEmbeddings}, ${this.embeddingDim}`;
    return Object.keys(changed).length === 0 ? sizes : `${sizes}, ${settingsText(changed)}`;
  }
}

/** What `EmbeddingBag` takes by name. */
export interface EmbeddingBagOptions extends TableOptions {
  readonly numEmbeddings?: number;
  readonly embeddingDim?: number;
  /** What the rows of a bag become. Default "mean". */
  readonly mode?: BagMode;
  /** The table itself, which is then not drawn. */
  readonly _weight?: Tensor | null;
  /** True iff the last offset is where the last bag ends. */
  readonly includeLastOffset?: boolean;
  readonly dtype?: DType;
}

type BagBound = Required<Omit<EmbeddingBagOptions, "dtype">> & { readonly dtype: DType | undefined };

/** Sums, means or maxima of rows of a table (torch.nn.EmbeddingBag); `weight` is [numEmbeddings, embeddingDim]. */
export class EmbeddingBag extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  maxNorm: Numeric | null;
  normType: Numeric;
  scaleGradByFreq: boolean;
  readonly paddingIdx: number | null;
  declare weight: Parameter;
  mode: BagMode;
  sparse: boolean;
  includeLastOffset: boolean;

  constructor(
    ...args: Signature<
      [
        numEmbeddings: number,
        embeddingDim: number,
        maxNorm?: Numeric | null,
        normType?: Numeric,
        scaleGradByFreq?: boolean,
        mode?: BagMode,
        sparse?: boolean,
        _weight?: Tensor | null,
        includeLastOffset?: boolean,
        paddingIdx?: number | null,
      ],
      EmbeddingBagOptions
    >
  ) {
    super();
    const names = [
      "numEmbeddings",
      "embeddingDim",
      "maxNorm",
      "normType",
      "scaleGradByFreq",
      "mode",
      "sparse",
      "_weight",
      "includeLastOffset",
      "paddingIdx",
    ] as const;
    const bound = bind<BagBound>("EmbeddingBag.__init__", names, args, {
      ...tableDefaults,
      mode: "mean",
      _weight: null,
      includeLastOffset: false,
      dtype: undefined,
    });
    const { numEmbeddings, embeddingDim, _weight } = bound;
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.maxNorm = bound.maxNorm;
    this.normType = bound.normType;
    this.scaleGradByFreq = bound.scaleGradByFreq;
    this.paddingIdx = paddingRow(
      bound.paddingIdx,
      numEmbeddings,
      "padding_idx must be within num_embeddings",
    );
    const table =
      _weight === null
        ? empty([numEmbeddings, embeddingDim], ofType(bound.dtype))
        : givenTable(_weight, numEmbeddings, embeddingDim);
    this.registerParameter("weight", new Parameter(table));
    if (_weight === null) this.resetParameters();
    this.mode = bound.mode;
    this.sparse = bound.sparse;
    this.includeLastOffset = bound.includeLastOffset;
  }

  /** A table of given rows, which is shared (torch.nn.EmbeddingBag.from_pretrained). */
  static fromPretrained(
    embeddings: Tensor,
    ...args: Signature<
      [
        freeze?: boolean,
        maxNorm?: Numeric | null,
        normType?: Numeric,
        scaleGradByFreq?: boolean,
        mode?: BagMode,
        sparse?: boolean,
        includeLastOffset?: boolean,
        paddingIdx?: number | null,
      ],
      PretrainedOptions & Pick<EmbeddingBagOptions, "mode" | "includeLastOffset">
    >
  ): EmbeddingBag {
    type Settings = Required<PretrainedOptions & Pick<EmbeddingBagOptions, "mode" | "includeLastOffset">>;
    const names = [
      "freeze",
      "maxNorm",
      "normType",
      "scaleGradByFreq",
      "mode",
      "sparse",
      "includeLastOffset",
      "paddingIdx",
    ] as const;
    const { freeze, ...settings } = bind<Settings>("from_pretrained", names, args, {
      ...tableDefaults,
      freeze: true,
      mode: "mean",
      includeLastOffset: false,
    });
    checkPretrained(embeddings);
    const [numEmbeddings, embeddingDim] = embeddings.shape as readonly [number, number];
    const bag = new EmbeddingBag({ numEmbeddings, embeddingDim, ...settings, _weight: embeddings });
    bag.weight.requiresGrad = !freeze;
    return bag;
  }

  /** Draws the table from the normal distribution and zeroes the padding row. */
  resetParameters(): void {
    drawTable(this.weight, this.paddingIdx);
  }

  /** @param input as `functional.embeddingBag` takes it @returns shape [bags, embeddingDim] */
  override forward(
    input: Tensor,
    ...args: Signature<
      [offsets?: Tensor | null, perSampleWeights?: Tensor | null],
      { readonly offsets?: Tensor | null; readonly perSampleWeights?: Tensor | null }
    >
  ): Tensor {
    type Inputs = { readonly offsets: Tensor | null; readonly perSampleWeights: Tensor | null };
    const given = bind<Inputs>("forward", ["offsets", "perSampleWeights"], args, {
      offsets: null,
      perSampleWeights: null,
    });
    const { maxNorm, normType, scaleGradByFreq, mode, sparse, includeLastOffset, paddingIdx } = this;
    const settings = { maxNorm, normType, scaleGradByFreq, mode, sparse, includeLastOffset, paddingIdx };
    return embeddingBag(input, this.weight, { ...given, ...settings });
  }

  override extraRepr(): string {
    const settings = {
      ...changedSettings(this),
      mode: this.mode,
      ...(this.paddingIdx === null ? {} : { padding_idx: this.paddingIdx }),
    };
    return `${this.numEmbeddings}, ${this.embeddingDim}, ${settingsText(settings)}`;
  }
}
