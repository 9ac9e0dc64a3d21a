// torch.autograd.Function: operations of a user's own, with a gradient of their own (torch/autograd/function.py).

import { NotImplementedError, PythonTypeError, RuntimeError } from "../core/errors.ts";
import { broadcastTo, Layout } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import { Prepared } from "../devices/prepared.ts";
import { TensorBase } from "./base.ts";
import { rebaseView } from "./copy-slices.ts";
import { shapeText } from "./errors.ts";
import { checkWritable } from "./in-place.ts";
import { makeNode, type Node } from "./node.ts";
import { keepMemory, uncollected } from "./pass-memory.ts";
import { allocate, anyRequiresGrad, isGradEnabled, noGrad, viewOf } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** What a call of a function keeps for its gradient. Any other property may be set on it as well. */
export class FunctionCtx {
  /** Whether a gradient is asked for each argument; false for what is no tensor. */
  needsInputGrad: readonly boolean[] = [];
  /** The tensors saved for the gradient, as they were: changed ones are refused. */
  readonly toSave: (Tensor | null)[] = [];
  readonly dirty: Set<Tensor> = new Set();
  readonly nonDifferentiable: Set<Tensor> = new Set();
  materializesGrads = true;
  /** Where the saved tensors are read from while the gradient is computed. */
  read: (() => (Tensor | null)[]) | undefined = undefined;
  [name: string]: unknown;

  /** Keeps tensors for the gradient: inputs, outputs, or what was computed on the way (`ctx.save_for_backward`). */
  saveForBackward(...tensors: (Tensor | null)[]): void {
    this.toSave.splice(0, this.toSave.length, ...tensors);
  }

  /** What was saved, in order (`ctx.saved_tensors`). */
  get savedTensors(): (Tensor | null)[] {
    return this.read === undefined ? [...this.toSave] : this.read();
  }

  /** Says that inputs were written to in place; they must be given back (`ctx.mark_dirty`). */
  markDirty(...tensors: Tensor[]): void {
    for (const tensor of tensors) this.dirty.add(tensor);
  }

  /** Says that outputs have no gradient (`ctx.mark_non_differentiable`). */
  markNonDifferentiable(...tensors: Tensor[]): void {
    for (const tensor of tensors) this.nonDifferentiable.add(tensor);
  }

  /** Whether gradients that do not flow come as zeros (the default) or as null (`ctx.set_materialize_grads`). */
  setMaterializeGrads(value: boolean): void {
    this.materializesGrads = value;
  }
}

/** What a function gives: one tensor, or several values. */
export type Outputs = unknown;

/**
 * Base class for operations of a user's own (`torch.autograd.Function`). A subclass has static methods: `forward(ctx,
 * ...inputs)`, or `forward(...inputs)` and `setupContext(ctx, inputs, output)`; and `backward(ctx, ...gradients)`, which
 * gives a gradient (or null) for each input, one alone or several in an array. It is run by `apply`.
 */
export class AutogradFunction {
  constructor() {
    throw new RuntimeError(
      "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function with " +
        "static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)",
    );
  }

  /** Computes the outputs. Nothing in it is recorded. */
  static forward(..._args: never[]): Outputs {
    throw new NotImplementedError("You must implement the forward function for custom autograd.Function.");
  }

  /** Saves what the gradient needs, where `forward` takes no context. */
  static setupContext(_ctx: FunctionCtx, _inputs: readonly unknown[], _output: Outputs): void {
    throw new NotImplementedError("setup_context is not implemented.");
  }

  /** Computes the gradients of the inputs from those of the outputs. */
  static backward(_ctx: FunctionCtx, ..._gradients: never[]): Outputs {
    throw new NotImplementedError(
      "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD.",
    );
  }

  /** Runs the function and records it (`Function.apply`). */
  static readonly apply: <Result = Tensor>(...args: readonly unknown[]) => Result = applyThis;
}

/** The subclass that `apply` is called on says what is run. */
function applyThis<Result>(this: unknown, ...args: readonly unknown[]): Result {
  return applyFunction(this as FunctionClass, args) as Result;
}

