// torch.optim.Adafactor and Muon: optimizers that look at a parameter as a matrix.

import { bfloat16 } from "../../core/dtype.ts";
import { RuntimeError, ValueError } from "../../core/errors.ts";
import { float } from "../../core/python.ts";
import { addmm, type FactorOptions } from "../added-products.ts";
import { zeros, zerosLike } from "../creation.ts";
import { inFloat32 } from "../half.ts";
import { finfo } from "../limits.ts";
import { type Numeric, settingText } from "../nn/text.ts";
import { sizeRepr } from "../print.ts";
import type { Tensor } from "../tensor.ts";
import { Optimizer, type OptimizerArguments, readSettings } from "./optimizer.ts";
import { checkAtLeastZero, checkLearningRate } from "./settings.ts";
import { countStep, stepTensor } from "./state.ts";

/** Settings of Adafactor. */
export interface AdafactorSettings {
  lr: number;
  beta2Decay: number;
  /** The least mean square (null: the type's epsilon), and the least size of a parameter that a step goes by. */
  eps: readonly [number | null, number];
  d: number;
  weightDecay: number;
  foreach: boolean | null;
  maximize: boolean;
}

/** Adam's second moment from the means of rows and columns (torch.optim.Adafactor; Shazeer and Stern 2018). */
export class Adafactor extends Optimizer<AdafactorSettings> {
  constructor(
    ...args: OptimizerArguments<
      AdafactorSettings,
      [
        lr?: number,
        beta2Decay?: number,
        eps?: readonly [number | null, number],
        d?: number,
        weightDecay?: number,
      ]
    >
  ) {
    const { params, settings } = readSettings<AdafactorSettings>(
      "Adafactor",
      ["lr", "beta2Decay", "eps", "d", "weightDecay"],
      args,
      {
        lr: 1e-2,
        beta2Decay: -0.8,
        eps: [null, 1e-3],
        d: float(1) as unknown as number,
        weightDecay: float(0) as unknown as number,
        foreach: null,
        maximize: false,
      },
    );
    const words = (what: string, relation: string, value: Numeric): ValueError =>
      new ValueError(`${what} should be ${relation} but is: ${settingText(value)}`);
    const { lr, beta2Decay, eps, d, weightDecay } = settings;
    checkLearningRate(lr, checkAtLeastZero, "Learning rate");
    if (!(beta2Decay <= 0)) throw words("beta2_decay", "<= 0", beta2Decay);
    if (eps[0] !== null) checkAtLeastZero("epsilon1", eps[0]);
    checkAtLeastZero("epsilon2", eps[1]);
    if (!(d >= 1)) throw words("Clipping threshold d", ">= 1", d);
    checkAtLeastZero("weight_decay", weightDecay);
    super(params, settings);
  }

  protected override update(parameter: Tensor, grad: Tensor, settings: AdafactorSettings): void {
    if (parameter.dtype.isComplex) throw new RuntimeError("Adafactor does not support complex parameters");
    const { lr, beta2Decay, eps, d, weightDecay, maximize } = settings;
    const least = eps[0] ?? finfo(parameter.dtype).eps;
    const state = this.stateOf(parameter, () => begun(grad)) as Map<string, Tensor>;
    const direction = maximize ? grad.neg() : grad;
    const step = countStep(state);
    const size = Number(parameter.norm().item()) / Math.sqrt(parameter.numel());
    const rate = Math.max(eps[1], size) * Math.min(lr, 1 / Math.sqrt(step));
    if (weightDecay !== 0) parameter.mul_(1 - lr * weightDecay);
    const squares = estimated(state, direction, step ** beta2Decay, least);
    const update = squares
      .clamp_({ min: least * least })
      .rsqrt_()
      .mul_(direction);
    const length = Number(update.norm().item()) / (Math.sqrt(update.numel()) * d);
    parameter.add_(update, { alpha: -rate / Math.max(1, length) });
  }
}

function begun(grad: Tensor): Map<string, Tensor> {
  const { shape, dtype } = grad;
  const state = new Map([["step", stepTensor()]]);
  if (grad.ndim < 2) return state.set("variance", zerosLike(grad));
  const rank = shape.length;
  const without = (axis: number): number[] => shape.map((length, i) => (i === axis ? 1 : length));
  state.set("row_var", zeros(without(rank - 1), { dtype }));
  return state.set("col_var", zeros(without(rank - 2), { dtype }));
}

/** The mean square of each element of the gradient, in memory of its own. */
function estimated(state: ReadonlyMap<string, Tensor>, grad: Tensor, weight: number, least: number): Tensor {
  if (grad.ndim < 2) return state.get("variance")!.lerp_(grad.mul(grad), weight).clone();
  const meanSquare = (dim: number): Tensor =>
    grad.norm({ p: 2, dim, keepdim: true }).square_().div_(grad.shape.at(dim)!);
  const rows = state.get("row_var")!.lerp_(meanSquare(-1), weight);
  const columns = state.get("col_var")!.lerp_(meanSquare(-2), weight);
  return rows.matmul(columns).div_(rows.mean({ dim: -2, keepdim: true }).clamp_({ min: least }));
}

