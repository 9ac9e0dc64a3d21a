// Nodes of the graph of gradients. A node remembers an operation, what it was given, and where the gradients of its
// inputs go. It is at once the context that the operation's gradient reads.

import { RuntimeError } from "../core/errors.ts";
import type { GradientContext, Run } from "../core/op.ts";
import { gradientAtOnce } from "../devices/index.ts";
import { type Prepared, prepared } from "../devices/prepared.ts";
import { asStrided } from "../ops/views.ts";
import { isDetectingAnomalies } from "./anomaly.ts";
import { versionOf } from "./base.ts";
import { scalarTypeName, shapeText } from "./errors.ts";
import { hasHalf, widenedContext } from "./half.ts";
import { isGradEnabled, runForGradient, unwritten as unwrittenTensor } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** Called with a gradient on its way; what it returns, if anything, takes the gradient's place. */
export type GradientHook = (grad: Tensor) => unknown;

/** Gradients as hooks of nodes see them: null where nothing flows. */
export type Gradients = readonly (Tensor | null)[];

/** Hooks of a node. What they return, if anything, takes the gradients' place. */
export interface NodeHooks {
  readonly before: ((gradOutputs: Gradients) => unknown)[];
  readonly after: ((gradInputs: Gradients, gradOutputs: Gradients) => unknown)[];
}

/** What takes a hook away again. */
export interface RemovableHandle {
  remove(): void;
}

/** Adds a hook to a list, at its end or before the others. */
export function registered<Hook>(hooks: Hook[], hook: Hook, prepend = false): RemovableHandle {
  if (prepend) hooks.unshift(hook);
  else hooks.push(hook);
  return {
    remove: () => {
      const at = hooks.indexOf(hook);
      if (at >= 0) hooks.splice(at, 1);
    },
  };
}

let count = 0;
/** The node whose gradient is being computed. Gradients take `needs` off their context, so it cannot be a method. */
let current: Node | undefined;
const needsOfCurrent = (input: number): boolean => current!.next[input] !== null;
const nothing: readonly Tensor[] = [];
/** Lists of versions of tensors that were never written, by their number; each is shared by many nodes. */
const unwritten: readonly (readonly number[])[] = [[], [0], [0, 0], [0, 0, 0], [0, 0, 0, 0]];
/** What a node has gathered before its first gradient. */
const noGrads: readonly undefined[] = [];

/** A recorded operation. Nodes are numbered in order of making, so a node's inputs come from lower numbers. */
export class Node implements GradientContext<Tensor, unknown> {
  readonly id: number = count++;
  readonly operation: Prepared;
  readonly attributes: unknown;
  inputs: readonly Tensor[];
  outputs: readonly Tensor[];
  /** Gradients of the outputs, gathered while a backward pass runs; empty before the first. */
  grads: readonly (Tensor | undefined)[];
  /** For each input the node that its gradient goes to, null where none is asked. */
  readonly next: readonly (Node | null)[];
  /** For each input which output of that node it is; null when all are the first. */
  readonly nextOutput: readonly number[] | null;
  /** How many outputs the operation has. */
  readonly outputCount: number;
  /** A leaf's node: the tensor whose gradient is summed up. */
  readonly variable: Tensor | null;
  hooks: { readonly output: number; readonly call: GradientHook }[] | null = null;
  /** Called with the gradients of all outputs before the node computes; with those of inputs and outputs after it. */
  nodeHooks: NodeHooks | null = null;
  /** Where the operation was called, kept while anomalies are looked for. */
  readonly trace: string | undefined = isDetectingAnomalies() ? new Error().stack : undefined;
  /** The pass that saw the node last. */
  mark = 0;
  private label: string | undefined;
  /** Versions of the first three inputs and the first output when they were saved. */
  private versions: readonly number[] | null;
  private isReleased = false;

  constructor(
    operation: Prepared,
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
    attributes: unknown,
    label: string | undefined,
    variable: Tensor | null,
    next: readonly (Node | null)[],
    nextOutput: readonly number[] | null,
  ) {
    this.operation = operation;
    this.attributes = attributes;
    this.inputs = inputs;
    this.outputs = operation.keepsOutputs ? outputs : nothing;
    this.outputCount = outputs.length;
    this.grads = noGrads;
    this.label = label;
    this.variable = variable;
    this.next = next;
    this.nextOutput = nextOutput;
    this.versions = operation.saves ? versionsOf(operation, inputs, outputs) : null;
  }

  /** PyTorch's name of the node: "AddBackward0". */
  get name(): string {
    return this.label ?? `${this.operation.operation.label}Backward0`;
  }

