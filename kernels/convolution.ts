// Convolutions and their gradients as products out = a @ b, where b[x, j] lies wherever two tables say: at depths[x] +
// places[j]. One of the tables holds where the kernel's window stands, the other what of it is meant, and b is written
// down nowhere: what a tile reads of it is packed from the image itself.

import { pack, tileColumns, tileRows } from "./pack";
import { tile } from "./product";

/** What one part of the work is: so many filters and columns. Panels of b take 160 KiB, sums 120 KiB. */
const partFilters: i32 = 240;
const partColumns: i32 = 128;
/** Length of a panel. */
const blockDepth: i32 = 320;

/** How many bytes each thread needs at its part of `workspace`. */
export function convolutionWorkspace(): usize {
  return <usize>(partFilters + blockDepth) * partColumns * 4;
}

@inline
function partsOf(count: i32, size: i32): i32 {
  return (count + size - 1) / size;
}

/** Into how many parts the work of one unit falls. */
export function convolutionParts(filters: i32, columns: i32): i32 {
  return partsOf(filters, partFilters) * partsOf(columns, partColumns);
}

/** How many bytes `packFilters32` writes for each unit. */
export function packedFilters(filters: i32, depth: i32): usize {
  return <usize>partsOf(filters, tileRows) * tileRows * depth * 4;
}

/**
 * Packs the lines of a, `row` bytes apart, as `convolution32` reads them: [lines / 5, depth, 5]. Panels [from, to).
 * @param depths where the elements of a line are, in bytes; 0: side by side
 */
export function packFilters32(
  a: usize,
  row: isize,
  depths: usize,
  depth: i32,
  lines: i32,
  target: usize,
  from: i32,
  to: i32,
  _thread: i32,
): void {
  for (let panel = from; panel < to; panel++) {
    const first = panel * tileRows;
    const start = a + <usize>(first * row);
    const count = min(lines - first, tileRows);
    const into = target + ((<usize>first * depth) << 2);
    if (depths == 0) pack(start, row, 4, count, depth, into, tileRows);
    else packByTable(start, row, depths, depth, count, into);
  }
}

function packByTable(from: usize, row: isize, depths: usize, depth: i32, count: i32, to: usize): void {
  for (const end = depths + (<usize>depth << 2); depths < end; depths += 4) {
    let at = from + load<i32>(depths);
    for (let i = 0; i < tileRows; i++, to += 4, at += row) store<f32>(to, i < count ? load<f32>(at) : 0);
  }
}

/**
 * out[i, j] = (isAdded ? out[i, j] : 0) + bias[i] + sum over x of a[i, x] * b[x, j], for each of many units: groups, or
 * images and groups. Works on the parts [from, to).
 * @param a packed by `packFilters32`; unit u takes what lies u % groups of them further, and of the bias likewise
 * @param b unit u begins `bStep` * u further
 * @param outs where the columns of `out` lie, in bytes; 0: side by side. Unit u begins `outStep` * u further
 * @param bias one number for each filter, or 0: none
 */
