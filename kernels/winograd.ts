// Convolution with kernels of 3 x 3 by Winograd's F(2 x 2, 3 x 3) (Lavin and Gray, "Fast Algorithms for Convolutional
// Neural Networks"): 2 x 2 results from 4 x 4 elements by 16 products instead of 36. Each of the 16 is one matrix product
// over the channels, [filters, channels] @ [channels, squares].

import { tileColumns, tileRows } from "./pack";
import { tile } from "./product";

/** Squares in one part of the work, and about how many filters at most. */
const partSquares: i32 = 64;
const mostFilters: i32 = 130;
/** Channels that are summed at a time: the sums of such blocks are added, so that errors stay those of short sums. */
const mostChannels: i32 = 128;
const products: usize = 16;

@inline
function partsOf(count: i32, size: i32): i32 {
  return (count + size - 1) / size;
}

/** How many filters are in each part, whole tiles: parts are as even as they can be. */
function filtersOfPart(filters: i32): i32 {
  const panels = partsOf(filters, tileRows);
  return partsOf(panels, partsOf(panels, mostFilters / tileRows)) * tileRows;
}

/**
 * How far matrices lie apart that are written to in turn: never by whole pages, which would all take the same few places
 * in the first cache.
 */
@inline
function apart(byteLength: usize): usize {
  return ((byteLength + 4095) & ~4095) + 320;
}

@inline
function movedApart(channels: i32): usize {
  return apart(<usize>partSquares * channels * 4);
}

@inline
function sumsApart(rows: i32): usize {
  return apart(<usize>partsOf(rows, tileRows) * tileRows * partSquares * 4);
}

@inline
function filtersApart(filters: i32, channels: i32): usize {
  return apart(<usize>partsOf(filters, tileRows) * tileRows * channels * 4);
}

/** How many bytes each thread needs at its part of `workspace`. */
export function winogradWorkspace(filters: i32, channels: i32): usize {
  return products * (movedApart(channels) + sumsApart(filtersOfPart(filters)));
}

/** Into how many parts the work falls; squares are counted in rows filled up to whole fours. */
export function winogradParts(filters: i32, squares: i32): i32 {
  return partsOf(filters, filtersOfPart(filters)) * partsOf(squares, partSquares);
}

/** How many bytes `winogradFilters32` writes. */
export function winogradFilterBytes(filters: i32, channels: i32): usize {
  return products * filtersApart(filters, channels);
}

/**
 * Transforms kernels of 3 x 3, whose elements lie `step` bytes apart, and packs them: [16, filters / 5, channels, 5].
 * Panels [from, to) of filters.
 */
export function winogradFilters32(
  weight: usize,
  filterStep: isize,
  channelStep: isize,
  step: isize,
  filters: i32,
  channels: i32,
  target: usize,
  from: i32,
  to: i32,
  _thread: i32,
): void {
  const plane = filtersApart(filters, channels);
  for (let panel = from; panel < to; panel++) {
    let into = target + <usize>panel * channels * (tileRows << 2);
    const first = panel * tileRows;
    let at = weight + <usize>(first * filterStep);
    for (let channel = 0; channel < channels; channel++, at += channelStep, into += tileRows << 2) {
      let i = 0;
      if (first + 4 <= filters) {
        fourFilters(at, filterStep, step, into, plane);
        i = 4;
      }
      for (; i < tileRows; i++) {
        const to = into + (<usize>i << 2);
        if (first + i < filters) oneFilter(at + <usize>(i * filterStep), step, to, plane);
        else for (let x: usize = 0; x < products; x++) store<f32>(to + x * plane, 0);
      }
    }
  }
}

/** G g G.T with the rows of G: (1, 0, 0), (1, 1, 1) / 2, (1, -1, 1) / 2, (0, 0, 1). */
@inline
function oneFilter(at: usize, step: isize, into: usize, plane: usize): void {
  for (let column = 0; column < 3; column++, at += step) {
    const g0 = load<f32>(at);
    const g1 = load<f32>(at + 3 * step);
    const g2 = load<f32>(at + 6 * step);
    const ends: f32 = (g0 + g2) * 0.5;
    const middle: f32 = g1 * 0.5;
    const to = into + <usize>(column == 2 ? 3 : column) * plane;
    store<f32>(to, g0);
    store<f32>(to + 4 * plane, ends + middle);
    store<f32>(to + 8 * plane, ends - middle);
    store<f32>(to + 12 * plane, g2);
  }
  for (let row = 0; row < 4; row++, into += 4 * plane) {
    const middle: f32 = load<f32>(into + plane) * 0.5;
    const ends: f32 = (load<f32>(into) + load<f32>(into + 3 * plane)) * 0.5;
    store<f32>(into + plane, ends + middle);
    store<f32>(into + 2 * plane, ends - middle);
  }
}

