// ops/optim/*.jsonl: optimizers of torch.optim, step by step, with their state; or settings that must be refused.

import * as torch from "../../../src/torch/index.ts";
import { referenceLines, referenceNames } from "../../support/reference.ts";
import { callHost, MissingName, readAttribute } from "../python/host.ts";
import { type Case, Failure, NotCovered } from "../suite.ts";
import { compareTensor, compareValue, type Tolerance } from "./compare.ts";
import { expectError, type RecordedError } from "./operators.ts";
import { uncovered } from "./uncovered.ts";
import { type ArrayRecord, Decoder, type Recorded, type RecordedNames, tensorOf } from "./values.ts";

/** A function whose value is lowered, with its arrays. */
interface Objective {
  readonly kind: "rosenbrock" | "quadratic" | "least_squares";
  readonly [array: string]: ArrayRecord | string;
}

interface Step {
  readonly params: readonly ArrayRecord[];
  readonly state: Readonly<Record<string, Readonly<Record<string, Recorded>>>>;
  readonly loss?: ArrayRecord;
}

interface OptimizerCase extends Tolerance {
  readonly optimizer: string;
  readonly kwargs: RecordedNames;
  readonly params: readonly ArrayRecord[];
  readonly grads: readonly (readonly (ArrayRecord | null)[])[];
  readonly second_group?: RecordedNames;
  readonly objective?: Objective;
  readonly steps: readonly Step[];
  readonly param_groups: readonly RecordedNames[];
  readonly error?: RecordedError;
}

type AnyOptimizer = torch.optim.Optimizer<object>;

/** Makes an optimizer, or says that it is not there. */
function optimizerOf(row: OptimizerCase, params: unknown): AnyOptimizer {
  let Class: unknown;
  try {
    Class = readAttribute(torch.optim, row.optimizer);
  } catch (error) {
    if (error instanceof MissingName) throw new NotCovered(`torch.optim.${row.optimizer} is not there`);
    throw error;
  }
  return callHost(Class, [params], new Decoder(false).names(row.kwargs)) as AnyOptimizer;
}

function compareState(
  optimizer: AnyOptimizer,
  { params, state }: Step,
  row: OptimizerCase,
  path: string,
): void {
  const got = optimizer.stateDict().state;
  const keys = [...got.keys()].map(String);
  if (`${keys}` !== `${Object.keys(state)}`)
    throw new Failure(`${path}: state of parameters ${Object.keys(state)} expected, got ${keys}`);
  for (const [key, kept] of Object.entries(state)) {
    const own = got.get(Number(key))!;
    if (`${[...own.keys()]}` !== `${Object.keys(kept)}`)
      throw new Failure(`${path}: state ${Object.keys(kept)} expected, got ${[...own.keys()]}`);
    for (const [name, record] of Object.entries(kept))
      compareValue(own.get(name), record, row, `${path}, ${name} of parameter ${key}`);
  }
  optimizer.paramGroups
    .flatMap((group) => group.params)
    .forEach((parameter, i) => {
      compareTensor(parameter, params[i]!, row, `${path}, parameter ${i}`);
    });
}

function compareGroups(optimizer: AnyOptimizer, row: OptimizerCase): void {
  const groups = optimizer.stateDict().param_groups;
  if (groups.length !== row.param_groups.length) throw new Failure(`${groups.length} parameter groups`);
  row.param_groups.forEach((record, i) => {
    const own = groups[i]!;
    const names = Object.keys(record);
    if (`${[...own.keys()]}` !== `${names}`)
      throw new Failure(`group ${i}: expected the settings ${names}, got ${[...own.keys()]}`);
    for (const name of names)
      compareValue(own.get(name), record[name]!, { rtol: 0, atol: 0 }, `group ${i}, ${name}`);
  });
}

function runSteps(row: OptimizerCase): void {
  const params = row.params.map((record) => new torch.nn.Parameter(tensorOf(record)));
  const groups = row.second_group;
  const names = groups === undefined ? undefined : new Decoder(false).names(groups);
  const optimizer = optimizerOf(
    row,
    names === undefined
      ? params
      : [
          new Map([["params", [params[0]!]]]),
          new Map<string, unknown>([["params", params.slice(1)], ...names]),
        ],
  );
  row.steps.forEach((step, i) => {
    row.grads[i]!.forEach((record, k) => {
      params[k]!.grad = record === null ? null : tensorOf(record);
    });
    optimizer.step();
    compareState(optimizer, step, row, `step ${i + 1}`);
  });
  compareGroups(optimizer, row);
}

/** Values of the functions that LBFGS lowers. */
const objectives: Readonly<
  Record<
    Objective["kind"],
    (params: readonly torch.Tensor[], array: (name: string) => torch.Tensor) => torch.Tensor
  >
> = {
  rosenbrock: ([x]) => {
    const [head, tail] = [x!.at(":-1"), x!.at("1:")];
    return tail.sub(head.pow(2)).pow(2).mul(100).add(head.neg().add(1).pow(2)).sum();
  },
  quadratic: ([x], array) => x!.mul(0.5).matmul(array("A").matmul(x!)).sub(array("b").matmul(x!)),
  least_squares: ([weight, bias], array) =>
    array("X").matmul(weight!.T).add(bias!).sub(array("Y")).pow(2).mean(),
};

function runClosure(row: OptimizerCase, objective: Objective): void {
  const params = row.params.map((record) => new torch.nn.Parameter(tensorOf(record)));
  const optimizer = optimizerOf(row, params);
  const array = (name: string): torch.Tensor => tensorOf(objective[name] as ArrayRecord);
  const closure = (): torch.Tensor => {
    optimizer.zeroGrad();
    const loss = objectives[objective.kind](params, array);
    loss.backward();
    return loss;
  };
  row.steps.forEach((step, i) => {
    const loss = optimizer.step(closure)!;
    compareTensor(loss.detach(), step.loss!, row, `step ${i + 1}, the loss`);
    compareState(optimizer, step, row, `step ${i + 1}`);
  });
  compareGroups(optimizer, row);
}

function runCase(row: OptimizerCase): void {
  const reason = uncovered(row.optimizer, row);
  if (reason !== undefined) throw new NotCovered(reason);
  if (row.error !== undefined) {
    expectError(row.error, () => optimizerOf(row, [new torch.nn.Parameter(torch.zeros(2, 2))]));
  } else if (row.objective !== undefined) runClosure(row, row.objective);
  else runSteps(row);
}

/** The cases of all optimizers. */
export function* optimizerCases(folder: string): Iterable<Case> {
  for (const path of referenceNames("ops/optim", folder)) {
    for (const [i, row] of referenceLines<OptimizerCase>(path, folder).entries())
      yield { name: `${path} ${i + 1}`, group: row.optimizer, run: () => runCase(row) };
  }
}
