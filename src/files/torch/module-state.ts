// The state dict of a module that stands in a file as data: parameters and buffers by dotted name.

import { FormatError } from "../../core/errors.ts";
import { type ArrayLike, ArrayValue, type ModuleParts, type ObjectValue } from "../values.ts";

/**
 * The tensors of a module as its `state_dict()` has them: parameters and persistent buffers, then those of its children,
 * none of them a parameter any more.
 * @throws FormatError when it holds itself
 */
export function moduleState(object: ObjectValue): Map<string, ArrayLike> {
  const state = new Map<string, ArrayLike>();
  if (object.module !== undefined) collect(object.module, "", state, new Set());
  return state;
}

function collect(
  parts: ModuleParts,
  prefix: string,
  state: Map<string, ArrayLike>,
  open: Set<ModuleParts>,
): void {
  if (open.has(parts))
    throw new FormatError("a module holds itself: it has no end of parameters", { tensor: prefix });
  open.add(parts);
  const { parameters, buffers, nonPersistentBuffers, children } = parts;
  for (const [name, value] of [...parameters, ...buffers]) {
    if (value !== null && !nonPersistentBuffers.has(name)) state.set(prefix + name, detached(value));
  }
  for (const [name, child] of children) {
    if (child?.module !== undefined) collect(child.module, `${prefix}${name}.`, state, open);
  }
  open.delete(parts);
}

/** The tensor without what makes it a parameter. */
function detached(tensor: ArrayLike): ArrayLike {
  if (!("facts" in tensor)) return tensor;
  const { parameter: _parameter, requiresGrad: _requiresGrad, ...facts } = tensor.facts;
  return tensor instanceof ArrayValue
    ? new ArrayValue(tensor.stored, tensor.layout, facts)
    : { ...tensor, facts };
}
