// Distinct values, in the order of their size or of their runs (ATen/native/Unique.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import { elements, type Scalar } from "../core/elements.ts";
import { IndexError, NotImplementedError, RuntimeError } from "../core/errors.ts";
import type { Operation } from "../core/op.ts";
import { wrapDim } from "./dims.ts";
import { integers } from "./integers.ts";
import { lacks, type Refusals, refusals, refuse } from "./refusals.ts";
import { isGradEnabled, record } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** What `uniqueConsecutive` takes by name. */
export interface DistinctOptions {
  /** Whether to say also where each element's value is among the distinct ones. */
  readonly returnInverse?: boolean;
  /** Whether to say also how often each value occurs. */
  readonly returnCounts?: boolean;
  /** The axis along which slices are compared; null compares elements. */
  readonly dim?: number | null;
}

/** What `unique` takes by name. */
export interface UniqueOptions extends DistinctOptions {
  /** Whether the values come in rising order, which they do in any case. */
  readonly sorted?: boolean;
}

/** Elements, or the elements of slices. */
type Rows = readonly (readonly Scalar[])[];

/** Which row stands for each distinct value, and for every row which of them it is. */
interface Groups {
  readonly first: readonly number[];
  readonly inverse: readonly number[];
  readonly counts: readonly number[];
}

/** Numbers by size, NaN behind them. */
function compare(a: Scalar, b: Scalar): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function compareRows(a: readonly Scalar[], b: readonly Scalar[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compare(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}

/** Joins rows that are equal and follow one another in an order. NaN equals nothing. */
function group(rows: Rows, order: readonly number[]): Groups {
  const first: number[] = [];
  const counts: number[] = [];
  const inverse = new Array<number>(rows.length);
  for (const position of order) {
    const row = rows[position]!;
    const last = first.length === 0 ? undefined : rows[first.at(-1)!]!;
    if (last?.every((value, i) => value === row[i])) counts[counts.length - 1]!++;
    else {
      first.push(position);
      counts.push(1);
    }
    inverse[position] = first.length - 1;
  }
  return { first, inverse, counts };
}

/** The function whose result a gradient cannot go through. */
function undifferentiable(name: string, label: string): Operation<undefined> {
  return {
    name,
    label,
    promotion: "none",
    infer: (inputs) => inputs,
    gradient: () => {
      throw new NotImplementedError(`the derivative for '${name}' is not implemented.`);
    },
  };
}

interface Distinct {
  readonly order: (rows: Rows) => readonly number[];
  readonly ofElements: Operation<undefined>;
  readonly ofSlices: Operation<undefined>;
  readonly refusals: Refusals;
  readonly sliceRefusals: Refusals;
}

const bySize: Distinct = {
  order: (rows) => Array.from(rows.keys()).sort((a, b) => compareRows(rows[a]!, rows[b]!)),
  ofElements: undifferentiable("_unique2", "Unique2"),
  ofSlices: undifferentiable("unique_dim", "UniqueDim"),
  refusals: refusals(lacks("unique", "complex")),
  sliceRefusals: refusals(lacks("unique_dim", "complex")),
};

const byRuns: Distinct = {
  order: (rows) => Array.from(rows.keys()),
  ofElements: undifferentiable("unique_consecutive", "UniqueConsecutive"),
  ofSlices: undifferentiable("unique_consecutive", "UniqueConsecutive"),
  refusals: refusals(lacks("unique", "complex")),
  sliceRefusals: refusals(lacks("unique", "complex")),
};

function slicesOf(input: Tensor, dim: number): Rows {
  const axis = wrapDim(dim, input.ndim);
  if (input.ndim === 0) {
    throw new IndexError(`Dimension specified as ${dim} but tensor has no dimensions`);
  }
  const count = input.shape[axis]!;
  if (input.shape.some((length, other) => length === 0 && (other !== axis || count > 0))) {
    throw new RuntimeError(
      "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied",
    );
  }
  const values = elements(input.movedim(axis, 0));
  const width = count === 0 ? 0 : values.length / count;
  return Array.from({ length: count }, (_, i) => values.slice(i * width, (i + 1) * width));
}

function distinct(input: Tensor, kind: Distinct, options: Required<DistinctOptions>): Tensor | Tensor[] {
  const { dim, returnInverse, returnCounts } = options;
  refuse(dim === null ? kind.refusals : kind.sliceRefusals, input.dtype);
  const source = input.detach().resolveNeg();
  const rows = dim === null ? elements(source).map((value) => [value]) : slicesOf(source, dim);
  const { first, inverse, counts } = group(rows, kind.order(rows));
  const values =
    dim === null
      ? source.flatten().indexSelect(0, integers(first))
      : source.indexSelect(dim, integers(first));
  if (isGradEnabled() && input.requiresGrad) {
    record(dim === null ? kind.ofElements : kind.ofSlices, [input], [values], undefined);
  }
  if (!returnInverse && !returnCounts) return values;
  const result = [values];
  if (returnInverse) result.push(integers(inverse, dim === null ? input.shape : [inverse.length]));
  if (returnCounts) result.push(integers(counts));
  return result;
}

type UniqueArguments = Signature<
  [sorted?: boolean, returnInverse?: boolean, returnCounts?: boolean, dim?: number | null],
  UniqueOptions
>;

/**
 * The distinct values in rising order, or the distinct slices along an axis (`torch.unique`); with them, if asked,
 * for each element where its value is, and how often each value occurs. Every NaN is a value of its own.
 */
export function unique(input: Tensor, ...args: UniqueArguments): Tensor | Tensor[] {
  const names = ["sorted", "returnInverse", "returnCounts", "dim"] as const;
  const options = bind<Required<UniqueOptions>>("unique", names, args, {
    sorted: true,
    returnInverse: false,
    returnCounts: false,
    dim: null,
  });
  return distinct(input, bySize, options);
}

type ConsecutiveArguments = Signature<
  [returnInverse?: boolean, returnCounts?: boolean, dim?: number | null],
  DistinctOptions
>;

/**
 * One of each run of equal values, or of equal slices along an axis (`torch.unique_consecutive`); with them, if asked,
 * for each element to which run it belongs, and how long each run is.
 */
export function uniqueConsecutive(input: Tensor, ...args: ConsecutiveArguments): Tensor | Tensor[] {
  const names = ["returnInverse", "returnCounts", "dim"] as const;
  const options = bind<Required<DistinctOptions>>("unique_consecutive", names, args, {
    returnInverse: false,
    returnCounts: false,
    dim: null,
  });
  return distinct(input, byRuns, options);
}
