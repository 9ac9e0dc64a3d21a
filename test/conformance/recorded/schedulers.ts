// ops/schedulers/*.jsonl: learning rates of torch.optim.lr_scheduler, step by step.

import * as torch from "../../../src/torch/index.ts";
import { referenceLines, referenceNames } from "../../support/reference.ts";
import { callHost, MissingName, readAttribute } from "../python/host.ts";
import { type Case, Failure, NotCovered } from "../suite.ts";
import { compareValue, type Tolerance } from "./compare.ts";
import { uncovered } from "./uncovered.ts";
import { Decoder, type Recorded, type RecordedNames } from "./values.ts";

interface SchedulerCase extends Tolerance {
  readonly scheduler: string;
  readonly kwargs: RecordedNames;
  readonly optimizer: {
    readonly name: string;
    readonly lr: number;
    readonly momentum: number;
    readonly group_lrs: readonly number[];
  };
  readonly steps: number;
  readonly metrics?: readonly number[];
  readonly lrs: readonly (readonly number[])[];
  readonly momenta?: readonly (readonly number[])[];
  readonly state_dict: RecordedNames;
}

type Form = Readonly<Record<string, number>> & { readonly form: string };

/** The factors that schedules compute from the number of the epoch. */
const factors: Readonly<Record<string, (epoch: number, form: Form) => number>> = {
  power: (epoch, { base }) => base! ** epoch,
  step: (epoch, { base, every }) => base! ** Math.floor(epoch / every!),
  inverse: (epoch, { k }) => 1 / (1 + k! * epoch),
  warmup: (epoch, { steps }) => Math.min(1, (epoch + 1) / steps!),
};

interface Scheduler {
  step(metric?: number): void;
  stateDict(): Map<string, unknown>;
}

/** A setting: functions of the epoch are recorded by their form. */
function setting(value: Recorded): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(setting);
  if ("$lambda" in value) {
    const form = (value as unknown as { $lambda: Form }).$lambda;
    return (epoch: number) => factors[form.form]!(epoch, form);
  }
  return new Decoder(false).value(value);
}

function schedulerOf(name: string, optimizer: unknown, kwargs: RecordedNames): Scheduler {
  const Class = readAttribute(readAttribute(torch.optim, "lr_scheduler"), name);
  if (kwargs.schedulers === undefined) {
    const names = new Map(Object.entries(kwargs).map(([key, value]) => [key, setting(value)]));
    return callHost(Class, [optimizer], names) as Scheduler;
  }
  const inner = (kwargs.schedulers as readonly (readonly [string, RecordedNames])[]).map(([each, names]) =>
    schedulerOf(each, optimizer, names),
  );
  if (name === "ChainedScheduler")
    return callHost(Class, [inner], new Map([["optimizer", optimizer]])) as Scheduler;
  const rest = Object.entries(kwargs).filter(([key]) => key !== "schedulers");
  return callHost(
    Class,
    [optimizer],
    new Map<string, unknown>([["schedulers", inner], ...rest]),
  ) as Scheduler;
}

function compareStateDict(got: Map<string, unknown>, row: SchedulerCase): void {
  for (const [name, record] of Object.entries(row.state_dict)) {
    if (!got.has(name)) throw new Failure(`state_dict: no ${name}, but ${[...got.keys()]}`);
    compareState(got.get(name), record, row, name);
  }
}

function compareState(got: unknown, record: Recorded, row: SchedulerCase, path: string): void {
  if (Array.isArray(record) && Array.isArray(got)) {
    if (got.length !== record.length) throw new Failure(`${path}: ${got.length} items`);
    record.forEach((item, i) => {
      compareState(got[i], item, row, `${path}[${i}]`);
    });
    return;
  }
  if (typeof record === "object" && record !== null && "$dict" in record) {
    const kept = got instanceof Map ? got : new Map(Object.entries(got as object));
    for (const [name, value] of Object.entries(record.$dict as RecordedNames)) {
      const key = [name, Number(name)].find((each) => kept.has(each));
      if (key === undefined) throw new Failure(`${path}: no ${name}, but ${[...kept.keys()]}`);
      compareState(kept.get(key), value, row, `${path}.${name}`);
    }
    return;
  }
  compareValue(got, record, row, path);
}

function runCase(row: SchedulerCase): void {
  const reason = uncovered(row.scheduler, row);
  if (reason !== undefined) throw new NotCovered(reason);
  const { lr, momentum, group_lrs } = row.optimizer;
  const groups = group_lrs.map((each) => ({ params: [new torch.nn.Parameter(torch.zeros(1))], lr: each }));
  const optimizer = new torch.optim.SGD(groups, { lr, momentum });
  let scheduler: Scheduler;
  try {
    scheduler = schedulerOf(row.scheduler, optimizer, row.kwargs);
  } catch (error) {
    if (error instanceof MissingName)
      throw new NotCovered(`torch.optim.lr_scheduler.${row.scheduler} is not there`);
    throw error;
  }
  const compare = (step: number): void => {
    const { paramGroups } = optimizer;
    compareValue(
      paramGroups.map((group) => group.lr),
      row.lrs[step]!,
      row,
      `learning rates after ${step} steps`,
    );
    if (row.momenta === undefined) return;
    compareValue(
      paramGroups.map((group) => group.momentum),
      row.momenta[step]!,
      row,
      `momenta after ${step} steps`,
    );
  };
  compare(0);
  for (let step = 1; step <= row.steps; step++) {
    optimizer.step();
    if (row.metrics === undefined) scheduler.step();
    else scheduler.step(row.metrics[step - 1]);
    compare(step);
  }
  compareStateDict(scheduler.stateDict(), row);
}

/** The cases of all schedules. */
export function* schedulerCases(folder: string): Iterable<Case> {
  for (const path of referenceNames("ops/schedulers", folder)) {
    for (const [i, row] of referenceLines<SchedulerCase>(path, folder).entries())
      yield { name: `${path} ${i + 1}`, group: row.scheduler, run: () => runCase(row) };
  }
}
