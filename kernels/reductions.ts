// Single-precision numbers folded: a row of them into one, or lines of them into one line.

/** Numbers of four in double precision, the lower two and the upper two. */
@inline
function lower(numbers: v128): v128 {
  return f64x2.promote_low_f32x4(numbers);
}

@inline
function upper(numbers: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(numbers, numbers, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
}

@inline
function both(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

@inline
function sum8(a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128): v128 {
  const first = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  return f32x4.add(first, f32x4.add(f32x4.add(e, f), f32x4.add(g, h)));
}

/** From this many numbers on, sums of 64 of them are made in single precision: these are many enough for errors to cancel. */
const many: i32 = 4096;

/** The sum in double precision; of many numbers, of sums of 64 in single precision, in which none is added to more than 10. */
export function total32(start: usize, count: i32): f64 {
  let low = f64x2.splat(0);
  let high = low;
  let at = start;
  const end = start + (<usize>count << 2);
  const grouped = count < many ? at : end;
  while (at + 1024 <= grouped) {
    let a = v128.load(at);
    let b = v128.load(at, 16);
    let c = v128.load(at, 32);
    let d = v128.load(at, 48);
    let e = v128.load(at, 64);
    let f = v128.load(at, 80);
    let g = v128.load(at, 96);
    let h = v128.load(at, 112);
    const stop = at + 1024;
    for (at += 128; at < stop; at += 128) {
      a = f32x4.add(a, v128.load(at));
      b = f32x4.add(b, v128.load(at, 16));
      c = f32x4.add(c, v128.load(at, 32));
      d = f32x4.add(d, v128.load(at, 48));
      e = f32x4.add(e, v128.load(at, 64));
      f = f32x4.add(f, v128.load(at, 80));
      g = f32x4.add(g, v128.load(at, 96));
      h = f32x4.add(h, v128.load(at, 112));
    }
    const sum = sum8(a, b, c, d, e, f, g, h);
    low = f64x2.add(low, lower(sum));
    high = f64x2.add(high, upper(sum));
  }
  for (; at + 16 <= end; at += 16) {
    const numbers = v128.load(at);
    low = f64x2.add(low, lower(numbers));
    high = f64x2.add(high, upper(numbers));
  }
  let sum = both(f64x2.add(low, high));
  for (; at < end; at += 4) sum += <f64>load<f32>(at);
  return sum;
}

/** The product, in double precision. */
export function factors32(start: usize, count: i32): f64 {
  let a = f64x2.splat(1);
  let b = a;
  let c = a;
  let d = a;
  let at = start;
  const end = start + (<usize>count << 2);
  for (; at + 32 <= end; at += 32) {
    const first = v128.load(at);
    const second = v128.load(at, 16);
    a = f64x2.mul(a, lower(first));
    b = f64x2.mul(b, upper(first));
    c = f64x2.mul(c, lower(second));
    d = f64x2.mul(d, upper(second));
  }
  a = f64x2.mul(f64x2.mul(a, b), f64x2.mul(c, d));
  let result = f64x2.extract_lane(a, 0) * f64x2.extract_lane(a, 1);
  for (; at < end; at += 4) result *= <f64>load<f32>(at);
  return result;
}

/** The sum of squares, in double precision. */
export function squareTotal32(start: usize, count: i32): f64 {
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let at = start;
  const end = start + (<usize>count << 2);
  for (; at + 32 <= end; at += 32) {
    const first = v128.load(at);
    const second = v128.load(at, 16);
    a = f64x2.add(a, f64x2.mul(lower(first), lower(first)));
    b = f64x2.add(b, f64x2.mul(upper(first), upper(first)));
    c = f64x2.add(c, f64x2.mul(lower(second), lower(second)));
    d = f64x2.add(d, f64x2.mul(upper(second), upper(second)));
  }
  let sum = both(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)));
  for (; at < end; at += 4) sum += <f64>load<f32>(at) * <f64>load<f32>(at);
  return sum;
}

/** The sum of magnitudes, in double precision. */
export function magnitudeTotal32(start: usize, count: i32): f64 {
  let low = f64x2.splat(0);
  let high = low;
  let at = start;
  const end = start + (<usize>count << 2);
  for (; at + 16 <= end; at += 16) {
    const numbers = f32x4.abs(v128.load(at));
    low = f64x2.add(low, lower(numbers));
    high = f64x2.add(high, upper(numbers));
  }
  let sum = both(f64x2.add(low, high));
  for (; at < end; at += 4) sum += <f64>abs(load<f32>(at));
  return sum;
}

