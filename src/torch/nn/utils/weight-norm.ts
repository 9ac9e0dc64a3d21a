// torch.nn.utils.weight_norm: a weight as a length and a direction (Salimans and Kingma, 2016), by a hook.

import { RuntimeError, ValueError } from "../../../core/errors.ts";
import { warn } from "../../../core/warnings.ts";
import { inFloat32 } from "../../half.ts";
import { named } from "../../node.ts";
import type { Tensor } from "../../tensor.ts";
import { hooksOf } from "../hooks.ts";
import { removeMember, setPlain } from "../members.ts";
import type { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";

/** The lengths over all axes but one, which stay as axes of length 1; -1: one length of the whole. */
export function normExceptDim(input: Tensor, dim: number): Tensor {
  if (dim === -1) return input.norm();
  const others = input.shape.map((_, axis) => axis).filter((axis) => axis !== dim);
  return others.length === 0 ? input.abs() : input.norm(2, others, true);
}

/** The weight of a direction and lengths. */
export function withLength(direction: Tensor, length: Tensor, dim: number): Tensor {
  const weight = inFloat32([direction, length], (v, g) => v.mul(g.div(normExceptDim(v, dim))));
  return named(weight, "WeightNormInterfaceBackward0");
}

/** Computes a module's weight before each call. */
class WeightNorm {
  readonly name: string;
  readonly dim: number;

  constructor(name: string, dim: number) {
    this.name = name;
    this.dim = dim;
  }

  weightOf(module: Module): Tensor {
    const { [`${this.name}_v`]: direction, [`${this.name}_g`]: length } = Object.fromEntries(
      module._parameters,
    );
    return withLength(direction!, length!, this.dim);
  }
}

function hookOf(module: Module, name: string): WeightNorm | undefined {
  const found = module._hooks?.forwardPre.find(
    ({ owner }) => owner instanceof WeightNorm && owner.name === name,
  );
  return found?.owner as WeightNorm | undefined;
}

/** What `weightNorm` takes by name. */
export interface WeightNormOptions {
  readonly name?: string;
  /** The axis along which lengths are kept; null: one length of the whole. */
  readonly dim?: number | null;
}

/**
 * Makes a parameter of `name_g`, its lengths, and `name_v`, its direction, before each call (torch.nn.utils.weight_norm).
 * PyTorch prefers `parametrizations.weightNorm`, and warns.
 */
export function weightNorm<M extends Module>(
  module: M,
  name: string | WeightNormOptions = "weight",
  dim: number | null = 0,
): M {
  const settings = typeof name === "string" ? { name, dim } : { name: "weight", dim: 0, ...name };
  warn(
    "FutureWarning",
    "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
  );
  if (hookOf(module, settings.name) !== undefined) {
    throw new RuntimeError(`Cannot register two weight_norm hooks on the same parameter ${settings.name}`);
  }
  attachWeightNorm(module, settings.name, settings.dim ?? -1);
  return module;
}

/** Sets the hook up. @returns computes the weight anew, for when the parameters have been replaced */
export function attachWeightNorm(module: Module, name: string, dim: number): () => void {
  const weight = (module as unknown as Record<string, Tensor>)[name]!;
  const hook = new WeightNorm(name, dim);
  removeMember(module, hook.name);
  module.registerParameter(`${hook.name}_g`, new Parameter(normExceptDim(weight.detach(), hook.dim)));
  module.registerParameter(`${hook.name}_v`, new Parameter(weight.data));
  const before = (called: Module): void => setPlain(called, hook.name, hook.weightOf(called));
  before(module);
  hooksOf(module).addForwardPre(before, {}, hook);
  return () => before(module);
}

/** Makes the weight a parameter again (torch.nn.utils.remove_weight_norm). @throws ValueError where it is none of two */
export function removeWeightNorm<M extends Module>(module: M, name = "weight"): M {
  const hook = hookOf(module, name);
  if (hook === undefined) throw new ValueError(`weight_norm of '${name}' not found in ${module}`);
  const weight = hook.weightOf(module).detach();
  for (const member of [name, `${name}_g`, `${name}_v`]) removeMember(module, member);
  module.registerParameter(name, new Parameter(weight));
  hooksOf(module).removeOwnedBy(hook);
  return module;
}