/** The same for four filters at once. */
@inline
function fourFilters(at: usize, filterStep: isize, step: isize, into: usize, plane: usize): void {
  // Eight of the nine elements, whichever way they lie, are read as two vectors and turned.
  const low = step < 0 ? at + 8 * step : at;
  const last = low + 32;
  const a0 = v128.load(low);
  const a1 = v128.load(low + filterStep);
  const a2 = v128.load(low + 2 * filterStep);
  const a3 = v128.load(low + 3 * filterStep);
  const b0 = v128.load(low, 16);
  const b1 = v128.load(low + filterStep, 16);
  const b2 = v128.load(low + 2 * filterStep, 16);
  const b3 = v128.load(low + 3 * filterStep, 16);
  let t8 = v128.load32_zero(last);
  t8 = v128.load_lane<f32>(last + filterStep, t8, 1);
  t8 = v128.load_lane<f32>(last + 2 * filterStep, t8, 2);
  t8 = v128.load_lane<f32>(last + 3 * filterStep, t8, 3);
  const aLow01 = v128.shuffle<f32>(a0, a1, 0, 4, 1, 5);
  const aLow23 = v128.shuffle<f32>(a2, a3, 0, 4, 1, 5);
  const aHigh01 = v128.shuffle<f32>(a0, a1, 2, 6, 3, 7);
  const aHigh23 = v128.shuffle<f32>(a2, a3, 2, 6, 3, 7);
  const bLow01 = v128.shuffle<f32>(b0, b1, 0, 4, 1, 5);
  const bLow23 = v128.shuffle<f32>(b2, b3, 0, 4, 1, 5);
  const bHigh01 = v128.shuffle<f32>(b0, b1, 2, 6, 3, 7);
  const bHigh23 = v128.shuffle<f32>(b2, b3, 2, 6, 3, 7);
  const t0 = v128.shuffle<f32>(aLow01, aLow23, 0, 1, 4, 5);
  const t1 = v128.shuffle<f32>(aLow01, aLow23, 2, 3, 6, 7);
  const t2 = v128.shuffle<f32>(aHigh01, aHigh23, 0, 1, 4, 5);
  const t3 = v128.shuffle<f32>(aHigh01, aHigh23, 2, 3, 6, 7);
  const t4 = v128.shuffle<f32>(bLow01, bLow23, 0, 1, 4, 5);
  const t5 = v128.shuffle<f32>(bLow01, bLow23, 2, 3, 6, 7);
  const t6 = v128.shuffle<f32>(bHigh01, bHigh23, 0, 1, 4, 5);
  const t7 = v128.shuffle<f32>(bHigh01, bHigh23, 2, 3, 6, 7);
  // Turned about, the ends change places; what is between them stays.
  const isTurned = step < 0;
  const columns = isTurned ? into + 3 * plane : into;
  const back: isize = isTurned ? -3 * <isize>plane : 3 * <isize>plane;
  const half = f32x4.splat(0.5);
  const m0 = f32x4.mul(t1, half);
  const m1 = f32x4.mul(t4, half);
  const m2 = f32x4.mul(t7, half);
  fourRows(t0, t3, t6, columns, plane, isTurned);
  fourRows(t2, t5, t8, columns + back, plane, isTurned);
  const e0 = f32x4.mul(f32x4.add(t0, t2), half);
  const e1 = f32x4.mul(f32x4.add(t3, t5), half);
  const e2 = f32x4.mul(f32x4.add(t6, t8), half);
  fourRows(f32x4.add(e0, m0), f32x4.add(e1, m1), f32x4.add(e2, m2), into + plane, plane, isTurned);
  fourRows(f32x4.sub(e0, m0), f32x4.sub(e1, m1), f32x4.sub(e2, m2), into + 2 * plane, plane, isTurned);
}

/** One column of G (g G.T), from three rows. */
@inline
function fourRows(r0: v128, r1: v128, r2: v128, into: usize, plane: usize, isTurned: bool): void {
  const half = f32x4.splat(0.5);
  const ends = f32x4.mul(f32x4.add(r0, r2), half);
  const middle = f32x4.mul(r1, half);
  v128.store(isTurned ? into + 12 * plane : into, r0);
  v128.store(into + 4 * plane, f32x4.add(ends, middle));
  v128.store(into + 8 * plane, f32x4.sub(ends, middle));
  v128.store(isTurned ? into : into + 12 * plane, r2);
}

