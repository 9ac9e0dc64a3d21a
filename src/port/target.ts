// What a plan fills: the entries of a model's state dict, with the module that each belongs to, and what shapes
// alone do not tell: which Linear stands behind a Flatten, and of what.

import { nn, noGrad, type Tensor, zeros } from "../torch/index.ts";

/** An entry of the state dict. */
export interface Target {
  readonly name: string;
  readonly tensor: Tensor;
  /** The module that has it. */
  readonly module: nn.Module;
  /** Its name within that module: "weight". */
  readonly role: string;
}

/** The entries, without those that only count batches when `counters` is false. */
export function targetsOf(model: nn.Module): Target[] {
  return [...model.stateDict({ keepVars: true })].map(([name, tensor]) => {
    const dot = name.lastIndexOf(".");
    const module = model.getSubmodule(dot < 0 ? "" : name.slice(0, dot));
    return { name, tensor, module, role: name.slice(dot + 1) };
  });
}

/** Linear layers whose input a Flatten made, with the shape [C, ...spatial] that it flattened. */
export type FlattenedInputs = ReadonlyMap<nn.Module, readonly number[]>;

/**
 * Runs the model once and sees what reaches its Linear layers through a Flatten.
 * @param input an example input, or its shape
 */
export function flattenedInputs(model: nn.Module, input: Tensor | readonly number[]): FlattenedInputs {
  const found = new Map<nn.Module, readonly number[]>();
  const flattened = new WeakMap<Tensor, readonly number[]>();
  const handles = [...model.modules()].map((module) =>
    module.registerForwardHook((_, inputs, output) => {
      const given = inputs[0] as Tensor;
      if (module instanceof nn.Flatten) {
        // A view of the output by the next layer is a new object: the shape goes with the tensor that layer is given.
        if (given.shape.length > 2) flattened.set(output as Tensor, given.shape.slice(1));
      } else if (module instanceof nn.Linear) {
        const shape = flattened.get(given);
        if (shape !== undefined) found.set(module, shape);
      } else if (keepsElements(module)) {
        const shape = flattened.get(given);
        if (shape !== undefined) flattened.set(output as Tensor, shape);
      }
      return undefined;
    }),
  );
  const wasTraining = model.training;
  try {
    model.eval();
    const example = Array.isArray(input) ? zeros(input as readonly number[]) : (input as Tensor);
    noGrad(() => (model as unknown as { call(x: Tensor): unknown }).call(example));
  } finally {
    model.train(wasTraining);
    for (const handle of handles) handle.remove();
  }
  return found;
}

/** Layers that leave each element in its place. */
const elementwiseLayers: readonly (abstract new (...args: never) => nn.Module)[] = [
  nn.Dropout,
  nn.ELU,
  nn.GELU,
  nn.Identity,
  nn.LeakyReLU,
  nn.ReLU,
  nn.Sigmoid,
  nn.SiLU,
  nn.Softplus,
  nn.Tanh,
];

function keepsElements(module: nn.Module): boolean {
  return elementwiseLayers.some((Class) => module instanceof Class);
}
