// torch.signal.windows (torch/signal/windows/windows.py). Each weight is reckoned in double precision and rounded once.

import { bind } from "../core/arguments.ts";
import { float32, float64 } from "../core/dtype.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { generated } from "./creation.ts";
import { type CreationOptions, dtypeOr, finish } from "./creation-options.ts";
import { settingText } from "./nn/text.ts";
import { dtypeRepr } from "./print.ts";
import { getDefaultDtype } from "./promotion.ts";
import type { Tensor } from "./tensor.ts";
import { kaiserWeight } from "./windows.ts";

/** What every window takes by name. */
export interface SignalWindowOptions extends CreationOptions {
  /** Whether the window is symmetric, for filters, or the beginning of one that is longer by one, for spectra. */
  readonly sym?: boolean;
}

/** A window of M weights. */
export type SignalWindow<Options = object> = (M: number, options?: SignalWindowOptions & Options) => Tensor;

type Bound = Required<SignalWindowOptions> & { readonly M: number };

const defaults: Required<SignalWindowOptions> = {
  sym: true,
  dtype: null,
  device: null,
  requiresGrad: false,
  out: null,
};

/** Reads the arguments: M alone may be given by position. */
function read<Options extends object>(
  name: string,
  args: readonly unknown[],
  own: Partial<Options>,
): Bound & Options {
  return bind<Bound & Options>(name, ["M"], args, { ...defaults, ...own } as Partial<Bound & Options>);
}

/** @throws ValueError for a negative length, and for a type other than float32 and float64 */
function check(name: string, bound: Bound): void {
  if (bound.M < 0)
    throw new ValueError(`${name} requires non-negative window length, got M=${settingText(bound.M)}`);
  const dtype = dtypeOr(bound, getDefaultDtype());
  if (dtype !== float32 && dtype !== float64)
    throw new ValueError(`${name} expects float32 or float64 dtypes, got: ${dtypeRepr(dtype)}`);
}

function made(bound: Bound, weight: (i: number) => number): Tensor {
  const dtype = dtypeOr(bound, getDefaultDtype());
  return finish(generated(dtype, bound.M, weight), bound);
}

/** How far it is from the first weight to the last one of the symmetric window that this one is, or begins. */
function spanOf({ M, sym }: Bound): number {
  return sym ? M - 1 : M;
}

interface CosinesOptions {
  readonly a: readonly number[];
}

/** The sum of (-1)^k a[k] cos(k x), x going once round the circle. */
function cosines(bound: Bound & CosinesOptions): Tensor {
  check("general_cosine", bound);
  const { M } = bound;
  if (M < 2) return made(bound, () => 1);
  if (!Array.isArray(bound.a)) throw new PythonTypeError("Coefficients must be a list/tuple");
  if (bound.a.length === 0) throw new ValueError("Coefficients cannot be empty");
  const step = (2 * Math.PI) / spanOf(bound);
  return made(bound, (i) =>
    bound.a.reduce((sum, each, k) => sum + (k % 2 === 0 ? 1 : -1) * each * Math.cos(k * i * step), 0),
  );
}

/** A sum of cosines with coefficients of one's own. */
export const generalCosine: (M: number, options: SignalWindowOptions & CosinesOptions) => Tensor = (
  ...args
) => {
  const bound = read<{ readonly a: readonly number[] | undefined }>("general_cosine", args, { a: undefined });
  const { a } = bound;
  if (a === undefined)
    throw new PythonTypeError("general_cosine() missing 1 required keyword-only argument: 'a'");
  return cosines({ ...bound, a });
};

function fixed(name: string, a: readonly number[]): SignalWindow {
  return (...args) => cosines({ ...read(name, args, {}), a });
}

interface HammingOptions {
  readonly alpha?: number;
}

/** alpha - (1 - alpha) cos. */
export const generalHamming: SignalWindow<HammingOptions> = (...args) => {
  const bound = read<Required<HammingOptions>>("general_hamming", args, { alpha: 0.54 });
  const alpha = Number(bound.alpha);
  return cosines({ ...bound, a: [alpha, 1 - alpha] });
};

/** 0.54 - 0.46 cos. */
export const hamming: SignalWindow = fixed("hamming", [0.54, 1 - 0.54]);
/** (1 - cos) / 2. */
export const hann: SignalWindow = fixed("hann", [0.5, 0.5]);
/** Nuttall's, of four cosines. */
export const nuttall: SignalWindow = fixed("nuttall", [0.3635819, 0.4891775, 0.1365995, 0.0106411]);
/** Blackman's, of three cosines. */
export const blackman: SignalWindow = (...args) => {
  const bound = read("blackman", args, {});
  check("blackman", bound);
  return cosines({ ...bound, a: [0.42, 0.5, 0.08] });
};

/** A triangle. */
export const bartlett: SignalWindow = (...args) => {
  const bound = read("bartlett", args, {});
  check("bartlett", bound);
  if (bound.M < 2) return made(bound, () => 1);
  return made(bound, (i) => 1 - Math.abs((2 * i) / spanOf(bound) - 1));
};

/** Half a sine wave. */
export const cosine: SignalWindow = (...args) => {
  const bound = read("cosine", args, {});
  check("cosine", bound);
  const step = Math.PI / (!bound.sym && bound.M > 1 ? bound.M + 1 : bound.M);
  return made(bound, (i) => Math.sin((i + 0.5) * step));
};

interface ExponentialOptions {
  /** Where the highest weight is; only for windows that are not symmetric. */
  readonly center?: number | null;
  readonly tau?: number;
}

/** The middle of the window. */
function middleOf({ M, sym }: Bound): number {
  return (!sym && M > 1 ? M : M - 1) / 2;
}

/** exp(-|i - center| / tau). */
export const exponential: SignalWindow<ExponentialOptions> = (...args) => {
  const bound = read<Required<ExponentialOptions>>("exponential", args, { center: null, tau: 1 });
  check("exponential", bound);
  if (!(bound.tau > 0)) throw new ValueError(`Tau must be positive, got: ${settingText(bound.tau)} instead.`);
  if (bound.sym && bound.center !== null) throw new ValueError("Center must be None for symmetric windows");
  const center = Number(bound.center ?? middleOf(bound));
  return made(bound, (i) => Math.exp(-Math.abs(i - center) / Number(bound.tau)));
};

interface GaussianOptions {
  readonly std?: number;
}

/** exp(-(i - middle)^2 / (2 std^2)). */
export const gaussian: SignalWindow<GaussianOptions> = (...args) => {
  const bound = read<Required<GaussianOptions>>("gaussian", args, { std: 1 });
  check("gaussian", bound);
  if (!(bound.std > 0)) {
    throw new ValueError(`Standard deviation must be positive, got: ${settingText(bound.std)} instead.`);
  }
  const middle = middleOf(bound);
  return made(bound, (i) => Math.exp(-(((i - middle) / Number(bound.std)) ** 2) / 2));
};

interface KaiserOptions {
  readonly beta?: number;
}

/** I0 of beta times a half circle, divided by I0 of beta. */
export const kaiser: SignalWindow<KaiserOptions> = (...args) => {
  const bound = read<Required<KaiserOptions>>("kaiser", args, { beta: 12 });
  check("kaiser", bound);
  if (!(bound.beta >= 0))
    throw new ValueError(`beta must be non-negative, got: ${settingText(bound.beta)} instead.`);
  if (bound.M < 2) return made(bound, () => 1);
  const weight = kaiserWeight(Number(bound.beta), dtypeOr(bound, getDefaultDtype()));
  return made(bound, (i) => weight(Math.min((2 * i) / spanOf(bound) - 1, 1)));
};
