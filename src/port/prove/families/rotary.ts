// Rows of queries and keys in the order of the other form of rotary embedding: pairs side by side (Meta's Llama, GPT-J), or
// the halves of a head (transformers, GPT-NeoX).

import { groupBy } from "../../match/groups.ts";
import type { Step } from "../../rules/steps.ts";
import type { Target } from "../../target.ts";
import {
  type Change,
  type ChangeContext,
  type ChangeFamily,
  divisorsOf,
  filledTargets,
  stepsChange,
} from "../change.ts";
import { alongFused, fusedProjections } from "./attention.ts";

/** What the layers of queries and keys are called. */
const pairs: readonly (readonly [query: string, key: string])[] = [
  ["q_proj", "k_proj"],
  ["wq", "wk"],
  ["query", "key"],
  ["to_q", "to_k"],
  ["q_lin", "k_lin"],
  ["q", "k"],
];

const ways = [
  {
    way: "pairs",
    text: (size: number) =>
      `the rows of each head of ${size} are in pairs side by side, as Meta's Llama has them, where the model turns halves`,
    repair: "reorder the rows of each head from pairs to halves",
    axes: (size: number) => [size / 2, 2],
  },
  {
    way: "halves",
    text: (size: number) =>
      `the rows of each head of ${size} are in halves, as transformers has them, where the model turns pairs side by side`,
    repair: "reorder the rows of each head from halves to pairs",
    axes: (size: number) => [2, size / 2],
  },
] as const;

/** The rows of every head regrouped. */
const rowSteps = (shape: readonly number[], size: number, axes: readonly number[]): Step[] => [
  { op: "reshape", shape: [shape[0]! / size, ...axes, ...shape.slice(1)] },
  { op: "transpose", axes: [0, 2, 1, ...shape.slice(1).map((_, i) => i + 3)] },
  { op: "reshape", shape },
];

/** Sizes that a head may have: even numbers that divide the rows; 2 alone moves nothing. */
const headSizes = (...rows: readonly number[]): number[] => {
  const [least] = rows.toSorted((a, b) => a - b) as [number, ...number[]];
  return [...divisorsOf(least), least].filter(
    (size) => size >= 4 && size <= 256 && size % 2 === 0 && rows.every((count) => count % size === 0),
  );
};

/** The entries of the layers of queries and keys, side by side in the model. */
function* queryKeyGroups(context: ChangeContext): Iterable<readonly Target[]> {
  const targets = filledTargets(context).filter(({ role }) => role === "weight" || role === "bias");
  const byPath = groupBy(targets, ({ path }) => path);
  for (const [path, own] of byPath) {
    const dot = path.lastIndexOf(".") + 1;
    const pair = pairs.find(([query]) => query === path.slice(dot));
    const other = pair === undefined ? undefined : byPath.get(`${path.slice(0, dot)}${pair[1]}`);
    if (other !== undefined) yield [...own, ...other];
  }
}

/** The three blocks of a fused projection, of which the first two are reordered. */
function fusedOrder(width: number, size: number, axes: readonly number[]): number[] {
  const [first, second] = axes as [number, number];
  return Array.from({ length: 3 * width }, (_, row) => {
    if (row >= 2 * width) return row;
    const within = row % size;
    const [major, minor] = [Math.floor(within / first), within % first];
    return row - within + minor * second + major;
  });
}

function* changesOf(context: ChangeContext): Iterable<Change> {
  for (const targets of queryKeyGroups(context)) {
    const rows = targets.map(({ tensor }) => tensor.shape[0]!);
    for (const size of headSizes(...rows)) {
      for (const { way, text, repair, axes } of ways) {
        yield stepsChange(
          { kind: "rotary order", way: `${way} of ${size}`, text: text(size), repair },
          targets.map(({ name, tensor }) => [name, rowSteps(tensor.shape, size, axes(size))]),
        );
      }
    }
  }
  for (const fused of fusedProjections(context)) {
    for (const size of headSizes(fused.width)) {
      for (const { way, text, repair, axes } of ways) {
        const order = fusedOrder(fused.width, size, axes(size));
        yield stepsChange(
          { kind: "rotary order", way: `${way} of ${size}`, text: text(size), repair },
          alongFused(fused, (_, axis) => [{ op: "take", axis, order }]),
        );
      }
    }
  }
}

/** Rows in the order of the other rotary embedding. */
export const rotaryFamily: ChangeFamily = {
  name: "rotary order",
  source: "transformers' convert_llama_weights_to_hf.py, permute()",
  changes: changesOf,
};
