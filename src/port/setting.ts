// A setting of a module that is not a weight: an epsilon, the form of an activation, a padding.

import { ValueError } from "../core/errors.ts";
import type { nn } from "../torch/index.ts";
import { stepsOf } from "./model/described.ts";

/** A value that a module's field should have. */
export interface Setting {
  /** Path of the module. */
  readonly path: string;
  /**
   * Name of the field as the module has it: "eps", "approximate". An option of a step of a described forward pass is
   * "step NAME.OPTION", an argument by its place "step NAME.1": "step gelu.approximate".
   */
  readonly name: string;
  readonly value: unknown;
}

/**
 * Gives a module's field a value.
 * @returns the setting that puts the old value back
 * @throws ValueError when the module has no such field
 */
export function applySetting(model: nn.Module, { path, name, value }: Setting): Setting {
  const owner = model.getSubmodule(path);
  if (name.startsWith("step ")) return applyStep(owner, { path, name, value });
  const module = owner as unknown as Record<string, unknown>;
  if (!(name in module)) throw new ValueError(`${path} has no setting ${name}`);
  const old = module[name];
  module[name] = value;
  return { path, name, value: old };
}

function applyStep(owner: nn.Module, { path, name, value }: Setting): Setting {
  const dot = name.lastIndexOf(".");
  const steps = stepsOf(owner);
  if (steps === undefined)
    throw new ValueError(`${path || "the model"} has no described steps for "${name}"`);
  const old = steps.setOption(name.slice("step ".length, dot), name.slice(dot + 1), value);
  return { path, name, value: old };
}

/** Why a model cannot take a setting; undefined where it can. The model is as it was. */
export function settingProblem(model: nn.Module, setting: Setting): string | undefined {
  try {
    applySetting(model, applySetting(model, setting));
    return undefined;
  } catch (error) {
    return `the setting ${setting.name} of ${setting.path || "the model"} cannot be made: ${(error as Error).message}`;
  }
}
