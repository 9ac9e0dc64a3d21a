// Variance and standard deviation (ATen/native/ReduceOps.cpp; their gradients in torch/csrc/autograd/FunctionsManual.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import type { Operand } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { product } from "../core/layout.ts";
import type { GradientContext, Operation } from "../core/op.ts";
import { warn } from "../core/warnings.ts";
import { divide, multiply, subtract } from "../ops/binary.ts";
import { equal } from "../ops/logic.ts";
import { sum as sumOperation } from "../ops/reductions.ts";
import { where } from "../ops/ternary.ts";
import { insertAxis } from "../ops/views.ts";
import { reductionAxes } from "./dims.ts";
import type { OutOptions } from "./elementwise.ts";
import { inFloat32 } from "./half.ts";
import { into } from "./in-place.ts";
import { named } from "./node.ts";
import type { Dims } from "./reduction-arguments.ts";
import { mean, sum } from "./reductions.ts";
import { anyRequiresGrad, isGradEnabled, noGrad, record } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

interface VarianceOptions extends OutOptions {
  readonly dim?: Dims;
  readonly keepdim?: boolean;
  /** What is taken from the count: 1, or 0 where `unbiased` is false. */
  readonly correction?: number | null;
  readonly unbiased?: boolean;
}

type VarianceArguments = Signature<
  [dim?: Dims | boolean, unbiased?: boolean, keepdim?: boolean],
  VarianceOptions
>;

interface Variance {
  readonly dim: Dims;
  readonly correction: number;
  readonly keepdim: boolean;
  readonly out: Tensor | null;
}

function varianceArguments(name: string, args: readonly unknown[]): Variance {
  type Bound = Omit<Required<VarianceOptions>, "dim"> & { readonly dim: Dims | boolean };
  const bound = bind<Bound>(name, ["dim", "unbiased", "keepdim"], args, {
    dim: null,
    unbiased: true,
    keepdim: false,
    correction: null,
    out: null,
  });
  const { dim, keepdim, out } = bound;
  const unbiased = typeof dim === "boolean" ? dim : bound.unbiased;
  return {
    dim: typeof dim === "boolean" ? null : dim,
    correction: Number(bound.correction ?? (unbiased ? 1 : 0)),
    keepdim,
    out,
  };
}

interface GradientAttributes {
  /** The axes that went away. */
  readonly axes: readonly number[];
  readonly keepdims: boolean;
  /** How many elements the gradient counts: PyTorch takes a list of no axes for one element. */
  readonly count: number;
  readonly correction: number;
  readonly isAll: boolean;
}

/** 2 / (count - correction) times the distances from the mean; of everything with nothing left to count, infinity. */
function varianceGradient<Value extends Operand>(
  { inputs, attributes, run }: GradientContext<Value, GradientAttributes>,
  g: Value,
): Value {
  const { axes, keepdims, count, correction, isAll } = attributes;
  const x = inputs[0]!;
  const length = product(axes.map((axis) => x.layout.shape[axis]!));
  const average = run(divide, [run(sumOperation, [x], { axes, keepdims: true }), length]);
  const hasAxes = keepdims || g.layout.rank === x.layout.rank;
  const flowing = hasAxes ? g : axes.reduce((value, axis) => run(insertAxis, [value], { axis }), g);
  if (isAll && count <= correction) {
    const infinite = run(where, [run(equal, [x, average]), Number.NaN, Number.POSITIVE_INFINITY]);
    return run(multiply, [flowing, infinite]);
  }
  const scaled = run(multiply, [flowing, 2 / (count - correction)]);
  return run(multiply, [scaled, run(subtract, [x, average])]);
}

const varianceOperation: Operation<GradientAttributes> = {
  name: "variance",
  label: "Var",
  promotion: "none",
  infer: (inputs) => inputs,
  saves: { inputs: [0] },
  gradient: (context) => [varianceGradient(context, context.grads[0]!)],
};

/** The gradient of a deviation of 0 is 0. */
const deviationOperation: Operation<GradientAttributes> = {
  name: "deviation",
  label: "Std",
  promotion: "none",
  infer: (inputs) => inputs,
  saves: { inputs: [0], outputs: [0] },
  gradient: (context) => {
    const { outputs, grads, run } = context;
    const isZero = run(equal, [outputs[0]!, 0]);
    const divisor = run(multiply, [run(where, [isZero, 1, outputs[0]!]), 2]);
    const g = run(divide, [grads[0]!, divisor]);
    return [varianceGradient(context, run(where, [isZero, 0, g]))];
  },
};

function varianceOf(name: string, input: Tensor, parameters: Variance, axes: readonly number[]): Tensor {
  const { correction, keepdim } = parameters;
  const count = Math.max(product(axes.map((axis) => input.shape[axis]!)) - correction, 0);
  if (count === 0) {
    warn(
      "UserWarning",
      `${name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel divided ` +
        "by output numel).",
    );
  }
  const deviation = input.sub(mean(input, axes, true));
  const squares = input.dtype.isComplex ? deviation.mul(deviation.conj()).real : deviation.mul(deviation);
  return sum(squares, axes, keepdim).div(count);
}

/** Computes without history, and records one node. */
function computed(
  name: string,
  input: Tensor,
  parameters: Variance,
  operation: Operation<GradientAttributes>,
  label?: string,
): Tensor {
  const { dtype } = input;
  if (!dtype.isFloatingPoint && !dtype.isComplex) {
    throw new RuntimeError("std and var only support floating point and complex dtypes");
  }
  const { dim, correction, keepdim } = parameters;
  const axes = reductionAxes(dim, input.ndim);
  const result = noGrad(() =>
    inFloat32([input.detach()], (source) => {
      const squared = varianceOf(name, source, parameters, axes);
      return operation === deviationOperation ? squared.sqrt() : squared;
    }),
  );
  if (isGradEnabled() && anyRequiresGrad([input])) {
    const counted = typeof dim === "object" && dim?.length === 0 ? [] : axes;
    const count = product(counted.map((axis) => input.shape[axis]!));
    const isAll = dim === null || input.ndim === 0;
    record(operation, [input], [result], { axes, keepdims: keepdim, count, correction, isAll }, label);
  }
  return result;
}

/** The variance, with the count less one below unless another correction is given. */
function variance(input: Tensor, ...args: VarianceArguments): Tensor {
  const parameters = varianceArguments("var", args);
  return into(computed("var", input, parameters, varianceOperation), parameters.out, "var", [input]);
}

/** The standard deviation. */
export function std(input: Tensor, ...args: VarianceArguments): Tensor {
  const parameters = varianceArguments("std", args);
  return into(computed("std", input, parameters, deviationOperation), parameters.out, "std", [input]);
}

export { variance as var };

/** Variance and mean. */
export function varMean(input: Tensor, ...args: VarianceArguments): [Tensor, Tensor] {
  const parameters = varianceArguments("var_mean", args);
  const { dim, keepdim } = parameters;
  const label = "VarMeanBackward0";
  const squared = computed("var_mean", input, parameters, varianceOperation, label);
  return [squared, named(mean(input, dim, keepdim), label)];
}

/** Standard deviation and mean. */
export function stdMean(input: Tensor, ...args: VarianceArguments): [Tensor, Tensor] {
  const parameters = varianceArguments("std_mean", args);
  const { dim, keepdim } = parameters;
  const label = "StdMeanBackward0";
  const deviation = computed("std_mean", input, parameters, deviationOperation, label);
  return [deviation, named(mean(input, dim, keepdim), label)];
}
