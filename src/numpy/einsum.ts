// `numpy.einsum`: sums of products in Einstein's notation. Operands are joined two at a time, each pair as one product
// of matrices. What is only rearranged is a view.

import { bind, isOptions } from "../core/arguments.ts";
import { bool, type DType } from "../core/dtype.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { diagonal, Layout, permute, product } from "../core/layout.ts";
import { assign, shapeText } from "./assign.ts";
import { withType } from "./casting.ts";
import { checkWriteable } from "./contents.ts";
import { type Contraction, contractionOrder } from "./einsum-path.ts";
import { asArray, asScalar, unwritten } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { isOnlyFortran, iterationAxes } from "./order.ts";
import { matmul } from "./products.ts";
import { canCast, resultType } from "./promotion.ts";
import { reduceAxes } from "./reduce.ts";
import {
  type ArrayLike,
  type Casting,
  type DTypeLike,
  dtypeText,
  type Order,
  optionalDtype,
} from "./types.ts";
import { add, logicalOr } from "./ufuncs.ts";
import { wantedText } from "./views.ts";

/** An operand with a label for each axis. */
interface Labelled {
  readonly array: NDArray;
  readonly labels: readonly string[];
}

function labelsOf(term: string, ndim: number, spread: number, operand: number): string[] {
  const [before, after] = term.split("...");
  const count = after === undefined ? 0 : Math.max(ndim - before!.length - after.length, 0);
  const dots = Array.from({ length: count }, (_, i) => `.${spread - count + i}`);
  const labels = [...before!, ...dots, ...(after ?? "")];
  if (labels.length !== ndim) {
    throw new ValueError(
      labels.length > ndim
        ? `einstein sum subscripts string contains too many subscripts for operand ${operand}`
        : "operand has more dimensions than subscripts given in einstein sum, but no '...' ellipsis provided to broadcast the extra dimensions.",
    );
  }
  return labels;
}

/** A label that comes twice in one operand means its diagonal. */
function withoutRepeats({ array, labels }: Labelled): Labelled {
  const second = labels.findIndex((label, i) => labels.indexOf(label) < i);
  if (second === -1) return { array, labels };
  const first = labels.indexOf(labels[second]!);
  if (array.shape[first] !== array.shape[second]) {
    throw new ValueError(
      `dimensions in operand for collapsing index '${labels[second]}' don't match (${array.shape[first]} != ${array.shape[second]})`,
    );
  }
  const rest = labels.filter((_, i) => i !== first && i !== second);
  return withoutRepeats({
    array: array.viewAs(diagonal(array.layout, 0, first, second)),
    labels: [...rest, labels[first]!],
  });
}

/** Sums over the labels that are not wanted. */
function summed({ array, labels }: Labelled, wanted: readonly string[]): Labelled {
  const axes = labels.flatMap((label, axis) => (wanted.includes(label) ? [] : [axis]));
  if (axes.length === 0) return { array, labels };
  const ufunc = array.dtype === bool ? logicalOr : add;
  return {
    array: reduceAxes(ufunc, array, { axis: axes, dtype: array.dtype }),
    labels: labels.filter((label) => wanted.includes(label)),
  };
}

function ordered({ array, labels }: Labelled, order: readonly string[]): NDArray {
  return array.viewAs(
    permute(
      array.layout,
      order.map((label) => labels.indexOf(label)),
    ),
    true,
  );
}

function lengthOf(operand: Labelled, label: string): number {
  return operand.array.shape[operand.labels.indexOf(label)] ?? 1;
}

/** The product of two operands, summed over the labels that nothing else needs. */
function joinedPair(a: Labelled, b: Labelled, needed: readonly string[]): Labelled {
  const left = summed(a, [...needed, ...b.labels]);
  const right = summed(b, [...needed, ...a.labels]);
  const shared = left.labels.filter((label) => right.labels.includes(label));
  const batch = shared.filter((label) => needed.includes(label));
  const inner = shared.filter((label) => !needed.includes(label));
  const rows = left.labels.filter((label) => !shared.includes(label));
  const columns = right.labels.filter((label) => !shared.includes(label));
  const size = (operand: Labelled, labels: readonly string[]): number =>
    product(labels.map((label) => lengthOf(operand, label)));
  const spread = (operand: Labelled, other: Labelled): Labelled => ({
    array: operand.array.viewAs(stretch(operand, other)),
    labels: operand.labels,
  });
  const [first, second] = [spread(left, right), spread(right, left)];
  const batchShape = batch.map((label) => lengthOf(first, label));
  const matrices = ordered(first, [...batch, ...rows, ...inner]).reshape([
    ...batchShape,
    size(first, rows),
    size(first, inner),
  ]);
  const others = ordered(second, [...batch, ...inner, ...columns]).reshape([
    ...batchShape,
    size(second, inner),
    size(second, columns),
  ]);
  const shape = [
    ...batchShape,
    ...rows.map((label) => lengthOf(first, label)),
    ...columns.map((label) => lengthOf(second, label)),
  ];
  return { array: matmul(matrices, others).reshape(shape), labels: [...batch, ...rows, ...columns] };
}

