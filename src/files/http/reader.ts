// A file at an address, read in parts by HTTP range requests (RFC 9110, section 14). Headers are read in blocks that
// are kept; the bytes of tensors stream into their storage, those of neighbours in one request.

import { FormatError } from "../../core/errors.ts";
import { bytesReader, type Part, type Reader } from "../reader.ts";
import { Pieces } from "./cache.ts";
import { type Body, defaultMaxBytes, RemoteFile, type UrlOptions } from "./request.ts";
import { largestGap, Run } from "./run.ts";

/** A reader over a file at an address. */
export interface UrlReader extends Reader {
  /** The file's address, without what may be secret in it. */
  readonly name: string;
  /** Ends requests that are under way. */
  close(): Promise<void>;
}

const defaultBlock = 2 ** 16;
/** A block grows so far where blocks are read one after another. */
const largestBlock = 2 ** 20;
/** Bytes of blocks that are kept, and that are fetched ahead at once. */
const mostKept = 2 ** 25;
const mostAhead = 2 ** 24;
/** Parts that are asked for in one request, and requests under way at once. */
const partsAtOnce = 100;
const requestsAtOnce = 6;

/**
 * Opens a file at an address for reading in parts. One request gives its length and its first block. Where the server
 * gives no parts, the file is fetched whole, up to `maxBytes`.
 * @param url http or https
 * @throws FormatError with the address, when it cannot be reached, is refused, or the answer makes no sense
 */
export async function urlReader(url: string | URL, options: UrlOptions = {}): Promise<UrlReader> {
  const address = addressOf(url);
  const remote = new RemoteFile(address, options);
  const block = Math.max(1024, Math.floor(options.blockSize ?? defaultBlock));
  const first = await remote.first(block);
  if ("body" in first) {
    return wholeReader(remote.name, first.body, first.declared, options.maxBytes ?? defaultMaxBytes);
  }
  return new RangeReader(remote, first.length, first.head, block);
}

/** An http address. @throws FormatError when it is none */
export function addressOf(url: string | URL): URL {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address !== undefined && /^https?:$/.test(address.protocol)) return address;
  throw new FormatError(`${JSON.stringify(String(url).slice(0, 100))} is no address of http or https`);
}

async function wholeReader(
  name: string,
  body: Body,
  declared: number | undefined,
  most: number,
): Promise<UrlReader> {
  const hint =
    " for a file that is fetched whole, because the server gives no parts; if that is meant, give maxBytes";
  const reader = bytesReader(await body.whole(most, declared, hint), name);
  return { ...reader, name, close: async () => {} };
}

/** A read that waits for its turn. */
interface Waiting {
  readonly start: number;
  readonly target: Uint8Array;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

class RangeReader implements UrlReader {
  readonly byteLength: number;
  readonly name: string;
  private readonly remote: RemoteFile;
  private readonly block: number;
  private readonly pieces: Pieces = new Pieces(mostKept);
  private readonly runs: Set<Run> = new Set();
  /** Where the last block ended, and how long the next is if it goes on from there. */
  private lastEnd: number;
  private nextLength: number;
  private waiting: Waiting[] = [];

  constructor(remote: RemoteFile, byteLength: number, head: Uint8Array, block: number) {
    this.remote = remote;
    this.byteLength = byteLength;
    this.name = remote.name;
    this.block = block;
    this.pieces.add(0, head.byteLength, Promise.resolve(head));
    this.lastEnd = head.byteLength;
    this.nextLength = block;
  }

  async slice(start: number, end: number): Promise<Uint8Array> {
    if (start === end) return new Uint8Array(0);
    const kept = this.pieces.find(start, end);
    if (kept !== undefined) return kept;
    const run = this.runFor(start, end);
    if (run === undefined) return this.fetchBlock(start, end);
    const bytes = new Uint8Array(end - start);
    await run.read(start, bytes);
    return bytes;
  }

  async readInto(start: number, target: Uint8Array): Promise<void> {
    const end = start + target.byteLength;
    if (start === end) return;
    const kept = this.pieces.find(start, end);
    if (kept !== undefined) target.set(await kept);
    else {
      const run = this.runFor(start, end);
      if (run !== undefined) await run.read(start, target);
      else if (target.byteLength < this.block) target.set(await this.fetchBlock(start, end));
      else await this.inTurn(start, target);
    }
  }

  private runFor(start: number, end: number): Run | undefined {
    for (const run of this.runs) if (run.serves(start, end)) return run;
    return undefined;
  }

