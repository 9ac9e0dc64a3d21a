// torch.optim.Adam and AdamW.

import { ValueError } from "../../core/errors.ts";
import { zerosLike } from "../creation.ts";
import { Tensor } from "../tensor.ts";
import { addProduct, addQuotient, real } from "./arithmetic.ts";
import { Optimizer, type OptimizerArguments, readSettings } from "./optimizer.ts";
import {
  checkBetas,
  checkFused,
  checkLearningRate,
  checkNotNegative,
  type Implementation,
  type Rate,
} from "./settings.ts";
import { countStep, stepTensor } from "./state.ts";

/** Settings of Adam. */
export interface AdamSettings extends Implementation {
  lr: number;
  betas: readonly [number, number];
  eps: number;
  weightDecay: number;
  amsgrad: boolean;
  fused: boolean | null;
  decoupledWeightDecay: boolean;
}

type Positions = [
  lr?: number,
  betas?: readonly [number, number],
  eps?: number,
  weightDecay?: number,
  amsgrad?: boolean,
];

const positions = ["lr", "betas", "eps", "weightDecay", "amsgrad"] as const;

const defaults: AdamSettings = {
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
};

/** Adam (torch.optim.Adam; Kingma and Ba, arXiv:1412.6980; AMSGrad: Reddi et al. 2018). */
export class Adam extends Optimizer<AdamSettings> {
  constructor(...args: OptimizerArguments<AdamSettings, Positions>) {
    const { params, settings } = readSettings<AdamSettings>("Adam", positions, args, defaults);
    checkSettings(settings);
    super(params, settings);
    checkFused(settings);
  }

  protected override update(parameter: Tensor, grad: Tensor, settings: AdamSettings): void {
    const { lr, betas, eps, weightDecay, amsgrad, maximize, decoupledWeightDecay, differentiable } = settings;
    const [beta1, beta2] = betas;
    const state = this.stateOf(parameter, () => {
      const begin = new Map<string, Tensor>([
        ["step", stepTensor()],
        ["exp_avg", zerosLike(parameter)],
        ["exp_avg_sq", zerosLike(parameter)],
      ]);
      if (amsgrad) begin.set("max_exp_avg_sq", zerosLike(parameter));
      return begin;
    }) as Map<string, Tensor>;
    const step = countStep(state);
    let direction = maximize ? grad.neg() : grad;
    if (weightDecay !== 0) {
      if (decoupledWeightDecay) parameter.mul_(1 - lr * weightDecay);
      else direction = direction.add(parameter, { alpha: weightDecay });
    }
    direction = real(direction);
    const mean = real(state.get("exp_avg")!);
    const square = real(state.get("exp_avg_sq")!);
    mean.lerp_(direction, 1 - beta1);
    addProduct(square.mul_(beta2), direction, direction, 1 - beta2);
    let second = square;
    if (amsgrad) {
      second = real(state.get("max_exp_avg_sq")!);
      second.maximum(square, { out: second });
    }
    const root = second.sqrt();
    const correction = Math.sqrt(1 - beta2 ** step);
    const denominator = (differentiable ? root.div(correction) : root.div_(correction)).add_(eps);
    // Gradients that flow through the step read the mean, which the next step moves.
    addQuotient(
      real(parameter),
      differentiable ? mean.clone() : mean,
      denominator,
      -lr / (1 - beta1 ** step),
    );
  }
}

/** Adam with the decay of the weights apart from the gradient (torch.optim.AdamW; Loshchilov and Hutter 2019). */
export class AdamW extends Adam {
  constructor(...args: OptimizerArguments<Omit<AdamSettings, "decoupledWeightDecay">, Positions>) {
    const { decoupledWeightDecay: _, ...own } = defaults;
    const { params, settings } = readSettings<Omit<AdamSettings, "decoupledWeightDecay">>(
      "AdamW",
      positions,
      args,
      { ...own, weightDecay: 1e-2 },
    );
    super(params, { ...settings, decoupledWeightDecay: true });
  }

  protected override restore(): void {
    for (const group of this.paramGroups) group.decoupledWeightDecay = true;
  }
}

/** @throws ValueError for a setting out of range, and betas that are not alike */
function checkSettings(settings: AdamSettings): void {
  const betas: readonly Rate[] = settings.betas;
  const { foreach, capturable } = settings;
  const isUnsupported = foreach === true && !capturable;
  if ((settings.lr as Rate) instanceof Tensor && isUnsupported)
    throw new ValueError("lr as a Tensor is not supported for capturable=False and foreach=True");
  checkLearningRate(settings.lr);
  checkNotNegative("epsilon value", settings.eps);
  checkBetas(betas);
  checkNotNegative("weight_decay value", settings.weightDecay);
  const isTensor = betas.map((beta) => beta instanceof Tensor);
  if (isTensor[0] !== isTensor[1] || betas.some((beta) => beta === 0))
    throw new ValueError("betas must be either both floats or both Tensors");
  betas.forEach((beta, i) => {
    if (!(beta instanceof Tensor)) return;
    if (isUnsupported)
      throw new ValueError(`betas[${i}] as a Tensor is not supported for capturable=False and foreach=True`);
    if (beta.numel() !== 1) throw new ValueError(`Tensor betas[${i}] must be 1-element`);
  });
}
