// `torch.autograd.grad`: gradients handed back instead of summed up in leaves.

import { RuntimeError } from "../core/errors.ts";
import { type Captured, runPass, startingGradients } from "./engine.ts";
import { gradientEdge, type Node } from "./node.ts";
import type { Tensor } from "./tensor.ts";

/** One tensor, or several, as a list. */
export function asList(tensors: Tensor | readonly Tensor[]): readonly Tensor[] {
  return Array.isArray(tensors) ? tensors : [tensors as Tensor];
}

/** Where a tensor's gradient goes to. @throws RuntimeError when it requires none */
export function wantedEdge(tensor: Tensor): Node {
  const node = gradientEdge(tensor);
  if (node !== null) return node;
  throw new RuntimeError("One of the differentiated Tensors does not require grad");
}

/** What `autograd.grad` takes by name. */
export interface GradOptions {
  readonly gradOutputs?: Tensor | readonly (Tensor | null)[] | null;
  readonly retainGraph?: boolean | null;
  readonly createGraph?: boolean;
  /** Inputs that the outputs do not depend on give null instead of an error. */
  readonly allowUnused?: boolean;
}

/**
 * Gradients of outputs with respect to inputs, without touching any `grad` (`torch.autograd.grad`).
 * @throws RuntimeError when an input does not require a gradient or was not used
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): (Tensor | null)[] {
  const { gradOutputs = null, createGraph = false, allowUnused = false } = options;
  const roots = asList(outputs);
  const starts = gradOutputs === null ? [] : asList(gradOutputs as Tensor | readonly Tensor[]);
  const wanted = asList(inputs).map((input) => {
    const captured: Captured = { output: input.outputIndex, grad: undefined };
    return { node: wantedEdge(input), captured };
  });
  const capture = new Map<Node, Captured[]>();
  for (const { node, captured } of wanted) capture.set(node, [...(capture.get(node) ?? []), captured]);
  runPass(roots, startingGradients(roots, starts), {
    retainGraph: options.retainGraph ?? createGraph,
    createGraph,
    capture,
    only: null,
  });
  return wanted.map(({ captured }, i) => {
    if (captured.grad === undefined && !allowUnused) {
      throw new RuntimeError(
        `The differentiated Tensor at index ${i} appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior.`,
      );
    }
    return captured.grad ?? null;
  });
}
