// What every tensor holds: a storage, a layout, and its place in the graph of gradients. The operations on it are
// functions in the files beside this one; `tensor.ts` puts them on the class.

import type { DType } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Layout, Shape } from "../core/layout.ts";
import type { Storage } from "../core/storage.ts";
import { wrapDim } from "./dims.ts";
import { asStridedNode, type Node } from "./node.ts";
import type { Tensor as FullTensor } from "./tensor.ts";

/** Counts in-place writes through a tensor and its views; `x.data` begins a count of its own. */
export interface VersionCounter {
  version: number;
}

/** Storages whose memory somebody else made: they cannot grow. */
export const borrowed: WeakSet<Storage> = new WeakSet();

/** How a view came about, where that decides whether it may be written in place under gradients. */
export type ViewCreation = "plain" | "several" | "withoutGradients";

/** A value that is read as the conjugate or the negative of what its memory holds. */
export const lazyBits: { readonly conjugate: 1; readonly negative: 2 } = { conjugate: 1, negative: 2 };

/** Storage, layout and history of a tensor. */
class Tensor implements Operand {
  storage: Storage;
  layout: Layout;
  /** What backward passes have summed up; null before the first. */
  grad: FullTensor | null = null;
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
  counter: VersionCounter;
  /** Sum of `lazyBits`. */
  bits = 0;
  private wantsGradient = false;

  constructor(storage: Storage, layout: Layout, counter: VersionCounter = { version: 0 }) {
    this.storage = storage;
    this.layout = layout;
    this.counter = counter;
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

  /** How often the memory was written in place through a tensor that shares this one's count. */
  get version(): number {
    return this.counter.version;
  }

  /** `version` under PyTorch's name. */
  get _version(): number {
    return this.counter.version;
  }

  /**
   * The node of the graph of gradients that made this value, null for a leaf. A view whose memory was written since
   * gets a node that reads from its base.
   */
  get gradFn(): Node | null {
    const { base } = this;
    if (
      base !== null &&
      (this.node !== null || base.requiresGrad) &&
      this.viewVersion !== this.counter.version
    ) {
      this.node = base.requiresGrad ? asStridedNode(base, this as unknown as FullTensor) : this.node;
      this.outputIndex = 0;
      this.viewVersion = this.counter.version;
    }
    return this.node;
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
    return result as unknown as FullTensor;
  }

  set data(other: FullTensor) {
    this.storage = other.storage;
    this.layout = other.layout;
    this.bits = other.bits;
    if (this.base === null) this.counter = { version: this.counter.version };
  }

  /** PyTorch's printed form: Python's `str` and `repr`. */
  toString(): string {
    return (this as unknown as FullTensor).repr();
  }

  /** Notes a write in place. */
  bump(): void {
    this.counter.version++;
    this.storage.version++;
  }
}

export { Tensor as TensorBase };

/** A tensor over a storage, with no history. */
export function makeTensor(storage: Storage, layout: Layout, counter?: VersionCounter): FullTensor {
  return new Tensor(storage, layout, counter) as unknown as FullTensor;
}
