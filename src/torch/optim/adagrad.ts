// torch.optim.Adagrad and Adadelta.

import { ValueError } from "../../core/errors.ts";
import { float } from "../../core/python.ts";
import { fullLike, zerosLike } from "../creation.ts";
import { settingText } from "../nn/text.ts";
import type { Tensor } from "../tensor.ts";
import { addProduct, addQuotient, real, rootOf } from "./arithmetic.ts";
import { Optimizer, type OptimizerArguments, readSettings } from "./optimizer.ts";
import { checkFused, checkLearningRate, checkNotNegative, type Implementation } from "./settings.ts";
import { countStep, type ParameterState, stepTensor } from "./state.ts";

/** Settings of Adagrad. */
export interface AdagradSettings extends Omit<Implementation, "capturable"> {
  lr: number;
  lrDecay: number;
  eps: number;
  weightDecay: number;
  initialAccumulatorValue: number;
  fused: boolean | null;
}

/** Adagrad (torch.optim.Adagrad; Duchi et al. 2011). */
export class Adagrad extends Optimizer<AdagradSettings> {
  constructor(
    ...args: OptimizerArguments<
      AdagradSettings,
      [
        lr?: number,
        lrDecay?: number,
        weightDecay?: number,
        initialAccumulatorValue?: number,
        eps?: number,
        foreach?: boolean | null,
      ]
    >
  ) {
    const { params, settings } = readSettings<AdagradSettings>(
      "Adagrad",
      ["lr", "lrDecay", "weightDecay", "initialAccumulatorValue", "eps", "foreach"],
      args,
      {
        lr: 1e-2,
        lrDecay: 0,
        eps: 1e-10,
        weightDecay: 0,
        initialAccumulatorValue: 0,
        foreach: null,
        maximize: false,
        differentiable: false,
        fused: null,
      },
    );
    checkLearningRate(settings.lr);
    checkNotNegative("lr_decay value", settings.lrDecay);
    checkNotNegative("weight_decay value", settings.weightDecay);
    checkNotNegative("initial_accumulator_value value", settings.initialAccumulatorValue);
    checkNotNegative("epsilon value", settings.eps);
    super(params, settings);
    checkFused(settings);
    // PyTorch begins the sums of the first groups at once, those of groups that are added later at their first step.
    for (const group of this.paramGroups) for (const parameter of group.params) this.sumsOf(parameter);
  }

  private sumsOf(parameter: Tensor): ParameterState {
    const { initialAccumulatorValue: value } = this.defaults;
    return this.stateOf(parameter, () => {
      const initial = parameter.dtype.isComplex ? { re: value, im: value } : value;
      return new Map([
        ["step", stepTensor()],
        ["sum", fullLike(parameter, initial).detach()],
      ]);
    });
  }

  protected override update(parameter: Tensor, grad: Tensor, settings: AdagradSettings): void {
    const { lr, lrDecay, eps, weightDecay, maximize, differentiable } = settings;
    const state = this.sumsOf(parameter);
    const step = countStep(state);
    let direction = maximize ? grad.neg() : grad;
    if (weightDecay !== 0) direction = direction.add(parameter, { alpha: weightDecay });
    direction = real(direction);
    const sum = addProduct(real(state.get("sum") as Tensor), direction, direction, 1);
    const denominator = rootOf(sum, eps, differentiable);
    addQuotient(real(parameter), direction, denominator, -lr / (1 + (step - 1) * lrDecay));
  }
}

/** Settings of Adadelta. */
export interface AdadeltaSettings extends Implementation {
  lr: number;
  rho: number;
  eps: number;
  weightDecay: number;
}

/** Adadelta (torch.optim.Adadelta; Zeiler, arXiv:1212.5701). */
export class Adadelta extends Optimizer<AdadeltaSettings> {
  constructor(
    ...args: OptimizerArguments<
      AdadeltaSettings,
      [lr?: number, rho?: number, eps?: number, weightDecay?: number, foreach?: boolean | null]
    >
  ) {
    const { params, settings } = readSettings<AdadeltaSettings>(
      "Adadelta",
      ["lr", "rho", "eps", "weightDecay", "foreach"],
      args,
      {
        lr: float(1) as unknown as number,
        rho: 0.9,
        eps: 1e-6,
        weightDecay: 0,
        maximize: false,
        capturable: false,
        foreach: null,
        differentiable: false,
      },
    );
    checkLearningRate(settings.lr);
    if (!(settings.rho >= 0 && settings.rho <= 1))
      throw new ValueError(`Invalid rho value: ${settingText(settings.rho)}`);
    checkNotNegative("epsilon value", settings.eps);
    checkNotNegative("weight_decay value", settings.weightDecay);
    super(params, settings);
  }

  protected override update(parameter: Tensor, grad: Tensor, settings: AdadeltaSettings): void {
    const { lr, rho, eps, weightDecay, maximize, differentiable } = settings;
    const state = this.stateOf(
      parameter,
      () =>
        new Map([
          ["step", stepTensor()],
          ["square_avg", zerosLike(parameter)],
          ["acc_delta", zerosLike(parameter)],
        ]),
    );
    countStep(state);
    let direction = maximize ? grad.neg() : grad;
    if (weightDecay !== 0) direction = direction.add(parameter, { alpha: weightDecay });
    direction = real(direction);
    const square = real(state.get("square_avg") as Tensor);
    const moved = real(state.get("acc_delta") as Tensor);
    addProduct(square.mul_(rho), direction, direction, 1 - rho);
    const deviation = square.add(eps).sqrt_();
    let delta = moved.add(eps).sqrt_();
    if (differentiable) delta = delta.clone();
    delta.div_(deviation).mul_(direction);
    addProduct(moved.mul_(rho), delta, delta, 1 - rho);
    real(parameter).add_(delta, { alpha: -lr });
  }
}
