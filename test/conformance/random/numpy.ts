// random/numpy.json: streams, seed sequences, engines, spawned generators, the functions of the module, and refusals.

import { PythonError } from "../../../src/core/errors.ts";
import * as np from "../../../src/numpy/index.ts";
import { programScope, run } from "../python/execute.ts";
import { isArray, isNumpyScalar, typeName } from "../python/host.ts";
import type { ArrayRecord } from "../recorded/values.ts";
import { type Case, type Counts, Failure, type Suite } from "../suite.ts";
import { compareArray, numpyRecord, path } from "./numpy-record.ts";
import { numpyStreamCases } from "./numpy-streams.ts";
import { addCounts, type Seed } from "./torch-record.ts";

const { random } = np;

/** @throws Failure where two values differ as text */
function same(got: unknown, expected: unknown, what: string): void {
  const [came, wanted] = [`${got}`, `${expected}`];
  if (came !== wanted) throw new Failure(`${what}: expected ${wanted}, got ${came}`);
}

const listOf = (array: unknown): unknown[] => (array as np.NDArray).tolist() as unknown[];

interface Sequence {
  readonly entropy: string | readonly string[];
  readonly spawnKey: readonly number[];
  readonly poolSize: number;
  readonly pool: readonly number[];
  readonly state32: readonly number[];
  readonly state64: readonly string[];
  readonly children: readonly (readonly number[])[];
}

function runSequence(record: Sequence): Counts {
  const { entropy, spawnKey, poolSize } = record;
  const value = typeof entropy === "string" ? BigInt(entropy) : entropy.map(BigInt);
  const sequence = new random.SeedSequence(value, { spawnKey, poolSize });
  same(listOf(sequence.pool), record.pool, "pool");
  same(listOf(sequence.generateState(8)), record.state32, "32-bit state");
  same(listOf(sequence.generateState(4, np.uint64)), record.state64, "64-bit state");
  const children = sequence.spawn(2).map((child) => listOf(child.generateState(4)));
  same(children.join(";"), record.children.map((words) => words.join()).join(";"), "children");
  return {};
}

interface Engine {
  readonly name: "PCG64" | "MT19937" | "PCG64DXSM" | "Philox" | "SFC64";
  readonly seed: string;
  readonly state?: string;
  readonly inc?: string;
  readonly raw: readonly string[];
  readonly random3: ArrayRecord;
  readonly normal3: ArrayRecord;
  readonly integers10x5: ArrayRecord;
  readonly jumpedRaw?: readonly string[];
  readonly advanced1000Raw?: readonly string[];
}

function runEngine(record: Engine): Counts {
  const make = () => new random[record.name](BigInt(record.seed));
  const engine = make();
  if (record.state !== undefined) {
    const { state } = engine.state as { readonly state: { readonly state: bigint; readonly inc: bigint } };
    same([state.state, state.inc], [record.state, record.inc], "state");
  }
  same(listOf(engine.randomRaw(8)), record.raw, "raw numbers");
  const again = make();
  again.state = engine.state;
  same(again.randomRaw(), engine.randomRaw(), "the number after a state was set");
  const generator = new random.Generator(make());
  const counts: Record<string, number> = {};
  const compare = (drawn: unknown, expected: ArrayRecord, what: string, units = 0): void =>
    addCounts(
      counts,
      compareArray(
        drawn,
        expected,
        what,
        units === 0 ? undefined : { units, what: "float64 numbers of engines" },
      ),
    );
  compare(generator.random(3), record.random3, "random");
  compare(generator.standardNormal(3), record.normal3, "standard_normal", 1);
  compare(generator.integers(0, 10, 5), record.integers10x5, "integers");
  const other = make();
  if (record.jumpedRaw !== undefined && "jumped" in other)
    same(listOf(other.jumped().randomRaw(2)), record.jumpedRaw, "jumped");
  if (record.advanced1000Raw !== undefined && "advance" in other)
    same(listOf(other.advance(1000).randomRaw(2)), record.advanced1000Raw, "advanced");
  return counts;
}

interface Spawned {
  readonly seed: Seed;
  readonly first: ArrayRecord;
  readonly second: ArrayRecord;
  readonly third: ArrayRecord;
  readonly grandchild: ArrayRecord;
  readonly parent: ArrayRecord;
}

function runSpawned(record: Spawned): Counts {
  const parent = random.defaultRng(BigInt(record.seed));
  const [first, second] = parent.spawn(2);
  const [third] = parent.spawn(1);
  compareArray(first!.random(3), record.first, "first");
  compareArray(second!.random(3), record.second, "second");
  compareArray(third!.random(3), record.third, "third");
  compareArray(first!.spawn(1)[0]!.random(3), record.grandchild, "grandchild");
  compareArray(parent.random(3), record.parent, "parent");
  return {};
}

interface Global {
  readonly seed: number;
  readonly rand3: ArrayRecord;
  readonly randn3: ArrayRecord;
  readonly randint9x3: ArrayRecord;
  readonly permutation5: ArrayRecord;
}

function runGlobal(record: Global): Counts {
  random.seed(record.seed);
  compareArray(random.rand(3), record.rand3, "rand");
  const counts = compareArray(random.randn(3), record.randn3, "randn", {
    units: 1,
    what: "float64 numbers of np.random.randn",
  });
  compareArray(random.randint(0, 9, 3), record.randint9x3, "randint");
  compareArray(random.permutation(5), record.permutation5, "permutation");
  return counts;
}

interface Refusal {
  readonly py: string;
  readonly error?: string;
  readonly message?: string;
  readonly noError?: string;
}

/** Python's name of a value's type. */
function kindOf(value: unknown): string {
  if (isNumpyScalar(value)) return value.dtype.name;
  return isArray(value) ? "ndarray" : typeName(value);
}

function runRefusal({ py, error, message, noError }: Refusal): Counts {
  const scope = programScope([
    ["np", np],
    ["g", random.defaultRng(0)],
    ["r", new random.RandomState(0)],
  ]);
  let value: unknown;
  try {
    value = run(py, scope);
  } catch (caught) {
    if (!(caught instanceof PythonError)) throw caught;
    same(`${caught.name}: ${caught.message}`, `${error}: ${message}`, "error");
    return {};
  }
  if (noError === undefined) throw new Failure(`expected ${error}: ${message}, got no error`);
  same(kindOf(value), noError, "type");
  return {};
}

/** Cases of one list in the file. */
function part<Row>(list: string, nameOf: (row: Row) => string, runRow: (row: Row) => Counts): Suite {
  return function* (folder: string): Iterable<Case> {
    const record = numpyRecord<Readonly<Record<string, readonly Row[]>>>(folder);
    for (const [i, row] of (record?.[list] ?? []).entries())
      yield {
        name: `${path} ${list} ${i}: ${nameOf(row)}`,
        group: `NumPy's ${list}`,
        run: () => runRow(row),
      };
  };
}

const parts: readonly Suite[] = [
  numpyStreamCases,
  part<Sequence>("seedSequences", ({ entropy, spawnKey }) => `${entropy}, key [${spawnKey}]`, runSequence),
  part<Engine>("bitGenerators", ({ name, seed }) => `${name}, seed ${seed}`, runEngine),
  part<Spawned>("spawned", ({ seed }) => `seed ${seed}`, runSpawned),
  part<Global>("globalFunctions", ({ seed }) => `seed ${seed}`, runGlobal),
  part<Refusal>("refusals", ({ py }) => py, runRefusal),
];

/** All of them. */
export function* numpyRandomCases(folder: string): Iterable<Case> {
  for (const cases of parts) yield* cases(folder);
}
