// random/torch.json `init`, `initErrors`, `layers` and `facts.gains`: what nn.init fills in, what it refuses, and the
// parameters that layers begin with.

import { dtypeByName } from "../../../src/core/dtype.ts";
import * as torch from "../../../src/torch/index.ts";
import { callHost, camelCase, readAttribute } from "../python/host.ts";
import { attempt } from "../record.ts";
import { compareTensor } from "../recorded/compare.ts";
import type { ArrayRecord } from "../recorded/values.ts";
import { type Case, type Counts, Failure } from "../suite.ts";
import {
  addCounts,
  compareDrawn,
  compareState,
  nameOf,
  type Row,
  runPython,
  seedWith,
  torchRecord,
} from "./torch-record.ts";

interface Filling extends Row {
  readonly init: string;
  readonly args: Readonly<Record<string, number | string>>;
  readonly result: ArrayRecord;
}

interface Refusal {
  readonly init?: string;
  readonly shape?: readonly number[];
  readonly error?: string;
  readonly message?: string;
}

interface Layer extends Row {
  readonly layer: string;
  readonly state: Readonly<Record<string, ArrayRecord>>;
}

interface Recorded {
  readonly facts: {
    readonly gains: readonly (readonly [name: string, parameter: number | null, gain: number])[];
  };
  readonly init: readonly Filling[];
  readonly initErrors: readonly Refusal[];
  readonly layers: readonly Layer[];
}

/** The QR decomposition behind it is rounded as the library that does it adds up. */
const orthogonalTolerance: Readonly<Record<string, { rtol: number; atol: number }>> = {
  float32: { rtol: 1e-5, atol: 2e-6 },
  float64: { rtol: 1e-13, atol: 1e-14 },
};

/** Fillings of normal numbers rest on logarithm, sine and cosine in float64. */
const rounded = /normal_$|^sparse_$/;

function runFilling({ seed, init, args, result, after }: Filling): Counts {
  seedWith(seed);
  const tensor = torch.empty(result.shape, { dtype: dtypeByName(result.dtype)! });
  const given = callHost(readAttribute(torch.nn.init, init), [tensor], new Map(Object.entries(args)));
  if (given !== tensor) throw new Failure("another tensor came back");
  const total: Record<string, number> = {};
  if (init === "orthogonal_") compareTensor(tensor, result, orthogonalTolerance[result.dtype]!, "result");
  else addCounts(total, compareDrawn(tensor, result, "result", rounded.test(init)));
  addCounts(total, compareState(after));
  return total;
}

/** The last recorded refusals are calls of their own, in this order. */
const callsOfTheirOwn = [
  'nn.init.calculate_gain("nothing")',
  'nn.init.kaiming_uniform_(torch.empty(2, 2), mode="fan")',
  "nn.init.dirac_(torch.empty(3, 2, 2), groups=2)",
  'nn.init.kaiming_normal_(torch.empty(2, 2), nonlinearity="swish")',
];

function runRefusal({ error: type, message }: Refusal, program: string): void {
  const { error } = attempt(() => runPython(program));
  const got = error === undefined ? "no error" : `${error.name}: ${error.message}`;
  const expected = type === undefined ? "no error" : `${type}: ${message}`;
  if (got !== expected) throw new Failure(`expected ${expected}, got ${got}`);
}

function runLayer({ seed, layer, state, after }: Layer): Counts {
  seedWith(seed);
  const module = runPython(layer) as torch.nn.Module;
  const got = module.stateDict();
  const [names, expected] = [[...got.keys()], Object.keys(state)];
  if (`${names}` !== `${expected}`) throw new Failure(`state_dict: expected ${expected}, got ${names}`);
  const total: Record<string, number> = {};
  for (const [name, record] of Object.entries(state))
    addCounts(total, compareDrawn(got.get(name) as torch.Tensor, record, name, true));
  addCounts(total, compareState(after));
  return total;
}

function runGain(name: string, parameter: number | null, gain: number): void {
  const got = torch.nn.init.calculateGain(
    name as torch.nn.init.Nonlinearity,
    ...(parameter === null ? [] : [parameter]),
  );
  if (got !== gain) throw new Failure(`expected ${gain}, got ${got}`);
}

function* refusalCases(rows: readonly Refusal[]): Iterable<Case> {
  let own = 0;
  for (const [i, row] of rows.entries()) {
    const { init, shape } = row;
    const sparsity = init === "sparse_" ? ", 0.1" : "";
    const program =
      init === undefined ? callsOfTheirOwn[own++]! : `nn.init.${init}(torch.empty([${shape}])${sparsity})`;
    yield {
      name: nameOf("initErrors", i, program),
      group: "initErrors",
      run: () => runRefusal(row, program),
    };
  }
}

/** The recorded initialisations. */
export function* torchInitialCases(folder: string): Iterable<Case> {
  const record = torchRecord<Recorded>(folder);
  if (record === undefined) return;
  for (const [i, row] of record.init.entries()) {
    const what = `seed ${row.seed}, ${row.init} ${JSON.stringify(row.args)} ${row.result.dtype} [${row.result.shape}]`;
    yield { name: nameOf("init", i, what), group: camelCase(row.init), run: () => runFilling(row) };
  }
  yield* refusalCases(record.initErrors);
  for (const [i, row] of record.layers.entries())
    yield {
      name: nameOf("layers", i, `seed ${row.seed}, ${row.layer}`),
      group: "layers",
      run: () => runLayer(row),
    };
  for (const [i, [name, parameter, gain]] of record.facts.gains.entries())
    yield { name: nameOf("gains", i, name), group: "gains", run: () => runGain(name, parameter, gain) };
}
