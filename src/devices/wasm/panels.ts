// Products of single-precision matrices of more than a few rows, in steps: of each the operands are packed into panels
// (kernels/pack.ts) and multiplied (kernels/product.ts). What lies in the kernels' memory is packed from there, by all threads
// (a left operand of dense rows is read where it lies), and results that belong there are written where they belong. What lies elsewhere is copied: while threads multiply one step
// the caller copies out what the last one gave, and copies in and packs what the next one needs.

import type { Kernels } from "../../kernels/instance.ts";
import { leastForThreads } from "../../kernels/threads.ts";
import { kernels, parallelKernels } from "../../kernels/use.ts";
import type { MatrixProduct, Starts } from "../reference/matrix.ts";
import { bringRows, fillBias } from "./matrices.ts";
import { bring, type Part, roomFor, type Stack, takeOut } from "./stack.ts";

type Product = MatrixProduct<Float32Array>;

/** The largest part of b that is packed at once: 8 MiB. */
const mostDepth = 2048;
const mostColumns = 1024;
/** How many elements of a, of b in a batch, and of the result a step has at most. */
const stepElements = 2 ** 19;
/** One product has so many steps, of so many rows at least. */
const mostSteps = 8;
const leastRows = 120;
/** Products of a batch are put together until a step has so many multiplications: a sixth of a millisecond's work. */
const stepWork = 2 ** 22;
/** From so many multiplications on threads pay. */
const threadedWork = 2 ** 22;
/** A thread takes so many multiplications at a time, or packs so many elements: ten microseconds' work. */
const partWork = 2 ** 18;
const partPacking = 2 ** 15;

/** Widths of panels, columns of a block (its rows are a panel), and floats of each thread's own place: see kernels/product.ts. */
const widthA = 5;
const widthB = 8;
const blockColumns = 64;
const spareLength = 64;
/** Words of an entry of a table: addresses of a and its panels, of b and its panels, and of the result. */
const wordsOfA = 2;
const wordsOfB = 2;
const entryLength: number = wordsOfA + wordsOfB + 1;

/** What packs panels is given: see kernels/pack.ts. */
type PackNumbers = [number, number, number, number, number, number];

/**
 * Rows of a step of one product of `m` rows: whole panels, and more than one step where there is enough to do.
 * @param isCopied whether rows are copied in, which one step's are while another's are multiplied
 */
function rowsOfStep(m: number, length: number, isCopied: boolean): number {
  const wanted = isCopied ? Math.min(mostSteps, Math.round(m / leastRows)) : 1;
  const steps = Math.max(wanted, (m * length) / stepElements, 1);
  return Math.min(m, Math.ceil(m / steps / widthA) * widthA);
}

/** Products with a part of the depth and of the columns at a time. */
class Panels {
  private readonly made: Kernels;
  private readonly product: Product;
  private readonly a: Stack;
  private readonly b: Stack;
  private readonly out: Stack;
  /** Sizes of the largest part. */
  private readonly columns: number;
  private readonly depth: number;
  /** Whether all products have one b, which is packed once. */
  private readonly isShared: boolean;
  /** Whether left operands, and right ones, lie in the kernels' memory, and whether results do, in dense rows. */
  private readonly isSeenA: boolean;
  private readonly isSeenB: boolean;
  private readonly isSeenOut: boolean;
  /** Bytes between rows of left operands that are read as they lie; 0 where these are packed. */
  private readonly rowBytes: number;
  /** What a step has: products of a batch, or rows of one product. */
  private readonly count: number;
  private readonly rows: number;
  private readonly steps: number;
  // Places in the kernels' memory, in elements. Those of steps are two, which they have in turns: one is copied while the
  // other is multiplied.
  private taken = 0;
  private readonly base: number;
  private readonly spare: number;
  private readonly bias: number;
  /** Where a, or a step's part of it, is copied in before it is packed, and b. */
  private readonly sources: readonly [number, number];
  private readonly tables: readonly number[];
  private readonly panelsA: readonly number[];
  private readonly panelsB: readonly number[];
  private readonly sums: readonly number[];
  // The part that is worked on.
  private column = 0;
  private width = 0;
  private inner = 0;
  private length = 0;

