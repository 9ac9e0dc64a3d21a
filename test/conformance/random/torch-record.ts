// random/torch.json as it is recorded, and how what is drawn here is held against it: bytes for bytes, float64 numbers
// that rest on logarithm, sine or cosine within one unit in the last place, and counted.

import { createHash } from "node:crypto";
import { dtypeByName } from "../../../src/core/dtype.ts";
import { fma64 } from "../../../src/random/rounding.ts";
import * as torch from "../../../src/torch/index.ts";
import { hasReferenceFile, referenceJson } from "../../support/reference.ts";
import { programScope, run } from "../python/execute.ts";
import { type ArrayRecord, tensorOf } from "../recorded/values.ts";
import { type Counts, Failure } from "../suite.ts";

/** The generator's state after something: its counters, a digest of its words, and the normal that waits. */
export interface StateRecord {
  readonly left: number;
  readonly next: number;
  readonly words: string;
  readonly cachedNormal: number | null;
}

/** A seed; a decimal string where JSON cannot hold it. */
export type Seed = number | string;

/** What every recorded row begins with and ends in. */
export interface Row {
  readonly seed: Seed;
  readonly after: StateRecord;
}

/** What the file says about itself. */
const path = "random/torch.json";

/** The file, in the form that the caller knows; undefined where the folder has none. */
export function torchRecord<T>(folder: string): T | undefined {
  return hasReferenceFile(path, folder) ? referenceJson<T>(path, folder) : undefined;
}

/** The name of a case. */
export const nameOf = (part: string, index: number, what: string): string =>
  `${path} ${part} ${index}: ${what}`;

/** `torch.manual_seed` with a recorded seed. */
export function seedWith(seed: Seed): void {
  torch.manualSeed(BigInt(seed));
}

/** Runs Python with the namespaces of PyTorch and the names given; numbers and arrays as recorded. */
export function runPython(source: string, names: Readonly<Record<string, unknown>> = {}): unknown {
  const scope = programScope([
    ["torch", torch],
    ["nn", torch.nn],
    ["F", torch.nn.functional],
    ["D", torch.utils.data],
    ...Object.entries(names),
  ]);
  return run(source, scope);
}

/** The bytes of a tensor's elements in row-major order. */
export function bytesOf(tensor: torch.Tensor): Uint8Array {
  const { storage, layout } = tensor.detach().contiguous();
  const start = layout.offset * layout.dtype.itemSize;
  return storage.bytes().subarray(start, start + layout.size * layout.dtype.itemSize);
}

const doublesOf = (tensor: torch.Tensor): Float64Array => new Float64Array(bytesOf(tensor).slice().buffer);

const float64Types: ReadonlySet<string> = new Set(["float64", "complex128"]);

/** A double as an integer that counts the doubles from 0 on. */
function ordinal(value: number): bigint {
  const bits = new BigInt64Array(Float64Array.of(value).buffer)[0]!;
  return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits;
}

/** How many doubles lie between two, the second one included. */
export function unitsApart(a: number, b: number): number {
  const apart = Number(ordinal(a) - ordinal(b));
  return Math.abs(apart);
}

const inexact = "float64 numbers off by one unit in the last place";
const checked = "float64 numbers of logarithm, sine and cosine";

/** Adds up counts. */
export function addCounts(total: Record<string, number>, counts: Counts): void {
  for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
}

/** The standard normal numbers that were drawn, and what `std * z + mean` makes of them. */
export interface Moved {
  readonly standard: torch.Tensor;
  readonly mean: number;
  readonly std: number;
}

/** The double that is some units in the last place further on. */
function next(value: number, units: bigint): number {
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0] = bits[0]! + units;
  return new Float64Array(bits.buffer)[0]!;
}

/** True iff a standard normal number within one unit in the last place gives exactly that one. */
function isMovedTo(wanted: number, z: number, { mean, std }: Moved): boolean {
  return [-1n, 0n, 1n].some((units) => Object.is(fma64(next(z, units), std, mean), wanted));
}

/**
 * @param moved what the doubles were made of, where they are moved normal numbers: cancellation makes one unit of a standard
 *   number several of the result
 * @throws Failure where two doubles, or the standard normal numbers behind them, are more than one unit in the last place apart
 */
function compareDoubles(got: Float64Array, expected: Float64Array, where: string, moved?: Moved): Counts {
  const standard = moved === undefined ? undefined : doublesOf(moved.standard);
  let off = 0;
  expected.forEach((value, i) => {
    if (Object.is(value, got[i])) return;
    const isNear =
      moved === undefined
        ? unitsApart(got[i]!, value) <= 1
        : Object.is(fma64(standard![i]!, moved.std, moved.mean), got[i]) &&
          isMovedTo(value, standard![i]!, moved);
    if (!isNear) throw new Failure(`${where}, element ${i}: expected ${value}, got ${got[i]}`);
    off++;
  });
  return { [checked]: expected.length, [inexact]: off };
}

/**
 * Compares a tensor with its record.
 * @param isRounded true iff the numbers rest on functions that libraries round differently
 * @param moved what the numbers were made of, where they are moved normal numbers
 * @throws Failure where they differ
 */
export function compareDrawn(
  got: torch.Tensor,
  record: ArrayRecord,
  where: string,
  isRounded = false,
  moved?: Moved,
): Counts {
  if (got.dtype.name !== record.dtype)
    throw new Failure(`${where}: expected ${record.dtype}, got ${got.dtype.name}`);
  if (`${got.shape}` !== `${record.shape}`)
    throw new Failure(`${where}: expected shape [${record.shape}], got [${got.shape}]`);
  const actual = bytesOf(got);
  const expected = bytesOf(tensorOf(record));
  if (isRounded && float64Types.has(record.dtype)) {
    return compareDoubles(doublesOf(got), doublesOf(tensorOf(record)), where, moved);
  }
  if (Buffer.compare(actual, expected) === 0) return {};
  const { itemSize } = dtypeByName(record.dtype)!;
  const at = Math.floor(expected.findIndex((byte, i) => byte !== actual[i]) / itemSize);
  const [wanted, came] = [tensorOf(record), got].map((tensor) => tensor.detach().flatten().tolist()) as [
    unknown[],
    unknown[],
  ];
  throw new Failure(`${where}, element ${at}: expected ${wanted[at]}, got ${came[at]}`);
}

/** @throws Failure where the global generator is not in the recorded state */
export function compareState(after: StateRecord): Counts {
  const state = new DataView(bytesOf(torch.getRngState()).slice().buffer);
  const words = Uint32Array.from({ length: 624 }, (_, i) => state.getUint32(24 + 8 * i, true));
  const digest = createHash("sha256").update(new Uint8Array(words.buffer)).digest("hex").slice(0, 16);
  const got = `left ${state.getInt32(8, true)}, next ${state.getUint32(16, true)}, words ${digest}`;
  const expected = `left ${after.left}, next ${after.next}, words ${after.words}`;
  if (got !== expected) throw new Failure(`the state afterwards: expected ${expected}; got ${got}`);
  const waiting = state.getInt32(5040, true) === 0 ? null : state.getFloat64(5024, true);
  if ((waiting === null) !== (after.cachedNormal === null))
    throw new Failure(`the normal that waits: expected ${after.cachedNormal}, got ${waiting}`);
  if (waiting === null) return {};
  return compareDoubles(
    Float64Array.of(waiting),
    Float64Array.of(after.cachedNormal!),
    "the normal that waits",
  );
}
