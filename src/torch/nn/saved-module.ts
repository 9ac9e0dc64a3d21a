// A module that was saved whole and whose class is Python code: its tensors and children are here, what it computes is not.

import { NotImplementedError } from "../../core/errors.ts";
import type { Value } from "../../files/values.ts";
import { Module } from "./module.ts";

/** A module of a class that is not here, as `torch.load` gives it: its state dict can be taken, and it cannot be called. */
export class SavedModule extends Module {
  /** The class in Python: `__main__.Net`. */
  readonly className: string;
  /** Its plain attributes, as `weightbridge/files` has them. */
  readonly settings: ReadonlyMap<string, Value>;

  constructor(className: string, settings: ReadonlyMap<string, Value>) {
    super();
    this.className = className;
    this.settings = settings;
  }

  /** The class without its module, as Python prints it. */
  get printedName(): string {
    return this.className.split(".").at(-1)!;
  }

  /** @throws NotImplementedError saying what to do: nothing says what the module computes */
  override forward(..._inputs: never[]): never {
    throw new NotImplementedError(
      `${this.className} was saved whole, and its class, which says what it computes, is Python code that the file does ` +
        "not hold. Write the class here as a subclass of nn.Module with the same names, make one, and give it the tensors: " +
        "model.loadStateDict(saved.stateDict())",
    );
  }
}
