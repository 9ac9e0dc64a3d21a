// What is matched: units of a source (a layer, its arrays by role) and units of a model (a module that holds parameters, or
// one layer and direction of a recurrent one), and what a rule for a kind of layer is.

import { product } from "../../../core/layout.ts";
import type { JsonObject } from "../../../files/json.ts";
import type { nn } from "../../../torch/index.ts";
import type { Part, Rule } from "../../rules/rule.ts";
import type { Step } from "../../rules/steps.ts";
import type { Target } from "../../target.ts";

/** An array of a layer: its name in the source, and what is done to it before anything else. */
export interface UnitArray {
  readonly name: string;
  /** The shape after `steps`. */
  readonly shape: readonly number[];
  /** Steps that take the layer's part out of an array that holds more: one layer of a stack. */
  readonly steps: readonly Step[];
}

/** Which way a recurrent layer runs. */
export type Direction = "forward" | "reverse";

/** A layer of the source. */
export interface SourceUnit {
  /** Names of the layers around it and its own: "encoder/first". */
  readonly path: string;
  /** Names of the models around it that its arrays' names do not tell. */
  readonly scope?: string;
  /** The library's class: "Dense"; undefined where nothing tells it. */
  readonly className: string | undefined;
  /** Its arrays by role: "kernel", "query/kernel". */
  readonly arrays: ReadonlyMap<string, UnitArray>;
  /** The settings that it was made with, where the file tells them. */
  readonly settings?: JsonObject;
  /** What it was built for: the shapes of its inputs. */
  readonly built?: JsonObject;
  readonly direction?: Direction;
}

/** What a model has to be filled, as one. */
export interface TargetUnit {
  /** The module's path, and for a recurrent layer "rnn l0 reverse". */
  readonly id: string;
  readonly path: string;
  /** The class of torch.nn; "Parameter" for a parameter that a module of one's own holds. */
  readonly type: string;
  readonly module: nn.Module;
  /** Its entries by role; those of recurrent layers without layer and direction: "weight_ih". */
  readonly entries: ReadonlyMap<string, Target>;
  readonly direction?: Direction;
  /** The shape [C, ...spatial] of which a flattening made its input. */
  readonly flattened?: readonly number[];
}

/** Rules that could stand in the place of others for the same entries. */
export interface Variant {
  readonly kind: string;
  readonly text: string;
  readonly rules: readonly Rule[];
}

/** How a layer's arrays fill a module. */
export interface Fit {
  readonly rules: readonly Rule[];
  /** How much of it is taken on trust: 0 where names and shapes agree, more where arrays are missing and made up for. */
  readonly cost: number;
  /** What has the same shapes and is another layer. */
  readonly variants?: readonly Variant[];
  /** Why the module cannot hold the layer although the shapes fit. */
  readonly refusal?: string;
}

/** A kind of layer: from which arrays of it which parameters of a module are made. */
export interface LayerRule {
  readonly name: string;
  /** Where it is written down. */
  readonly source: string;
  /** The library's classes that are of this kind. */
  readonly classes: readonly string[];
  /** Classes of torch.nn that hold it. */
  readonly targets: readonly string[];
  /** How the library lists its arrays, where they have no names: every list of roles that there can be. */
  readonly lists: readonly (readonly string[])[];
  /** The rules; undefined where the layer's arrays are not what the module needs. */
  fit(source: SourceUnit, target: TargetUnit): Fit | undefined;
}

/** True iff two shapes are the same. */
export const isShape = (a: readonly number[] | undefined, b: readonly number[]): boolean =>
  a !== undefined && a.length === b.length && a.every((length, axis) => length === b[axis]);

/** An array with steps, as a part of a rule. */
export function partOf({ name, steps }: UnitArray, ...more: readonly Step[]): Part {
  const ops = [...steps, ...more];
  return ops.length === 0 ? { name } : { name, ops };
}

/** What a rule is and why. */
export interface Kind {
  readonly kind: string;
  readonly why?: string;
}

/** A rule from one array. */
export function ruleFrom(target: Target, array: UnitArray, steps: readonly Step[], kind: Kind): Rule {
  const ops = [...array.steps, ...steps];
  const base = { target: target.name, from: [{ name: array.name }], ...kind };
  return ops.length === 0 ? base : { ...base, ops };
}

/** A rule from several arrays, one behind the other along the first axis. */
export function ruleFromParts(target: Target, parts: readonly Part[], kind: Kind): Rule {
  return { target: target.name, from: parts, combine: { op: "concat", axis: 0 }, ...kind };
}

/** A rule that makes an entry of nothing. */
export const fillRule = (target: Target, value: number, why: string): Rule => ({
  target: target.name,
  from: [],
  ops: [{ op: "fill", shape: target.tensor.shape, value, dtype: target.tensor.dtype.name }],
  kind: "fill",
  why,
});

/** A vector that is taken as it is: the name alone differs, or nothing. */
export const vectorRule = (target: Target, array: UnitArray, role: string): Rule =>
  ruleFrom(target, array, [], { kind: role === target.role ? "identity" : "rename" });

/** The first array of a layer under one of several roles. */
export function arrayUnder(source: SourceUnit, roles: readonly string[]): UnitArray | undefined {
  for (const role of roles) {
    const array = source.arrays.get(role);
    if (array !== undefined) return array;
  }
  return undefined;
}

/** True iff every array of the layer is under one of the roles. */
export const hasOnly = (source: SourceUnit, roles: readonly string[]): boolean =>
  [...source.arrays.keys()].every((role) => roles.includes(role));

/** The rule of an optional bias; undefined where it does not fit. Where only the module has one, it is filled with zeros. */
export function biasRules(
  source: SourceUnit,
  target: TargetUnit,
  roles: readonly string[] = ["bias"],
): { readonly rules: Rule[]; readonly cost: number } | undefined {
  const bias = arrayUnder(source, roles);
  const entry = target.entries.get("bias");
  if (entry === undefined) return bias === undefined ? { rules: [], cost: 0 } : undefined;
  if (bias === undefined) {
    return { rules: [fillRule(entry, 0, "the layer has no bias")], cost: 1 };
  }
  if (isShape(entry.tensor.shape, bias.shape)) return { rules: [vectorRule(entry, bias, "bias")], cost: 0 };
  const size = product(bias.shape);
  if (size !== entry.tensor.shape[0] || bias.shape.length < 2) return undefined;
  const rule = ruleFrom(entry, bias, [{ op: "reshape", shape: [size] }], { kind: "reshape" });
  return { rules: [rule], cost: 0 };
}
