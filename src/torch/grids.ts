// Combinations of positions and values: grids, products, combinations, triangles of indices, shapes that broadcast
// (torch.functional, ATen/native/TensorFactories.cpp).

import { bind, isOptions, type Signature } from "../core/arguments.ts";
import { type DType, int32, int64 } from "../core/dtype.ts";
import { PythonTypeError, RuntimeError, ValueError } from "../core/errors.ts";
import { broadcastShapes as broadcastLayouts, Layout, type Shape } from "../core/layout.ts";
import { take } from "../ops/indexing.ts";
import { TensorBase } from "./base.ts";
import { type CreationOptions, dtypeOr, finish } from "./creation-options.ts";
import { shapeText, typeName } from "./errors.ts";
import { integers } from "./integers.ts";
import { named } from "./node.ts";
import { notImplemented } from "./refusals.ts";
import { stack } from "./stacking.ts";
import { allocate, broadcastError, run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** Tensors one by one, or as one list. */
type Tensors = readonly Tensor[] | readonly [readonly Tensor[]];

/** Tensors stretched to one shape. */
export function broadcastTensors(...tensors: Tensors): Tensor[] {
  const list = tensors.flat() as Tensor[];
  const shape = broadcastLayouts(list.map((tensor) => tensor.shape));
  if (shape === undefined) throw broadcastError(list[0]!.shape, list[1]!.shape);
  return list.map((tensor) => tensor.expand(shape));
}

/**
 * The shape that shapes stretch to; a number is a shape of one axis (`torch.broadcast_shapes`).
 * @throws RuntimeError where they do not go together
 */
export function broadcastShapes(...shapes: readonly (Shape | number)[]): number[] {
  const lists = shapes.map((shape) => (typeof shape === "number" ? [shape] : shape));
  const rank = Math.max(0, ...lists.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  lists.forEach((shape, argument) => {
    for (let back = -1; back >= -shape.length; back--) {
      const length = shape.at(back)!;
      const place = rank + back;
      if (length === 1 || length === result[place]) continue;
      if (length < 0 || result[place] !== 1) {
        const text = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
        throw new RuntimeError(
          `Attempting to broadcast a dimension of length ${length} at ${back}! Mismatching argument at index ${argument} ` +
            `had ${text}; but expected shape should be broadcastable to ${shapeText(result)}`,
        );
      }
      result[place] = length;
    }
  });
  return result;
}

interface MeshgridOptions {
  /** "ij": axes in the order of the tensors; "xy": the first two exchanged. */
  readonly indexing?: "ij" | "xy" | null;
}

type MeshgridArguments =
  | Tensors
  | readonly [...tensors: readonly Tensor[], options: MeshgridOptions]
  | readonly [tensors: readonly Tensor[], options: MeshgridOptions];

/**
 * Coordinates of all points of a grid whose axes are given: views of the tensors (`torch.meshgrid`).
 * @throws RuntimeError for tensors of two axes or more, and for different types
 */
export function meshgrid(...args: MeshgridArguments): Tensor[] {
  const last = args.at(-1);
  const { indexing = null } = (isOptions(last) ? last : {}) as MeshgridOptions;
  const tensors = (isOptions(last) ? args.slice(0, -1) : args).flat() as Tensor[];
  checkGrid(tensors, indexing);
  const swaps = indexing === "xy" && tensors.length > 1;
  const axes = swaps ? [tensors[1]!, tensors[0]!, ...tensors.slice(2)] : tensors;
  const shape = axes.map((tensor) => tensor.layout.size);
  const grids = axes.map((tensor, axis) =>
    tensor.view(shape.map((length, each) => (each === axis ? length : 1))).expand(shape),
  );
  return swaps ? [grids[1]!, grids[0]!, ...grids.slice(2)] : grids;
}

function checkGrid(tensors: readonly Tensor[], indexing: string | null): void {
  if (tensors.length === 0) throw new RuntimeError("meshgrid expects a non-empty TensorList");
  const [first] = tensors;
  if (tensors.some(({ dtype }) => dtype !== first!.dtype)) {
    throw new RuntimeError("meshgrid expects all tensors to have the same dtype");
  }
  const deep = tensors.find(({ ndim }) => ndim > 1);
  if (deep !== undefined) {
    throw new RuntimeError(`torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: ${deep}`);
  }
  if (indexing !== null && indexing !== "ij" && indexing !== "xy") {
    throw new RuntimeError(
      `torch.meshgrid: indexing must be one of "xy" or "ij", but received: ${String(indexing)}`,
    );
  }
}

function checkVector(tensor: Tensor): void {
  if (tensor.ndim === 1) return;
  throw new RuntimeError(`Expect a 1D vector, but got shape ${shapeText(tensor.shape)}`);
}

/** All tuples with one element of each vector, one a row; a single vector as it is (`torch.cartesian_prod`). */
export function cartesianProd(...tensors: Tensors): Tensor {
  const list = tensors.flat() as Tensor[];
  for (const tensor of list) checkVector(tensor);
  if (list.length === 1) return list[0]!;
  const grids = meshgrid(list).map((grid) => grid.flatten());
  return stack(grids, 1);
}

/** Positions of `r` of `n` elements in rising order, one after another. */
function chosen(n: number, r: number, repeats: boolean): number[][] {
  if (r === 0) return [[]];
  return chosen(n, r - 1, repeats).flatMap((head) => {
    const first = head.length === 0 ? 0 : head.at(-1)! + (repeats ? 0 : 1);
    return Array.from({ length: Math.max(n - first, 0) }, (_, i) => [...head, first + i]);
  });
}

interface CombinationsOptions {
  readonly r: number;
  readonly withReplacement: boolean;
}

/** All combinations of `r` elements of a vector, one a row (`torch.combinations`). */
export function combinations(
  input: Tensor,
  ...args: Signature<[r?: number, withReplacement?: boolean], Partial<CombinationsOptions>>
): Tensor {
  const names = ["r", "withReplacement"] as const;
  const { r, withReplacement } = bind<CombinationsOptions>("combinations", names, args, {
    r: 2,
    withReplacement: false,
  });
  checkVector(input);
  if (r < 0) throw new RuntimeError(`Expect a non-negative number, but got ${r}`);
  if (r === 0) return allocate(Layout.contiguous(input.dtype, [0]));
  const rows = chosen(input.shape[0]!, r, withReplacement);
  const positions = integers(rows.flat(), [rows.length, r]);
  return named(run(take, [input, positions], { axis: 0 }), "StackBackward0");
}

/**
 * Positions in row-major order as positions along each axis of a shape (`torch.unravel_index`).
 * @throws TypeError for indices that are no integers; ValueError for a negative length
 */
export function unravelIndex(indices: Tensor, shape: number | Shape): Tensor[] {
  if (!(indices instanceof TensorBase) || !indices.dtype.isInteger) {
    throw new PythonTypeError(
      `expected 'indices' to be integer dtype, but got ${indices instanceof TensorBase ? `torch.${indices.dtype.name}` : typeName(indices)}`,
    );
  }
  const lengths = (Array.isArray(shape) ? [...(shape as Shape)] : [shape]) as (number | bigint)[];
  const other = lengths.find((length) => typeof length !== "bigint" && !Number.isInteger(length));
  if (other !== undefined) {
    throw new PythonTypeError(
      `expected 'shape' sequence to only contain ints, but got <class '${typeName(other)}'>`,
    );
  }
  if (lengths.some((length) => length < 0)) {
    throw new ValueError(`'shape' cannot have negative values, but got (${lengths.join(", ")})`);
  }
  if (lengths.length === 0) return [];
  const whole = lengths.map((length) => (length > 1 ? BigInt(length) : 1n));
  const steps = whole.map((_, axis) => whole.slice(axis + 1).reduce((a, b) => a * b, 1n));
  const vector = (values: readonly bigint[]): Tensor => integers(values);
  return indices.unsqueeze(-1).floorDivide(vector(steps)).remainder(vector(whole)).unbind(-1);
}

interface TriangleOptions extends CreationOptions {
  readonly row: number;
  readonly col: number;
  readonly offset: number;
}

type TriangleArguments = Signature<[row: number, col: number, offset?: number], Partial<TriangleOptions>>;

function triangle(
  name: string,
  args: readonly unknown[],
  holds: (distance: number, offset: number) => boolean,
): Tensor {
  const options = bind<TriangleOptions>(name, ["row", "col", "offset"], args, {
    offset: 0,
    dtype: null,
    device: null,
    requiresGrad: false,
  });
  const { row, col, offset } = options;
  if (row < 0) throw new RuntimeError(`row must be non-negative, got${row}`);
  if (col < 0) throw new RuntimeError(`col must be non-negative, got${col}`);
  if (!Number.isInteger(offset)) {
    throw new PythonTypeError(`${name}(): argument 'offset' (position 3) must be int, not float`);
  }
  const dtype: DType = dtypeOr(options, int64);
  if (dtype !== int64 && dtype !== int32) throw notImplemented(name, dtype);
  const rows: number[] = [];
  const columns: number[] = [];
  for (let i = 0; i < row; i++) {
    for (let j = 0; j < col; j++) {
      if (!holds(j - i, offset)) continue;
      rows.push(i);
      columns.push(j);
    }
  }
  return finish(integers([...rows, ...columns], [2, rows.length]).to(dtype), options);
}

/** Rows and columns of the elements on and below a diagonal, in row-major order (`torch.tril_indices`). */
export function trilIndices(...args: TriangleArguments): Tensor {
  return triangle("tril_indices", args, (distance, offset) => distance <= offset);
}

/** Rows and columns of the elements on and above a diagonal, in row-major order (`torch.triu_indices`). */
export function triuIndices(...args: TriangleArguments): Tensor {
  return triangle("triu_indices", args, (distance, offset) => distance >= offset);
}
