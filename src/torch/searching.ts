// Places in sorted sequences, and membership (ATen/native/Bucketization.cpp, TensorCompare.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import { bool, type DType, int32, int64 } from "../core/dtype.ts";
import { elements, type Scalar, setterOf, toNumber } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { TensorBase } from "./base.ts";
import { scalarTypeName, shapeText } from "./errors.ts";
import { into } from "./in-place.ts";
import { plainScalar, resultType, scalarType } from "./promotion.ts";
import { lacks, type Refusals, refusals, refuse } from "./refusals.ts";
import { placeOf } from "./sorted-place.ts";
import { allocate, type Input, operandOf, scalarOperand } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** What `bucketize` takes by name. */
export interface BucketOptions {
  /** Places as int32 instead of int64. */
  readonly outInt32?: boolean;
  /** Whether the place is behind elements equal to the value, instead of before them. */
  readonly right?: boolean;
  readonly out?: Tensor | null;
}

/** What `searchsorted` takes by name. */
export interface SearchOptions extends BucketOptions {
  /** "left" or "right": `right` in words. */
  readonly side?: string | null;
  /** Positions that would sort the sequence, where it is not sorted. */
  readonly sorter?: Tensor | null;
}

const searchRefusals: Refusals = refusals(lacks("searchsorted_out_cpu", "bool", "rare", "complex"));

function valueTensor(value: Input): Tensor {
  if (value instanceof TensorBase) return value as Tensor;
  return scalarOperand(plainScalar(value), scalarType(value));
}

function isRight({ side, right }: Required<SearchOptions>): boolean {
  if (side === null) return right;
  if (side !== "left" && side !== "right") {
    throw new RuntimeError(`torch.searchsorted(): side can only be 'left' or 'right' but got ${side}`);
  }
  if (side === "left" && right) {
    throw new RuntimeError(
      "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True",
    );
  }
  return side === "right";
}

function checkSorter(boundaries: Tensor, sorter: Tensor): void {
  if (sorter.shape.join() !== boundaries.shape.join()) {
    throw new RuntimeError(
      "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor " +
        `${shapeText(boundaries.shape)}and got sorter tensor ${shapeText(sorter.shape)}`,
    );
  }
  if (sorter.dtype !== int64) {
    throw new RuntimeError(
      `torch.searchsorted(): sorter must be a tensor of long dtype but got dtype ${scalarTypeName(sorter.dtype)}`,
    );
  }
  const length = boundaries.shape.at(-1)!;
  if (elements(sorter).some((position) => (position as number) < 0 || (position as number) >= length)) {
    throw new RuntimeError("torch.searchsorted(): sorter index out of range");
  }
}

function checkShapes(boundaries: Tensor, values: Tensor): void {
  const { ndim, shape } = boundaries;
  if (ndim === 0) {
    throw new RuntimeError(
      "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension",
    );
  }
  if (values.ndim === 0 && ndim !== 1) {
    throw new RuntimeError(
      "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got " +
        `boundaries tensor dim(${ndim}) and input value's dim(0) numel(1)`,
    );
  }
  const rows = (of: readonly number[]): string => of.slice(0, -1).join();
  if (ndim === 1 || (values.ndim === ndim && rows(shape) === rows(values.shape))) return;
  throw new RuntimeError(
    "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor " +
      `and input value tensor must match, but we got boundaries tensor ${shapeText(shape)} and input value tensor ` +
      shapeText(values.shape),
  );
}

/** Values and boundaries in one type, as PyTorch compares them. */
function inCommonType(boundaries: Tensor, values: Tensor): readonly [Tensor, Tensor] {
  const dtype = resultType([boundaries, values]);
  return [operandOf(boundaries, dtype, true), operandOf(values, dtype, true)];
}