/**
 * out[n, i] = bias[i] + the sum over channels of x[n, c] convolved with weight[i, c], at `height` x `width` places.
 * Works on the parts [from, to).
 * @param filtersAt what `winogradFilters32` has written
 * @param x planes `padWidth` wide, `plane` bytes each, with all that 2 x 8 places at a time need; image n begins
 *   `imageStep` * n further
 * @param out dense planes of height x width; image n begins `outStep` * n further
 * @param bias one number for each filter, or 0: none
 * @param flags where each part says with a 4-byte number whether all its results are finite: 0, else not a number
 */
export function winograd32(
  filtersAt: usize,
  x: usize,
  imageStep: usize,
  plane: usize,
  padWidth: i32,
  channels: i32,
  out: usize,
  outStep: usize,
  height: i32,
  width: i32,
  filters: i32,
  images: i32,
  bias: usize,
  flags: usize,
  workspace: usize,
  from: i32,
  to: i32,
  thread: i32,
): void {
  const moved = workspace + thread * winogradWorkspace(filters, channels);
  const sums = moved + products * movedApart(channels);
  const partFilters = filtersOfPart(filters);
  const filterParts = partsOf(filters, partFilters);
  const across = partsOf(width, 8);
  const perImage = across * partsOf(height, 2);
  const count = perImage * images;
  const planeA = filtersApart(filters, channels);
  const planeB = movedApart(channels);
  const block = partsOf(channels, partsOf(channels, mostChannels));
  for (let part = from; part < to; part++) {
    const firstFilter = (part % filterParts) * partFilters;
    const rows = min(partFilters, filters - firstFilter);
    const first = (part / filterParts) * (partSquares / 4);
    const fours = min(partSquares / 4, count - first);
    for (let four = 0; four < fours; four += 2) {
      const left = squaresAt(first + four, x, imageStep, padWidth, across, perImage);
      const right = squaresAt(first + min(four + 1, fours - 1), x, imageStep, padWidth, across, perImage);
      const into = moved + <usize>(four >> 1) * channels * (tileColumns << 2);
      imageSquares(left, right, plane, <usize>padWidth << 2, channels, into, planeB);
    }
    const planeSums = sumsApart(rows);
    for (let p: usize = 0; p < products; p++) {
      const panelsA = filtersAt + p * planeA + (<usize>(firstFilter * channels) << 2);
      for (let j = 0; j < fours; j += 2) {
        const panelB = moved + p * planeB + <usize>((j >> 1) * channels) * (tileColumns << 2);
        let into = sums + p * planeSums + (<usize>j << 4);
        let a = panelsA;
        for (let i = 0; i < rows; i += tileRows, into += tileRows * (partSquares << 2)) {
          let b = panelB;
          for (let channel = 0; channel < channels; channel += block) {
            const depth = min(block, channels - channel);
            tile(a, 4, tileRows << 2, b, depth, into, partSquares << 2, channel > 0 ? into : 0, partSquares << 2);
            a += <usize>depth * (tileRows << 2);
            b += <usize>depth * (tileColumns << 2);
          }
        }
      }
    }
    let flag = f32x4.splat(0);
    for (let i = 0; i < rows; i++) {
      const filter = firstFilter + i;
      const summand = f32x4.splat(bias == 0 ? <f32>0 : load<f32>(bias + (<usize>filter << 2)));
      for (let four = 0; four < fours; four++) {
        const at = first + four;
        const place = at % perImage;
        const y = (place / across) * 2;
        const column = (place % across) * 8;
        const target = out + <usize>(at / perImage) * outStep + ((<usize>(filter * height + y) * width + column) << 2);
        const result = resultSquares(
          sums + ((<usize>(i * partSquares) + (four << 2)) << 2),
          planeSums,
          summand,
          target,
          width,
          min(8, width - column),
          y + 1 < height,
        );
        flag = f32x4.add(flag, result);
      }
    }
    const halves = f32x4.add(flag, v128.shuffle<f32>(flag, flag, 2, 3, 0, 1));
    store<f32>(flags + (<usize>part << 2), f32x4.extract_lane(halves, 0) + f32x4.extract_lane(halves, 1));
  }
}

/** Where the elements under four squares side by side begin. */
@inline
function squaresAt(at: i32, x: usize, imageStep: usize, padWidth: i32, across: i32, perImage: i32): usize {
  const place = at % perImage;
  const image = <usize>(at / perImage);
  return x + image * imageStep + (<usize>((place / across) * 2 * padWidth + (place % across) * 8) << 2);
}

