// Convolutions with few filters in each group, as of each channel by itself: sums for four places at a time, straight from
// padded planes. Tables say where windows stand and where their elements lie, as in kernels/convolution.ts.

/** How many taps' sums the gradient takes at a time. */
const tapsAtOnce: i32 = 3;

/**
 * Works on planes [from, to) of results, [images, groups, filters]: each is bias + the sum over `depth` elements of a
 * window, x[depths], times weights[weightTable], at places in fours.
 * @param x image and group u begins `xStep` * u bytes further
 * @param step how far the windows of four places are apart, in bytes
 * @param fours pairs of byte offsets: where four windows begin and where four results go
 * @param outStep how far the four results are apart, in bytes
 */
export function depthwise32(
  x: usize,
  xStep: usize,
  depths: usize,
  weights: usize,
  filterStep: usize,
  groupStep: usize,
  weightTable: usize,
  depth: i32,
  fours: usize,
  count: i32,
  step: usize,
  out: usize,
  outPlane: usize,
  outStep: usize,
  bias: usize,
  groups: i32,
  filters: i32,
  from: i32,
  to: i32,
  _thread: i32,
): void {
  for (let plane = from; plane < to; plane++) {
    const unit = plane / filters;
    const group = unit % groups;
    const filter = plane % filters;
    const source = x + unit * xStep;
    const own = weights + group * groupStep + filter * filterStep;
    const target = out + plane * outPlane;
    const summand = bias == 0 ? <f32>0 : load<f32>(bias + (<usize>(group * filters + filter) << 2));
    const isDense = outStep == 4;
    if (step == 4) planeOf(source, depths, own, weightTable, depth, fours, count, 4, target, isDense ? 4 : outStep, summand);
    else if (step == 8) planeOf(source, depths, own, weightTable, depth, fours, count, 8, target, isDense ? 4 : outStep, summand);
    else planeOf(source, depths, own, weightTable, depth, fours, count, step, target, outStep, summand);
  }
}

@inline
function planeOf(
  x: usize,
  depths: usize,
  weights: usize,
  weightTable: usize,
  depth: i32,
  fours: usize,
  count: i32,
  step: usize,
  out: usize,
  outStep: usize,
  summand: f32,
): void {
  const last = fours + ((<usize>count - 1) << 3);
  // Four fours at a time; the last ones again where there are fewer.
  for (const end = fours + (<usize>count << 3); fours < end; fours += 32) {
    const f1 = min(fours + 8, last);
    const f2 = min(fours + 16, last);
    const f3 = min(fours + 24, last);
    const a0 = x + load<i32>(fours);
    const a1 = x + load<i32>(f1);
    const a2 = x + load<i32>(f2);
    const a3 = x + load<i32>(f3);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let k: usize = 0, size = <usize>depth << 2; k < size; k += 4) {
      const factor = v128.load_splat<f32>(weights + load<i32>(weightTable + k));
      const at: usize = load<i32>(depths + k);
      s0 = f32x4.add(s0, f32x4.mul(factor, four(a0 + at, step)));
      s1 = f32x4.add(s1, f32x4.mul(factor, four(a1 + at, step)));
      s2 = f32x4.add(s2, f32x4.mul(factor, four(a2 + at, step)));
      s3 = f32x4.add(s3, f32x4.mul(factor, four(a3 + at, step)));
    }
    const summands = f32x4.splat(summand);
    put(out + load<i32>(fours, 4), outStep, f32x4.add(s0, summands));
    put(out + load<i32>(f1, 4), outStep, f32x4.add(s1, summands));
    put(out + load<i32>(f2, 4), outStep, f32x4.add(s2, summands));
    put(out + load<i32>(f3, 4), outStep, f32x4.add(s3, summands));
  }
}

/** Four elements. */
@inline
function four(at: usize, step: usize): v128 {
  if (step == 4) return v128.load(at);
  if (step == 8) return v128.shuffle<f32>(v128.load(at), v128.load(at, 16), 0, 2, 4, 6);
  let result = v128.load32_zero(at);
  result = v128.load_lane<f32>(at + step, result, 1);
  result = v128.load_lane<f32>(at + 2 * step, result, 2);
  return v128.load_lane<f32>(at + 3 * step, result, 3);
}

