// Rotary position embedding (Su et al., 2021) in the order of transformers: the first half of a head's numbers is turned
// against the second. Scalings of its frequencies as transformers' modeling_rope_utils.py has them.

import type { DType } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import { arange, cat, type Tensor, tensor } from "../../torch/index.ts";
import { type Config, settingIn } from "../config.ts";

/** Cosines and sines of the angles, each [batch or 1, length, head width]. */
export type Rotation = readonly [cos: Tensor, sin: Tensor];

/** A number of the rope settings. @throws ValueError where it is not there */
function required(model: string, rope: Config, name: string): number {
  const value = settingIn(rope, name);
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new ValueError(
    `${model}: the rotary settings need the number ${name}, which is ${JSON.stringify(value)}`,
  );
}

type Scaling = (frequencies: Tensor, model: string, rope: Config) => Tensor;

/** Low frequencies are divided by a factor, high ones stay, those between are mixed (Llama 3.1). */
const scaledForLlama3: Scaling = (frequencies, model, rope) => {
  const factor = required(model, rope, "factor");
  const low = required(model, rope, "lowFreqFactor");
  const high = required(model, rope, "highFreqFactor");
  const length = required(model, rope, "originalMaxPositionEmbeddings");
  const turns = frequencies.mul(length / (2 * Math.PI));
  const share = turns
    .sub(low)
    .div(high - low)
    .clamp(0, 1);
  return frequencies.mul(share).add(frequencies.div(factor).mul(share.neg().add(1)));
};

const scalings: Readonly<Record<string, Scaling>> = {
  default: (frequencies) => frequencies,
  linear: (frequencies, model, rope) => frequencies.div(required(model, rope, "factor")),
  llama3: scaledForLlama3,
};

/** The rotary settings of a config: `rope_parameters`, in older files `rope_theta` and `rope_scaling`. */
function ropeSettings(config: Config): Config {
  const own = (settingIn(config, "ropeParameters") ?? settingIn(config, "ropeScaling") ?? {}) as Config;
  const theta = settingIn(own, "ropeTheta") ?? settingIn(config, "ropeTheta") ?? 10000;
  return { ...own, ropeTheta: theta };
}

/**
 * The frequencies of a head's pairs of numbers, shape [width / 2].
 * @throws ValueError for a kind of scaling that is not implemented, with those that are
 */
export function rotaryFrequencies(model: string, config: Config, width: number): Tensor {
  const rope = ropeSettings(config);
  const kind = settingIn(rope, "ropeType") ?? settingIn(rope, "type") ?? "default";
  const scaling = typeof kind === "string" && Object.hasOwn(scalings, kind) ? scalings[kind] : undefined;
  if (scaling === undefined) {
    const known = Object.keys(scalings).join(", ");
    throw new ValueError(
      `${model}: the rotary embedding's kind ${JSON.stringify(kind)} is not implemented; there are ${known}`,
    );
  }
  if (
    settingIn(rope, "partialRotaryFactor") !== undefined &&
    Number(settingIn(rope, "partialRotaryFactor")) !== 1
  )
    throw new ValueError(`${model}: a partial_rotary_factor other than 1 is not implemented`);
  if (width % 2 !== 0) throw new ValueError(`${model}: rotary heads are of even width, not ${width}`);
  const theta = required(model, rope, "ropeTheta");
  const exponents = arange(0, width, 2).float().div(width);
  return scaling(tensor(theta).float().pow(exponents).reciprocal(), model, rope);
}

/** The rotation at given positions. @param positions integers, shape [batch or 1, length] @param dtype of the heads */
export function rotationAt(frequencies: Tensor, positions: Tensor, dtype: DType): Rotation {
  const angles = positions.float().unsqueeze(-1).mul(frequencies);
  const both = cat([angles, angles], -1);
  return [both.cos().to(dtype), both.sin().to(dtype)];
}

/** Turns each head's numbers. @param heads shape [batch, heads, length, width] */
export function rotate(heads: Tensor, [cos, sin]: Rotation): Tensor {
  const [first, second] = heads.chunk(2, -1) as [Tensor, Tensor];
  const turned = cat([second.neg(), first], -1);
  return heads.mul(cos.unsqueeze(1)).add(turned.mul(sin.unsqueeze(1)));
}
