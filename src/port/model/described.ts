// A module whose class is not written here: it has what its description says, and computes what that says.

import { NotImplementedError } from "../../core/errors.ts";
import { nn } from "../../torch/index.ts";
import type { CompiledForward, StepOptions } from "./steps.ts";

/** What a described module computes. */
export type Forward = (...inputs: readonly unknown[]) => unknown;

/** A module of a class that is known by its description alone. */
export class DescribedModule extends nn.Module {
  /** The class of torch.nn that it extends, or its own name. */
  declare readonly specType: string;
  /** The name of its class. */
  declare readonly printedName: string;
  /** What it computes; undefined where nothing says it. */
  declare computes: Forward | undefined;

  constructor(type: string, base: string | undefined) {
    super();
    nameClass(this, type, base);
    Object.defineProperty(this, "computes", { value: undefined, writable: true });
  }

  override forward(...inputs: unknown[]): unknown {
    if (this.computes === undefined) {
      throw new NotImplementedError(
        `${this.printedName}: what it computes is not described; give its "forward" as steps, or write the class`,
      );
    }
    return this.computes(...inputs);
  }
}

/** Says of a module that it stands for one of another class. */
export function nameClass(module: nn.Module, type: string, base: string | undefined): void {
  Object.defineProperty(module, "specType", { value: base ?? type });
  Object.defineProperty(module, "printedName", { value: type });
}

/** Gives a module of any class another forward pass. */
export function giveForward(module: nn.Module, forward: Forward): void {
  if (module instanceof DescribedModule) module.computes = forward;
  else Object.defineProperty(module, "forward", { value: forward, configurable: true });
}

/** The steps of a module's forward pass, where they are described. */
export function stepsOf(module: nn.Module): StepOptions | undefined {
  const forward =
    module instanceof DescribedModule ? module.computes : (module as { forward?: unknown }).forward;
  return (forward as Partial<CompiledForward> | undefined)?.options;
}
