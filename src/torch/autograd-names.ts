// The namespace torch.autograd.

import { bind, type Signature } from "../core/arguments.ts";
import { detectAnomaly, setDetectAnomaly } from "./anomaly.ts";
import type { TensorBase } from "./base.ts";
import { hessian, hvp, jacobian, jvp, vhp, vjp } from "./derivatives.ts";
import { runPass, startingGradients } from "./engine.ts";
import { AutogradFunction, onceDifferentiable } from "./function.ts";
import { asList, grad, wantedEdge } from "./grad.ts";
import { GradcheckError, gradcheck, gradgradcheck } from "./gradcheck.ts";
import { Node } from "./node.ts";
import { enableGrad, inferenceMode, noGrad, setGradEnabled } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

type Tensors = Tensor | readonly Tensor[];

/** What `autograd.backward` takes by name. */
export interface BackwardPassOptions {
  readonly gradTensors?: Tensor | readonly (Tensor | null)[] | null;
  readonly retainGraph?: boolean | null;
  readonly createGraph?: boolean;
  readonly inputs?: Tensors | null;
}

/** Sums the gradients of the leaves below several tensors into their `grad` (`torch.autograd.backward`). */
function backward(
  tensors: Tensors,
  ...args: Signature<
    [
      gradTensors?: Tensor | readonly (Tensor | null)[] | null,
      retainGraph?: boolean | null,
      createGraph?: boolean,
    ],
    BackwardPassOptions
  >
): void {
  const names = ["gradTensors", "retainGraph", "createGraph"] as const;
  const bound = bind<Required<BackwardPassOptions>>("backward", names, args, {
    gradTensors: null,
    retainGraph: null,
    createGraph: false,
    inputs: null,
  });
  const roots = asList(tensors);
  const starts = bound.gradTensors === null ? [] : asList(bound.gradTensors as Tensors);
  runPass(roots, startingGradients(roots, starts), {
    retainGraph: bound.retainGraph ?? bound.createGraph,
    createGraph: bound.createGraph,
    capture: null,
    only: bound.inputs === null ? null : new Set(asList(bound.inputs).map(wantedEdge)),
  });
}

/** Where a tensor's gradient comes from: a node, and which of its outputs (`torch.autograd.graph.get_gradient_edge`). */
function getGradientEdge(tensor: Tensor): { readonly node: Node; readonly outputNr: number } {
  return { node: wantedEdge(tensor), outputNr: tensor.outputIndex };
}

/** Counts a write to tensors' memory without one (`torch.autograd.graph.increment_version`). */
function incrementVersion(tensors: Tensors): void {
  for (const tensor of asList(tensors)) (tensor as TensorBase).bump();
}

const functional: {
  readonly hessian: typeof hessian;
  readonly hvp: typeof hvp;
  readonly jacobian: typeof jacobian;
  readonly jvp: typeof jvp;
  readonly vhp: typeof vhp;
  readonly vjp: typeof vjp;
} = { hessian, hvp, jacobian, jvp, vhp, vjp };

const graph: {
  readonly Node: typeof Node;
  readonly getGradientEdge: typeof getGradientEdge;
  readonly incrementVersion: typeof incrementVersion;
} = { Node, getGradientEdge, incrementVersion };

const ofFunctions: {
  readonly Function: typeof AutogradFunction;
  readonly onceDifferentiable: typeof onceDifferentiable;
} = {
  get Function() {
    return AutogradFunction;
  },
  onceDifferentiable,
};

/** `torch.autograd`. */
export interface Autograd {
  readonly Function: typeof AutogradFunction;
  readonly GradcheckError: typeof GradcheckError;
  readonly backward: typeof backward;
  readonly detectAnomaly: typeof detectAnomaly;
  readonly enableGrad: typeof enableGrad;
  /** `torch.autograd.function`. */
  readonly function: typeof ofFunctions;
  /** `torch.autograd.functional`. */
  readonly functional: typeof functional;
  readonly grad: typeof grad;
  readonly gradcheck: typeof gradcheck;
  readonly gradgradcheck: typeof gradgradcheck;
  /** `torch.autograd.graph`. */
  readonly graph: typeof graph;
  readonly inferenceMode: typeof inferenceMode;
  readonly noGrad: typeof noGrad;
  readonly setDetectAnomaly: typeof setDetectAnomaly;
  readonly setGradEnabled: typeof setGradEnabled;
}

// Classes are read when they are asked for, so that naming them here loads nothing.

/** `torch.autograd`. */
export const autograd: Autograd = {
  get Function() {
    return AutogradFunction;
  },
  get GradcheckError() {
    return GradcheckError;
  },
  backward,
  detectAnomaly,
  enableGrad,
  function: ofFunctions,
  functional,
  grad,
  gradcheck,
  gradgradcheck,
  graph,
  inferenceMode,
  noGrad,
  setDetectAnomaly,
  setGradEnabled,
};
