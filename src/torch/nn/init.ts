// torch.nn.init: how parameters begin. Bit for bit PyTorch's numbers from the same seed.

import { bind, type Signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { warn } from "../../core/warnings.ts";
import type { Generator } from "../../random/index.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { isSkipping } from "./skipping.ts";

export {
  constant,
  dirac,
  eye,
  kaimingNormal,
  kaimingUniform,
  normal,
  orthogonal,
  sparse,
  uniform,
  xavierNormal,
  xavierUniform,
} from "./init-deprecated.ts";
export { dirac_, eye_, orthogonal_, sparse_ } from "./init-structured.ts";
export { truncNormal_ } from "./init-truncated.ts";

/** Where an initialisation draws from; the global generator where none is given. */
export interface DrawnFrom {
  readonly generator?: Generator | null;
}

interface UniformOptions extends DrawnFrom {
  readonly a?: number;
  readonly b?: number;
}

/** What `uniform_` takes behind the tensor. */
export type UniformArguments = Signature<
  [a?: number, b?: number, generator?: Generator | null],
  UniformOptions
>;

/** Fills with numbers drawn evenly from [a, b), by default [0, 1) (torch.nn.init.uniform_). */
export function uniform_(tensor: Tensor, ...args: UniformArguments): Tensor {
  const names = ["a", "b", "generator"] as const;
  const { a, b, generator } = bind<Required<UniformOptions>>("uniform_", names, args, {
    a: 0,
    b: 1,
    generator: null,
  });
  return isSkipping() ? tensor : noGrad(() => tensor.uniform_(a, b, { generator }));
}

interface NormalOptions extends DrawnFrom {
  readonly mean?: number;
  readonly std?: number;
}

/** What `normal_` takes behind the tensor. */
export type NormalArguments = Signature<
  [mean?: number, std?: number, generator?: Generator | null],
  NormalOptions
>;

/** Fills from the normal distribution, by default the standard one (torch.nn.init.normal_). */
export function normal_(tensor: Tensor, ...args: NormalArguments): Tensor {
  const names = ["mean", "std", "generator"] as const;
  const { mean, std, generator } = bind<Required<NormalOptions>>("normal_", names, args, {
    mean: 0,
    std: 1,
    generator: null,
  });
  return isSkipping() ? tensor : noGrad(() => tensor.normal_(mean, std, { generator }));
}

interface ConstantOptions {
  readonly val: number;
}

/** What `constant_` takes behind the tensor. */
export type ConstantArguments = Signature<[val: number], ConstantOptions>;

/** Fills with one value (torch.nn.init.constant_). */
export function constant_(tensor: Tensor, ...args: ConstantArguments): Tensor {
  const { val } = bind<ConstantOptions>("constant_", ["val"], args, {});
  return noGrad(() => tensor.fill_(val));
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
  | "conv_transpose1d"
  | "conv_transpose2d"
  | "conv_transpose3d"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leaky_relu"
  | "selu";

const one = (): number => 1;

const gains: Readonly<Record<Nonlinearity, (slope: number) => number>> = {
  linear: one,
  conv1d: one,
  conv2d: one,
  conv3d: one,
  conv_transpose1d: one,
  conv_transpose2d: one,
  conv_transpose3d: one,
  sigmoid: one,
  tanh: () => 5 / 3,
  relu: () => Math.sqrt(2),
  leaky_relu: (slope) => Math.sqrt(2 / (1 + slope ** 2)),
  selu: () => 3 / 4,
};

interface GainOptions {
  readonly param?: number | null;
}

/**
 * The recommended gain of an activation (torch.nn.init.calculate_gain).
 * @param nonlinearity its name, and behind it the slope of a leaky ReLU
 * @throws ValueError for another activation
 */
export function calculateGain(
  nonlinearity: Nonlinearity,
  ...args: Signature<[param?: number | null], GainOptions>
): number {
  const { param } = bind<Required<GainOptions>>("calculate_gain", ["param"], args, { param: null });
  const gain = Object.hasOwn(gains, nonlinearity) ? gains[nonlinearity] : undefined;
  if (gain === undefined) throw new ValueError(`Unsupported nonlinearity ${String(nonlinearity)}`);
  return gain(param ?? 0.01);
}

/** How many inputs and outputs an element of the weight meets. */
function fans(tensor: Tensor): { readonly fanIn: number; readonly fanOut: number } {
  const { shape } = tensor.layout;
  if (shape.length < 2) {
    throw new ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
  }
  const receptive = shape.slice(2).reduce((a, b) => a * b, 1);
  return { fanIn: shape[1]! * receptive, fanOut: shape[0]! * receptive };
}

/** What the Kaiming initialisations take by name. */
export interface KaimingOptions extends DrawnFrom {
  /** Slope of the leaky ReLU behind the layer. Default 0. */
  readonly a?: number;
  /** Whose variance stays: that of the forward pass, or of the gradients. Default "fan_in". */
  readonly mode?: "fan_in" | "fan_out";
  /** Default "leaky_relu". */
  readonly nonlinearity?: Nonlinearity;
}

/** What the Kaiming initialisations take behind the tensor. */
export type KaimingArguments = Signature<
  [a?: number, mode?: "fan_in" | "fan_out", nonlinearity?: Nonlinearity, generator?: Generator | null],
  KaimingOptions
>;

function bindKaiming(caller: string, args: KaimingArguments): Required<KaimingOptions> {
  const names = ["a", "mode", "nonlinearity", "generator"] as const;
  return bind<Required<KaimingOptions>>(caller, names, args, {
    a: 0,
    mode: "fan_in",
    nonlinearity: "leaky_relu",
    generator: null,
  });
}

function kaimingDeviation(tensor: Tensor, { a, mode, nonlinearity }: Required<KaimingOptions>): number {
  const lower = mode.toLowerCase();
  if (lower !== "fan_in" && lower !== "fan_out")
    throw new ValueError(`Mode ${lower} not supported, please use one of ['fan_in', 'fan_out']`);
  const { fanIn, fanOut } = fans(tensor);
  return calculateGain(nonlinearity, a) / Math.sqrt(lower === "fan_in" ? fanIn : fanOut);
}

/** True iff there is nothing to fill, which PyTorch warns of. */
function isNothing(tensor: Tensor): boolean {
  if (!tensor.layout.shape.includes(0)) return false;
  warn("UserWarning", "Initializing zero-element tensors is a no-op");
  return true;
}

/** He's uniform initialisation (torch.nn.init.kaiming_uniform_): U(-bound, bound), bound = gain sqrt(3 / fan). */
export function kaimingUniform_(tensor: Tensor, ...args: KaimingArguments): Tensor {
  const bound = bindKaiming("kaiming_uniform_", args);
  if (isNothing(tensor)) return tensor;
  const most = Math.sqrt(3) * kaimingDeviation(tensor, bound);
  return uniform_(tensor, -most, most, bound.generator);
}

/** He's normal initialisation (torch.nn.init.kaiming_normal_): N(0, gain^2 / fan). */
export function kaimingNormal_(tensor: Tensor, ...args: KaimingArguments): Tensor {
  const bound = bindKaiming("kaiming_normal_", args);
  if (isNothing(tensor)) return tensor;
  return normal_(tensor, 0, kaimingDeviation(tensor, bound), bound.generator);
}

interface XavierOptions extends DrawnFrom {
  readonly gain?: number;
}

/** What the Xavier initialisations take behind the tensor. */
export type XavierArguments = Signature<[gain?: number, generator?: Generator | null], XavierOptions>;

function bindXavier(caller: string, args: XavierArguments): Required<XavierOptions> {
  return bind<Required<XavierOptions>>(caller, ["gain", "generator"] as const, args, {
    gain: 1,
    generator: null,
  });
}

/** Glorot's deviation: gain sqrt(2 / (fan in + fan out)). */
function xavierDeviation(tensor: Tensor, gain: number): number {
  const { fanIn, fanOut } = fans(tensor);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

/** Glorot's uniform initialisation (torch.nn.init.xavier_uniform_). */
export function xavierUniform_(tensor: Tensor, ...args: XavierArguments): Tensor {
  const { gain, generator } = bindXavier("xavier_uniform_", args);
  const most = Math.sqrt(3) * xavierDeviation(tensor, gain);
  return uniform_(tensor, -most, most, generator);
}

/** Glorot's normal initialisation (torch.nn.init.xavier_normal_). */
export function xavierNormal_(tensor: Tensor, ...args: XavierArguments): Tensor {
  const { gain, generator } = bindXavier("xavier_normal_", args);
  return normal_(tensor, 0, xavierDeviation(tensor, gain), generator);
}
