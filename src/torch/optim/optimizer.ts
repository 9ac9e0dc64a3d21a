// torch.optim.Optimizer: parameter groups, state, and the state dict that PyTorch loads.

import { isOptions } from "../../core/arguments.ts";
import { PythonTypeError, ValueError } from "../../core/errors.ts";
import { camelCase, snakeCase } from "../../core/names.ts";
import { warn } from "../../core/warnings.ts";
import { typeName } from "../errors.ts";
import { settingText } from "../nn/text.ts";
import { noGrad } from "../tape.ts";
import { Tensor } from "../tensor.ts";

/** A group of parameters with its settings, in camelCase. */
export type ParameterGroup<Settings> = Settings & { params: Tensor[] };

/** Parameters, or groups of them with settings of their own. */
export type ParametersOf<Settings> =
  | Iterable<Tensor>
  | Iterable<Partial<Settings> & { readonly params: Iterable<Tensor> | Tensor }>;

/** What an optimizer keeps for a parameter, by PyTorch's names. */
export type ParameterState = Map<string, unknown>;

/** The form in which PyTorch saves an optimizer: parameters are numbered in the order of the groups. */
export interface OptimizerStateDict {
  readonly state: Map<number, ParameterState>;
  readonly param_groups: Map<string, unknown>[];
}

/** What optimizers have in common. A subclass says how one parameter is updated. */
export abstract class Optimizer<Settings extends object> {
  /** The groups; their settings may be changed between steps. */
  readonly paramGroups: ParameterGroup<Settings>[] = [];
  /** What is kept for each parameter. */
  readonly state: Map<Tensor, ParameterState> = new Map();
  private readonly defaults: Settings;

  constructor(params: ParametersOf<Settings>, defaults: Settings) {
    this.defaults = defaults;
    if (params instanceof Tensor) {
      throw new PythonTypeError(
        `params argument given to the optimizer should be an iterable of Tensors or dicts, but got ${typeName(params)}`,
      );
    }
    const all = [...params] as (
      | Tensor
      | (Partial<Settings> & { readonly params: Iterable<Tensor> | Tensor })
    )[];
    if (all.length === 0) throw new ValueError("optimizer got an empty parameter list");
    if (isOptions(all[0])) for (const group of all) this.addParamGroup(group as never);
    else this.addParamGroup({ params: all as Tensor[] } as never);
  }

  /** Adds a group; settings that it lacks are the optimizer's. */
  addParamGroup(group: Partial<Settings> & { readonly params: Iterable<Tensor> | Tensor }): void {
    const params = group.params instanceof Tensor ? [group.params] : [...group.params];
    const known = new Set(this.paramGroups.flatMap((each) => each.params));
    for (const parameter of params) {
      if (!(parameter instanceof Tensor)) {
        throw new PythonTypeError(
          `optimizer can only optimize Tensors, but one of the params is ${typeName(parameter)}`,
        );
      }
      if (!parameter.isLeaf) throw new ValueError("can't optimize a non-leaf Tensor");
      if (known.has(parameter))
        throw new ValueError("some parameters appear in more than one parameter group");
    }
    if (new Set(params).size < params.length) {
      warn(
        "UserWarning",
        "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; see " +
          "github.com/pytorch/pytorch/issues/40967 for more information",
      );
    }
    this.paramGroups.push({ ...this.defaults, ...group, params });
  }

  /** Forgets the gradients (`setToNone: false` fills them with zeros). */
  zeroGrad(setToNone = true): void {
    for (const group of this.paramGroups) {
      for (const parameter of group.params) {
        if (setToNone || parameter.grad === null) parameter.grad = null;
        else parameter.grad = parameter.grad.detach().zero_();
      }
    }
  }

  /**
   * Updates every parameter that has a gradient.
   * @param closure computes the loss and its gradients again; what it returns is returned
   */
  step(closure?: () => Tensor): Tensor | undefined {
    const loss = closure?.();
    noGrad(() => {
      for (const group of this.paramGroups) {
        for (const parameter of group.params) {
          if (parameter.grad !== null) this.update(parameter, parameter.grad, group);
        }
      }
    });
    return loss;
  }

  /** Updates one parameter by its gradient. Gradients are not recorded while it runs. */
  protected abstract update(parameter: Tensor, grad: Tensor, settings: Settings): void;

  /** PyTorch's printed form. */
  toString(): string {
    const groups = this.paramGroups.map((group, i) =>
      [`Parameter Group ${i}`, ...groupLines(group)].join("\n"),
    );
    return `${this.constructor.name} (\n${groups.join("\n\n")}\n)`;
  }

  /** What is kept for a parameter; `begin` makes it at the first step. */
  protected stateOf(parameter: Tensor, begin: () => ParameterState): ParameterState {
    let state = this.state.get(parameter);
    if (state === undefined) {
      state = begin();
      this.state.set(parameter, state);
    }
    return state;
  }

  /** State and settings in PyTorch's form and names. The tensors are the optimizer's own. */
  stateDict(): OptimizerStateDict {
    const numbers = new Map(this.paramGroups.flatMap((group) => group.params).map((each, i) => [each, i]));
    const state = new Map<number, ParameterState>();
    for (const [parameter, kept] of this.state) {
      const number = numbers.get(parameter);
      if (number !== undefined) state.set(number, new Map(kept));
    }
    const groups = this.paramGroups.map((group) => {
      const { params, ...settings } = group;
      const entries = Object.entries(settings).map(([name, value]): [string, unknown] => [
        snakeCase(name),
        value,
      ]);
      return new Map<string, unknown>([...entries, ["params", params.map((each) => numbers.get(each)!)]]);
    });
    return { state, param_groups: groups };
  }

  /**
   * Takes over state and settings.
   * @throws ValueError when the groups do not match; then nothing is changed
   */
  loadStateDict(given: OptimizerStateDict): void {
    const groups = given.param_groups;
    if (groups.length !== this.paramGroups.length) {
      throw new ValueError("loaded state dict has a different number of parameter groups");
    }
    const numbers = groups.map((group) => group.get("params") as readonly number[]);
    if (numbers.some((each, i) => each.length !== this.paramGroups[i]!.params.length)) {
      throw new ValueError(
        "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
      );
    }
    this.state.clear();
    groups.forEach((group, i) => {
      const own = this.paramGroups[i]!;
      for (const [name, value] of group) {
        if (name !== "params") (own as Record<string, unknown>)[camelCase(name)] = value;
      }
      numbers[i]!.forEach((number, k) => {
        const kept = given.state.get(number);
        if (kept !== undefined) this.state.set(own.params[k]!, adapted(kept, own.params[k]!));
      });
    });
  }
}

/** A group's settings as PyTorch prints them, in order of their names. */
function groupLines(group: object): string[] {
  return Object.entries(group)
    .filter(([name]) => name !== "params")
    .map(([name, value]): [string, unknown] => [snakeCase(name), value])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `    ${name}: ${settingText(value)}`);
}

/** Kept tensors in the parameter's type, but for the counter of steps; each a copy. */
function adapted(kept: ParameterState, parameter: Tensor): ParameterState {
  return new Map(
    [...kept].map(([name, value]): [string, unknown] => {
      if (!(value instanceof Tensor)) return [name, value];
      return [name, name === "step" ? value.clone() : value.to(parameter.dtype).clone()];
    }),
  );
}

/** @throws ValueError in PyTorch's words for a setting below zero */
export function checkNotNegative(what: string, value: number): void {
  if (value < 0) throw new ValueError(`Invalid ${what}: ${settingText(value)}`);
}
