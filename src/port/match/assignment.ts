// The assignment problem: which row takes which column so that the sum of the scores is largest (H. W. Kuhn, "The
// Hungarian method", 1955; in the form with potentials, O(rows^2 columns)).

/** A pair that cannot be. */
export const impossible: number = Number.NEGATIVE_INFINITY;

const forbidden = 1e9;

/**
 * The column of each row, each column taken once; -1 where a row goes empty, which it does where it must or where every
 * pair that is left is impossible.
 * @param score how good a pair is; `impossible` where it cannot be
 */
export function assign(
  rows: number,
  columns: number,
  score: (row: number, column: number) => number,
): number[] {
  if (rows === 0 || columns === 0) return new Array<number>(rows).fill(-1);
  const wide = Math.max(rows, columns);
  const cost = (row: number, column: number): number => {
    const value = column < columns ? score(row, column) : impossible;
    return value === impossible ? forbidden : -value;
  };
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(wide + 1);
  const rowOf = new Int32Array(wide + 1);
  for (let row = 1; row <= rows; row++) augment(row, wide, cost, rowPotential, columnPotential, rowOf);
  const result = new Array<number>(rows).fill(-1);
  for (let column = 1; column <= columns; column++) {
    const row = rowOf[column]!;
    if (row > 0 && score(row - 1, column - 1) !== impossible) result[row - 1] = column - 1;
  }
  return result;
}

/** One more row is given a column, along the cheapest path of exchanges. */
function augment(
  row: number,
  wide: number,
  cost: (row: number, column: number) => number,
  rowPotential: Float64Array,
  columnPotential: Float64Array,
  rowOf: Int32Array,
): void {
  const least = new Float64Array(wide + 1).fill(Number.POSITIVE_INFINITY);
  const before = new Int32Array(wide + 1);
  const isDone = new Uint8Array(wide + 1);
  rowOf[0] = row;
  let column = 0;
  do {
    isDone[column] = 1;
    const current = rowOf[column]!;
    let delta = Number.POSITIVE_INFINITY;
    let next = 0;
    for (let j = 1; j <= wide; j++) {
      if (isDone[j] === 1) continue;
      const reduced = cost(current - 1, j - 1) - rowPotential[current]! - columnPotential[j]!;
      if (reduced < least[j]!) {
        least[j] = reduced;
        before[j] = column;
      }
      if (least[j]! < delta) {
        delta = least[j]!;
        next = j;
      }
    }
    for (let j = 0; j <= wide; j++) {
      if (isDone[j] === 1) {
        rowPotential[rowOf[j]!]! += delta;
        columnPotential[j]! -= delta;
      } else least[j]! -= delta;
    }
    column = next;
  } while (rowOf[column] !== 0);
  do {
    const previous = before[column]!;
    rowOf[column] = rowOf[previous]!;
    column = previous;
  } while (column !== 0);
}
