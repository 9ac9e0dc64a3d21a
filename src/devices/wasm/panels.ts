// Products of single-precision matrices of more than a few rows (kernels/product.ts), in steps. Operands in the kernels' memory
// are read from there and results that belong there are written where they belong; a left operand whose rows are not dense is
// packed into panels (kernels/pack.ts) before, by all threads. What lies elsewhere is copied: while threads multiply one step
// the caller copies out what the last one gave, and copies in and packs what the next one needs.

import type { Kernels } from "../../kernels/instance.ts";
import { leastForThreads } from "../../kernels/threads.ts";
import { kernels, parallelKernels } from "../../kernels/use.ts";
import type { MatrixProduct, Starts } from "../reference/matrix.ts";
import { bringRows, fillBias } from "./matrices.ts";
import { bring, type Part, roomFor, type Stack, takeOut } from "./stack.ts";

type Product = MatrixProduct<Float32Array>;

/** So deep are tiles at most, and so many columns of what is copied a step has: 8 MiB of b. */
const mostDepth = 2048;
const mostColumns = 1024;
/** How many elements of a, of b in a batch, and of the result a step has at most where they are copied or packed. */
const stepElements = 2 ** 19;
/** One product has so many steps where it is copied, of so many rows at least. */
const mostSteps = 8;
const leastRows = 120;
/** Products of a batch are put together until a step has so many multiplications: a sixth of a millisecond's work. */
const stepWork = 2 ** 22;
/** From so many multiplications on threads pay. */
const threadedWork = 2 ** 22;
/** A thread takes so many multiplications at a time, or packs so many elements: ten microseconds' work. */
const partWork = 2 ** 18;
const partPacking = 2 ** 15;

/** Rows of a panel and columns of a block, whose rows are a panel: see kernels/product.ts. */
const panelRows = 5;
const blockColumns = 64;
/** In a thread's own place, in elements: where it stands what is packed, and where its panels begin. */
const packedAt = 48;
const panelsAt = 64;
/** Words of an entry of a table, and which of them are addresses of a's panels, of b, and of the result; the first is a's. */
const entryLength = 4;
const panelsWord = 1;
const bWord = 2;
const resultWord = 3;

/** What packs panels is given: see kernels/pack.ts. */
type PackNumbers = [number, number, number, number, number];

/**
 * Rows of a step of one product of `m` rows: whole panels, and more than one step where there is enough to do.
 * @param length how many elements there is memory taken for with each row
 * @param isCopied whether rows are copied, which one step's are while another's are multiplied
 */
