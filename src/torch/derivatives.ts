// torch.autograd.functional: Jacobians, Hessians and their products with vectors (torch/autograd/functional.py).

import { PythonTypeError, RuntimeError } from "../core/errors.ts";
import { TensorBase } from "./base.ts";
import { zeros, zerosLike } from "./creation.ts";
import { sizeText, typeName } from "./errors.ts";
import { grad } from "./grad.ts";
import { cat } from "./stacking.ts";
import { enableGrad } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** A function of tensors, which gives one tensor or several in an array. */
export type TensorFunction = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** One tensor, or several. */
export type Tensors = Tensor | readonly Tensor[];

/** Options of the functions here. */
export interface DerivativeOptions {
  /** The result is itself recorded, so that it has gradients. */
  readonly createGraph?: boolean;
  /** Whether an output that does not depend on an input is an error; else its derivative is zero. */
  readonly strict?: boolean;
}

type Stage = "back" | "trick" | "hessian";

interface Listed {
  readonly isList: boolean;
  readonly items: readonly Tensor[];
}

function listed(value: unknown, what: string, caller: string): Listed {
  const isList = Array.isArray(value);
  const items: readonly unknown[] = isList ? value : [value];
  items.forEach((item, i) => {
    if (item instanceof TensorBase) return;
    const which = isList ? `value at index ${i}` : `given ${what}`;
    throw new PythonTypeError(
      `The ${what} given to ${caller} must be either a Tensor or a tuple of Tensors but the ${which} has type ` +
        `<class '${typeName(item)}'>.`,
    );
  });
  return { isList, items: items as readonly Tensor[] };
}

const outputsOf = "outputs of the user-provided function";

/** Inputs as leaves of a graph of their own, or in the caller's where the result is recorded. */
function prepared(inputs: readonly Tensor[], createGraph: boolean, needsGraph: boolean): Tensor[] {
  return inputs.map((input) =>
    createGraph && input.requiresGrad ? input.viewAs(input) : input.detach().requiresGrad_(needsGraph),
  );
}

function finished(results: readonly Tensor[], createGraph: boolean): Tensor[] {
  return results.map((result) => (createGraph ? result : result.detach()));
}

function unlisted({ isList }: Listed, results: readonly Tensor[]): Tensors {
  return isList ? results : results[0]!;
}

function checkVector(vector: readonly Tensor[], like: Listed): void {
  if (vector.length !== like.items.length) {
    throw new RuntimeError(
      like.isList
        ? `v is a tuple of invalid length: should be ${like.items.length} but got ${vector.length}.`
        : "The given v should contain a single Tensor.",
    );
  }
  vector.forEach((each, i) => {
    const other = like.items[i]!;
    if (`${each.shape}` === `${other.shape}`) return;
    const entry = like.isList ? `Entry ${i} in ` : "";
    throw new RuntimeError(
      `${entry}v has invalid size: should be ${sizeText(other.shape)} but got ${sizeText(each.shape)}.`,
    );
  });
}

/** A vector for each input; null stands for 1, for one input of one element. */
function vectorOfInputs(
  v: Tensors | null,
  caller: string,
  inputs: Listed,
  createGraph: boolean,
): readonly Tensor[] | null {
  if (v !== null) {
    const vector = prepared(listed(v, "v", caller).items, createGraph, false);
    checkVector(vector, inputs);
    return vector;
  }
  if (inputs.items.length === 1 && inputs.items[0]!.numel() === 1) return null;
  throw new RuntimeError(
    "The vector v can only be None if the input to the user-provided function is a single Tensor with a single element.",
  );
}

function checkOutputs(outputs: readonly Tensor[], strict: boolean): void {
  if (!strict) return;
  outputs.forEach((output, i) => {
    if (output.requiresGrad) return;
    throw new RuntimeError(
      `Output ${i} of the user-provided function does not require gradients. The outputs must be computed in a ` +
        "differentiable manner from the input when running in strict mode.",
    );
  });
}

/** Gradients of those outputs that have any. */
function gradients(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  starts: readonly (Tensor | null)[] | null,
  createGraph: boolean,
): (Tensor | null)[] {
  const kept = outputs.flatMap((output, i) =>
    output.requiresGrad ? [[output, starts?.[i] ?? null] as const] : [],
  );
  if (kept.length === 0) return inputs.map(() => null);
  return grad(
    kept.map(([output]) => output),
    inputs,
    { gradOutputs: kept.map(([, start]) => start), createGraph, retainGraph: true, allowUnused: true },
  );
}

