// torch.nn.functional.gumbel_softmax (Jang et al., "Categorical Reparameterization with Gumbel-Softmax").

import { bind, type Signature } from "../../../core/arguments.ts";
import { emptyLike, zerosLike } from "../../creation.ts";
import { contiguousFormat } from "../../memory-format.ts";
import type { Tensor } from "../../tensor.ts";

interface GumbelOptions {
  /** The temperature: near 0 the samples are near one-hot. Default 1. */
  readonly tau?: number;
  /** Whether the samples are one-hot, with the gradient of the soft ones. */
  readonly hard?: boolean;
  /** The axis of the classes. Default -1. */
  readonly dim?: number;
}

/**
 * Samples of classes that gradients flow through (torch.nn.functional.gumbel_softmax). The draws are PyTorch's for the seed.
 * @param logits unnormalised log probabilities along `dim` @returns the same shape
 */
export function gumbelSoftmax(
  logits: Tensor,
  ...args: Signature<[tau?: number, hard?: boolean, eps?: number, dim?: number], GumbelOptions>
): Tensor {
  const names = ["tau", "hard", "eps", "dim"] as const;
  const bound = bind<Required<GumbelOptions> & { readonly eps: number }>("gumbel_softmax", names, args, {
    tau: 1,
    hard: false,
    eps: 1e-10,
    dim: -1,
  });
  const { tau, hard, dim } = bound;
  const noise = emptyLike(logits, { memoryFormat: contiguousFormat }).exponential_().log().neg();
  const soft = logits.add(noise).div(tau).softmax(dim);
  if (!hard) return soft;
  const index = soft.max(dim, true).indices;
  const oneHot = zerosLike(logits, { memoryFormat: contiguousFormat }).scatter_(dim, index, 1);
  return oneHot.sub(soft.detach()).add(soft);
}
