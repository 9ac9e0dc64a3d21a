// torch.autograd.gradcheck and gradgradcheck: gradients held against differences of the function's own values
// (torch/autograd/gradcheck.py). Complex functions are seen as functions of their parts.

import { complex128, type DType, float64 } from "../core/dtype.ts";
import { forEachPosition, getterOf, type Scalar, setterOf } from "../core/elements.ts";
import { PythonError, RuntimeError, ValueError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { warn } from "../core/warnings.ts";
import { TensorBase } from "./base.ts";
import { onesLike, zerosLike } from "./creation.ts";
import { grad } from "./grad.ts";
import { rand } from "./random.ts";
import { allocate } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** What does not agree: the Jacobians, or how a gradient comes about. */
export class GradcheckError extends PythonError {
  constructor(message: string) {
    super("GradcheckError", message);
  }
}

/** A function under test: from tensors to one or several. */
export type Checked = (...inputs: never[]) => unknown;

/** Options of `gradcheck`. */
export interface GradcheckOptions {
  /** How far inputs are moved; default 1e-6. */
  readonly eps?: number;
  readonly atol?: number;
  readonly rtol?: number;
  /** False: the answer is given instead of an error. */
  readonly raiseException?: boolean;
  /** How far apart two backward passes may be; default 0. */
  readonly nondetTol?: number;
  /** Whether outputs without a gradient have to count as zeros; default true. */
  readonly checkUndefinedGrad?: boolean;
  /** Whether gradients need the types of their inputs. */
  readonly checkGradDtypes?: boolean;
}

type Settings = Required<GradcheckOptions>;

const defaults: Settings = {
  eps: 1e-6,
  atol: 1e-5,
  rtol: 1e-3,
  raiseException: true,
  nondetTol: 0,
  checkUndefinedGrad: true,
  checkGradDtypes: false,
};

type Inputs = readonly unknown[];
type Call = (inputs: Inputs) => Tensor[];

function isTensor(value: unknown): value is Tensor {
  return value instanceof TensorBase;
}

function isDifferentiable({ dtype }: Tensor): boolean {
  return dtype.isFloatingPoint || dtype.isComplex;
}

function tensorsOf(value: unknown): Tensor[] {
  if (isTensor(value)) return [value];
  return Array.isArray(value) ? value.filter(isTensor) : [];
}

/**
 * Compares the gradients of a function's outputs with central differences, for every input that requires a gradient.
 * @param inputs a tensor, or the arguments in an array; double precision is wanted
 * @returns true when they agree
 * @throws GradcheckError with both Jacobians, unless `raiseException` is false
 */
export function gradcheck(func: Checked, inputs: Tensor | Inputs, options: GradcheckOptions = {}): boolean {
  const settings = { ...defaults, ...options };
  const list = isTensor(inputs) ? [inputs] : inputs;
  const call: Call = (args) => tensorsOf((func as (...args: Inputs) => unknown)(...args));
  try {
    check(call, list, settings);
    return true;
  } catch (error) {
    if (settings.raiseException || !(error instanceof GradcheckError)) throw error;
    return false;
  }
}

/**
 * As `gradcheck`, of the gradients themselves: second derivatives.
 * @param gradOutputs gradients to begin with; random ones when not given
 */
export function gradgradcheck(
  func: Checked,
  inputs: Tensor | Inputs,
  gradOutputs: Tensor | readonly Tensor[] | null = null,
  options: GradcheckOptions = {},
): boolean {
  const list = isTensor(inputs) ? [inputs] : inputs;
  const call: Call = (args) =>
    tensorsOf((func as (...args: Inputs) => unknown)(...args)).filter((output) => output.requiresGrad);
  const starts = gradOutputs === null ? call(list).map(randomLike) : tensorsOf(gradOutputs);
  const wants = list.map((input) => isTensor(input) && input.requiresGrad);
  const gradients = (...args: Inputs): Tensor[] => {
    const own = args.slice(0, list.length);
    const sources = own.filter((input, i): input is Tensor => isTensor(input) && wants[i] === true);
    const grads = grad(call(own), sources, {
      gradOutputs: args.slice(list.length) as Tensor[],
      createGraph: true,
      allowUnused: true,
    });
    return grads.filter((each): each is Tensor => each !== null);
  };
  return gradcheck(gradients as Checked, [...list, ...starts], options);
}

function randomLike(output: Tensor): Tensor {
  const { shape, dtype } = output;
  return rand([...shape], { dtype })
    .mul(2)
    .sub(1)
    .detach()
    .requiresGrad_(true);
}

function check(call: Call, inputs: Inputs, settings: Settings): void {
  checkInputs(inputs);
  const all = call(inputs);
  const outputs = all.filter((output) => isDifferentiable(output) && output.requiresGrad);
  if (outputs.length === 0) {
    checkZero(call, inputs, settings);
    return;
  }
  const isComplex = all.some((output) => output.dtype.isComplex && output.requiresGrad);
  if (isComplex) checkPart(imaginaryParts(call), inputs, settings, "imaginary", call);
  checkPart(isComplex ? realParts(call) : call, inputs, settings, isComplex ? "real" : null, call);
  if (settings.checkUndefinedGrad) checkUndefined(call, inputs);
}

const realParts =
  (call: Call): Call =>
  (inputs) =>
    call(inputs).map((output) => (output.dtype.isComplex ? output.real : output));
const imaginaryParts =
  (call: Call): Call =>
  (inputs) =>
    call(inputs).map((output) => (output.dtype.isComplex ? output.imag : output));

function checkInputs(inputs: Inputs): void {
  let isAny = false;
  inputs.forEach((input, i) => {
    if (!isTensor(input) || !input.requiresGrad) return;
    isAny = true;
    if (input.dtype !== float64 && input.dtype !== complex128) {
      warn(
        "UserWarning",
        `Input #${i} requires gradient and is not a double precision floating point or complex. This check will likely ` +
          "fail if all the inputs are not of double precision floating point or complex. ",
      );
    }
    if (input.shape.some((length, axis) => length > 1 && input.stride(axis) === 0)) {
      throw new RuntimeError(
        `The ${i}th input has a dimension with stride 0. gradcheck only supports inputs that are non-overlapping to be ` +
          "able to compute the numerical gradients correctly. You should call .contiguous on the input before passing it " +
          "to gradcheck.",
      );
    }
  });
  if (isAny) return;
  throw new ValueError(
    "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True.",
  );
}

function checkZero(call: Call, inputs: Inputs, settings: Settings): void {
  for (const input of wantedOf(inputs)) {
    for (const jacobian of differences(call, inputs, input, settings.eps)) {
      if (jacobian.ne(0).any().item() === true)
        throw new GradcheckError("Numerical gradient for function expected to be zero");
    }
  }
}

function wantedOf(inputs: Inputs): Tensor[] {
  return inputs.filter((input): input is Tensor => isTensor(input) && input.requiresGrad);
}

/** Compares the Jacobians of real outputs, or of one of the parts of complex ones. */
function checkPart(
  call: Call,
  inputs: Inputs,
  settings: Settings,
  part: "real" | "imaginary" | null,
  whole: Call,
): void {
  const wanted = wantedOf(inputs);
  const isComplexOutput = whole(inputs).map((output) => output.dtype.isComplex);
  const numerical = wanted.map((input) => differences(call, inputs, input, settings.eps));
  const outputs = call(inputs);
  const { atol, rtol } = settings;
  let number = 0;
  outputs.forEach((output, o) => {
    if (!output.requiresGrad || !isDifferentiable(output)) return;
    const analytical = jacobians(output, wanted, settings);
    wanted.forEach((_, i) => {
      const [a, n] = [analytical[i]!, numerical[i]![o]!];
      const type: DType = a.dtype.isComplex || n.dtype.isComplex ? complex128 : float64;
      if (a.to(type).allclose(n.to(type), { rtol, atol })) return;
      const about =
        part !== null && isComplexOutput[o]
          ? `While considering the ${part} part of complex outputs only, `
          : "";
      throw new GradcheckError(
        `${about}Jacobian mismatch for output ${number} with respect to input ${i},\nnumerical:${n}\nanalytical:${a}\n`,
      );
    });
    number++;
  });
}

/**
 * Central differences of all outputs by one input: for each output a Jacobian [elements of the input, elements of the
 * output]. The input's memory is changed and put back.
 */
function differences(call: Call, inputs: Inputs, input: Tensor, eps: number): Tensor[] {
  const { dtype, storage } = input;
  const memory = storage.view(dtype);
  const [get, set] = [getterOf(dtype), setterOf(dtype)];
  const positions: number[] = [];
  forEachPosition(input.layout, (position) => positions.push(position));
  const steps: readonly Scalar[] = dtype.isComplex
    ? [
        { re: eps, im: 0 },
        { re: 0, im: eps },
      ]
    : [eps];
  const columns = positions.map((at) => {
    const before = get(memory, at);
    const values = (sign: 1 | -1, step: Scalar): Tensor[] => {
      set(memory, at, moved(before, step, sign));
      return call(inputs).map((output) => output.detach().clone());
    };
    try {
      return steps.map((step) => {
        const [ahead, behind] = [values(1, step), values(-1, step)];
        return ahead.map((output, o) =>
          output
            .sub(behind[o]!)
            .div(2 * eps)
            .flatten(),
        );
      });
    } finally {
      set(memory, at, before);
    }
  });
  return call(inputs).map((output, o) => {
    const type = dtype.isComplex ? complex128 : output.dtype;
    const jacobian = allocate(Layout.contiguous(type, [positions.length, output.numel()]));
    columns.forEach((parts, row) => {
      const real = parts[0]![o]!;
      // The gradient of a real function of a complex number is the derivative by its real part, plus i times that by its
      // imaginary part.
      const value = dtype.isComplex ? real.to(type).add(parts[1]![o]!.to(type).mul({ re: 0, im: 1 })) : real;
      jacobian.set([row], value);
    });
    return jacobian;
  });
}

function moved(value: Scalar, step: Scalar, sign: 1 | -1): Scalar {
  if (typeof value === "object" && typeof step === "object") {
    return { re: value.re + sign * step.re, im: value.im + sign * step.im };
  }
  return Number(value) + sign * Number(step);
}

/** The gradients of each element of an output: for each input a Jacobian as `differences` has it. */
function jacobians(output: Tensor, wanted: readonly Tensor[], settings: Settings): Tensor[] {
  const [first, second] = [rowsOf(output, wanted, settings), rowsOf(output, wanted, settings)];
  return wanted.map((input, i) => {
    const [a, b] = [stacked(first, i, input, output), stacked(second, i, input, output)];
    if (!a.allclose(b, { rtol: 0, atol: settings.nondetTol, equalNan: true })) {
      throw new GradcheckError(
        "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different " +
          "values, although analytical gradient matches numerical gradient." +
          `The tolerance for nondeterminism was ${settings.nondetTol}.`,
      );
    }
    return a;
  });
}

function rowsOf(output: Tensor, wanted: readonly Tensor[], settings: Settings): (Tensor | null)[][] {
  return Array.from({ length: output.numel() }, (_, element) => {
    const start = allocate(Layout.contiguous(output.dtype, [output.numel()]));
    start.set([element], 1);
    const grads = grad(output, wanted, {
      gradOutputs: start.view(output.shape),
      retainGraph: true,
      allowUnused: true,
    });
    grads.forEach((each, i) => {
      if (each === null) return;
      if (settings.checkGradDtypes && each.dtype !== wanted[i]!.dtype)
        throw new GradcheckError("Gradient has dtype mismatch");
      if (`${each.shape}` !== `${wanted[i]!.shape}`)
        throw new GradcheckError("Analytical gradient has incorrect size");
    });
    return grads;
  });
}

function stacked(rows: readonly (Tensor | null)[][], input: number, like: Tensor, output: Tensor): Tensor {
  const jacobian = allocate(Layout.contiguous(like.dtype, [like.numel(), output.numel()]));
  rows.forEach((row, element) => {
    const each = row[input] ?? null;
    if (each !== null) jacobian.set([":", element], each.detach().resolveConj().flatten());
  });
  return jacobian;
}

/** An output without a gradient has to count as one whose gradient is zero. */
function checkUndefined(call: Call, inputs: Inputs): void {
  const wanted = wantedOf(inputs);
  const outputs = call(inputs).filter((output) => output.requiresGrad && isDifferentiable(output));
  if (outputs.length < 2) return;
  outputs.forEach((output, o) => {
    const alone = grad([output], wanted, {
      gradOutputs: [onesLike(output)],
      retainGraph: true,
      allowUnused: true,
    });
    const starts = outputs.map((each, i) => (i === o ? onesLike(each) : zerosLike(each)));
    const together = grad(outputs, wanted, { gradOutputs: starts, retainGraph: true, allowUnused: true });
    alone.forEach((each, i) => {
      const other = together[i] ?? null;
      const isSame =
        each === null || other === null
          ? (each ?? other)?.eq(0).all().item() !== false
          : each.allclose(other, { equalNan: true });
      if (isSame) return;
      throw new GradcheckError(
        "Expected backward function to handle undefined output grads. Please look at `Notes about undefined output " +
          'gradients` in "tools/autograd/derivatives.yaml"',
      );
    });
  });
}
