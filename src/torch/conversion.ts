// Copies in other types and orders of memory: `to`, `clone`, `contiguous`, and the casts by name.

import { bind, isOptions, type Signature } from "../core/arguments.ts";
import * as dtypes from "../core/dtype.ts";
import { DType } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { execute } from "../devices/index.ts";
import { cast, copy } from "../ops/copying.ts";
import { TensorBase } from "./base.ts";
import { convertedTo } from "./converted.ts";
import { asDtype, type DtypeLike } from "./dtypes.ts";
import { scalarTypeName } from "./errors.ts";
import {
  checkFormat,
  contiguousFormat,
  formattedLayout,
  liesIn,
  type MemoryFormat,
  preserveFormat,
  suggestedFormat,
} from "./memory-format.ts";
import { isGradEnabled, record, resolved, unwritten } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

interface FormatOptions {
  readonly memoryFormat?: MemoryFormat | null;
}

/** A copy in memory of its own; strides are kept where they have no gaps. */
export function clone(input: Tensor, options: FormatOptions = {}): Tensor {
  const format = options.memoryFormat ?? preserveFormat;
  checkFormat(input.layout, format);
  const result = unwritten(formattedLayout(input.layout, format));
  const attributes = { dtype: input.dtype, rules: "torch" } as const;
  execute(cast, [input.bits === 0 ? input : resolved(input)], [result], attributes);
  if (isGradEnabled() && input.requiresGrad) record(copy, [input], [result], undefined, "CloneBackward0");
  return result;
}

/** The tensor itself where its elements lie in row-major order (or the format's), else such a copy. */
export function contiguous(
  input: Tensor,
  ...args: Signature<[memoryFormat?: MemoryFormat], FormatOptions>
): Tensor {
  const names = ["memoryFormat"] as const;
  const { memoryFormat } = bind<Required<FormatOptions>>("contiguous", names, args, {
    memoryFormat: contiguousFormat,
  });
  const format = memoryFormat ?? contiguousFormat;
  if (liesIn(input.layout, format)) return input;
  if (format === preserveFormat) {
    throw new RuntimeError("preserve memory format is unsupported by the contiguous operator");
  }
  return clone(input, { memoryFormat: format });
}

/** True iff the elements lie in row-major order without gaps, or in that of the format. */
export function isContiguous(
  input: Tensor,
  ...args: Signature<[memoryFormat?: MemoryFormat], FormatOptions>
): boolean {
  const names = ["memoryFormat"] as const;
  const { memoryFormat } = bind<Required<FormatOptions>>("is_contiguous", names, args, {
    memoryFormat: contiguousFormat,
  });
  return liesIn(input.layout, memoryFormat ?? contiguousFormat);
}

interface ToOptions extends FormatOptions {
  readonly dtype?: DtypeLike | null;
  readonly device?: string | null;
  readonly other?: Tensor | null;
  readonly nonBlocking?: boolean;
  /** A copy although nothing changes. */
  readonly copy?: boolean;
}

type ToArguments = readonly (DtypeLike | Tensor | boolean | null | undefined | ToOptions)[];

/**
 * The values as another type or in another order of memory; the tensor itself where nothing changes. Takes a type, a
 * device ("cpu"), or a tensor whose type is meant.
 */
export function to(input: Tensor, ...args: ToArguments): Tensor {
  const options = toOptions(args);
  const dtype = options.dtype ?? input.dtype;
  const format = options.memoryFormat ?? preserveFormat;
  const keepsFormat = format === preserveFormat || suggestedFormat(input.layout) === format;
  if (dtype === input.dtype && keepsFormat && !options.copy) return input;
  return convertedTo(input, dtype, format);
}

interface ToRequest {
  readonly dtype: DType | undefined;
  readonly memoryFormat: MemoryFormat | undefined;
  readonly copy: boolean;
}

function toOptions(args: ToArguments): ToRequest {
  const last = args.at(-1);
  const named: ToOptions = isOptions(last) ? (last as ToOptions) : {};
  let dtype = named.dtype ?? named.other?.dtype;
  const flags: boolean[] = [];
  for (const arg of args) {
    if (arg instanceof TensorBase) dtype = arg.layout.dtype;
    else if (arg instanceof DType) dtype = arg;
    else if (typeof arg === "boolean") flags.push(arg);
    else if (typeof arg === "string" && !isDevice(arg)) dtype = arg;
  }
  if (named.device !== undefined && named.device !== null) isDevice(named.device);
  return {
    dtype: dtype === undefined || dtype === null ? undefined : asDtype(dtype),
    memoryFormat: named.memoryFormat ?? undefined,
    copy: named.copy ?? flags[1] ?? false,
  };
}

/** True for the device that there is. @throws RuntimeError for one that there is not */
function isDevice(name: string): boolean {
  if (/^(cuda|mps|xpu|meta)(:\d+)?$/.test(name)) {
    throw new RuntimeError(
      `device "${name}" is not available: tensors are in the memory of the process ("cpu")`,
    );
  }
  return /^cpu(:0)?$/.test(name);
}

/** As float32. */
export function float(input: Tensor, options: FormatOptions = {}): Tensor {
  return to(input, dtypes.float32, options);
}

/** As float64. */
export function double(input: Tensor, options: FormatOptions = {}): Tensor {
  return to(input, dtypes.float64, options);
}

/** As float16. */
export function half(input: Tensor, options: FormatOptions = {}): Tensor {
  return to(input, dtypes.float16, options);
}

/** As bfloat16. */
export function bfloat16(input: Tensor, options: FormatOptions = {}): Tensor {
  return to(input, dtypes.bfloat16, options);
}

/** As int64. */
export function long(input: Tensor, options: FormatOptions = {}): Tensor {
  return to(input, dtypes.int64, options);
}

/** As int32. */
export function int(input: Tensor, options: FormatOptions = {}): Tensor {
  return to(input, dtypes.int32, options);
}

/** As int16. */
export function short(input: Tensor, options: FormatOptions = {}): Tensor {
  return to(input, dtypes.int16, options);
}

/** As int8. */
export function char(input: Tensor, options: FormatOptions = {}): Tensor {
  return to(input, dtypes.int8, options);
}

/** As uint8. */
export function byte(input: Tensor, options: FormatOptions = {}): Tensor {
  return to(input, dtypes.uint8, options);
}

/** As bool: true iff not 0. */
export function bool(input: Tensor, options: FormatOptions = {}): Tensor {
  return to(input, dtypes.bool, options);
}

/** As complex64. */
export function cfloat(input: Tensor, options: FormatOptions = {}): Tensor {
  return to(input, dtypes.complex64, options);
}

/** As complex128. */
export function cdouble(input: Tensor, options: FormatOptions = {}): Tensor {
  return to(input, dtypes.complex128, options);
}

/** A constructor that stands for a type: `torch.FloatTensor`. */
type TypedConstructor = () => Tensor;

/** As the type given; without one the name of the tensor's type, as `torch.FloatTensor`. */
export function type(input: Tensor, dtype?: DtypeLike | TypedConstructor): Tensor | string {
  if (dtype === undefined) return `torch.${scalarTypeName(input.dtype)}Tensor`;
  return to(input, typeof dtype === "function" ? dtype().dtype : asDtype(dtype));
}

/** The tensor itself: there are no sparse ones. */
export function toDense(input: Tensor): Tensor {
  return input;
}

/** In another tensor's type. */
export function typeAs(input: Tensor, other: Tensor): Tensor {
  return to(input, other.dtype);
}

/** In the memory of the process, where it is. */
export function cpu(input: Tensor): Tensor {
  return input;
}