@inline
function put(at: usize, step: usize, sums: v128): void {
  if (step == 4) {
    v128.store(at, sums);
    return;
  }
  v128.store_lane<f32>(at, sums, 0);
  v128.store_lane<f32>(at + step, sums, 1);
  v128.store_lane<f32>(at + 2 * step, sums, 2);
  v128.store_lane<f32>(at + 3 * step, sums, 3);
}

/**
 * The gradient by the weight: out[filter, x] = (isAdded ? out[filter, x] : 0) + the sum over all places of all images of
 * flow times the window's element x. Works on filters [from, to) of all groups. Rows of places are summed in single
 * precision by fours, rows and images in double precision.
 * @param rows where the windows of each row of places begin, in bytes
 * @param width places in a row, at least 4
 */
export function depthwiseByWeight32(
  x: usize,
  xStep: usize,
  groupStep: usize,
  depths: usize,
  depth: i32,
  rows: usize,
  rowCount: i32,
  width: i32,
  step: usize,
  flow: usize,
  flowStep: usize,
  images: i32,
  filters: i32,
  out: usize,
  isAdded: i32,
  from: i32,
  to: i32,
  _thread: i32,
): void {
  const flowPlane = <usize>(rowCount * width) << 2;
  for (let filter = from; filter < to; filter++) {
    const source = x + (filter / filters) * groupStep;
    const own = flow + filter * flowPlane;
    for (let k = 0; k < depth; k += tapsAtOnce) {
      const target = out + (<usize>(filter * depth + k) << 2);
      const table = depths + (<usize>k << 2);
      const count = min(depth - k, tapsAtOnce);
      const k0: usize = load<i32>(table);
      const k1: usize = count > 1 ? load<i32>(table, 4) : k0;
      const k2: usize = count > 2 ? load<i32>(table, 8) : k0;
      let t0 = f64x2.splat(0);
      let t1 = t0;
      let t2 = t0;
      for (let image = 0; image < images; image++) {
        let g = own + image * flowStep;
        const plane = source + image * xStep;
        for (let row = 0; row < rowCount; row++, g += <usize>width << 2) {
          const at = plane + load<i32>(rows + (<usize>row << 2));
          t0 = f64x2.add(t0, rowSum(g, at + k0, width, step));
          t1 = f64x2.add(t1, rowSum(g, at + k1, width, step));
          t2 = f64x2.add(t2, rowSum(g, at + k2, width, step));
        }
      }
      keep(target, t0, isAdded);
      if (count > 1) keep(target + 4, t1, isAdded);
      if (count > 2) keep(target + 8, t2, isAdded);
    }
  }
}

@inline
function rowSum(g: usize, x: usize, width: i32, step: usize): v128 {
  return step == 4 ? rowSumBy(g, x, width, 4) : step == 8 ? rowSumBy(g, x, width, 8) : rowSumBy(g, x, width, step);
}

/** The sum of products of a row, in two halves. */
@inline
function rowSumBy(g: usize, x: usize, width: i32, step: usize): v128 {
  let sum = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= width; i += 4, g += 16, x += 4 * step) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(g), four(x, step)));
  }
  if (i < width) {
    // The last four once more, without those that are in the sum already.
    const again = 4 - (width - i);
    const products = f32x4.mul(v128.load(g - (<usize>again << 2)), four(x - again * step, step));
    const isNew = i32x4.ge_s(i32x4(0, 1, 2, 3), i32x4.splat(again));
    sum = f32x4.add(sum, v128.and(products, isNew));
  }
  const high = v128.shuffle<f32>(sum, sum, 2, 3, 2, 3);
  return f64x2.add(f64x2.promote_low_f32x4(sum), f64x2.promote_low_f32x4(high));
}

@inline
function keep(at: usize, halves: v128, isAdded: i32): void {
  const sum = f64x2.extract_lane(halves, 0) + f64x2.extract_lane(halves, 1);
  store<f32>(at, <f32>(isAdded ? load<f32>(at) + sum : sum));
}
