// A recorded training run done again from its seed alone: the network is built right after `manualSeed`, each epoch goes
// through `randperm(n)` in consecutive slices, and nothing of what was recorded is used but the settings and the data.

import { camelCase } from "../../../src/core/names.ts";
import * as np from "../../../src/numpy/index.ts";
import * as torch from "../../../src/torch/index.ts";
import { referenceFile } from "../../support/reference.ts";
import { caseEngine } from "../engine.ts";
import { type ArrayRecord, namedFunction } from "../recorded/values.ts";
import { Failure } from "../suite.ts";
import type { Seed } from "./torch-record.ts";
import { type Network, networks } from "./training-models.ts";

type Tensor = torch.Tensor;
type Arrays = Readonly<Record<string, ArrayRecord>>;

/** What a run of other rounding came to. */
export interface Rounded {
  readonly epochLosses: readonly number[];
  readonly testLoss: number;
  readonly testCorrect?: number;
}

/** What random/training.json holds of a run. */
export interface RecordedRun extends Rounded {
  readonly name: string;
  readonly seed: Seed;
  readonly model: string;
  /** The data: see `readData`. */
  readonly files: readonly string[];
  /** "RMSprop(lr=0.01), StepLR(2, 0.5) after each epoch, clip_grad_norm_ 0.5". */
  readonly optimizer: string;
  /** "CrossEntropyLoss". */
  readonly loss: string;
  readonly batch: number;
  readonly epochs: number;
  readonly initial: Arrays;
  /** The beginning of the first epoch's order. */
  readonly firstOrder: readonly number[];
  readonly firstStepLosses: readonly number[];
  readonly firstGradients: Arrays;
  readonly final: Arrays;
  readonly testOutput: ArrayRecord;
  readonly testCount?: number;
  /** The learning rate of each epoch, where there is a schedule. */
  readonly rates?: readonly number[];
  /** What one more `rand(1)` gives. */
  readonly nextRand: number;
  readonly inFloat64: Rounded;
  /** With every initial weight 6e-8 larger or smaller. */
  readonly shaken: Rounded;
}

/** What a run came to here. */
export interface Trained {
  readonly initial: ReadonlyMap<string, Tensor>;
  readonly firstOrder: readonly number[];
  readonly firstGradients: ReadonlyMap<string, Tensor>;
  readonly stepLosses: readonly number[];
  readonly epochLosses: readonly number[];
  readonly rates: readonly number[];
  readonly final: ReadonlyMap<string, Tensor>;
  readonly testOutput: Tensor;
  readonly testTargets: Tensor;
  readonly testLoss: number;
  readonly nextRand: number;
}

interface Data {
  readonly inputs: Tensor;
  readonly targets: Tensor;
  readonly testInputs: Tensor;
  readonly testTargets: Tensor;
}

async function arrayOf(name: string, folder: string): Promise<Tensor> {
  const array = (await np.load(referenceFile(`random/${name}.npy`, folder))) as np.NDArray;
  return torch.fromNumpy(array);
}

/**
 * The data of a run. The first file has the inputs, its note what is done to them, the second the targets; where there are
 * a third and a fourth, they number the rows to train on and to test on.
 */
async function readData({ files }: RecordedRun, folder: string): Promise<Data> {
  const [inputs, targets, train, test] = await Promise.all(
    files.map((file) => arrayOf(file.split(" ")[0]!, folder)),
  );
  const note = files[0]!;
  const divisor = /divided by (\d+)/.exec(note)?.[1];
  const x = divisor === undefined ? inputs! : inputs!.float().div(Number(divisor));
  const numbers = (values: Tensor): Tensor => (values.isFloatingPoint() ? values : values.long());
  const count = Number(/the first (\d+) train/.exec(note)?.[1]);
  const [first, rest] = [train ?? `:${count}`, test ?? `${count}:`];
  return {
    inputs: numbers(x).at(first),
    targets: numbers(targets!).at(first),
    testInputs: numbers(x).at(rest),
    testTargets: numbers(targets!).at(rest),
  };
}

interface Optimizer {
  readonly paramGroups: readonly { readonly lr: unknown }[];
  zeroGrad(): void;
  step(): unknown;
}

interface Loss {
  call(output: Tensor, target: Tensor): Tensor;
}

/** The arguments of a call as they are written: values by position, then by name. */
function argumentsOf(written: string): unknown[] {
  const value = (text: string): unknown => (text === "True" ? true : Number(text));
  const items = written.split(", ").map((item) => item.split("="));
  const named = items.filter(({ length }) => length === 2);
  const options = Object.fromEntries(named.map(([name, text]) => [camelCase(name!), value(text!)]));
  const positions = items.filter(({ length }) => length === 1).map(([text]) => value(text!));
  return named.length === 0 ? positions : [...positions, options];
}

