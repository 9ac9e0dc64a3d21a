// torch.optim.SGD.

import { ValueError } from "../../core/errors.ts";
import type { Tensor } from "../tensor.ts";
import { checkNotNegative, Optimizer, type ParametersOf } from "./optimizer.ts";

/** Settings of stochastic gradient descent; those after `maximize` choose implementations in PyTorch. */
export interface SGDSettings {
  lr: number;
  momentum: number;
  dampening: number;
  weightDecay: number;
  nesterov: boolean;
  maximize: boolean;
  foreach: null;
  differentiable: false;
  fused: null;
}

/** Stochastic gradient descent with momentum, Nesterov's too (torch.optim.SGD; Sutskever et al. 2013). */
export class SGD extends Optimizer<SGDSettings> {
  constructor(
    params: ParametersOf<SGDSettings>,
    options: Partial<
      Pick<SGDSettings, "lr" | "momentum" | "dampening" | "weightDecay" | "nesterov" | "maximize">
    > = {},
  ) {
    const settings: SGDSettings = {
      lr: 1e-3,
      momentum: 0,
      dampening: 0,
      weightDecay: 0,
      nesterov: false,
      maximize: false,
      foreach: null,
      differentiable: false,
      fused: null,
      ...options,
    };
    checkNotNegative("learning rate", settings.lr);
    checkNotNegative("momentum value", settings.momentum);
    checkNotNegative("weight_decay value", settings.weightDecay);
    if (settings.nesterov && (settings.momentum <= 0 || settings.dampening !== 0)) {
      throw new ValueError("Nesterov momentum requires a momentum and zero dampening");
    }
    super(params, settings);
  }

  protected override update(parameter: Tensor, grad: Tensor, settings: SGDSettings): void {
    const { lr, momentum, dampening, weightDecay, nesterov, maximize } = settings;
    let direction = maximize ? grad.neg() : grad;
    if (weightDecay !== 0) direction = direction.add(parameter, { alpha: weightDecay });
    if (momentum !== 0) {
      const state = this.stateOf(parameter, () => new Map([["momentum_buffer", null as Tensor | null]]));
      let buffer = state.get("momentum_buffer") as Tensor | null;
      if (buffer === null) buffer = direction.clone();
      else buffer.mul_(momentum).add_(direction, { alpha: 1 - dampening });
      state.set("momentum_buffer", buffer);
      direction = nesterov ? direction.add(buffer, { alpha: momentum }) : buffer;
    }
    parameter.add_(direction, { alpha: -lr });
  }
}
