// `histogram`, `histogram_bin_edges`, `histogram2d`, `histogramdd`, with NumPy's rules for the number of bins.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, type DType, float64, int64, uint8 } from "../core/dtype.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { float } from "../core/python.ts";
import { pythonRepr } from "../core/text.ts";
import { warn } from "../core/warnings.ts";
import { converted, withType } from "./casting.ts";
import { diff } from "./differences.ts";
import { atleast2d } from "./flips.ts";
import { asArray, fromValues } from "./make.ts";
import { concatenate, take } from "./manipulation.ts";
import { NDArray } from "./ndarray.ts";
import { dot } from "./products.ts";
import { resultType } from "./promotion.ts";
import { percentile } from "./quantiles.ts";
import { linspace } from "./ranges.ts";
import { amax, amin, any, cumsum, mean, std, sum } from "./reductions.ts";
import { bincount } from "./samples.ts";
import { argsort, searchsorted, sort } from "./sorting.ts";
import type { ArrayLike, PyScalar } from "./types.ts";
import * as u from "./ufuncs.ts";
import { ravel } from "./views.ts";

/** The rules by which a number of bins is chosen. */
export type BinRule = "auto" | "fd" | "doane" | "scott" | "stone" | "rice" | "sturges" | "sqrt";

/** A number of bins, their edges, or a rule. */
export type Bins = number | ArrayLike | BinRule;

type Range = readonly [PyScalar, PyScalar] | null;

/** A bound: a number of Python's, or an element of the array. */
type Bound = PyScalar | NDArray;

function isTrue(mask: NDArray): boolean {
  return mask.item() === true;
}

/** The difference of two integers, without a sign. */
function distance(a: ArrayLike, b: ArrayLike): NDArray {
  const dtype = resultType(a as NDArray, b as NDArray);
  if (dtype.kind !== "signed") return u.subtract(a, b, { dtype });
  const type = `uint${8 * dtype.itemSize}`;
  return u.subtract(withType(asArray(a), dtype), withType(asArray(b), dtype), {
    dtype: type,
    casting: "unsafe",
  });
}

function reach(x: NDArray): NDArray {
  return distance(amax(x), amin(x));
}

type Width = (x: NDArray, bounds: readonly [Bound, Bound]) => NDArray;

const floatOf = (value: number): NDArray => asArray(float(value));

function doaneWidth(x: NDArray): NDArray {
  const n = x.size;
  const spread = std(x);
  if (n <= 2 || !(Number(spread.item()) > 0)) return floatOf(0);
  const skewScale = Math.sqrt((6 * (n - 2)) / ((n + 1) * (n + 3)));
  const skew = mean(u.power(u.divide(u.subtract(x, mean(x)), spread), 3));
  const bins = 1 + Math.log2(n) + Math.log2(1 + Math.abs(Number(skew.item())) / skewScale);
  return u.divide(reach(x), floatOf(bins));
}

/** The width that minimizes an estimate of the squared error. */
function stoneWidth(x: NDArray, range: readonly [Bound, Bound]): NDArray {
  const n = x.size;
  const whole = reach(x);
  if (n <= 1 || Number(whole.item()) === 0) return floatOf(0);
  const most = Math.max(100, Math.floor(Math.sqrt(n)));
  let best = { bins: 1, loss: Number.POSITIVE_INFINITY };
  for (let bins = 1; bins <= most; bins++) {
    const counts = histogram(x, { bins, range: range as Range })[0];
    const shares = u.divide(counts, n);
    const loss = (2 - (n + 1) * Number(dot(shares, shares).item())) / (Number(whole.item()) / bins);
    if (loss < best.loss) best = { bins, loss };
  }
  if (best.bins === most) {
    warn("RuntimeWarning", "The number of bins estimated may be suboptimal.");
  }
  return u.divide(whole, best.bins);
}

function interquartileWidth(x: NDArray): NDArray {
  const [upper, lower] = [...percentile(x, [75, 25])] as [NDArray, NDArray];
  return u.multiply(u.multiply(u.subtract(upper, lower), float(2)), float(x.size ** (-1 / 3)));
}

