// `torch.testing.make_tensor`: tensors of random contents, drawn as PyTorch draws them.

import { bind, isOptions } from "../core/arguments.ts";
import type { DType } from "../core/dtype.ts";
import { bool, int64 } from "../core/dtype.ts";
import { ValueError } from "../core/errors.ts";
import type { Shape } from "../core/layout.ts";
import { empty } from "./creation.ts";
import { finfo, iinfo } from "./limits.ts";
import { dtypeRepr } from "./print.ts";
import { randint } from "./random.ts";
import { viewAsReal } from "./reshaping.ts";
import type { Tensor } from "./tensor.ts";

/** What `makeTensor` takes by name. */
export interface MakeTensorOptions {
  readonly dtype: DType;
  readonly device?: string;
  /** The least value; -9, and 0 of bool, where it is left out. */
  readonly low?: number | null;
  /** What every value is below: 9, of integers 10, of bool 2. */
  readonly high?: number | null;
  readonly requiresGrad?: boolean;
  readonly noncontiguous?: boolean;
  readonly excludeZero?: boolean;
}

interface Bounds {
  readonly least: number;
  readonly limit: number;
  readonly low: number;
  readonly high: number;
}

function boundsOf(dtype: DType): Bounds {
  if (dtype === bool) return { least: 0, limit: 2, low: 0, high: 2 };
  if (dtype.isInteger) {
    const { min, max } = iinfo(dtype);
    return { least: Number(min), limit: Number(max) + (dtype === int64 ? 0 : 1), low: -9, high: 10 };
  }
  const { min, max } = finfo(dtype);
  return { least: min, limit: max, low: -9, high: 9 };
}

/** The bounds asked for, inside those of the type. @throws ValueError */
function rangeOf(dtype: DType, given: MakeTensorOptions): readonly [number, number] {
  const { least, limit, ...own } = boundsOf(dtype);
  const [low, high] = [given.low ?? own.low, given.high ?? own.high];
  if (Number.isNaN(low) || Number.isNaN(high)) {
    throw new ValueError(`\`low\` and \`high\` cannot be NaN, but got low=${low} and high=${high}`);
  }
  if (low >= high) throw new ValueError(`\`low\` must be less than \`high\`, but got ${low} >= ${high}`);
  if (high < least || low >= limit) {
    throw new ValueError(
      `The value interval specified by \`low\` and \`high\` is [${low}, ${high}), but ${dtypeRepr(dtype)} only supports [${least}, ${limit})`,
    );
  }
  const inside = (value: number): number => Math.min(Math.max(value, least), limit);
  const isWhole = dtype === bool || dtype.isInteger;
  return isWhole ? [Math.ceil(inside(low)), Math.ceil(inside(high))] : [inside(low), inside(high)];
}

/**
 * A tensor of that shape and type with random contents (`torch.testing.make_tensor`): `makeTensor(2, 3, { dtype })`.
 * @throws ValueError
 */
export function makeTensor(...args: readonly (number | Shape | MakeTensorOptions)[]): Tensor {
  const last = args.at(-1);
  const options = bind<MakeTensorOptions>("make_tensor", ["dtype"], [isOptions(last) ? last : {}], {
    device: "cpu",
    low: null,
    high: null,
    requiresGrad: false,
    noncontiguous: false,
    excludeZero: false,
  });
  const { dtype } = options;
  const shape = (isOptions(last) ? args.slice(0, -1) : args).flat() as number[];
  const isWhole = dtype === bool || dtype.isInteger;
  if (options.requiresGrad === true && isWhole) {
    throw new ValueError(
      `\`requires_grad=True\` is not supported for boolean and integral dtypes, but got dtype=${dtypeRepr(dtype)}`,
    );
  }
  const isSpread = options.noncontiguous === true && shape.reduce((n, length) => n * length, 1) > 1;
  const full = isSpread ? [...shape.slice(0, -1), 2 * shape.at(-1)!] : shape;
  const [low, high] = rangeOf(dtype, options);
  let result: Tensor;
  if (isWhole) result = randint(low, high, full, { dtype });
  else {
    result = empty(full, { dtype });
    const parts = dtype.isComplex ? viewAsReal(result) : result;
    if (high - low >= finfo(dtype).max) parts.uniform_(low / 2, high / 2).mul_(2);
    else parts.uniform_(low, high);
  }
  if (isSpread) result = result.at("...", "1::2");
  if (options.excludeZero === true) result.set([result.eq(0)], isWhole ? 1 : finfo(dtype).tiny);
  return options.requiresGrad === true ? result.requiresGrad_(true) : result;
}
