// What `expand` checks, and the errors that broadcasting a value into a place shares with it.

import { type DType, float16, float32, float64, int8, int16, int32, int64, uint8 } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Layout, Shape } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import { expand as expandOperation, type ShapeAttributes } from "../ops/views.ts";
import { scalarTypeName, shapeText } from "./errors.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The shape that a tensor is stretched to; -1 stands for its own length.
 * @throws RuntimeError when it cannot be stretched so
 */
export function checkExpand(input: Tensor, sizes: Shape): number[] {
  const { shape, rank } = input.layout;
  const lead = sizes.length - rank;
  if (lead < 0) {
    throw new RuntimeError(
      `expand(${typeOf(input)}{${shapeText(shape)}}, size=${shapeText(sizes)}): the number of sizes provided (${sizes.length}) ` +
        `must be greater or equal to the number of dimensions in the tensor (${rank})`,
    );
  }
  const result = sizes.slice();
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    const wanted = sizes[axis]!;
    const length = axis < lead ? 1 : shape[axis - lead]!;
    if (wanted === -1 && rank > 0) {
      if (axis < lead) {
        throw new RuntimeError(
          `The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension ${axis}`,
        );
      }
      result[axis] = length;
    } else if (length !== wanted && length !== 1) {
      throw new RuntimeError(
        `The expanded size of the tensor (${wanted}) must match the existing size (${length}) at non-singleton ` +
          `dimension ${axis}.  Target sizes: ${shapeText(sizes)}.  Tensor sizes: ${shapeText(shape)}`,
      );
    }
  }
  if (result.some((length) => length < 0)) throw new RuntimeError("numel: integer multiplication overflow");
  return result;
}

/**
 * The layout stretched to a shape (`inferExpandGeometry`): stride 0 where an axis is stretched; a new axis of length 1
 * gets the stride of all that lies inside it.
 */
function expandedLayout(layout: Layout, shape: Shape): Layout {
  const strides = new Array<number>(shape.length).fill(0);
  const lead = shape.length - layout.rank;
  for (let axis = layout.rank === 0 ? -1 : shape.length - 1; axis >= 0; axis--) {
    const isNew = axis < lead;
    const stride = isNew ? shape[axis + 1]! * strides[axis + 1]! : layout.strides[axis - lead]!;
    strides[axis] = (isNew ? 1 : layout.shape[axis - lead]) === shape[axis] ? stride : 0;
  }
  return layout.with(shape, strides);
}

/** `ops.expand` with PyTorch's strides. */
export const expandView: Operation<ShapeAttributes> = {
  ...expandOperation,
  view: (input, { shape }) => expandedLayout(input, shape),
};

/** Types that PyTorch has had tensor classes for; the others go by the name of their backend. */
const classed: ReadonlySet<DType> = new Set([uint8, int8, int16, int32, int64, float16, float32, float64]);

function typeOf({ dtype }: Tensor): string {
  const name = scalarTypeName(dtype);
  return classed.has(dtype) ? `torch.${name}Tensor` : `CPU${name}Type`;
}
