// torch.nn.utils.spectral_norm: a weight over its largest singular value (Miyato et al., 2018), by a hook.

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError, ValueError } from "../../../core/errors.ts";
import { empty } from "../../creation.ts";
import { noGrad } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import { normalize } from "../functional/layer-normalization.ts";
import { hooksOf } from "../hooks.ts";
import { removeMember, setPlain } from "../members.ts";
import type { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "../transposed-convolution.ts";

/** The vector over its length, or over a small number where that is greater. */
export function unit(vector: Tensor, eps: number): Tensor {
  return normalize(vector, { dim: 0, eps });
}

/** The weight as a matrix whose rows are an axis. */
export function asMatrix(weight: Tensor, dim: number): Tensor {
  return dim === 0 ? weight.flatten(1) : weight.movedim(dim, 0).flatten(1);
}

/** A random vector of length 1. */
export function randomUnit(size: number, like: Tensor, eps: number): Tensor {
  return unit(empty([size], { dtype: like.dtype }).normal_(0, 1), eps);
}

/** The axis of the outputs: the second one of transposed convolutions, else the first. */
export function outputAxis(module: Module): number {
  const isTransposed = [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d].some(
    (Class) => module instanceof Class,
  );
  return isTransposed ? 1 : 0;
}

/** What both forms of spectral normalisation take by name. */
export interface SpectralNormOptions {
  readonly name?: string;
  /** Steps of the power iteration in each call while training. */
  readonly nPowerIterations?: number;
  readonly eps?: number;
  /** The axis of the outputs; null: as the kind of layer has it. */
  readonly dim?: number | null;
}

/** The arguments behind the module. */
export type SpectralNormArguments = Signature<
  [name: string, nPowerIterations: number, eps: number, dim: number | null],
  SpectralNormOptions
>;

/** Reads the arguments. @throws ValueError where there are no steps */
export function spectralSettings(
  module: Module,
  args: SpectralNormArguments,
): Required<SpectralNormOptions> & { readonly dim: number } {
  const names = ["name", "nPowerIterations", "eps", "dim"] as const;
  const bound = bind<Required<SpectralNormOptions>>("spectral_norm", names, args, {
    name: "weight",
    nPowerIterations: 1,
    eps: 1e-12,
    dim: null,
  });
  if (bound.nPowerIterations <= 0) {
    throw new ValueError(
      `Expected n_power_iterations to be positive, but got n_power_iterations=${bound.nPowerIterations}`,
    );
  }
  return { ...bound, dim: bound.dim ?? outputAxis(module) };
}

/** Computes a module's weight before each call. */
class SpectralNorm {
  readonly name: string;
  readonly dim: number;
  private readonly steps: number;
  private readonly eps: number;

  constructor({ name, dim, nPowerIterations, eps }: ReturnType<typeof spectralSettings>) {
    this.name = name;
    this.dim = dim;
    this.steps = nPowerIterations;
    this.eps = eps;
  }

  weightOf(module: Module, iterates: boolean): Tensor {
    const weight = module._parameters.get(`${this.name}_orig`)!;
    let [u, v] = [`${this.name}_u`, `${this.name}_v`].map((name) => module._buffers.get(name)!) as [
      Tensor,
      Tensor,
    ];
    const matrix = asMatrix(weight, this.dim);
    if (iterates) {
      noGrad(() => {
        for (let i = 0; i < this.steps; i++) {
          v.copy_(unit(matrix.t().mv(u), this.eps));
          u.copy_(unit(matrix.mv(v), this.eps));
        }
        // The next call writes to the buffers, and the graph keeps what this one computed with.
        [u, v] = [u.clone(), v.clone()];
      });
    }
    return weight.div(u.dot(matrix.mv(v)));
  }
}

function hookOf(module: Module, name: string): SpectralNorm | undefined {
  const found = module._hooks?.forwardPre.find(
    ({ owner }) => owner instanceof SpectralNorm && owner.name === name,
  );
  return found?.owner as SpectralNorm | undefined;
}

/**
 * Divides a parameter, kept as `name_orig`, by its largest singular value before each call (torch.nn.utils.spectral_norm).
 * The singular vectors are followed by a power iteration in the buffers `name_u` and `name_v`.
 */
export function spectralNorm<M extends Module>(module: M, ...args: SpectralNormArguments): M {
  const settings = spectralSettings(module, args);
  const { name } = settings;
  if (hookOf(module, name) !== undefined)
    throw new RuntimeError(`Cannot register two spectral_norm hooks on the same parameter ${name}`);
  attachSpectralNorm(module, settings);
  return module;
}

/** Sets the hook up. @returns computes the weight anew, for when the parameters have been replaced */
export function attachSpectralNorm(
  module: Module,
  settings: Required<SpectralNormOptions> & { readonly dim: number },
): () => void {
  const { name, eps } = settings;
  const hook = new SpectralNorm(settings);
  const weight = module._parameters.get(name);
  if (weight === undefined || weight === null)
    throw new ValueError(`\`SpectralNorm\` cannot be applied as parameter \`${name}\` is None`);
  const [height, width] = asMatrix(weight.detach(), hook.dim).shape as [number, number];
  const u = randomUnit(height, weight, eps);
  const v = randomUnit(width, weight, eps);
  removeMember(module, name);
  module.registerParameter(`${name}_orig`, weight);
  setPlain(module, name, weight.data);
  module.registerBuffer(`${name}_u`, u);
  module.registerBuffer(`${name}_v`, v);
  const before = (called: Module): void => setPlain(called, name, hook.weightOf(called, called.training));
  hooksOf(module).addForwardPre(before, {}, hook);
  return () => setPlain(module, name, hook.weightOf(module, false));
}

/** Makes the weight a parameter again (torch.nn.utils.remove_spectral_norm). @throws ValueError where it is none */
export function removeSpectralNorm<M extends Module>(module: M, name = "weight"): M {
  const hook = hookOf(module, name);
  if (hook === undefined) throw new ValueError(`spectral_norm of '${name}' not found in ${module}`);
  const weight = noGrad(() => hook.weightOf(module, false));
  for (const member of [name, `${name}_u`, `${name}_v`, `${name}_orig`]) removeMember(module, member);
  module.registerParameter(name, new Parameter(weight.detach()));
  hooksOf(module).removeOwnedBy(hook);
  return module;
}
