// Gradients as users ask for them: `backward`, hooks, leaves and detached tensors.

import { bind, type Signature } from "../core/arguments.ts";
import { RuntimeError } from "../core/errors.ts";
import { makeTensor } from "./base.ts";
import { one, type PassOptions, runPass, startingGradients } from "./engine.ts";
import { asList, wantedEdge } from "./grad.ts";
import { type GradientHook, gradientEdge, type RemovableHandle } from "./node.ts";

import type { Tensor } from "./tensor.ts";

/** What `backward` takes by name. */
export interface BackwardOptions {
  readonly gradient?: Tensor | null;
  /** Saved values stay for another pass; default: as `createGraph`. */
  readonly retainGraph?: boolean | null;
  /** The pass is itself recorded, for gradients of gradients. */
  readonly createGraph?: boolean;
  /** The only leaves whose gradients are summed up. */
  readonly inputs?: Tensor | readonly Tensor[] | null;
}

type BackwardPositions = [gradient?: Tensor | null, retainGraph?: boolean | null, createGraph?: boolean];

/** What `backward` does where nothing is said. */
const plainPass: PassOptions = { retainGraph: false, createGraph: false, capture: null, only: null };

/**
 * Sums the gradients of the leaves into their `grad` (`Tensor.backward`).
 * @throws RuntimeError when nothing requires a gradient, or a non-scalar is given none to begin with
 */
export function backward(input: Tensor, ...args: Signature<BackwardPositions, BackwardOptions>): void {
  if (args.length === 0) {
    runPass([input], [one(input)], plainPass);
    return;
  }
  const names = ["gradient", "retainGraph", "createGraph", "inputs"] as const;
  const bound = bind<Required<BackwardOptions>>("backward", names, args, {
    gradient: null,
    retainGraph: null,
    createGraph: false,
    inputs: null,
  });
  const only = bound.inputs === null ? null : new Set(asList(bound.inputs).map(wantedEdge));
  runPass([input], startingGradients([input], [bound.gradient]), {
    retainGraph: bound.retainGraph ?? bound.createGraph,
    createGraph: bound.createGraph,
    capture: null,
    only,
  });
}

/** Calls a function with the tensor's gradient in each backward pass (`Tensor.register_hook`). */
export function registerHook(input: Tensor, hook: GradientHook): RemovableHandle {
  const node = gradientEdge(input);
  if (node === null)
    throw new RuntimeError("cannot register a hook on a tensor that doesn't require gradient");
  const entry = { output: input.outputIndex, call: hook };
  node.hooks = [...(node.hooks ?? []), entry];
  return {
    remove: () => {
      node.hooks = node.hooks?.filter((other) => other !== entry) ?? null;
    },
  };
}

/**
 * Calls a function with a leaf after each backward pass that has summed its gradient up
 * (`Tensor.register_post_accumulate_grad_hook`).
 */
export function registerPostAccumulateGradHook(
  input: Tensor,
  hook: (tensor: Tensor) => unknown,
): RemovableHandle {
  if (!input.requiresGrad)
    throw new RuntimeError("cannot register a hook on a tensor that doesn't require gradient");
  if (!input.isLeaf)
    throw new RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors");
  return gradientEdge(input)!.registerHook(() => {
    hook(input);
  });
}

/** Keeps the gradient of a value that is no leaf (`Tensor.retain_grad`). */
export function retainGrad(input: Tensor): void {
  if (!input.requiresGrad) throw new RuntimeError("can't retain_grad on Tensor that has requires_grad=False");
  if (input.isLeaf || input.retainsGrad) return;
  input.retainsGrad = true;
  registerHook(input, (gradient) => {
    input.gradient = input.gradient === null ? gradient : input.gradient.add(gradient);
  });
}

/** The same memory and version count outside the graph of gradients. */
export function detach(input: Tensor): Tensor {
  const result = makeTensor(input.storage, input.layout);
  result.counter = input.counter;
  result.bits = input.bits;
  result.isForInference = input.isForInference;
  return result;
}

/** Sets whether a leaf's gradient is recorded, and returns the tensor. */
export function requiresGrad_(
  input: Tensor,
  requiresGrad: boolean | { readonly requiresGrad?: boolean } = true,
): Tensor {
  const wants = typeof requiresGrad === "boolean" ? requiresGrad : (requiresGrad.requiresGrad ?? true);
  if (wants && !input.dtype.isFloatingPoint && !input.dtype.isComplex) {
    throw new RuntimeError("only Tensors of floating point dtype can require gradients");
  }
  input.requiresGrad = wants;
  return input;
}

/**
 * Takes the tensor out of the graph of gradients, in place.
 * @throws RuntimeError for a view, whose base stays in the graph
 */
export function detach_(input: Tensor): Tensor {
  if (input.base !== null) {
    throw new RuntimeError(
      "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, " +
        "and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be " +
        "called on these gradients. To fix this error, please refer to the Optimizer.zero_grad() function in " +
        "torch/optim/optimizer.py as the solution.",
    );
  }
  input.node = null;
  input.outputIndex = 0;
  input.requiresGrad = false;
  return input;
}