  /** Gives the node the name that PyTorch has for what several operations compute together. */
  rename(name: string): void {
    this.label = name;
  }

  /** `<AddBackward0>`, as PyTorch prints a tensor's grad_fn. */
  toString(): string {
    return `<${this.name}>`;
  }

  /** The nodes that the gradients of the inputs go to. */
  get nextFunctions(): readonly (readonly [Node | null, number])[] {
    return this.next.map((node, i) => [node, this.nextOutput?.[i] ?? 0] as const);
  }

  /** Calls a function with the gradients of inputs and outputs after each pass through the node (`Node.register_hook`). */
  registerHook(hook: NodeHooks["after"][number]): RemovableHandle {
    return registered(this.hookLists().after, hook);
  }

  /** Calls a function with the gradients of the outputs before each pass through the node (`Node.register_prehook`). */
  registerPrehook(hook: NodeHooks["before"][number]): RemovableHandle {
    return registered(this.hookLists().before, hook);
  }

  private hookLists(): NodeHooks {
    this.nodeHooks ??= { before: [], after: [] };
    return this.nodeHooks;
  }

  /** Whether the gradient of an input is asked for, of the node that is computing. */
  get needs(): (input: number) => boolean {
    return needsOfCurrent;
  }

  get run(): Run<Tensor> {
    return runForGradient;
  }

  /** Gradients of the inputs, from `grads`. */
  compute(): readonly (Tensor | undefined)[] {
    if (this.isReleased) {
      throw new RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after they have already " +
          "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). " +
          "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access " +
          "saved tensors after calling backward.",
      );
    }
    if (this.versions !== null) this.checkVersions(this.versions);
    const outer = current;
    current = this;
    try {
      if (this.operation.gradientKernel !== null && !isGradEnabled() && this.areAsStored()) {
        const results = gradientAtOnce(this.operation, this, unwrittenTensor);
        if (results !== undefined) return results;
      }
      const isWide = this.versions !== null && hasHalf(this.inputs) && !this.operation.roundsSteps;
      return this.operation.gradient!(isWide ? widenedContext(this) : this);
    } finally {
      current = outer;
    }
  }

  /** True iff the inputs and the gradients are read as their memory holds them. */
  private areAsStored(): boolean {
    const { inputs, grads } = this;
    for (let i = 0; i < inputs.length; i++) if (inputs[i]!.bits !== 0) return false;
    for (let i = 0; i < grads.length; i++) if (grads[i] !== undefined && grads[i]!.bits !== 0) return false;
    return true;
  }

  /** Forgets what was saved. A node that saved nothing can be gone through again. */
  release(): void {
    this.grads = noGrads;
    if (this.versions === null) return;
    this.inputs = nothing;
    this.outputs = nothing;
    this.isReleased = true;
  }

  /**
   * For the node of a write in place: what it read of the target's memory was saved before the write, so that its
   * version is no longer the one that is expected.
   */
  countBefore(target: Tensor, saved: readonly number[] | undefined): void {
    saved?.forEach((input, at) => {
      const read = this.inputs[input];
      if (read === undefined || read === target || read.counter !== target.counter) return;
      this.versions = this.versions!.with(at, this.versions![at]! - 1);
    });
  }

  /** Adds a gradient of an output to what is gathered. @param sum adds two */
  gather(output: number, grad: Tensor, sum: (a: Tensor, b: Tensor) => Tensor): void {
    const { grads, outputCount } = this;
    const present = grads.length === 0 ? undefined : grads[output];
    const total = present === undefined ? grad : sum(present, grad);
    if (outputCount === 1) this.grads = [total];
    else if (grads.length > 0) this.grads = grads.with(output, total);
    else this.grads = new Array<Tensor | undefined>(outputCount).fill(undefined).with(output, total);
  }

  /** Forgets what was gathered. */
  forget(): void {
    this.grads = noGrads;
  }

  private checkVersions(versions: readonly number[]): void {
    const { savedInputs, savedOutputs } = this.operation;
    for (let i = 0; i < savedInputs.length; i++) {
      const input = this.inputs[savedInputs[i]!];
      if (input !== undefined && versionOf(input) !== versions[i])
        this.refuseInput(input, savedInputs[i]!, versions[i]!);
    }
    for (let i = 0; i < savedOutputs.length; i++) {
      const output = this.outputs[savedOutputs[i]!]!;
      const version = versions[savedInputs.length + i]!;
      if (versionOf(output) !== version) refuseModified(output, version, this, savedOutputs[i]!);
    }
  }

  private refuseInput(input: Tensor, position: number, version: number): never {
    const origin = this.next[position] ?? null;
    const output = this.nextOutput?.[position] ?? 0;
    refuseModified(input, version, origin?.variable === null ? origin : null, output);
  }
}

