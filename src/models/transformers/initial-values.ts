// Initial values as transformers draws them, in its order: the same seed gives the same model (transformers'
// PreTrainedModel.initialize_weights and the _init_weights of its models).

import { ValueError } from "../../core/errors.ts";
import { nn } from "../../torch/index.ts";
import { type Config, settingIn } from "../config.ts";

/** What a family draws for a module beyond what all do. It comes after the module's children. */
export type OwnValues = (module: nn.Module) => void;

/** Modules that have their values: what a model inside another drew is not drawn again. */
const finished: WeakSet<nn.Module> = new WeakSet();

/**
 * Draws the values of a model and of all in it that has none yet, children first. Called at the end of a constructor;
 * draws nothing where `nn.utils.skipInit` makes the model.
 * @param deviation of the normal distribution that linear layers, convolutions and tables are drawn from
 */
export function drawInitialValues(model: nn.Module, deviation: number, own: OwnValues = () => {}): void {
  for (const child of model.children()) drawInitialValues(child, deviation, own);
  if (finished.has(model)) return;
  drawCommon(model, deviation);
  own(model);
  finished.add(model);
}

function drawCommon(module: nn.Module, deviation: number): void {
  const { normal_, zeros_ } = nn.init;
  if (module instanceof nn.Linear || module instanceof nn.Conv1d || module instanceof nn.Conv2d) {
    normal_(module.weight, 0, deviation);
    if (module.bias !== null) zeros_(module.bias);
  } else if (module instanceof nn.Embedding) {
    normal_(module.weight, 0, deviation);
    if (module.paddingIdx !== null) zeros_(module.weight.at(module.paddingIdx));
  }
}

/** A number of the config that says how values are drawn. @throws ValueError where it is none */
export function spreadIn(config: Config, name: string, fallback: number): number {
  const value = settingIn(config, name) ?? fallback;
  if (typeof value === "number" && value >= 0) return value;
  throw new ValueError(`the config's ${name} is ${JSON.stringify(value)}; it has to be a number, 0 or more`);
}

/** The `initializer_range` of a config. */
export function initializerRange(config: Config): number {
  return spreadIn(config, "initializerRange", 0.02);
}
