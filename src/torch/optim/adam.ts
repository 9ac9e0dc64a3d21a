// torch.optim.Adam.

import { float32 } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import { zeros, zerosLike } from "../creation.ts";
import type { Tensor } from "../tensor.ts";
import { checkNotNegative, Optimizer, type ParametersOf } from "./optimizer.ts";

/** Settings of Adam; those after `maximize` choose implementations in PyTorch. */
export interface AdamSettings {
  lr: number;
  betas: readonly [number, number];
  eps: number;
  weightDecay: number;
  amsgrad: boolean;
  maximize: boolean;
  foreach: null;
  capturable: false;
  differentiable: false;
  fused: null;
  decoupledWeightDecay: boolean;
}

/** Adam (torch.optim.Adam; Kingma and Ba, arXiv:1412.6980; AMSGrad: Reddi et al. 2018). */
export class Adam extends Optimizer<AdamSettings> {
  constructor(
    params: ParametersOf<AdamSettings>,
    options: Partial<
      Pick<
        AdamSettings,
        "lr" | "betas" | "eps" | "weightDecay" | "amsgrad" | "maximize" | "decoupledWeightDecay"
      >
    > = {},
  ) {
    const settings: AdamSettings = {
      lr: 1e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      amsgrad: false,
      maximize: false,
      foreach: null,
      capturable: false,
      differentiable: false,
      fused: null,
      decoupledWeightDecay: false,
      ...options,
    };
    checkNotNegative("learning rate", settings.lr);
    checkNotNegative("epsilon value", settings.eps);
    checkNotNegative("weight_decay value", settings.weightDecay);
    settings.betas.forEach((beta, i) => {
      if (beta < 0 || beta >= 1) throw new ValueError(`Invalid beta parameter at index ${i}: ${beta}`);
    });
    super(params, settings);
  }

  protected override update(parameter: Tensor, grad: Tensor, settings: AdamSettings): void {
    const { lr, betas, eps, weightDecay, amsgrad, maximize, decoupledWeightDecay } = settings;
    const [beta1, beta2] = betas;
    const state = this.stateOf(parameter, () => {
      const begin = new Map<string, Tensor>([
        ["step", zeros([], { dtype: float32 })],
        ["exp_avg", zerosLike(parameter)],
        ["exp_avg_sq", zerosLike(parameter)],
      ]);
      if (amsgrad) begin.set("max_exp_avg_sq", zerosLike(parameter));
      return begin;
    }) as Map<string, Tensor>;
    const mean = state.get("exp_avg")!;
    const square = state.get("exp_avg_sq")!;
    const step = Number(state.get("step")!.add_(1).item());
    let direction = maximize ? grad.neg() : grad;
    if (weightDecay !== 0) {
      if (decoupledWeightDecay) parameter.mul_(1 - lr * weightDecay);
      else direction = direction.add(parameter, { alpha: weightDecay });
    }
    // The products are formed and rounded in PyTorch's order (lerp_, addcmul_, addcdiv_).
    mean.lerp_(direction, 1 - beta1);
    square.mul_(beta2).add_(direction.mul(1 - beta2).mul_(direction));
    let second = square;
    if (amsgrad) {
      second = state.get("max_exp_avg_sq")!.maximum(square);
      state.set("max_exp_avg_sq", second);
    }
    const denominator = second
      .sqrt()
      .div_(Math.sqrt(1 - beta2 ** step))
      .add_(eps);
    parameter.add_(mean.mul(-lr / (1 - beta1 ** step)).div_(denominator));
  }
}
