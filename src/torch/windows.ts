// Windows: torch.hann_window and its like (ATen/native/TensorFactories.cpp). Each weight is reckoned in double
// precision and rounded once.

import { bind, type Signature } from "../core/arguments.ts";
import { type DType, float32, float64 } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { besselI0 } from "../devices/reference/bessel-functions.ts";
import { generated } from "./creation.ts";
import { type CreationOptions, dtypeOr, finish } from "./creation-options.ts";
import { cTypeName } from "./errors.ts";
import { finfo } from "./limits.ts";
import { getDefaultDtype } from "./promotion.ts";
import { lacks, type Refusals, refusals, refuse } from "./refusals.ts";
import type { Tensor } from "./tensor.ts";

/** What a window function takes by name. */
export interface WindowOptions extends CreationOptions {
  /** Whether the window is the beginning of one that is longer by one, as a periodic signal has it. */
  readonly periodic?: boolean;
}

interface CosineOptions extends WindowOptions {
  readonly alpha?: number;
  readonly beta?: number;
}

type Bound = Required<CosineOptions>;

const windowRefusals: Refusals = refusals(lacks("arange_cpu", "complex"));

const defaults: Omit<Bound, "alpha" | "beta"> = {
  periodic: true,
  dtype: null,
  device: null,
  requiresGrad: false,
  out: null,
};

/**
 * Kaiser's weights, `across` being the place from -1 to 1: I0 of beta times a half circle, divided by I0 of beta.
 * PyTorch reckons I0 as exp(x) times a series in the window's type: where exp(x) is too large for that, it is infinite.
 */
export function kaiserWeight(beta: number, dtype: DType): (across: number) => number {
  const largest = Math.log(dtype === float64 ? Number.MAX_VALUE : finfo(float32).max);
  const value = (x: number): number => (x > largest ? Number.POSITIVE_INFINITY : besselI0(x));
  const height = value(beta);
  return (across) => value(beta * Math.sqrt(Math.max(1 - across * across, 0))) / height;
}

/** Makes a window of `count` weights, `place` being where each lies: from 0 to 1. */
function windowed(
  name: string,
  count: number,
  bound: Omit<Bound, "alpha" | "beta">,
  weight: (place: number) => number,
): Tensor {
  const dtype = dtypeOr(bound, getDefaultDtype());
  if (!dtype.isFloatingPoint && !dtype.isComplex) {
    throw new RuntimeError(
      `${name} expects floating point dtypes, got: TensorOptions(dtype=${cTypeName(dtype)}, device=cpu, ` +
        "layout=Strided (default), requires_grad=false (default), pinned_memory=false, memory_format=(nullopt))",
    );
  }
  if (count < 0)
    throw new RuntimeError(`${name} requires non-negative window_length, got window_length=${count}`);
  if (count > 1) refuse(windowRefusals, dtype);
  const last = bound.periodic ? count : count - 1;
  const result = generated(dtype, count, (i) => (count === 1 ? 1 : weight(i / last)));
  return finish(result, bound);
}

type WindowFunction = (
  windowLength: number,
  ...args: Signature<[periodic?: boolean], WindowOptions>
) => Tensor;

function windowFunction(name: string, weight: (place: number) => number): WindowFunction {
  return (windowLength, ...args) => {
    const bound = bind<typeof defaults>(name, ["periodic"], args, defaults);
    return windowed(name, windowLength, bound, weight);
  };
}

const turn = 2 * Math.PI;

/** Half a cosine wave up and down again, from 0 (torch.hann_window). */
export const hannWindow: WindowFunction = windowFunction(
  "hann_window",
  (place) => 0.5 - 0.5 * Math.cos(turn * place),
);

/** A triangle (torch.bartlett_window). */
export const bartlettWindow: WindowFunction = windowFunction(
  "bartlett_window",
  (place) => 1 - Math.abs(2 * place - 1),
);

/** 0.42 - 0.5 cos + 0.08 cos of twice the angle (torch.blackman_window). */
export const blackmanWindow: WindowFunction = windowFunction(
  "blackman_window",
  (place) => 0.42 - 0.5 * Math.cos(turn * place) + 0.08 * Math.cos(2 * turn * place),
);

/** alpha - beta cos (torch.hamming_window). */
export function hammingWindow(
  windowLength: number,
  ...args: Signature<[periodic?: boolean, alpha?: number, beta?: number], CosineOptions>
): Tensor {
  const bound = bind<Bound>("hamming_window", ["periodic", "alpha", "beta"], args, {
    ...defaults,
    alpha: 0.54,
    beta: 0.46,
  });
  const [alpha, beta] = [Number(bound.alpha), Number(bound.beta)];
  return windowed("hamming_window", windowLength, bound, (place) => alpha - beta * Math.cos(turn * place));
}

interface KaiserOptions extends WindowOptions {
  readonly beta?: number;
}

/** I0 of beta times a half circle, divided by I0 of beta (torch.kaiser_window). */
export function kaiserWindow(
  windowLength: number,
  ...args: Signature<[periodic?: boolean, beta?: number], KaiserOptions>
): Tensor {
  const bound = bind<Omit<Bound, "alpha">>("kaiser_window", ["periodic", "beta"], args, {
    ...defaults,
    beta: 12,
  });
  const weight = kaiserWeight(Number(bound.beta), dtypeOr(bound, getDefaultDtype()));
  return windowed("kaiser_window", windowLength, bound, (place) => weight(2 * place - 1));
}
