// Changes of shape in place: the tensor gets another layout over its memory, and a node for it.

import { bind, type Signature } from "../core/arguments.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Operation } from "../core/op.ts";
import { type Prepared, prepared } from "../devices/prepared.ts";
import * as views from "../ops/views.ts";
import { makeTensor, placeTensor } from "./base.ts";
import { allAxes, type SqueezeDims, squeezedAxes, swappedAxes, wrapDim } from "./dims.ts";
import { checkWritable } from "./in-place.ts";
import { gradientEdge, makeNode } from "./node.ts";
import { type AsStridedOptions, stridedAttributes } from "./strided.ts";
import { isGradEnabled } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** Gives the tensor another layout of the same elements, in place. */
function relayout<A>(input: Tensor, operation: Operation<A>, attributes: A, label: string): Tensor {
  const isRecorded = checkWritable(input);
  const before = makeTensor(input.storage, input.layout);
  const edge = isRecorded ? gradientEdge(input) : null;
  before.node = edge;
  before.outputIndex = input.outputIndex;
  const layout = operation.view!(input.layout, attributes);
  if (edge !== null && isGradEnabled()) {
    const node = makeNode(prepared(operation) as Prepared, [before], [input], attributes, label);
    input.node = node;
    input.outputIndex = 0;
  }
  placeTensor(input, input.storage, layout);
  input.counter.version++;
  if (input.base !== null) input.viewVersion = input.counter.version;
  return input;
}

/** `transpose` in place. */
export function transpose_(
  input: Tensor,
  ...args: Signature<[dim0: number, dim1: number], { readonly dim0: number; readonly dim1: number }>
): Tensor {
  type Bound = { readonly dim0: number; readonly dim1: number };
  const { dim0, dim1 } = bind<Bound>("transpose_", ["dim0", "dim1"], args, {});
  checkWritable(input);
  const axes = swappedAxes(input.ndim, dim0, dim1);
  return relayout(input, views.permute, { axes }, "TransposeBackward1");
}

/** `t` in place. */
export function t_(input: Tensor): Tensor {
  checkWritable(input);
  if (input.ndim > 2) {
    throw new RuntimeError(`t_() expects a tensor with <= 2 dimensions, but self is ${input.ndim}D`);
  }
  return relayout(input, views.permute, { axes: allAxes(input.ndim).reverse() }, "TBackward1");
}

/** `unsqueeze` in place. */
export function unsqueeze_(
  input: Tensor,
  ...args: Signature<[dim: number], { readonly dim: number }>
): Tensor {
  const { dim } = bind<{ readonly dim: number }>("unsqueeze_", ["dim"], args, {});
  checkWritable(input);
  return relayout(input, views.insertAxis, { axis: wrapDim(dim, input.ndim + 1) }, "UnsqueezeBackward1");
}

/** `squeeze` in place. */
export function squeeze_(
  input: Tensor,
  ...args: Signature<[dim?: SqueezeDims], { readonly dim?: SqueezeDims }>
): Tensor {
  const { dim } = bind<{ readonly dim: SqueezeDims }>("squeeze_", ["dim"], args, { dim: null });
  checkWritable(input);
  const { axes, overload } = squeezedAxes(input, dim);
  return relayout(input, views.removeAxes, { axes }, `SqueezeBackward${overload + 3}`);
}

/** `transpose_` under NumPy's name. */
export function swapaxes_(input: Tensor, axis0: number, axis1: number): Tensor {
  return transpose_(input, axis0, axis1);
}

/** Another name of `transpose_`. */
export function swapdims_(input: Tensor, dim0: number, dim1: number): Tensor {
  return transpose_(input, dim0, dim1);
}

/** `asStrided` in place. */
export function asStrided_(
  input: Tensor,
  ...args: Signature<
    [size: readonly number[], stride: readonly number[], storageOffset?: number | null],
    Partial<AsStridedOptions>
  >
): Tensor {
  checkWritable(input);
  const attributes = stridedAttributes("as_strided_", input, args);
  return relayout(input, views.asStrided, attributes, "AsStridedBackward1");
}
