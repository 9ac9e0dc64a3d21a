// torch.nn.init without the underscore: the old names of the functions that fill in place, which warn and do the same.

import { warn } from "../../core/warnings.ts";
import type { Tensor } from "../tensor.ts";
import * as init from "./init.ts";

type Filling<Arguments extends readonly unknown[]> = (tensor: Tensor, ...args: Arguments) => Tensor;

/** A function under its old name. It is looked up when it is called, since the modules import each other. */
function deprecated<Arguments extends readonly unknown[]>(
  name: string,
  current: () => Filling<Arguments>,
): Filling<Arguments> {
  return (tensor, ...args) => {
    warn("FutureWarning", `\`nn.init.${name}\` is now deprecated in favor of \`nn.init.${name}_\`.`);
    return current()(tensor, ...args);
  };
}

/** The old name of `uniform_`. */
export const uniform: Filling<init.UniformArguments> = deprecated("uniform", () => init.uniform_);
/** The old name of `normal_`. */
export const normal: Filling<init.NormalArguments> = deprecated("normal", () => init.normal_);
/** The old name of `constant_`. */
export const constant: Filling<init.ConstantArguments> = deprecated("constant", () => init.constant_);
/** The old name of `eye_`. */
export const eye: Filling<[]> = deprecated("eye", () => init.eye_);
/** The old name of `dirac_`. */
export const dirac: Filling<Parameters<typeof init.dirac_> extends [Tensor, ...infer Rest] ? Rest : never> =
  deprecated("dirac", () => init.dirac_);
/** The old name of `xavierUniform_`. */
export const xavierUniform: Filling<init.XavierArguments> = deprecated(
  "xavier_uniform",
  () => init.xavierUniform_,
);
/** The old name of `xavierNormal_`. */
export const xavierNormal: Filling<init.XavierArguments> = deprecated(
  "xavier_normal",
  () => init.xavierNormal_,
);
/** The old name of `kaimingUniform_`. */
export const kaimingUniform: Filling<init.KaimingArguments> = deprecated(
  "kaiming_uniform",
  () => init.kaimingUniform_,
);
/** The old name of `kaimingNormal_`. */
export const kaimingNormal: Filling<init.KaimingArguments> = deprecated(
  "kaiming_normal",
  () => init.kaimingNormal_,
);
/** The old name of `orthogonal_`. */
export const orthogonal: Filling<init.XavierArguments> = deprecated("orthogonal", () => init.orthogonal_);
/** The old name of `sparse_`. */
export const sparse: Filling<Parameters<typeof init.sparse_> extends [Tensor, ...infer Rest] ? Rest : never> =
  deprecated("sparse", () => init.sparse_);