export function convolution32(
  a: usize,
  b: usize,
  depths: usize,
  depth: i32,
  places: usize,
  columns: i32,
  out: usize,
  outs: usize,
  outRow: usize,
  filters: i32,
  bias: usize,
  isAdded: i32,
  groups: i32,
  bStep: usize,
  outStep: usize,
  workspace: usize,
  from: i32,
  to: i32,
  thread: i32,
): void {
  const panelsB = workspace + thread * convolutionWorkspace();
  const sums = panelsB + <usize>blockDepth * partColumns * 4;
  const filterParts = partsOf(filters, partFilters);
  const columnParts = partsOf(columns, partColumns);
  // Blocks of depth are as even as they can be.
  const blockCount = max(1, partsOf(depth, blockDepth));
  const block = partsOf(depth, blockCount);
  for (let part = from; part < to; part++) {
    const firstFilter = (part % filterParts) * partFilters;
    const rest = part / filterParts;
    const firstColumn = (rest % columnParts) * partColumns;
    const unit = rest / columnParts;
    const group = unit % groups;
    const rows = min(partFilters, filters - firstFilter);
    const width = min(partColumns, columns - firstColumn);
    const panelsA = a + group * packedFilters(filters, depth) + ((<usize>firstFilter * depth) << 2);
    const at = places + (<usize>firstColumn << 2);
    let x = 0;
    do {
      const length = min(block, depth - x);
      packPlaces(b + unit * bStep, depths + (<usize>x << 2), length, at, width, panelsB);
      panels(panelsA + <usize>x * (tileRows << 2), depth, panelsB, length, rows, width, sums, i32(x > 0));
      x += block;
    } while (x < depth);
    const target = out + unit * outStep + firstFilter * outRow;
    const added = bias == 0 ? 0 : bias + (<usize>(group * filters + firstFilter) << 2);
    const table = outs == 0 ? 0 : outs + (<usize>firstColumn << 2);
    const start = outs == 0 ? target + (<usize>firstColumn << 2) : target;
    for (let i = 0; i < rows; i++) {
      const summand = added == 0 ? <f32>0 : load<f32>(added + (<usize>i << 2));
      finish(sums + <usize>i * (partColumns << 2), start + i * outRow, table, width, summand, isAdded);
    }
  }
}

/** All tiles of a part: sums are whole tiles. */
function panels(
  a: usize,
  depthA: i32,
  b: usize,
  depth: i32,
  rows: i32,
  columns: i32,
  sums: usize,
  isAdded: i32,
): void {
  const panelA = <usize>depthA * (tileRows << 2);
  const panelB = <usize>depth * (tileColumns << 2);
  for (let j = 0; j < columns; j += tileColumns, b += panelB, sums += tileColumns << 2) {
    let from = a;
    let into = sums;
    for (let i = 0; i < rows; i += tileRows, from += panelA, into += tileRows * (partColumns << 2)) {
      tile(from, 4, tileRows << 2, b, depth, into, partColumns << 2, isAdded ? into : 0, partColumns << 2);
    }
  }
}

/** A row of sums to where it belongs. */
function finish(from: usize, to: usize, table: usize, count: i32, summand: f32, isAdded: i32): void {
  let j = 0;
  if (table == 0) {
    const summands = f32x4.splat(summand);
    for (; j + 4 <= count; j += 4, from += 16, to += 16) {
      let sum = f32x4.add(v128.load(from), summands);
      if (isAdded) sum = f32x4.add(sum, v128.load(to));
      v128.store(to, sum);
    }
    for (; j < count; j++, from += 4, to += 4) {
      const sum = load<f32>(from) + summand;
      store<f32>(to, isAdded ? load<f32>(to) + sum : sum);
    }
    return;
  }
  for (; j < count; j++, from += 4, table += 4) {
    const at = to + load<i32>(table);
    const sum = load<f32>(from) + summand;
    store<f32>(at, isAdded ? load<f32>(at) + sum : sum);
  }
}

/** Panels of 8 columns, the last one filled up with its last column. */
function packPlaces(b: usize, depths: usize, depth: i32, places: usize, columns: i32, to: usize): void {
  const panel = <usize>depth * (tileColumns << 2);
  for (let j = 0; j < columns; j += tileColumns, to += panel, places += tileColumns << 2) {
    if (j + tileColumns > columns) {
      packRest(b, depths, depth, places, columns - j, to);
      continue;
    }
    const first = distance(places);
    const second = distance(places + 16);
    if (first == 4 && second == 4) packRuns(b, depths, depth, load<i32>(places), load<i32>(places, 16), to);
    else if (first == 8 && second == 8) packEven(b, depths, depth, load<i32>(places), load<i32>(places, 16), to);
    else if (first == 0 && distance(depths) != 0) {
      packLines(b, depths, depth, places, to);
      packLines(b, depths, depth, places + 16, to + 16);
    } else {
      packHalf(b, depths, depth, places, to);
      packHalf(b, depths, depth, places + 16, to + 16);
    }
  }
}

/** How far four places lie apart, where that is 4 or 8 bytes everywhere; else 0. */
@inline
function distance(table: usize): i32 {
  const first = load<i32>(table, 4) - load<i32>(table);
  const second = load<i32>(table, 8) - load<i32>(table, 4);
  const third = load<i32>(table, 12) - load<i32>(table, 8);
  return first == second && second == third && (first == 4 || first == 8) ? first : 0;
}