/** Versions of what an operation saves, inputs first; null where that is nothing. */
function versionsOf(
  { savedInputs, savedOutputs }: Prepared,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
): readonly number[] | null {
  const count = savedInputs.length + savedOutputs.length;
  let isWritten = false;
  for (let i = 0; i < savedInputs.length; i++) {
    const input = inputs[savedInputs[i]!];
    if (input === undefined) continue;
    if (input.isForInference) refuseSaving();
    if (versionOf(input) !== 0) isWritten = true;
  }
  for (let i = 0; i < savedOutputs.length; i++)
    if (versionOf(outputs[savedOutputs[i]!]!) !== 0) isWritten = true;
  if (count === 0) return null;
  if (!isWritten && count < unwritten.length) return unwritten[count]!;
  const versions = new Array<number>(count);
  for (let i = 0; i < savedInputs.length; i++) {
    const input = inputs[savedInputs[i]!];
    versions[i] = input === undefined ? 0 : versionOf(input);
  }
  for (let i = 0; i < savedOutputs.length; i++)
    versions[savedInputs.length + i] = versionOf(outputs[savedOutputs[i]!]!);
  return versions;
}

function refuseSaving(): never {
  throw new RuntimeError(
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation " +
      "tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, or use " +
      "`torch.no_grad()` instead of `torch.inference_mode()`.",
  );
}

function refuseModified(tensor: Tensor, expected: number, maker: Node | null, output: number): never {
  const { layout, counter } = tensor;
  const origin =
    maker === null ? "" : `, which is output ${output} of ${maker.name.replace(/Backward\d*$/, "")},`;
  throw new RuntimeError(
    "one of the variables needed for gradient computation has been modified by an inplace operation: " +
      `[torch.${scalarTypeName(layout.dtype)}Tensor ${shapeText(layout.shape)}]${origin} is at version ` +
      `${counter.version}; expected version ${expected} instead. Hint: enable anomaly detection to find the ` +
      "operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False).",
  );
}

const accumulate: Prepared = prepared<unknown>({
  name: "accumulate",
  label: "AccumulateGrad",
  promotion: "none",
  infer: (inputs) => inputs,
});

/** The node that a tensor's gradient goes to: the one that made it, or for a leaf one that sums it up. */
export function gradientEdge(tensor: Tensor): Node | null {
  const node = tensor.base === null ? tensor.node : tensor.gradFn;
  if (node !== null) return node;
  return tensor.wantsGradient ? (tensor.accumulator ?? makeAccumulator(tensor)) : null;
}

function makeAccumulator(leaf: Tensor): Node {
  leaf.accumulator = new Node(accumulate, nothing, [leaf], undefined, "AccumulateGrad", leaf, [], null);
  return leaf.accumulator;
}

/** `gradientEdge` of each. A list that is written out is made in one piece, and most operations have few inputs. */
function edgesOf(inputs: readonly Tensor[]): (Node | null)[] {
  switch (inputs.length) {
    case 1:
      return [gradientEdge(inputs[0]!)];
    case 2:
      return [gradientEdge(inputs[0]!), gradientEdge(inputs[1]!)];
    case 3:
      return [gradientEdge(inputs[0]!), gradientEdge(inputs[1]!), gradientEdge(inputs[2]!)];
    default:
      return inputs.map(gradientEdge);
  }
}

/** The node of a recorded operation over its inputs. */
export function makeNode(
  operation: Prepared,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  attributes: unknown,
  label: string | undefined,
): Node {
  const next = edgesOf(inputs);
  let nextOutput: number[] | null = null;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]!;
    if (input.outputIndex !== 0) {
      nextOutput ??= new Array<number>(inputs.length).fill(0);
      nextOutput[i] = input.outputIndex;
    }
  }
  return new Node(operation, inputs, outputs, attributes, label, null, next, nextOutput);
}

/** The node of a view that reads from its base by shape, strides and offset. */
export function asStridedNode(base: Tensor, view: Tensor): Node {
  const { shape, strides, offset } = view.layout;
  return makeNode(prepared(asStrided) as Prepared, [base], [view], { shape, strides, offset }, undefined);
}

/** A value computed by several operations, whose last node has the name of the whole. */
export function named(result: Tensor, name: string): Tensor {
  result.node?.rename(name);
  return result;
}
