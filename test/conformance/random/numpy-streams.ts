// random/numpy.json `streams`: calls of a RandomState or a Generator after one seed, what each gave, and the state after
// the last one.

import { createHash } from "node:crypto";
import * as np from "../../../src/numpy/index.ts";
import { toHost } from "../python/host.ts";
import type { ArrayRecord } from "../recorded/values.ts";
import { type Case, type Counts, Failure } from "../suite.ts";
import { arrayOf, compareArray, numpyRecord, path, type Tolerance } from "./numpy-record.ts";
import { addCounts, type Seed } from "./torch-record.ts";

const { Generator, RandomState } = np.random;
type Source = np.random.Generator | np.random.RandomState;
type Method = (...args: readonly unknown[]) => unknown;

interface Arguments {
  readonly n?: number;
  readonly of?: number;
  readonly array?: ArrayRecord;
  readonly low?: Seed;
  readonly high?: Seed;
  readonly dtype?: string;
  readonly endpoint?: boolean;
  readonly loc?: number;
  readonly scale?: number;
  readonly method?: string;
  readonly axis?: number;
  readonly replace?: boolean;
  readonly p?: readonly number[];
  readonly shuffle?: boolean;
  readonly name?: string;
  readonly args?: readonly unknown[];
}

interface Call {
  readonly op: string;
  readonly args: Arguments;
  readonly result: ArrayRecord;
}

interface OldState {
  readonly pos: number;
  readonly words: string;
  readonly cachedNormal: number | null;
}

interface NewState {
  readonly state: string;
  readonly inc: string;
  readonly waitingHalf: number | null;
}

interface Stream {
  readonly kind: string;
  readonly seed: Seed | readonly Seed[];
  readonly calls: readonly Call[];
  readonly after: OldState | NewState;
}

const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The arguments of those names that are given, as an options object. */
function named(args: Arguments, names: readonly (keyof Arguments)[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => name in args).map((name) => [name, args[name]]));
}

const integer = (value: Seed): bigint => BigInt(value);

/** What is permuted or shuffled: the numbers below one, or an array. */
const subject = ({ of, array }: Arguments): np.NDArray =>
  of === undefined ? arrayOf(array!) : np.arange(of);

/** The call by what it is called in Python. */
const calls: Readonly<Record<string, (method: (name: string) => Method, args: Arguments) => unknown>> = {
  normal: (method, { loc, scale, n }) => method("normal")(loc, scale, n),
  uniform: (method, { low, high, n }) => method("uniform")(low, high, n),
  exponential: (method, { scale, n }) => method("exponential")(scale, n),
  randint: (method, { low, high, n, dtype = "int64" }) =>
    method("randint")(integer(low!), integer(high!), n, { dtype }),
  integers: (method, { low, high, n, dtype = "int64", endpoint = false }) =>
    method("integers")(integer(low!), integer(high!), n, { dtype, endpoint }),
  permutation: (method, args) =>
    args.of === undefined
      ? method("permutation")(arrayOf(args.array!), named(args, ["axis"]))
      : method("permutation")(args.of),
  shuffle: (method, args) => {
    const array = subject(args);
    method("shuffle")(array, ...(args.axis === undefined ? [] : [{ axis: args.axis }]));
    return array;
  },
  "shuffle of a list": (method, { of }) => {
    const list = Array.from({ length: of! }, (_, i) => i);
    method("shuffle")(list);
    return np.array(list);
  },
  permuted: (method, args) => method("permuted")(subject(args), named(args, ["axis"])),
  choice: (method, args) =>
    method("choice")(args.of ?? arrayOf(args.array!), args.n, {
      replace: args.replace,
      ...named(args, ["p", "shuffle", "axis"]),
    }),
  bytes: (method, { n }) => method("bytes")(n),
  distribution: (method, { name, args, n }) => method(camelCase(name!))(...args!.map(toHost), { size: n }),
};

