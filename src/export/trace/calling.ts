// How a model is called with an example: published transformers by name where names are given, all others by position.

import { camelCase } from "../../core/names.ts";
import { PretrainedModel } from "../../models/index.ts";
import type { nn, Tensor } from "../../torch/index.ts";
import { tensorsIn } from "./values.ts";

/** What a model is called with. */
export function callArguments(
  model: nn.Module,
  inputs: readonly Tensor[],
  names: readonly string[],
): readonly unknown[] {
  if (!(model instanceof PretrainedModel) || names.length !== inputs.length) return inputs;
  return [Object.fromEntries(inputs.map((input, i) => [camelCase(names[i]!), input]))];
}

/** The tensors that a model gives, in order. */
export function callModel(model: nn.Module, inputs: readonly Tensor[], names: readonly string[]): Tensor[] {
  const { call } = model as unknown as { call(...all: readonly unknown[]): unknown };
  const result = call.apply(model, [...callArguments(model, inputs, names)]);
  return [...tensorsIn(result)].map(([, tensor]) => tensor);
}
