// Covariances and correlations of the rows of a matrix (ATen/native/Correlation.cpp).

import { bool } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { warn } from "../core/warnings.ts";
import { scalarTypeName } from "./errors.ts";
import { viewAsComplex } from "./reshaping.ts";
import { stack } from "./stacking.ts";
import type { Tensor } from "./tensor.ts";

/** What `cov` takes by name. */
export interface CovarianceOptions {
  /** What is taken from the count of observations; 0 for that of a whole population. */
  readonly correction?: number;
  /** How often each observation was made: integers. */
  readonly fweights?: Tensor | null;
  /** How much each observation counts. */
  readonly aweights?: Tensor | null;
}

function checkWeights(name: string, weights: Tensor, count: number, isOfType: boolean, type: string): void {
  if (weights.ndim > 1) {
    throw new RuntimeError(
      `cov(): expected ${name} to have one or fewer dimensions but got ${name} with ${weights.ndim} dimensions`,
    );
  }
  if (!isOfType) {
    throw new RuntimeError(
      `cov(): expected ${name} to have ${type} dtype but got ${name} with ${scalarTypeName(weights.dtype)} dtype`,
    );
  }
  if (weights.layout.size !== count) {
    throw new RuntimeError(
      `cov(): expected ${name} to have the same numel as there are observations in the input but got ` +
        `${weights.layout.size} != ${count}`,
    );
  }
  const least = count > 0 ? weights.min() : null;
  if (least?.storage.hasValues && Number(least.item()) < 0) {
    throw new RuntimeError(`cov(): ${name} cannot be negative`);
  }
}

/** What each observation counts for, null where all count alike. */
function weightsOf(count: number, { fweights, aweights }: Required<CovarianceOptions>): Tensor | null {
  if (fweights !== null) {
    checkWeights("fweights", fweights, count, fweights.dtype.isInteger, "integral");
  }
  if (aweights !== null) {
    checkWeights("aweights", aweights, count, aweights.dtype.isFloatingPoint, "floating point");
  }
  if (fweights === null || aweights === null) return fweights ?? aweights;
  return fweights.mul(aweights);
}

/**
 * What sums of products of deviations are divided by.
 * @param whole the sum of the weights, or the count of observations
 */
function divisor(
  whole: Tensor | number,
  weights: Tensor | null,
  { correction, aweights }: Required<CovarianceOptions>,
): Tensor | number {
  let result: Tensor | number;
  if (typeof whole === "number") result = whole - correction;
  else if (weights === null || aweights === null || correction === 0) result = whole.sub(correction);
  else result = whole.sub(weights.mul(aweights).sum().mul(correction).div(whole));
  if (Number(typeof result === "number" ? result : result.item()) > 0) return result;
  warn(
    "UserWarning",
    "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations.",
  );
  return 0;
}

function covarianceOf(input: Tensor, name: string, options: Required<CovarianceOptions>): Tensor {
  if (input.ndim > 2) {
    throw new RuntimeError(
      `${name}(): expected input to have two or fewer dimensions but got an input with ${input.ndim} dimensions`,
    );
  }
  if (input.dtype === bool) throw new RuntimeError("cov(): bool dtype is not supported for input");
  const rows = input.ndim < 2 ? input.reshape([1, input.layout.size]) : input;
  const count = rows.shape[1]!;
  const weights = weightsOf(count, options);
  const whole = weights === null ? count : weights.sum();
  if (typeof whole !== "number" && Number(whole.item()) === 0) {
    throw new RuntimeError("cov(): weights sum to zero, can't be normalized");
  }
  const weighted = (tensor: Tensor): Tensor => (weights === null ? tensor : tensor.mul(weights));
  const average = weighted(rows).sum(1).div(whole);
  const deviation = rows.sub(average.unsqueeze(1));
  const products = deviation.mm(weighted(deviation).t().conj().resolveConj());
  return products.div(divisor(whole, weights, options)).squeeze();
}

/**
 * Covariances of the rows of a matrix, whose columns are observations (`torch.cov`); the variance of a vector.
 * @throws RuntimeError for weights of another length or type
 */
export function cov(input: Tensor, options: CovarianceOptions = {}): Tensor {
  const { correction = 1, fweights = null, aweights = null } = options;
  return covarianceOf(input, "cov", { correction, fweights, aweights });
}

/** Pearson's correlations of the rows of a matrix, whose columns are observations (`torch.corrcoef`). */
export function corrcoef(input: Tensor): Tensor {
  const covariance = covarianceOf(input, "corrcoef", { correction: 1, fweights: null, aweights: null });
  if (covariance.ndim === 0) return covariance.div(covariance);
  const variances = covariance.diagonal();
  const deviations = (variances.dtype.isComplex ? variances.real : variances).sqrt();
  const result = covariance.div(deviations.unsqueeze(1)).div(deviations);
  if (!result.dtype.isComplex) return result.clamp(-1, 1);
  return viewAsComplex(stack([result.real.clamp(-1, 1), result.imag.clamp(-1, 1)], -1));
}
