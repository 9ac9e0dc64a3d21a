// Whole training runs from the seed alone, held against the recorded ones: what is drawn exactly, what is computed in
// float32 as near as PyTorch is to itself.
//
// Two honest implementations part in the last bit of a sum, and what follows may enlarge that. How far is recorded: each
// run was also made in float64, and in float32 with the initial weights 6e-8 larger or smaller. So the first epoch is held
// to 1e-5 relative, and what comes later to 1e-5 or the order of magnitude (ten times) of what Python's own runs part by.

import { elements } from "../../../src/core/elements.ts";
import { compareOutputs } from "../../../src/port/verify.ts";
import type { Tensor } from "../../../src/torch/index.ts";
import { hasReferenceFile, referenceFolder, referenceJson } from "../../support/reference.ts";
import { type ArrayRecord, tensorOf } from "../recorded/values.ts";
import { type Case, Failure } from "../suite.ts";
import { type RecordedRun, type Trained, trainAgain } from "./training-run.ts";

const bound = 1e-5;
const order = 10;

type Arrays = Readonly<Record<string, ArrayRecord>>;
type Tensors = ReadonlyMap<string, Tensor>;

const relative = (value: number, want: number): number => Math.abs(value - want) / Math.abs(want);

function near(what: string, got: number, want: number, allowed: number): void {
  const error = relative(got, want);
  if (!(error <= allowed)) {
    throw new Failure(`${what}: ${got}, recorded ${want}: ${error.toExponential(1)} apart of ${allowed}`);
  }
}

function equal(what: string, got: unknown, want: unknown): void {
  const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
  if (a !== b) throw new Failure(`${what}: ${a}, recorded ${b}`);
}

/** Names in their order, types and shapes. */
function checkForms(got: Tensors, want: Arrays): void {
  const forms = (entries: Iterable<readonly [string, string, readonly number[]]>): string[] =>
    Array.from(entries, ([name, dtype, shape]) => `${name} ${dtype} [${shape.join()}]`);
  equal(
    "entries",
    forms(Array.from(got, ([name, { dtype, shape }]) => [name, dtype.name, shape])),
    forms(Object.entries(want).map(([name, { dtype, shape }]) => [name, dtype, shape])),
  );
}

/** The same numbers in all entries that are asked for. */
function checkValues(got: Tensors, want: Arrays, isAsked: (record: ArrayRecord) => boolean): void {
  for (const [name, record] of Object.entries(want)) {
    if (!isAsked(record)) continue;
    const [a, b] = [elements(got.get(name)!), elements(tensorOf(record))];
    const off = a.findIndex((value, i) => !Object.is(value, b[i]));
    if (off >= 0) throw new Failure(`${name}, number ${off}: ${a[off]}, recorded ${b[off]}`);
  }
}

/**
 * A gradient is held to 1e-5 of the largest number of its tensor. One that is 0 but for rounding, such as that of a bias
 * before BatchNorm, is noise, and PyTorch's is no smaller than another's: it is held to the bound of rounding in a sum over
 * the batch, n u, times the largest number of all gradients.
 */
function checkGradients(got: Tensors, want: Arrays, batch: number): void {
  checkForms(got, want);
  const tensors = Object.entries(want).map(([name, record]) => [name, tensorOf(record)] as const);
  const sizes = tensors.map(([, tensor]) => Number(tensor.abs().max().item()));
  const noise = batch * 2 ** -24 * Math.max(...sizes);
  tensors.forEach(([name, tensor], i) => {
    const { absolute } = compareOutputs(got.get(name)!, tensor);
    const allowed = bound * sizes[i]! + noise;
    if (!(absolute <= allowed))
      throw new Failure(`gradient of ${name} is ${absolute} off, more than ${allowed}`);
  });
}

/** How far, relatively, Python's runs of other rounding came to lie from the recorded one in a number of theirs. */
function parting(run: RecordedRun, numberOf: (rounded: RecordedRun["inFloat64"]) => number): number {
  const want = numberOf(run);
  return Math.max(relative(numberOf(run.inFloat64), want), relative(numberOf(run.shaken), want));
}