const independent: Readonly<Record<Stage, (input: number) => string>> = {
  back: (i) =>
    `The output of the user-provided function is independent of input ${i}. This is not allowed in strict mode.`,
  trick: (i) =>
    `The gradient with respect to the input is independent of entry ${i} in the grad_outputs when using the double ` +
    "backward trick to compute forward mode gradients. This is not allowed in strict mode.",
  hessian: (i) =>
    `The jacobian of the user-provided function is independent of input ${i}. This is not allowed in strict mode.`,
};

function filled(
  grads: readonly (Tensor | null)[],
  like: readonly Tensor[],
  strict: boolean,
  stage: Stage,
): Tensor[] {
  return grads.map((each, i) => {
    if (each !== null) return each;
    if (strict) throw new RuntimeError(independent[stage](i));
    return zerosLike(like[i]!);
  });
}

function scalarOnly(outputs: readonly Tensor[]): void {
  if (outputs.length === 1 && outputs[0]!.numel() === 1) return;
  throw new RuntimeError(
    "The vector v can only be None if the user-provided function returns a single Tensor with a single element.",
  );
}

/**
 * The product of a vector with the Jacobian (`torch.autograd.functional.vjp`).
 * @param v for each output its vector, of the output's shape; may be null for a function of one element
 * @returns the outputs, and for each input the product, of the input's shape
 */
export function vjp(
  func: TensorFunction,
  inputs: Tensors,
  v: Tensors | null = null,
  { createGraph = false, strict = false }: DerivativeOptions = {},
): [outputs: Tensors, products: Tensors] {
  return enableGrad(() => {
    const given = listed(inputs, "inputs", "vjp");
    const own = prepared(given.items, createGraph, true);
    const outputs = listed(func(...own), outputsOf, "vjp");
    checkOutputs(outputs.items, strict);
    let starts: readonly Tensor[] | null = null;
    if (v === null) scalarOnly(outputs.items);
    else {
      starts = prepared(listed(v, "v", "vjp").items, createGraph, false);
      checkVector(starts, outputs);
    }
    const products = filled(gradients(outputs.items, own, starts, createGraph), own, strict, "back");
    return [
      unlisted(outputs, finished(outputs.items, createGraph)),
      unlisted(given, finished(products, createGraph)),
    ];
  });
}

/**
 * The product of the Jacobian with a vector (`torch.autograd.functional.jvp`), by two backward passes.
 * @param v for each input its vector, of the input's shape; may be null for one input of one element
 * @returns the outputs, and for each output the product, of the output's shape
 */
export function jvp(
  func: TensorFunction,
  inputs: Tensors,
  v: Tensors | null = null,
  { createGraph = false, strict = false }: DerivativeOptions = {},
): [outputs: Tensors, products: Tensors] {
  return enableGrad(() => {
    const given = listed(inputs, "inputs", "jvp");
    const own = prepared(given.items, createGraph, true);
    const vector = vectorOfInputs(v, "jvp", given, createGraph);
    const outputs = listed(func(...own), outputsOf, "jvp");
    checkOutputs(outputs.items, strict);
    // The gradient is linear in what it begins with: its own gradient by that is the product.
    const starts = outputs.items.map((output) => zerosLike(output).requiresGrad_(true));
    const back = gradients(outputs.items, own, starts, true);
    const flowing = back.flatMap((each, i) => (each === null ? [] : [[each, vector?.[i] ?? null] as const]));
    const twice = gradients(
      flowing.map(([each]) => each),
      starts,
      flowing.map(([, start]) => start),
      createGraph,
    );
    const products = filled(twice, outputs.items, strict, "trick");
    return [
      unlisted(outputs, finished(outputs.items, createGraph)),
      unlisted(outputs, finished(products, createGraph)),
    ];
  });
}

/** A Jacobian: for each output, for each input; without the arrays where there was one of them. */
export type Jacobian = Tensor | readonly Tensor[] | readonly (readonly Tensor[])[];

/**
 * The derivatives of every element of the outputs by every element of the inputs (`torch.autograd.functional.jacobian`).
 * @returns tensors of the shape of the output followed by the shape of the input
 */