/** An operand's layout with shared axes of length 1 stretched to the other's. */
function stretch(operand: Labelled, other: Labelled): NDArray["layout"] {
  const { layout } = operand.array;
  const shape = operand.labels.map((label, axis) =>
    other.labels.includes(label) && layout.shape[axis] === 1 ? lengthOf(other, label) : layout.shape[axis]!,
  );
  const strides = layout.strides.map((stride, axis) => (shape[axis] === layout.shape[axis] ? stride : 0));
  return layout.with(shape, strides);
}

/** @throws ValueError unless each label has one length (or 1) in all operands */
function checkLengths(operands: readonly Labelled[], output: readonly string[]): void {
  const labels = [...new Set([...output, ...operands.flatMap((operand) => operand.labels)])];
  const fits = labels.every((label) => {
    const lengths = operands
      .filter((each) => each.labels.includes(label))
      .map((each) => lengthOf(each, label));
    return new Set(lengths.filter((length) => length !== 1)).size <= 1;
  });
  if (fits) return;
  const texts = operands.map((operand) => {
    const remapped = labels.map((label) => (operand.labels.includes(label) ? lengthOf(operand, label) : -1));
    return `${shapeText(operand.array.shape)}->${wantedText(remapped)} `;
  });
  throw new ValueError(
    `operands could not be broadcast together with remapped shapes [original->remapped]: ${texts.join("")}`,
  );
}

/** The labels of the result where none are given: those that come once, in the order of the alphabet. */
function impliedOutput(terms: readonly (readonly string[])[]): string[] {
  const all = terms.flat();
  const dots = [...new Set(all.filter((label) => label.startsWith(".")))].sort();
  const once = all.filter(
    (label) => !label.startsWith(".") && all.filter((each) => each === label).length === 1,
  );
  return [...dots, ...once.sort()];
}

/** Axes as numbers, "..." among them, as `einsum` takes them beside each operand. */
export type Sublist = readonly (number | "...")[];

/** What `einsum` takes by name. */
export interface EinsumOptions {
  readonly out: NDArray | null;
  readonly dtype: DTypeLike | null;
  readonly order: Order;
  readonly casting: Casting;
  /** How the order of the products is chosen; false takes the operands as they come. */
  readonly optimize: Optimize;
}

/** How `einsum` finds the order of its products. */
export type Optimize = boolean | "greedy" | "optimal" | readonly (string | readonly number[])[];

/** Subscripts and operands, in whichever way they are given. */
export interface EinsumInput {
  readonly subscripts: string;
  readonly operands: readonly NDArray[];
}

function termOf(sublist: Sublist): string {
  return sublist
    .map((axis) => {
      if (axis === "...") return axis;
      if (axis < 0 || axis >= 52) {
        throw new ValueError("subscript is not within the valid range [0, 52)");
      }
      return String.fromCharCode(axis < 26 ? 65 + axis : 71 + axis);
    })
    .join("");
}

/** Reads `"ij,jk->ik", a, b` or `a, [0, 1], b, [1, 2], [0, 2]`. */
export function einsumInput(args: readonly unknown[]): EinsumInput {
  const [first] = args;
  if (typeof first === "string") {
    return {
      subscripts: first.replaceAll(" ", ""),
      operands: args.slice(1).map((each) => asArray(each as ArrayLike)),
    };
  }
  const pairs = Math.floor(args.length / 2);
  const terms = Array.from({ length: pairs }, (_, i) => termOf(args[2 * i + 1] as Sublist));
  const output = args.length % 2 === 1 ? `->${termOf(args.at(-1) as Sublist)}` : "";
  return {
    subscripts: terms.join(",") + output,
    operands: Array.from({ length: pairs }, (_, i) => asArray(args[2 * i] as ArrayLike)),
  };
}

