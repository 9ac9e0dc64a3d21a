// Positions as sines and cosines of growing wavelengths ("Attention Is All You Need", Vaswani et al., 2017), in the two orders
// in which models have them.

import { arange, cat, stack, type Tensor } from "../../torch/index.ts";

/** Angles of each position at the given frequencies, shape [length, frequencies]. */
const angles = (length: number, frequencies: Tensor): Tensor =>
  arange(length).float().unsqueeze(1).mul(frequencies);

/** First all sines, then all cosines, as Whisper has them: shape [length, width]. */
export function sinusoids(length: number, width: number): Tensor {
  const half = Math.floor(width / 2);
  const growth = -Math.log(10000) / (half - 1);
  const turned = angles(length, arange(half).float().mul(growth).exp());
  return cat([turned.sin(), turned.cos()], 1);
}

/** Sines at even places, cosines at odd ones, as DistilBERT has them: shape [length, width]. */
export function interleavedSinusoids(length: number, width: number): Tensor {
  const frequencies = arange(Math.ceil(width / 2))
    .double()
    .mul((-2 * Math.log(10000)) / width)
    .exp();
  const turned = arange(length).double().unsqueeze(1).mul(frequencies);
  return stack([turned.sin(), turned.cos()], 2).flatten(1).at(":", `:${width}`).float();
}
