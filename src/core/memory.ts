// Memory of large results. It is not zeroed, and it is used again: what the library knows to be done with comes back at
// once, and what the garbage collector found comes back when the event loop turns. Only memory that nobody was given to
// keep comes back: a loan ends when its bytes are shown to anyone but a kernel.

/** Bounds, in bytes where no unit is named. Tests set them lower, so that small work goes the same way. */
export interface MemoryBounds {
  /** From here on memory is not zeroed: below, that costs next to nothing. */
  leastUnwritten: number;
  /** From here on memory is used again. */
  leastReused: number;
  /** How much is kept for use at most. */
  mostKept: number;
  /**
   * How much may wait at most, from one turn of the event loop to the next, for the garbage collector to say that it is
   * done with: a loop that never lets the event loop turn gets no memory back that way, and would hold on to all it took.
   * One result of any size may.
   */
  mostWaiting: number;
  /**
   * After so many milliseconds memory that was not used again is left to the garbage collector: so many that work which
   * comes every few seconds finds its memory again. New memory can cost 20 microseconds a page in a virtual machine.
   */
  period: number;
}

export const bounds: MemoryBounds = {
  leastUnwritten: 2 ** 17,
  leastReused: 2 ** 18,
  mostKept: 2 ** 28,
  mostWaiting: 2 ** 26,
  period: 10_000,
};

/** A part of a larger memory. */
export interface Place {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
}

/** A larger memory whose parts are lent: that of kernels, which need not copy then. */
export interface Heap {
  /** How much of it was given back and is free. */
  readonly freeBytes: number;
  /** Takes so many bytes. @returns undefined where it has none to lend */
  take(byteLength: number): Place | undefined;
  /** Takes a place back. */
  give(place: Place & { readonly byteLength: number }): void;
  /** Lets go of what nobody has used since it was last asked to. @returns whether anything is left of it */
  trim(): boolean;
}

/** Memory that a storage has, for as long as nobody else knows of it. */
export interface Loan {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
  /** True iff the garbage collector tells when it is done with the storage. */
  readonly isWatched: boolean;
  /** What it is a part of, which nobody but kernels may see. */
  readonly heap: Heap | undefined;
  /** How often the event loop had turned when it was lent. */
  readonly turn: number;
}

/** Counts of large memory, in bytes. */
export interface MemoryCounts {
  /** Of watched storages that are in use, or that the garbage collector has not yet found unused. */
  readonly liveBytes: number;
  /** The most that it was. */
  readonly peakLiveBytes: number;
  /** How many storages that is. */
  readonly liveStorages: number;
  /** Kept for use. */
  readonly keptBytes: number;
  /** Handed out again rather than taken anew, since the beginning. */
  readonly reusedBytes: number;
  /** Taken anew, since the beginning. */
  readonly takenBytes: number;
}

const counts = {
  liveBytes: 0,
  peakLiveBytes: 0,
  liveStorages: 0,
  keptBytes: 0,
  reusedBytes: 0,
  takenBytes: 0,
};

let findHeap: () => Heap | undefined = () => undefined;
/** The last memory that was found. */
let heap: Heap | undefined;

/** Has large results be part of the memory that is found when they are made; where there is none, they have their own. */
export function lendingFrom(find: () => Heap | undefined): void {
  findHeap = find;
}

const keptBytes = (): number => counts.keptBytes + (heap?.freeBytes ?? 0);

/** The counts as they are now. */
export const memoryCounts = (): MemoryCounts => ({ ...counts, keptBytes: keptBytes() });

/** Lets the peak begin again from what is live now. */
export function resetPeak(): void {
  counts.peakLiveBytes = counts.liveBytes;
}

/** What there is of Node's `Buffer`, and of timers. */
interface Global {
  readonly Buffer?: { allocUnsafeSlow(byteLength: number): Uint8Array };
  setTimeout?(call: () => void, milliseconds: number): unknown;
}

const { Buffer: nodeBuffer } = globalThis as Global;

/** Calls later, which keeps no process alive. */
function later(call: () => void, milliseconds: number): void {
  const timer = (globalThis as Global).setTimeout?.(call, milliseconds);
  (timer as { unref?(): void } | undefined)?.unref?.();
}