function places(
  boundaries: Tensor,
  values: Tensor,
  dtype: DType,
  right: boolean,
  sorter: Tensor | null,
): Tensor {
  const [sequence, wanted] = inCommonType(boundaries, values);
  refuse(searchRefusals, sequence.dtype);
  const known = elements(sequence);
  const order = sorter === null ? undefined : elements(sorter).map(toNumber);
  const length = boundaries.shape.at(-1)!;
  const width = boundaries.ndim === 1 ? values.layout.size : values.shape.at(-1)!;
  const result = allocate(Layout.contiguous(dtype, values.shape));
  const array = result.storage.view(dtype);
  const set = setterOf(dtype);
  elements(wanted).forEach((value, i) => {
    const start = boundaries.ndim === 1 ? 0 : Math.floor(i / width) * length;
    const element = (position: number): Scalar => known[start + (order?.[start + position] ?? position)]!;
    set(array, i, placeOf(value, length, element, right));
  });
  return result;
}

/**
 * Where values would be inserted into sorted sequences along the last axis to keep them sorted
 * (`torch.searchsorted`). One sequence, or one for each row of the values.
 * @throws RuntimeError where the shapes do not fit
 */
export function searchsorted(
  sortedSequence: Tensor,
  ...args: Signature<[input: Input], SearchOptions>
): Tensor {
  const options = bind<Required<SearchOptions> & { readonly input: Input }>("searchsorted", ["input"], args, {
    outInt32: false,
    right: false,
    side: null,
    sorter: null,
    out: null,
  });
  const values = valueTensor(options.input);
  const right = isRight(options);
  checkShapes(sortedSequence, values);
  if (options.sorter !== null) checkSorter(sortedSequence, options.sorter);
  const result = places(sortedSequence, values, options.outInt32 ? int32 : int64, right, options.sorter);
  return into(result, options.out, "searchsorted", []);
}

/**
 * In which of the ranges between sorted boundaries each value is: the index of the range's end (`torch.bucketize`).
 * @throws RuntimeError unless the boundaries are a vector
 */
export function bucketize(input: Input, ...args: Signature<[boundaries: Tensor], BucketOptions>): Tensor {
  const { boundaries, outInt32, right, out } = bind<
    Required<BucketOptions> & { readonly boundaries: Tensor }
  >("bucketize", ["boundaries"], args, { outInt32: false, right: false, out: null });
  if (boundaries.ndim !== 1) {
    throw new RuntimeError(`boundaries tensor must be 1 dimension, but got dim(${boundaries.ndim})`);
  }
  const result = places(boundaries, valueTensor(input), outInt32 ? int32 : int64, right, null);
  return into(result, out, "bucketize", []);
}

/** What `isin` takes by name. */
export interface MembershipOptions {
  /** A promise that no value comes twice; the result is the same. */
  readonly assumeUnique?: boolean;
  /** Whether what is not among the test elements counts. */
  readonly invert?: boolean;
  readonly out?: Tensor | null;
}

/** True for the elements that are among others (`torch.isin`). NaN is among none. */
export function isin(input: Input, ...args: Signature<[testElements: Input], MembershipOptions>): Tensor {
  const { testElements, invert, out } = bind<Required<MembershipOptions> & { readonly testElements: Input }>(
    "isin",
    ["testElements"],
    args,
    { assumeUnique: false, invert: false, out: null },
  );
  const values = valueTensor(input);
  const others = valueTensor(testElements);
  for (const { dtype } of [values, others]) {
    if (dtype.kind === "bool" || dtype.kind === "complex") {
      throw new RuntimeError(`Unsupported input type encountered for isin(): ${scalarTypeName(dtype)}`);
    }
  }
  const [known, wanted] = inCommonType(others, values);
  const among = new Set(elements(known));
  const result = allocate(Layout.contiguous(bool, values.shape));
  const array = result.storage.view(bool) as Uint8Array;
  elements(wanted).forEach((value, i) => {
    array[i] = Number((among.has(value) && !Number.isNaN(value as number)) !== invert);
  });
  return into(result, out, "isin", []);
}
