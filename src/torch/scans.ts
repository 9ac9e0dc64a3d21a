// Running sums, products and extremes along an axis.

import { bind, type Signature } from "../core/arguments.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Operation } from "../core/op.ts";
import * as ops from "../ops/scans.ts";
import { wrapDim } from "./dims.ts";
import { asDtype, type DtypeLike } from "./dtypes.ts";
import type { OutOptions } from "./elementwise.ts";
import { cTypeName } from "./errors.ts";
import { into } from "./in-place.ts";
import { named } from "./node.ts";
import { intoPair, type PairOut, sumType, type ValuesIndices, valuesIndices } from "./reduction-arguments.ts";
import { lacks, type Refusals, refusals, refuse } from "./refusals.ts";
import { replaced } from "./replacing.ts";
import { run, runAll } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** What running sums and products take by name. */
export interface ScanOptions extends OutOptions {
  readonly dim?: number;
  readonly dtype?: DtypeLike | null;
}

type ScanArguments = Signature<[dim: number], ScanOptions>;

interface Scan {
  readonly name: string;
  readonly label: string;
  readonly operation: Operation<ops.ScanAttributes>;
}

const sums: Scan = { name: "cumsum", label: "CumsumBackward0", operation: ops.cumsum };
const products: Scan = { name: "cumprod", label: "CumprodBackward0", operation: ops.cumprod };

function scanArguments({ name }: Scan, args: readonly unknown[]): Required<ScanOptions> {
  return bind<Required<ScanOptions>>(name, ["dim"], args, { dtype: null, out: null });
}

/** Runs a scan over a tensor of at least one axis. */
function along(input: Tensor, dim: number, operation: Operation<ops.ScanAttributes>, label: string): Tensor {
  const axis = wrapDim(dim, input.ndim);
  if (input.ndim > 0) return run(operation, [input], { axis }, label);
  const result = run(operation, [input.unsqueeze(0)], { axis: 0 }).squeeze(0);
  result.base = null;
  return named(result, label);
}

function scanned(input: Tensor, scan: Scan, { dim, dtype }: Required<ScanOptions>): Tensor {
  const source = input.to(sumType(input, dtype));
  // PyTorch begins with 0 (or 1), so that a first -0 becomes 0.
  const begun = source.dtype.isInteger || input.ndim === 0 ? source : source.add(0);
  return along(begun, dim, scan.operation, scan.label);
}

const inPlaceRefusals = (name: string): Refusals => refusals(lacks(`${name}_out_cpu`, "bool"));

function scannedInPlace(input: Tensor, scan: Scan, args: readonly unknown[]): Tensor {
  const bound = scanArguments(scan, args);
  refuse(inPlaceRefusals(scan.name), input.dtype);
  if (bound.dtype !== null && asDtype(bound.dtype) !== input.dtype) {
    throw new RuntimeError(
      `Bad in-place call: input tensor dtype ${cTypeName(input.dtype)} and output tensor dtype ` +
        `${cTypeName(asDtype(bound.dtype))} should match`,
    );
  }
  return replaced(input, [], (before) => scanned(before, scan, bound));
}

/** Running sums. */
export function cumsum(input: Tensor, ...args: ScanArguments): Tensor {
  const bound = scanArguments(sums, args);
  return into(scanned(input, sums, bound), bound.out, "cumsum", [input]);
}

/** `cumsum` in place. */
export function cumsum_(input: Tensor, ...args: ScanArguments): Tensor {
  return scannedInPlace(input, sums, args);
}

/** Running products. */
export function cumprod(input: Tensor, ...args: ScanArguments): Tensor {
  const bound = scanArguments(products, args);
  return into(scanned(input, products, bound), bound.out, "cumprod", [input]);
}

/** `cumprod` in place. */
export function cumprod_(input: Tensor, ...args: ScanArguments): Tensor {
  return scannedInPlace(input, products, args);
}

const exponentialRefusals: Refusals = refusals(lacks("logcumsumexp_out_cpu", "bool", "rare", "whole"));

interface DimOptions extends OutOptions {
  readonly dim: number;
}

/** Logarithms of running sums of exponentials, without overflow (`torch.logcumsumexp`). */
export function logcumsumexp(input: Tensor, ...args: Signature<[dim: number], DimOptions>): Tensor {
  const { dim, out } = bind<Required<DimOptions>>("logcumsumexp", ["dim"], args, { out: null });
  wrapDim(dim, input.ndim);
  refuse(exponentialRefusals, input.dtype);
  return into(along(input, dim, ops.logcumsumexp, "LogcumsumexpBackward0"), out, "logcumsumexp", [input]);
}

interface ExtremeOptions {
  readonly dim: number;
  readonly out?: PairOut;
}

function extremes(
  input: Tensor,
  args: readonly unknown[],
  name: string,
  operation: Operation<ops.AxisAttributes>,
): ValuesIndices {
  const { dim, out } = bind<Required<ExtremeOptions>>(name, ["dim"], args, { out: null });
  return intoPair(extremesAlong(input, dim, name, operation), out, name, input);
}

function extremesAlong(
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

type ExtremeArguments = Signature<[dim: number], ExtremeOptions>;

/** The largest so far along an axis, and where it was. */
export function cummax(input: Tensor, ...args: ExtremeArguments): ValuesIndices {
  return extremes(input, args, "cummax", ops.cummax);
}

/** The smallest so far along an axis, and where it was. */
export function cummin(input: Tensor, ...args: ExtremeArguments): ValuesIndices {
  return extremes(input, args, "cummin", ops.cummin);
}
