// `numpy.einsum`: sums of products in Einstein's notation. Operands are joined two at a time, each pair as one product
// of matrices.

import { bool } from "../core/dtype.ts";
import { ValueError } from "../core/errors.ts";
import { diagonal, permute, product } from "../core/layout.ts";
import { shapeText } from "./assign.ts";
import { converted } from "./casting.ts";
import { asArray, asScalar } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { matmul } from "./products.ts";
import { resultType } from "./promotion.ts";
import { reduceAxes } from "./reduce.ts";
import type { ArrayLike } from "./types.ts";
import { add, logicalOr } from "./ufuncs.ts";
import { wantedText } from "./views.ts";

/** An operand with a label for each axis. */
interface Labelled {
  readonly array: NDArray;
  readonly labels: readonly string[];
}

function labelsOf(term: string, ndim: number, spread: number): string[] {
  const [before, after] = term.split("...");
  const count = after === undefined ? 0 : Math.max(ndim - before!.length - after.length, 0);
  const dots = Array.from({ length: count }, (_, i) => `.${spread - count + i}`);
  const labels = [...before!, ...dots, ...(after ?? "")];
  if (labels.length !== ndim) {
    throw new ValueError(
      labels.length > ndim
        ? "einstein sum subscripts string contains too many subscripts for operand"
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

/**
 * Sums of products: `einsum("ij,jk->ik", a, b)`, with "..." for any further axes (`numpy.einsum`).
 * @throws ValueError
 */
export function einsum(subscripts: string, ...operands: readonly ArrayLike[]): NDArray {
  const [left, right] = subscripts.replaceAll(" ", "").split("->");
  const terms = left!.split(",");
  if (terms.length !== operands.length) {
    const which = terms.length > operands.length ? "fewer" : "more";
    throw new ValueError(
      `${which} operands provided to einstein sum function than specified in the subscripts string`,
    );
  }
  const arrays = operands.map(asArray);
  const dtype = resultType(...arrays);
  const extra = terms.map((term, i) => (term.includes("...") ? arrays[i]!.ndim - term.length + 3 : 0));
  const spread = Math.max(...extra);
  const labelled = arrays.map((array, i) =>
    withoutRepeats({ array: converted(array, dtype), labels: labelsOf(terms[i]!, array.ndim, spread) }),
  );
  const labels = terms.map((term, i) => labelsOf(term, arrays[i]!.ndim, spread));
  const output =
    right === undefined
      ? impliedOutput(labels)
      : labelsOf(right, right.replace("...", "").length + (right.includes("...") ? spread : 0), spread);
  for (const label of output) {
    if (labels.every((each) => !each.includes(label))) {
      throw new ValueError(
        `einstein sum subscripts string included output subscript '${label}' which never appeared in an input`,
      );
    }
  }
  checkLengths(labelled, output);
  const result = labelled.reduce((a, b, i) => {
    const needed = [...output, ...labelled.slice(i + 1).flatMap((each) => each.labels)];
    return joinedPair(a, b, needed);
  });
  const final = ordered(summed(result, output), output);
  return final.ndim === 0 ? asScalar(final) : final;
}
