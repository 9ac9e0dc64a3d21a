// Einstein sums: `torch.einsum("ij,jk->ik", a, b)`.

import { RuntimeError } from "../core/errors.ts";
import { matmul as matmulOperation } from "../ops/products.ts";
import { functionMode } from "./function-mode.ts";
import { checkBatchTypes } from "./product-types.ts";
import { run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

interface Equation {
  readonly operands: readonly string[];
  readonly result: string;
}

const ellipsis = "...";
/** Letters that stand for the axes of an ellipsis, from the last one back. */
const hidden = "①②③④⑤⑥⑦⑧";

function parse(equation: string, tensors: readonly Tensor[]): Equation {
  const [left, right] = equation.replaceAll(" ", "").split("->") as [string, string | undefined];
  const parts = left.split(",");
  if (parts.length !== tensors.length) {
    throw new RuntimeError(
      parts.length > tensors.length
        ? "einsum(): fewer operands were provided than specified in the equation"
        : "einsum(): more operands were provided than specified in the equation",
    );
  }
  let most = 0;
  const operands = parts.map((part, i) => {
    const count = tensors[i]!.ndim - part.replace(ellipsis, "").length;
    if (count < 0 || (count > 0 && !part.includes(ellipsis))) {
      throw new RuntimeError(
        `einsum(): the number of subscripts in the equation (${part.length}) does not match the number of dimensions (${tensors[i]!.ndim}) for operand ${i} and no ellipsis was given`,
      );
    }
    most = Math.max(most, count);
    return part.replace(ellipsis, hiddenAxes(count));
  });
  const result = right === undefined ? implicit(operands, most) : right.replace(ellipsis, hiddenAxes(most));
  return { operands, result };
}

function hiddenAxes(count: number): string {
  return [...hidden.slice(0, count)].reverse().join("");
}

/** Without an arrow the result has the subscripts that occur once, in alphabetical order. */
function implicit(operands: readonly string[], most: number): string {
  const all = operands.join("");
  const once = [...new Set(all)].filter(
    (letter) => !hidden.includes(letter) && all.split(letter).length === 2,
  );
  return hiddenAxes(most) + once.sort().join("");
}

/** The diagonal where a subscript comes twice. */
function diagonals(tensor: Tensor, labels: string): [Tensor, string] {
  for (let i = 0; i < labels.length; i++) {
    const other = labels.indexOf(labels[i]!, i + 1);
    if (other < 0) continue;
    const rest = labels.slice(0, i) + labels.slice(i + 1, other) + labels.slice(other + 1);
    return diagonals(tensor.diagonal(0, i, other), rest + labels[i]!);
  }
  return [tensor, labels];
}

/** Axes in the order of labels; those that are missing have length 1. */
function arranged(tensor: Tensor, labels: string, order: string): Tensor {
  const present = [...order].filter((label) => labels.includes(label));
  const axes = present.map((label) => labels.indexOf(label));
  let result = axes.every((axis, i) => axis === i) ? tensor : tensor.permute(axes);
  [...order].forEach((label, axis) => {
    if (!labels.includes(label)) result = result.unsqueeze(axis);
  });
  return result;
}

/** Sums over the axes whose labels are not kept. */
function summed(tensor: Tensor, labels: string, kept: string): [Tensor, string] {
  const axes = [...labels].flatMap((label, axis) => (kept.includes(label) ? [] : [axis]));
  if (axes.length === 0) return [tensor, labels];
  return [tensor.sum(axes), [...labels].filter((label) => kept.includes(label)).join("")];
}

/** The product of two operands, summed over what neither the rest nor the result needs. */
function multiplied(a: [Tensor, string], b: [Tensor, string], kept: string): [Tensor, string] {
  const [left, leftLabels] = summed(a[0], a[1], kept + b[1]);
  const [right, rightLabels] = summed(b[0], b[1], kept + a[1]);
  const shared = [...leftLabels].filter((label) => rightLabels.includes(label));
  const batch = shared.filter((label) => kept.includes(label)).join("");
  const inner = shared.filter((label) => !kept.includes(label)).join("");
  const rows = [...leftLabels].filter((label) => !shared.includes(label)).join("");
  const columns = [...rightLabels].filter((label) => !shared.includes(label)).join("");
  checkBatchTypes(left, right);
  const flat = (tensor: Tensor, labels: string, groups: readonly string[]): Tensor =>
    arranged(tensor, labels, groups.join("")).reshape(groups.map((group) => size(group, tensor, labels)));
  const sizes = (labels: string): number[] =>
    [...labels].map((label) =>
      Math.max(lengthOf(label, left, leftLabels), lengthOf(label, right, rightLabels)),
    );
  const spread = (tensor: Tensor, labels: string): Tensor =>
    tensor.expand(
      [...labels].map((label) =>
        shared.includes(label) ? sizes(label)[0]! : lengthOf(label, tensor, labels),
      ),
    );
  const product = run(
    matmulOperation,
    [
      flat(spread(left, leftLabels), leftLabels, [batch, rows, inner]),
      flat(spread(right, rightLabels), rightLabels, [batch, inner, columns]),
    ],
    undefined,
    "BmmBackward0",
  );
  const labels = batch + rows + columns;
  return [product.view(sizes(labels)), labels];
}

function lengthOf(label: string, tensor: Tensor, labels: string): number {
  const axis = labels.indexOf(label);
  return axis < 0 ? 1 : tensor.shape[axis]!;
}

function size(group: string, tensor: Tensor, labels: string): number {
  return [...group].reduce((count, label) => count * lengthOf(label, tensor, labels), 1);
}

/**
 * Sums of products of the operands' elements along the axes that subscripts name (`torch.einsum`).
 * @throws RuntimeError when subscripts and axes do not match
 */
export function einsum(equation: string, ...operands: readonly (Tensor | readonly Tensor[])[]): Tensor {
  if (functionMode.now !== null)
    return functionMode.now.call("torch.einsum", einsum, [equation, ...operands]);
  const tensors = operands.flat() as Tensor[];
  const { operands: labels, result } = parse(equation, tensors);
  const lengths = new Map<string, number>();
  let parts = tensors.map((tensor, i): [Tensor, string] => diagonals(tensor, labels[i]!));
  parts.forEach(([tensor, names], i) => {
    [...names].forEach((label, axis) => {
      checkLength(lengths, label, tensor.shape[axis]!, i);
    });
  });
  while (parts.length > 1) {
    const [first, second, ...rest] = parts as [[Tensor, string], [Tensor, string], ...[Tensor, string][]];
    const kept = result + rest.map(([, names]) => names).join("");
    parts = [multiplied(first, second, kept), ...rest];
  }
  const [tensor, names] = summed(parts[0]![0], parts[0]![1], result);
  return arranged(tensor, names, result);
}

function checkLength(lengths: Map<string, number>, label: string, length: number, operand: number): void {
  const known = lengths.get(label) ?? 1;
  if (known !== 1 && length !== 1 && known !== length) {
    throw new RuntimeError(
      `einsum(): subscript ${label} has size ${length} for operand ${operand} which does not broadcast with previously seen size ${known}`,
    );
  }
  lengths.set(label, Math.max(known, length));
}
