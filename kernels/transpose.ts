// Matrices turned: target[j, i] = source[i, j] for elements of 1, 2, 4, 8 and 16 bytes, by squares of elements that are
// interleaved in vectors. A square at the end of a line overlaps the one before it; where there are fewer lines than a square
// has, what is read and written behind the last one is of no meaning: a square's sides of lines have to be free there.

/** Lines of the source that are gone through along all columns: few enough for the first cache, more than a cache line. */
const strip: i32 = 64;

/** Where the square begins: at the last place that a whole one has. */
@inline
function last(length: i32, side: i32): i32 {
  return max(0, length - side);
}

/** Steps from line to line are bytes, here and below. */
export function transpose8(source: usize, step: usize, target: usize, to: usize, rows: i32, columns: i32): void {
  for (let top = 0; top < rows; top += strip) {
    const bottom = min(top + strip, rows);
    for (let j = 0; j < columns; j += 8) {
      const column = min(j, last(columns, 8));
      for (let i = top; i < bottom; i += 8) {
        const row = min(i, last(rows, 8));
        square8(source + <usize>row * step + <usize>column, step, target + <usize>column * to + <usize>row, to);
      }
    }
  }
}

function square8(at: usize, step: usize, to: usize, toStep: usize): void {
  const a = pairs8(at, step);
  const b = pairs8(at + 2 * step, step);
  const c = pairs8(at + 4 * step, step);
  const d = pairs8(at + 6 * step, step);
  const lowAB = v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  const highAB = v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
  const lowCD = v128.shuffle<u16>(c, d, 0, 8, 1, 9, 2, 10, 3, 11);
  const highCD = v128.shuffle<u16>(c, d, 4, 12, 5, 13, 6, 14, 7, 15);
  let line = to;
  line = storeHalves(line, toStep, v128.shuffle<u32>(lowAB, lowCD, 0, 4, 1, 5));
  line = storeHalves(line, toStep, v128.shuffle<u32>(lowAB, lowCD, 2, 6, 3, 7));
  line = storeHalves(line, toStep, v128.shuffle<u32>(highAB, highCD, 0, 4, 1, 5));
  storeHalves(line, toStep, v128.shuffle<u32>(highAB, highCD, 2, 6, 3, 7));
}

/** Eight bytes of two lines by turns. */
@inline
function pairs8(at: usize, step: usize): v128 {
  const even = v128.load64_zero(at);
  const odd = v128.load64_zero(at + step);
  return v128.shuffle<u8>(even, odd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** Writes the halves to two lines. @returns the line behind them */
@inline
function storeHalves(line: usize, step: usize, both: v128): usize {
  v128.store64_lane(line, both, 0);
  v128.store64_lane(line + step, both, 1);
  return line + 2 * step;
}

export function transpose16(source: usize, step: usize, target: usize, to: usize, rows: i32, columns: i32): void {
  for (let top = 0; top < rows; top += strip) {
    const bottom = min(top + strip, rows);
    for (let j = 0; j < columns; j += 8) {
      const column = min(j, last(columns, 8));
      for (let i = top; i < bottom; i += 8) {
        const row = min(i, last(rows, 8));
        square16(
          source + <usize>row * step + (<usize>column << 1),
          step,
          target + <usize>column * to + (<usize>row << 1),
          to,
        );
      }
    }
  }
}

function square16(at: usize, step: usize, to: usize, toStep: usize): void {
  // The first four columns of all eight lines, then the others.
  const a = v128.load(at);
  const b = v128.load(at + step);
  const c = v128.load(at + 2 * step);
  const d = v128.load(at + 3 * step);
  const e = v128.load(at + 4 * step);
  const f = v128.load(at + 5 * step);
  const g = v128.load(at + 6 * step);
  const h = v128.load(at + 7 * step);
  columns32(
    v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11),
    v128.shuffle<u16>(c, d, 0, 8, 1, 9, 2, 10, 3, 11),
    v128.shuffle<u16>(e, f, 0, 8, 1, 9, 2, 10, 3, 11),
    v128.shuffle<u16>(g, h, 0, 8, 1, 9, 2, 10, 3, 11),
    to,
    toStep,
  );
  columns32(
    v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15),
    v128.shuffle<u16>(c, d, 4, 12, 5, 13, 6, 14, 7, 15),
    v128.shuffle<u16>(e, f, 4, 12, 5, 13, 6, 14, 7, 15),
    v128.shuffle<u16>(g, h, 4, 12, 5, 13, 6, 14, 7, 15),
    to + 4 * toStep,
    toStep,
  );
}

/** Four lines of 32-bit words as columns: words, or pairs of 16-bit elements by turns. */
@inline
function columns32(a: v128, b: v128, c: v128, d: v128, to: usize, step: usize): void {
  const lowAB = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
  const highAB = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const lowCD = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
  const highCD = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<u64>(lowAB, lowCD, 0, 2));
  v128.store(to + step, v128.shuffle<u64>(lowAB, lowCD, 1, 3));
  v128.store(to + 2 * step, v128.shuffle<u64>(highAB, highCD, 0, 2));
  v128.store(to + 3 * step, v128.shuffle<u64>(highAB, highCD, 1, 3));
}

export function transpose32(source: usize, step: usize, target: usize, to: usize, rows: i32, columns: i32): void {
  for (let top = 0; top < rows; top += strip) {
    const bottom = min(top + strip, rows);
    for (let j = 0; j < columns; j += 4) {
      const column = min(j, last(columns, 4));
      for (let i = top; i < bottom; i += 4) {
        const row = min(i, last(rows, 4));
        square32(
          source + <usize>row * step + (<usize>column << 2),
          step,
          target + <usize>column * to + (<usize>row << 2),
          to,
        );
      }
    }
  }
}

@inline
function square32(at: usize, step: usize, to: usize, toStep: usize): void {
  columns32(
    v128.load(at),
    v128.load(at + step),
    v128.load(at + 2 * step),
    v128.load(at + 3 * step),
    to,
    toStep,
  );
}

export function transpose64(source: usize, step: usize, target: usize, to: usize, rows: i32, columns: i32): void {
  for (let top = 0; top < rows; top += strip) {
    const bottom = min(top + strip, rows);
    for (let j = 0; j < columns; j += 2) {
      const column = min(j, last(columns, 2));
      for (let i = top; i < bottom; i += 2) {
        const row = min(i, last(rows, 2));
        const at = source + <usize>row * step + (<usize>column << 3);
        const a = v128.load(at);
        const b = v128.load(at + step);
        const line = target + <usize>column * to + (<usize>row << 3);
        v128.store(line, v128.shuffle<u64>(a, b, 0, 2));
        v128.store(line + to, v128.shuffle<u64>(a, b, 1, 3));
      }
    }
  }
}

export function transpose128(source: usize, step: usize, target: usize, to: usize, rows: i32, columns: i32): void {
  for (let top = 0; top < rows; top += strip) {
    const bottom = min(top + strip, rows);
    for (let j = 0; j < columns; j++) {
      for (let i = top; i < bottom; i++) {
        v128.store(
          target + <usize>j * to + (<usize>i << 4),
          v128.load(source + <usize>i * step + (<usize>j << 4)),
        );
      }
    }
  }
}