interface FunctionClass {
  readonly name: string;
  forward(...args: unknown[]): Outputs;
  setupContext(ctx: FunctionCtx, inputs: readonly unknown[], output: Outputs): void;
  backward(ctx: FunctionCtx, ...gradients: (Tensor | null)[]): Outputs;
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof TensorBase;
}

function computeForward(Class: FunctionClass, ctx: FunctionCtx, args: readonly unknown[]): Outputs {
  const takesContext = Class.setupContext === (AutogradFunction as unknown as FunctionClass).setupContext;
  if (takesContext) return Class.forward(ctx, ...args);
  const output = Class.forward(...args);
  Class.setupContext(ctx, args, output);
  return output;
}

function applyFunction(Class: FunctionClass, args: readonly unknown[]): Outputs {
  const ctx = new FunctionCtx();
  const tensors = args.filter(isTensor);
  const isRecorded = isGradEnabled() && anyRequiresGrad(tensors);
  ctx.needsInputGrad = args.map((arg) => isRecorded && isTensor(arg) && arg.requiresGrad);
  const given = noGrad(() => computeForward(Class, ctx, args));
  const values: readonly unknown[] = Array.isArray(given) ? given : [given];
  const dirty = [...ctx.dirty];
  const writes = dirty.map((tensor) => isRecorded && checkWritable(tensor, tensors));
  for (const tensor of dirty) {
    if (!values.includes(tensor)) {
      throw new RuntimeError(
        "Some elements marked as dirty during the forward method were not returned as output. The inputs that are " +
          "modified inplace must all be outputs of the Function.",
      );
    }
    tensor.bump();
  }
  // An input given back as it is becomes another tensor over the same memory, so that it can have a history of its own.
  const outputs = values.map((value) =>
    isTensor(value) && args.includes(value) && !ctx.dirty.has(value) ? viewOf(value, value.layout) : value,
  );
  if (isRecorded) record(Class, ctx, args, outputs, values, writes.some(Boolean));
  return Array.isArray(given) ? outputs : outputs[0];
}

/** Puts the outputs into the graph. */
function record(
  Class: FunctionClass,
  ctx: FunctionCtx,
  args: readonly unknown[],
  outputs: readonly unknown[],
  values: readonly unknown[],
  writes: boolean,
): void {
  const results = outputs.filter(isTensor);
  const isDifferentiable = (tensor: Tensor): boolean => {
    const original = values[outputs.indexOf(tensor)] as Tensor;
    return (tensor.dtype.isFloatingPoint || tensor.dtype.isComplex) && !ctx.nonDifferentiable.has(original);
  };
  const inputs = args.filter(isTensor);
  const operation = operationOf(Class, ctx, args, inputs, values.filter(isTensor), results, () => node);
  const saved = [...inputs, ...ctx.toSave.filter((each) => each !== null)];
  const node: Node = makeNode(new Prepared(operation), saved, results, undefined, `${Class.name}Backward`);
  results.forEach((result, i) => {
    if (!isDifferentiable(result)) return;
    if (writes && ctx.dirty.has(result)) {
      node.countBefore(result, operation.saves?.inputs);
      if (result.base !== null) {
        rebaseView(result, node);
        return;
      }
    }
    result.node = node;
    result.outputIndex = i;
    result.wantsGradient = false;
  });
}

