// Pictures of weights as small data: a heat map of an array, thinned out where it is large, with the root mean square of
// its rows and columns. Strides are walked, nothing is copied; the whole array is read once.

import type { TypedArray } from "../../core/dtype.ts";
import { aligned, type Operand } from "../../core/elements.ts";
import { decodeTable, encoderOf } from "../../core/halves.ts";
import { type Layout, product } from "../../core/layout.ts";
import type { NDArray } from "../../numpy/ndarray.ts";
import type { Tensor } from "../../torch/index.ts";
import type { Examination } from "../examine.ts";
import { applyRule } from "../rules/apply.ts";
import type { Rule } from "../rules/rule.ts";

/** A heat map. Its two axes are the array's axes, those before `split` going down and the others going right. */
export interface Picture {
  /** What it is of. */
  readonly title: string;
  readonly shape: readonly number[];
  /** How many rows and columns are shown, and of how many. */
  readonly rows: number;
  readonly columns: number;
  readonly allRows: number;
  readonly allColumns: number;
  /** A byte a cell, row by row: 127 is zero, 0 and 254 are -scale and scale, 255 is no finite number. */
  readonly cells: Uint8Array;
  /** Root mean square of the values of each row and column shown, of those that it stands for; in parts of the largest in 255. */
  readonly rowSizes: Uint8Array;
  readonly columnSizes: Uint8Array;
}

/** A parameter before and after. */
export interface ParameterPictures {
  readonly parameter: string;
  /** The value at the ends of the colours, of both pictures. */
  readonly scale: number;
  /** The arrays that it is made from, at most three; none where nothing is done to the array. */
  readonly before: readonly Picture[];
  /** How many arrays are not shown. */
  readonly hidden: number;
  readonly after: Picture;
}

/** Bytes of all cells together: it keeps a page of hundreds of parameters small. */
const budget = 120_000;
/** A picture has at most so many cells, and at least so many where the array has them. */
const [mostCells, fewestCells] = [48 * 48, 64];
/** Of several arrays that become one, so many are shown. */
const mostBefore = 3;
/** Elements above which every n-th is left out of the sizes of rows and columns, n such that about so many remain. */
const mostRead = 1 << 24;

/** Positions of the elements along some axes, the last the fastest. */
function offsets(layout: Layout, axes: readonly number[]): Float64Array {
  let result = new Float64Array([0]);
  for (const axis of axes) {
    const [length, stride] = [layout.shape[axis]!, layout.strides[axis]!];
    const next = new Float64Array(result.length * length);
    for (let i = 0; i < result.length; i++)
      for (let k = 0; k < length; k++) next[i * length + k] = result[i]! + k * stride;
    result = next;
  }
  return result;
}

/** Where the axes are cut in two so that the picture is nearest to a square. */
function splitOf(shape: readonly number[]): number {
  let best = Math.min(1, shape.length - 1);
  let least = Number.POSITIVE_INFINITY;
  for (let at = 1; at < shape.length; at++) {
    const ratio = Math.abs(Math.log(product(shape.slice(0, at)) / product(shape.slice(at))));
    if (ratio < least - 1e-9) [best, least] = [at, ratio];
  }
  return Math.max(0, best);
}

/** How many rows and columns are shown of so many: about as many cells as wanted, the larger side cut first. */
function thinned(rows: number, columns: number, wanted: number): [number, number] {
  let [down, right] = [rows, columns];
  if (down * right <= wanted) return [down, right];
  const side = Math.floor(Math.sqrt(wanted));
  if (down <= side) right = Math.max(1, Math.floor(wanted / down));
  else if (right <= side) down = Math.max(1, Math.floor(wanted / right));
  else [down, right] = [side, side];
  return [Math.min(rows, down), Math.min(columns, right)];
}

/** What an array's numbers are read with. */
interface Values {
  readonly data: TypedArray;
  readonly decode: Float64Array | undefined;
  readonly layout: Layout;
}

function valuesOf(operand: Operand): Values | undefined {
  const { storage, layout } = aligned(operand);
  if (layout.dtype.kind === "complex" || layout.size === 0) return undefined;
  const decode = encoderOf(layout.dtype) === undefined ? undefined : decodeTable(layout.dtype);
  return { data: storage.view(layout.dtype), decode, layout };
}

const at = ({ data, decode }: Values, position: number): number =>
  decode === undefined ? Number(data[position]) : decode[data[position] as number]!;

/** An array that is drawn: its numbers, and its places by row and column. */
interface Plane {
  readonly values: Values;
  readonly down: ArrayLike<number>;
  readonly right: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
}

function planeOf(operand: Operand, cells: number): Plane | undefined {
  const values = valuesOf(operand);
  if (values === undefined) return undefined;
  const { layout } = values;
  const split = splitOf(layout.shape);
  const axes = layout.shape.map((_, axis) => axis);
  const [down, right] = [offsets(layout, axes.slice(0, split)), offsets(layout, axes.slice(split))];
  const [rows, columns] = thinned(down.length, right.length, cells);
  return { values, down, right, rows, columns };
}

/** Which of `count` places is shown as the n-th of `shown`: the middle of those that it stands for. */
const place = (n: number, shown: number, count: number): number => Math.floor(((n + 0.5) * count) / shown);

