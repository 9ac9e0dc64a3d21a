// Reductions of float32 elements: rows into one number each, or lines into one line, where either lies dense in memory.
// Sums are in double precision, but for up to 64 numbers at a time, which are added in single precision.

import { bool, float32 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { copyLines, placeToRead } from "../../kernels/copy.ts";
import type { Kernels } from "../../kernels/instance.ts";
import { kernelsFor } from "../../kernels/use.ts";
import type { NormAttributes } from "../../ops/norms.ts";
import type { ReductionAttributes } from "../../ops/reductions.ts";
import { planReduction } from "../reference/reductions.ts";
import { forEachRun, type Walk } from "../reference/walk.ts";
import type { Row, Rows } from "./device.ts";

/** Elements copied in at a time: they stay in the second cache, and memory is read at its full speed. */
const blockLength = 2 ** 17;
/** From how many numbers that lie together on threads pay. */
const leastThreaded = 2 ** 18;
/** Shorter lines that lie apart are left to the reference. */
const shortLine = 64;

/** Folds a row that is in the kernels' memory. */
type FoldRow =
  | "total32"
  | "factors32"
  | "largest32"
  | "smallest32"
  | "nonzeros32"
  | "magnitudeTotal32"
  | "squareTotal32";
/** Folds lines that are in the kernels' memory into a line of accumulated numbers there. */
type FoldLines = (
  exports: Kernels["exports"],
  at: number,
  lines: number,
  columns: number,
  into: number,
) => void;

/** How a reduction folds. */
interface Fold {
  readonly initial: number;
  readonly row: FoldRow;
  readonly together: (a: number, b: number) => number;
  /** What an accumulated number comes to in the end. */
  readonly finish?: (accumulated: number, count: number) => number;
  /** Lines side by side, accumulated in single or double precision. */
  readonly lines?: { readonly fold: FoldLines; readonly isDouble: boolean };
}

const add = (a: number, b: number): number => a + b;

const folds = {
  sum: {
    initial: 0,
    row: "total32",
    together: add,
    lines: {
      fold: ({ lineTotals32 }, at, lines, columns, into) => lineTotals32(at, lines, columns, into),
      isDouble: true,
    },
  },
  prod: {
    initial: 1,
    row: "factors32",
    together: (a, b) => a * b,
  },
  amax: {
    initial: Number.NEGATIVE_INFINITY,
    row: "largest32",
    together: Math.max,
    lines: {
      fold: ({ lineLargest32 }, at, lines, columns, into) => lineLargest32(at, lines, columns, into),
      isDouble: false,
    },
  },
  amin: {
    initial: Number.POSITIVE_INFINITY,
    row: "smallest32",
    together: Math.min,
    lines: {
      fold: ({ lineSmallest32 }, at, lines, columns, into) => lineSmallest32(at, lines, columns, into),
      isDouble: false,
    },
  },
  any: {
    initial: 0,
    row: "nonzeros32",
    together: add,
    finish: (nonzeros) => (nonzeros > 0 ? 1 : 0),
  },
  all: {
    initial: 0,
    row: "nonzeros32",
    together: add,
    finish: (nonzeros, count) => (nonzeros === count ? 1 : 0),
  },
} satisfies Readonly<Record<string, Fold>>;

/** The folds of p-norms, by the order. */
const normFolds: ReadonlyMap<number, Fold> = new Map<number, Fold>([
  [1, { initial: 0, row: "magnitudeTotal32", together: add }],
  [
    2,
    {
      initial: 0,
      row: "squareTotal32",
      together: add,
      finish: Math.sqrt,
    },
  ],
]);

type Numbers = Float32Array | Uint8Array;

/** Folds each row of `folded` elements: as many rows as fit a block are taken at once where they lie one behind another. */
function foldRows(
  fold: Fold,
  made: Kernels,
  source: Float32Array,
  target: Numbers,
  kept: Walk,
  folded: Walk,
  count: number,
): void {
  const { exports, start } = made;
  const { run } = folded;
  const isOneRun = folded.shape.length === 0;
  const [toStep, step] = [kept.steps[0]!, kept.steps[1]!];
  const store = (place: number, value: number): void => {
    target[place] = fold.finish === undefined ? value : fold.finish(value, count);
  };
  const together = isOneRun && step === run && run <= blockLength ? Math.floor(blockLength / run) : 1;
  let result = fold.initial;
  const visit = (from: number): void => {
    if (made.threads > 1 && run > blockLength) {
      const at = source.byteOffset + 4 * from;
      const results = made.inParts(fold.row, [at], [4], run, blockLength)!;
      for (let part = 0; part * blockLength < run; part++) result = fold.together(result, results[part]!);
      return;
    }
    for (let done = 0; done < run; done += blockLength) {
      const n = Math.min(blockLength, run - done);
      const at = placeToRead(made, source, from + done, n, start);
      result = fold.together(result, exports[fold.row](at, n));
    }
  };
  forEachRun(kept, (at) => {
    for (let i = 0; i < kept.run; i += together) {
      const rows = Math.min(together, kept.run - i);
      const base = at[1]! + i * step;
      if (rows > 1) {
        const first = placeToRead(made, source, base, rows * run, start);
        for (let r = 0; r < rows; r++) {
          store(at[0]! + (i + r) * toStep, exports[fold.row](first + 4 * r * run, run));
        }
      } else {
        result = fold.initial;
        if (isOneRun) visit(base);
        else forEachRun(folded, (inner) => visit(base + inner[0]!));
        store(at[0]! + i * toStep, result);
      }
    }
  });
}

/** Folds lines of `kept.run` elements side by side, up to a block of columns at a time. */
function foldLines(
  { initial, lines }: Fold,
  made: Kernels,
  source: Float32Array,
  target: Numbers,
  kept: Walk,
  folded: Walk,
): void {
  const { fold, isDouble } = lines!;
  const width = Math.min(kept.run, blockLength / 4);
  const height = Math.max(1, Math.floor(blockLength / width));
  const into = made.scratch(4 * width * height + 8 * width + 8) + 4 * width * height;
  const { exports, bytes, start } = made;
  const accumulated = isDouble
    ? new Float64Array(bytes.buffer, (into + 7) & -8, width)
    : new Float32Array(bytes.buffer, into, width);
  const [toStep, lineStep] = [kept.steps[0]!, folded.steps[0]!];
  const foldFrom = (base: number, columns: number): void => {
    const isDense = lineStep === columns;
    for (let r = 0; r < folded.run; r += height) {
      const n = Math.min(height, folded.run - r);
      const from = base + r * lineStep;
      const at = isDense ? placeToRead(made, source, from, n * columns, start) : start;
      if (!isDense) copyLines(made, start, source, from, lineStep, n, columns);
      fold(exports, at, n, columns, accumulated.byteOffset);
    }
  };
  forEachRun(kept, (at) => {
    for (let done = 0; done < kept.run; done += width) {
      const columns = Math.min(width, kept.run - done);
      const base = at[1]! + done;
      accumulated.fill(initial);
      if (folded.shape.length === 0) foldFrom(base, columns);
      else forEachRun(folded, (inner) => foldFrom(base + inner[0]!, columns));
      const to = at[0]! + done * toStep;
      for (let j = 0; j < columns; j++) target[to + j * toStep] = accumulated[j]!;
    }
  });
}

/** @returns false, with nothing done, where neither rows nor lines lie dense */
function folds32(fold: Fold, input: Operand, output: Operand, axes: readonly number[]): boolean {
  const { size } = input.layout;
  if (input.layout.dtype !== float32 || size === 0) return false;
  const { kept, folded } = planReduction(input.layout, output.layout, axes);
  const source = input.storage.view(float32) as Float32Array;
  const target = output.storage.view(output.layout.dtype) as Numbers;
  const made = kernelsFor(folded.run, leastThreaded, source)!;
  const isSingle = folded.shape.length === 0 && folded.run === 1;
  if (folded.steps[0] === 1 && !isSingle) {
    made.scratch(4 * blockLength);
    foldRows(fold, made, source, target, kept, folded, size / output.layout.size);
    return true;
  }
  const isDense = folded.steps[0] === kept.run || kept.run >= shortLine;
  if (kept.steps[1] !== 1 || kept.run === 1 || fold.lines === undefined || !isDense) return false;
  foldLines(fold, made, source, target, kept, folded);
  return true;
}

/** From how many elements on the call pays. */
const least = 1024;

const sizeOf = ([input]: readonly Operand[]): number => input!.layout.size;

function reductionRow(fold: Fold, result: typeof float32 | typeof bool): Row<never> {
  const row: Row<ReductionAttributes> = {
    work: sizeOf,
    least,
    run: ([input], [output], { axes }) =>
      output!.layout.dtype === result && folds32(fold, input!, output!, axes),
  };
  return row as Row<never>;
}

const vectorNorm: Row<NormAttributes> = {
  work: sizeOf,
  least,
  run: ([input], [output], { axes, order }) => {
    const fold = normFolds.get(order);
    return fold !== undefined && output!.layout.dtype === float32 && folds32(fold, input!, output!, axes);
  },
};

export const reductionRows: Rows = {
  sum: reductionRow(folds.sum, float32),
  prod: reductionRow(folds.prod, float32),
  amax: reductionRow(folds.amax, float32),
  amin: reductionRow(folds.amin, float32),
  any: reductionRow(folds.any, bool),
  all: reductionRow(folds.all, bool),
  vectorNorm: vectorNorm as Row<never>,
};