export function jacobian(
  func: TensorFunction,
  inputs: Tensors,
  { createGraph = false, strict = false }: DerivativeOptions = {},
): Jacobian {
  return enableGrad(() => {
    const given = listed(inputs, "inputs", "jacobian");
    const own = prepared(given.items, createGraph, true);
    const outputs = listed(func(...own), outputsOf, "jacobian");
    checkOutputs(outputs.items, strict);
    const results = outputs.items.map((output) => {
      const rows = elementsOf(output).map((element) =>
        filled(gradients([element], own, null, createGraph), own, strict, "back"),
      );
      return own.map((input, i) =>
        stackRows(
          rows.map((row) => row[i]!),
          output,
          input,
        ),
      );
    });
    const done = results.map((each) => finished(each, createGraph));
    const perOutput = done.map((each) => (given.isList ? each : each[0]!));
    return (outputs.isList ? perOutput : perOutput[0]!) as Jacobian;
  });
}

/** Each element as a tensor of its own. */
function elementsOf(output: Tensor): Tensor[] {
  const flat = output.reshape([-1]);
  return Array.from({ length: output.numel() }, (_, i) => flat.at(i));
}

function stackRows(rows: readonly Tensor[], output: Tensor, input: Tensor): Tensor {
  const shape = [...output.shape, ...input.shape];
  if (rows.length === 0) return zeros(shape, { dtype: input.dtype });
  const [first, ...others] = rows.map((row) => row.unsqueeze(0));
  return (others.length === 0 ? first! : cat([first!, ...others])).reshape(shape);
}

/**
 * The second derivatives of a function of one element (`torch.autograd.functional.hessian`).
 * @returns for each input and each input a tensor of both shapes
 */
export function hessian(
  func: TensorFunction,
  inputs: Tensors,
  { createGraph = false, strict = false }: DerivativeOptions = {},
): Jacobian {
  const given = listed(inputs, "inputs", "hessian");
  const gradient = (...args: Tensor[]): readonly Tensor[] => {
    const output = single(func(...args), "hessian");
    return filled(gradients([output], args, null, true), args, strict, "back");
  };
  const result = jacobian(gradient, given.items, { createGraph, strict }) as readonly (readonly Tensor[])[];
  return given.isList ? result : result[0]![0]!;
}

function single(value: unknown, caller: string): Tensor {
  const { isList, items } = listed(value, outputsOf, caller);
  if (isList) throw new RuntimeError(`The function given to ${caller} should return a single Tensor`);
  if (items[0]!.numel() !== 1) {
    throw new RuntimeError(
      `The Tensor returned by the function given to ${caller} should contain a single element`,
    );
  }
  return items[0]!.reshape([]);
}

/**
 * The product of a vector with the Hessian (`torch.autograd.functional.vhp`), by two backward passes.
 * @returns the output, and for each input the product
 */
export function vhp(
  func: TensorFunction,
  inputs: Tensors,
  v: Tensors | null = null,
  options: DerivativeOptions = {},
): [output: Tensor, products: Tensors] {
  return hessianProduct("vhp", func, inputs, v, options);
}

/** The product of the Hessian with a vector (`torch.autograd.functional.hvp`): as `vhp`, for the Hessian is symmetric. */
export function hvp(
  func: TensorFunction,
  inputs: Tensors,
  v: Tensors | null = null,
  options: DerivativeOptions = {},
): [output: Tensor, products: Tensors] {
  return hessianProduct("hvp", func, inputs, v, options);
}

function hessianProduct(
  caller: string,
  func: TensorFunction,
  inputs: Tensors,
  v: Tensors | null,
  { createGraph = false, strict = false }: DerivativeOptions,
): [output: Tensor, products: Tensors] {
  return enableGrad(() => {
    const given = listed(inputs, "inputs", caller);
    const own = prepared(given.items, createGraph, true);
    const vector = vectorOfInputs(v, caller, given, createGraph);
    const output = single(func(...own), caller);
    checkOutputs([output], strict);
    const first = filled(gradients([output], own, null, true), own, strict, "back");
    const products = filled(gradients(first, own, vector, createGraph), own, strict, "hessian");
    return [finished([output], createGraph)[0]!, unlisted(given, finished(products, createGraph))];
  });
}
