// random/torch.json `states`, `generators` and `edgeSeeds`: the generator itself, its state, and what it takes as a seed.

import { float } from "../../../src/core/python.ts";
import * as torch from "../../../src/torch/index.ts";
import { floatIn } from "../python/values.ts";
import { attempt } from "../record.ts";
import type { ArrayRecord } from "../recorded/values.ts";
import { type Case, Failure } from "../suite.ts";
import {
  bytesOf,
  compareDrawn,
  nameOf,
  runPython,
  type Seed,
  seedWith,
  torchRecord,
} from "./torch-record.ts";

interface State {
  readonly seed: Seed;
  readonly calls: string;
  /** The bytes in base64. */
  readonly state: string;
  readonly next?: ArrayRecord;
  readonly nextRand?: ArrayRecord;
}

interface Own {
  readonly seed: Seed;
  readonly freshInitialSeed: Seed;
  readonly initialSeed: Seed;
  readonly [name: string]: ArrayRecord | Seed;
}

interface EdgeSeed {
  readonly seed: Seed | boolean;
  readonly type: string;
  readonly initialSeed?: Seed;
  readonly rand2?: ArrayRecord;
  readonly error?: string;
  readonly message?: string;
}

interface Recorded {
  readonly states: readonly State[];
  readonly generators: readonly Own[];
  readonly edgeSeeds: readonly EdgeSeed[];
}

/** A state is made as PyTorch makes it, and PyTorch's bytes continue the stream. */
function runState({ seed, calls, state, next, nextRand }: State): void {
  seedWith(seed);
  if (calls !== "none") runPython("torch.rand(5)\ntorch.randn(1, dtype=torch.float64)");
  const expected = Buffer.from(state, "base64");
  if (Buffer.compare(bytesOf(torch.getRngState()), expected) !== 0)
    throw new Failure("the bytes of the state are others");
  torch.manualSeed(77);
  torch.setRngState(torch.tensor([...expected], { dtype: torch.uint8 }));
  if (next !== undefined) compareDrawn(torch.randn(3), next, "randn(3) afterwards");
  if (nextRand !== undefined) compareDrawn(torch.rand(3), nextRand, "rand(3) afterwards");
}

const ownProgram = `g, h = torch.Generator(), torch.Generator()
fresh = g.initial_seed()
g.manual_seed(seed)
torch.manual_seed(5)
a = torch.rand(3, generator=g)
b = torch.rand(3)
h.manual_seed(seed)
c = torch.rand(5, generator=h)
d = torch.randn(1, generator=g)
saved = g.get_state()
e = torch.randn(4, generator=g)
f = torch.randint(100, (4,), generator=g)
g.set_state(saved)
again = torch.randn(4, generator=g)
[fresh, g.initial_seed(), a, b, c, d, e, f, again]`;
const ownNames = [
  "rand3",
  "defaultSeed5rand3",
  "otherRand5",
  "thenRandn1",
  "thenRandn4",
  "thenRandint100x4",
  "randn4AfterSetState",
] as const;

function runOwn(row: Own): void {
  const [fresh, initial, ...drawn] = runPython(ownProgram, { seed: BigInt(row.seed) }) as unknown[];
  const seeds = `${fresh} ${initial}`;
  const expected = `${row.freshInitialSeed} ${row.initialSeed}`;
  if (seeds !== expected) throw new Failure(`initial seeds: expected ${expected}, got ${seeds}`);
  ownNames.forEach((name, i) => {
    compareDrawn(drawn[i] as torch.Tensor, row[name] as ArrayRecord, name);
  });
}

function edgeSeed({ seed, type }: EdgeSeed): unknown {
  if (type === "float") return float(floatIn(seed as string));
  return type === "int" ? BigInt(seed) : seed;
}

function runEdge(row: EdgeSeed): void {
  const seed = edgeSeed(row);
  const { error } = attempt(() => runPython("torch.manual_seed(seed)", { seed }));
  const got = error === undefined ? "no error" : `${error.name}: ${error.message}`;
  const expected = row.error === undefined ? "no error" : `${row.error}: ${row.message}`;
  if (got !== expected) throw new Failure(`expected ${expected}, got ${got}`);
  if (row.error !== undefined) return;
  const initial = String(torch.initialSeed());
  if (initial !== String(row.initialSeed))
    throw new Failure(`initial seed: expected ${row.initialSeed}, got ${initial}`);
  compareDrawn(torch.rand(2), row.rand2!, "rand(2)");
}

/** The recorded states, generators and seeds. */
export function* torchGeneratorCases(folder: string): Iterable<Case> {
  const record = torchRecord<Recorded>(folder);
  if (record === undefined) return;
  for (const [i, row] of record.states.entries())
    yield {
      name: nameOf("states", i, `seed ${row.seed}, ${row.calls}`),
      group: "states",
      run: () => runState(row),
    };
  for (const [i, row] of record.generators.entries())
    yield { name: nameOf("generators", i, `seed ${row.seed}`), group: "generators", run: () => runOwn(row) };
  for (const [i, row] of record.edgeSeeds.entries())
    yield {
      name: nameOf("edgeSeeds", i, `${row.type} ${row.seed}`),
      group: "edgeSeeds",
      run: () => runEdge(row),
    };
}