/** What an epoch's losses may part by: runs that have parted stay apart. */
function allowedIn(run: RecordedRun, epoch: number): number {
  if (epoch === 0) return bound;
  const parted = Array.from({ length: epoch + 1 }, (_, i) =>
    parting(run, ({ epochLosses }) => epochLosses[i]!),
  );
  return Math.max(bound, order * Math.max(...parted));
}

/** Steps of later epochs may part by as many times more as their epoch's mean has steps: partings cancel in the mean. */
function checkSteps(run: RecordedRun, { stepLosses, epochLosses }: Trained): void {
  const perEpoch = stepLosses.length / epochLosses.length;
  run.firstStepLosses.forEach((want, i) => {
    const epoch = Math.floor(i / perEpoch);
    near(`loss of step ${i}`, stepLosses[i]!, want, allowedIn(run, epoch) * (epoch === 0 ? 1 : perEpoch));
  });
}

function checkEpochs(run: RecordedRun, { epochLosses, rates }: Trained): void {
  equal("epochs", epochLosses.length, run.epochLosses.length);
  run.epochLosses.forEach((want, i) => {
    near(`loss of epoch ${i}`, epochLosses[i]!, want, allowedIn(run, i));
  });
  if (run.rates !== undefined) equal("learning rates", rates, run.rates);
}

/** The accuracy in the end may be one item off where Python's own test losses part. */
function itemsAllowed(run: RecordedRun): number {
  return parting(run, ({ testLoss }) => testLoss) > bound ? 1 : 0;
}

function checkAccuracy(run: RecordedRun, { testOutput, testTargets }: Trained): void {
  const correct = Number(testOutput.argmax(1).eq(testTargets).sum().item());
  equal("items tested", testTargets.shape[0], run.testCount);
  if (Math.abs(correct - run.testCorrect!) > itemsAllowed(run)) {
    throw new Failure(`${correct} of ${run.testCount} right, recorded ${run.testCorrect}`);
  }
}

function checkTestLoss(run: RecordedRun, { testLoss }: Trained): void {
  const parted = parting(run, (rounded) => rounded.testLoss);
  near("test loss", testLoss, run.testLoss, Math.max(bound, order * parted));
}

type Check = (run: RecordedRun, got: Trained) => void;

/** What is held against the record, by what it is called. */
const checks: Readonly<Record<string, Check>> = {
  "initial weights": (run, { initial }) => {
    checkForms(initial, run.initial);
    checkValues(initial, run.initial, () => true);
  },
  "first order": (run, { firstOrder }) => {
    equal("order", firstOrder.slice(0, run.firstOrder.length), run.firstOrder);
  },
  "first gradients": (run, { firstGradients }) =>
    checkGradients(firstGradients, run.firstGradients, run.batch),
  "step losses": checkSteps,
  "epoch losses": checkEpochs,
  // Weights whose gradient is noise go anywhere under an optimizer that divides by the gradient's size: numbers that are
  // counted are compared, and the test loss tells of the rest.
  "final entries": (run, { final }) => {
    checkForms(final, run.final);
    checkValues(final, run.final, ({ dtype }) => dtype === "int64");
  },
  "test loss": checkTestLoss,
  accuracy: (run, got) => {
    if (run.testCorrect !== undefined) checkAccuracy(run, got);
  },
  "numbers drawn": (run, { nextRand }) => equal("the next number", nextRand, run.nextRand),
};

/** The cases of one run, which is made when the first of them is run. */
export function* runCases(run: RecordedRun, folder: string): Iterable<Case> {
  let trained: Promise<Trained> | undefined;
  for (const [name, check] of Object.entries(checks)) {
    if (name === "accuracy" && run.testCorrect === undefined) continue;
    const remark = name === "accuracy" && itemsAllowed(run) > 0 ? " (within one item: rounding matters)" : "";
    yield {
      name: `training ${run.name}: ${name}${remark}`,
      group: `training ${name}`,
      run: async () => {
        trained ??= trainAgain(run, folder);
        check(run, await trained);
      },
    };
  }
}

/** All cases of random/training.json. */
export function* trainingCases(folder: string = referenceFolder): Iterable<Case> {
  const path = "random/training.json";
  if (!hasReferenceFile(path, folder)) return;
  const { runs } = referenceJson<{ readonly runs: readonly RecordedRun[] }>(path, folder);
  for (const run of runs) yield* runCases(run, folder);
}
