// torch.multinomial, which draws what PyTorch's CPU device draws (ATen/native/Distributions.cpp, cpu/MultinomialKernel.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import { float64, int64 } from "../core/dtype.ts";
import { elements, toNumber } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Generator } from "../random/index.ts";
import { emptyLike } from "./creation.ts";
import { scalarTypeName } from "./errors.ts";
import { tensor } from "./interop.ts";
import { generatorOf } from "./random.ts";
import type { Tensor } from "./tensor.ts";

/** What `multinomial` takes by name. */
export interface MultinomialOptions {
  readonly numSamples?: number;
  /** True iff a number may come again. Default false. */
  readonly replacement?: boolean;
  readonly generator?: Generator | null;
}

const mostCategories = 2 ** 24;

/** @throws RuntimeError for weights or a count that cannot be drawn from */
function checkDraw(input: Tensor, count: number, replacement: boolean): void {
  if (!input.dtype.isFloatingPoint) {
    throw new RuntimeError(
      `multinomial only supports floating-point dtypes for input, got: ${scalarTypeName(input.dtype)}`,
    );
  }
  if (input.ndim !== 1 && input.ndim !== 2) throw new RuntimeError("prob_dist must be 1 or 2 dim");
  if (!(count > 0)) throw new RuntimeError("cannot sample n_sample <= 0 samples");
  const categories = input.shape.at(-1)!;
  if (!replacement && count > categories) {
    throw new RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement");
  }
  if (categories > mostCategories) throw new RuntimeError("number of categories cannot exceed 2^24");
}

const noWeight = "invalid multinomial distribution (sum of probabilities <= 0)";

/** Numbers without repetition: those of the greatest weights, each over an exponential number. */
function distinct(input: Tensor, rows: readonly number[][], count: number, generator: Generator): number[][] {
  if (rows.flat().some((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY)))
    throw new RuntimeError("probability tensor contains either `inf`, `nan` or element < 0");
  if (rows.some((row) => row.every((weight) => weight === 0))) throw new RuntimeError(noWeight);
  const chances = emptyLike(input).exponential_(1, { generator });
  const ratios = elements(input.detach().div(chances)).map(toNumber);
  return rows.map((row, i) => {
    const order = row.map((_, category) => category);
    const ratio = (category: number): number => ratios[i * row.length + category]!;
    return order.sort((a, b) => ratio(b) - ratio(a)).slice(0, count);
  });
}

/** Numbers that may repeat: where uniform numbers fall among the sums of the weights. */
function repeated(input: Tensor, rows: readonly number[][], count: number, generator: Generator): number[][] {
  const round = input.dtype === float64 ? (value: number): number => value : Math.fround;
  return rows.map((row) => {
    let sum = 0;
    const sums = row.map((weight) => {
      if (weight < 0)
        throw new RuntimeError("invalid multinomial distribution (encountering probability entry < 0)");
      if (!Number.isFinite(weight)) {
        throw new RuntimeError(
          "invalid multinomial distribution (encountering probability entry = infinity or NaN)",
        );
      }
      sum = round(sum + weight);
      return sum;
    });
    if (!(sum > 0)) throw new RuntimeError(noWeight);
    const shares = sums.map((each) => round(each / sum));
    shares[shares.length - 1] = 1;
    return Array.from({ length: count }, () => placeOf(generator.uniform64(), shares));
  });
}

/** The first place whose share is not below the number. */
function placeOf(chance: number, shares: readonly number[]): number {
  let [left, right] = [0, shares.length];
  while (left < right) {
    const middle = (left + right) >>> 1;
    if (shares[middle]! < chance) left = middle + 1;
    else right = middle;
  }
  return left;
}

/**
 * Numbers of categories, drawn by their weights (torch.multinomial).
 * @param input weights, shape [categories] or [rows, categories]
 * @returns int64, shape [numSamples] or [rows, numSamples]
 * @throws RuntimeError for weights that are no distribution
 */
export function multinomial(
  input: Tensor,
  ...args: Signature<[numSamples: number, replacement?: boolean], MultinomialOptions>
): Tensor {
  const names = ["numSamples", "replacement"] as const;
  const bound = bind<Required<MultinomialOptions>>("multinomial", names, args, {
    replacement: false,
    generator: null,
  });
  const { numSamples, replacement } = bound;
  checkDraw(input, numSamples, replacement);
  const categories = input.shape.at(-1)!;
  const weights = elements(input).map(toNumber);
  const count = input.ndim === 1 ? 1 : input.shape[0]!;
  const rows = Array.from({ length: count }, (_, i) => weights.slice(i * categories, (i + 1) * categories));
  const draw = !replacement || numSamples === 1 ? distinct : repeated;
  const drawn = draw(input, rows, numSamples, generatorOf(bound));
  return tensor(drawn.flat(), { dtype: int64 }).view([...input.shape.slice(0, -1), numSamples]);
}
