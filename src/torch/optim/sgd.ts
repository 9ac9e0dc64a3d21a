// torch.optim.SGD.

import { ValueError } from "../../core/errors.ts";
import type { Tensor } from "../tensor.ts";
import { addScaled } from "./arithmetic.ts";
import { Optimizer, type OptimizerArguments, readSettings } from "./optimizer.ts";
import { checkFused, checkLearningRate, checkNotNegative, type Implementation } from "./settings.ts";

/** Settings of stochastic gradient descent. */
export interface SGDSettings extends Omit<Implementation, "capturable"> {
  lr: number;
  momentum: number;
  dampening: number;
  weightDecay: number;
  nesterov: boolean;
  fused: boolean | null;
}

/** Stochastic gradient descent with momentum, Nesterov's too (torch.optim.SGD; Sutskever et al. 2013). */
export class SGD extends Optimizer<SGDSettings> {
  constructor(
    ...args: OptimizerArguments<
      SGDSettings,
      [lr?: number, momentum?: number, dampening?: number, weightDecay?: number, nesterov?: boolean]
    >
  ) {
    const { params, settings } = readSettings<SGDSettings>(
      "SGD",
      ["lr", "momentum", "dampening", "weightDecay", "nesterov"],
      args,
      {
        lr: 1e-3,
        momentum: 0,
        dampening: 0,
        weightDecay: 0,
        nesterov: false,
        maximize: false,
        foreach: null,
        differentiable: false,
        fused: null,
      },
    );
    checkLearningRate(settings.lr);
    checkNotNegative("momentum value", settings.momentum);
    checkNotNegative("weight_decay value", settings.weightDecay);
    if (settings.nesterov && (settings.momentum <= 0 || Number(settings.dampening) !== 0)) {
      throw new ValueError("Nesterov momentum requires a momentum and zero dampening");
    }
    super(params, settings);
    checkFused(settings);
  }

  protected override update(parameter: Tensor, grad: Tensor, settings: SGDSettings): void {
    const { lr, momentum, dampening, weightDecay, nesterov, maximize } = settings;
    let direction = maximize ? grad.neg() : grad;
    if (weightDecay !== 0) direction = direction.add(parameter, { alpha: weightDecay });
    if (momentum !== 0) {
      const state = this.stateOf(parameter, () => new Map([["momentum_buffer", null as Tensor | null]]));
      let buffer = (state.get("momentum_buffer") ?? null) as Tensor | null;
      if (buffer === null) buffer = direction.detach().clone();
      else buffer.mul_(momentum).add_(direction, { alpha: 1 - dampening });
      state.set("momentum_buffer", buffer);
      direction = nesterov ? direction.add(buffer, { alpha: momentum }) : buffer;
    }
    addScaled(parameter, direction, -lr);
  }
}
