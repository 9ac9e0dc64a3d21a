// torch.optim.Adamax, NAdam and RAdam: relatives of Adam.

import { scalarTensor, zerosLike } from "../creation.ts";
import type { Tensor } from "../tensor.ts";
import { addProduct, addQuotient, real, rootOf } from "./arithmetic.ts";
import { Optimizer, type OptimizerArguments, readSettings } from "./optimizer.ts";
import { checkBetas, checkLearningRate, checkNotNegative, type Implementation } from "./settings.ts";
import { countStep, type ParameterState, stepTensor } from "./state.ts";

interface MomentSettings extends Implementation {
  lr: number;
  betas: readonly [number, number];
  eps: number;
  weightDecay: number;
}

/** Settings of Adamax. */
export type AdamaxSettings = MomentSettings;

/** Settings of RAdam. */
export interface RAdamSettings extends MomentSettings {
  decoupledWeightDecay: boolean;
}

/** Settings of NAdam. */
export interface NAdamSettings extends RAdamSettings {
  momentumDecay: number;
}

function checkMoments(settings: MomentSettings): void {
  checkLearningRate(settings.lr);
  checkNotNegative("epsilon value", settings.eps);
  checkBetas(settings.betas);
  checkNotNegative("weight_decay value", settings.weightDecay);
}

/** The gradient with the decay of the weights in it, unless that is applied to the parameter itself. */
function decayed(parameter: Tensor, grad: Tensor, settings: MomentSettings, isDecoupled: boolean): Tensor {
  const { lr, weightDecay, maximize } = settings;
  const direction = maximize ? grad.neg() : grad;
  if (weightDecay === 0) return direction;
  if (!isDecoupled) return direction.add(parameter, { alpha: weightDecay });
  parameter.mul_(1 - lr * weightDecay);
  return direction;
}

/** Adam with the largest gradient in place of the mean square (torch.optim.Adamax; Kingma and Ba, arXiv:1412.6980). */
export class Adamax extends Optimizer<AdamaxSettings> {
  constructor(
    ...args: OptimizerArguments<
      AdamaxSettings,
      [
        lr?: number,
        betas?: readonly [number, number],
        eps?: number,
        weightDecay?: number,
        foreach?: boolean | null,
      ]
    >
  ) {
    const { params, settings } = readSettings<AdamaxSettings>(
      "Adamax",
      ["lr", "betas", "eps", "weightDecay", "foreach"],
      args,
      {
        lr: 2e-3,
        betas: [0.9, 0.999],
        eps: 1e-8,
        weightDecay: 0,
        foreach: null,
        maximize: false,
        differentiable: false,
        capturable: false,
      },
    );
    checkMoments(settings);
    super(params, settings);
  }

  protected override update(parameter: Tensor, grad: Tensor, settings: AdamaxSettings): void {
    const { lr, betas, eps, differentiable } = settings;
    const [beta1, beta2] = betas;
    const state = this.stateOf(
      parameter,
      () =>
        new Map([
          ["step", stepTensor()],
          ["exp_avg", zerosLike(parameter)],
          ["exp_inf", zerosLike(parameter)],
        ]),
    );
    const step = countStep(state);
    const direction = real(decayed(parameter, grad, settings, false));
    const mean = real(state.get("exp_avg") as Tensor).lerp_(direction, 1 - beta1);
    const largest = real(state.get("exp_inf") as Tensor).mul_(beta2);
    const present = direction.abs().add_(eps);
    if (differentiable) largest.copy_(largest.maximum(present));
    else largest.maximum(present, { out: largest });
    addQuotient(real(parameter), mean, largest, -lr / (1 - beta1 ** step));
  }
}

/** Moves both running averages. Where gradients flow through the step they read copies: the next step moves them again. */
function moved(
  state: ParameterState,
  direction: Tensor,
  { betas, differentiable }: MomentSettings,
): { readonly mean: Tensor; readonly square: Tensor } {
  const [beta1, beta2] = betas;
  const mean = real(state.get("exp_avg") as Tensor).lerp_(direction, 1 - beta1);
  const square = real(state.get("exp_avg_sq") as Tensor).mul_(beta2);
  addProduct(square, direction, direction, 1 - beta2);
  return differentiable ? { mean: mean.clone(), square: square.clone() } : { mean, square };
}

