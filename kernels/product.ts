// The product of two single-precision matrices: blocks of both are packed into panels that a tile of 5 x 8 sums reads one
// after another. The order of loops is Goto's and van de Geijn's ("Anatomy of High-Performance Matrix Multiplication").

/**
 * Rows and columns of a tile of sums: ten vectors of sums, which with their operands fit into sixteen registers. Measured
 * on an AMD EPYC in V8: 5 x 8 runs at 53 GFLOP/s, 4 x 8 at 42, 3 x 12 and 10 x 4 at 48; 6 x 8 does not fit.
 */
const tileRows: i32 = 5;
const tileColumns: i32 = 8;
/** Length of a panel: one of b's (8 KiB) stays in the first cache, with what is read of a. */
const blockDepth: i32 = 256;
/** Rows of a packed at a time: 120 KiB, which stay in the second cache. */
const blockRows: i32 = 120;
/** Columns of b packed at a time: 1 MiB. */
const blockColumns: i32 = 1024;

/** How many bytes `product32` needs at its `workspace`: panels of a, panels of b, and one tile. */
export function productWorkspace(): usize {
  return <usize>(blockRows + blockColumns) * blockDepth * 4 + tileRows * tileColumns * 4;
}

/**
 * out[i, j] = (isAdded ? out[i, j] : 0) + sum over x of a[i, x] * b[x, j], for `m` rows and `n` columns. Steps are bytes.
 * Of a's two steps one must be 4, and of b's; rows of `out` are dense.
 */
export function product32(
  a: usize,
  aRow: isize,
  aColumn: isize,
  b: usize,
  bRow: isize,
  bColumn: isize,
  out: usize,
  outRow: usize,
  m: i32,
  n: i32,
  k: i32,
  isAdded: i32,
  workspace: usize,
): void {
  const panelsB = workspace + <usize>blockRows * blockDepth * 4;
  for (let j = 0; j < n; j += blockColumns) {
    const columns = min(n - j, blockColumns);
    for (let x = 0; x < k; x += blockDepth) {
      const depth = min(k - x, blockDepth);
      pack(b + <isize>x * bRow + <isize>j * bColumn, bColumn, bRow, columns, depth, panelsB, tileColumns);
      for (let i = 0; i < m; i += blockRows) {
        const rows = min(m - i, blockRows);
        pack(a + <isize>i * aRow + <isize>x * aColumn, aRow, aColumn, rows, depth, workspace, tileRows);
        const target = out + <usize>i * outRow + (<usize>j << 2);
        panels(workspace, panelsB, target, outRow, rows, columns, depth, isAdded | i32(x > 0));
      }
    }
  }
}

/** All tiles of packed panels. */
function panels(
  a: usize,
  b: usize,
  out: usize,
  outRow: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  isAdded: i32,
): void {
  const spare = a + <usize>(blockRows + blockColumns) * blockDepth * 4;
  for (let j = 0; j < columns; j += tileColumns) {
    const panelB = b + ((<usize>j * depth) << 2);
    for (let i = 0; i < rows; i += tileRows) {
      const panelA = a + ((<usize>i * depth) << 2);
      const target = out + <usize>i * outRow + (<usize>j << 2);
      if (i + tileRows <= rows && j + tileColumns <= columns) {
        tile(panelA, panelB, depth, target, outRow, isAdded);
      } else {
        tile(panelA, panelB, depth, spare, tileColumns << 2, 0);
        movePart(spare, target, outRow, min(rows - i, tileRows), min(columns - j, tileColumns), isAdded);
      }
    }
  }
}

/** What of a tile lies within the matrix. */
function movePart(from: usize, out: usize, outRow: usize, rows: i32, columns: i32, isAdded: i32): void {
  for (let i = 0; i < rows; i++, from += tileColumns << 2, out += outRow) {
    if (columns == tileColumns) {
      put(out, v128.load(from), v128.load(from, 16), isAdded);
      continue;
    }
    for (let j = 0; j < columns; j++) {
      const sum = load<f32>(from + (<usize>j << 2));
      const at = out + (<usize>j << 2);
      store<f32>(at, isAdded ? load<f32>(at) + sum : sum);
    }
  }
}

/**
 * A tile of 5 x 8 sums over panels of 5 and 8 lines. V8 keeps all sums in registers only while nothing but these stores
 * follows the loop: parts of a tile are therefore stored whole elsewhere first.
 */