/** B.T d B of twice four squares for each channel, with the rows of B.T: d0 - d2, d1 + d2, d2 - d1, d1 - d3. */
function imageSquares(
  left: usize,
  right: usize,
  plane: usize,
  row: usize,
  channels: i32,
  into: usize,
  step: usize,
): void {
  for (let channel = 0; channel < channels; channel++, into += tileColumns << 2, left += plane, right += plane) {
    rowsOf(left, row, into, step);
    rowsOf(right, row, into + 16, step);
  }
}

@inline
function rowsOf(from: usize, row: usize, into: usize, step: usize): void {
  columnsOf(from, from + 2 * row, into, step, 0);
  columnsOf(from + row, from + 2 * row, into + 4 * step, step, 1);
  columnsOf(from + 2 * row, from + row, into + 8 * step, step, 0);
  columnsOf(from + row, from + 3 * row, into + 12 * step, step, 0);
}

/** One row of B.T d, the sum or difference of two rows, times B. */
@inline
function columnsOf(first: usize, second: usize, into: usize, step: usize, isSum: i32): void {
  const r0 = combined(v128.load(first), v128.load(second), isSum);
  const r1 = combined(v128.load(first, 16), v128.load(second, 16), isSum);
  const r2 = combined(v128.load(first, 32), v128.load(second, 32), isSum);
  const d0 = v128.shuffle<f32>(r0, r1, 0, 2, 4, 6);
  const d1 = v128.shuffle<f32>(r0, r1, 1, 3, 5, 7);
  const d2 = v128.shuffle<f32>(d0, r2, 1, 2, 3, 4);
  const d3 = v128.shuffle<f32>(d1, r2, 1, 2, 3, 5);
  v128.store(into, f32x4.sub(d0, d2));
  v128.store(into + step, f32x4.add(d1, d2));
  v128.store(into + 2 * step, f32x4.sub(d2, d1));
  v128.store(into + 3 * step, f32x4.sub(d1, d3));
}

@inline
function combined(first: v128, second: v128, isSum: i32): v128 {
  return isSum ? f32x4.add(first, second) : f32x4.sub(first, second);
}

/** A.T m A of four squares side by side, with the rows of A.T: m0 + m1 + m2, m1 - m2 - m3. @returns zeros where finite */
@inline
function resultSquares(
  from: usize,
  plane: usize,
  summand: v128,
  to: usize,
  width: i32,
  count: i32,
  hasSecond: bool,
): v128 {
  const u0 = upper(from, plane);
  const u1 = upper(from + plane, plane);
  const u2 = upper(from + 2 * plane, plane);
  const u3 = upper(from + 3 * plane, plane);
  const l0 = lower(from, plane);
  const l1 = lower(from + plane, plane);
  const l2 = lower(from + 2 * plane, plane);
  const l3 = lower(from + 3 * plane, plane);
  const even = f32x4.add(f32x4.add(f32x4.add(u0, u1), u2), summand);
  const odd = f32x4.add(f32x4.sub(f32x4.sub(u1, u2), u3), summand);
  const evenBelow = f32x4.add(f32x4.add(f32x4.add(l0, l1), l2), summand);
  const oddBelow = f32x4.add(f32x4.sub(f32x4.sub(l1, l2), l3), summand);
  put(even, odd, to, count);
  if (hasSecond) put(evenBelow, oddBelow, to + (<usize>width << 2), count);
  const sum = f32x4.add(f32x4.add(even, odd), f32x4.add(evenBelow, oddBelow));
  return f32x4.sub(sum, sum);
}

@inline
function upper(from: usize, plane: usize): v128 {
  return f32x4.add(f32x4.add(v128.load(from), v128.load(from + 4 * plane)), v128.load(from + 8 * plane));
}

@inline
function lower(from: usize, plane: usize): v128 {
  return f32x4.sub(f32x4.sub(v128.load(from + 4 * plane), v128.load(from + 8 * plane)), v128.load(from + 12 * plane));
}

/** Numbers by turns from two vectors, the first `count` of them. */
@inline
function put(even: v128, odd: v128, to: usize, count: i32): void {
  const first = v128.shuffle<f32>(even, odd, 0, 4, 1, 5);
  const second = v128.shuffle<f32>(even, odd, 2, 6, 3, 7);
  if (count == 8) {
    v128.store(to, first);
    v128.store(to, second, 16);
  } else putPart(first, second, to, count);
}

function putPart(first: v128, second: v128, to: usize, count: i32): void {
  let rest = first;
  if (count >= 4) {
    v128.store(to, first);
    to += 16;
    count -= 4;
    rest = second;
  }
  if (count > 0) v128.store_lane<f32>(to, rest, 0);
  if (count > 1) v128.store_lane<f32>(to, rest, 1, 4);
  if (count > 2) v128.store_lane<f32>(to, rest, 2, 8);
}