const widths: Readonly<Record<BinRule, Width>> = {
  sqrt: (x) => u.divide(reach(x), floatOf(Math.sqrt(x.size))),
  sturges: (x) => u.divide(reach(x), floatOf(Math.log2(x.size) + 1)),
  rice: (x) => u.divide(reach(x), float(2 * x.size ** (1 / 3))),
  scott: (x) => u.multiply(std(x), float(((24 * Math.PI ** 0.5) / x.size) ** (1 / 3))),
  stone: stoneWidth,
  doane: doaneWidth,
  fd: interquartileWidth,
  auto: (x, bounds) => {
    const wide = u.maximum(widths.fd(x, bounds), u.divide(widths.sqrt(x, bounds), 2));
    return u.minimum(wide, widths.sturges(x, bounds));
  },
};

/** First and last edge. @throws ValueError */
function outerEdges(array: NDArray, range: Range): [Bound, Bound] {
  let [first, last]: [Bound, Bound] = [0, 1];
  const text = (): string => `[${String(asArray(first))}, ${String(asArray(last))}] is not finite`;
  const areFinite = (): boolean => isTrue(u.isfinite(first)) && isTrue(u.isfinite(last));
  if (range !== null) {
    [first, last] = range;
    if (isTrue(u.greater(first, last))) {
      throw new ValueError("max must be larger than min in range parameter.");
    }
    if (!areFinite()) throw new ValueError(`supplied range of ${text()}`);
  } else if (array.size > 0) {
    [first, last] = [amin(array), amax(array)];
    if (!areFinite()) throw new ValueError(`autodetected range of ${text()}`);
  }
  if (!isTrue(u.equal(first, last))) return [first, last];
  const shifted = (bound: Bound, by: number): Bound =>
    bound instanceof NDArray ? u.add(bound, by) : float(Number(bound) + by);
  return [shifted(first, -0.5), shifted(last, 0.5)];
}

interface Edges {
  readonly edges: NDArray;
  /** Where all bins have one width: the bounds. */
  readonly bounds: readonly [Bound, Bound] | undefined;
}

/** How many bins a rule makes. */
function binsByRule(array: NDArray, rule: BinRule, bounds: readonly [Bound, Bound]): number {
  const kept = array.at(u.logicalAnd(u.greaterEqual(array, bounds[0]), u.lessEqual(array, bounds[1])));
  if (kept.size === 0) return 1;
  let width = widths[rule](kept, bounds);
  if (Number(width.item()) === 0) return 1;
  if (kept.dtype.isInteger && Number(width.item()) < 1) width = asArray(1);
  return Number(u.ceil(u.divide(distance(bounds[1], bounds[0]), width)).item());
}

function equalBins(array: NDArray, bins: number, bounds: readonly [Bound, Bound]): Edges {
  const common: DType = resultType(...bounds, array);
  const dtype = common.isInteger ? resultType(common, float64) : common;
  const edges = linspace(bounds[0], bounds[1], { num: bins + 1, dtype }) as NDArray;
  if (isTrue(any(u.greaterEqual(edges.at(":-1"), edges.at("1:"))))) {
    throw new ValueError(`Too many bins for data range. Cannot create ${bins} finite-sized bins.`);
  }
  return { edges, bounds };
}

function binEdges(array: NDArray, bins: Bins, range: Range, weights: NDArray | undefined): Edges {
  if (typeof bins === "string") {
    if (!(bins in widths)) throw new ValueError(`${pythonRepr(bins)} is not a valid estimator for \`bins\``);
    if (weights !== undefined) {
      throw new PythonTypeError(
        "Automated estimation of the number of bins is not supported for weighted data",
      );
    }
    const bounds = outerEdges(array, range);
    return equalBins(array, binsByRule(array, bins as BinRule, bounds), bounds);
  }
  const given = asArray(bins);
  if (given.ndim === 0) {
    if (!given.dtype.isInteger) {
      throw new PythonTypeError("`bins` must be an integer, a string, or an array");
    }
    const count = Number(given.item());
    if (count < 1) throw new ValueError("`bins` must be positive, when an integer");
    return equalBins(array, count, outerEdges(array, range));
  }
  if (given.ndim !== 1) throw new ValueError("`bins` must be 1d, when an array");
  if (isTrue(any(u.greater(given.at(":-1"), given.at("1:"))))) {
    throw new ValueError("`bins` must increase monotonically, when an array");
  }
  return { edges: given, bounds: undefined };
}

