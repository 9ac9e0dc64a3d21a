// What every tensor holds: a storage, a layout, and its place in the graph of gradients. The operations on it are
// functions in the files beside this one; `tensor.ts` puts them on the class.

import { changes } from "../core/changes.ts";
import type { DType } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { PythonTypeError, RuntimeError } from "../core/errors.ts";
import type { Layout, Shape } from "../core/layout.ts";
import type { Storage } from "../core/storage.ts";
import { warn } from "../core/warnings.ts";
import { wrapDim } from "./dims.ts";
import { cTypeName, scalarTypeName, shapeText, typeName } from "./errors.ts";
import { asStridedNode, type Node } from "./node.ts";
import type { Tensor as FullTensor } from "./tensor.ts";

/** Counts in-place writes through a tensor and its views; `x.data` begins a count of its own. */
export interface VersionCounter {
  version: number;
}

/** How a view came about, where that decides whether it may be written in place under gradients. */
export type ViewCreation = "plain" | "several" | "withoutGradients" | "inference";

let inferring = false;

/** True iff tensors are made for inference alone (`torch.is_inference_mode_enabled`). */
export function isInferenceModeEnabled(): boolean {
  return inferring;
}

/** Switches inference mode. @returns what it was before */
export function setInferenceMode(enabled: boolean): boolean {
  const before = inferring;
  inferring = enabled;
  return before;
}

/** A value that is read as the conjugate or the negative of what its memory holds. */
export const lazyBits: { readonly conjugate: 1; readonly negative: 2 } = { conjugate: 1, negative: 2 };

/** Storage, layout and history of a tensor. */
class Tensor implements Operand {
  /** The memory; `placeTensor` gives the tensor another. */
  readonly storage: Storage;
  /** How the elements lie in it. */
  readonly layout: Layout;
  /** What backward passes have summed up; see `grad`. */
  gradient: FullTensor | null = null;
  /** True iff backward passes leave a gradient although the value is no leaf. */
  retainsGrad = false;
  /** True iff the tensor was made in inference mode: it has no versions, and no graph may save it. */
  isForInference: boolean = inferring;
  /** The node that made the value; see `gradFn`. */
  node: Node | null = null;
  /** Which of the node's outputs the value is. */
  outputIndex = 0;
  /** Where a leaf's gradient goes to. */
  accumulator: Node | null = null;
  /** For a view, the tensor that owns the memory; a view of a view has the first tensor here. */
  base: FullTensor | null = null;
  /** The version at which a view's node was right. */
  viewVersion = 0;
  viewCreation: ViewCreation = "plain";
  /** The counter of writes, made when it is asked for: most values of a training step are never written to. */
  ownCounter: VersionCounter | null;
  /** Sum of `lazyBits`. */
  bits = 0;
  /** What `requiresGrad` was set to. */
  wantsGradient = false;

  constructor(storage: Storage, layout: Layout, counter: VersionCounter | null = null) {
    this.storage = storage;
    this.layout = layout;
    this.ownCounter = counter;
  }

  /** Counts the writes; a view has its base's. */
  get counter(): VersionCounter {
    this.ownCounter ??= { version: 0 };
    return this.ownCounter;
  }

  set counter(counter: VersionCounter) {
    this.ownCounter = counter;
  }

  /** Lengths of the axes. */
  get shape(): Shape {
    return this.layout.shape;
  }

  get dtype(): DType {
    return this.layout.dtype;
  }

  /** Number of axes. */
  get ndim(): number {
    return this.layout.shape.length;
  }

  /** Bytes of one element. */
  get itemsize(): number {
    return this.layout.dtype.itemSize;
  }

  /** Bytes of all elements. */
  get nbytes(): number {
    return this.layout.size * this.layout.dtype.itemSize;
  }

  /** Where the values are: the CPU. */
  get device(): string {
    return "cpu";
  }

  /** True for a module's parameter. */
  get isParameter(): boolean {
    return false;
  }

  /** Steps from one element to the next, in elements: of all axes, or of one. */
  stride(): readonly number[];
  stride(dim: number): number;
  stride(dim?: number): number | readonly number[] {
    const { strides } = this.layout;
    return dim === undefined ? strides : strides[wrapDim(dim, strides.length)]!;
  }

  /** Lengths of all axes, or of one. */
  size(): Shape;
  size(dim: number): number;
  size(dim?: number): number | Shape {
    const { shape } = this.layout;
    return dim === undefined ? shape : shape[wrapDim(dim, shape.length)]!;
  }

  /** True iff the tensor was made in inference mode. */
  isInference(): boolean {
    return this.isForInference;
  }

  /** What backward passes have summed up; null before the first. It is set to a tensor of this shape and type, or null. */
  get grad(): FullTensor | null {
    if (this.gradient === null && !this.retainsGrad && !this.isLeaf) warnOfNoGradient();
    return this.gradient;
  }

  set grad(grad: FullTensor | null) {
    if (grad !== null) checkGradient(this, grad);
    this.gradient = grad;
  }

  /**
   * How often the memory was written in place through a tensor that shares this one's count.
   * @throws RuntimeError for a tensor made in inference mode
   */
  get _version(): number {
    if (this.isForInference) throw new RuntimeError("Inference tensors do not track version counter.");
    return this.counter.version;
  }

  /**
   * The node of the graph of gradients that made this value, null for a leaf. A view whose memory was written since
   * gets a node that reads from its base.
   */
  get gradFn(): Node | null {
    return this.base === null ? this.node : currentNode(this, this.base);
  }

  /** True iff no recorded operation made the value. */
  get isLeaf(): boolean {
    return this.gradFn === null;
  }

