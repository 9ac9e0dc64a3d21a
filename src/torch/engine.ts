// The backward pass: nodes in falling order of their numbers, so that each has all its gradients when its turn comes
// (PyTorch's autograd engine).

import { setterOf } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { warn } from "../core/warnings.ts";
import { execute } from "../devices/index.ts";
import { add } from "../ops/binary.ts";
import { copy } from "../ops/copying.ts";
import { isCheckingNaN, isDetectingAnomalies } from "./anomaly.ts";
import { TensorBase } from "./base.ts";
import { shapeText } from "./errors.ts";
import { gradientEdge, type Node, type NodeHooks } from "./node.ts";
import { beginPass, countGathered, endPass, giveBackUnused, keepMemory, uncollected } from "./pass-memory.ts";
import { sumToShape } from "./sum-to-shape.ts";
import { allocate, copied, run, setGradEnabled, unwritten } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** What a pass does with the gradients of leaves. */
export interface PassOptions {
  /** Saved values stay, so that another pass may go through the graph. */
  readonly retainGraph: boolean;
  /** The pass itself is recorded. */
  readonly createGraph: boolean;
  /** Called with the gradients of these tensors, which go nowhere else; null: leaves sum up their gradients. */
  readonly capture: Map<Node, Captured[]> | null;
  /** The only leaves that sum up; null for all. */
  readonly only: ReadonlySet<Node> | null;
}

/** Where the gradient of an output of a node is wanted. */
export interface Captured {
  readonly output: number;
  grad: Tensor | undefined;
}

let passes = 0;

/** Runs a backward pass from tensors with a gradient for each. */
export function runPass(roots: readonly Tensor[], gradients: readonly Tensor[], options: PassOptions): void {
  const starts: Node[] = [];
  for (let i = 0; i < roots.length; i++) {
    const node = gradientEdge(roots[i]!);
    if (node === null) {
      throw new RuntimeError(`element ${i} of tensors does not require grad and does not have a grad_fn`);
    }
    starts.push(node);
  }
  const nodes = reachable(starts);
  const before = setGradEnabled(options.createGraph);
  const outer = beginPass(!options.createGraph);
  try {
    for (let i = 0; i < roots.length; i++) starts[i]!.gather(roots[i]!.outputIndex, gradients[i]!, sumOf);
    for (let i = 0; i < nodes.length; i++) visit(nodes[i]!, options);
  } finally {
    for (let i = 0; i < nodes.length; i++) nodes[i]!.forget();
    endPass(outer);
    setGradEnabled(before);
  }
}

/** All nodes that gradients may reach, the latest first. */
function reachable(starts: readonly Node[]): Node[] {
  const mark = ++passes;
  const nodes: Node[] = [];
  for (let i = 0; i < starts.length; i++) {
    if (starts[i]!.mark === mark) continue;
    starts[i]!.mark = mark;
    nodes.push(starts[i]!);
  }
  for (let at = 0; at < nodes.length; at++) {
    const { next } = nodes[at]!;
    for (let i = 0; i < next.length; i++) {
      const node = next[i]!;
      if (node === null || node.mark === mark) continue;
      node.mark = mark;
      nodes.push(node);
    }
  }
  return latestFirst(nodes);
}

/** Up to this many nodes are sorted by insertion: they come almost in order, and nothing is called for each pair. */
const fewNodes = 64;

/** Sorts nodes by falling number, in place. */
function latestFirst(nodes: Node[]): Node[] {
  if (nodes.length > fewNodes) return nodes.sort((a, b) => b.id - a.id);
  for (let i = 1; i < nodes.length; i++) {
    const node = nodes[i]!;
    let at = i;
    for (; at > 0 && nodes[at - 1]!.id < node.id; at--) nodes[at] = nodes[at - 1]!;
    nodes[at] = node;
  }
  return nodes;
}

const sumOf = (present: Tensor, grad: Tensor): Tensor => run(add, [present, grad], undefined);

function visit(node: Node, options: PassOptions): void {
  if (node.grads.length === 0) return;
  if (node.hooks !== null) callHooks(node);
  if (node.nodeHooks !== null) callBefore(node, node.nodeHooks);
  const captured = options.capture?.get(node);
  if (captured !== undefined) capture(captured, node);
  const used = node.grads;
  if (node.variable !== null) {
    const isWanted = options.capture === null && (options.only === null || options.only.has(node));
    if (isWanted) {
      accumulate(node.variable, node.grads[0]!, options.createGraph);
      keepMemory(node.variable.gradient);
      if (node.nodeHooks !== null) callAfter(node, node.nodeHooks, []);
    }
    giveBackUnused(used);
    return;
  }
  const results = computed(node);
  const { next, nextOutput, inputs } = node;
  for (let i = 0; i < next.length; i++) {
    const to = next[i]!;
    const result = results[i];
    if (to === null || result === undefined) continue;
    let grad = sumToShape(result, inputs[i]!.layout);
    if (to.variable !== null && !isFresh(grad, node, results, i))
      grad = options.createGraph ? grad : copied(grad);
    const output = nextOutput === null ? 0 : nextOutput[i]!;
    const present = to.grads[output];
    to.gather(output, grad, sumOf);
    countGathered(present, to.grads[output]);
  }
  if (!options.retainGraph) node.release();
  giveBackUnused(used);
}

/** Takes down the gradients that are asked for. */
function capture(captured: readonly Captured[], { grads }: Node): void {
  for (const each of captured) {
    each.grad = grads[each.output];
    keepMemory(each.grad);
  }
}

/** Gradients of a node's inputs, looked at and changed by who asked for it. */
function computed(node: Node): readonly (Tensor | undefined)[] {
  return isDetectingAnomalies() ? explained(node) : hooked(node);
}

