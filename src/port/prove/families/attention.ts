// Fused projections of attention: query, key and value in one matrix, in another order, or head by head.

import type { Step } from "../../rules/steps.ts";
import type { Layer, Target } from "../../target.ts";
import {
  type Change,
  type ChangeContext,
  type ChangeFamily,
  divisorsOf,
  ordersOf,
  stepsChange,
} from "../change.ts";

/** A projection to queries, keys and values. */
export interface Fused {
  readonly weight: Target;
  readonly bias?: Target;
  /** The axis of the weight that holds the three. */
  readonly axis: 0 | 1;
  readonly width: number;
  /** Number of heads, where the module says it. */
  readonly heads?: number;
}

/** The axis that is three times as long as the other one. */
function fusedAxis({ tensor: { shape } }: Target): 0 | 1 | undefined {
  const [rows, columns] = shape as readonly [number, number];
  if (shape.length !== 2) return undefined;
  return rows === 3 * columns ? 0 : columns === 3 * rows ? 1 : undefined;
}

function fusedOf({ entries, module, type }: Layer, rules: ChangeContext["rules"]): Fused | undefined {
  const weight = entries.get("in_proj_weight") ?? entries.get("weight");
  const bias = entries.get("in_proj_bias") ?? entries.get("bias");
  if (weight === undefined || !rules.has(weight.name) || type === "Embedding") return undefined;
  const axis = weight.role === "in_proj_weight" ? 0 : fusedAxis(weight);
  if (axis === undefined) return undefined;
  const width = weight.tensor.shape[axis]! / 3;
  const { numHeads } = module as unknown as { readonly numHeads?: unknown };
  return {
    weight,
    axis,
    width,
    ...(bias?.tensor.shape[0] === 3 * width && rules.has(bias.name) ? { bias } : {}),
    ...(typeof numHeads === "number" ? { heads: numHeads } : {}),
  };
}

/** All projections to queries, keys and values. */
export const fusedProjections = ({ model, rules }: ChangeContext): Fused[] =>
  model.layers.flatMap((layer) => fusedOf(layer, rules) ?? []);

/** Steps for the weight and the bias, from those along an axis of an array of a shape. */
export function alongFused(
  { weight, bias, axis }: Fused,
  steps: (shape: readonly number[], axis: number) => readonly Step[],
): (readonly [string, readonly Step[]])[] {
  const own: [string, readonly Step[]] = [weight.name, steps(weight.tensor.shape, axis)];
  return bias === undefined ? [own] : [own, [bias.name, steps(bias.tensor.shape, 0)]];
}

/** Query, key and value in another order. */
export const projectionOrderFamily: ChangeFamily = {
  name: "query, key, value order",
  source: "torch.nn.MultiheadAttention: in_proj_weight holds q, k, v in this order",
  *changes(context) {
    for (const fused of fusedProjections(context)) {
      for (const letters of ordersOf([..."qkv"]).slice(1)) {
        const from = letters.join("");
        const order = [..."qkv"].map((letter) => from.indexOf(letter));
        yield stepsChange(
          {
            kind: "query, key, value order",
            way: from,
            text: `its three blocks are ${letters.join(", ")}, where the model reads q, k, v`,
            repair: `put the blocks ${letters.join(", ")} in the order q, k, v`,
          },
          alongFused(fused, (_, axis) => [{ op: "gates", axis, from, to: "qkv", order }]),
        );
      }
    }
  },
};

/** An axis cut into axes of sizes, those put in another order, and joined again. */
function regrouped(
  shape: readonly number[],
  axis: number,
  sizes: readonly number[],
  order: readonly number[],
): Step[] {
  const count = sizes.length;
  const axes = [
    ...Array.from({ length: axis }, (_, i) => i),
    ...order.map((each) => axis + each),
    ...Array.from({ length: shape.length - axis - 1 }, (_, i) => axis + count + i),
  ];
  return [
    { op: "reshape", shape: [...shape.slice(0, axis), ...sizes, ...shape.slice(axis + 1)] },
    { op: "transpose", axes },
    { op: "reshape", shape },
  ];
}

/** Orders of (3, head, size) that other programs have, and how they are brought to it. */
function layouts(
  heads: number,
  size: number,
): readonly (readonly [string, readonly number[], readonly number[]])[] {
  return [
    ["(head, 3, size)", [heads, 3, size], [1, 0, 2]],
    ["(head, size, 3)", [heads, size, 3], [2, 0, 1]],
    ["(3, size, head)", [3, size, heads], [0, 2, 1]],
    ["(size, head, 3)", [size, heads, 3], [2, 1, 0]],
    ["(size, 3, head)", [size, 3, heads], [1, 2, 0]],
  ];
}

function* headChanges(fused: Fused, heads: number): Iterable<Change> {
  const size = fused.width / heads;
  for (const [title, sizes, order] of layouts(heads, size)) {
    yield stepsChange(
      {
        kind: "heads interleaved",
        way: `${title} of ${heads}`,
        text: `its ${3 * fused.width} rows are ${title} with ${heads} heads of ${size}, where the model reads (3, head, size)`,
        repair: `read the rows as ${title} with ${heads} heads and put the 3 first`,
      },
      alongFused(fused, (shape, axis) => regrouped(shape, axis, sizes, order)),
    );
  }
}

/** Heads interleaved in a fused projection. */
export const interleavedHeadsFamily: ChangeFamily = {
  name: "heads interleaved",
  source: "GPT-NeoX, Megatron and BLOOM lay query_key_value out head by head",
  *changes(context) {
    for (const fused of fusedProjections(context)) {
      const { width, heads } = fused;
      for (const count of heads === undefined ? divisorsOf(width) : [heads]) {
        if (count > 1 && width % count === 0) yield* headChanges(fused, count);
      }
    }
  },
};
