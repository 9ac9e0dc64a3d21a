// torch.optim.LBFGS.

import { PythonTypeError, RuntimeError, ValueError } from "../../core/errors.ts";
import { zeros } from "../creation.ts";
import { cat } from "../stacking.ts";
import { enableGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { real } from "./arithmetic.ts";
import { least, numberOf, over, type Quantity, strongWolfe, times } from "./line-search.ts";
import { type Closure, Optimizer, type OptimizerArguments, readSettings } from "./optimizer.ts";
import { checkLearningRate } from "./settings.ts";
import type { ParameterState } from "./state.ts";

/** Settings of L-BFGS. */
export interface LBFGSSettings {
  lr: number;
  maxIter: number;
  /** The most evaluations of a step; null: 5/4 of the iterations. */
  maxEval: number | null;
  toleranceGrad: number;
  toleranceChange: number;
  historySize: number;
  lineSearchFn: "strong_wolfe" | null;
}

/** What is remembered of earlier iterations. */
interface Memory {
  direction: Tensor;
  t: Quantity;
  /** Differences of gradients and of places, and the inverses of their products. */
  readonly gradients: Tensor[];
  readonly places: Tensor[];
  readonly inverses: Tensor[];
  /** The scale of the first approximation of the inverse Hessian. */
  scale: Quantity;
  before: Tensor | undefined;
  lossBefore: number;
}

/** L-BFGS, with a line search or without (torch.optim.LBFGS; Schmidt's minFunc). It knows one group of parameters. */
export class LBFGS extends Optimizer<LBFGSSettings> {
  constructor(
    ...args: OptimizerArguments<
      LBFGSSettings,
      [
        lr?: number,
        maxIter?: number,
        maxEval?: number | null,
        toleranceGrad?: number,
        toleranceChange?: number,
        historySize?: number,
        lineSearchFn?: LBFGSSettings["lineSearchFn"],
      ]
    >
  ) {
    const { params, settings } = readSettings<LBFGSSettings>(
      "LBFGS",
      ["lr", "maxIter", "maxEval", "toleranceGrad", "toleranceChange", "historySize", "lineSearchFn"],
      args,
      {
        lr: 1,
        maxIter: 20,
        maxEval: null,
        toleranceGrad: 1e-7,
        toleranceChange: 1e-9,
        historySize: 100,
        lineSearchFn: null,
      },
    );
    checkLearningRate(settings.lr);
    const maxEval = settings.maxEval ?? Math.floor((settings.maxIter * 5) / 4);
    super(params, { ...settings, maxEval });
    if (this.paramGroups.length !== 1) {
      throw new ValueError("LBFGS doesn't support per-parameter options (parameter groups)");
    }
  }

  /** The gradients of all parameters in one row. */
  private flatGrad(): Tensor {
    const rows = this.paramGroups[0]!.params.map((parameter) => {
      const { grad } = parameter;
      return real(grad ?? zeros(parameter.shape, { dtype: parameter.dtype })).reshape(-1);
    });
    return cat(rows, 0);
  }

  /** Moves the parameters along a direction. */
  private move(t: Quantity, direction: Tensor): void {
    let offset = 0;
    for (const parameter of this.paramGroups[0]!.params) {
      const target = real(parameter);
      const count = target.numel();
      target.add_(direction.narrow(0, offset, count).reshape(target.shape), { alpha: numberOf(t) });
      offset += count;
    }
  }

  protected override advance(closure: Closure | undefined): Tensor | number | undefined {
    if (closure === undefined)
      throw new PythonTypeError("LBFGS.step() missing 1 required positional argument: 'closure'");
    const group = this.paramGroups[0]!;
    const evaluate = (): Tensor | number => enableGrad(closure);
    const state = this.stateOf(group.params[0]!, () => new Map<string, unknown>());
    for (const name of ["func_evals", "n_iter"]) if (!state.has(name)) state.set(name, 0);
    const first = evaluate();
    increase(state, "func_evals", 1);
    const grad = this.flatGrad();
    if (isSmall(grad, group.toleranceGrad)) return first;
    this.iterate(state, evaluate, Number(numberOf(first)), grad);
    return first;
  }

  private iterate(
    state: ParameterState,
    evaluate: () => Tensor | number,
    firstLoss: number,
    firstGrad: Tensor,
  ): void {
    const { lr, maxIter, maxEval, toleranceGrad, toleranceChange, historySize, lineSearchFn } =
      this.paramGroups[0]!;
    const memory = remembered(state);
    let [loss, grad] = [firstLoss, firstGrad];
    let evaluations = 1;
    for (let iteration = 1; iteration <= maxIter; iteration++) {
      const isFirst = increase(state, "n_iter", 1) === 1;
      if (isFirst) begin(memory, grad);
      else turn(memory, grad, historySize, state);
      if (memory.before === undefined) memory.before = grad.clone();
      else memory.before.copy_(grad);
      memory.lossBefore = loss;
      memory.t = isFirst ? times(least(1, over(1, grad.abs().sum())), lr) : lr;
      const slope = grad.dot(memory.direction);
      if (numberOf(slope) > -toleranceChange) break;
      let used = 0;
      if (lineSearchFn !== null) {
        if (lineSearchFn !== "strong_wolfe") throw new RuntimeError("only 'strong_wolfe' is supported");
        const found = this.search(evaluate, memory, loss, grad, slope, (maxEval as number) - evaluations);
        ({ value: loss, grad, t: memory.t, evaluations: used } = found);
        this.move(memory.t, memory.direction);
      } else {
        this.move(memory.t, memory.direction);
        if (iteration !== maxIter) {
          loss = numberOf(evaluate());
          grad = this.flatGrad();
          used = 1;
        }
      }
      evaluations += used;
      increase(state, "func_evals", used);
      if (iteration === maxIter || evaluations >= (maxEval as number) || isSmall(grad, toleranceGrad)) break;
      if (isSmall(memory.direction.mul(memory.t), toleranceChange)) break;
      if (Math.abs(loss - memory.lossBefore) < toleranceChange) break;
    }
    remember(state, memory);
  }

  private search(
    evaluate: () => Tensor | number,
    memory: Memory,
    value: number,
    grad: Tensor,
    slope: Tensor,
    maxEvaluations: number,
  ): ReturnType<typeof strongWolfe> {
    const { params, toleranceChange } = this.paramGroups[0]!;
    const { direction, t } = memory;
    const places = params.map((parameter) => parameter.detach().clone());
    return strongWolfe({
      evaluate: (step) => {
        this.move(step, direction);
        const found = { value: numberOf(evaluate()), grad: this.flatGrad() };
        params.forEach((parameter, i) => {
          parameter.copy_(places[i]!);
        });
        return found;
      },
      direction,
      t,
      value,
      grad,
      slope,
      toleranceChange,
      maxEvaluations,
    });
  }
}

function increase(state: ParameterState, name: string, by: number): number {
  const value = (state.get(name) as number) + by;
  state.set(name, value);
  return value;
}

function isSmall(values: Tensor, tolerance: number): boolean {
  return numberOf(values.abs().max()) <= tolerance;
}

function remembered(state: ParameterState): Memory {
  return {
    direction: state.get("d") as Tensor,
    t: state.get("t") as Quantity,
    gradients: (state.get("old_dirs") ?? []) as Tensor[],
    places: (state.get("old_stps") ?? []) as Tensor[],
    inverses: (state.get("ro") ?? []) as Tensor[],
    scale: (state.get("H_diag") ?? 1) as Quantity,
    before: (state.get("prev_flat_grad") ?? undefined) as Tensor | undefined,
    lossBefore: state.get("prev_loss") as number,
  };
}

function remember(state: ParameterState, memory: Memory): void {
  const entries: Readonly<Record<string, unknown>> = {
    d: memory.direction,
    t: memory.t,
    old_dirs: memory.gradients,
    old_stps: memory.places,
    ro: memory.inverses,
    H_diag: memory.scale,
    prev_flat_grad: memory.before,
    prev_loss: memory.lossBefore,
  };
  for (const [name, value] of Object.entries(entries)) state.set(name, value);
}

/** The first direction is that of the gradient. */
function begin(memory: Memory, grad: Tensor): void {
  memory.direction = grad.neg();
  for (const list of [memory.gradients, memory.places, memory.inverses]) list.length = 0;
  memory.scale = 1;
}

/** The next direction: the approximate inverse Hessian times the gradient, by the two loops of L-BFGS. */
function turn(memory: Memory, grad: Tensor, historySize: number, state: ParameterState): void {
  const { gradients, places, inverses } = memory;
  const difference = grad.sub(memory.before!);
  const moved = memory.direction.mul(memory.t);
  const product = difference.dot(moved);
  if (numberOf(product) > 1e-10) {
    if (gradients.length === historySize) for (const list of [gradients, places, inverses]) list.shift();
    gradients.push(difference);
    places.push(moved);
    inverses.push(over(1, product) as Tensor);
    memory.scale = product.div(difference.dot(difference));
  }
  if (!state.has("al")) state.set("al", new Array<Tensor | null>(historySize).fill(null));
  const factors = state.get("al") as (Tensor | null)[];
  const rest = grad.neg();
  for (let i = gradients.length - 1; i >= 0; i--) {
    const factor = places[i]!.dot(rest).mul(inverses[i]!);
    factors[i] = factor;
    rest.add_(gradients[i]!, { alpha: -numberOf(factor) });
  }
  const direction = rest.mul(memory.scale);
  for (let i = 0; i < gradients.length; i++) {
    const factor = gradients[i]!.dot(direction).mul(inverses[i]!);
    direction.add_(places[i]!, { alpha: numberOf(factors[i]!.sub(factor)) });
  }
  memory.direction = direction;
}