/** The operation that a single call is, with its gradient. */
function operationOf(
  Class: FunctionClass,
  ctx: FunctionCtx,
  args: readonly unknown[],
  inputs: readonly Tensor[],
  values: readonly Tensor[],
  results: readonly Tensor[],
  nodeOfCall: () => Node,
): Operation<unknown> {
  const kept = ctx.toSave;
  // A saved output is read from the node's outputs, anything else from what follows the inputs.
  const places = kept.map((tensor) => (tensor === null ? -1 : values.indexOf(tensor)));
  const behind = kept.filter((tensor) => tensor !== null);
  const fromInputs = kept.flatMap((tensor, i) =>
    tensor === null || places[i]! >= 0 ? [] : [inputs.length + behind.indexOf(tensor)],
  );
  const layouts = results.map(({ layout }) => layout);
  return {
    name: Class.name,
    label: Class.name,
    promotion: "none",
    infer: (each) => each,
    // What was saved goes to the user's own function as it is.
    roundsSteps: true,
    saves: { inputs: fromInputs, outputs: places.filter((place) => place >= 0) },
    gradient: () => {
      const node = nodeOfCall();
      ctx.read = () =>
        kept.map((tensor, i) => {
          if (tensor === null) return null;
          return places[i]! >= 0
            ? node.outputs[places[i]!]!
            : node.inputs[inputs.length + behind.indexOf(tensor)]!;
        });
      const flowing = node.grads.map((grad, i) =>
        grad === undefined && ctx.materializesGrads ? zeros(layouts[i]!) : (grad ?? null),
      );
      return gradientsOf(Class, ctx, args, flowing) as never;
    },
  };
}

function zeros(layout: Layout): Tensor {
  return allocate(Layout.contiguous(layout.dtype, layout.shape));
}

/** What `backward` gave, checked: one gradient for each tensor among the arguments. */
function gradientsOf(
  Class: FunctionClass,
  ctx: FunctionCtx,
  args: readonly unknown[],
  flowing: readonly (Tensor | null)[],
): (Tensor | undefined)[] {
  const name = `${Class.name}Backward`;
  flowing.forEach(keepMemory);
  const given = uncollected(() => Class.backward(ctx, ...flowing));
  const grads: unknown[] = Array.isArray(given) ? [...given] : [given];
  while (grads.length > args.length && (grads.at(-1) ?? null) === null) grads.pop();
  if (grads.length !== args.length) {
    throw new RuntimeError(
      `function ${name} returned an incorrect number of gradients (expected ${args.length}, got ${grads.length})`,
    );
  }
  return args.flatMap((arg, i) => {
    const grad = grads[i] ?? null;
    if (!isTensor(arg)) {
      if (grad === null) return [];
      throw new RuntimeError(
        `function ${name} returned a gradient different from None at position ${i + 1}, but the corresponding forward ` +
          "input was not a Variable",
      );
    }
    return [checkedGradient(name, i, arg, grad)];
  });
}

function checkedGradient(name: string, index: number, input: Tensor, grad: unknown): Tensor | undefined {
  if (grad === null) return undefined;
  if (!isTensor(grad)) {
    throw new PythonTypeError(`expected Variable or None (got ${typeof grad})`);
  }
  const { shape } = input.layout;
  const isSame = `${grad.shape}` === `${shape}`;
  if (!isSame && broadcastTo(input.layout, grad.shape) === undefined) {
    throw new RuntimeError(
      `Function ${name} returned an invalid gradient at index ${index} - got ${shapeText(grad.shape)} but expected shape ` +
        `compatible with ${shapeText(shape)}`,
    );
  }
  return grad;
}

/**
 * Marks a `backward` whose own gradient cannot be taken (`torch.autograd.function.once_differentiable`).
 * @returns a `backward` that computes without recording, and whose results raise when a gradient goes through them
 */
export function onceDifferentiable(
  backward: (ctx: FunctionCtx, ...gradients: (Tensor | null)[]) => Outputs,
): (ctx: FunctionCtx, ...gradients: (Tensor | null)[]) => Outputs {
  return (ctx, ...gradients) => {
    const given = noGrad(() => backward(ctx, ...gradients));
    const isAsked = isGradEnabled() && gradients.some((grad) => grad?.requiresGrad);
    if (!isAsked) return given;
    const results: readonly unknown[] = Array.isArray(given) ? given : [given];
    const raising = results.map((result) => (isTensor(result) ? Once.apply(result, ...gradients) : result));
    return Array.isArray(given) ? raising : raising[0];
  };
}

/** Gives its first argument back; a gradient through it is refused. */
class Once extends AutogradFunction {
  static override forward(_ctx: FunctionCtx, result: Tensor): Tensor {
    return result.detach().clone();
  }

  static override backward(): never {
    throw new RuntimeError(
      "trying to differentiate twice a function that was marked with @once_differentiable",
    );
  }
}
