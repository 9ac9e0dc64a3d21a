// torch.nn.functional.embedding_bag (ATen/native/EmbeddingBag.cpp).

import { bind, type Signature } from "../../../core/arguments.ts";
import { int64 } from "../../../core/dtype.ts";
import { elements, toNumber } from "../../../core/elements.ts";
import { NotImplementedError, RuntimeError, ValueError } from "../../../core/errors.ts";
import { sameShape } from "../../../core/layout.ts";
import { zeros } from "../../creation.ts";
import { sizeText, typeName } from "../../errors.ts";
import { inFloat32 } from "../../half.ts";
import { tensor } from "../../interop.ts";
import { named } from "../../node.ts";
import type { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";
import { checkIndices, lookup, renormalize } from "./embedding.ts";

/** What the rows of a bag become. */
export type BagMode = "sum" | "mean" | "max";

/** What `embeddingBag` takes by name. */
export interface EmbeddingBagSettings {
  /** Where each bag begins in a 1-D input. */
  readonly offsets?: Tensor | null;
  /** Rows that are longer are shortened to this norm, in place. */
  readonly maxNorm?: Numeric | null;
  /** Which norm that is. Default 2. */
  readonly normType?: Numeric;
  /** Divides a row's gradient by how often the row is looked up in this call. */
  readonly scaleGradByFreq?: boolean;
  /** Default "mean". */
  readonly mode?: BagMode;
  /** Taken as PyTorch takes it; gradients here are always dense, with the same values. */
  readonly sparse?: boolean;
  /** What each row is multiplied by before the sum. */
  readonly perSampleWeights?: Tensor | null;
  /** True iff the last offset is where the last bag ends. */
  readonly includeLastOffset?: boolean;
  /** The row that does not count. */
  readonly paddingIdx?: number | null;
}

type Bound = Required<EmbeddingBagSettings>;

const defaults: Bound = {
  offsets: null,
  maxNorm: null,
  normType: 2,
  scaleGradByFreq: false,
  mode: "mean",
  sparse: false,
  perSampleWeights: null,
  includeLastOffset: false,
  paddingIdx: null,
};

/** @throws ValueError for shapes that do not go together */
function checkShapes(input: Tensor, weight: Tensor, { offsets, perSampleWeights }: Bound): void {
  if (perSampleWeights !== null && !sameShape(input.shape, perSampleWeights.shape)) {
    throw new ValueError(
      `embedding_bag: If per_sample_weights (${sizeText(perSampleWeights.shape)}) is not None, then it must have the same shape as the input (${sizeText(input.shape)})`,
    );
  }
  if (weight.ndim !== 2)
    throw new ValueError(`weight has to be a 2D Tensor, but got Tensor of dimension ${weight.ndim}`);
  if (input.ndim === 2) {
    if (offsets === null) return;
    throw new ValueError(
      "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. However, found offsets of type <class 'torch.Tensor'>",
    );
  }
  if (input.ndim !== 1)
    throw new ValueError(`input has to be 1D or 2D Tensor, but got Tensor of dimension ${input.ndim}`);
  if (offsets === null) throw new ValueError("offsets has to be a 1D Tensor but got None");
  if (offsets.ndim !== 1) throw new ValueError("offsets has to be a 1D Tensor");
}

/** @throws ValueError for settings that the mode does not have */
function checkMode({ mode, scaleGradByFreq, sparse }: Bound): void {
  if (mode !== "sum" && mode !== "mean" && mode !== "max")
    throw new ValueError("mode has to be one of sum, mean or max");
  if (mode !== "max") return;
  if (scaleGradByFreq)
    throw new ValueError("max mode does not support scaling the gradient by the frequency");
  if (sparse) throw new ValueError("max mode does not support sparse weights");
}

/** @throws RuntimeError for element types that do not go together */
function checkTypes(input: Tensor, weight: Tensor, perSampleWeights: Tensor | null): void {
  checkIndices(input, "embedding_bag");
  if (weight.dtype.kind !== "float") {
    throw new RuntimeError(
      `Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, BFloat16, Float, Double; but got ${typeName(weight)} instead (while checking arguments for embedding_bag)`,
    );
  }
  if (perSampleWeights !== null && perSampleWeights.dtype !== weight.dtype) {
    throw new RuntimeError(
      `Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 'per_sample_weights'; but type ${typeName(weight)} does not equal ${typeName(perSampleWeights)} (while checking arguments for embedding_bag)`,
    );
  }
}

/** Where bags begin, and where the last one ends. @throws RuntimeError for offsets that are no such places */
function boundsOf(input: Tensor, { offsets, includeLastOffset }: Bound): readonly number[] {
  const count = input.layout.size;
  if (offsets === null) {
    const [bags, width] = input.shape as readonly [number, number];
    return Array.from({ length: bags + 1 }, (_, bag) => bag * width);
  }
  const places = elements(offsets).map(toNumber);
  if (includeLastOffset && places.length === 0)
    throw new RuntimeError("include_last_offset: number of offset should be at least 1");
  if (places.length === 0) return [0];
  if (places[0] !== 0) {
    throw new RuntimeError(
      `offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got ${places[0]}`,
    );
  }
  const last = places.at(-1)!;
  if (last > count) {
    throw new RuntimeError(
      `offsets[-1] can not be greater than input's length ${count} but got offsets[-1] of ${last}`,
    );
  }
  const ends = includeLastOffset ? places : [...places, count];
  if (ends.some((place, i) => i > 0 && place < ends[i - 1]!))
    throw new RuntimeError(`embedding_bag: offsets must not decrease, got [${places}]`);
  return ends;
}

/** The numbers of rows. @throws RuntimeError for one without a row */
function rowNumbers(input: Tensor, count: number): readonly number[] {
  const numbers = elements(input).map(toNumber);
  const at = numbers.findIndex((row) => row < 0 || row >= count);
  if (at < 0) return numbers;
  throw new RuntimeError(
    `Index ${at} of input takes value ${numbers[at]} which is not in the valid range [0, ${count})`,
  );
}

/** The row that does not count, from 0 on; -1 where there is none. */
function paddingRow(paddingIdx: number | null, count: number): number {
  if (paddingIdx === null) return -1;
  if (paddingIdx < -count || paddingIdx >= count) {
    throw new RuntimeError(
      `padding_idx must be within the number of embeddings, ${-count} through ${count - 1}, but got ${paddingIdx}`,
    );
  }
  return paddingIdx < 0 ? paddingIdx + count : paddingIdx;
}

/** For each bag the places in the input that count. */
function placesOf(numbers: readonly number[], bounds: readonly number[], padding: number): number[][] {
  return bounds.slice(1).map((end, bag) => {
    const places: number[] = [];
    for (let place = bounds[bag]!; place < end; place++) if (numbers[place] !== padding) places.push(place);
    return places;
  });
}

/** Sums or means of rows, each of which may be weighted. */
function summed(
  weight: Tensor,
  numbers: readonly number[],
  bags: readonly number[][],
  { mode, scaleGradByFreq, perSampleWeights }: Bound,
): Tensor {
  const places = bags.flat();
  const picked = places.map((place) => numbers[place]!);
  const indices = tensor(picked, { dtype: int64 });
  const rows = lookup(weight, indices, () => picked, scaleGradByFreq, null);
  const factors = perSampleWeights?.reshape([-1]).indexSelect(0, tensor(places, { dtype: int64 }));
  const weighted = factors === undefined ? rows : rows.mul(factors.unsqueeze(1));
  const owners = tensor(
    bags.flatMap((bag, i) => bag.map(() => i)),
    { dtype: int64 },
  );
  const sums = zeros([bags.length, weight.shape[1]!], { dtype: weight.dtype }).indexAdd(0, owners, weighted);
  if (mode === "sum") return sums;
  const counts = bags.map((bag) => [Math.max(bag.length, 1)]);
  return sums.div(tensor(counts, { dtype: weight.dtype }).view([bags.length, 1]));
}

/** The greatest of each column, from the first row that has it; zeros for an empty bag. */
function greatest(weight: Tensor, numbers: readonly number[], bags: readonly number[][]): Tensor {
  const width = weight.shape[1]!;
  const values = elements(weight).map(toNumber);
  const rows = new Array<number>(bags.length * width).fill(0);
  bags.forEach((bag, i) => {
    for (let column = 0; column < width; column++) {
      let best = Number.NEGATIVE_INFINITY;
      bag.forEach((place, k) => {
        const value = values[numbers[place]! * width + column]!;
        if (k > 0 && !(value > best)) return;
        best = value;
        rows[i * width + column] = numbers[place]!;
      });
    }
  });
  const picked = weight.gather(0, tensor(rows, { dtype: int64 }).view([bags.length, width]));
  const isEmpty = bags.map((bag) => [bag.length === 0]);
  return picked.maskedFill(tensor(isEmpty).view([bags.length, 1]), 0);
}

/**
 * Sums, means or maxima of rows of a table, bag by bag (torch.nn.functional.embedding_bag).
 * @param input numbers of rows: shape [bags, length], or [total] with `offsets`
 * @param weight shape [count, width] @returns shape [bags, width]
 */
export function embeddingBag(
  input: Tensor,
  weight: Tensor,
  ...args: Signature<
    [
      offsets?: Tensor | null,
      maxNorm?: Numeric | null,
      normType?: Numeric,
      scaleGradByFreq?: boolean,
      mode?: BagMode,
      sparse?: boolean,
      perSampleWeights?: Tensor | null,
      includeLastOffset?: boolean,
      paddingIdx?: number | null,
    ],
    EmbeddingBagSettings
  >
): Tensor {
  const names = Object.keys(defaults) as (keyof Bound)[];
  const bound = bind<Bound>("embedding_bag", names, args, defaults);
  const { mode, maxNorm, perSampleWeights } = bound;
  checkShapes(input, weight, bound);
  checkMode(bound);
  if (perSampleWeights !== null && mode !== "sum") {
    throw new NotImplementedError(
      `embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='${mode}'). Please open a feature request on GitHub.`,
    );
  }
  checkTypes(input, weight, perSampleWeights);
  const count = weight.shape[0]!;
  const padding = paddingRow(bound.paddingIdx, count);
  const bounds = boundsOf(input, bound);
  const numbers = rowNumbers(input, count);
  if (maxNorm !== null) renormalize(weight, numbers, Number(maxNorm), Number(bound.normType));
  const bags = placesOf(numbers, bounds, padding);
  const result =
    mode === "max"
      ? greatest(weight, numbers, bags)
      : inFloat32([weight, perSampleWeights], (table, factors) =>
          summed(table, numbers, bags, { ...bound, perSampleWeights: factors }),
        );
  return named(result, "EmbeddingBagBackward0");
}
