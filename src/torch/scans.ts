// Running sums, products and extremes along an axis.

import { bind, type Signature } from "../core/arguments.ts";
import type { Operation } from "../core/op.ts";
import * as ops from "../ops/scans.ts";
import { wrapDim } from "./dims.ts";
import type { DtypeLike } from "./dtypes.ts";
import { sumType, type ValuesIndices, valuesIndices } from "./reduction-arguments.ts";
import { lacks, refusals, refuse } from "./refusals.ts";
import { run, runAll } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** What running sums and products take by name. */
export interface ScanOptions {
  readonly dim?: number;
  readonly dtype?: DtypeLike | null;
}

type ScanArguments = Signature<[dim: number], ScanOptions>;

function scan(
  input: Tensor,
  name: string,
  operation: Operation<ops.ScanAttributes>,
  args: readonly unknown[],
): Tensor {
  const { dim, dtype } = bind<Required<ScanOptions>>(name, ["dim"], args, { dtype: null });
  const axis = wrapDim(dim, input.ndim);
  const source = input.to(sumType(input, dtype));
  if (input.ndim === 0) {
    const result = run(operation, [source.unsqueeze(0)], { axis: 0 }).squeeze(0);
    result.base = null;
    return result;
  }
  // PyTorch begins with 0 (or 1), so that a first -0 becomes 0.
  const begun = source.dtype.isInteger ? source : source.add(0);
  return run(operation, [begun], { axis });
}

/** Running sums. */
export function cumsum(input: Tensor, ...args: ScanArguments): Tensor {
  return scan(input, "cumsum", ops.cumsum, args);
}

/** Running products. */
export function cumprod(input: Tensor, ...args: ScanArguments): Tensor {
  return scan(input, "cumprod", ops.cumprod, args);
}

function extremes(
  input: Tensor,
  dim: number,
  name: string,
  operation: Operation<ops.AxisAttributes>,
): ValuesIndices {
  refuse(refusals(lacks(`${name}_cpu`, "rare", "complex")), input.dtype);
  const axis = wrapDim(dim, input.ndim);
  const whole = input.ndim === 0 ? input.unsqueeze(0) : input;
  const [values, indices] = runAll(operation, [whole], { axis }) as [Tensor, Tensor];
  return input.ndim === 0
    ? valuesIndices(values.squeeze(0), indices.squeeze(0))
    : valuesIndices(values, indices);
}

/** The largest so far along an axis, and where it was. */
export function cummax(input: Tensor, dim: number): ValuesIndices {
  return extremes(input, dim, "cummax", ops.cummax);
}

/** The smallest so far along an axis, and where it was. */
export function cummin(input: Tensor, dim: number): ValuesIndices {
  return extremes(input, dim, "cummin", ops.cummin);
}