/** The larger ones, or the smaller ones, in one instruction: those of a where b is no number. */
@inline
function further(isLargest: bool, a: v128, b: v128): v128 {
  return isLargest ? f32x4.pmax(a, b) : f32x4.pmin(a, b);
}

/** NaN where a mask of all bits is anywhere, else the furthest of four. */
@inline
function furthestOf(isLargest: bool, numbers: v128, strange: v128): f32 {
  if (v128.any_true(strange)) return NaN;
  let a = further(isLargest, numbers, v128.shuffle<u32>(numbers, numbers, 2, 3, 0, 1));
  a = further(isLargest, a, v128.shuffle<u32>(a, a, 1, 0, 3, 2));
  return f32x4.extract_lane(a, 0);
}

@inline
function furthest(isLargest: bool, start: usize, count: i32): f32 {
  let a = f32x4.splat(isLargest ? -Infinity : Infinity);
  let b = a;
  let c = a;
  let d = a;
  let strange = i32x4.splat(0);
  let at = start;
  const end = start + (<usize>count << 2);
  for (; at + 64 <= end; at += 64) {
    const p = v128.load(at);
    const q = v128.load(at, 16);
    const r = v128.load(at, 32);
    const s = v128.load(at, 48);
    a = further(isLargest, a, p);
    b = further(isLargest, b, q);
    c = further(isLargest, c, r);
    d = further(isLargest, d, s);
    strange = v128.or(strange, v128.or(unordered(p, q), unordered(r, s)));
  }
  for (; at < end; at += 4) {
    const numbers = v128.load_splat<f32>(at);
    a = further(isLargest, a, numbers);
    strange = v128.or(strange, f32x4.ne(numbers, numbers));
  }
  return furthestOf(isLargest, further(isLargest, further(isLargest, a, b), further(isLargest, c, d)), strange);
}

/** All bits where one of the two is no number. */
@inline
function unordered(a: v128, b: v128): v128 {
  return v128.or(f32x4.ne(a, a), f32x4.ne(b, b));
}

/** The largest number; NaN where one is there. */
export function largest32(start: usize, count: i32): f32 {
  return furthest(true, start, count);
}

/** The smallest number; NaN where one is there. */
export function smallest32(start: usize, count: i32): f32 {
  return furthest(false, start, count);
}

/** The place of the first number that is equal to a value, or of the first NaN; `count` where there is none. */
export function place32(start: usize, count: i32, value: f32): i32 {
  const wanted = f32x4.splat(value);
  let at = start;
  const end = start + (<usize>count << 2);
  for (; at + 16 <= end; at += 16) {
    const numbers = v128.load(at);
    const found = i32x4.bitmask(v128.or(f32x4.eq(numbers, wanted), f32x4.ne(numbers, numbers)));
    if (found != 0) return <i32>((at - start) >> 2) + ctz(found);
  }
  for (; at < end; at += 4) {
    const number = load<f32>(at);
    if (number == value || number != number) break;
  }
  return <i32>((at - start) >> 2);
}

/** How many numbers are not 0 (NaN is not). */
export function nonzeros32(start: usize, count: i32): i32 {
  const zero = f32x4.splat(0);
  let counts = i32x4.splat(0);
  let at = start;
  const end = start + (<usize>count << 2);
  // What is true is all bits: -1.
  for (; at + 16 <= end; at += 16) counts = i32x4.sub(counts, f32x4.ne(v128.load(at), zero));
  let result = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1);
  result += i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
  for (; at < end; at += 4) result += i32(load<f32>(at) != 0);
  return result;
}

/** Adds lines of numbers to sums in double precision: of four lines at a time, whose two sums of two are added before. */
export function lineTotals32(start: usize, lines: i32, columns: i32, into: usize): void {
  const step = <usize>columns << 2;
  let j = 0;
  for (; j + 16 <= columns; j += 16) {
    const sums = into + (<usize>j << 3);
    let at = start + (<usize>j << 2);
    let i = 0;
    for (; i + 4 <= lines; i += 4, at += 4 * step) {
      addTo(sums, sum4(at, step));
      addTo(sums + 32, sum4(at + 16, step));
      addTo(sums + 64, sum4(at + 32, step));
      addTo(sums + 96, sum4(at + 48, step));
    }
    for (; i < lines; i++, at += step) {
      addTo(sums, v128.load(at));
      addTo(sums + 32, v128.load(at, 16));
      addTo(sums + 64, v128.load(at, 32));
      addTo(sums + 96, v128.load(at, 48));
    }
  }
  for (; j < columns; j++) {
    const place = into + (<usize>j << 3);
    let sum = load<f64>(place);
    let at = start + (<usize>j << 2);
    for (let i = 0; i < lines; i++, at += step) sum += <f64>load<f32>(at);
    store<f64>(place, sum);
  }
}

