// A setting of a module that is not a weight: an epsilon, the form of an activation, a padding.

import { ValueError } from "../core/errors.ts";
import type { nn } from "../torch/index.ts";

/** A value that a module's field should have. */
export interface Setting {
  /** Path of the module. */
  readonly path: string;
  /** Name of the field as the module has it: "eps", "approximate". */
  readonly name: string;
  readonly value: unknown;
}

/**
 * Gives a module's field a value.
 * @returns the setting that puts the old value back
 * @throws ValueError when the module has no such field
 */
export function applySetting(model: nn.Module, { path, name, value }: Setting): Setting {
  const module = model.getSubmodule(path) as unknown as Record<string, unknown>;
  if (!(name in module)) throw new ValueError(`${path} has no setting ${name}`);
  const old = module[name];
  module[name] = value;
  return { path, name, value: old };
}