function rowsOfStep(m: number, length: number, isCopied: boolean): number {
  const wanted = isCopied ? Math.min(mostSteps, Math.round(m / leastRows)) : 1;
  const steps = Math.max(wanted, (m * length) / stepElements, 1);
  return Math.min(m, Math.ceil(m / steps / panelRows) * panelRows);
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
  /** Whether all products have one b, which is brought in once. */
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
  private readonly bias: number;
  private readonly tables: readonly number[];
  /** Where a step's part of a is copied in before it is packed, its panels, and b's part. */
  private readonly sourceA: number;
  private readonly panelsA: readonly number[];
  private readonly sourcesB: readonly number[];
  private readonly sums: readonly number[];
  /** The threads' own places, and how long one is. */
  private readonly own: number;
  private readonly ownLength: number;
  // The part that is worked on.
  private column = 0;
  private width = 0;
  private inner = 0;
  private length = 0;
  /** Steps along the rows and the columns of b where it is read, and where that of all products begins, in elements. */
  private stepsOfB: readonly [number, number] = [0, 0];
  private sharedB = 0;

  constructor(made: Kernels, product: Product, starts: Starts) {
    const { m, n, k, a, b, out } = product;
    this.made = made;
    this.product = product;
    this.a = { matrix: a, starts: starts.a };
    this.b = { matrix: b, starts: starts.b };
    this.out = { matrix: out, starts: starts.out };
    this.isSeenA = made.sees(a.values);
    this.isSeenB = made.sees(b.values);
    this.isSeenOut = made.sees(out.values) && out.column === 1 && out.row > 0;
    this.rowBytes = this.isSeenA && a.column === 1 && a.row > 0 ? 4 * a.row : 0;
    this.isShared = starts.b.every((start) => start === starts.b[0]);
    this.columns = this.isSeenB && this.isSeenOut ? n : Math.min(n, mostColumns);
    this.depth = Math.min(k, mostDepth);
    const { columns, depth } = this;
    const all = starts.out.length;
    const most = Math.max(1, Math.floor(stepElements / (Math.max(m, depth) * Math.max(depth, columns))));
    const isCopied = !this.isSeenA || !this.isSeenOut;
    const taken = Math.max(this.rowBytes > 0 ? 0 : depth, this.isSeenOut ? 0 : columns);
    this.count = Math.min(all, most, Math.ceil(stepWork / Math.max(1, m * columns * depth)));
    this.rows = all > 1 ? m : rowsOfStep(m, taken, isCopied);
    this.steps = all > 1 ? Math.ceil(all / this.count) : Math.ceil(m / this.rows);
    const { count, rows } = this;
    const hasTwo = this.steps > 1;
    this.bias = this.take(columns);
    this.tables = this.takeTwo(count * entryLength, hasTwo);
    this.sourceA = this.take(this.isSeenA ? 0 : roomFor(count * rows * depth));
    this.panelsA = this.takeTwo(this.rowBytes > 0 ? 0 : count * panelLines(rows) * depth, hasTwo);
    const countB = this.isShared ? 1 : count;
    this.sourcesB = this.takeTwo(
      this.isSeenB ? 0 : roomFor(countB * columns * depth),
      hasTwo && !this.isShared,
    );
    this.sums = this.takeTwo(this.isSeenOut ? 0 : count * rows * columns, hasTwo);
    this.ownLength = panelsAt + blockColumns * depth;
    this.own = this.take(made.threads * this.ownLength);
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
    if (this.isShared) this.bringB(0);
    if (isAhead) this.prepare(0);
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

  /** Brings in what a step needs, and packs of it what is packed before. */
  private prepare(step: number): void {
    const { words } = this.made;
    const part = this.part(step);
    this.bringA(step, { ...part, column: this.inner, columns: this.length });
    if (!this.isShared) this.bringB(step);
    const table = this.base + this.tables[step % 2]!;
    for (let i = 0; i < part.count; i++) {
      const entry = table + i * entryLength;
      words[entry + resultWord] = 4 * this.resultAt(step, part, i);
      if (this.isShared) words[entry + bWord] = 4 * this.sharedB;
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

  private bringA(step: number, part: Part): void {
    const { made, length } = this;
    const { words } = made;
    const panels = this.base + this.panelsA[step % 2]!;
    const size = panelLines(part.rows) * length;
    const table = this.base + this.tables[step % 2]!;
    const [row, column] = bring(made, this.a, part, this.base + this.sourceA, (i, at) => {
      const entry = table + i * entryLength;
      words[entry] = 4 * at;
      words[entry + panelsWord] = 4 * (panels + i * size);
    });
    if (this.rowBytes > 0) return;
    const count = part.count * panelCount(part.rows);
    const numbers: PackNumbers = [4 * table, 4 * row, 4 * column, part.rows, length];
    if (this.isSeenA) made.parallel("packPanels32", numbers, count, this.grainOf(partPacking, panelRows));
    else made.exports.packPanels32(...numbers, 0, count);
  }

  /** So many units of so many lines as a thread has work with, or packs: of all of them where there is but one thread. */
  private grainOf(work: number, lines: number): number {
    return this.made.threads === 1
      ? Number.MAX_SAFE_INTEGER
      : Math.max(1, Math.floor(work / (lines * Math.max(1, this.length))));
  }

  private bringB(step: number): void {
    const { made, isShared } = this;
    const { words } = made;
    const { first, count } = isShared ? { first: 0, count: 1 } : this.part(step);
    const part = {
      first,
      count,
      row: this.inner,
      rows: this.length,
      column: this.column,
      columns: this.width,
    };
    const table = this.base + this.tables[step % 2]!;
    this.stepsOfB = bring(made, this.b, part, this.base + this.sourcesB[step % 2]!, (i, at) => {
      if (isShared) this.sharedB = at;
      else words[table + i * entryLength + bWord] = 4 * at;
    });
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
    const [rowOfB, columnOfB] = this.stepsOfB;
    const outRow = this.isSeenOut ? this.out.matrix.row : width;
    const own = this.base + this.own;
    // Nothing of this step's b is packed yet.
    for (let thread = 0; thread < made.threads; thread++) {
      made.words[own + thread * this.ownLength + packedAt] = 0;
    }
    const numbers = [
      4 * (this.base + this.tables[step % 2]!),
      this.rowBytes,
      4 * columnOfB,
      4 * rowOfB,
      4 * outRow,
      rows,
      width,
      length,
      this.begin(),
      4 * own,
      4 * this.ownLength,
    ];
    const blocks = count * made.exports.productBlocks(rows, width);
    made.parallel(
      "multiplyPanels32",
      numbers,
      blocks,
      this.grainOf(partWork, panelRows * blockColumns),
      meanwhile,
    );
  }

  private finish(step: number): void {
    if (this.isSeenOut) return;
    takeOut(this.made, this.out, this.part(step), this.base + this.sums[step % 2]!);
  }
}

/** How many panels there are for so many rows of a, and how many rows these have. */
const panelCount = (rows: number): number => Math.ceil(rows / panelRows);
const panelLines = (rows: number): number => panelCount(rows) * panelRows;

/** Products of one size, m, n and k all above 0 but for k. */
export function multiplyPanels(product: Product, starts: Starts): void {
  const { m, n, k } = product;
  const isThreaded = starts.out.length * m * n * k >= leastForThreads(threadedWork);
  const arrays = [product.a.values, product.b.values, product.out.values];
  const made = (isThreaded ? parallelKernels(...arrays) : kernels(...arrays))!;
  if (isThreaded) made.rouse();
  new Panels(made, product, starts).multiply();
}
