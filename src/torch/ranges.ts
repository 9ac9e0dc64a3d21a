// Ranges: arange, linspace, logspace (ATen/native/RangeFactories.cpp, ATen/native/cpu/RangeFactoriesKernel.cpp).

import { bind, isOptions } from "../core/arguments.ts";
import { type DType, float32, int64 } from "../core/dtype.ts";
import { type Complex, type Scalar, toComplex, toNumber } from "../core/elements.ts";
import { RuntimeError, ValueError } from "../core/errors.ts";
import type { PyFloat } from "../core/python.ts";
import { TensorBase } from "./base.ts";
import { generated } from "./creation.ts";
import { type CreationOptions, dtypeOr, finish } from "./creation-options.ts";
import { functionMode } from "./function-mode.ts";
import { into } from "./in-place.ts";
import {
  getDefaultDtype,
  plainScalar,
  promoteTypes,
  type ScalarLike,
  scalarType,
  toComplexType,
} from "./promotion.ts";
import { lacks, type Refusals, refusals, refuse } from "./refusals.ts";
import { isOperand, scalarOfTensor } from "./sequences.ts";
import type { Tensor } from "./tensor.ts";
import { combinationError } from "./tensor-arguments.ts";

/** A number, or a tensor of one. */
type End = ScalarLike | Tensor;

interface RangeOptions extends CreationOptions {
  readonly start?: End;
  readonly end?: End;
  readonly step?: End;
}

const arangeRefusals: Refusals = refusals(lacks("arange_cpu", "bool", "complex"));

/** As C++ prints a bound. */
function boundText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return Number.isFinite(value) ? String(value) : value > 0 ? "inf" : "-inf";
}

/** How many numbers a range has. */
function rangeLength(from: number, to: number, by: number, dtype: DType): number {
  if (by === 0) throw new RuntimeError("step must be nonzero");
  if (!Number.isFinite(from) || !Number.isFinite(to)) {
    throw new RuntimeError(`unsupported range: ${boundText(from)} -> ${boundText(to)}`);
  }
  if ((by > 0 && to < from) || (by < 0 && to > from)) {
    throw new RuntimeError("upper bound and lower bound inconsistent with step sign");
  }
  if (dtype !== int64) return Math.max(Math.ceil((to - from) / by), 0);
  // 64-bit integers are counted in whole numbers.
  const step = Math.trunc(by);
  if (step === 0) throw new ValueError("step must be nonzero");
  return Math.max(Math.ceil((Math.trunc(to) - Math.trunc(from)) / step), 0);
}

/**
 * Numbers from `start` to before `end`, `step` apart: integers when all three are.
 * @throws RuntimeError for a step of 0 or in the wrong direction, and for a range without end
 */
export function arange(...args: readonly (End | RangeOptions)[]): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.arange", arange, args);
  const last = args.at(-1);
  const options: RangeOptions = isOptions(last) && !("re" in last) ? (last as RangeOptions) : {};
  const given = (options === last ? args.slice(0, -1) : args) as readonly End[];
  const [first, second, third] = given;
  const start =
    second === undefined ? (options.start ?? (options.end === undefined ? 0 : (first ?? 0))) : first!;
  const end = second ?? options.end ?? first!;
  const step = third ?? options.step ?? 1;
  const ends = [start, end, step].map(scalarOfTensor);
  const out = options.out ?? null;
  const inferred = (): DType => [start, end, step].map(typeOfEnd).reduce(promoteTypes);
  const dtype = out === null ? dtypeOr(options, inferred()) : out.dtype;
  const [from, to, by] = ends.map((value) => toNumber(plainScalar(value))) as [number, number, number];
  const count = rangeLength(from, to, by, dtype);
  refuse(arangeRefusals, dtype);
  const [first0, step0] = dtype.isInteger ? [Math.trunc(from), Math.trunc(by)] : [from, by];
  const result = generated(dtype, count, (i) => first0 + i * step0);
  return into(finish(result, options), out, "arange", []);
}

/** The type that one end counts with: an integer's, a float's default. */
function typeOfEnd(value: End): DType {
  if (!isOperand(value)) return scalarType(value as ScalarLike);
  const { dtype } = value.layout;
  return dtype.isFloatingPoint ? getDefaultDtype() : dtype.isInteger ? int64 : dtype;
}

interface SpaceOptions extends CreationOptions {
  readonly start: End;
  readonly end: End;
  readonly steps: number;
}

interface LogspaceOptions extends SpaceOptions {
  readonly base: number | PyFloat;
}

const creationDefaults = { dtype: null, device: null, requiresGrad: false, out: null };