function tile(a: usize, b: usize, depth: i32, out: usize, outRow: usize, isAdded: i32): void {
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  let s40 = s00;
  let s41 = s00;
  for (const end = a + <usize>depth * (tileRows << 2); a < end; a += tileRows << 2, b += tileColumns << 2) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let factor = v128.load_splat<f32>(a);
    s00 = f32x4.add(s00, f32x4.mul(factor, b0));
    s01 = f32x4.add(s01, f32x4.mul(factor, b1));
    factor = v128.load_splat<f32>(a, 4);
    s10 = f32x4.add(s10, f32x4.mul(factor, b0));
    s11 = f32x4.add(s11, f32x4.mul(factor, b1));
    factor = v128.load_splat<f32>(a, 8);
    s20 = f32x4.add(s20, f32x4.mul(factor, b0));
    s21 = f32x4.add(s21, f32x4.mul(factor, b1));
    factor = v128.load_splat<f32>(a, 12);
    s30 = f32x4.add(s30, f32x4.mul(factor, b0));
    s31 = f32x4.add(s31, f32x4.mul(factor, b1));
    factor = v128.load_splat<f32>(a, 16);
    s40 = f32x4.add(s40, f32x4.mul(factor, b0));
    s41 = f32x4.add(s41, f32x4.mul(factor, b1));
  }
  put(out, s00, s01, isAdded);
  put(out + outRow, s10, s11, isAdded);
  put(out + 2 * outRow, s20, s21, isAdded);
  put(out + 3 * outRow, s30, s31, isAdded);
  put(out + 4 * outRow, s40, s41, isAdded);
}

@inline
function put(out: usize, first: v128, second: v128, isAdded: i32): void {
  if (isAdded) {
    v128.store(out, f32x4.add(v128.load(out), first));
    v128.store(out, f32x4.add(v128.load(out, 16), second), 16);
  } else {
    v128.store(out, first);
    v128.store(out, second, 16);
  }
}

/** Lines as panels of `width` (5 or 8): [lines / width, depth, width], the last one filled up with zeros. */
function pack(from: usize, line: isize, step: isize, lines: i32, depth: i32, to: usize, width: i32): void {
  const panel = <usize>(depth * width) << 2;
  let i = 0;
  for (; i + width <= lines; i += width, to += panel, from += <isize>width * line) {
    if (line != 4) turn(from, line, depth, to, width);
    else if (width == tileColumns) copy8(from, step, to, to + panel);
    else copy5(from, step, to, to + panel);
  }
  if (i < lines) packRest(from, line, step, lines - i, depth, to, width);
}

function copy8(from: usize, step: isize, to: usize, end: usize): void {
  for (; to < end; to += 32, from += step) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
  }
}

function copy5(from: usize, step: isize, to: usize, end: usize): void {
  for (; to < end; to += 20, from += step) {
    v128.store(to, v128.load(from));
    store<f32>(to, load<f32>(from, 16), 16);
  }
}

/** Dense lines side by side. */
@inline
function turn(from: usize, line: isize, depth: i32, to: usize, width: i32): void {
  turn4(from, line, depth, to, <usize>width << 2);
  if (width == tileColumns) turn4(from + 4 * line, line, depth, to + 16, 32);
  else turn1(from + 4 * line, depth, to + 16);
}

function turn1(from: usize, depth: i32, to: usize): void {
  for (const end = from + (<usize>depth << 2); from < end; from += 4, to += tileRows << 2) {
    store<f32>(to, load<f32>(from));
  }
}

/** Four dense lines side by side: 4 x 4 elements are turned at a time. */
function turn4(from: usize, line: isize, depth: i32, to: usize, width: usize): void {
  let x = 0;
  for (; x + 4 <= depth; x += 4, from += 16, to += 4 * width) {
    const r0 = v128.load(from);
    const r1 = v128.load(from + line);
    const r2 = v128.load(from + 2 * line);
    const r3 = v128.load(from + 3 * line);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store(to + width, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
    v128.store(to + 2 * width, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
    v128.store(to + 3 * width, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
  }
  for (; x < depth; x++, from += 4, to += width) {
    store<f32>(to, load<f32>(from));
    store<f32>(to, load<f32>(from + line), 4);
    store<f32>(to, load<f32>(from + 2 * line), 8);
    store<f32>(to, load<f32>(from + 3 * line), 12);
  }
}

function packRest(from: usize, line: isize, step: isize, lines: i32, depth: i32, to: usize, width: i32): void {
  for (let x = 0; x < depth; x++, from += step, to += <usize>width << 2) {
    for (let i = 0; i < width; i++) {
      store<f32>(to + (<usize>i << 2), i < lines ? load<f32>(from + <isize>i * line) : 0);
    }
  }
}
