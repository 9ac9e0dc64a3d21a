// What reductions share: their arguments, the type of a sum, and pairs of values and positions.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, type DType, int64 } from "../core/dtype.ts";
import { asDtype, type DtypeLike } from "./dtypes.ts";
import { storeOut } from "./in-place.ts";
import { namedResults } from "./named-results.ts";
import type { Tensor } from "./tensor.ts";

/** One axis, several, or null for all. */
export type Dims = number | readonly number[] | null;

/** What reductions take by name. */
export interface ReductionOptions {
  readonly dim?: Dims;
  readonly keepdim?: boolean;
  readonly dtype?: DtypeLike | null;
  readonly out?: Tensor | null;
}

/** What reductions take behind the tensor. */
export type ReductionArguments = Signature<[dim?: Dims, keepdim?: boolean], ReductionOptions>;

const wholeReduction: Required<ReductionOptions> = { dim: null, keepdim: false, dtype: null, out: null };

/** The arguments of a call, with their defaults. */
export function reductionArguments(name: string, args: readonly unknown[]): Required<ReductionOptions> {
  if (args.length === 0) return wholeReduction;
  return bind<Required<ReductionOptions>>(name, ["dim", "keepdim"], args, {
    dim: null,
    keepdim: false,
    dtype: null,
    out: null,
  });
}

/** The type of a sum: the one given, int64 for integers and bool, else the tensor's. */
export function sumType(input: Tensor, dtype: DtypeLike | null): DType {
  if (dtype !== null) return asDtype(dtype);
  return input.dtype.isInteger || input.dtype === bool ? int64 : input.dtype;
}

/** Values and their positions, as a pair and by name. */
export type ValuesIndices = readonly [values: Tensor, indices: Tensor] & {
  readonly values: Tensor;
  readonly indices: Tensor;
};

/** The pair of values and positions. */
export function valuesIndices(values: Tensor, indices: Tensor): ValuesIndices {
  return namedResults(["values", "indices"], [values, indices]) as ValuesIndices;
}

/** Where a pair of values and positions is stored (`out=`). */
export type PairOut = readonly Tensor[] | null;

/** A pair of values and positions, or `out` with it where that is given. @param name PyTorch's name of the function */
export function intoPair(result: ValuesIndices, out: PairOut, name: string, input: Tensor): ValuesIndices {
  if (out === null) return result;
  const [values, indices] = result.map((each, i) => storeOut(out[i]!, each, name, [input])) as [
    Tensor,
    Tensor,
  ];
  return valuesIndices(values, indices);
}