/**
 * Memory of its own that nobody has written yet. In Node it is not zeroed, which takes as long again as writing it, or
 * longer; elsewhere it is all zeros.
 */
function unwritten(byteLength: number): ArrayBuffer {
  if (nodeBuffer !== undefined) {
    const { buffer, byteOffset } = nodeBuffer.allocUnsafeSlow(byteLength);
    // A `Buffer` that is not Node's own may lie in memory that others use.
    if (byteOffset === 0 && buffer.byteLength === byteLength && buffer instanceof ArrayBuffer) return buffer;
  }
  return new ArrayBuffer(byteLength);
}

/** From so many bytes on memory that was taken anew is prepared. */
const leastPrepared = 2 ** 18;
let prepare: ((buffer: ArrayBuffer) => void) | undefined;

/**
 * Has large memory prepared before it is first written, where the system can be asked to.
 * @param by is given memory that was just taken, and changes nothing that can be read
 */
export function preparing(by: ((buffer: ArrayBuffer) => void) | undefined): void {
  prepare = by;
}

/** Prepares memory that was taken anew, and gives it back. */
export function prepared(buffer: ArrayBuffer): ArrayBuffer {
  if (prepare !== undefined && buffer.byteLength >= leastPrepared) prepare(buffer);
  return buffer;
}

/** Memory kept for use, the one that has waited longest first. */
interface Kept {
  readonly buffer: ArrayBuffer;
  readonly period: number;
}

let kept: Kept[] = [];
let currentPeriod = 0;
let isTrimming = false;

/** Keeps memory for use. The one that has waited longest makes room. */
function keep(loan: Loan): void {
  const { buffer, byteLength } = loan;
  if (loan.heap !== undefined) loan.heap.give(loan);
  else if (byteLength <= bounds.mostKept) {
    kept.push({ buffer: buffer as ArrayBuffer, period: currentPeriod });
    counts.keptBytes += byteLength;
    while (counts.keptBytes > bounds.mostKept) counts.keptBytes -= kept.shift()!.buffer.byteLength;
  }
  if (isTrimming) return;
  isTrimming = true;
  later(trim, bounds.period);
}

/** Leaves what has waited for a whole period to the garbage collector. */
function trim(): void {
  kept = kept.filter(({ period: since }) => since === currentPeriod);
  counts.keptBytes = kept.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  currentPeriod++;
  isTrimming = (heap?.trim() ?? false) || kept.length > 0;
  if (isTrimming) later(trim, bounds.period);
}

/** Leaves all memory that is kept for use to the garbage collector. */
export function emptyKept(): void {
  kept = [];
  counts.keptBytes = 0;
  // What was used since the last time goes the second time.
  if (heap?.trim()) heap.trim();
}

/** Memory of that size that is kept, the last used first; undefined where there is none. */
function reused(byteLength: number): ArrayBuffer | undefined {
  for (let i = kept.length - 1; i >= 0; i--) {
    const { buffer } = kept[i]!;
    if (buffer.byteLength !== byteLength) continue;
    kept.splice(i, 1);
    counts.keptBytes -= byteLength;
    return buffer;
  }
  return undefined;
}

/** How much was lent since the event loop turned, less what was taken back since then; and how often it turned. */
let waiting = 0;
let turn = 0;
let isTurning = false;

/** True iff so many bytes more may wait for the garbage collector. */
function mayWait(byteLength: number): boolean {
  if (!isTurning) {
    isTurning = true;
    later(() => {
      isTurning = false;
      waiting = 0;
      turn++;
      // Now, and not while memory is taken: nothing comes back before, and the engine's threads that look may have to wait for
      // those of ONNX Runtime, which stay awake for a while after each operation (measured: 8 to 20 ms).
      ask();
    }, 0);
  }
  if (waiting > 0 && waiting + byteLength > bounds.mostWaiting) return false;
  waiting += byteLength;
  return true;
}

/** Counts a watched storage as no longer live. */
function discount({ byteLength }: Loan): void {
  counts.liveBytes -= byteLength;
  counts.liveStorages--;
}

/** The garbage collector is not asked to look for less than so many bytes, nor sooner after it did, in milliseconds. */
const leastAsked = 2 ** 24;
const pause = 50;
/** True from when it was asked until memory comes back: where all is in use it is not asked again for what is kept. */
let isAsked = false;
let cameBack = 0;
/** How much was taken anew since it was asked. It is asked again when that is an eighth of what is live. */
let takenSince = 0;

