// torch.optim.RMSprop, Rprop and ASGD.

import { ValueError } from "../../core/errors.ts";
import { float } from "../../core/python.ts";
import { fullLike, scalarTensor, zerosLike } from "../creation.ts";
import { settingText } from "../nn/text.ts";
import type { Tensor } from "../tensor.ts";
import { addProduct, addQuotient, real, rootOf } from "./arithmetic.ts";
import { Optimizer, type OptimizerArguments, readSettings } from "./optimizer.ts";
import { checkLearningRate, checkNotNegative, type Implementation } from "./settings.ts";
import { countStep, stepTensor } from "./state.ts";

/** Settings of RMSprop. */
export interface RMSpropSettings extends Implementation {
  lr: number;
  alpha: number;
  eps: number;
  weightDecay: number;
  momentum: number;
  centered: boolean;
}

/** RMSprop, centered and with momentum too (torch.optim.RMSprop; Hinton's lecture 6; Graves, arXiv:1308.0850). */
export class RMSprop extends Optimizer<RMSpropSettings> {
  constructor(
    ...args: OptimizerArguments<
      RMSpropSettings,
      [
        lr?: number,
        alpha?: number,
        eps?: number,
        weightDecay?: number,
        momentum?: number,
        centered?: boolean,
        capturable?: boolean,
        foreach?: boolean | null,
        maximize?: boolean,
        differentiable?: boolean,
      ]
    >
  ) {
    const { params, settings } = readSettings<RMSpropSettings>(
      "RMSprop",
      [
        "lr",
        "alpha",
        "eps",
        "weightDecay",
        "momentum",
        "centered",
        "capturable",
        "foreach",
        "maximize",
        "differentiable",
      ],
      args,
      {
        lr: 1e-2,
        momentum: 0,
        alpha: 0.99,
        eps: 1e-8,
        centered: false,
        weightDecay: 0,
        capturable: false,
        foreach: null,
        maximize: false,
        differentiable: false,
      },
    );
    checkLearningRate(settings.lr);
    checkNotNegative("epsilon value", settings.eps);
    checkNotNegative("momentum value", settings.momentum);
    checkNotNegative("weight_decay value", settings.weightDecay);
    checkNotNegative("alpha value", settings.alpha);
    super(params, settings);
  }

  protected override update(parameter: Tensor, grad: Tensor, settings: RMSpropSettings): void {
    const { lr, alpha, eps, weightDecay, momentum, centered, maximize, differentiable } = settings;
    const state = this.stateOf(parameter, () => {
      const begin = new Map([
        ["step", stepTensor()],
        ["square_avg", zerosLike(parameter)],
      ]);
      if (momentum > 0) begin.set("momentum_buffer", zerosLike(parameter));
      if (centered) begin.set("grad_avg", zerosLike(parameter));
      return begin;
    }) as Map<string, Tensor>;
    countStep(state);
    let direction = maximize ? grad.neg() : grad;
    if (weightDecay !== 0) direction = direction.add(parameter, { alpha: weightDecay });
    direction = real(direction);
    const square = real(state.get("square_avg")!).mul_(alpha);
    addProduct(square, direction, direction, 1 - alpha);
    let variance = square;
    if (centered) {
      const mean = real(state.get("grad_avg")!).lerp_(direction, 1 - alpha);
      variance = square.sub(mean.mul(mean));
    }
    const average = rootOf(variance, eps, differentiable);
    const target = real(parameter);
    if (momentum > 0) {
      const buffer = real(state.get("momentum_buffer")!).mul_(momentum);
      target.add_(addQuotient(buffer, direction, average, 1), { alpha: -lr });
    } else addQuotient(target, direction, average, -lr);
  }
}

/** Settings of Rprop. */
export interface RpropSettings extends Implementation {
  lr: number;
  /** Factors by which a step shrinks and grows. */
  etas: readonly [number, number];
  /** The smallest and the largest step. */
  stepSizes: readonly [number, number];
}