/** Vectors of four lines added. */
@inline
function sum4(at: usize, step: usize): v128 {
  const first = f32x4.add(v128.load(at), v128.load(at + step));
  return f32x4.add(first, f32x4.add(v128.load(at + 2 * step), v128.load(at + 3 * step)));
}

/** Adds four numbers to four sums in double precision. */
@inline
function addTo(sums: usize, numbers: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), lower(numbers)));
  v128.store(sums, f64x2.add(v128.load(sums, 16), upper(numbers)), 16);
}

@inline
function furthestOfLines(isLargest: bool, start: usize, lines: i32, columns: i32, into: usize): void {
  const step = <usize>columns << 2;
  let j = 0;
  for (; j + 16 <= columns; j += 16) {
    const place = into + (<usize>j << 2);
    let a = v128.load(place);
    let b = v128.load(place, 16);
    let c = v128.load(place, 32);
    let d = v128.load(place, 48);
    let at = start + (<usize>j << 2);
    for (let i = 0; i < lines; i++, at += step) {
      a = kept(isLargest, a, v128.load(at));
      b = kept(isLargest, b, v128.load(at, 16));
      c = kept(isLargest, c, v128.load(at, 32));
      d = kept(isLargest, d, v128.load(at, 48));
    }
    v128.store(place, a);
    v128.store(place, b, 16);
    v128.store(place, c, 32);
    v128.store(place, d, 48);
  }
  for (; j < columns; j++) {
    const place = into + (<usize>j << 2);
    let most = load<f32>(place);
    let at = start + (<usize>j << 2);
    for (let i = 0; i < lines; i++, at += step) {
      most = isLargest ? max(most, load<f32>(at)) : min(most, load<f32>(at));
    }
    store<f32>(place, most);
  }
}

/** The further ones of what there is so far and of others; NaN stays and comes. */
@inline
function kept(isLargest: bool, most: v128, numbers: v128): v128 {
  const isOlder = isLargest ? f32x4.ge(most, numbers) : f32x4.le(most, numbers);
  return v128.bitselect(most, numbers, v128.or(isOlder, f32x4.ne(most, most)));
}

/**
 * Like these, with the places of the first extremes or NaNs: `first` is the first line's.
 * @param into single-precision extremes, and behind them the places in 32 bits
 */
@inline
function placesOfLines(
  isLargest: bool,
  start: usize,
  lines: i32,
  columns: i32,
  into: usize,
  first: i32,
): void {
  const step = <usize>columns << 2;
  // Whole vectors: what lies behind the last column is of no meaning, and there is room for it.
  for (let j = 0; j < columns; j += 4) {
    const place = into + (<usize>j << 2);
    const there = place + ((<usize>columns + 3) & ~3) * 4;
    let most = v128.load(place);
    let places = v128.load(there);
    let line = i32x4.splat(first);
    let at = start + (<usize>j << 2);
    for (let i = 0; i < lines; i++, at += step) {
      const numbers = v128.load(at);
      const isOlder = isLargest ? f32x4.ge(most, numbers) : f32x4.le(most, numbers);
      const stays = v128.or(isOlder, f32x4.ne(most, most));
      most = v128.bitselect(most, numbers, stays);
      places = v128.bitselect(places, line, stays);
      line = i32x4.add(line, i32x4.splat(1));
    }
    v128.store(place, most);
    v128.store(there, places);
  }
}

export function lineLargestPlaces32(start: usize, lines: i32, columns: i32, into: usize, first: i32): void {
  placesOfLines(true, start, lines, columns, into, first);
}

export function lineSmallestPlaces32(start: usize, lines: i32, columns: i32, into: usize, first: i32): void {
  placesOfLines(false, start, lines, columns, into, first);
}

/** The larger ones of each column and of what there is so far. */
export function lineLargest32(start: usize, lines: i32, columns: i32, into: usize): void {
  furthestOfLines(true, start, lines, columns, into);
}

/** The smaller ones of each column and of what there is so far. */
export function lineSmallest32(start: usize, lines: i32, columns: i32, into: usize): void {
  furthestOfLines(false, start, lines, columns, into);
}