/** The numbers that are shown, row by row. */
function shownNumbers({ values, down, right, rows, columns }: Plane): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = values.layout.offset + down[place(row, rows, down.length)]!;
    for (let column = 0; column < columns; column++)
      result[row * columns + column] = at(values, start + right[place(column, columns, right.length)]!);
  }
  return result;
}

/** Root mean squares of rows and columns, binned as they are shown, in one pass over the array. */
function sizes({ values, down, right, rows, columns }: Plane): { rows: Uint8Array; columns: Uint8Array } {
  const [ofRow, ofColumn] = [new Float64Array(rows), new Float64Array(columns)];
  const [inRow, inColumn] = [new Float64Array(rows), new Float64Array(columns)];
  const step = Math.max(1, Math.ceil((down.length * right.length) / mostRead));
  const { offset } = values.layout;
  for (let i = 0; i < down.length; i += step) {
    const [row, start] = [Math.floor((i * rows) / down.length), offset + down[i]!];
    for (let k = 0; k < right.length; k++) {
      const value = at(values, start + right[k]!);
      if (!Number.isFinite(value)) continue;
      const column = Math.floor((k * columns) / right.length);
      const square = value * value;
      ofRow[row]! += square;
      ofColumn[column]! += square;
      inRow[row]!++;
      inColumn[column]!++;
    }
  }
  return { rows: inParts(ofRow, inRow), columns: inParts(ofColumn, inColumn) };
}

function inParts(sums: Float64Array, counts: Float64Array): Uint8Array {
  const means = sums.map((sum, i) => Math.sqrt(sum / Math.max(1, counts[i]!)));
  const largest = means.reduce((a, b) => Math.max(a, b), 0);
  return Uint8Array.from(means, (mean) => (largest === 0 ? 0 : Math.round((255 * mean) / largest)));
}

function pictureOf(title: string, shape: readonly number[], plane: Plane, scale: number): Picture {
  const numbers = shownNumbers(plane);
  const cells = Uint8Array.from(numbers, (value) =>
    Number.isFinite(value) ? 127 + Math.round(127 * Math.max(-1, Math.min(1, value / scale))) : 255,
  );
  const { rows: rowSizes, columns: columnSizes } = sizes(plane);
  const { rows, columns, down, right } = plane;
  const all = { allRows: down.length, allColumns: right.length };
  return { title, shape, rows, columns, ...all, cells, rowSizes, columnSizes };
}

/** The value at the ends of the colours: one in a hundred of those shown may lie beyond it. */
function scaleOf(planes: readonly Plane[]): number {
  const sorted = planes
    .flatMap((plane) => [...shownNumbers(plane)])
    .map(Math.abs)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const scale = sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 0;
  return scale > 0 ? scale : (sorted.at(-1) ?? 0) > 0 ? sorted.at(-1)! : 1;
}

/** True iff the parameter is one array as it is. */
const isAsItIs = ({ from, combine, ops = [] }: Rule): boolean =>
  from.length === 1 && combine === undefined && ops.length === 0 && (from[0]!.ops ?? []).length === 0;

/**
 * Pictures of the parameters that are filled, before and after, in the order of the state dict. Single numbers and
 * parameters that nothing fills have none; where the model cannot hold the weights there are none at all.
 */
export function picturesOf({ model, source, rules, problems }: Examination): ParameterPictures[] {
  if (problems.length > 0) return [];
  const arrays = new Map(source.arrays.map(({ name, array }) => [name, array]));
  const ruleOf = new Map(rules.map((rule) => [rule.target, rule]));
  const drawn = model.targets.filter(({ tensor, name }) => tensor.layout.size > 1 && ruleOf.has(name));
  const count = drawn.reduce((sum, { name }) => sum + (isAsItIs(ruleOf.get(name)!) ? 1 : 2), 0);
  const cells = Math.max(fewestCells, Math.min(mostCells, Math.floor(budget / Math.max(1, count))));
  return drawn.flatMap(({ name, tensor }) =>
    picturesOfParameter(name, tensor, ruleOf.get(name)!, (array) => arrays.get(array), cells),
  );
}

function picturesOfParameter(
  parameter: string,
  tensor: Tensor,
  rule: Rule,
  arrays: (name: string) => NDArray | undefined,
  cells: number,
): ParameterPictures[] {
  const after = planeOf(applyRule(rule, arrays), cells);
  if (after === undefined) return [];
  const names = isAsItIs(rule) ? [] : [...new Set(rule.from.map(({ name }) => name))];
  const shown = names.slice(0, mostBefore);
  const before = shown.flatMap((name) => {
    const array = arrays(name)!;
    const plane = planeOf(array, Math.max(fewestCells, Math.floor(cells / shown.length)));
    return plane === undefined ? [] : [{ name, shape: array.shape, plane }];
  });
  const scale = scaleOf([after, ...before.map(({ plane }) => plane)]);
  return [
    {
      parameter,
      scale,
      before: before.map(({ name, shape, plane }) => pictureOf(name, shape, plane, scale)),
      hidden: names.length - shown.length,
      after: pictureOf(parameter, tensor.shape, after, scale),
    },
  ];
}