/** Numbers in a row, and their weights. @throws ValueError */
function rowOf(a: ArrayLike, weights: ArrayLike | null): [NDArray, NDArray | undefined] {
  let array = asArray(a);
  if (array.dtype === bool) {
    warn("RuntimeWarning", "Converting input from bool to <class 'numpy.uint8'> for compatibility.");
    array = withType(array, uint8);
  }
  if (weights === null) return [ravel(array), undefined];
  const given = asArray(weights);
  if (String(given.shape) !== String(array.shape)) {
    throw new ValueError("weights should have the same shape as a.");
  }
  return [ravel(array), ravel(given)];
}

/** Counts where all bins have one width. */
function uniformCounts(
  array: NDArray,
  weights: NDArray | undefined,
  edges: NDArray,
  [first, last]: readonly [Bound, Bound],
): NDArray {
  const bins = edges.size - 1;
  const isKept = u.logicalAnd(u.greaterEqual(array, first), u.lessEqual(array, last));
  const kept = withType(array.at(isKept), edges.dtype);
  const share = u.divide(distance(kept, first), distance(last, first));
  let places = u.multiply(share, bins).astype(int64);
  places = u.subtract(places, u.equal(places, bins));
  places = u.subtract(places, u.less(kept, take(edges, places)));
  const isNext = u.logicalAnd(
    u.greaterEqual(kept, take(edges, u.add(places, 1))),
    u.notEqual(places, bins - 1),
  );
  places = u.add(places, isNext);
  if (weights === undefined) return bincount(places, { minlength: bins });
  const masses = weights.at(isKept);
  if (!masses.dtype.isComplex) {
    return withType(bincount(places, { weights: masses, minlength: bins }), weights.dtype);
  }
  const [re, im] = [masses.real, masses.imag].map((part) =>
    bincount(places, { weights: part, minlength: bins }),
  );
  return withType(u.add(re!, u.multiply(im!, { re: 0, im: 1 })), weights.dtype);
}

/** Counts between edges at any distance. */
function countsBetween(array: NDArray, weights: NDArray | undefined, edges: NDArray): NDArray {
  const places = (sorted: NDArray): NDArray =>
    concatenate([
      searchsorted(sorted, edges.at(":-1"), "left"),
      searchsorted(sorted, edges.at("-1:"), "right"),
    ]);
  if (weights === undefined) return diff(places(sort(array)));
  const order = argsort(array);
  const zero = fromValues(weights.dtype, [1], [0]);
  const sums = concatenate([zero, cumsum(take(weights, order))]);
  return diff(withType(take(sums, places(take(array, order))), weights.dtype));
}

interface HistogramOptions {
  readonly bins: Bins;
  readonly range: Range;
  readonly density: boolean | null;
  readonly weights: ArrayLike | null;
}

/** Arguments of `histogram`. */
export type HistogramArguments = Signature<
  [bins: Bins, range: Range, density: boolean | null, weights: ArrayLike | null],
  Partial<HistogramOptions>
>;

const histogramNames = ["bins", "range", "density", "weights"] as const;
const histogramDefaults: HistogramOptions = { bins: 10, range: null, density: null, weights: null };

/** How many elements lie between each two edges, and the edges (`numpy.histogram`). */
export function histogram(a: ArrayLike, ...args: HistogramArguments): [NDArray, NDArray] {
  const options = bind<HistogramOptions>("histogram", [...histogramNames], args, histogramDefaults);
  const [array, weights] = rowOf(a, options.weights);
  const { edges, bounds } = binEdges(array, options.bins, options.range, weights);
  const counts =
    bounds === undefined
      ? countsBetween(array, weights, edges)
      : uniformCounts(array, weights, edges, bounds);
  if (options.density !== true) return [counts, edges];
  return [u.divide(u.divide(counts, withType(diff(edges), float64)), sum(counts)), edges];
}

/** The edges that `histogram` has (`numpy.histogram_bin_edges`). */
export function histogramBinEdges(
  a: ArrayLike,
  ...args: Signature<
    [bins: Bins, range: Range, weights: ArrayLike | null],
    Partial<Omit<HistogramOptions, "density">>
  >
): NDArray {
  const options = bind<HistogramOptions>("histogram_bin_edges", ["bins", "range", "weights"], args, {
    bins: 10,
    range: null,
    weights: null,
  });
  const [array, weights] = rowOf(a, options.weights);
  return binEdges(array, options.bins, options.range, weights).edges;
}

/** Bins along each dimension: one number, or a number or edges for each. */
export type BinsOfAxes = number | readonly (number | ArrayLike)[];

