// Activations under the names that configs give them (`hidden_act` and its kin in transformers).

import { ValueError } from "../../core/errors.ts";
import { nn, type Tensor } from "../../torch/index.ts";

const F = nn.functional;

/** A function of each element. */
export type Activation = (input: Tensor) => Tensor;

const geluByTanh: Activation = (x) => F.gelu(x, { approximate: "tanh" });

const activations: Readonly<Record<string, Activation>> = {
  gelu: (x) => F.gelu(x),
  gelu_python: (x) => F.gelu(x),
  gelu_new: geluByTanh,
  gelu_fast: geluByTanh,
  gelu_accurate: geluByTanh,
  gelu_pytorch_tanh: geluByTanh,
  gelu_python_tanh: geluByTanh,
  quick_gelu: (x) => x.mul(x.mul(1.702).sigmoid()),
  relu: (x) => F.relu(x),
  relu2: (x) => F.relu(x).square(),
  relu6: (x) => F.relu6(x),
  leaky_relu: (x) => F.leakyRelu(x),
  silu: (x) => F.silu(x),
  swish: (x) => F.silu(x),
  mish: (x) => F.mish(x),
  hardswish: (x) => F.hardswish(x),
  sigmoid: (x) => x.sigmoid(),
  tanh: (x) => x.tanh(),
  linear: (x) => x,
};

/**
 * The activation of a name.
 * @param model who asks, for errors
 * @throws ValueError for a name that is not known, with those that are
 */
export function activationOf(model: string, name: string): Activation {
  const activation = Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (activation !== undefined) return activation;
  const known = Object.keys(activations).join(", ");
  throw new ValueError(`${model}: the activation "${name}" is not implemented; there are ${known}`);
}
