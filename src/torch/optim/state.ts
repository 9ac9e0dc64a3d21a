// The state dict of an optimizer in PyTorch's form: parameters are numbered in the order of the groups, settings have
// Python's names.

import { float32, float64 } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import { camelCase, snakeCase } from "../../core/names.ts";
import { scalarTensor, zeros } from "../creation.ts";
import { getDefaultDtype } from "../promotion.ts";
import { Tensor } from "../tensor.ts";
import { plainSetting } from "./settings.ts";

/** What an optimizer keeps for a parameter, by PyTorch's names. */
export type ParameterState = Map<string, unknown>;

/** The form in which PyTorch saves an optimizer: parameters are numbered in the order of the groups. */
export interface OptimizerStateDict {
  readonly state: Map<number, ParameterState>;
  readonly param_groups: Map<string, unknown>[];
}

interface Group {
  readonly params: readonly Tensor[];
}

/** State and settings as PyTorch's `state_dict` gives them; what is kept is not copied. */
export function writtenState(
  groups: readonly Group[],
  kept: ReadonlyMap<Tensor, ParameterState>,
): OptimizerStateDict {
  const numbers = new Map<Tensor, number>();
  let count = 0;
  for (const { params } of groups) {
    params.forEach((parameter, i) => {
      if (!numbers.has(parameter)) numbers.set(parameter, count + i);
    });
    count += params.length;
  }
  const written = groups.map((group) => {
    const { params, ...settings } = group;
    const entries = Object.entries(settings).map(([name, value]): [string, unknown] => [
      snakeCase(name),
      value,
    ]);
    return new Map<string, unknown>([...entries, ["params", params.map((each) => numbers.get(each)!)]]);
  });
  const state = new Map<number, ParameterState>();
  for (const [parameter, values] of kept) {
    const number = numbers.get(parameter);
    if (number !== undefined) state.set(number, values);
  }
  return { state, param_groups: written };
}

/** What a state dict holds for an optimizer with these groups. */
export interface ReadState {
  readonly groups: readonly Readonly<Record<string, unknown>>[];
  readonly state: ReadonlyMap<Tensor, ParameterState>;
}

/** @throws ValueError when the groups do not match */
export function readState(given: OptimizerStateDict, own: readonly Group[]): ReadState {
  const groups = entryOf(given, "param_groups") as Map<string, unknown>[];
  if (groups.length !== own.length) {
    throw new ValueError("loaded state dict has a different number of parameter groups");
  }
  const numbers = groups.map((group) => entryOf(group, "params") as readonly number[]);
  if (numbers.some((each, i) => each.length !== own[i]!.params.length)) {
    throw new ValueError(
      "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
    );
  }
  const saved = entryOf(given, "state") as ReadonlyMap<number, ParameterState>;
  const state = new Map<Tensor, ParameterState>();
  numbers.forEach((each, i) => {
    each.forEach((number, k) => {
      const kept = saved.get(Number(number));
      const parameter = own[i]!.params[k]!;
      if (kept !== undefined) state.set(parameter, adapted(kept, parameter) as ParameterState);
    });
  });
  const settings = groups.map((group) => {
    const named = entriesOf(group).filter(([name]) => name !== "params");
    return Object.fromEntries(named.map(([name, value]) => [camelCase(name), plainSetting(value)]));
  });
  return { groups: settings, state };
}

/** An entry of a dict, whether it came as a map or as an object. */
function entryOf(dict: unknown, name: string): unknown {
  return dict instanceof Map ? dict.get(name) : (dict as Record<string, unknown>)[name];
}

function entriesOf(dict: unknown): [string, unknown][] {
  return dict instanceof Map ? ([...dict] as [string, unknown][]) : Object.entries(dict as object);
}

/** Counters and factors that PyTorch before 1.12 kept as numbers. */
const counters: ReadonlySet<string> = new Set(["step", "eta", "mu", "mu_product"]);

/** Kept values in the parameter's type, but for the counter of steps. */
function adapted(value: unknown, parameter: Tensor, name?: string): unknown {
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [key, adapted(item, parameter, String(key))]));
  }
  if (Array.isArray(value)) return Array.from(value, (item) => adapted(item, parameter));
  const plain = value instanceof Tensor ? value : plainSetting(value);
  if (name !== undefined && counters.has(name) && typeof plain === "number") return stepTensor(plain);
  if (!(plain instanceof Tensor) || name === "step") return plain;
  return parameter.dtype.isFloatingPoint ? plain.to(parameter.dtype) : plain;
}

/** A 0-d tensor for a counter, in the type that PyTorch counts in. */
export function stepTensor(value = 0): Tensor {
  const dtype = getDefaultDtype() === float64 ? float64 : float32;
  return value === 0 ? zeros([], { dtype }) : scalarTensor(value, { dtype });
}

/** Counts a step. @returns how many there are now */
export function countStep(state: ParameterState): number {
  return Number((state.get("step") as Tensor).add_(1).item());
}
