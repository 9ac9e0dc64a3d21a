// The recorded trainings, from the true weights: every loss, and the final state.

import { camelCase } from "../../../src/core/names.ts";
import { compareOutputs } from "../../../src/port/verify.ts";
import { fromNumpy, nn, type Tensor } from "../../../src/torch/index.ts";
import * as optim from "../../../src/torch/optim/index.ts";
import { caseEngine } from "../engine.ts";
import { type Case, Failure } from "../suite.ts";
import { type RecordedModel, tensorOf } from "./case.ts";
import { forward, load } from "./model.ts";

type Options = Readonly<Record<string, unknown>>;
type Optimizer = { zeroGrad(): void; step(): void };
type OptimizerClass = new (parameters: readonly Tensor[], options: Options) => Optimizer;
type LossClass = new (options: Options) => { call(output: Tensor, target: Tensor): Tensor };

const camel = (options: Options): Options =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [camelCase(name), value]));

export function* trainingCases(recorded: RecordedModel): Iterable<Case> {
  const { finetune } = recorded.file;
  if (finetune !== undefined) {
    yield { name: `${recorded.name} finetune`, group: "finetune", run: () => train(recorded) };
  }
}

async function train(recorded: RecordedModel): Promise<void> {
  const { loss, loss_args, optimizer, optimizer_args, mode, targets, losses, final_state, tolerance } =
    recorded.file.finetune!;
  const module = recorded.build();
  load(module, await recorded.expected());
  module.train(mode === "train");
  const parameters = [...module.parameters()];
  for (const parameter of parameters) parameter.requiresGrad_(true);
  const Optimizer = (optim as unknown as Record<string, OptimizerClass>)[optimizer]!;
  const Loss = (nn as unknown as Record<string, LossClass>)[loss]!;
  const steps = new Optimizer(parameters, camel(optimizer_args));
  const criterion = new Loss(camel(loss_args ?? {}));
  const [inputs, wanted] = [recorded.inputs(), tensorOf(targets)];
  const next = caseEngine().step(() => {
    steps.zeroGrad();
    const value = criterion.call(forward(module, inputs)[0]!, wanted);
    value.backward();
    steps.step();
    return value;
  });
  losses.forEach((want, step) => {
    const got = Number(next().item());
    if (!(Math.abs(got - want) <= tolerance.losses_atol + 1e-5 * Math.abs(want))) {
      throw new Failure(`step ${step}: loss ${got}, recorded ${want}`);
    }
  });
  const state = module.stateDict();
  for (const [name, want] of await recorded.arrays(final_state)) {
    const { absolute } = compareOutputs(state.get(name)!, fromNumpy(want.copy()));
    if (!(absolute <= tolerance.state_atol)) throw new Failure(`${name} differs by ${absolute} in the end`);
  }
}