/** Two runs of four elements. */
function packRuns(b: usize, depths: usize, depth: i32, first: usize, second: usize, to: usize): void {
  for (const end = depths + (<usize>depth << 2); depths < end; depths += 4, to += 32) {
    const from = b + load<i32>(depths);
    v128.store(to, v128.load(from + first));
    v128.store(to, v128.load(from + second), 16);
  }
}

/** Two runs of four, of which every second element is meant. */
function packEven(b: usize, depths: usize, depth: i32, first: usize, second: usize, to: usize): void {
  for (const end = depths + (<usize>depth << 2); depths < end; depths += 4, to += 32) {
    const from = b + load<i32>(depths);
    v128.store(to, even(from + first));
    v128.store(to, even(from + second), 16);
  }
}

/** Every second one of seven elements. */
@inline
function even(at: usize): v128 {
  return v128.shuffle<f32>(v128.load(at), v128.load(at, 16), 0, 2, 4, 6);
}

/** Four columns, wherever they lie. */
function packHalf(b: usize, depths: usize, depth: i32, places: usize, to: usize): void {
  const p0 = load<i32>(places);
  const p1 = load<i32>(places, 4);
  const p2 = load<i32>(places, 8);
  const p3 = load<i32>(places, 12);
  const each = distance(places);
  for (const end = depths + (<usize>depth << 2); depths < end; depths += 4, to += 32) {
    const from = b + load<i32>(depths);
    if (each == 4) v128.store(to, v128.load(from + p0));
    else if (each == 8) v128.store(to, even(from + p0));
    else {
      store<f32>(to, load<f32>(from + p0));
      store<f32>(to, load<f32>(from + p1), 4);
      store<f32>(to, load<f32>(from + p2), 8);
      store<f32>(to, load<f32>(from + p3), 12);
    }
  }
}

/** Four elements, side by side or every second one or wherever the table says. */
@inline
function four(from: usize, table: usize, each: i32): v128 {
  if (each == 4) return v128.load(from + load<i32>(table));
  if (each == 8) return even(from + load<i32>(table));
  let result = v128.load32_zero(from + load<i32>(table));
  result = v128.load_lane<f32>(from + load<i32>(table, 4), result, 1);
  result = v128.load_lane<f32>(from + load<i32>(table, 8), result, 2);
  return v128.load_lane<f32>(from + load<i32>(table, 12), result, 3);
}

/** Four columns that are lines side by side in depth: 4 x 4 elements are turned at a time. */
function packLines(b: usize, depths: usize, depth: i32, places: usize, to: usize): void {
  const p0 = b + load<i32>(places);
  const p1 = b + load<i32>(places, 4);
  const p2 = b + load<i32>(places, 8);
  const p3 = b + load<i32>(places, 12);
  let x = 0;
  for (; x + 4 <= depth; x += 4, depths += 16, to += 128) {
    const each = distance(depths);
    const r0 = four(p0, depths, each);
    const r1 = four(p1, depths, each);
    const r2 = four(p2, depths, each);
    const r3 = four(p3, depths, each);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store(to, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 32);
    v128.store(to, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 64);
    v128.store(to, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 96);
  }
  for (; x < depth; x++, depths += 4, to += 32) {
    const at = load<i32>(depths);
    store<f32>(to, load<f32>(p0 + at));
    store<f32>(to, load<f32>(p1 + at), 4);
    store<f32>(to, load<f32>(p2 + at), 8);
    store<f32>(to, load<f32>(p3 + at), 12);
  }
}

/** Fewer than 8 columns. */
function packRest(b: usize, depths: usize, depth: i32, places: usize, count: i32, to: usize): void {
  for (const end = depths + (<usize>depth << 2); depths < end; depths += 4) {
    const from = b + load<i32>(depths);
    for (let j = 0; j < tileColumns; j++, to += 4) {
      store<f32>(to, load<f32>(from + load<i32>(places + (<usize>min(j, count - 1) << 2))));
    }
  }
}
