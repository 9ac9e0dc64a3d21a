// Hooks of a saved module: those that compute a weight before each call are known and set up again; others are Python code.

import { DictValue, ObjectValue } from "../../files/values.ts";
import type { Module } from "./module.ts";
import { attachSpectralNorm } from "./utils/spectral-norm.ts";
import { attachWeightNorm } from "./utils/weight-norm.ts";

/** Sets a hook up on a new module. @returns what is to be done once the module has its tensors */
export type Attach = (module: Module) => () => void;

const hookNames = ["_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks"];

/** The hooks in a module's attributes; undefined where one of them is not known. */
export function hooksIn(attributes: DictValue | undefined): Attach[] | undefined {
  const found: Attach[] = [];
  for (const name of hookNames) {
    const hooks = attributes?.get(name);
    if (!(hooks instanceof DictValue)) continue;
    for (const hook of hooks.values()) {
      const attach = hook instanceof ObjectValue ? attachOf(hook) : undefined;
      if (attach === undefined) return undefined;
      found.push(attach);
    }
  }
  return found;
}

function attachOf({ className, attributes }: ObjectValue): Attach | undefined {
  const name = attributes?.get("name");
  const dim = attributes?.get("dim");
  if (typeof name !== "string" || typeof dim !== "number") return undefined;
  if (className === "torch.nn.utils.weight_norm.WeightNorm") {
    return (module) => attachWeightNorm(module, name, dim);
  }
  const steps = attributes?.get("n_power_iterations");
  const eps = attributes?.get("eps");
  if (className !== "torch.nn.utils.spectral_norm.SpectralNorm") return undefined;
  if (typeof steps !== "number" || typeof eps !== "number") return undefined;
  return (module) => attachSpectralNorm(module, { name, dim, nPowerIterations: steps, eps });
}
