// Reading the bytes of tensors that an opened file named: of all in a tree, or of some.

import { type Allocate, memoryInBlocks } from "./memory/blocks.ts";
import type { Part, Reader } from "./reader.ts";
import type { Stored } from "./stored.ts";
import { childrenOf } from "./tree.ts";
import type { ArrayLike, Value } from "./values.ts";

/** How tensors are read. */
export interface LoadOptions {
  /** Told how many bytes have been read, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** How many storages are read at a time: each waits for the disk, the network or the platform's inflate by itself. */
const atOnce = 4;

/** The storages that a leaf itself lies in. */
function storedOfLeaf(leaf: ArrayLike): readonly Stored[] {
  switch (leaf.kind) {
    case "array":
    case "raw":
      return [leaf.stored];
    case "date":
      return [leaf.counts.stored];
    case "quantized":
      return present([leaf.integers, leaf.scales, leaf.zeroPoints]);
    case "sparse":
      return present([leaf.indices, leaf.compressedIndices, leaf.plainIndices, leaf.values]);
    case "nested":
      return present(leaf.parts);
    default:
      return [];
  }
}

function present(arrays: readonly ({ readonly stored: Stored } | undefined)[]): Stored[] {
  return arrays.flatMap((array) => (array === undefined ? [] : [array.stored]));
}

/** All storages that the arrays in a value lie in, each once. */
export function storedOf(value: Value): Set<Stored> {
  const found = new Set<Stored>();
  const seen = new Set<Value>();
  const waiting: Value[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop()!;
    if (typeof next !== "object" || next === null || seen.has(next)) continue;
    seen.add(next);
    if ("kind" in next && next.kind === "storage") found.add(next.stored);
    else if ("kind" in next) for (const stored of storedOfLeaf(next as ArrayLike)) found.add(stored);
    for (const [, child] of childrenOf(next)) waiting.push(child);
  }
  return found;
}

/**
 * Reads the bytes of all tensors in a value that have not been read yet, in the file's order.
 * @returns the value
 * @throws FormatError when some are damaged
 */
export async function load<T extends Value>(value: T, options: LoadOptions = {}): Promise<T> {
  await loadAll(storedOf(value), options);
  return value;
}

/** Reads storages, several at a time. */
export async function loadAll(storages: Iterable<Stored>, options: LoadOptions = {}): Promise<void> {
  const waiting = [...storages].filter((stored) => !stored.isLoaded);
  const startOf = ({ source, place }: Stored): number => source?.start ?? place.offset ?? 0;
  waiting.sort((a, b) => startOf(a) - startOf(b));
  const lanes = lanesOf(waiting);
  const allocate = memoryInBlocks(waiting.map(({ memoryTaken }) => memoryTaken));
  const total = waiting.reduce((sum, stored) => sum + stored.byteLength, 0);
  let done = 0;
  let next = 0;
  const readOn = async (): Promise<void> => {
    while (next < lanes.length) {
      await readLane(lanes[next++]!, allocate, (stored) => {
        done += stored.byteLength;
        options.onProgress?.(done, total);
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, lanes.length) }, readOn));
}

/**
 * Announces that storages will be read in this order, one after another, so that those of a file whose parts are requests
 * are few requests. @returns what takes it back; it must be called
 */
export function announce(storages: Iterable<Stored>): () => void {
  const parts = new Map<Reader, Part[]>();
  for (const { source, isLoaded } of storages) {
    if (source === undefined || isLoaded || source.reader.expect === undefined) continue;
    const known = parts.get(source.reader);
    if (known === undefined) parts.set(source.reader, [[source.start, source.end]]);
    else known.push([source.start, source.end]);
  }
  const announced = [...parts].map(([reader, wanted]) => reader.expect!(wanted));
  return () => {
    for (const done of announced) done();
  };
}

/** What is read one after another: all of a file whose parts are requests, so that neighbours become one; else each by itself. */
function lanesOf(waiting: readonly Stored[]): Stored[][] {
  const lanes: Stored[][] = [];
  const fetched = new Map<Reader, Stored[]>();
  for (const stored of waiting) {
    const reader = stored.source?.reader;
    const lane = reader === undefined ? undefined : fetched.get(reader);
    if (lane !== undefined) {
      lane.push(stored);
      continue;
    }
    const begun = [stored];
    lanes.push(begun);
    if (reader?.expect !== undefined) fetched.set(reader, begun);
  }
  return lanes;
}

async function readLane(
  lane: readonly Stored[],
  allocate: Allocate,
  whenRead: (stored: Stored) => void,
): Promise<void> {
  const done = announce(lane);
  try {
    for (const stored of lane) {
      await stored.load(allocate);
      whenRead(stored);
    }
  } finally {
    done();
  }
}