/** Makes what a call of a class under `torch.` writes; undefined where the class is not in the text. */
function made<T>(text: string, place: string, class_: RegExp, first: unknown): T | undefined {
  const call = new RegExp(`(${class_.source})\\(([^)]*)\\)`).exec(text);
  if (call === null) return undefined;
  const Class = namedFunction(`${place}.${call[1]}`) as new (...args: readonly unknown[]) => T;
  return new Class(first, ...argumentsOf(call[2]!));
}

/** What moves the weights: the optimizer, its schedule, and the bound of the gradients' norm, where there are such. */
interface Updates {
  readonly optimizer: Optimizer;
  readonly schedule: { step(): void } | undefined;
  readonly maxNorm: number | undefined;
}

function updatesOf({ optimizer: text }: RecordedRun, net: Network): Updates {
  const optimizer = made<Optimizer>(text, "optim", /^\w+/, net.parameters());
  if (optimizer === undefined) throw new Failure(`no optimizer in ${text}`);
  const clip = /clip_grad_norm_ (\S+)/.exec(text)?.[1];
  return {
    optimizer,
    schedule: made(text, "optim.lrScheduler", /\w+LR/, optimizer),
    maxNorm: clip === undefined ? undefined : Number(clip),
  };
}

const copies = (tensors: Iterable<readonly [string, Tensor]>): Map<string, Tensor> =>
  new Map(Array.from(tensors, ([name, tensor]) => [name, tensor.detach().clone()]));

/** A step of training: it gives the loss, and leaves the gradients. */
type Step = (inputs: Tensor, targets: Tensor) => Tensor;

function stepOf(net: Network, { optimizer, maxNorm }: Updates, lossOf: Loss): Step {
  return caseEngine().step((inputs, targets) => {
    optimizer.zeroGrad();
    const loss = lossOf.call(net.call(inputs), targets);
    loss.backward();
    if (maxNorm !== undefined) torch.nn.utils.clipGradNorm_(net.parameters(), maxNorm);
    optimizer.step();
    return loss;
  });
}

/** The losses of one epoch's batches; `atGradients` is called when there are gradients. */
function epoch(
  run: RecordedRun,
  { inputs, targets }: Data,
  step: Step,
  order: Tensor,
  atGradients: () => void,
): number[] {
  const losses: number[] = [];
  for (let start = 0; start < order.shape[0]!; start += run.batch) {
    const index = order.at(`${start}:${start + run.batch}`);
    losses.push(Number(step(inputs.at(index), targets.at(index)).item()));
    atGradients();
  }
  return losses;
}

/** Trains as a recorded run says, from its seed. */
export async function trainAgain(run: RecordedRun, folder: string): Promise<Trained> {
  const data = await readData(run, folder);
  const lossOf = new (namedFunction(`nn.${run.loss}`) as new () => Loss)();
  torch.manualSeed(BigInt(run.seed));
  const net = networks[run.model]!(run.name);
  const initial = copies(net.stateDict());
  const updates = updatesOf(run, net);
  const step = stepOf(net, updates, lossOf);
  let firstOrder: readonly number[] = [];
  let firstGradients: Map<string, Tensor> | undefined;
  const stepLosses: number[] = [];
  const epochLosses: number[] = [];
  const rates: number[] = [];
  for (let i = 0; i < run.epochs; i++) {
    net.train();
    const order = torch.randperm(data.inputs.shape[0]!);
    if (i === 0) firstOrder = order.tolist() as number[];
    const losses = epoch(run, data, step, order, () => {
      firstGradients ??= copies([...net.namedParameters()].map(([name, { grad }]) => [name, grad!]));
    });
    stepLosses.push(...losses);
    epochLosses.push(losses.reduce((sum, loss) => sum + loss, 0) / losses.length);
    rates.push(Number(updates.optimizer.paramGroups[0]!.lr));
    updates.schedule?.step();
  }
  net.eval();
  const testOutput = torch.noGrad(() => net.call(data.testInputs));
  return {
    initial,
    firstOrder,
    firstGradients: firstGradients!,
    stepLosses,
    epochLosses,
    rates,
    final: net.stateDict(),
    testOutput,
    testTargets: data.testTargets,
    testLoss: Number(lossOf.call(testOutput, data.testTargets).item()),
    nextRand: Number(torch.rand(1).item()),
  };
}
