// Entries that no recorded output depends on: what stands there cannot be judged by running. The gradient of a random
// projection of the outputs tells which could be such, and other numbers in their place whether they are.

import { Generator } from "../../random/index.ts";
import { autograd, enableGrad, noGrad, randn, type Tensor } from "../../torch/index.ts";
import { isSameBits } from "../rules/steps.ts";
import type { Target } from "../target.ts";
import { numbersOf, type Plan, type Trial } from "./trial.ts";

/** A parameter that the recorded output does not depend on. */
export interface Unseen {
  readonly parameter: string;
  readonly text: string;
}

/** What the outputs do not show. */
export interface Hidden {
  readonly unseen: readonly Unseen[];
  /** Entries of which only some rows are read: an embedding whose other rows the input does not ask for. */
  readonly partly: readonly { readonly parameter: string; readonly seen: number; readonly rows: number }[];
  /** How many entries were left untried because it would have taken too long. */
  readonly untried: number;
}

/** Entries whose predicted effect is above this many tolerances are seen beyond doubt; the others are tried. */
const farAbove = 100;
/** The least change that is tried: where an entry is zero, numbers as small weights have them. */
const leastChange = 0.01;

const isFloat = ({ tensor }: Target): boolean => tensor.dtype.kind === "float";

/** What of a filled model the recorded outputs do not show. The model is left as it was filled. */
export function hiddenEntries(trial: Trial, plan: Plan, seconds: number): Hidden {
  trial.fill(plan.rules);
  return trial.withSettings(plan.settings, () => {
    const targets = trial.model.targets.filter(({ tiedTo }) => tiedTo === undefined);
    const generator = new Generator().manualSeed(1);
    const gradients = gradientsOf(trial, targets.filter(isFloat), generator);
    const doubtful = targets.filter((target) => !isClear(trial, target, gradients?.get(target)));
    const hidden = new Set<Target>();
    const deadline = performance.now() + 1000 * seconds;
    const untried = sift(trial, doubtful, generator, deadline, hidden);
    const partly = targets.flatMap((target) => {
      const values = gradients?.get(target);
      return values === undefined || hidden.has(target) ? [] : (partOf(target, values) ?? []);
    });
    const unseen = [...unseenOf(trial.model.targets, hidden), ...overwritten(trial, plan)];
    return { unseen, partly, untried };
  });
}

function unseenOf(targets: readonly Target[], hidden: ReadonlySet<Target>): Unseen[] {
  const tensors = new Set([...hidden].map(({ tensor }) => tensor));
  return targets
    .filter(({ tensor }) => tensors.has(tensor))
    .map(({ name }) => ({
      parameter: name,
      text: "the recorded outputs stay the same with other numbers in its place: they do not show what is right",
    }));
}

/** Names whose tensor another name's rule fills with other numbers. */
function overwritten(trial: Trial, { rules }: Plan): Unseen[] {
  return [...rules].flatMap(([name, rule]) => {
    const later = trial.overwriterOf(name, rules);
    if (later === undefined || isSameBits(trial.made(rule), trial.made(rules.get(later)!))) return [];
    const text = `it is one tensor with ${later}, for which the source has other numbers, and those count`;
    return [{ parameter: name, text }];
  });
}

type Gradients = ReadonlyMap<Target, ArrayLike<number> | null>;

/** Gradients of a random projection of the outputs; undefined where the model has none to give. */
function gradientsOf(trial: Trial, targets: readonly Target[], generator: Generator): Gradients | undefined {
  const wanted = targets.filter(({ tensor }) => !tensor.requiresGrad);
  try {
    for (const { tensor } of wanted) tensor.requiresGrad_(true);
    return enableGrad(() => {
      const parts = trial.call().filter((output) => output.requiresGrad);
      const projections = parts.map((output) =>
        output.mul(randn([...output.shape], { generator, dtype: output.dtype })).sum(),
      );
      const total = projections.reduce((a, b) => a.add(b));
      const gradients = autograd.grad(
        total,
        targets.map(({ tensor }) => tensor),
        { allowUnused: true },
      );
      return new Map(
        targets.map((target, i) => [target, gradients[i] === null ? null : numbersOf(gradients[i]!)]),
      );
    });
  } catch {
    return undefined;
  } finally {
    for (const { tensor } of wanted) tensor.requiresGrad_(false);
  }
}

/** The length of a vector. */
function lengthOf(values: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i]! * values[i]!;
  return Math.sqrt(squares);
}

const sizeOf = (tensor: Tensor): number => {
  const values = numbersOf(tensor);
  const size = lengthOf(values) / Math.sqrt(Math.max(1, values.length));
  return Number.isFinite(size) ? Math.max(size, leastChange) : 1;
};

/** True iff a change of the entry's own size moves the outputs far beyond the tolerance, as its gradient has it. */
function isClear(trial: Trial, { tensor }: Target, gradient: ArrayLike<number> | null | undefined): boolean {
  if (gradient === null || gradient === undefined) return false;
  return lengthOf(gradient) * sizeOf(tensor) > farAbove * trial.tolerance.atol;
}

/**
 * Finds those of the entries that outputs do not depend on: all are changed at once, and where that shows, each half.
 * @returns how many were left untried
 */
function sift(
  trial: Trial,
  targets: readonly Target[],
  generator: Generator,
  deadline: number,
  hidden: Set<Target>,
): number {
  if (targets.length === 0) return 0;
  if (performance.now() > deadline) {
    for (const target of targets) hidden.add(target);
    return targets.length;
  }
  if (!isNoticed(trial, targets, generator)) {
    for (const target of targets) hidden.add(target);
    return 0;
  }
  if (targets.length === 1) return 0;
  const half = targets.length >> 1;
  return (
    sift(trial, targets.slice(0, half), generator, deadline, hidden) +
    sift(trial, targets.slice(half), generator, deadline, hidden)
  );
}

/** True iff outputs leave the tolerance with other numbers in the entries. */
function isNoticed(trial: Trial, targets: readonly Target[], generator: Generator): boolean {
  return noGrad(() => {
    const kept = targets.map(({ tensor }) => tensor.clone());
    try {
      for (const target of targets) disturb(target, generator);
      return !trial.outcome(trial.call()).comparison.isWithin;
    } catch {
      // What the model does not run with shows.
      return true;
    } finally {
      for (const [i, { tensor }] of targets.entries()) tensor.copy_(kept[i]!);
    }
  });
}

function disturb(target: Target, generator: Generator): void {
  const { tensor } = target;
  if (tensor.numel() === 0) return;
  if (isFloat(target)) {
    const noise = randn([...tensor.shape], { generator });
    tensor.copy_(tensor.add(noise.mul(sizeOf(tensor))));
  } else if (tensor.dtype.name === "bool") tensor.copy_(tensor.logicalNot());
  else tensor.copy_(tensor.add(1));
}

/** Rows that no output depends on: their gradient is exactly zero. */
function partOf({ name, tensor }: Target, gradient: ArrayLike<number> | null): Hidden["partly"] | undefined {
  const rows = tensor.shape[0] ?? 0;
  if (gradient === null || tensor.ndim < 2 || rows < 2) return undefined;
  const length = gradient.length / rows;
  let seen = 0;
  for (let row = 0; row < rows; row++) {
    for (let i = row * length; i < (row + 1) * length; i++) {
      if (gradient[i] !== 0) {
        seen++;
        break;
      }
    }
  }
  return seen < rows ? [{ parameter: name, seen, rows }] : undefined;
}
