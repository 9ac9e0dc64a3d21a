// Distances between vectors, and vectors brought within a length (ATen/native/Distance.cpp, ATen/native/Normalization.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import { int64 } from "../core/dtype.ts";
import { RuntimeError, ValueError } from "../core/errors.ts";
import { broadcastShapes } from "../core/layout.ts";
import { allAxes, wrapDim } from "./dims.ts";
import { scalarTypeName } from "./errors.ts";
import { inFloat32 } from "./half.ts";
import { tensor } from "./interop.ts";
import { vectorNormOf } from "./linalg/vector-norms.ts";
import type { Numeric } from "./nn/text.ts";
import { named } from "./node.ts";
import { replaced } from "./replacing.ts";
import { broadcastError } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

interface DistOptions {
  readonly p?: Numeric;
}

/** The p-norm of the difference of all elements. */
export function dist(input: Tensor, ...args: Signature<[other: Tensor, p?: Numeric], DistOptions>): Tensor {
  type Bound = { readonly other: Tensor; readonly p: Numeric };
  const { other, p } = bind<Bound>("dist", ["other", "p"], args, { p: 2 });
  const difference = input.sub(other);
  if (!difference.dtype.isFloatingPoint && !difference.dtype.isComplex) {
    throw new RuntimeError(
      `norm(): input dtype should be either floating point or complex. Got ${scalarTypeName(difference.dtype)} instead.`,
    );
  }
  return named(vectorNormOf(difference, Number(p), null, false, null), "DistBackward0");
}

interface CdistOptions extends DistOptions {
  readonly computeMode?: string | null;
}

const computeModes = [
  "use_mm_for_euclid_dist_if_necessary",
  "use_mm_for_euclid_dist",
  "donot_use_mm_for_euclid_dist",
];

/**
 * The p-norms of the differences of each row of one matrix with each of another, in batches.
 * @param args `computeMode` is PyTorch's choice of a faster way; here all are the accurate one
 */
export function cdist(
  x1: Tensor,
  ...args: Signature<[x2: Tensor, p?: Numeric, computeMode?: string | null], CdistOptions>
): Tensor {
  type Bound = Required<CdistOptions> & { readonly x2: Tensor };
  const { x2, p, computeMode } = bind<Bound>("cdist", ["x2", "p", "computeMode"], args, {
    p: 2,
    computeMode: computeModes[0]!,
  });
  if (computeMode !== null && !computeModes.includes(computeMode)) {
    throw new ValueError(`${computeMode} is not a valid value for compute_mode`);
  }
  for (const [name, { dtype }] of [
    ["X1", x1],
    ["X2", x2],
  ] as const) {
    if (dtype.isFloatingPoint) continue;
    throw new RuntimeError(
      `cdist only supports floating-point dtypes, ${name} got: ${scalarTypeName(dtype)}`,
    );
  }
  for (const [name, { ndim }] of [
    ["X1", x1],
    ["X2", x2],
  ] as const) {
    if (ndim < 2) throw new RuntimeError(`cdist only supports at least 2D tensors, ${name} got: ${ndim}D`);
  }
  const [width, other] = [x1.shape.at(-1)!, x2.shape.at(-1)!];
  if (width !== other) {
    throw new RuntimeError(`X1 and X2 must have the same number of columns. X1: ${width} X2: ${other}`);
  }
  if (Number(p) < 0) throw new RuntimeError("cdist only supports non-negative p values");
  const [batch1, batch2] = [x1.shape.slice(0, -2), x2.shape.slice(0, -2)];
  if (broadcastShapes([batch1, batch2]) === undefined) throw broadcastError(batch1, batch2);
  return named(rowDistances(x1.unsqueeze(-2), x2.unsqueeze(-3), Number(p)), "CdistBackward0");
}

function rowDistances(a: Tensor, b: Tensor, p: number): Tensor {
  const difference = a.sub(b);
  if (difference.shape.at(-1) === 0) return difference.sum(-1);
  const distances = vectorNormOf(difference, p, -1, false, null);
  // A count has no gradient; PyTorch's of distances is 0, as that of a sum of nothing.
  return p === 0 ? distances.add(difference.narrow(-1, 0, 0).sum(-1)) : distances;
}

/** The p-norms of the differences of each row with each row behind it, as one vector. */
export function pdist(input: Tensor, ...args: Signature<[p?: Numeric], DistOptions>): Tensor {
  const { p } = bind<{ readonly p: Numeric }>("pdist", ["p"], args, { p: 2 });
  if (input.ndim !== 2) throw new RuntimeError(`pdist only supports 2D tensors, got: ${input.ndim}D`);
  if (!input.dtype.isFloatingPoint) throw new RuntimeError("pdist only supports floating-point dtypes");
  if (Number(p) < 0) throw new RuntimeError("pdist only supports non-negative p values");
  const count = input.shape[0]!;
  const pairs: [number, number][] = [];
  for (let i = 0; i < count; i++) for (let j = i + 1; j < count; j++) pairs.push([i, j]);
  const [first, second] = [0, 1].map((side) =>
    input.indexSelect(
      0,
      tensor(
        pairs.map((pair) => pair[side]!),
        { dtype: int64 },
      ),
    ),
  ) as [Tensor, Tensor];
  return named(rowDistances(first, second, Number(p)), "PdistBackward0");
}

interface RenormOptions {
  readonly p: Numeric;
  readonly dim: number;
  readonly maxnorm: Numeric;
}

type RenormArguments = Signature<[p: Numeric, dim: number, maxnorm: Numeric], RenormOptions>;

/** Slices along an axis whose p-norm is above a bound, scaled down to it. */
export function renorm(input: Tensor, ...args: RenormArguments): Tensor {
  const { p, dim, maxnorm } = bind<RenormOptions>("renorm", ["p", "dim", "maxnorm"], args, {});
  if (Number(p) <= 0) throw new RuntimeError("renorm: non-positive-norm not supported");
  if (Number(maxnorm) < 0) throw new RuntimeError(`renorm: expected maxnorm to be >= 0 but got ${maxnorm}`);
  if (input.ndim < 2) {
    throw new RuntimeError(`renorm: input needs at least 2 dimensions, got ${input.ndim} dimensions`);
  }
  const axis = wrapDim(dim, input.ndim);
  const others = allAxes(input.ndim).filter((each) => each !== axis);
  return inFloat32([input], (source) => {
    const sizes = vectorNormOf(source, Number(p), others, true, null);
    // PyTorch adds 1e-7 before it divides.
    const factors = sizes.add(1e-7).reciprocal().mul(Number(maxnorm));
    return named(source.mul(factors.where(sizes.gt(Number(maxnorm)), 1)), "RenormBackward0");
  });
}

/** `renorm` in place. */
export function renorm_(input: Tensor, ...args: RenormArguments): Tensor {
  return replaced(input, [], (before) => renorm(before, ...args));
}