function hooked(node: Node): readonly (Tensor | undefined)[] {
  const results = node.compute();
  return node.nodeHooks === null ? results : callAfter(node, node.nodeHooks, results);
}

/** Computes a node and says where it was called when something goes wrong. */
function explained(node: Node): readonly (Tensor | undefined)[] {
  try {
    const results = hooked(node);
    if (isCheckingNaN()) for (let i = 0; i < results.length; i++) refuseNaN(node, results[i], i);
    return results;
  } catch (error) {
    const where =
      node.trace === undefined
        ? `No forward pass information available. Enable detect anomaly during forward pass for more information.`
        : `Traceback of forward call that caused the error:\n${node.trace}`;
    warn("UserWarning", `Error detected in ${node.name}. ${where}`);
    throw error;
  }
}

function refuseNaN(node: Node, result: Tensor | undefined, output: number): void {
  if (result === undefined || node.next[output] === null) return;
  if (result.ne(result).any().item() === true) {
    throw new RuntimeError(`Function '${node.name}' returned nan values in its ${output}th output.`);
  }
}

const orNull = (grad: Tensor | undefined): Tensor | null => grad ?? null;

function isList(value: unknown): value is readonly (Tensor | null | undefined)[] {
  return Array.isArray(value);
}

function callBefore(node: Node, { before }: NodeHooks): void {
  for (const call of [...before]) {
    node.grads.forEach(keepMemory);
    const others = uncollected(() => call(node.grads.map(orNull)));
    if (isList(others)) node.grads = others.map((grad) => grad ?? undefined);
  }
}

function callAfter(
  node: Node,
  { after }: NodeHooks,
  results: readonly (Tensor | undefined)[],
): readonly (Tensor | undefined)[] {
  let current = results.map((result, i) =>
    result === undefined || node.next[i] === null ? undefined : sumToShape(result, node.inputs[i]!.layout),
  );
  node.grads.forEach(keepMemory);
  for (const call of [...after]) {
    current.forEach(keepMemory);
    const others = uncollected(() => call(current.map(orNull), node.grads.map(orNull)));
    if (isList(others)) current = others.map((grad) => grad ?? undefined);
  }
  return current;
}

/** True iff the memory belongs to no other gradient, so that a leaf may keep it. */
function isFresh(grad: Tensor, node: Node, results: readonly (Tensor | undefined)[], own: number): boolean {
  for (let i = 0; i < node.grads.length; i++) if (node.grads[i]?.storage === grad.storage) return false;
  for (let i = 0; i < results.length; i++)
    if (i !== own && results[i]?.storage === grad.storage) return false;
  return true;
}

function callHooks(node: Node): void {
  for (const { output, call } of node.hooks!) {
    const grad = node.grads[output];
    if (grad === undefined) continue;
    keepMemory(grad);
    const other = uncollected(() => call(grad));
    if (other instanceof TensorBase) node.grads = node.grads.with(output, other as Tensor);
  }
}

/** Sums a gradient up in a leaf. */
function accumulate(variable: Tensor, grad: Tensor, createGraph: boolean): void {
  const present = variable.gradient;
  if (present === null) {
    variable.gradient =
      createGraph || liesAlike(grad.layout, variable.layout) ? grad : laidLike(grad, variable.layout);
  } else if (createGraph) variable.gradient = run(add, [present, grad], undefined);
  else {
    execute(add, [present, grad], [present], undefined);
    present.bump();
  }
}

function liesAlike(grad: Layout, variable: Layout): boolean {
  if (grad.isContiguous && variable.isContiguous) return true;
  return grad.strides.every((stride, axis) => stride === variable.strides[axis]);
}

/** A copy in the order of memory of a leaf, where that has no gaps; else row-major. */
function laidLike(grad: Tensor, like: Layout): Tensor {
  const order = copy.infer([like], like.dtype, undefined)[0]!;
  const isDense = order.strides.every(
    (stride, axis) => like.shape[axis] === 1 || stride === like.strides[axis],
  );
  const result = unwritten(isDense ? order : Layout.contiguous(like.dtype, like.shape));
  execute(copy, [grad], [result], undefined);
  return result;
}

/** Gradients to begin with: given ones, checked, or 1 for a tensor of one element. */
export function startingGradients(
  roots: readonly Tensor[],
  gradients: readonly (Tensor | null | undefined)[],
): Tensor[] {
  return roots.map((root, i) => {
    const grad = gradients[i];
    if (grad === null || grad === undefined) return one(root);
    const { shape } = root.layout;
    const given = grad.layout.shape;
    if (given.length !== shape.length || given.some((length, axis) => length !== shape[axis])) {
      throw new RuntimeError(
        `Mismatch in shape: grad_output[${i}] has a shape of torch.Size(${shapeText(given)}) and output[${i}] has a shape of torch.Size(${shapeText(shape)}).`,
      );
    }
    return grad;
  });
}

/** The gradient of a tensor of one element to itself. @throws RuntimeError for more elements, or where none is asked */
export function one(root: Tensor): Tensor {
  if (!root.requiresGrad) {
    throw new RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn");
  }
  if (root.layout.size !== 1)
    throw new RuntimeError("grad can be implicitly created only for scalar outputs");
  if (root.layout.dtype.isComplex) {
    throw new RuntimeError(
      `grad can be implicitly created only for real scalar outputs but got torch.${root.layout.dtype.name}`,
    );
  }
  const ones = allocate(Layout.contiguous(root.layout.dtype, root.layout.shape));
  setterOf(root.layout.dtype)(ones.storage.view(root.layout.dtype), 0, 1);
  return ones;
}
