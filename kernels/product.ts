// Products of single-precision matrices: a tile of 5 x 8 sums reads b, and a where its rows are not dense, from panels they
// were packed into (kernels/pack.ts). Dense rows of a are read as they lie, and each thread packs for itself what of b it
// multiplies with: where threads share panels, each product's writing them anew waits for all caches that have them. The
// blocks are Goto's and van de Geijn's ("Anatomy of High-Performance Matrix Multiplication").

import { multiplyAdd } from "./arithmetic";
import { entryBytes, pack, tileColumns, tileRows } from "./pack";

/*
 * Ten vectors of sums with their operands fit into sixteen registers. Measured on an AMD EPYC in V8: tiles of 5 x 8 run at
 * 56 GFLOP/s (of 58 to 60 that its units allow), 4 x 8 at 45, 3 x 12 at 35; 6 x 8 does not fit. Turns of the loop that do
 * two or four elements of the depth at once keep fewer sums in registers: 41 and 43.
 */

/**
 * Tiles of a block, which is what a thread does at least: those of one panel of a, which stays in the first cache, and of
 * panels of b, which stay in the second while the next panels of a pass. Tiles are as deep as panels are: where the sums of
 * parts of the depth were added up, a depth of 512 at a time took 2 to 4 percent longer than one of 1,024 or 2,048.
 */
const blockAcross: i32 = 8;

/**
 * A thread's own place: one tile of sums, behind it the address and the columns of what of b is packed, then its panels. No
 * two threads' are in one line of the cache.
 */
const packedAt: usize = 192;
const panelsAt: usize = 256;

/** How many blocks a product of `m` rows and `n` columns has: ranges of `multiplyPanels32` are of these. */
export function productBlocks(m: i32, n: i32): i32 {
  return ((m + tileRows - 1) / tileRows) * ((n + blockAcross * tileColumns - 1) / (blockAcross * tileColumns));
}

/**
 * out[i, j] = first[i, j] + sum over x of a[i, x] * b[x, j] for blocks from `from` up to `to` of a table's products, which
 * have `m` rows and `n` columns each. Rows of results are dense and `outRow` bytes apart.
 * @param aRow bytes between rows of a, which are dense, at least 5 and read as they lie; 0 where panels of a are read
 * @param bColumn bytes between columns of b, and `bRow` between rows
 * @param first 0: nothing; 1: what is in out already; else the address of a bias for each column
 * @param own where each thread has `ownBytes` of its own: 256 and a block's panels, of which 0 stands at 192 at first
 */
export function multiplyPanels32(
  table: usize,
  aRow: usize,
  bColumn: isize,
  bRow: isize,
  outRow: usize,
  m: i32,
  n: i32,
  k: i32,
  first: usize,
  own: usize,
  ownBytes: usize,
  from: i32,
  to: i32,
  thread: i32,
): void {
  const down = (m + tileRows - 1) / tileRows;
  const units = productBlocks(m, n);
  const spare = own + <usize>thread * ownBytes;
  for (let unit = from; unit < to; unit++) {
    const entry = table + <usize>(unit / units) * entryBytes;
    const i = ((unit % units) % down) * tileRows;
    const j = ((unit % units) / down) * (blockAcross * tileColumns);
    const columns = min(n - j, blockAcross * tileColumns);
    packBlock(load<u32>(entry, 8) + <isize>j * bColumn, bColumn, bRow, columns, k, spare);
    const out = load<u32>(entry, 12) + <usize>i * outRow + (<usize>j << 2);
    const isBias = first > 1;
    multiplyBlock(
      aRow ? load<u32>(entry) + <usize>i * aRow : load<u32>(entry, 4) + ((<usize>i * k) << 2),
      aRow,
      spare + panelsAt,
      out,
      outRow,
      min(m - i, tileRows),
      columns,
      k,
      isBias ? first + (<usize>j << 2) : first ? out : 0,
      isBias ? 0 : outRow,
      spare,
    );
  }
}

/** Packs a block's columns of b into a thread's own panels, unless they are there. */
function packBlock(b: usize, column: isize, row: isize, columns: i32, k: i32, spare: usize): void {
  if (load<u32>(spare, packedAt) == b && load<i32>(spare, packedAt + 4) == columns) return;
  pack(b, column, row, columns, k, spare + panelsAt, tileColumns);
  store<u32>(spare, b, packedAt);
  store<i32>(spare, columns, packedAt + 4);
}

