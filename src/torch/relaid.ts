// Results brought into an order of memory, with their history.

import { Layout } from "../core/layout.ts";
import { writeValues } from "./in-place.ts";
import {
  contiguousFormat,
  formatStrides,
  formattedLayout,
  type MemoryFormat,
  preserveFormat,
} from "./memory-format.ts";
import { unwritten } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** The values in a memory format, where that is not row-major. */
export function inFormat(result: Tensor, format: MemoryFormat): Tensor {
  if (format === contiguousFormat) return result;
  const { dtype, shape } = result.layout;
  return moved(result, unwritten(new Layout(dtype, shape, formatStrides(shape, format))));
}

/** Values and history moved to other memory. */
function moved(result: Tensor, fresh: Tensor): Tensor {
  writeValues(fresh, result);
  fresh.node = result.node;
  fresh.outputIndex = result.outputIndex;
  fresh.counter.version = 0;
  return fresh;
}

/** The values in the order of memory of another tensor of the shape. */
export function relaid(result: Tensor, like: Tensor): Tensor {
  const layout = formattedLayout(like.layout, preserveFormat);
  const lies = layout.strides.every((stride, axis) => stride === result.layout.strides[axis]);
  return lies ? result : moved(result, unwritten(layout));
}