  constructor(made: Kernels, product: Product, starts: Starts) {
    const { m, n, k } = product;
    this.made = made;
    this.product = product;
    this.a = { matrix: product.a, starts: starts.a };
    this.b = { matrix: product.b, starts: starts.b };
    this.out = { matrix: product.out, starts: starts.out };
    const columns = Math.min(n, mostColumns);
    const depth = Math.min(k, mostDepth);
    const all = starts.out.length;
    const most = Math.max(1, Math.floor(stepElements / (Math.max(m, depth) * Math.max(depth, columns))));
    const count = Math.min(all, most, Math.ceil(stepWork / Math.max(1, m * columns * depth)));
    this.isSeenA = made.sees(product.a.values);
    this.isSeenB = made.sees(product.b.values);
    this.rowBytes = this.isSeenA && product.a.column === 1 && product.a.row > 0 ? 4 * product.a.row : 0;
    this.isSeenOut = made.sees(product.out.values) && product.out.column === 1 && product.out.row > 0;
    const isCopied = !this.isSeenA || !this.isSeenOut;
    const rows = all > 1 ? m : rowsOfStep(m, Math.max(depth, columns), isCopied);
    const isShared = starts.b.every((start) => start === starts.b[0]);
    const countB = isShared ? 1 : count;
    this.columns = columns;
    this.depth = depth;
    this.isShared = isShared;
    this.count = count;
    this.rows = rows;
    this.steps = all > 1 ? Math.ceil(all / count) : Math.ceil(m / rows);
    const hasTwo = this.steps > 1;
    this.spare = this.take(made.threads * spareLength);
    this.bias = this.take(columns);
    this.sources = [
      this.take(this.isSeenA ? 0 : roomFor(count * rows * depth)),
      this.take(this.isSeenB ? 0 : roomFor(countB * columns * depth)),
    ];
    this.tables = this.takeTwo(count * entryLength, hasTwo);
    this.panelsA = this.takeTwo(this.rowBytes > 0 ? 0 : count * panelLines(rows, widthA) * depth, hasTwo);
    this.panelsB = this.takeTwo(countB * panelLines(columns, widthB) * depth, hasTwo && !isShared);
    this.sums = this.takeTwo(this.isSeenOut ? 0 : count * rows * columns, hasTwo);
    this.base = made.scratch(4 * this.taken) >> 2;
  }

  /** So many elements of memory, in cache lines of their own. */
  private take(length: number): number {
    const at = this.taken;
    this.taken += (length + 15) & ~15;
    return at;
  }

  private takeTwo(length: number, areApart: boolean): readonly number[] {
    const first = this.take(length);
    return [first, areApart ? this.take(length) : first];
  }

  multiply(): void {
    const { n, k } = this.product;
    for (this.column = 0; this.column < n; this.column += this.columns) {
      this.width = Math.min(this.columns, n - this.column);
      for (this.inner = 0; this.inner === 0 || this.inner < k; this.inner += this.depth) {
        this.length = Math.min(this.depth, k - this.inner);
        this.multiplyPart();
        if (k === 0) break;
      }
    }
  }

  private multiplyPart(): void {
    // What all threads pack is not packed while they do something else.
    const isAhead = !this.isSeenA;
    if (this.isShared) this.packShared(() => isAhead && this.prepare(0));
    else if (isAhead) this.prepare(0);
    for (let step = 0; step < this.steps; step++) {
      if (!isAhead) this.prepare(step);
      this.multiplyStep(step, () => {
        if (step > 0) this.finish(step - 1);
        if (isAhead && step + 1 < this.steps) this.prepare(step + 1);
      });
    }
    this.finish(this.steps - 1);
  }

  /** What of the results a step has. */
  private part(step: number): Part {
    const isBatch = this.out.starts.length > 1;
    const first = isBatch ? step * this.count : 0;
    const row = isBatch ? 0 : step * this.rows;
    return {
      first,
      count: Math.min(this.count, this.out.starts.length - first),
      row,
      rows: Math.min(this.rows, this.product.m - row),
      column: this.column,
      columns: this.width,
    };
  }

  /** What of the right operands a step has, or all have. */
  private partB(step: number): Part {
    const { first, count } = this.isShared ? { first: 0, count: 1 } : this.part(step);
    return { first, count, row: this.inner, rows: this.length, column: this.column, columns: this.width };
  }

  /** Packs what a step needs, copied in where it lies elsewhere. */
  private prepare(step: number): void {
    const { words } = this.made;
    const part = this.part(step);
    this.packA(step, { ...part, column: this.inner, columns: this.length });
    if (!this.isShared) this.packB(step);
    const table = this.base + this.tables[step % 2]!;
    for (let i = 0; i < part.count; i++) {
      const entry = table + i * entryLength;
      words[entry + wordsOfA + wordsOfB] = 4 * this.resultAt(step, part, i);
      if (this.isShared) words[entry + wordsOfA + 1] = 4 * (this.base + this.panelsB[0]!);
    }
    this.beginSums(step, part);
  }

  /** Where the results of a step's i-th product go, in elements. */
  private resultAt(step: number, { first, row, rows, column, columns }: Part, i: number): number {
    const { matrix, starts } = this.out;
    if (!this.isSeenOut) return this.base + this.sums[step % 2]! + i * rows * columns;
    return matrix.values.byteOffset / 4 + starts[first + i]! + row * matrix.row + column;
  }

  /** Writes what sums are added to where they go. */
  private beginSums(step: number, part: Part): void {
    const { first, count, row, rows, column, columns } = part;
    const { matrix, starts } = this.out;
    if (this.inner > 0) {
      for (let i = 0; i < count && !this.isSeenOut; i++) {
        const one = { ...matrix, start: starts[first + i]! };
        bringRows(this.made, one, row, column, rows, columns, this.resultAt(step, part, i));
      }
    } else if (this.hasBiasOfRows) {
      const [into, at, apart] = this.isSeenOut
        ? [matrix.values, starts[first]! + row * matrix.row + column, matrix.row]
        : [this.made.floats, this.resultAt(step, part, 0), columns];
      fillBias(this.product.bias!, row, column, rows, columns, into, at, apart);
    }
  }

