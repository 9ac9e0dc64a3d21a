// ops/modules/*.jsonl: modules of torch.nn with their constructor, state, result and gradients.

import * as torch from "../../../src/torch/index.ts";
import { referenceLines, referenceNames } from "../../support/reference.ts";
import { caseEngine } from "../engine.ts";
import { callHost, MissingName } from "../python/host.ts";
import { type Case, Failure, NotCovered } from "../suite.ts";
import { compareTensor, compareValue, tensorsIn } from "./compare.ts";
import { compareGradients, flowingOf, gradientsOf, type RecordedCall } from "./operators.ts";
import { uncovered } from "./uncovered.ts";
import {
  type ArrayRecord,
  builtModule,
  Decoder,
  type Recorded,
  type RecordedNames,
  tensorOf,
} from "./values.ts";

type Entries = readonly (readonly [name: string, value: ArrayRecord])[];

interface ModuleCase extends RecordedCall {
  readonly module: string;
  readonly ctor: { readonly args: readonly Recorded[]; readonly kwargs: RecordedNames };
  readonly training: boolean;
  readonly state_dict: Entries;
  readonly state_after?: Entries;
  readonly param_grads?: readonly (readonly [name: string, value: ArrayRecord | null])[];
}

function moduleOf({ module: name, ctor, training, state_dict }: ModuleCase): torch.nn.Module {
  let built: unknown;
  try {
    built = builtModule(name, ctor.args, ctor.kwargs, new Decoder(false));
  } catch (error) {
    if (error instanceof MissingName) throw new NotCovered(`torch.nn.${name} is not there`);
    throw error;
  }
  const module = built as torch.nn.Module;
  const names = [...module.stateDict().keys()];
  const expected = state_dict.map(([key]) => key);
  if (`${names}` !== `${expected}`) throw new Failure(`state_dict: expected ${expected}, got ${names}`);
  module.loadStateDict(new Map(state_dict.map(([key, record]) => [key, tensorOf(record)])));
  const [type] = state_dict.map(([, { dtype }]) => dtype).filter((each) => each === "float64");
  if (type !== undefined)
    module.double().loadStateDict(new Map(state_dict.map(([key, record]) => [key, tensorOf(record)])));
  return module.train(training);
}

function runCase(row: ModuleCase): void {
  const reason = uncovered(row.module, row);
  if (reason !== undefined) throw new NotCovered(reason);
  const module = moduleOf(row);
  const decoder = new Decoder();
  const args = row.args.map((value) => decoder.value(value));
  const keywords = decoder.names(row.kwargs);
  const parameters = [...module.namedParameters()];
  const leaves = decoder.tensors.filter((tensor) => tensor.requiresGrad);
  const wanted = [...leaves, ...parameters.map(([, each]) => each)];
  const flowing = flowingOf(row);
  const work = (): { result: unknown; grads: readonly (torch.Tensor | null)[] } => {
    torch.manualSeed(3);
    const result = callHost(module, args, keywords);
    return { result, grads: row.grads === undefined ? [] : gradientsOf(tensorsIn(result), flowing, wanted) };
  };
  const state = [...module.stateDict({ keepVars: true }).values()] as torch.Tensor[];
  const given = [...decoder.tensors, ...state, ...flowing.filter((each) => each !== null)];
  const { result, grads } = caseEngine().run(work, given);
  compareValue(result, row.out, row);
  const after = module.stateDict();
  for (const [name, record] of row.state_after ?? [])
    compareTensor(after.get(name) as torch.Tensor, record, row, `${name} afterwards`);
  if (row.grads === undefined) return;
  const expected = (row.param_grads ?? []).map(([name]) => name);
  const names = parameters.map(([name]) => name);
  if (`${names}` !== `${expected}`) throw new Failure(`parameters: expected ${expected}, got ${names}`);
  compareGradients(grads, row, [...row.grads, ...(row.param_grads ?? []).map(([, record]) => record)]);
}

/** The cases of all modules. */
export function* moduleCases(folder: string): Iterable<Case> {
  for (const path of referenceNames("ops/modules", folder)) {
    for (const [i, row] of referenceLines<ModuleCase>(path, folder).entries())
      yield { name: `${path} ${i + 1}`, group: row.module, run: () => runCase(row) };
  }
}