/** The labels of every operand and of the result. */
export interface EinsumLabels {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/** Reads the subscripts. @throws ValueError where they do not suit the operands */
export function einsumLabels({ subscripts, operands }: EinsumInput): EinsumLabels {
  const [left, right] = subscripts.split("->");
  const terms = left!.split(",");
  if (terms.length !== operands.length) {
    // Kept as NumPy has it, which counts the other way round.
    const which = terms.length > operands.length ? "more" : "fewer";
    throw new ValueError(
      `${which} operands provided to einstein sum function than specified in the subscripts string`,
    );
  }
  const extra = terms.map((term, i) => (term.includes("...") ? operands[i]!.ndim - term.length + 3 : 0));
  const spread = Math.max(...extra);
  const inputs = terms.map((term, i) => labelsOf(term, operands[i]!.ndim, spread, i));
  const length = right === undefined ? 0 : right.replace("...", "").length;
  const output =
    right === undefined
      ? impliedOutput(inputs)
      : labelsOf(right, length + (right.includes("...") ? spread : 0), spread, 0);
  for (const label of output) {
    if (inputs.every((each) => !each.includes(label))) {
      throw new ValueError(
        `einstein sum subscripts string included output subscript '${label}' which never appeared in an input`,
      );
    }
  }
  return { inputs, output };
}

/** Operands of one type. @throws TypeError where the casting rule forbids it */
function inType(arrays: readonly NDArray[], dtype: DType, casting: Casting): NDArray[] {
  return arrays.map((array, i) => {
    if (!canCast(array.dtype, dtype, casting)) {
      throw new PythonTypeError(
        `Iterator operand ${i} dtype could not be cast from ${dtypeText(array.dtype)} to ${dtypeText(dtype)} according to the rule '${casting}'`,
      );
    }
    return withType(array, dtype);
  });
}

/** The result in the order of memory in which NumPy goes through the operands, or the one asked for. */
function laidOut(
  result: NDArray,
  output: readonly string[],
  operands: readonly Labelled[],
  order: Order,
): NDArray {
  const labels = [...new Set([...output, ...operands.flatMap((each) => each.labels)])];
  const shape = labels.map((label) => Math.max(...operands.map((each) => lengthOf(each, label))));
  const layouts = operands.map(({ array, labels: own }) => {
    const strides = labels.map((label) => array.layout.strides[own.indexOf(label)] ?? 0);
    return new Layout(array.dtype, shape, strides);
  });
  const isFortran =
    order === "F" || (order === "A" && operands.every(({ array }) => isOnlyFortran(array.layout)));
  const axes =
    order === "K"
      ? iterationAxes(layouts, shape).filter((axis) => axis < output.length)
      : output.map((_, i) => i);
  const outer = isFortran ? axes.reverse() : axes;
  const strides = new Array<number>(output.length);
  let step = 1;
  for (const axis of outer.toReversed()) {
    strides[axis] = step;
    step *= Math.max(result.shape[axis]!, 1);
  }
  const target = unwritten(new Layout(result.dtype, result.shape, strides));
  assign(target, result);
  return target;
}

function contracted(
  operands: readonly Labelled[],
  output: readonly string[],
  path: readonly Contraction[],
): NDArray {
  const list = [...operands];
  for (const places of path) {
    const taken = [...places].sort((a, b) => b - a).map((place) => list.splice(place, 1)[0]!);
    const outside = [...output, ...list.flatMap((each) => each.labels)];
    const joined = taken.reverse().reduce((a, b, i, all) => {
      const needed = [...outside, ...all.slice(i + 1).flatMap((each) => each.labels)];
      return joinedPair(a, b, needed);
    });
    list.push(summed(joined, outside));
  }
  return ordered(summed(list[0]!, output), output);
}

/**
 * Sums of products (`numpy.einsum`): `einsum("ij,jk->ik", a, b)`, with "..." for any further axes, or
 * `einsum(a, [0, 1], b, [1, 2], [0, 2])`; options come last.
 * @throws ValueError, TypeError
 */
export function einsum(...args: readonly (string | ArrayLike | Sublist | Partial<EinsumOptions>)[]): NDArray {
  const last = args.at(-1);
  const options = bind<EinsumOptions>("einsum", [], isOptions(last) ? [last] : [], {
    out: null,
    dtype: null,
    order: "K",
    casting: "safe",
    optimize: false,
  });
  const input = einsumInput(isOptions(last) ? args.slice(0, -1) : args);
  const { inputs, output } = einsumLabels(input);
  const dtype = optionalDtype(options.dtype) ?? resultType(...input.operands);
  const operands = inType(input.operands, dtype, options.casting).map((array, i) =>
    withoutRepeats({ array, labels: inputs[i]! }),
  );
  checkLengths(operands, output);
  const { out, order } = options;
  const [first] = operands;
  const isView = operands.length === 1 && first!.labels.length === output.length && order === "K";
  if (isView && out === null && first!.array.dtype === input.operands[0]!.dtype)
    return ordered(first!, output);
  const path = contractionOrder({ inputs, output }, input.operands, options.optimize);
  const result = contracted(operands, output, path);
  if (out !== null) {
    checkWriteable(out, "output array");
    assign(out, result);
    return out;
  }
  const final = laidOut(result, output, operands, order);
  const isPlain = options.optimize === false || operands.length === 1;
  return final.ndim === 0 && isPlain ? asScalar(final) : final;
}