  private packA(step: number, part: Part): void {
    const { length } = this;
    const { made } = this;
    const panels = this.base + this.panelsA[step % 2]!;
    const table = this.base + this.tables[step % 2]!;
    const place = this.placing(table, panels, panelLines(part.rows, widthA) * length);
    const [row, column] = bring(made, this.a, part, this.base + this.sources[0], place);
    if (this.rowBytes > 0) return;
    const count = part.count * panelCount(part.rows, widthA);
    this.pack([4 * table, 4 * row, 4 * column, part.rows, length, widthA], count, this.isSeenA);
  }

  /** Packs panels, on all threads or on the caller's alone. */
  private pack(numbers: readonly number[], panels: number, onAll: boolean, meanwhile?: () => void): void {
    const { made, length } = this;
    const isOne = !onAll || made.threads === 1;
    const grain = isOne ? panels : Math.max(1, Math.floor(partPacking / (widthB * Math.max(1, length))));
    if (onAll) made.parallel("packPanels32", numbers, panels, grain, meanwhile);
    else made.exports.packPanels32(...(numbers as PackNumbers), 0, panels);
  }

  private packB(step: number): void {
    const part = this.partB(step);
    const [table, row, column] = this.bringB(step, part);
    const { width, length } = this;
    const count = part.count * panelCount(width, widthB);
    this.pack([table, 4 * column, 4 * row, width, length, widthB], count, this.isSeenA);
  }

  /** Packs the b of all products on all threads. */
  private packShared(meanwhile: () => void): void {
    const { width, length } = this;
    const [table, row, column] = this.bringB(0, this.partB(0));
    const numbers = [table, 4 * column, 4 * row, width, length, widthB];
    this.pack(numbers, panelCount(width, widthB), true, meanwhile);
  }

  /** Copies right operands in. @returns the address in a table where they stand, and their steps along rows and columns */
  private bringB(step: number, part: Part): readonly [number, number, number] {
    const panels = this.base + this.panelsB[step % 2]!;
    const table = this.base + this.tables[step % 2]! + wordsOfA;
    const place = this.placing(table, panels, panelLines(this.width, widthB) * this.length);
    return [4 * table, ...bring(this.made, this.b, part, this.base + this.sources[1], place)];
  }

  /** Writes into a table where a matrix and its panels are. */
  private placing(table: number, panels: number, size: number): (index: number, at: number) => void {
    const { words } = this.made;
    return (i, at) => {
      words[table + i * entryLength] = 4 * at;
      words[table + i * entryLength + 1] = 4 * (panels + i * size);
    };
  }

  private get hasBiasOfRows(): boolean {
    const { bias } = this.product;
    return bias !== undefined && bias.row !== 0;
  }

  /** Where sums begin, as the kernel is told: at nothing, at what is there, or at a bias for each column. */
  private begin(): number {
    const { bias } = this.product;
    if (this.inner > 0 || this.hasBiasOfRows) return 1;
    if (bias === undefined) return 0;
    const at = this.base + this.bias;
    fillBias(bias, 0, this.column, 1, this.width, this.made.floats, at);
    return 4 * at;
  }

  private multiplyStep(step: number, meanwhile: () => void): void {
    const { made, length, width } = this;
    const { count, rows } = this.part(step);
    const table = 4 * (this.base + this.tables[step % 2]!);
    const outRow = this.isSeenOut ? this.out.matrix.row : width;
    const sizes = [this.rowBytes, 4 * outRow, rows, width, length];
    const numbers = [table, ...sizes, this.begin(), 4 * (this.base + this.spare)];
    const grain = Math.max(1, Math.floor(partWork / (widthA * blockColumns * Math.max(1, length))));
    const blocks = count * made.exports.productBlocks(rows, width);
    // On one thread a kernel need not be called for each part: results do not depend on them.
    const isOne = made.threads === 1;
    made.parallel("multiplyPanels32", numbers, blocks, isOne ? blocks : grain, meanwhile);
  }

  private finish(step: number): void {
    if (this.isSeenOut) return;
    takeOut(this.made, this.out, this.part(step), this.base + this.sums[step % 2]!);
  }
}

/** How many panels there are for so many lines, and how many lines these have. */
const panelCount = (lines: number, width: number): number => Math.ceil(lines / width);
const panelLines = (lines: number, width: number): number => panelCount(lines, width) * width;

/** Products of one size, m, n and k all above 0 but for k. */
export function multiplyPanels(product: Product, starts: Starts): void {
  const { m, n, k } = product;
  const isThreaded = starts.out.length * m * n * k >= leastForThreads(threadedWork);
  const arrays = [product.a.values, product.b.values, product.out.values];
  const made = (isThreaded ? parallelKernels(...arrays) : kernels(...arrays))!;
  if (isThreaded) made.rouse();
  new Panels(made, product, starts).multiply();
}