interface GridOptions {
  readonly bins: BinsOfAxes;
  readonly range: readonly Range[] | null;
  readonly density: boolean | null;
  readonly weights: ArrayLike | null;
}

/** Arguments of `histogramdd` and `histogram2d`. */
export type GridArguments = Signature<
  [bins: BinsOfAxes, range: readonly Range[] | null, density: boolean | null, weights: ArrayLike | null],
  Partial<GridOptions>
>;

function axisEdges(column: NDArray, bins: number | ArrayLike, range: Range, axis: number): NDArray {
  const given = asArray(bins);
  if (given.ndim === 0) {
    const count = Number(given.item());
    if (count < 1) throw new ValueError(`\`bins[${axis}]\` must be positive, when an integer`);
    const [first, last] = outerEdges(column, range);
    if (!given.dtype.isInteger) {
      throw new PythonTypeError(`\`bins[${axis}]\` must be an integer, when a scalar`);
    }
    return linspace(first, last, count + 1) as NDArray;
  }
  if (given.ndim !== 1) throw new ValueError(`\`bins[${axis}]\` must be a scalar or 1d array`);
  if (isTrue(any(u.greater(given.at(":-1"), given.at("1:"))))) {
    throw new ValueError(`\`bins[${axis}]\` must be monotonically increasing, when an array`);
  }
  return given;
}

/** Columns of points, in whichever way they are given. */
function columnsOf(sample: ArrayLike | readonly ArrayLike[]): NDArray[] {
  const points = sample instanceof NDArray && sample.ndim === 2 ? sample : atleast2d(sample as ArrayLike).T;
  return Array.from({ length: points.shape[1]! }, (_, i) => points.at(":", i));
}

/** How many points lie in each cell of a grid, and the edges along each dimension (`numpy.histogramdd`). */
export function histogramdd(
  sample: ArrayLike | readonly ArrayLike[],
  ...args: GridArguments
): [NDArray, NDArray[]] {
  const options = bind<GridOptions>("histogramdd", [...histogramNames], args, {
    ...histogramDefaults,
    bins: 10,
    range: null,
  });
  const columns = columnsOf(sample);
  const count = columns.length;
  const bins = typeof options.bins === "number" ? columns.map(() => options.bins as number) : options.bins;
  if (bins.length !== count) {
    throw new ValueError("The dimension of bins must be equal to the dimension of the sample x.");
  }
  if (options.range !== null && options.range.length !== count) {
    throw new ValueError("range argument must have one entry per dimension");
  }
  const edges = columns.map((column, i) => axisEdges(column, bins[i]!, options.range?.[i] ?? null, i));
  const lengths = edges.map((each) => each.size + 1);
  const cells = columns.reduce((place, column, i) => {
    const at = searchsorted(edges[i]!, column, "right");
    const inside = u.subtract(at, u.equal(column, edges[i]!.at(-1)));
    return u.add(u.multiply(place, lengths[i]!), inside);
  }, asArray(0));
  const minlength = lengths.reduce((n, length) => n * length, 1);
  const flat = bincount(cells, { weights: options.weights, minlength });
  const inner = lengths.map(() => "1:-1");
  let counts = converted(flat.reshape(lengths), float64, "K").at(...inner);
  if (options.density === true) {
    const total = sum(counts);
    edges.forEach((each, i) => {
      const shape = lengths.map((length, axis) => (axis === i ? length - 2 : 1));
      counts = u.divide(counts, diff(each).reshape(shape));
    });
    counts = u.divide(counts, total);
  }
  return [counts, edges];
}

/** How many points lie in each cell of a grid, and the edges along both axes (`numpy.histogram2d`). */
export function histogram2d(x: ArrayLike, y: ArrayLike, ...args: GridArguments): [NDArray, NDArray, NDArray] {
  const options = bind<GridOptions>("histogram2d", [...histogramNames], args, {
    ...histogramDefaults,
    bins: 10,
    range: null,
  });
  const [first, second] = [asArray(x), asArray(y)];
  if (first.shape[0] !== second.shape[0]) throw new ValueError("x and y must have the same length.");
  const { bins } = options;
  const isShared = typeof bins !== "number" && bins.length !== 1 && bins.length !== 2;
  const each = isShared ? [asArray(bins as ArrayLike), asArray(bins as ArrayLike)] : bins;
  const [counts, edges] = histogramdd([first, second], { ...options, bins: each });
  return [counts, edges[0]!, edges[1]!];
}
