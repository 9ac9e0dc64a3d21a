// `torch.autograd.grad`: gradients handed back instead of summed up in leaves.

import { bind, type Signature } from "../core/arguments.ts";
import { RuntimeError, ValueError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { type Captured, runPass, startingGradients } from "./engine.ts";
import { gradientEdge, type Node } from "./node.ts";
import { allocate } from "./tape.ts";
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
  /** Inputs that the outputs do not depend on give null instead of an error; default: as `materializeGrads`. */
  readonly allowUnused?: boolean | null;
  /** Inputs that the outputs do not depend on give zeros. */
  readonly materializeGrads?: boolean;
}

type GradPositions = [
  gradOutputs?: Tensor | readonly (Tensor | null)[] | null,
  retainGraph?: boolean | null,
  createGraph?: boolean,
  onlyInputs?: boolean,
  allowUnused?: boolean | null,
];

const gradNames = ["gradOutputs", "retainGraph", "createGraph", "onlyInputs", "allowUnused"] as const;

type Bound = Required<GradOptions> & { readonly onlyInputs: boolean };

/**
 * Gradients of outputs with respect to inputs, without touching any `grad` (`torch.autograd.grad`).
 * @throws RuntimeError when an input does not require a gradient or was not used
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  ...args: Signature<GradPositions, GradOptions>
): (Tensor | null)[] {
  const bound = bind<Bound>("grad", gradNames, args, {
    gradOutputs: null,
    retainGraph: null,
    createGraph: false,
    onlyInputs: true,
    allowUnused: null,
    materializeGrads: false,
  });
  const { gradOutputs, createGraph, materializeGrads } = bound;
  if (materializeGrads && bound.allowUnused === false) {
    throw new ValueError(
      "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.",
    );
  }
  const roots = asList(outputs);
  const starts = gradOutputs === null ? [] : asList(gradOutputs as Tensor | readonly Tensor[]);
  const wanted = asList(inputs).map((input) => {
    const captured: Captured = { output: input.outputIndex, grad: undefined };
    return { input, node: wantedEdge(input), captured };
  });
  const capture = new Map<Node, Captured[]>();
  for (const { node, captured } of wanted) capture.set(node, [...(capture.get(node) ?? []), captured]);
  runPass(roots, startingGradients(roots, starts), {
    retainGraph: bound.retainGraph ?? createGraph,
    createGraph,
    capture,
    only: null,
  });
  const allowsUnused = bound.allowUnused ?? materializeGrads;
  return wanted.map(({ input, captured }, i) => {
    if (captured.grad !== undefined) return captured.grad;
    if (!allowsUnused) {
      throw new RuntimeError(
        `The differentiated Tensor at index ${i} appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior.`,
      );
    }
    return materializeGrads ? allocate(Layout.contiguous(input.dtype, input.shape)) : null;
  });
}
