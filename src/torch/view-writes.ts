// Copies of a tensor with another one written into a view of it: select_scatter, slice_scatter, diagonal_scatter,
// as_strided_scatter (ATen/native/TensorShape.cpp). The copy has the tensor's strides.

import { bind, type Signature } from "../core/arguments.ts";
import { RuntimeError } from "../core/errors.ts";
import { extent } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import { Storage } from "../core/storage.ts";
import { copy } from "../ops/copying.ts";
import {
  asStrided as asStridedOperation,
  contiguous,
  embedView,
  type StridedAttributes,
  slice,
} from "../ops/views.ts";
import { makeTensor } from "./base.ts";
import { wrapDim } from "./dims.ts";
import type { OutOptions } from "./elementwise.ts";
import { shapeText } from "./errors.ts";
import { into } from "./in-place.ts";
import { named } from "./node.ts";
import { overlapsItself } from "./overlap.ts";
import { anyRequiresGrad, isGradEnabled, noGrad, record, resolved, runView } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { asStrided, diagonal, select } from "./views.ts";
import { copy_ } from "./writing.ts";

/** A copy in memory of its own that lies there as the tensor does in its, gaps and offset included. */
function clonePreservingStrides(input: Tensor): Tensor {
  if (overlapsItself(input.layout)) return input.clone();
  const source = input.bits === 0 ? input : resolved(input);
  const { dtype } = source;
  const reach = extent(source.layout);
  const length = reach === undefined ? 0 : reach.high + 1;
  const memory = Storage.allocate(dtype, length);
  memory.bytes().set(source.storage.bytes().subarray(0, length * dtype.itemSize));
  const result = makeTensor(memory, source.layout);
  if (isGradEnabled() && input.requiresGrad) record(copy, [input], [result], undefined, "CloneBackward0");
  return result;
}

/** A copy of the tensor with the source in the place that a view of it takes. */
function written(input: Tensor, src: Tensor, view: (copy: Tensor) => Tensor, label: string): Tensor {
  const result = clonePreservingStrides(input);
  const place = view(result);
  if (place.shape.join() !== src.shape.join()) {
    throw new RuntimeError(
      `expected src to have a size equal to the slice of self. src size = ${shapeText(src.shape)}, slice size = ` +
        shapeText(place.shape),
    );
  }
  copy_(place, src);
  return named(result, label);
}

interface SelectScatterOptions extends OutOptions {
  readonly src: Tensor;
  readonly dim: number;
  readonly index: number;
}

/** A copy with another tensor as one element of an axis (`torch.select_scatter`). */
export function selectScatter(
  input: Tensor,
  ...args: Signature<[src: Tensor, dim: number, index: number], SelectScatterOptions>
): Tensor {
  const names = ["src", "dim", "index"] as const;
  const { src, dim, index, out } = bind<SelectScatterOptions>("select_scatter", names, args, { out: null });
  const result = written(input, src, (copied) => select(copied, dim, index), "SelectScatterBackward0");
  return into(result, out, "select_scatter", [input, src]);
}

interface SliceScatterOptions extends OutOptions {
  readonly src: Tensor;
  readonly dim: number;
  readonly start: number | null;
  readonly end: number | null;
  readonly step: number;
}

function sliced(input: Tensor, { dim, start, end, step }: SliceScatterOptions): Tensor {
  const axis = wrapDim(dim, input.ndim);
  if (step <= 0) throw new RuntimeError("slice step must be positive");
  const size = input.shape[axis]!;
  const clamped = (position: number): number =>
    Math.min(Math.max(position < 0 ? position + size : position, 0), size);
  const from = clamped(start ?? 0);
  const to = Math.max(clamped(end ?? size), from);
  const length = Math.ceil((to - from) / step);
  return runView(slice, input, { axis, start: from, step, length }, "SliceBackward0");
}

/** A copy with another tensor as elements `start` to `end` of an axis, `step` apart (`torch.slice_scatter`). */
export function sliceScatter(
  input: Tensor,
  ...args: Signature<
    [src: Tensor, dim?: number, start?: number | null, end?: number | null, step?: number],
    Partial<SliceScatterOptions>
  >
): Tensor {
  const names = ["src", "dim", "start", "end", "step"] as const;
  const bound = bind<SliceScatterOptions>("slice_scatter", names, args, {
    dim: 0,
    start: null,
    end: null,
    step: 1,
    out: null,
  });
  const result = written(input, bound.src, (copied) => sliced(copied, bound), "SliceScatterBackward0");
  return into(result, bound.out, "slice_scatter", [input, bound.src]);
}

interface DiagonalScatterOptions extends OutOptions {
  readonly src: Tensor;
  readonly offset: number;
  readonly dim1: number;
  readonly dim2: number;
}

/** A copy with another tensor as diagonals of the plane of two axes (`torch.diagonal_scatter`). */
export function diagonalScatter(
  input: Tensor,
  ...args: Signature<
    [src: Tensor, offset?: number, dim1?: number, dim2?: number],
    Partial<DiagonalScatterOptions>
  >
): Tensor {
  const names = ["src", "offset", "dim1", "dim2"] as const;
  const bound = bind<DiagonalScatterOptions>("diagonal_scatter", names, args, {
    offset: 0,
    dim1: 0,
    dim2: 1,
    out: null,
  });
  const { src, offset, dim1, dim2, out } = bound;
  const view = (copied: Tensor): Tensor => diagonal(copied, offset, dim1, dim2);
  return into(written(input, src, view, "DiagonalScatterBackward0"), out, "diagonal_scatter", [input, src]);
}

interface AsStridedScatterOptions extends OutOptions {
  readonly src: Tensor;
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly storageOffset: number | null;
}

/**
 * The gradient of the values that were overwritten goes to the tensor, and nothing to the rest: so PyTorch has it,
 * although the values do not count any more.
 */
const asStridedScatterOperation: Operation<StridedAttributes> = {
  name: "asStridedScatter",
  label: "AsStridedScatter",
  promotion: "none",
  infer: (inputs) => inputs,
  gradient: ({ inputs, grads, attributes, needs, run: apply }) => {
    const source = apply(contiguous, [grads[0]!]);
    const part = apply(asStridedOperation, [source], attributes);
    const { shape } = inputs[0]!.layout;
    const { strides, offset } = attributes;
    return [
      needs(0) ? apply(embedView, [part], { shape, strides, offset }) : undefined,
      needs(1) ? part : undefined,
    ];
  },
};

/** A copy with another tensor where shape, strides and offset say (`torch.as_strided_scatter`). */
export function asStridedScatter(
  input: Tensor,
  ...args: Signature<
    [src: Tensor, size: readonly number[], stride: readonly number[], storageOffset?: number | null],
    Partial<AsStridedScatterOptions>
  >
): Tensor {
  const names = ["src", "size", "stride", "storageOffset"] as const;
  const bound = bind<AsStridedScatterOptions>("as_strided_scatter", names, args, {
    storageOffset: null,
    out: null,
  });
  const { src, size, stride, storageOffset, out } = bound;
  const view = (copied: Tensor): Tensor => asStrided(copied, size, stride, storageOffset);
  const result = noGrad(() => written(input.detach(), src.detach(), view, "AsStridedScatterBackward0"));
  if (isGradEnabled() && anyRequiresGrad([input, src])) {
    const offset = storageOffset ?? input.layout.offset;
    record(asStridedScatterOperation, [input, src], [result], { shape: size, strides: stride, offset });
  }
  return into(result, out, "as_strided_scatter", [input, src]);
}