/** All tiles of a block; `from` is the address of what its sums begin with, 0 where that is nothing. */
function multiplyBlock(
  a: usize,
  aRow: usize,
  b: usize,
  out: usize,
  outRow: usize,
  rows: i32,
  columns: i32,
  k: i32,
  from: usize,
  fromRow: usize,
  spare: usize,
): void {
  const panel = (<usize>k * tileColumns) << 2;
  const row = aRow ? aRow : 4;
  const column: usize = aRow ? 4 : tileRows << 2;
  // The last rows as they lie are taken with those before them, which are none of this block's.
  const before = aRow ? tileRows - rows : 0;
  a -= <usize>before * aRow;
  const sums = spare + <usize>before * (tileColumns << 2);
  for (let j = 0; j < columns; j += tileColumns, b += panel, out += tileColumns << 2) {
    if (rows == tileRows && j + tileColumns <= columns) {
      tile(a, row, column, b, k, out, outRow, from, fromRow);
    } else {
      tile(a, row, column, b, k, spare, tileColumns << 2, 0, 0);
      movePart(sums, out, outRow, from, fromRow, rows, min(columns - j, tileColumns));
    }
    if (from) from += tileColumns << 2;
  }
}

/** What of a tile lies within the matrix. */
function movePart(
  sums: usize,
  out: usize,
  outRow: usize,
  from: usize,
  fromRow: usize,
  rows: i32,
  columns: i32,
): void {
  for (let i = 0; i < rows; i++, sums += tileColumns << 2, out += outRow) {
    if (columns == tileColumns) {
      put(out, v128.load(sums), v128.load(sums, 16), from);
    } else {
      for (let at: usize = 0; at < <usize>columns << 2; at += 4) {
        const sum = load<f32>(sums + at);
        store<f32>(out + at, from ? load<f32>(from + at) + sum : sum);
      }
    }
    if (from) from += fromRow;
  }
}

/**
 * A tile of 5 x 8 sums over 5 rows of a and a panel of 8 lines of b, on what is at `from` where that is not 0. V8 keeps all
 * sums in registers only while nothing but these stores follows the loop: parts of a tile are therefore stored whole
 * elsewhere first.
 * @param row bytes between rows of a: 4 in a panel
 * @param column bytes between the elements of one: 20 in a panel
 */
export function tile(
  a: usize,
  row: usize,
  column: usize,
  b: usize,
  depth: i32,
  out: usize,
  outRow: usize,
  from: usize,
  fromRow: usize,
): void {
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
  let a1 = a + row;
  let a2 = a1 + row;
  let a3 = a2 + row;
  let a4 = a3 + row;
  for (const end = b + <usize>depth * (tileColumns << 2); b < end; b += tileColumns << 2) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let factor = v128.load_splat<f32>(a);
    s00 = multiplyAdd(factor, b0, s00);
    s01 = multiplyAdd(factor, b1, s01);
    factor = v128.load_splat<f32>(a1);
    s10 = multiplyAdd(factor, b0, s10);
    s11 = multiplyAdd(factor, b1, s11);
    factor = v128.load_splat<f32>(a2);
    s20 = multiplyAdd(factor, b0, s20);
    s21 = multiplyAdd(factor, b1, s21);
    factor = v128.load_splat<f32>(a3);
    s30 = multiplyAdd(factor, b0, s30);
    s31 = multiplyAdd(factor, b1, s31);
    factor = v128.load_splat<f32>(a4);
    s40 = multiplyAdd(factor, b0, s40);
    s41 = multiplyAdd(factor, b1, s41);
    a += column;
    a1 += column;
    a2 += column;
    a3 += column;
    a4 += column;
  }
  put(out, s00, s01, from);
  put(out + outRow, s10, s11, from ? from + fromRow : 0);
  put(out + 2 * outRow, s20, s21, from ? from + 2 * fromRow : 0);
  put(out + 3 * outRow, s30, s31, from ? from + 3 * fromRow : 0);
  put(out + 4 * outRow, s40, s41, from ? from + 4 * fromRow : 0);
}

@inline
function put(out: usize, first: v128, second: v128, from: usize): void {
  if (from) {
    v128.store(out, f32x4.add(v128.load(from), first));
    v128.store(out, f32x4.add(v128.load(from, 16), second), 16);
  } else {
    v128.store(out, first);
    v128.store(out, second, 16);
  }
}