const ends = [
  "Tensor start, Tensor end",
  "Number start, Tensor end",
  "Tensor start, Number end",
  "Number start, Number end",
];
const creationForm =
  "*, Tensor out = None, torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, bool pin_memory = " +
  "False, bool requires_grad = False";

/** The two ends, the steps between them and the type, checked. */
function spaceOf(name: string, options: SpaceOptions, parameters: readonly string[]): Space {
  const { start, end, steps } = options;
  if (!Number.isInteger(steps)) {
    const forms = ends.map((pair) => [
      ...pair.split(", "),
      "int steps",
      ...parameters,
      ...creationForm.split(", "),
    ]);
    throw combinationError(name, [start, end, steps], forms);
  }
  const ranks = [start, end].map((value) => (value instanceof TensorBase ? value.ndim : 0));
  if (ranks.some((rank) => rank > 0)) {
    throw new RuntimeError(
      `${name} only supports 0-dimensional start and end tensors, but got start with ${ranks[0]} dimension(s) and end with ` +
        `${ranks[1]} dimension(s).`,
    );
  }
  if (steps < 0) throw new RuntimeError("number of steps must be non-negative");
  const [from, to] = [start, end].map((value) => plainScalar(scalarOfTensor(value))) as [Scalar, Scalar];
  const isComplex = typeof from === "object" || typeof to === "object";
  const inferred = isComplex ? toComplexType(getDefaultDtype()) : getDefaultDtype();
  return { from, to, steps, dtype: options.out?.dtype ?? dtypeOr(options, inferred) };
}

interface Space {
  readonly from: Scalar;
  readonly to: Scalar;
  readonly steps: number;
  readonly dtype: DType;
}

const linspaceRefusals: Refusals = refusals(lacks("linspace_cpu", "bool", "rare"));
const logspaceRefusals: Refusals = refusals(lacks("logspace_cpu", "bool", "rare"));

/** One of the numbers between two ends, counted from the nearer one, as PyTorch does it, so that both are exact. */
function placed(from: number, to: number, steps: number, dtype: DType): (i: number) => number {
  const round =
    dtype === float32 ? Math.fround : dtype.isInteger ? Math.trunc : (value: number): number => value;
  const [first, last] = [round(from), round(to)];
  if (steps === 1) return () => first;
  const step = dtype.isInteger ? (last - first) / (steps - 1) : round((last - first) / (steps - 1));
  const half = Math.floor(steps / 2);
  return (i) => (i < half ? first + step * i : last - step * (steps - 1 - i));
}

function between({ from, to, steps, dtype }: Space): (i: number) => Scalar {
  if (!dtype.isComplex) return placed(toNumber(from), toNumber(to), steps, dtype);
  const [a, b] = [toComplex(from), toComplex(to)];
  const [re, im] = [placed(a.re, b.re, steps, dtype), placed(a.im, b.im, steps, dtype)];
  return (i) => ({ re: re(i), im: im(i) });
}

type SpaceArguments = readonly (End | CreationOptions | Partial<SpaceOptions>)[];

/**
 * `steps` numbers from `start` to `end`, both included, at equal distances (`torch.linspace`).
 * @throws RuntimeError for negative steps, and ends that are no numbers
 */
export function linspace(...args: SpaceArguments): Tensor {
  const options = bind<SpaceOptions>("linspace", ["start", "end", "steps"], args, creationDefaults);
  const space = spaceOf("linspace", options, []);
  refuse(linspaceRefusals, space.dtype);
  const result = generated(space.dtype, space.steps, between(space));
  return into(finish(result, options), options.out, "linspace", []);
}

/** A number to the power of a complex one. */
function complexPower(base: number, { re, im }: Complex): Complex {
  const size = base ** re;
  const angle = im * Math.log(base);
  return { re: size * Math.cos(angle), im: size * Math.sin(angle) };
}

/** `base` to the power of `steps` numbers from `start` to `end` (`torch.logspace`). @throws as `linspace` */
export function logspace(...args: SpaceArguments): Tensor {
  const names = ["start", "end", "steps", "base"] as const;
  const options = bind<LogspaceOptions>("logspace", names, args, { ...creationDefaults, base: 10 });
  const space = spaceOf("logspace", options, ["float base = 10.0"]);
  refuse(logspaceRefusals, space.dtype);
  const base = Number(options.base);
  const exponent = between(space);
  const result = generated(space.dtype, space.steps, (i) => {
    const power = exponent(i);
    return typeof power === "object" ? complexPower(base, power) : base ** (power as number);
  });
  return into(finish(result, options), options.out, "logspace", []);
}