function draw(source: Source, { op, args }: Call): unknown {
  const method = (name: string): Method => {
    const found: unknown = Reflect.get(source, name);
    if (typeof found !== "function") throw new Failure(`there is no ${name}`);
    return (...given) => Reflect.apply(found, source, given) as unknown;
  };
  const call = calls[op];
  if (call !== undefined) return call(method, args);
  return method(camelCase(op))(
    args.n,
    ...(Object.keys(named(args, ["dtype", "method"])).length === 0 ? [] : [named(args, ["dtype", "method"])]),
  );
}

/** Numbers that rest on the C library's log, exp and pow, which other libraries round differently. */
const exactCalls: ReadonlySet<string> = new Set([
  "rand",
  "random",
  "uniform",
  "permutation",
  "permuted",
  "shuffle",
  "shuffle of a list",
  "choice",
  "bytes",
  "randint",
  "integers",
]);

function toleranceOf({ op, args }: Call, kind: string): Tolerance | undefined {
  if (args.name === "multivariate_normal")
    // The singular value decomposition is another library's.
    return { units: 4, what: "float64 numbers of multivariate_normal", isOfLargest: true };
  if (op === "distribution") return { units: 1, what: `float64 numbers of ${args.name}` };
  return exactCalls.has(op) ? undefined : { units: 1, what: `float64 numbers of ${kind}.${op}` };
}

/** @throws Failure where the stream does not stand where it did */
function compareState(source: Source, after: OldState | NewState): void {
  const got =
    source instanceof RandomState
      ? oldState(source)
      : newState(source.bitGenerator.state as unknown as PcgState);
  for (const [name, expected] of Object.entries(after)) {
    const found = (got as unknown as Record<string, unknown>)[name];
    if (found === expected) continue;
    const isNear =
      name === "cachedNormal" &&
      Math.abs((found as number) - (expected as number)) <= Number.EPSILON * Math.abs(expected as number);
    if (!isNear) throw new Failure(`${name} after the calls: expected ${expected}, got ${String(found)}`);
  }
}

interface PcgState {
  readonly state: { readonly state: bigint; readonly inc: bigint };
  readonly has_uint32: number;
  readonly uinteger: number;
}

function newState({ state, has_uint32: has, uinteger }: PcgState): NewState {
  return { state: `${state.state}`, inc: `${state.inc}`, waitingHalf: has === 0 ? null : uinteger };
}

function oldState(source: np.random.RandomState): OldState {
  const [, key, pos, has, cached] = source.getState();
  const words = createHash("sha256").update(key.tobytes()).digest("hex").slice(0, 16);
  return { pos, words, cachedNormal: has === 0 ? null : cached };
}

function seeded({ kind, seed }: Stream): Source {
  const value = Array.isArray(seed) ? seed.map(integer) : integer(seed as Seed);
  return kind.startsWith("RandomState") ? new RandomState(value) : np.random.defaultRng(value);
}

function runStream(stream: Stream): Counts {
  const source = seeded(stream);
  const counts: Record<string, number> = {};
  const kind = source instanceof Generator ? "Generator" : "RandomState";
  stream.calls.forEach((call, i) => {
    const drawn = draw(source, call);
    addCounts(counts, compareArray(drawn, call.result, `call ${i} (${call.op})`, toleranceOf(call, kind)));
  });
  compareState(source, stream.after);
  return counts;
}

/** The streams. */
export function* numpyStreamCases(folder: string): Iterable<Case> {
  const record = numpyRecord<{ readonly streams: readonly Stream[] }>(folder);
  for (const [i, stream] of (record?.streams ?? []).entries()) {
    const what = stream.calls.map(({ op, args }) => args.name ?? op).join(", ");
    yield {
      name: `${path} streams ${i}: ${stream.kind}, seed ${stream.seed}: ${what}`,
      group: `${stream.kind}: ${[...new Set(stream.calls.map(({ op, args }) => args.name ?? op))].join(", ")}`,
      run: () => runStream(stream),
    };
  }
}
