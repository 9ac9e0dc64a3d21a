// Full backward hooks of modules: a node in front of a module's inputs and one behind its outputs see the gradients
// (torch.utils.hooks.BackwardHook).

import { RuntimeError } from "../../core/errors.ts";
import type { Operation } from "../../core/op.ts";
import { warn } from "../../core/warnings.ts";
import type { Gradients, Node } from "../node.ts";
import { isGradEnabled, record, viewOf } from "../tape.ts";
import { Tensor } from "../tensor.ts";
import type { Module } from "./module.ts";

/**
 * Called with the gradients of a module's inputs and outputs, null where there is none. What it returns, if anything,
 * takes the place of the inputs' gradients.
 */
export type FullBackwardHook = (module: Module, gradInput: Gradients, gradOutput: Gradients) => unknown;

/** Called with the gradients of a module's outputs before it is gone through; it may return others. */
export type FullBackwardPreHook = (module: Module, gradOutput: Gradients) => unknown;

/** Values as they are, with a node of their own: what flows to them flows on. */
const passing: Operation = {
  name: "passing",
  label: "BackwardHookFunction",
  promotion: "none",
  infer: (inputs) => inputs,
  gradient: ({ grads }) => grads,
};

/** The hooks of one call of a module. */
export class BackwardHooks {
  private readonly module: Module;
  private readonly hooks: readonly FullBackwardHook[];
  private readonly preHooks: readonly FullBackwardPreHook[];
  /** Where the tensors with gradients are among the inputs; null where no gradient is asked of any. */
  private inputPlaces: readonly number[] | null = null;
  private inputCount = 0;
  private gradOutput: Gradients | null = null;

  constructor(module: Module, hooks: readonly FullBackwardHook[], preHooks: readonly FullBackwardPreHook[]) {
    this.module = module;
    this.hooks = hooks;
    this.preHooks = preHooks;
  }

  /** The inputs with a node in front of those that gradients flow to. */
  onInputs(inputs: readonly unknown[]): readonly unknown[] {
    const { values, places, node } = withNode(inputs);
    this.inputCount = inputs.length;
    this.inputPlaces = places;
    node?.registerHook((gradInputs) => {
      if (this.gradOutput === null) return undefined;
      let all = spread(gradInputs, places!, this.inputCount);
      for (const hook of this.hooks) {
        const other = hook(this.module, all, this.gradOutput);
        if (other === undefined || other === null) continue;
        all = checkedCount(other, all.length, "hook", "grad_input");
      }
      this.gradOutput = null;
      return places!.map((place) => all[place]!);
    });
    return values;
  }

  /** The output, a tensor or an array, with a node behind the tensors that gradients come from. */
  onOutputs(output: unknown): unknown {
    const isSeveral = Array.isArray(output);
    const given: readonly unknown[] = isSeveral ? output : [output];
    const { values, places, node } = withNode(given);
    node?.registerHook((_, gradOutputs) => {
      let all = spread(gradOutputs, places!, given.length);
      for (const hook of this.preHooks) {
        const other = hook(this.module, all);
        if (other === undefined || other === null) continue;
        all = checkedCount(other, all.length, "pre hook", "grad_output");
      }
      this.gradOutput = all;
      if (this.inputPlaces === null) this.callWithoutInputs(all);
      return places!.map((place) => all[place]!);
    });
    return isSeveral ? values : values[0];
  }

  /** No gradient is asked of an input: the hooks are called when the outputs' gradients are known. */
  private callWithoutInputs(gradOutput: Gradients): void {
    warn(
      "UserWarning",
      "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs require " +
        "gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module.register_full_backward_hook for more details.",
    );
    const none: Gradients = new Array<null>(this.inputCount).fill(null);
    for (const hook of this.hooks) {
      const result = hook(this.module, none, gradOutput);
      const isNothing = result === undefined || result === null;
      if (!isNothing && !(Array.isArray(result) && result.every((each) => each === null))) {
        throw new RuntimeError(
          "Backward hook for Modules where no input requires gradient should always return None or None for all gradients.",
        );
      }
    }
    this.gradOutput = null;
  }
}

function withNode(values: readonly unknown[]): {
  readonly values: readonly unknown[];
  readonly places: readonly number[] | null;
  readonly node: Node | null;
} {
  const places = values.flatMap((value, i) => (value instanceof Tensor && value.requiresGrad ? [i] : []));
  if (places.length === 0 || !isGradEnabled()) return { values, places: null, node: null };
  const tensors = places.map((place) => values[place] as Tensor);
  const passed = tensors.map((tensor) => viewOf(tensor, tensor.layout));
  record(passing, tensors, passed, undefined, "BackwardHookFunctionBackward");
  for (const each of passed) each.viewCreation = "several";
  const result = [...values];
  places.forEach((place, i) => {
    result[place] = passed[i]!;
  });
  return { values: result, places, node: passed[0]!.node };
}

/** Gradients at their places, null elsewhere. */
function spread(gradients: Gradients, places: readonly number[], count: number): Gradients {
  const result = new Array<Tensor | null>(count).fill(null);
  places.forEach((place, i) => {
    result[place] = gradients[i] ?? null;
  });
  return result;
}

function checkedCount(given: unknown, count: number, kind: string, what: string): Gradients {
  const gradients = (Array.isArray(given) ? given : [given]) as Gradients;
  if (gradients.length === count) return gradients;
  throw new RuntimeError(
    `Backward ${kind} returned an invalid number of ${what}, got ${gradients.length}, but expected ${count}`,
  );
}