const registry: FinalizationRegistry<Loan> = new FinalizationRegistry((loan) => {
  isAsked = false;
  cameBack = Date.now();
  discount(loan);
  keep(loan);
});

/** What every byte is set to before memory is handed out; for tests. */
let filling: number | undefined;

/** Fills memory before it is handed out, so that what is read without having been written shows (for tests). */
export function fillBefore(byte: number | undefined): void {
  filling = byte;
}

/**
 * Asks the engine to look for what nobody uses any more, when little memory is left to be used again. It looks as memory is
 * taken from it: a loop that only uses kept memory again would use that up, and take new memory until the engine looks.
 * It looks in steps, one for each time that it is asked. What is taken here is not touched, so that it costs next to nothing:
 * from 32 MiB on no allocator zeroes what the machine gives it as zeros.
 */
function ask(): void {
  const { liveBytes } = counts;
  if (liveBytes < leastAsked || keptBytes() > liveBytes / 2) return;
  const isDue = !isAsked && Date.now() - cameBack > pause;
  if (!isDue && takenSince < liveBytes / 8) return;
  takenSince = 0;
  isAsked = new ArrayBuffer(bounds.mostWaiting).byteLength > 0;
}

/** Counts memory that was handed out, again or anew. */
function count(isAgain: boolean, byteLength: number): void {
  if (isAgain) counts.reusedBytes += byteLength;
  else {
    counts.takenBytes += byteLength;
    takenSince += byteLength;
  }
}

/** Memory of its own for a storage: kept memory, or new one. */
function own(byteLength: number): Place {
  const known = reused(byteLength);
  count(known !== undefined, byteLength);
  return { buffer: known ?? prepared(unwritten(byteLength)), byteOffset: 0 };
}

/** A part of a heap for a storage, which counts as reused where it was given back before. */
function part(of: Heap, byteLength: number): Place | undefined {
  const before = of.freeBytes;
  const place = of.take(byteLength);
  if (place !== undefined) count(of.freeBytes < before, byteLength);
  return place;
}

/**
 * Memory for a storage to be written.
 * @param isLent false where it is shown to someone who may keep it
 */
export function lend(storage: object, byteLength: number, isLent: boolean): Loan {
  const isWatched = isLent && byteLength >= bounds.leastReused && mayWait(byteLength);
  // What is never told to be done with stays out of a heap.
  const from = isWatched ? findHeap() : undefined;
  // One that is no longer lent from is still to be let go of.
  heap = from ?? heap;
  const place = from && part(from, byteLength);
  const { buffer, byteOffset } = place ?? own(byteLength);
  if (filling !== undefined) new Uint8Array(buffer, byteOffset, byteLength).fill(filling);
  const loan: Loan = { buffer, byteOffset, byteLength, isWatched, heap: place && from, turn };
  if (isWatched) {
    registry.register(storage, loan, loan);
    counts.liveBytes += byteLength;
    counts.liveStorages++;
    counts.peakLiveBytes = Math.max(counts.peakLiveBytes, counts.liveBytes);
  }
  return loan;
}

/** The memory is no longer lent. */
function endLoan(loan: Loan): void {
  if (!loan.isWatched) return;
  if (loan.turn === turn) waiting -= loan.byteLength;
  registry.unregister(loan);
  discount(loan);
}

/** The storage is done with: its memory is kept for use. */
export function takeBack(loan: Loan): void {
  endLoan(loan);
  if (loan.byteLength >= bounds.leastReused) keep(loan);
}

/**
 * Ends a loan whose bytes are shown to someone who may keep them.
 * @returns a copy of what was part of a heap, which has them from now on
 */
export function moveOut(loan: Loan): ArrayBuffer | undefined {
  const { buffer, byteOffset, byteLength } = loan;
  if (loan.heap === undefined) {
    endLoan(loan);
    return undefined;
  }
  const moved = prepared(unwritten(byteLength));
  new Uint8Array(moved).set(new Uint8Array(buffer, byteOffset, byteLength));
  takeBack(loan);
  return moved;
}
