// Softmax, its logarithm and log-sum-exp.

import { bind, onlyArgument, type Signature } from "../core/arguments.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Operation } from "../core/op.ts";
import * as softmaxes from "../ops/softmax.ts";
import { reductionAxes, wrapDim } from "./dims.ts";
import { asDtype, type DtypeLike } from "./dtypes.ts";
import type { OutOptions } from "./elementwise.ts";
import { shapeText } from "./errors.ts";
import { inFloat32 } from "./half.ts";
import { into } from "./in-place.ts";
import { named } from "./node.ts";
import { getDefaultDtype } from "./promotion.ts";
import type { Dims } from "./reduction-arguments.ts";
import { amax, sum } from "./reductions.ts";
import { lacks, refusals, refuse } from "./refusals.ts";
import { run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

interface LogsumexpOptions extends OutOptions {
  readonly dim: Dims;
  readonly keepdim?: boolean;
}

/** log(sum(exp(x))) along axes, safe from overflow. */
export function logsumexp(
  input: Tensor,
  ...args: Signature<[dim: Dims, keepdim?: boolean], LogsumexpOptions>
): Tensor {
  const names = ["dim", "keepdim"] as const;
  const { dim, keepdim, out } = bind<Required<LogsumexpOptions>>("logsumexp", names, args, {
    keepdim: false,
    out: null,
  });
  const source = input.dtype.isFloatingPoint || input.dtype.isComplex ? input : input.to(getDefaultDtype());
  const axes = reductionAxes(dim, input.ndim);
  if (typeof dim === "object" && dim?.length === 0 && !keepdim && input.ndim > 0) {
    const ones = axes.map(() => 1);
    throw new RuntimeError(`output with shape [] doesn't match the broadcast shape ${shapeText(ones)}`);
  }
  const result = inFloat32([source], (wide) => logOfSum(wide, axes, keepdim));
  return into(named(result, "LogsumexpBackward0"), out, "logsumexp", [input]);
}

function logOfSum(source: Tensor, axes: readonly number[], keepdim: boolean): Tensor {
  if (source.layout.size === 0) return sum(source.exp(), axes, keepdim).log();
  const real = source.dtype.isComplex ? source.real : source;
  const highest = amax(real.detach(), axes, true);
  const shift = highest.maskedFill(highest.isinf(), 0);
  const total = sum(source.sub(shift).exp(), axes, true).log().add(shift);
  return keepdim ? total : total.squeeze(axes);
}

/** What `softmax` and `logSoftmax` take by name. */
export interface SoftmaxOptions extends OutOptions {
  readonly dim?: number;
  readonly dtype?: DtypeLike | null;
}

function alongAxis(
  input: Tensor,
  name: string,
  operation: Operation<{ readonly axis: number }>,
  args: readonly unknown[],
): Tensor {
  const only = onlyArgument("dim", args);
  if (typeof only === "number" && input.dtype.isFloatingPoint && input.ndim > 0) {
    return run(operation, [input], { axis: wrapDim(only, input.ndim) });
  }
  type Bound = Required<SoftmaxOptions>;
  const { dim, dtype, out } = bind<Bound>(name, ["dim"], args, { dtype: null, out: null });
  return into(along(input, name, operation, dim, dtype), out, name, [input]);
}

function along(
  input: Tensor,
  name: string,
  operation: Operation<{ readonly axis: number }>,
  dim: number,
  dtype: DtypeLike | null,
): Tensor {
  const source = dtype === null ? input : input.to(asDtype(dtype));
  const axis = wrapDim(dim, input.ndim);
  if (!source.dtype.isFloatingPoint) {
    const kernel = axis === input.ndim - 1 ? `${name}_lastdim_kernel_impl` : `${name}_kernel_impl`;
    refuse(refusals(lacks(kernel, "bool", "rare", "whole", "complex")), source.dtype);
  }
  if (source.ndim === 0) return run(operation, [source.unsqueeze(0)], { axis: 0 }).squeeze(0);
  return run(operation, [source], { axis });
}

/** exp(x) / sum(exp(x)) along an axis. */
export function softmax(input: Tensor, ...args: Signature<[dim: number], SoftmaxOptions>): Tensor {
  return alongAxis(input, "softmax", softmaxes.softmax, args);
}

/** log(softmax(x)) along an axis. */
export function logSoftmax(input: Tensor, ...args: Signature<[dim: number], SoftmaxOptions>): Tensor {
  return alongAxis(input, "log_softmax", softmaxes.logSoftmax, args);
}
