// torch.nn.init.trunc_normal_: normal numbers within bounds, by drawing again what lies outside.

import { bind, type Signature } from "../../core/arguments.ts";
import { warn } from "../../core/warnings.ts";
import { erf } from "../../devices/reference/special-functions.ts";
import type { Generator } from "../../random/index.ts";
import { choose } from "../choice.ts";
import { emptyLike } from "../creation.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import type { DrawnFrom } from "./init.ts";

interface TruncatedOptions extends DrawnFrom {
  readonly mean?: number;
  readonly std?: number;
  /** The least value. Default -2. */
  readonly a?: number;
  /** The greatest value. Default 2. */
  readonly b?: number;
}

type Bound = Required<TruncatedOptions>;

/** The share of a normal distribution that must lie within the bounds for normal numbers to be tried. */
const enough = 0.3;

/** The share of the standard normal distribution below a number. */
const below = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;

/** Normal numbers; those outside the bounds are drawn again, with all others, until none is left. */
function redraw(tensor: Tensor, { mean, std, a, b, generator }: Bound): void {
  // The bounds in the tensor's own type, so that a number which was rounded to one of them stays.
  const [least, most] = [a, b].map((bound) => tensor.newTensor(bound).item() as number) as [number, number];
  let result = tensor.normal_(mean, std, { generator });
  for (;;) {
    const isOutside = result.lt(least).logicalOr(result.gt(most));
    if (!isOutside.any().item()) break;
    result = choose(isOutside, emptyLike(result).normal_(mean, std, { generator }), result);
  }
  if (result !== tensor) tensor.copy_(result);
}

/** Uniform numbers within the bounds; each stays with the probability that the density at it is of the highest. */
function reject(tensor: Tensor, { mean, std, a, b, generator }: Bound): void {
  const mode = Math.max(a, Math.min(mean, b));
  const peak = -0.5 * ((mode - mean) / std) ** 2;
  const candidates = emptyLike(tensor);
  const chances = emptyLike(tensor);
  const isRefused = (): Tensor => {
    candidates.sub_(mean).div_(std).pow_(2).mul_(-0.5).sub_(peak);
    return chances.uniform_(0, 1, { generator }).log_().gt(candidates);
  };
  candidates.copy_(tensor.uniform_(a, b, { generator }));
  let result = tensor;
  let isPending = isRefused();
  while (isPending.any().item()) {
    result = choose(isPending, candidates.uniform_(a, b, { generator }), result);
    isPending = choose(isPending, isRefused(), isPending);
  }
  if (result !== tensor) tensor.copy_(result);
}

/**
 * Fills from a normal distribution cut off at `a` and `b` (torch.nn.init.trunc_normal_), by default of mean 0, deviation 1,
 * cut off at -2 and 2.
 */
export function truncNormal_(
  tensor: Tensor,
  ...args: Signature<
    [mean?: number, std?: number, a?: number, b?: number, generator?: Generator | null],
    TruncatedOptions
  >
): Tensor {
  const names = ["mean", "std", "a", "b", "generator"] as const;
  const bound = bind<Bound>("trunc_normal_", names, args, { mean: 0, std: 1, a: -2, b: 2, generator: null });
  const { mean, std, a, b } = bound;
  if (mean < a - 2 * std || mean > b + 2 * std) {
    warn(
      "UserWarning",
      "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be incorrect.",
    );
  }
  const share = below((b - mean) / std) - below((a - mean) / std);
  return noGrad(() => {
    if (share > enough) redraw(tensor, bound);
    else reject(tensor, bound);
    return tensor;
  });
}
