// The order of rows that a rotary embedding turns: Meta's Llama turns neighbours (2i, 2i + 1), transformers' turns halves
// (i, i + d/2) within each head. Fact: transformers' convert_llama_weights_to_hf (permute).

import type { Alternative } from "../../matching.ts";
import type { Rule } from "../../rules/rule.ts";
import type { Model, Target } from "../../target.ts";
import { readName } from "./parts.ts";

/** The largest size of a head that is common; larger ones are tried where the proof asks for them. */
const commonSize = 128;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** The size of a head where the attention module has it as a field. */
function knownSize(model: Model, { path }: Target): number | undefined {
  const dot = path.lastIndexOf(".");
  const parent = model.module.getSubmodule(dot < 0 ? "" : path.slice(0, dot));
  const { headDim } = parent as unknown as { readonly headDim?: unknown };
  return typeof headDim === "number" ? headDim : undefined;
}

/** Even sizes of a head that divide all rows, the likeliest first. */
function sizesOf(rows: readonly number[]): number[] {
  const common = rows.reduce(gcd);
  const all = Array.from({ length: common }, (_, i) => i + 1).filter((n) => n % 2 === 0 && common % n === 0);
  return all.toSorted((a, b) => Number(a > commonSize) - Number(b > commonSize) || b - a);
}

/** A rule whose rows are put in halves, head by head. */
function inHalves(rule: Rule, shape: readonly number[], size: number): Rule {
  const [rows = 0, ...rest] = shape;
  const last = rest.map((_, axis) => axis + 3);
  return {
    ...rule,
    kind: "rotary reorder",
    why: "pairs side by side there, halves apart here; the shape is the same",
    ops: [
      ...(rule.ops ?? []),
      { op: "reshape", shape: [rows / size, size / 2, 2, ...rest] },
      { op: "transpose", axes: [0, 2, 1, ...last] },
      { op: "reshape", shape },
    ],
  };
}

/** Rules whose queries and keys are put in halves, and what else their heads could be. */
export interface Turned {
  readonly rules: readonly Rule[];
  readonly alternatives: readonly Alternative[];
  /** Entries whose rows were put in another order. */
  readonly parameters: readonly string[];
  readonly size: number;
}

/** Puts the rows of all queries and keys in halves. */
export function withHalves(model: Model, rules: readonly Rule[]): Turned | undefined {
  const turned = rules.flatMap((rule) => {
    const target = model.byName.get(rule.target)!;
    const part = readName(rule.target)?.part;
    return part === "attention.query" || part === "attention.key" ? [{ rule, target }] : [];
  });
  if (turned.length === 0) return undefined;
  const known = knownSize(model, turned[0]!.target);
  const sizes = known === undefined ? sizesOf(turned.map(({ target }) => target.tensor.shape[0]!)) : [known];
  const [first, ...others] = sizes;
  if (first === undefined) return undefined;
  const made = (size: number): Rule[] =>
    turned.map(({ rule, target }) => inHalves(rule, target.tensor.shape, size));
  const byTarget = new Map(made(first).map((rule) => [rule.target, rule]));
  return {
    rules: rules.map((rule) => byTarget.get(rule.target) ?? rule),
    alternatives: others.map((size) => ({
      kind: "rotary order",
      text: `heads of ${size}: the shapes do not tell how many rows are a head`,
      rules: made(size),
      severity: "conversion",
    })),
    parameters: [...byTarget.keys()],
    size: first,
  };
}
