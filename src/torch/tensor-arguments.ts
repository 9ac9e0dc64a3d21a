// What PyTorch says of an argument that has to be a tensor and is none (torch/csrc/utils/python_arg_parser.cpp). A
// function counts the tensor itself among its arguments, a method does not.

import { PythonTypeError } from "../core/errors.ts";
import { TensorBase } from "./base.ts";
import { typeName } from "./errors.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Refuses what is no tensor.
 * @param caller PyTorch's name of the function
 * @param name the parameter
 * @param position its place among the function's arguments, from 1
 * @throws TypeError
 */
export function checkTensor(
  caller: string,
  name: string,
  position: number,
  value: unknown,
): asserts value is Tensor {
  if (value instanceof TensorBase) return;
  throw new PythonTypeError(
    `${caller}(): argument '${name}' (position ${position}) must be Tensor, not ${typeName(value)}`,
  );
}

/** What Python calls the type of an argument in a list of them: tensors are `Tensor`, whatever they hold. */
function argumentType(value: unknown): string {
  return value instanceof TensorBase ? "Tensor" : typeName(value);
}

/**
 * The error for arguments that fit none of a function's forms. Each form is listed; where it has as many parameters
 * (`*` counts) as arguments came, the types that came stand below it, those that do not fit between exclamation marks.
 * @param forms the parameters of each form, as Python writes them: "Tensor input", "int sections"
 */
export function combinationError(
  name: string,
  args: readonly unknown[],
  forms: readonly (readonly string[])[],
): PythonTypeError {
  const types = args.map(argumentType);
  const listed = forms.map((form) => {
    const line = ` * (${form.join(", ")})\n`;
    if (form.length !== types.length) return line;
    const marked = types.map((type, i) => (form[i]!.startsWith(`${type} `) ? type : `!${type}!`));
    const tuple = marked.length === 1 ? `(${marked[0]})` : `(${marked.join(", ")})`;
    return `${line}      didn't match because some of the arguments have invalid types: ${tuple}\n`;
  });
  return new PythonTypeError(
    `${name}() received an invalid combination of arguments - got (${types.join(", ")}), but expected one of:\n${listed.join("")}`,
  );
}

/** Errors that already speak of a method's arguments. */
const methodErrors: WeakSet<Error> = new WeakSet();

/** The error of a function that was called as a method: its arguments are counted without the tensor. */
export function methodError(error: unknown): unknown {
  if (!(error instanceof PythonTypeError) || methodErrors.has(error)) return error;
  const found = /^(\w+\(\): argument '\w+' \(position )(\d+)(\) .*)$/s.exec(error.message);
  if (found === null) return error;
  const [, before, position, after] = found;
  const result =
    Number(position) > 1 ? new PythonTypeError(`${before}${Number(position) - 1}${after}`) : error;
  methodErrors.add(result);
  return result;
}
