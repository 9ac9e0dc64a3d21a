// torch.nn.init: how parameters begin. Bit for bit PyTorch's numbers from the same seed.

import { RuntimeError, ValueError } from "../../core/errors.ts";
import { warn } from "../../core/warnings.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { isSkipping } from "./skipping.ts";

/** Fills with numbers drawn evenly from [a, b) (torch.nn.init.uniform_). */
export function uniform_(tensor: Tensor, a = 0, b = 1): Tensor {
  return isSkipping() ? tensor : noGrad(() => tensor.uniform_(a, b));
}

/** Fills from the normal distribution (torch.nn.init.normal_). */
export function normal_(tensor: Tensor, mean = 0, std = 1): Tensor {
  return isSkipping() ? tensor : noGrad(() => tensor.normal_(mean, std));
}

/** Fills with one value (torch.nn.init.constant_). */
export function constant_(tensor: Tensor, value: number): Tensor {
  return noGrad(() => tensor.fill_(value));
}

/** Fills with zeros (torch.nn.init.zeros_). */
export function zeros_(tensor: Tensor): Tensor {
  return constant_(tensor, 0);
}

/** Fills with ones (torch.nn.init.ones_). */
export function ones_(tensor: Tensor): Tensor {
  return constant_(tensor, 1);
}

/** Activations whose recommended gain is known. */
export type Nonlinearity =
  | "linear"
  | "conv1d"
  | "conv2d"
  | "conv3d"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leaky_relu"
  | "selu";

const gains: Readonly<Record<Nonlinearity, (slope: number) => number>> = {
  linear: () => 1,
  conv1d: () => 1,
  conv2d: () => 1,
  conv3d: () => 1,
  sigmoid: () => 1,
  tanh: () => 5 / 3,
  relu: () => Math.sqrt(2),
  leaky_relu: (slope) => Math.sqrt(2 / (1 + slope ** 2)),
  selu: () => 3 / 4,
};

/** The recommended gain of an activation (torch.nn.init.calculate_gain). */
export function calculateGain(nonlinearity: Nonlinearity, param = 0.01): number {
  const gain = gains[nonlinearity];
  if (gain === undefined) throw new ValueError(`Unsupported nonlinearity ${String(nonlinearity)}`);
  return gain(param);
}

/** How many inputs and outputs an element of the weight meets. */
function fans(tensor: Tensor): { readonly fanIn: number; readonly fanOut: number } {
  const { shape, size } = tensor.layout;
  if (shape.length < 2) {
    throw new ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
  }
  const receptive = shape.slice(2).reduce((a, b) => a * b, 1);
  return { fanIn: shape[1]! * receptive, fanOut: size === 0 ? 0 : shape[0]! * receptive };
}

/** What the Kaiming initialisations take by name. */
export interface KaimingOptions {
  /** Slope of the leaky ReLU behind the layer. */
  readonly a?: number;
  readonly mode?: "fan_in" | "fan_out";
  readonly nonlinearity?: Nonlinearity;
}

function kaimingDeviation(tensor: Tensor, options: KaimingOptions): number {
  const { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" } = options;
  if (mode !== "fan_in" && mode !== "fan_out") {
    throw new ValueError(`Mode ${String(mode)} not supported, please use one of ['fan_in', 'fan_out']`);
  }
  const { fanIn, fanOut } = fans(tensor);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === "fan_in" ? fanIn : fanOut);
}

/** True iff there is nothing to fill, which PyTorch warns of. */
function isNothing(tensor: Tensor): boolean {
  if (!tensor.layout.shape.includes(0)) return false;
  warn("UserWarning", "Initializing zero-element tensors is a no-op");
  return true;
}

/** He's uniform initialisation (torch.nn.init.kaiming_uniform_): U(-bound, bound), bound = gain sqrt(3 / fan). */
export function kaimingUniform_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  if (isNothing(tensor)) return tensor;
  const bound = Math.sqrt(3) * kaimingDeviation(tensor, options);
  return uniform_(tensor, -bound, bound);
}

/** He's normal initialisation (torch.nn.init.kaiming_normal_). */
export function kaimingNormal_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  if (isNothing(tensor)) return tensor;
  return normal_(tensor, 0, kaimingDeviation(tensor, options));
}

/** Glorot's uniform initialisation (torch.nn.init.xavier_uniform_). */
export function xavierUniform_(tensor: Tensor, gain = 1): Tensor {
  const { fanIn, fanOut } = fans(tensor);
  const bound = Math.sqrt(3) * gain * Math.sqrt(2 / (fanIn + fanOut));
  return uniform_(tensor, -bound, bound);
}

/** Glorot's normal initialisation (torch.nn.init.xavier_normal_). */
export function xavierNormal_(tensor: Tensor, gain = 1): Tensor {
  const { fanIn, fanOut } = fans(tensor);
  return normal_(tensor, 0, gain * Math.sqrt(2 / (fanIn + fanOut)));
}

/** The identity matrix (torch.nn.init.eye_). */
export function eye_(tensor: Tensor): Tensor {
  if (tensor.layout.rank !== 2) throw new RuntimeError("Only tensors with 2 dimensions are supported");
  return noGrad(() => {
    tensor.zero_();
    tensor.diagonal().fill_(1);
    return tensor;
  });
}
