// What model a file holds: a module that was saved whole, a TorchScript archive, a Keras configuration. Weights alone
// say nothing of what is computed with them.

import { ValueError } from "../../core/errors.ts";
import type { Opened } from "../../files/open.ts";
import { nn } from "../../torch/index.ts";
import { toTorch } from "../../torch/load.ts";
import type { ModelSpec } from "../spec.ts";
import { specOfModel } from "./describe.ts";
import { hasKerasConfig, kerasModelSpec } from "./keras/model.ts";

/** The one module of what was saved: alone, or in a dict beside other things. */
function moduleIn(saved: unknown): nn.Module | undefined {
  if (saved instanceof nn.Module) return saved;
  if (!(saved instanceof Map)) return undefined;
  const modules = [...saved.values()].filter((value): value is nn.Module => value instanceof nn.Module);
  return modules.length === 1 ? modules[0] : undefined;
}

/**
 * The model that an opened file describes. Its forward pass is left out where the file does not hold it: the class of
 * a module that was saved whole is Python code; such a model can be filled and shown, and its call says what is lacking.
 * @throws ValueError where the file holds weights alone, or several modules
 */
export function specOf(file: Opened): ModelSpec {
  if (hasKerasConfig(file)) return kerasModelSpec(file);
  const module = moduleIn(toTorch(file.tree));
  if (module !== undefined) return specOfModel(module);
  throw new ValueError(
    "the file holds weights and no model: say which model they are for, as a description in JSON or as a module",
  );
}
