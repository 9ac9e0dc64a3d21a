// Triangles and diagonals of matrices: tril, triu, diag, diag_embed, diagflat, fill_diagonal_.

import { bind, type Signature } from "../core/arguments.ts";
import { bool } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { TensorBase } from "./base.ts";
import { wrapDim } from "./dims.ts";
import type { OutOptions } from "./elementwise.ts";
import { checkWritable, into } from "./in-place.ts";
import { named } from "./node.ts";
import type { ScalarLike } from "./promotion.ts";
import { lacks, type Refusals, refusals, refuse } from "./refusals.ts";
import { replaced } from "./replacing.ts";
import { allocate, unwritten } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { asStrided, diagonal as diagonalView } from "./views.ts";
import { copy_, fill_ } from "./writing.ts";

interface TriangleOptions extends OutOptions {
  readonly diagonal?: number;
}

type TriangleArguments = Signature<[diagonal?: number], TriangleOptions>;

interface Triangle {
  readonly name: string;
  readonly label: string;
  readonly refusals: Refusals;
  readonly keeps: (distance: number, diagonal: number) => boolean;
}

const lower: Triangle = {
  name: "tril",
  label: "TrilBackward0",
  refusals: refusals(lacks("tril", "rare")),
  keeps: (distance, diagonal) => distance <= diagonal,
};

const upper: Triangle = {
  name: "triu",
  label: "TriuBackward0",
  refusals: refusals(lacks("triu", "rare")),
  keeps: (distance, diagonal) => distance >= diagonal,
};

function triangleArguments({ name }: Triangle, args: readonly unknown[]): Required<TriangleOptions> {
  return bind<Required<TriangleOptions>>(name, ["diagonal"], args, { diagonal: 0, out: null });
}

function triangleOf(input: Tensor, triangle: Triangle, diagonal: number): Tensor {
  const { name, keeps, label } = triangle;
  if (input.ndim < 2) throw new RuntimeError(`${name}: input tensor must have at least 2 dimensions`);
  refuse(triangle.refusals, input.dtype);
  const [rows, columns] = input.shape.slice(-2) as [number, number];
  const mask = unwritten(Layout.contiguous(bool, [rows, columns]));
  const array = mask.storage.view(bool);
  for (let i = 0; i < rows * columns; i++) {
    array[i] = keeps((i % columns) - Math.floor(i / columns), diagonal) ? 0 : 1;
  }
  return named(input.maskedFill(mask, 0), label);
}

/** The part of matrices on and below a diagonal; the rest is 0. */
export function tril(input: Tensor, ...args: TriangleArguments): Tensor {
  const { diagonal, out } = triangleArguments(lower, args);
  return into(triangleOf(input, lower, diagonal), out, "tril", [input]);
}

/** `tril` in place. */
export function tril_(input: Tensor, ...args: TriangleArguments): Tensor {
  const { diagonal } = triangleArguments(lower, args);
  return replaced(input, [], (before) => triangleOf(before, lower, diagonal));
}

/** The part of matrices on and above a diagonal; the rest is 0. */
export function triu(input: Tensor, ...args: TriangleArguments): Tensor {
  const { diagonal, out } = triangleArguments(upper, args);
  return into(triangleOf(input, upper, diagonal), out, "triu", [input]);
}

/** `triu` in place. */
export function triu_(input: Tensor, ...args: TriangleArguments): Tensor {
  const { diagonal } = triangleArguments(upper, args);
  return replaced(input, [], (before) => triangleOf(before, upper, diagonal));
}

interface EmbedOptions {
  readonly offset: number;
  readonly dim1: number;
  readonly dim2: number;
}

/** Zeros of one axis more, whose diagonals in the plane of two axes are the last axis (`torch.diag_embed`). */
export function diagEmbed(
  input: Tensor,
  ...args: Signature<[offset?: number, dim1?: number, dim2?: number], Partial<EmbedOptions>>
): Tensor {
  const names = ["offset", "dim1", "dim2"] as const;
  const { offset, dim1, dim2 } = bind<EmbedOptions>("diag_embed", names, args, {
    offset: 0,
    dim1: -2,
    dim2: -1,
  });
  return named(embedded(input, offset, dim1, dim2), "DiagEmbedBackward0");
}

