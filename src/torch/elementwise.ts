// How an elementwise operation becomes PyTorch functions: out of place (with `out=`) and in place.

import { isOptions } from "../core/arguments.ts";
import type { DType } from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import { makeTensor, TensorBase } from "./base.ts";
import { checkScalars, type ScalarForms } from "./combinations.ts";
import { functionMode } from "./function-mode.ts";
import { runInPlace, storeOut } from "./in-place.ts";
import { isScalar, resultType } from "./promotion.ts";
import { type Refusals, refuse } from "./refusals.ts";
import { isArrayScalar } from "./sequences.ts";
import { type Input, run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { checkTensor } from "./tensor-arguments.ts";

/** What every elementwise function takes by name. */
export interface OutOptions {
  readonly out?: Tensor | null;
}

/** A function of one tensor. */
export type Unary = (input: Tensor, options?: OutOptions) => Tensor;
/** An in-place method without operands. */
export type UnaryInPlace = (input: Tensor) => Tensor;
/** A function of a tensor and another operand; a scalar may stand first as well. */
export type Binary = (input: Input, other: Input, options?: OutOptions) => Tensor;
/** An in-place method with one operand. */
export type BinaryInPlace = (input: Tensor, other: Input) => Tensor;

/** What PyTorch says of an operation beside its declaration. */
export interface Face {
  /** PyTorch's name of the function, for errors. */
  readonly name: string;
  /** What is refused of the type that the operands meet in. */
  readonly refusals?: Refusals | undefined;
  /** What is refused of each operand's type, before they meet. */
  readonly operandRefusals?: Refusals | undefined;
  /** True iff every operand has to be a tensor. */
  readonly tensorsOnly?: boolean | undefined;
  /** Which operands may be scalars; any where it is not given. */
  readonly scalars?: ScalarForms | undefined;
  /** PyTorch's names of the parameters, where they are not those of most functions. */
  readonly parameters?: readonly string[] | undefined;
  /** The node's name where the second operand is a scalar, where both are tensors, and where the first is a scalar. */
  readonly labels?: readonly [scalar: string, tensor: string, scalarFirst?: string] | undefined;
}

/** A face with all that it does not say, so that faces are objects of one shape. */
export function completed(face: Face): Face {
  const { name, refusals, operandRefusals, tensorsOnly, scalars, parameters, labels } = face;
  return { name, refusals, operandRefusals, tensorsOnly, scalars, parameters, labels };
}

const usualParameters: readonly string[] = ["input", "other", "weight"];

const parameterOf = (face: Face, i: number): string => (face.parameters ?? usualParameters)[i]!;

/**
 * The operands, NumPy's scalars among them taken as 0-d tensors.
 * @throws TypeError for arrays, and for what is no number
 */
function taken(face: Face, inputs: readonly Input[]): readonly Input[] {
  let isPlain = true;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    if (input instanceof TensorBase) continue;
    if (isScalar(input)) {
      if (i === 0 && face.scalars !== undefined)
        checkScalars(face.name, face.scalars, parameterOf(face, 1), inputs);
      continue;
    }
    isPlain = false;
    if (!isArrayScalar(input)) checkTensor(face.name, parameterOf(face, i), i + 1, input);
  }
  return isPlain ? inputs : inputs.map(asTensor);
}

function asTensor(input: Input): Input {
  const value: unknown = input;
  return isArrayScalar(value) ? makeTensor(value.storage, value.layout) : input;
}

function checkTypes(face: Face, inputs: readonly Input[]): void {
  if (face.tensorsOnly) {
    inputs.forEach((input, i) => {
      checkTensor(face.name, parameterOf(face, i), i + 1, input);
    });
  }
  if (face.operandRefusals !== undefined) {
    for (const input of inputs) {
      if (input instanceof TensorBase) refuse(face.operandRefusals, input.layout.dtype);
    }
  }
  if (face.refusals !== undefined) refuse(face.refusals, typeOf(inputs));
}

function typeOf(inputs: readonly Input[]): DType {
  const [a, b] = inputs;
  if (a instanceof TensorBase && (b === undefined || (b instanceof TensorBase && a.dtype === b.dtype)))
    return a.dtype;
  return resultType(inputs);
}

/** Runs an operation with PyTorch's checks, into `out` where that is given. */
export function apply<A>(
  operation: Operation<A>,
  face: Face,
  inputs: readonly Input[],
  attributes: A,
  out: Tensor | null | undefined,
  label?: string,
): Tensor {
  if (functionMode.now !== null) {
    const again = (): Tensor => apply(operation, face, inputs, attributes, out, label);
    return functionMode.now.call(`torch.${face.name}`, again, [...inputs, attributes]);
  }
  const operands = taken(face, inputs);
  checkTypes(face, operands);
  const result = run(operation, operands, attributes, label);
  return out === null || out === undefined ? result : storeOut(out, result, face.name, operands);
}

/** Runs an operation in place on its first input. */
export function applyInPlace<A>(
  operation: Operation<A>,
  face: Face,
  inputs: readonly [Tensor, ...Input[]],
  attributes: A,
  label?: string,
): Tensor {
  const operands = taken(face, inputs);
  checkTypes(face, operands);
  return runInPlace(operation, inputs[0], operands, attributes, label);
}

type Attributes<A> = [A] extends [undefined] ? [attributes?: undefined] : [attributes: A];

/** A function of one tensor. */
export function unary<A>(operation: Operation<A>, declared: Face, ...attributes: Attributes<A>): Unary {
  const face = completed(declared);
  return (input, options) => apply(operation, face, [input], attributes[0] as A, options?.out);
}

/** An in-place method without operands. */
export function unaryInPlace<A>(
  operation: Operation<A>,
  declared: Face,
  ...attributes: Attributes<A>
): UnaryInPlace {
  const face = completed(declared);
  return (input) => applyInPlace(operation, face, [input], attributes[0] as A);
}

function labelOf(face: Face, input: Input, other: Input): string | undefined {
  if (face.labels === undefined) return undefined;
  if (!(input instanceof TensorBase)) return face.labels[2];
  return face.labels[other instanceof TensorBase ? 1 : 0];
}

/** A function of two operands. */
export function binary<A>(operation: Operation<A>, declared: Face, ...attributes: Attributes<A>): Binary {
  const face = completed(declared);
  return (input, other, options) => {
    if (isOptions(other) && "other" in other) {
      const named = other as unknown as { other: Input } & OutOptions;
      return apply(
        operation,
        face,
        [input, named.other],
        attributes[0] as A,
        named.out,
        labelOf(face, input, named.other),
      );
    }
    return apply(
      operation,
      face,
      [input, other],
      attributes[0] as A,
      options?.out,
      labelOf(face, input, other),
    );
  };
}

/** An in-place method with one operand. */
export function binaryInPlace<A>(
  operation: Operation<A>,
  declared: Face,
  ...attributes: Attributes<A>
): BinaryInPlace {
  const face = completed(declared);
  return (input, other) =>
    applyInPlace(operation, face, [input, other], attributes[0] as A, labelOf(face, input, other));
}