/** Settings of Muon. */
export interface MuonSettings {
  lr: number;
  weightDecay: number;
  momentum: number;
  nesterov: boolean;
  /** Coefficients of the quintic polynomial that each iteration applies to the singular values. */
  nsCoefficients: readonly [number, number, number];
  eps: number;
  nsSteps: number;
  adjustLrFn: "original" | "match_rms_adamw" | null;
}

/** Momentum, made orthogonal by Newton and Schulz's iteration in bfloat16 (torch.optim.Muon; Jordan 2024). */
export class Muon extends Optimizer<MuonSettings> {
  constructor(
    ...args: OptimizerArguments<
      MuonSettings,
      [
        lr?: number,
        weightDecay?: number,
        momentum?: number,
        nesterov?: boolean,
        nsCoefficients?: readonly [number, number, number],
        eps?: number,
        nsSteps?: number,
        adjustLrFn?: MuonSettings["adjustLrFn"],
      ]
    >
  ) {
    const { params, settings } = readSettings<MuonSettings>(
      "Muon",
      ["lr", "weightDecay", "momentum", "nesterov", "nsCoefficients", "eps", "nsSteps", "adjustLrFn"],
      args,
      {
        lr: 1e-3,
        weightDecay: 0.1,
        momentum: 0.95,
        nesterov: true,
        nsCoefficients: [3.4445, -4.775, 2.0315],
        eps: 1e-7,
        nsSteps: 5,
        adjustLrFn: null,
      },
    );
    checkLearningRate(settings.lr, checkAtLeastZero, "Learning rate");
    checkAtLeastZero("momentum", settings.momentum);
    checkAtLeastZero("weight decay", settings.weightDecay);
    const { adjustLrFn } = settings;
    if (adjustLrFn !== null && adjustLrFn !== "original" && adjustLrFn !== "match_rms_adamw") {
      throw new ValueError(`Adjust learning rate function ${String(adjustLrFn)} is not supported`);
    }
    super(params, settings);
    const other = this.paramGroups.flatMap((group) => group.params).find((parameter) => parameter.ndim !== 2);
    if (other !== undefined) {
      throw new ValueError(
        `Muon only supports 2D parameters whereas we found a parameter with size: ${sizeRepr(other.shape)}`,
      );
    }
  }

  protected override update(parameter: Tensor, grad: Tensor, settings: MuonSettings): void {
    if (parameter.dtype.isComplex) throw new RuntimeError("Muon does not support complex parameters");
    if (grad.ndim !== 2) throw new ValueError("Param gradient must be a 2D matrix");
    const { lr, weightDecay, momentum, nesterov } = settings;
    const state = this.stateOf(parameter, () => new Map([["momentum_buffer", zerosLike(grad)]]));
    const buffer = (state.get("momentum_buffer") as Tensor).lerp_(grad, 1 - momentum);
    const update = orthogonal(nesterov ? grad.lerp(buffer, momentum) : buffer, settings);
    const [rows, columns] = parameter.shape as [number, number];
    const ratio =
      settings.adjustLrFn === "match_rms_adamw"
        ? 0.2 * Math.sqrt(Math.max(rows, columns))
        : Math.sqrt(Math.max(1, rows / columns));
    parameter.mul_(1 - lr * weightDecay);
    parameter.add_(update, { alpha: -lr * ratio });
  }
}

/** The matrix with its singular values brought near 1. */
function orthogonal(matrix: Tensor, { nsCoefficients, nsSteps, eps }: MuonSettings): Tensor {
  if (nsSteps >= 100)
    throw new ValueError("Number of steps must be less than 100 for computational efficiency");
  if (nsCoefficients.length !== 3) throw new ValueError("Coefficients must be a tuple of exactly 3 values");
  const [a, b, c] = nsCoefficients;
  const isTall = matrix.shape[0]! > matrix.shape[1]!;
  let result = matrix.to(bfloat16);
  if (isTall) result = result.T;
  result.div_(inFloat32([result], (each) => each.norm()).clamp({ min: eps }));
  for (let step = 0; step < nsSteps; step++) {
    const gram = result.matmul(result.T);
    const update = rounded([gram, gram, gram], { beta: b, alpha: c });
    result = rounded([result, update, result], { beta: a });
  }
  return isTall ? result.T : result;
}

/** `addmm` of half tensors, rounded once. */
function rounded(matrices: readonly [Tensor, Tensor, Tensor], factors: FactorOptions): Tensor {
  return inFloat32(matrices, (input, left, right) => addmm(input, left, right, factors));
}
