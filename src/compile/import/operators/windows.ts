// What convolutions and poolings have in common: windows that go over the spatial axes, and how far beyond the border.

import type { Tensor } from "../../../torch/tensor.ts";
import { int, ints, type Kind, text } from "../operator.ts";

type Integers = readonly number[] | undefined;

/** Attributes of windows, as rows declare them. */
type WindowKinds = {
  readonly auto_pad: Kind<string>;
  readonly dilations: Kind<Integers>;
  readonly kernel_shape: Kind<Integers>;
  readonly pads: Kind<Integers>;
  readonly strides: Kind<Integers>;
};

/** Attributes of windows. */
export const windowAttributes: WindowKinds = {
  auto_pad: text("NOTSET"),
  dilations: ints(),
  kernel_shape: ints(),
  pads: ints(),
  strides: ints(),
};

/** The same with groups of channels. */
export const convolutionAttributes: WindowKinds & { readonly group: Kind<number> } = {
  ...windowAttributes,
  group: int(1),
};

interface Given {
  readonly auto_pad: string;
  readonly dilations: readonly number[] | undefined;
  readonly pads: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
}

/** Windows, one entry for each spatial axis. */
export interface Windows {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const automatic = ["NOTSET", "", "SAME_UPPER", "SAME_LOWER", "VALID"];

interface Padded {
  readonly attributes: { readonly auto_pad: string };
}

/** What of the attributes is not here. */
export const windowRefusal: { readonly refusal: (facts: Padded) => string | undefined } = {
  refusal: ({ attributes: { auto_pad: mode } }) =>
    automatic.includes(mode) ? undefined : `there is no auto_pad ${mode}`,
};

/** The windows over an input [N, C, ...spatial]. */
export function windowsOver(x: Tensor, kernel: readonly number[], given: Given): Windows {
  const lengths = x.shape.slice(2);
  const stride = given.strides ?? kernel.map(() => 1);
  const dilation = given.dilations ?? kernel.map(() => 1);
  const { auto_pad: mode, pads } = given;
  if (mode === "SAME_UPPER" || mode === "SAME_LOWER") {
    const borders = lengths.map((length, i) => {
      const reach = (kernel[i]! - 1) * dilation[i]! + 1;
      const whole = Math.max(0, (Math.ceil(length / stride[i]!) - 1) * stride[i]! + reach - length);
      const [less, more] = [Math.floor(whole / 2), Math.ceil(whole / 2)];
      return mode === "SAME_UPPER" ? [less, more] : [more, less];
    });
    const [before, after] = [borders.map(([each]) => each!), borders.map(([, each]) => each!)];
    return { kernel, stride, dilation, before, after };
  }
  const border = mode === "VALID" || pads === undefined ? kernel.flatMap(() => [0, 0]) : pads;
  return {
    kernel,
    stride,
    dilation,
    before: border.slice(0, kernel.length),
    after: border.slice(kernel.length),
  };
}

/** True iff as much lies before as after. */
export const isEven = ({ before, after }: Windows): boolean => before.every((each, i) => each === after[i]);

/** Borders of all spatial axes in the order of torch's `pad`. */
export function borderOf({ before, after }: Pick<Windows, "before" | "after">): number[] {
  return before
    .flatMap((each, i) => [each, after[i]!])
    .reverse()
    .flatMap((_, i, all) => (i % 2 === 0 ? [all[i + 1]!, all[i]!] : []));
}
