// A model as a folder of Python: its source, its weights, a script that trains it on many processors, and one that checks
// that it gives what it gave here.

import { autograd, enableGrad, type nn, type Tensor } from "../torch/index.ts";
import { checkScript, readme, requirements } from "./python/scripts.ts";
import { pythonSource } from "./python/source.ts";
import { trainingScript } from "./python/training.ts";
import { callModel } from "./trace/calling.ts";
import { type DerivedModel, type DeriveOptions, derive, inMode } from "./trace/derive.ts";

/** Tensors by name. */
export type NamedTensor = readonly [name: string, tensor: Tensor];

/** The files of an exported model: texts, and tensors for safetensors files. */
export interface PytorchFiles {
  readonly texts: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, readonly NamedTensor[]>;
  readonly model: DerivedModel;
}

/** The entries of the state dict, each tensor once. */
function weightsOf(model: nn.Module, { state }: DerivedModel): NamedTensor[] {
  const all = model.stateDict({ keepVars: true });
  return state.filter(({ tied_to }) => tied_to === undefined).map(({ name }) => [name, all.get(name)!]);
}

/** True iff some parameters take no part in the first output. */
function hasUnused(model: nn.Module, inputs: readonly Tensor[], names: readonly string[]): boolean {
  const parameters = [...model.parameters()].filter(({ requiresGrad }) => requiresGrad);
  const run = (): boolean => {
    const [first] = callModel(model, inputs, names);
    if (first === undefined || parameters.length === 0 || !first.requiresGrad) return false;
    const grads = autograd.grad(first.sum(), parameters, { allowUnused: true });
    return (grads as readonly (Tensor | null)[]).some((grad) => grad === null);
  };
  return inMode(model, "otherwise", () => enableGrad(run));
}

/** The shape of an input, with the names of lengths that are free. */
function shapeOf(input: number, { shape }: Tensor, { free }: DerivedModel): (number | string)[] {
  return shape.map((length, axis) => {
    const group = free.find(({ axes }) => axes.some((each) => each.input === input && each.axis === axis));
    return group === undefined ? length : group.name;
  });
}

/**
 * The files of a model for PyTorch: model.py with the same state-dict keys, model.safetensors, train.py for `torchrun`,
 * check.py with a recorded example, README.md and requirements.txt. What model.py computes was run here, call by call, on
 * the example and on inputs of other sizes, in both modes, and gave the model's own outputs.
 * @param inputs an example of what the model takes
 * @throws NotImplementedError naming the module and what of it cannot be derived
 */
export function exportPytorch(
  model: nn.Module,
  inputs: readonly Tensor[],
  options: DeriveOptions = {},
): PytorchFiles {
  const derived = derive(model, inputs, options);
  const { inputNames, outputs, constants, state } = derived;
  const tied = state.flatMap(({ name, tied_to }) => (tied_to === undefined ? [] : [name]));
  const parameters = [...model.parameters()].reduce((sum, each) => sum + each.numel(), 0);
  const facts = inputs.map(
    (input, i) => [inputNames[i]!, input.dtype.name, shapeOf(i, input, derived)] as const,
  );
  const texts = new Map([
    ["model.py", pythonSource(derived)],
    [
      "train.py",
      trainingScript({ inputs: inputNames, tied, hasUnused: hasUnused(model, inputs, options.names ?? []) }),
    ],
    ["check.py", checkScript(inputNames, outputs.length)],
    ["README.md", readme({ name: derived.tree.type, inputs: facts, parameters })],
    ["requirements.txt", requirements],
  ]);
  const tensors = new Map<string, readonly NamedTensor[]>([
    ["model.safetensors", weightsOf(model, derived)],
    [
      "example.safetensors",
      [
        ...inputs.map((input, i): NamedTensor => [`inputs/${inputNames[i]}`, input]),
        ...outputs.map((output, i): NamedTensor => [`outputs/${i}`, output]),
      ],
    ],
  ]);
  if (constants.size > 0) tensors.set("constants.safetensors", [...constants]);
  return { texts, tensors, model: derived };
}
