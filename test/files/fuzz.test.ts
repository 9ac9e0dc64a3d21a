// Recorded files, mostly good ones, changed at random (seeded), by changes that know their format and by such that do not. What comes of it is
// a value that holds together or a FormatError that names the file, in bounded time and memory.
//
//   WEIGHTBRIDGE_FUZZ=100000        so many changes in place of the usual number
//   WEIGHTBRIDGE_FUZZ_SEED=7        others
//   WEIGHTBRIDGE_FUZZ_ONLY=1234     that one alone, with what came of it

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { FormatError } from "../../src/core/errors.ts";
import {
  type ArrayLike,
  ArrayValue,
  bytesReader,
  inspect,
  type Opened,
  read,
  tensorsOf,
} from "../../src/files/index.ts";
import { referenceFiles } from "../support/reference.ts";
import { Chance } from "./fuzz/random.ts";
import { changes } from "./fuzz/structured.ts";

const usual = 3000;
const count = Number(process.env.WEIGHTBRIDGE_FUZZ ?? usual);
const seed = Number(process.env.WEIGHTBRIDGE_FUZZ_SEED ?? 1);
const only = process.env.WEIGHTBRIDGE_FUZZ_ONLY;

/** What one file may cost: seconds of the processor, not of the clock, which others' work moves too. */
const mostMilliseconds = 1000;
const mostMemory = 256 * 2 ** 20;

/** Larger files take time without saying more. */
const largestFile = 20_000;

interface Sample {
  readonly name: string;
  readonly format: string;
  readonly bytes: Uint8Array;
}

const files = referenceFiles();

/** Files of each format that are read, or that are to be refused. */
function samples(areRefused: boolean): Map<string, Sample[]> {
  const manifest = JSON.parse(new TextDecoder().decode(files.get("manifest.json")!)) as {
    file: string;
    format: string;
    expect: { refuse?: string };
  }[];
  const byFormat = new Map<string, Sample[]>();
  for (const { file, format, expect } of manifest) {
    const bytes = Uint8Array.from(files.get(file)!);
    if ((expect.refuse !== undefined) !== areRefused || bytes.byteLength > largestFile) continue;
    byFormat.set(format, [...(byFormat.get(format) ?? []), { name: file, format, bytes }]);
  }
  return byFormat;
}

/** Checks that a tensor lies within its storage. */
function checkWithin(name: string, array: ArrayLike): void {
  if (!(array instanceof ArrayValue)) return;
  const { shape, strides, offset, unit, dtype } = array.layout;
  assert.ok(
    shape.every((length) => Number.isSafeInteger(length) && length >= 0),
    `${name}: shape ${shape}`,
  );
  if (shape.includes(0)) return;
  let [first, last] = [offset, offset];
  for (const [axis, length] of shape.entries()) {
    const reach = (length - 1) * strides[axis]!;
    if (reach < 0) first += reach;
    else last += reach;
  }
  const { byteLength } = array.stored;
  const isWithin = first >= 0 && last * unit + dtype.itemSize <= byteLength;
  assert.ok(isWithin, `${name}: elements ${first} to ${last} of ${dtype} in ${byteLength} bytes`);
  assert.equal(array.storage.byteLength, byteLength, `${name}: the storage is not as long as was said`);
}

async function outcome(name: string, bytes: Uint8Array): Promise<"read" | "refused"> {
  const sibling = async (other: string): Promise<ReturnType<typeof bytesReader>> => {
    const path = join(name, "..", other);
    const found = files.get(path);
    if (found === undefined) throw new FormatError(`there is no file ${JSON.stringify(other)} beside it`);
    return bytesReader(found, path);
  };
  let opened: Opened;
  try {
    opened = await read(bytes, { name, sibling, limits: { unpackedBytes: 2 ** 25 } });
  } catch (error) {
    assert.ok(error instanceof FormatError, error instanceof Error ? error.stack : String(error));
    assert.ok(error.place.file !== undefined, `no file is named: ${error.message}`);
    assert.doesNotMatch(error.message, /\n/);
    return "refused";
  }
  for (const [tensor, array] of tensorsOf(opened.tree)) checkWithin(tensor, array);
  try {
    await inspect(opened, { hash: true, statistics: true });
  } catch (error) {
    // Views that repeat their storage beyond any use are not written out.
    assert.ok(error instanceof FormatError, error instanceof Error ? error.stack : String(error));
  }
  return "read";
}

const good = samples(false);
const hostile = samples(true);
const formats = [...good.keys()];

async function one(index: number): Promise<"read" | "refused"> {
  const chance = new Chance(seed, index);
  const format = formats[index % formats.length]!;
  const isHostile = chance.below(4) === 0 && hostile.has(format);
  const group = (isHostile ? hostile : good).get(format)!;
  const { name, bytes } = chance.of(group);
  const others = [chance.of(group).bytes, chance.of(group).bytes];
  const [what, changed] = await changes(bytes, chance, others);
  const before = process.resourceUsage();
  try {
    const result = await outcome(name, changed);
    const after = process.resourceUsage();
    const spent = after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime;
    assert.ok(spent < 1000 * mostMilliseconds, `it took ${Math.round(spent / 1000)} ms`);
    const grown = 1024 * (after.maxRSS - before.maxRSS);
    assert.ok(grown < mostMemory, `it took ${grown} bytes`);
    if (only !== undefined) console.log(`${name}, ${what}: ${result}`);
    return result;
  } catch (error) {
    const again = `WEIGHTBRIDGE_FUZZ_SEED=${seed} WEIGHTBRIDGE_FUZZ_ONLY=${index} node --import tsx --test test/files/fuzz.test.ts`;
    throw new Error(`${name}, ${what}\n${error instanceof Error ? error.message : error}\nagain: ${again}`);
  }
}

test(`recorded files changed at random are read or refused (seed ${seed})`, async () => {
  if (only !== undefined) {
    await one(Number(only));
    return;
  }
  const counts = { read: 0, refused: 0 };
  const failures: string[] = [];
  for (let index = 0; index < count && failures.length < 20; index++) {
    try {
      counts[await one(index)]++;
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  assert.deepEqual(failures, [], failures.join("\n\n"));
  // Changes must neither leave everything as it was nor all be stopped.
  if (count >= usual) assert.ok(Math.min(counts.read, counts.refused) > count / 20, JSON.stringify(counts));
});
