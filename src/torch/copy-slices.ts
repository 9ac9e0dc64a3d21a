// The node of a write to a part of a tensor (PyTorch's CopySlices): the gradient of the part goes through what was
// written, that of the rest stays as it is.

import type { Operand } from "../core/elements.ts";
import { NotImplementedError } from "../core/errors.ts";
import { extent, type Layout } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import { prepared } from "../devices/prepared.ts";
import { zerosLike } from "../ops/copying.ts";
import { notEqual } from "../ops/logic.ts";
import { where } from "../ops/ternary.ts";
import { asStrided, embedView } from "../ops/views.ts";
import { makeTensor } from "./base.ts";
import { gradientEdge, Node } from "./node.ts";
import { runForGradient as run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

const copySlices: Operation<unknown> = {
  name: "copySlices",
  label: "CopySlices",
  promotion: "none",
  infer: (inputs) => inputs,
};

class CopySlices extends Node {
  private readonly write: Node;
  private readonly part: Layout;
  private readonly whole: Layout;

  /** @param edge where the gradient of the tensor before the write goes */
  constructor(write: Node, base: Tensor, part: Layout, edge: Node | null) {
    const before = makeTensor(base.storage, base.layout);
    const outputs = [before];
    const nextOutput = [
      base.outputIndex,
      ...write.next.slice(1).map((_, i) => write.nextOutput?.[i + 1] ?? 0),
    ];
    const next = [edge, ...write.next.slice(1)];
    super(
      prepared(copySlices),
      [before, ...write.inputs.slice(1)],
      outputs,
      undefined,
      "CopySlices",
      null,
      next,
      nextOutput,
    );
    this.write = write;
    this.part = part;
    this.whole = base.layout;
  }

  override compute(): readonly (Tensor | undefined)[] {
    const { part, whole, write } = this;
    const reach = extent(whole);
    const low = reach?.low ?? 0;
    const memory = [reach === undefined ? 0 : reach.high - reach.low + 1];
    const inMemory = { strides: whole.strides, offset: whole.offset - low };
    const inPart = { strides: part.strides, offset: part.offset - low };
    const flat = run(embedView, [this.grads[0]!], { shape: memory, ...inMemory });
    const flowing = run(asStrided, [flat], { shape: part.shape, ...inPart });
    write.grads = [flowing];
    const [first, ...others] = write.compute();
    const below = first ?? run(zerosLike, [flowing]);
    const ones = onesLike(flowing);
    const isPart = run(notEqual, [run(embedView, [ones], { shape: memory, ...inPart }), 0]);
    const replaced = run(where, [isPart, run(embedView, [below], { shape: memory, ...inPart }), flat]);
    return [run(asStrided, [replaced], { shape: whole.shape, ...inMemory }), ...others];
  }

  override release(): void {
    super.release();
    this.write.release();
  }
}

function onesLike(tensor: Tensor): Tensor {
  const zeros: Tensor & Operand = run(zerosLike, [tensor]);
  return run(where, [run(notEqual, [zeros, 0]), zeros, 1]).to(tensor.dtype);
}

/** Puts a write to a view into the history of the tensor that owns the memory. */
export function rebaseView(view: Tensor, write: Node): void {
  const base = view.base!;
  if (base.dtype !== view.dtype) {
    throw new NotImplementedError(
      `gradients through a write in place to a ${view.dtype} view of a ${base.dtype} tensor; write to a copy instead`,
    );
  }
  base.node = new CopySlices(write, base, view.layout, gradientEdge(base));
  base.outputIndex = 0;
  // Making the node of the write may have asked for the view's history, which was then that of the base before it.
  view.viewVersion = -1;
}