function embedded(input: Tensor, offset: number, dim1: number, dim2: number): Tensor {
  const rank = input.ndim + 1;
  const [axis1, axis2] = [wrapDim(dim1, rank), wrapDim(dim2, rank)];
  if (axis1 === axis2) throw new RuntimeError(`diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
  const length = input.shape.at(-1)! + Math.abs(offset);
  const [first, second] = [Math.min(axis1, axis2), Math.max(axis1, axis2)];
  const shape = input.shape.slice(0, -1).toSpliced(first, 0, length).toSpliced(second, 0, length);
  const result = allocate(Layout.contiguous(input.dtype, shape));
  copy_(diagonalView(result, offset, axis1, axis2), input);
  return result;
}

interface DiagonalOptions extends OutOptions {
  readonly diagonal?: number;
}

/** A diagonal matrix of a vector, or the diagonal of a matrix. */
export function diag(input: Tensor, ...args: Signature<[diagonal?: number], DiagonalOptions>): Tensor {
  const { diagonal, out } = bind<Required<DiagonalOptions>>("diag", ["diagonal"], args, {
    diagonal: 0,
    out: null,
  });
  if (input.ndim !== 1 && input.ndim !== 2) {
    throw new RuntimeError(`diag(): Supports 1D or 2D tensors. Got ${input.ndim}D`);
  }
  const result =
    input.ndim === 2
      ? named(diagonalView(input, diagonal).clone(), "DiagonalBackward0_copy")
      : named(embedded(input, diagonal, 0, 1), "DiagEmbedBackward0");
  return into(result, out, "diag", [input]);
}

/** All elements on a diagonal of a square matrix (`torch.diagflat`). */
export function diagflat(
  input: Tensor,
  ...args: Signature<[offset?: number], { readonly offset?: number }>
): Tensor {
  const { offset } = bind<{ readonly offset: number }>("diagflat", ["offset"], args, { offset: 0 });
  return named(embedded(input.reshape([input.layout.size]), offset, 0, 1), "DiagEmbedBackward0");
}

interface FillDiagonalOptions {
  readonly fillValue: ScalarLike | Tensor;
  /** Whether the diagonal begins anew below the square of a tall matrix. */
  readonly wrap?: boolean;
}

/**
 * One value on the main diagonal, in place (`Tensor.fill_diagonal_`).
 * @throws RuntimeError below two axes, and above two for axes of different lengths
 */
export function fillDiagonal_(
  input: Tensor,
  ...args: Signature<[fillValue: ScalarLike | Tensor, wrap?: boolean], Partial<FillDiagonalOptions>>
): Tensor {
  const names = ["fillValue", "wrap"] as const;
  const { fillValue, wrap } = bind<Required<FillDiagonalOptions>>("fill_diagonal_", names, args, {
    wrap: false,
  });
  const { shape, layout } = input;
  checkWritable(input);
  if (shape.length < 2) throw new RuntimeError("dimensions must larger than 1");
  if (shape.length > 2 && shape.some((length) => length !== shape[0])) {
    throw new RuntimeError("all dimensions of input must be of equal length");
  }
  const [rows, columns] = shape as [number, number];
  const step = layout.strides.reduce((sum, stride) => sum + stride, 0);
  fillAlong(input, [Math.min(...shape)], [step], layout.offset, fillValue);
  if (wrap && shape.length === 2 && rows > columns + 1) {
    const count = Math.floor((rows * columns + columns) / (columns + 1)) - Math.min(rows, columns);
    const start = layout.offset + layout.strides[0]! * (columns + 1);
    fillAlong(input, [count], [step], start, fillValue);
  }
  return input;
}

function fillAlong(
  input: Tensor,
  size: readonly number[],
  stride: readonly number[],
  offset: number,
  value: ScalarLike | Tensor,
): void {
  fill_(asStrided(input, size, stride, offset), value instanceof TensorBase ? (value as Tensor) : value);
}