/** Resilient backpropagation (torch.optim.Rprop; Riedmiller and Braun 1993). */
export class Rprop extends Optimizer<RpropSettings> {
  constructor(
    ...args: OptimizerArguments<
      RpropSettings,
      [lr?: number, etas?: readonly [number, number], stepSizes?: readonly [number, number]]
    >
  ) {
    const { params, settings } = readSettings<RpropSettings>("Rprop", ["lr", "etas", "stepSizes"], args, {
      lr: 1e-2,
      etas: [0.5, 1.2],
      stepSizes: [1e-6, 50],
      foreach: null,
      maximize: false,
      differentiable: false,
      capturable: false,
    });
    checkLearningRate(settings.lr);
    const [shrink, grow] = settings.etas;
    if (!(shrink > 0 && shrink < 1 && grow > 1))
      throw new ValueError(`Invalid eta values: ${settings.etas.map(settingText).join(", ")}`);
    super(params, settings);
  }

  protected override update(parameter: Tensor, grad: Tensor, settings: RpropSettings): void {
    const { lr, etas, stepSizes, maximize } = settings;
    const [shrink, grow] = etas;
    const state = this.stateOf(parameter, () => {
      const first = parameter.dtype.isComplex ? { re: lr, im: lr } : lr;
      return new Map([
        ["step", stepTensor()],
        ["prev", zerosLike(parameter)],
        ["step_size", fullLike(grad, first)],
      ]);
    });
    countStep(state);
    const direction = real(maximize ? grad.neg() : grad);
    const previous = real(state.get("prev") as Tensor);
    const size = real(state.get("step_size") as Tensor);
    const agreement = direction.mul(previous).sign();
    const isTurned = agreement.lt(0);
    const factor = agreement
      .maskedFill(agreement.gt(0), grow)
      .maskedFill_(isTurned, shrink)
      .maskedFill_(agreement.eq(0), 1);
    size.mul_(factor).clamp_(stepSizes[0], stepSizes[1]);
    const kept = direction.clone().maskedFill_(isTurned, 0);
    addProduct(real(parameter), kept.sign(), size, -1);
    previous.copy_(kept);
  }
}

/** Settings of averaged stochastic gradient descent. */
export interface ASGDSettings extends Implementation {
  lr: number;
  lambd: number;
  alpha: number;
  t0: number;
  weightDecay: number;
}

/** Averaged stochastic gradient descent (torch.optim.ASGD; Polyak and Juditsky 1992). */
export class ASGD extends Optimizer<ASGDSettings> {
  constructor(
    ...args: OptimizerArguments<
      ASGDSettings,
      [
        lr?: number,
        lambd?: number,
        alpha?: number,
        t0?: number,
        weightDecay?: number,
        foreach?: boolean | null,
        maximize?: boolean,
        differentiable?: boolean,
        capturable?: boolean,
      ]
    >
  ) {
    const { params, settings } = readSettings<ASGDSettings>(
      "ASGD",
      ["lr", "lambd", "alpha", "t0", "weightDecay", "foreach", "maximize", "differentiable", "capturable"],
      args,
      {
        lr: 1e-2,
        lambd: 1e-4,
        alpha: 0.75,
        t0: float(1e6) as unknown as number,
        weightDecay: 0,
        foreach: null,
        maximize: false,
        differentiable: false,
        capturable: false,
      },
    );
    checkLearningRate(settings.lr);
    checkNotNegative("weight_decay value", settings.weightDecay);
    super(params, settings);
  }

  protected override update(parameter: Tensor, grad: Tensor, settings: ASGDSettings): void {
    const { lr, lambd, alpha, t0, weightDecay, maximize } = settings;
    const state = this.stateOf(parameter, () => {
      const step = stepTensor();
      const { dtype } = step;
      return new Map([
        ["step", step],
        ["eta", scalarTensor(lr, { dtype })],
        ["mu", scalarTensor(1, { dtype })],
        ["ax", zerosLike(parameter)],
      ]);
    }) as Map<string, Tensor>;
    const step = countStep(state);
    let direction = real(maximize ? grad.neg() : grad);
    const target = real(parameter);
    if (weightDecay !== 0) direction = direction.add(target, { alpha: weightDecay });
    const eta = Number(state.get("eta")!.item());
    target.mul_(1 - lambd * eta).add_(direction, { alpha: -eta });
    const average = real(state.get("ax")!);
    const mu = Number(state.get("mu")!.item());
    if (mu === 1) average.copy_(target);
    else average.add_(target.sub(average).mul_(mu));
    state.get("eta")!.fill_(lr / (1 + lambd * lr * step) ** alpha);
    state.get("mu")!.fill_(1 / Math.max(1, step - t0));
  }
}
