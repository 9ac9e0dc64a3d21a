// Entries of a model and arrays of a file, joined on what their names mean: one to one; three projections into a fused one;
// a fused one cut into three.

import { product } from "../../../core/layout.ts";
import type { Rule } from "../../rules/rule.ts";
import { type Step, shapeAfter } from "../../rules/steps.ts";
import type { NamedArray } from "../../source.ts";
import type { Target } from "../../target.ts";
import { type Part, readName } from "./parts.ts";
import { isInOut, turningSteps } from "./turning.ts";

/** An array with what its name means. */
export interface ReadArray {
  readonly source: NamedArray;
  readonly part: Part;
  /** Steps that take it out of a stack of blocks. */
  readonly first: readonly Step[];
  readonly shape: readonly number[];
}

/** What a join gives. */
export interface Join {
  readonly rules: readonly Rule[];
  readonly used: ReadonlySet<string>;
  /** True iff the library keeps weights [in, out] under the name `weight`. */
  readonly isTurned: boolean;
}

const keyOf = (scope: string, part: string, role: string): string => `${scope}|${part}|${role}`;

/** Blocks that lie along a first axis: google-research's `encoderblock` without a number. */
const stack = /(^|\/)encoderblock\//;

/** Arrays by what their names mean; names that mean the same as another are left out. */
export function readArrays(arrays: readonly NamedArray[]): Map<string, ReadArray> {
  const read = new Map<string, ReadArray | undefined>();
  const add = (name: string, each: Omit<ReadArray, "part">): void => {
    const part = readName(name);
    if (part === undefined) return;
    const key = keyOf(part.scope, part.part, part.role);
    read.set(key, read.has(key) ? undefined : { ...each, part });
  };
  for (const source of arrays) {
    const { name, array } = source;
    const { shape } = array;
    if (!stack.test(name)) {
      add(name, { source, first: [], shape });
      continue;
    }
    for (let index = 0; index < (shape[0] ?? 0); index++) {
      const first: Step[] = [{ op: "index", axis: 0, index }];
      add(name.replace(stack, `$1encoderblock_${index}/`), { source, first, shape: shape.slice(1) });
    }
  }
  return new Map([...read].filter((entry): entry is [string, ReadArray] => entry[1] !== undefined));
}

const projections = ["attention.query", "attention.key", "attention.value"];

/** Joins entries with arrays. What does not fit by shape is left out. */
export function joinNames(targets: readonly Target[], arrays: ReadonlyMap<string, ReadArray>): Join {
  const isTurned = [...arrays.values()].some(
    ({ part, shape, first }) =>
      first.length === 0 && part.leaf === "weight" && part.part === "attention.qkv" && isInOut(shape),
  );
  const rules: Rule[] = [];
  const used = new Set<string>();
  for (const target of targets) {
    const part = readName(target.name);
    if (part === undefined || target.role === "num_batches_tracked") continue;
    const rule =
      single(target, part, arrays, isTurned) ??
      fused(target, part, arrays, isTurned) ??
      cut(target, part, targets, arrays, isTurned);
    if (rule === undefined) continue;
    rules.push(rule);
    for (const { name } of rule.from) used.add(name);
  }
  return { rules, used, isTurned };
}

const kindOf = (steps: readonly Step[]): string => {
  const ops = new Set(steps.map(({ op }) => op));
  if (ops.size === 0) return "rename";
  if (ops.has("transpose")) return ops.has("reshape") ? "transpose and reshape" : "transpose";
  return ops.has("reshape") ? "reshape" : "split";
};

/** GPT-2's own module keeps weights [in, out] too: nothing is turned for it. */
const isTurnedFor = (target: Target, isTurned: boolean): boolean => isTurned && target.type !== "Conv1D";

function single(
  target: Target,
  { scope, part, role }: Part,
  arrays: ReadonlyMap<string, ReadArray>,
  isTurned: boolean,
): Rule | undefined {
  const found = arrays.get(keyOf(scope, part, role));
  if (found === undefined) return undefined;
  const turned = turningSteps(found.shape, found.part, target.tensor.shape, isTurnedFor(target, isTurned));
  if (turned === undefined) return undefined;
  const ops = [...found.first, ...turned];
  if (shapeAfter(found.source.array.shape, ops).join() !== target.tensor.shape.join()) return undefined;
  return { target: target.name, from: [{ name: found.source.name, ops }], kind: kindOf(ops) };
}

/** Queries, keys and values one below the other. */
function fused(
  target: Target,
  { scope, part, role }: Part,
  arrays: ReadonlyMap<string, ReadArray>,
  isTurned: boolean,
): Rule | undefined {
  if (part !== "attention.qkv") return undefined;
  const found = projections.map((each) => arrays.get(keyOf(scope, each, role)));
  const [rows = 0, ...rest] = target.tensor.shape;
  const from = found.flatMap((each) => {
    if (each === undefined) return [];
    const share = each.part.role === "bias" ? product(each.shape) : rows / 3;
    const turned = turningSteps(each.shape, each.part, [share, ...rest], isTurned);
    if (turned === undefined) return [];
    return [{ name: each.source.name, ops: [...each.first, ...turned] }];
  });
  if (from.length !== 3) return undefined;
  return {
    target: target.name,
    from,
    combine: { op: "concat", axis: 0 },
    kind: "concat",
    why: "queries, keys and values one below the other",
  };
}

/** A part of a fused projection: its rows behind those of the parts before it. */
function cut(
  target: Target,
  { scope, part, role }: Part,
  targets: readonly Target[],
  arrays: ReadonlyMap<string, ReadArray>,
  isTurned: boolean,
): Rule | undefined {
  const at = projections.indexOf(part);
  const found = at < 0 ? undefined : arrays.get(keyOf(scope, "attention.qkv", role));
  if (found === undefined) return undefined;
  const rowsOf = projections.map((each) => {
    const entry = targets.find(({ name }) => {
      const other = readName(name);
      return other?.part === each && other.scope === scope && other.role === role;
    });
    return entry?.tensor.shape[0] ?? 0;
  });
  const total = rowsOf.reduce((a, b) => a + b, 0);
  const [, ...rest] = target.tensor.shape;
  const turned = turningSteps(found.shape, found.part, [total, ...rest], isTurnedFor(target, isTurned));
  if (turned === undefined) return undefined;
  const start = rowsOf.slice(0, at).reduce((a, b) => a + b, 0);
  const slice: Step = { op: "slice", axis: 0, start, stop: start + rowsOf[at]! };
  const ops = [...found.first, ...turned, slice];
  return { target: target.name, from: [{ name: found.source.name, ops }], kind: "split" };
}