  /** Fetches a block that begins at `start`, longer where the last one ended there. What is longer than blocks is not kept. */
  private fetchBlock(start: number, end: number): Promise<Uint8Array> {
    const goesOn = start >= this.lastEnd && start - this.lastEnd < this.block;
    this.nextLength = goesOn ? Math.min(largestBlock, 2 * this.nextLength) : this.block;
    const blockEnd = Math.min(this.byteLength, Math.max(end, start + this.nextLength));
    this.lastEnd = blockEnd;
    const bytes = this.fetch(start, blockEnd);
    if (blockEnd - start <= largestBlock) this.pieces.add(start, blockEnd, bytes);
    return bytes.then((all) => all.subarray(0, end - start));
  }

  private async fetch(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    const body = await this.remote.part(start, end);
    await body.fill(bytes);
    await body.finish();
    return bytes;
  }

  /** Reads that are asked for at one moment are sorted, and neighbours read in one request. */
  private inTurn(start: number, target: Uint8Array): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ start, target, done, failed });
      if (this.waiting.length === 1) queueMicrotask(() => this.readWaiting());
    });
  }

  private readWaiting(): void {
    const reads = this.waiting.sort((a, b) => a.start - b.start);
    this.waiting = [];
    const endOf = ({ start, target }: Waiting): number => start + target.byteLength;
    const stretches = merged(
      reads.map((read) => [read.start, endOf(read)]),
      largestGap,
    ).map(([start, end]) => new Run(this.remote, start, end));
    for (const read of reads) {
      const run = stretches.find(({ start, end }) => start <= read.start && endOf(read) <= end)!;
      run.read(read.start, read.target).then(read.done, read.failed);
    }
  }

  expect(parts: readonly Part[]): () => void {
    const news = parts.filter(([start, end]) => end > start && this.runFor(start, end) === undefined);
    const made = merged(sorted(news), largestGap)
      .filter(([start, end]) => end - start > this.block)
      .map(([start, end]) => new Run(this.remote, start, end));
    for (const run of made) this.runs.add(run);
    return () => {
      for (const run of made) {
        this.runs.delete(run);
        run.drop().catch(() => undefined);
      }
    };
  }

  async prefetch(parts: readonly Part[]): Promise<void> {
    const wanted = sorted(parts).filter(([start, end]) => this.pieces.find(start, end) === undefined);
    const apart = cut(merged(wanted, this.block / 2));
    for (let at = 0; at < apart.length; at += partsAtOnce) {
      const asked = apart.slice(at, at + partsAtOnce);
      const found = asked.length < 2 ? undefined : await this.remote.several(asked);
      for (const { start, bytes } of found ?? []) {
        this.pieces.add(start, start + bytes.byteLength, Promise.resolve(bytes));
      }
    }
    const missing = wanted.filter(([start, end]) => this.pieces.find(start, end) === undefined);
    await this.fetchAll(cut(merged(missing, this.block)));
  }

  /** Fetches stretches, each in a request, some at a time. */
  private async fetchAll(stretches: readonly Part[]): Promise<void> {
    let next = 0;
    const fetchOn = async (): Promise<void> => {
      while (next < stretches.length) {
        const [start, end] = stretches[next++]!;
        const bytes = this.fetch(start, end);
        this.pieces.add(start, end, bytes);
        await bytes;
      }
    };
    await Promise.all(Array.from({ length: Math.min(requestsAtOnce, stretches.length) }, fetchOn));
  }

  async close(): Promise<void> {
    const runs = [...this.runs];
    this.runs.clear();
    await Promise.all(runs.map((run) => run.drop()));
  }
}

const sorted = (parts: readonly Part[]): Part[] => [...parts].sort((a, b) => a[0] - b[0]);

/** Sorted parts, with those joined that are at most `gap` apart. */
function merged(parts: readonly Part[], gap: number): Part[] {
  const result: Part[] = [];
  for (const [start, end] of parts) {
    const last = result.at(-1);
    if (last !== undefined && start - last[1] <= gap)
      result[result.length - 1] = [last[0], Math.max(last[1], end)];
    else result.push([start, end]);
  }
  return result;
}

/** Stretches in pieces of the largest block, so many as are kept. */
function cut(stretches: readonly Part[]): Part[] {
  const result: Part[] = [];
  let total = 0;
  for (const [start, end] of stretches) {
    for (let at = start; at < end; at += largestBlock) {
      const next = Math.min(end, at + largestBlock);
      total += next - at;
      if (total > mostAhead) return result;
      result.push([at, next]);
    }
  }
  return result;
}
