// Products of few rows with a matrix, which is read once and as it lies: there is too little to do for packing to pay.

import { multiplyAdd } from "./arithmetic";

/**
 * out[i, j] += sum over x of rows[i, x] * b[x, j] for a matrix whose rows are dense. Steps are bytes.
 */
export function rowsByRows32(
  rows: usize,
  rowsStep: usize,
  m: i32,
  b: usize,
  bStep: usize,
  depth: i32,
  n: i32,
  out: usize,
  outStep: usize,
): void {
  for (let i = 0; i < m; i++, rows += rowsStep, out += outStep) {
    let j = 0;
    for (; j + 16 <= n; j += 16) addRows16(rows, depth, b + (<usize>j << 2), bStep, out + (<usize>j << 2));
    for (; j < n; j++) addRows1(rows, depth, b + (<usize>j << 2), bStep, out + (<usize>j << 2));
  }
}

function addRows16(factors: usize, depth: i32, b: usize, bStep: usize, out: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (const end = factors + (<usize>depth << 2); factors < end; factors += 4, b += bStep) {
    const factor = v128.load_splat<f32>(factors);
    s0 = multiplyAdd(factor, v128.load(b), s0);
    s1 = multiplyAdd(factor, v128.load(b, 16), s1);
    s2 = multiplyAdd(factor, v128.load(b, 32), s2);
    s3 = multiplyAdd(factor, v128.load(b, 48), s3);
  }
  v128.store(out, f32x4.add(v128.load(out), s0));
  v128.store(out, f32x4.add(v128.load(out, 16), s1), 16);
  v128.store(out, f32x4.add(v128.load(out, 32), s2), 32);
  v128.store(out, f32x4.add(v128.load(out, 48), s3), 48);
}

function addRows1(factors: usize, depth: i32, b: usize, bStep: usize, out: usize): void {
  let sum: f32 = 0;
  for (const end = factors + (<usize>depth << 2); factors < end; factors += 4, b += bStep) {
    sum += load<f32>(factors) * load<f32>(b);
  }
  store<f32>(out, load<f32>(out) + sum);
}

/** out[i, j] += sum over x of rows[i, x] * b[x, j] for a matrix whose columns are dense. Steps are bytes. */
export function rowsByColumns32(
  rows: usize,
  rowsStep: usize,
  m: i32,
  b: usize,
  bStep: usize,
  depth: i32,
  n: i32,
  out: usize,
  outStep: usize,
): void {
  for (let i = 0; i < m; i++, rows += rowsStep, out += outStep) {
    let j = 0;
    for (; j + 4 <= n; j += 4) addDots4(rows, depth, b + <usize>j * bStep, bStep, out + (<usize>j << 2));
    for (; j < n; j++) addRows1(rows, depth, b + <usize>j * bStep, 4, out + (<usize>j << 2));
  }
}

/** Four dot products at once: eight vectors of sums, so that none waits for another. */
function addDots4(row: usize, depth: i32, b: usize, bStep: usize, out: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let t0 = s0;
  let t1 = s0;
  let t2 = s0;
  let t3 = s0;
  let b1 = b + bStep;
  let b2 = b1 + bStep;
  let b3 = b2 + bStep;
  const end = row + (<usize>depth << 2);
  for (; row + 32 <= end; row += 32, b += 32, b1 += 32, b2 += 32, b3 += 32) {
    let factors = v128.load(row);
    s0 = multiplyAdd(factors, v128.load(b), s0);
    s1 = multiplyAdd(factors, v128.load(b1), s1);
    s2 = multiplyAdd(factors, v128.load(b2), s2);
    s3 = multiplyAdd(factors, v128.load(b3), s3);
    factors = v128.load(row, 16);
    t0 = multiplyAdd(factors, v128.load(b, 16), t0);
    t1 = multiplyAdd(factors, v128.load(b1, 16), t1);
    t2 = multiplyAdd(factors, v128.load(b2, 16), t2);
    t3 = multiplyAdd(factors, v128.load(b3, 16), t3);
  }
  let sums = sumsOf4(f32x4.add(s0, t0), f32x4.add(s1, t1), f32x4.add(s2, t2), f32x4.add(s3, t3));
  for (; row < end; row += 4, b += 4, b1 += 4, b2 += 4, b3 += 4) {
    const lines = f32x4(load<f32>(b), 0, 0, 0);
    const all = f32x4.replace_lane(
      f32x4.replace_lane(f32x4.replace_lane(lines, 1, load<f32>(b1)), 2, load<f32>(b2)),
      3,
      load<f32>(b3),
    );
    sums = multiplyAdd(v128.load_splat<f32>(row), all, sums);
  }
  v128.store(out, f32x4.add(v128.load(out), sums));
}

/** The sums within each of four vectors. */
@inline
function sumsOf4(s0: v128, s1: v128, s2: v128, s3: v128): v128 {
  const low01 = v128.shuffle<f32>(s0, s1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(s0, s1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(s2, s3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(s2, s3, 2, 6, 3, 7);
  const pairs01 = f32x4.add(low01, high01);
  const pairs23 = f32x4.add(low23, high23);
  return f32x4.add(
    v128.shuffle<f32>(pairs01, pairs23, 0, 1, 4, 5),
    v128.shuffle<f32>(pairs01, pairs23, 2, 3, 6, 7),
  );
}