/** Adam with Nesterov's momentum (torch.optim.NAdam; Dozat 2016). */
export class NAdam extends Optimizer<NAdamSettings> {
  constructor(
    ...args: OptimizerArguments<
      NAdamSettings,
      [
        lr?: number,
        betas?: readonly [number, number],
        eps?: number,
        weightDecay?: number,
        momentumDecay?: number,
        decoupledWeightDecay?: boolean,
      ]
    >
  ) {
    const { params, settings } = readSettings<NAdamSettings>(
      "NAdam",
      ["lr", "betas", "eps", "weightDecay", "momentumDecay", "decoupledWeightDecay"],
      args,
      {
        lr: 2e-3,
        betas: [0.9, 0.999],
        eps: 1e-8,
        weightDecay: 0,
        momentumDecay: 4e-3,
        decoupledWeightDecay: false,
        maximize: false,
        foreach: null,
        capturable: false,
        differentiable: false,
      },
    );
    checkMoments(settings);
    checkNotNegative("momentum_decay value", settings.momentumDecay);
    super(params, settings);
  }

  protected override update(parameter: Tensor, grad: Tensor, settings: NAdamSettings): void {
    const { lr, betas, eps, momentumDecay, decoupledWeightDecay, differentiable } = settings;
    const [beta1, beta2] = betas;
    const state = this.stateOf(
      parameter,
      () =>
        new Map([
          ["step", stepTensor()],
          ["mu_product", scalarTensor(1, { dtype: stepTensor().dtype })],
          ["exp_avg", zerosLike(parameter)],
          ["exp_avg_sq", zerosLike(parameter)],
        ]),
    );
    const step = countStep(state);
    const direction = real(decayed(parameter, grad, settings, decoupledWeightDecay));
    const momentum = beta1 * (1 - 0.5 * 0.96 ** (step * momentumDecay));
    const next = beta1 * (1 - 0.5 * 0.96 ** ((step + 1) * momentumDecay));
    const product = Number((state.get("mu_product") as Tensor).mul_(momentum).item());
    const { mean, square } = moved(state, direction, settings);
    const denominator = rootOf(square.div(1 - beta2 ** step), eps, differentiable);
    const target = real(parameter);
    addQuotient(target, direction, denominator, (-lr * (1 - momentum)) / (1 - product));
    addQuotient(target, mean, denominator, (-lr * next) / (1 - product * next));
  }
}

/** Adam that corrects the variance of its first steps (torch.optim.RAdam; Liu et al., arXiv:1908.03265). */
export class RAdam extends Optimizer<RAdamSettings> {
  constructor(
    ...args: OptimizerArguments<
      RAdamSettings,
      [
        lr?: number,
        betas?: readonly [number, number],
        eps?: number,
        weightDecay?: number,
        decoupledWeightDecay?: boolean,
      ]
    >
  ) {
    const { params, settings } = readSettings<RAdamSettings>(
      "RAdam",
      ["lr", "betas", "eps", "weightDecay", "decoupledWeightDecay"],
      args,
      {
        lr: 1e-3,
        betas: [0.9, 0.999],
        eps: 1e-8,
        weightDecay: 0,
        maximize: false,
        foreach: null,
        capturable: false,
        decoupledWeightDecay: false,
        differentiable: false,
      },
    );
    checkMoments(settings);
    super(params, settings);
  }

  protected override update(parameter: Tensor, grad: Tensor, settings: RAdamSettings): void {
    const { lr, betas, eps, decoupledWeightDecay, differentiable } = settings;
    const [beta1, beta2] = betas;
    const state = this.stateOf(
      parameter,
      () =>
        new Map([
          ["step", stepTensor()],
          ["exp_avg", zerosLike(parameter)],
          ["exp_avg_sq", zerosLike(parameter)],
        ]),
    );
    const step = countStep(state);
    const direction = real(decayed(parameter, grad, settings, decoupledWeightDecay));
    const { mean, square } = moved(state, direction, settings);
    const correction = 1 - beta2 ** step;
    const longest = 2 / (1 - beta2) - 1;
    const length = longest - (2 * step * beta2 ** step) / correction;
    const update = mean.div(1 - beta1 ** step).mul_(lr);
    if (length > 5) {
      const rectification = Math.sqrt(
        ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length),
      );
      const adaptive = rootOf(square, eps, differentiable).reciprocal().mul(Math.sqrt(correction));
      update.mul_(adaptive).mul_(rectification);
    }
    real(parameter).add_(update, { alpha: -1 });
  }
}
