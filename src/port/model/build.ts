// A live model from a description in JSON: the tree of modules, and how they are called.

import type { Operand } from "../../core/elements.ts";
import { ValueError } from "../../core/errors.ts";
import type { nn } from "../../torch/index.ts";
import { buildModule, type ModuleSpec } from "../spec.ts";

/** One step of a forward pass: it sets a name to what a submodule, an operation or an entry of the state dict gives. */
export interface StepSpec {
  readonly set: string;
  /** Path of the submodule that is called. */
  readonly module?: string;
  /** Name of the entry that is read. */
  readonly get?: string;
  /** The operation: "F.relu", "torch.flatten", "operator.add", "Tensor.view", "aten.linear.default". */
  readonly op?: string;
  /** "$x" is a value, "@a.b" an entry of the state dict, "#c" a constant. */
  readonly in?: readonly unknown[];
  readonly kw?: Readonly<Record<string, unknown>>;
}

/** A forward pass. */
export interface ForwardSpec {
  readonly inputs: readonly string[];
  readonly steps: readonly StepSpec[];
  readonly outputs: readonly unknown[];
  readonly constants?: Readonly<Record<string, unknown>>;
}

/** A whole model. */
export interface ModelSpec {
  readonly tree: ModuleSpec;
  /** "sequential": the children in a row. */
  readonly forward: "sequential" | ForwardSpec;
  /** Entries of the state dict that are one tensor with another. */
  readonly state_dict?: readonly { readonly name: string; readonly tied_to?: string }[];
}

/**
 * Builds the model. Its parameters are not initialised.
 * @param constants arrays of the forward pass, by name
 * @throws ValueError naming the place in the description, what was found and what there is
 */
export function buildModel(spec: ModelSpec, _constants: ReadonlyMap<string, Operand> = new Map()): nn.Module {
  if (spec.forward !== "sequential")
    throw new ValueError("only models of children in a row are built so far");
  return buildModule(spec.tree);
}