  /** True iff gradients flow to the value. Only a leaf's may be set. */
  get requiresGrad(): boolean {
    return this.wantsGradient || this.gradFn !== null;
  }

  set requiresGrad(requiresGrad: boolean) {
    if (this.gradFn !== null) {
      if (requiresGrad) return;
      throw new RuntimeError(
        "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a " +
          "subgraph that doesn't require differentiation use var_no_grad = var.detach().",
      );
    }
    if (requiresGrad && this.isForInference && !inferring) {
      throw new RuntimeError(
        "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.",
      );
    }
    const { dtype } = this.layout;
    if (requiresGrad && !dtype.isFloatingPoint && !dtype.isComplex) {
      throw new RuntimeError("only Tensors of floating point and complex dtype can require gradients");
    }
    this.wantsGradient = requiresGrad;
  }

  /**
   * The same memory outside the graph of gradients, with a version count of its own; setting it gives the tensor
   * another memory, and leaves its place in the graph.
   */
  get data(): FullTensor {
    const result = new Tensor(this.storage, this.layout);
    result.bits = this.bits;
    result.isForInference = this.isForInference;
    return result as unknown as FullTensor;
  }

  set data(other: FullTensor) {
    if (!(other instanceof Tensor)) {
      throw new PythonTypeError(`Variable data has to be a tensor, but got ${typeName(other)}`);
    }
    const { dtype } = other.layout;
    if (this.requiresGrad && !dtype.isFloatingPoint && !dtype.isComplex) {
      throw new RuntimeError(
        "data set to a tensor that requires gradients must be floating point or complex dtype",
      );
    }
    placeTensor(this, other.storage, other.layout);
    this.bits = other.bits;
    if (this.base === null) this.counter = { version: this.counter.version };
  }

  /** PyTorch's printed form: Python's `str` and `repr`. */
  toString(): string {
    return (this as unknown as FullTensor).repr();
  }

  /**
   * Says that nobody reads or writes the tensor or a view of it any more, as Python's `del` does with the last reference: the
   * memory is used again at once. `using y = f(x)` says it at the end of the block. Whoever reads it later gets an error.
   */
  dispose(): void {
    this.storage.dispose();
  }

  [Symbol.dispose](): void {
    this.storage.dispose();
  }

  /** Notes a write in place. */
  bump(): void {
    this.counter.version++;
    this.storage.bump();
  }
}

export { Tensor as TensorBase };

/** Gives a tensor other memory, or its memory another layout. Its place in the graph of gradients stays. */
export function placeTensor(tensor: Tensor, storage: Storage, layout: Layout): void {
  const own = tensor as { storage: Storage; layout: Layout };
  own.storage = storage;
  own.layout = layout;
  changes.tensors++;
}

/** The node of a view, made anew where the memory was written since. */
function currentNode(view: Tensor, base: FullTensor): Node | null {
  if ((view.node !== null || base.requiresGrad) && view.viewVersion !== view.counter.version) {
    if (view.viewCreation === "inference" || view.viewCreation === "withoutGradients")
      throw viewError(view.viewCreation, "its base or another view of its base has been");
    view.node = base.requiresGrad ? asStridedNode(base, view as unknown as FullTensor) : view.node;
    view.outputIndex = 0;
    view.viewVersion = view.counter.version;
  }
  return view.node;
}

/** How often a tensor's memory was written to, without making a counter for it. */
export function versionOf({ ownCounter }: Tensor): number {
  return ownCounter === null ? 0 : ownCounter.version;
}

function warnOfNoGradient(): void {
  warn(
    "UserWarning",
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated " +
      "during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use " +
      ".retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf " +
      "Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information.",
  );
}

/** @throws TypeError or RuntimeError when the value cannot be the gradient of the tensor */
function checkGradient(tensor: Tensor, grad: unknown): void {
  if (!(grad instanceof Tensor)) {
    throw new PythonTypeError(
      `assigned grad expected to be a Tensor or None but got grad of type ${typeName(grad)}`,
    );
  }
  if (grad === tensor) throw new RuntimeError("can't assign Variable as its own grad");
  const [from, to] = [grad.layout, tensor.layout];
  if (from.dtype !== to.dtype) {
    throw new RuntimeError(
      `attempting to assign a gradient with dtype '${cTypeName(from.dtype)}' to a tensor with grad_dtype ` +
        `'${scalarTypeName(to.dtype)}'. The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). ` +
        "You can set the tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. Set grad_dtype " +
        "with caution. Diverging the dtypes of a tensor and its gradient may break downstream systems that assume they match.",
    );
  }
  if (from.rank !== to.rank || from.shape.some((length, axis) => length !== to.shape[axis])) {
    throw new RuntimeError(
      `attempting to assign a gradient of size '${shapeText(from.shape)}' to a tensor of size ` +
        `'${shapeText(to.shape)}'. Please ensure that the gradient and the tensor are the same size`,
    );
  }
}

/** The error for a write that meets a view from a mode without gradients. @param what what was written */
export function viewError(creation: ViewCreation, what: string): RuntimeError {
  const [mode, block] =
    creation === "inference" ? ["inference mode", "inference_mode"] : ["no_grad mode", "no_grad"];
  const here = creation === "inference" ? "in normal mode" : "with grad mode enabled";
  return new RuntimeError(
    `A view was created in ${mode} and ${what} modified inplace ${here}. Given that this use case is ambiguous and ` +
      "error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either both " +
      `inside the ${block} block (if you don't want the inplace to be tracked) or both outside (if you want the inplace ` +
      "to be tracked).",
  );
}

/** A tensor over a storage, with no history. */
export function makeTensor(storage: Storage, layout: Layout, counter?: VersionCounter): FullTensor {
  return new Tensor(storage, layout, counter) as unknown as FullTensor;
}
