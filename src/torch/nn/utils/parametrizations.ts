// torch.nn.utils.parametrizations: weight and spectral normalisation as parametrizations, and orthogonal matrices.

import { IndexError, ValueError } from "../../../core/errors.ts";
import { noGrad } from "../../tape.ts";
import { Tensor } from "../../tensor.ts";
import { Module } from "../module.ts";
import { registerParametrization } from "./parametrize.ts";
import { asMatrix, randomUnit, type SpectralNormArguments, spectralSettings, unit } from "./spectral-norm.ts";
import { normExceptDim, type WeightNormOptions, withLength } from "./weight-norm.ts";

export { type OrthogonalMap, type OrthogonalOptions, orthogonal } from "./orthogonal.ts";

/** A weight of its lengths and its direction. */
class _WeightNorm extends Module {
  readonly dim: number;

  constructor(dim: number | null) {
    super();
    this.dim = dim ?? -1;
  }

  override forward(length: Tensor, direction: Tensor): Tensor {
    return withLength(direction, length, this.dim);
  }

  rightInverse(weight: Tensor): [Tensor, Tensor] {
    return [normExceptDim(weight, this.dim), weight];
  }
}

/**
 * Computes a parameter of its lengths, `parametrizations.NAME.original0`, and its direction, `original1`
 * (torch.nn.utils.parametrizations.weight_norm). State dicts of the older form load too.
 * @param dim the axis along which lengths are kept; null: one length of the whole
 */
export function weightNorm<M extends Module>(
  module: M,
  name: string | WeightNormOptions = "weight",
  dim: number | null = 0,
): M {
  const settings = typeof name === "string" ? { name, dim } : { name: "weight", dim: 0, ...name };
  registerParametrization(module, settings.name, new _WeightNorm(settings.dim), { unsafe: true });
  module.registerLoadStateDictPreHook((_, state, prefix) => {
    const older = [`${prefix}${settings.name}_g`, `${prefix}${settings.name}_v`];
    if (!older.every((key) => state.has(key))) return;
    older.forEach((key, i) => {
      state.set(`${prefix}parametrizations.${settings.name}.original${i}`, state.get(key));
      state.delete(key);
    });
  });
  return module;
}

/** A weight over its largest singular value, which a power iteration follows. */
class _SpectralNorm extends Module {
  readonly dim: number;
  readonly eps: number;
  readonly nPowerIterations: number;
  declare _u: Tensor;
  declare _v: Tensor;

  constructor(weight: Tensor, nPowerIterations: number, dim: number, eps: number) {
    super();
    const { ndim } = weight;
    if (dim >= ndim || dim < -ndim) {
      throw new IndexError(
        `Dimension out of range (expected to be in range of [-${ndim}, ${ndim - 1}] but got ${dim})`,
      );
    }
    this.dim = dim >= 0 ? dim : dim + ndim;
    this.eps = eps;
    this.nPowerIterations = nPowerIterations;
    if (ndim === 1) return;
    const matrix = asMatrix(weight.detach(), this.dim);
    const [height, width] = matrix.shape as [number, number];
    this.registerBuffer("_u", randomUnit(height, weight, eps));
    this.registerBuffer("_v", randomUnit(width, weight, eps));
    this.iterate(matrix, 15);
  }

  private iterate(matrix: Tensor, steps: number): void {
    noGrad(() => {
      for (let i = 0; i < steps; i++) {
        this._u.copy_(unit(matrix.mv(this._v), this.eps));
        this._v.copy_(unit(matrix.t().mv(this._u), this.eps));
      }
    });
  }

  override forward(weight: Tensor): Tensor {
    if (weight.ndim === 1) return unit(weight, this.eps);
    const matrix = asMatrix(weight, this.dim);
    if (this.training) this.iterate(matrix, this.nPowerIterations);
    // The next call writes to the buffers, and the graph keeps what this one computed with.
    return weight.div(this._u.clone().dot(matrix.mv(this._v.clone())));
  }

  rightInverse(value: Tensor): Tensor {
    return value;
  }
}

/**
 * Computes a parameter as `parametrizations.NAME.original` over its largest singular value
 * (torch.nn.utils.parametrizations.spectral_norm).
 */
export function spectralNorm<M extends Module>(module: M, ...args: SpectralNormArguments): M {
  const { name, nPowerIterations, dim, eps } = spectralSettings(module, args);
  const weight = (module as unknown as Record<string, unknown>)[name];
  if (!(weight instanceof Tensor))
    throw new ValueError(`Module '${module}' has no parameter or buffer with name '${name}'`);
  return registerParametrization(module, name, new _SpectralNorm(weight, nPowerIterations, dim, eps));
}
