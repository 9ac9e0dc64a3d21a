// random/torch.json `streams`: calls after one seed, what each gave, and the generator's state after the last one.

import { dtypeByName, float64 } from "../../../src/core/dtype.ts";
import { getRngState, setRngState, type Tensor } from "../../../src/torch/index.ts";
import { compareTensor } from "../recorded/compare.ts";
import { type ArrayRecord, isArrayRecord, tensorOf } from "../recorded/values.ts";
import { type Case, type Counts, NotCovered } from "../suite.ts";
import {
  addCounts,
  compareDrawn,
  compareState,
  type Moved,
  nameOf,
  type Row,
  runPython,
  seedWith,
  torchRecord,
} from "./torch-record.ts";

type Argument = number | string | boolean | readonly number[] | ArrayRecord;

interface Call {
  readonly op: string;
  readonly args: Readonly<Record<string, Argument>>;
  readonly result: ArrayRecord;
}

interface Stream extends Row {
  readonly calls: readonly Call[];
}

/** What a call is in Python, in terms of its recorded arguments. */
const programs: Readonly<Record<string, string>> = {
  rand: "torch.rand(size, dtype=dtype)",
  randn: "torch.randn(size, dtype=dtype)",
  uniform_: "torch.empty(size, dtype=dtype).uniform_(a, b)",
  normal_: "torch.empty(size, dtype=dtype).normal_(mean, std)",
  "strided normal_": "torch.empty_strided(size, strides, dtype=dtype).normal_()",
  "strided uniform_": "torch.empty_strided(size, strides, dtype=dtype).uniform_()",
  randint: "torch.randint(low, high, size, dtype=dtype)",
  random_: "torch.zeros(size, dtype=dtype).random_()",
  "random_ to": "torch.zeros(size, dtype=dtype).random_(to)",
  "random_ from to": "torch.zeros(size, dtype=dtype).random_(start, to)",
  randperm: "torch.randperm(n, dtype=dtype)",
  bernoulli_: "torch.empty(size, dtype=dtype).bernoulli_(p)",
  bernoulli: "torch.bernoulli(p)",
  exponential_: "torch.empty(size, dtype=dtype).exponential_(rate)",
  geometric_: "torch.empty(size, dtype=dtype).geometric_(p)",
  cauchy_: "torch.empty(size, dtype=dtype).cauchy_(median, sigma)",
  log_normal_: "torch.empty(size, dtype=dtype).log_normal_(mean, std)",
  multinomial: "torch.multinomial(weights, n, replacement)",
  normal: "torch.normal(mean, std)",
  "normal size": "torch.normal(mean, std, size)",
  dropout: "F.dropout(torch.ones(size, dtype=dtype), p, training=True)",
  "dropout transposed": "F.dropout(torch.ones(size[::-1], dtype=dtype).t(), p, training=True)",
  dropout1d: "F.dropout1d(torch.ones(size, dtype=dtype), p, training=True)",
  dropout2d: "F.dropout2d(torch.ones(size, dtype=dtype), p, training=True)",
  alpha_dropout: "F.alpha_dropout(torch.ones(size, dtype=dtype), p, training=True)",
  feature_alpha_dropout: "F.feature_alpha_dropout(torch.ones(size, dtype=dtype), p, training=True)",
  rrelu: "F.rrelu(-torch.ones(size, dtype=dtype), training=True)",
  gumbel_softmax: "F.gumbel_softmax(torch.ones(size, dtype=dtype))",
  poisson: "torch.poisson(torch.ones(size, dtype=dtype) * rate)",
  binomial: "torch.binomial(torch.ones(size, dtype=dtype) * count, torch.ones(size, dtype=dtype) * p)",
  rand_like: "torch.rand_like(torch.ones(size, dtype=dtype))",
  randint_like: "torch.randint_like(torch.ones(size, dtype=dtype), high)",
};

/** The program of a call: which form it has shows in what is given. */
function programOf({ op, args }: Call): string {
  const forms = ["from to", "to", "size", "transposed"];
  const form = forms.find(
    (each) => `${op} ${each}` in programs && each.split(" ").every((name) => name in args),
  );
  const program = programs[form === undefined ? op : `${op} ${form}`];
  if (program === undefined) throw new NotCovered(`the operation ${op}`);
  return program;
}

/** Operations whose float64 numbers rest on logarithm, sine, cosine, exponential or tangent. */
const rounded: ReadonlySet<string> = new Set([
  "randn",
  "normal_",
  "strided normal_",
  "normal",
  "exponential_",
  "cauchy_",
  "log_normal_",
]);

/**
 * Functions of what is drawn, the rounding of which is not reproduced: the softmax of PyTorch adds up vectors in an order of
 * its own. What they draw shows in the state.
 */
const within: Readonly<Record<string, { readonly rtol: number; readonly atol: number }>> = {
  gumbel_softmax: { rtol: 4 * 2 ** -23, atol: 0 },
};

function argument(value: Argument): unknown {
  if (isArrayRecord(value)) return tensorOf(value);
  return typeof value === "string" ? BigInt(value) : value;
}

/** What a call drew, and for normal numbers of a mean and deviation the standard ones behind them. */
function draw(call: Call): { readonly got: Tensor; readonly moved: Moved | undefined } {
  const { dtype, from, ...rest } = call.args;
  const names = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, argument(value)]));
  const type = dtypeByName(dtype === undefined ? call.result.dtype : (dtype as string));
  const run = (more: object): Tensor =>
    runPython(programOf(call), { ...names, ...more, dtype: type, start: from }) as Tensor;
  const before = getRngState();
  const got = run({});
  const { mean, std } = names;
  if (call.op !== "normal_" || type !== float64 || typeof mean !== "number" || typeof std !== "number")
    return { got, moved: undefined };
  const after = getRngState();
  setRngState(before);
  const moved = { standard: run({ mean: 0, std: 1 }), mean, std };
  setRngState(after);
  return { got, moved };
}

function runCall(call: Call): Counts {
  const { got, moved } = draw(call);
  const tolerance = within[call.op];
  if (tolerance !== undefined) {
    compareTensor(got, call.result, tolerance, call.op);
    return {};
  }
  return compareDrawn(got, call.result, call.op, rounded.has(call.op), moved);
}

function runStream({ seed, calls, after }: Stream): Counts {
  const total: Record<string, number> = {};
  seedWith(seed);
  for (const call of calls) addCounts(total, runCall(call));
  addCounts(total, compareState(after));
  return total;
}

/** The recorded streams. */
export function* torchStreamCases(folder: string): Iterable<Case> {
  const record = torchRecord<{ readonly streams: readonly Stream[] }>(folder);
  for (const [i, stream] of record?.streams.entries() ?? []) {
    const calls = stream.calls
      .map(({ op, args }) => `${op} ${JSON.stringify(args).slice(0, 100)}`)
      .join(", ");
    yield {
      name: nameOf("streams", i, `seed ${stream.seed}, ${calls}`),
      group: stream.calls[0]!.op,
      run: () => runStream(stream),
    };
  }
}
