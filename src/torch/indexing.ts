// `x.at(...)` and `x.set([...], value)`: reading and writing by an index, as Python's `x[...]`.

import type { DType } from "../core/dtype.ts";
import { bool, uint8 } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { PythonTypeError, RuntimeError } from "../core/errors.ts";
import { broadcastTo, sameShape } from "../core/layout.ts";
import { warn } from "../core/warnings.ts";
import { execute } from "../devices/index.ts";
import { type IndexPutAttributes, indexPut as indexPutOperation } from "../ops/indexing.ts";
import { indexedShape } from "../ops/shapes.ts";
import { checkRange, indexTensor, prepareIndices } from "./advanced-index.ts";
import { makeTensor, TensorBase } from "./base.ts";
import { scalarTypeName, shapeText, typeName } from "./errors.ts";
import { checkExpand } from "./expand.ts";
import { checkWritable, recordWrite, writeValues } from "./in-place.ts";
import { applyItems, type IndexItem } from "./index-items.ts";
import { fillMasked } from "./masked-fill.ts";
import { overlapsItself } from "./overlap.ts";
import { isScalar, plainScalar, type ScalarLike } from "./promotion.ts";
import { lacks, refusals, refuse } from "./refusals.ts";
import { fromSequence, isArrayScalar, isOperand, type TensorData } from "./sequences.ts";
import { converted, resolved, scalarOperand, unwritten } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { alias, expand } from "./views.ts";
import { copy_, fill_ } from "./writing.ts";

/** `x[...]`: a view for integers, slices, "..." and null; a copy for tensors of indices or truth values. */
export function at(input: Tensor, ...index: readonly IndexItem[]): Tensor {
  const { view, indices } = applyItems(input, index, index.length === 1);
  if (indices.length > 0) return indexTensor(view, indices);
  return view === input ? alias(input) : view;
}

/** `x[...] = value`, in place; the value is stretched to the place. */
export function set(
  input: Tensor,
  index: readonly IndexItem[],
  value: Operand | ScalarLike | readonly TensorData[],
): void {
  if (index.length === 1 && index[0] === false) return;
  const source = valueTensor(value, input.dtype);
  const { view, indices } = applyItems(input, index, false);
  if (indices.length === 0) {
    copyTo(view, source);
    return;
  }
  indexPut_(view, indices, withoutLeadingOnes(source));
}

function valueTensor(value: Operand | ScalarLike | readonly TensorData[], dtype: DType): Tensor {
  if (value instanceof TensorBase) return value as Tensor;
  if (isScalar(value)) return scalarOperand(plainScalar(value), dtype);
  if (isArrayScalar(value)) return makeTensor(value.storage, value.layout);
  if (isOperand(value)) {
    throw new PythonTypeError(`can't assign a ${typeName(value)} to a torch.${scalarTypeName(dtype)}Tensor`);
  }
  return fromSequence(value as readonly TensorData[], undefined);
}

/** A shape's axes of length 1 at the front dropped. */
function withoutLeadingOnes(value: Tensor): Tensor {
  const first = value.shape.findIndex((length) => length !== 1);
  const rest = first < 0 ? [] : value.shape.slice(first);
  return rest.length === value.ndim ? value : value.view(rest);
}

function copyTo(place: Tensor, value: Tensor): void {
  if (sameShape(place.shape, value.shape)) copy_(place, value);
  else if (value.ndim === 0) fill_(place, value);
  else {
    const source = withoutLeadingOnes(value);
    copy_(place, expand(source, checkExpand(source, place.shape)));
  }
}

/** Values written (or added) at the places that tensors of indices name, in place. */
export function indexPut_(
  input: Tensor,
  indices: readonly (Tensor | null | undefined)[],
  values: Tensor,
  accumulate: boolean | { readonly accumulate?: boolean } = false,
): Tensor {
  const adds = typeof accumulate === "boolean" ? accumulate : (accumulate.accumulate ?? false);
  const given = Array.from(indices, (index) => index ?? undefined);
  const isRecorded = checkWritable(input, [values]);
  if (overlapsItself(input.layout)) {
    warn(
      "UserWarning",
      "Use of index_put_ on expanded tensors is deprecated. Please clone() the tensor before performing this operation. " +
        "This also applies to advanced indexing e.g. tensor[indices] = tensor",
    );
  }
  const mask = adds || values.ndim > 0 ? undefined : onlyMask(input, given);
  if (mask !== undefined) return fillMasked(input, mask, values, "IndexPutBackward0");
  const prepared = prepareIndices(input, given);
  const place = indexedShape(input.shape, prepared.shape, prepared.attributes);
  if (broadcastTo(values.layout, place) === undefined) {
    throw new RuntimeError(
      `shape mismatch: value tensor of shape ${shapeText(values.shape)} cannot be broadcast to indexing result of shape ${shapeText(place)}`,
    );
  }
  if (values.dtype !== input.dtype) {
    throw new RuntimeError(
      `Index put requires the source and destination dtypes match, got ${scalarTypeName(input.dtype)} for the destination and ${scalarTypeName(values.dtype)} for the source.`,
    );
  }
  refuse(indexPutRefusals, input.dtype);
  checkRange(input, prepared);
  const attributes = { ...prepared.attributes, accumulate: adds };
  if (place.includes(0)) input.bump();
  else writeValues(input, putResult(input, values, prepared.indices, attributes));
  if (isRecorded) {
    recordWrite(
      indexPutOperation,
      input,
      [input, values, ...prepared.indices],
      attributes,
      "IndexPutBackward0",
    );
  }
  return input;
}

function putResult(
  input: Tensor,
  values: Tensor,
  indices: readonly Tensor[],
  attributes: IndexPutAttributes,
): Tensor {
  const result = unwritten(indexPutOperation.infer([input.layout], input.dtype, attributes)[0]!);
  execute(indexPutOperation, [resolved(input), resolved(values), ...indices], [result], attributes);
  return result;
}

const indexPutRefusals = refusals(lacks("index_put", "rare"));

/** The mask over all axes that an index is where it is one mask and nothing else; undefined for other indices. */
function onlyMask(input: Tensor, indices: readonly (Tensor | undefined)[]): Tensor | undefined {
  const axis = indices.findIndex((index) => index !== undefined);
  const mask = indices[axis];
  if (mask === undefined || indices.slice(axis + 1).some((index) => index !== undefined)) return undefined;
  if (mask.dtype !== bool && mask.dtype !== uint8) return undefined;
  if (!sameShape(mask.shape, input.shape.slice(axis, axis + mask.ndim))) return undefined;
  const whole = mask.dtype === bool ? mask : converted(mask, bool);
  return whole.view([...mask.shape, ...new Array<number>(input.ndim - axis - mask.ndim).fill(1)]);
}

/** `indexPut_` on a copy. */
export function indexPut(
  input: Tensor,
  indices: readonly (Tensor | null | undefined)[],
  values: Tensor,
  accumulate: boolean | { readonly accumulate?: boolean } = false,
): Tensor {
  return indexPut_(input.clone(), indices, values, accumulate);
}
