// torch.nn.utils: parameters as one vector, and back (convert_parameters).

import { PythonTypeError } from "../../../core/errors.ts";
import { typeName } from "../../errors.ts";
import { cat } from "../../stacking.ts";
import { Tensor } from "../../tensor.ts";

/** All elements of parameters one after the other (torch.nn.utils.parameters_to_vector). */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor {
  return cat([...parameters].map((parameter) => parameter.view(-1)));
}

/** Gives parameters the elements of a vector; they then share its memory (torch.nn.utils.vector_to_parameters). */
export function vectorToParameters(vec: Tensor, parameters: Iterable<Tensor>): void {
  if (!(vec instanceof Tensor)) throw new PythonTypeError(`expected torch.Tensor, but got: ${typeName(vec)}`);
  let at = 0;
  for (const parameter of parameters) {
    const { size } = parameter.layout;
    parameter.data = vec.narrow(0, at, size).viewAs(parameter).data;
    at += size;
  }
}
