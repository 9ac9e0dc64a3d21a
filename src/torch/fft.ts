// torch.fft as a namespace: the transforms, and what goes with them (torch/fft/__init__.py).

import { bind, type Signature } from "../core/arguments.ts";
import { RuntimeError } from "../core/errors.ts";
import { type CreationOptions, dtypeOr, finish } from "./creation-options.ts";
import { allAxes } from "./dims.ts";
import { storeOut } from "./in-place.ts";
import { roll } from "./manipulation.ts";
import { getDefaultDtype } from "./promotion.ts";
import { arange } from "./ranges.ts";
import { cat } from "./stacking.ts";
import type { Tensor } from "./tensor.ts";

export * from "./fourier.ts";

interface ShiftOptions {
  readonly dim?: number | readonly number[] | null;
}

type Shift = (
  input: Tensor,
  ...args: Signature<[dim?: number | readonly number[] | null], ShiftOptions>
) => Tensor;

function shift(name: string, by: (length: number) => number): Shift {
  return (input, ...args) => {
    const { dim } = bind<Required<ShiftOptions>>(`fft_${name}`, ["dim"], args, { dim: null });
    const dims = typeof dim === "number" ? [dim] : (dim ?? allAxes(input.ndim));
    const lengths = dims.map((each) => input.shape.at(each) ?? 0);
    return roll(input, lengths.map(by), dims);
  };
}

/** The frequency 0 moved to the middle (torch.fft.fftshift). */
export const fftshift: Shift = shift("fftshift", (length) => Math.floor(length / 2));
/** What `fftshift` moved, moved back (torch.fft.ifftshift). */
export const ifftshift: Shift = shift("ifftshift", (length) => Math.floor((length + 1) / 2));

interface FrequencyOptions extends CreationOptions {
  readonly d?: number;
}

type Frequencies = (n: number, ...args: Signature<[d?: number], FrequencyOptions>) => Tensor;

function frequencies(name: string, numbers: (n: number, options: CreationOptions) => Tensor): Frequencies {
  return (n, ...args) => {
    const defaults = { d: 1, dtype: null, device: null, requiresGrad: false, out: null };
    const bound = bind<FrequencyOptions & { readonly d: number }>(`fft_${name}`, ["d"], args, defaults);
    const dtype = dtypeOr(bound, bound.out?.dtype ?? getDefaultDtype());
    if (!dtype.isFloatingPoint && !dtype.isComplex)
      throw new RuntimeError(`${name} requires a floating point or complex dtype`);
    if (n < 0) throw new RuntimeError(`Trying to create tensor with negative dimension ${n}: [${n}]`);
    const result = numbers(n, { dtype }).mul_(1 / (n * Number(bound.d)));
    if (bound.out !== null && bound.out !== undefined) return storeOut(bound.out, result, name, []);
    return finish(result, bound);
  };
}

/** The frequencies of `fft`, samples being `d` apart: from 0 up, then the negative ones (torch.fft.fftfreq). */
export const fftfreq: Frequencies = frequencies("fftfreq", (n, options) =>
  cat([arange(Math.floor((n + 1) / 2), options), arange(-Math.floor(n / 2), 0, options)]),
);
/** The frequencies of `rfft`, from 0 up (torch.fft.rfftfreq). */
export const rfftfreq: Frequencies = frequencies("rfftfreq", (n, options) =>
  arange(Math.floor(n / 2) + 1, options),
);
