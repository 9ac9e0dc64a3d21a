// Differences, slopes and areas along an axis: diff, gradient, trapezoid, cumulative_trapezoid
// (ATen/native/ReduceOps.cpp, ATen/native/Integration.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import { uint8 } from "../core/dtype.ts";
import { IndexError, RuntimeError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { PyFloat } from "../core/python.ts";
import { TensorBase } from "./base.ts";
import { wrapDim, wrapDims } from "./dims.ts";
import type { OutOptions } from "./elementwise.ts";
import { into } from "./in-place.ts";
import { named } from "./node.ts";
import { isScalar, plainScalar, type ScalarLike } from "./promotion.ts";
import { cat } from "./stacking.ts";
import { allocate } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** Elements of an axis from `start` to before `end`, both counted from the end where negative. */
function part(input: Tensor, axis: number, start: number, end?: number): Tensor {
  const length = input.shape[axis]!;
  const place = (position: number): number =>
    Math.min(Math.max(position < 0 ? position + length : position, 0), length);
  const from = place(start);
  return input.narrow(axis, from, Math.max(place(end ?? length) - from, 0));
}

interface DiffOptions extends OutOptions {
  readonly n?: number;
  readonly dim?: number;
  readonly prepend?: Tensor | null;
  readonly append?: Tensor | null;
}

function checkEnd(input: Tensor, axis: number, end: Tensor): void {
  if (end.ndim !== input.ndim) {
    throw new RuntimeError("diff expects prepend or append to be the same dimension as input");
  }
  input.shape.forEach((length, other) => {
    if (other === axis || length === end.shape[other]) return;
    throw new RuntimeError(
      "diff expects the shape of tensor to prepend or append to match that of input except along the differencing " +
        `dimension; input.size(${other}) = ${length}, but got tensor.size(${other}) = ${end.shape[other]}`,
    );
  });
}

/** Differences of neighbours along an axis, n times over; with other tensors before and behind (`torch.diff`). */
export function diff(
  input: Tensor,
  ...args: Signature<[n?: number, dim?: number, prepend?: Tensor | null, append?: Tensor | null], DiffOptions>
): Tensor {
  const names = ["n", "dim", "prepend", "append"] as const;
  const { n, dim, prepend, append, out } = bind<Required<DiffOptions>>("diff", names, args, {
    n: 1,
    dim: -1,
    prepend: null,
    append: null,
    out: null,
  });
  if (input.ndim === 0) throw new RuntimeError("diff expects input to be at least one-dimensional");
  const axis = wrapDim(dim, input.ndim);
  for (const end of [prepend, append]) if (end !== null) checkEnd(input, axis, end);
  if (n < 0) throw new RuntimeError(`order must be non-negative but got ${n}`);
  if (n === 0) return into(input.clone(), out, "diff", [input]);
  const parts = [prepend, input, append].filter((each): each is Tensor => each !== null);
  let result = parts.length === 1 ? input : cat(parts, axis);
  const count = Math.min(n, result.shape[axis]!);
  for (let i = 0; i < count; i++) {
    const [later, earlier] = [part(result, axis, 1), part(result, axis, 0, -1)];
    result = result.dtype.kind === "bool" ? later.logicalXor(earlier) : later.sub(earlier);
  }
  return into(result, out, "diff", parts);
}

type Spacing = ScalarLike | readonly (ScalarLike | Tensor)[] | Tensor;

interface GradientOptions {
  /** Distances: one number, or for each axis a number or a vector of coordinates. */
  readonly spacing?: Spacing | null;
  readonly dim?: number | readonly number[] | null;
  /** How many neighbours the ends look at: 1 or 2. */
  readonly edgeOrder?: number;
}

function checkGradient(
  input: Tensor,
  spacings: number | null,
  axes: readonly number[] | null,
  order: number,
): void {
  if (input.dtype === uint8) throw new RuntimeError("torch.gradient does not support uint8 input.");
  if (spacings !== null && axes === null && spacings !== input.ndim) {
    throw new RuntimeError(
      `torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = ${input.ndim}', ` +
        `since dim argument was not given, but got a list of length ${spacings}`,
    );
  }
  if (spacings !== null && axes !== null && spacings !== axes.length) {
    throw new RuntimeError(
      "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the same length, " +
        `but got a spacing argument of length ${spacings} and a dim argument of length ${axes.length}.`,
    );
  }
  if (order !== 1 && order !== 2) {
    throw new RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.");
  }
  const along = axes === null ? input.shape.keys() : wrapDims(axes, input.ndim);
  for (const axis of along) {
    if (input.shape[axis]! > order) continue;
    throw new RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1");
  }
}

/** Slopes at places of equal distance. */
function evenSlopes(input: Tensor, axis: number, distance: number, order: number): Tensor {
  const at = (start: number, end?: number): Tensor => part(input, axis, start, end);
  const center = at(2).sub(at(0, -2)).div(distance).mul(0.5);
  const [first, last] =
    order === 1
      ? [at(1, 2).sub(at(0, 1)), at(-1).sub(at(-2, -1))]
      : [
          at(0, 1).mul(-1.5).add(at(1, 2).mul(2)).sub(at(2, 3).mul(0.5)),
          at(-1).mul(1.5).sub(at(-2, -1).mul(2)).add(at(-3, -2).mul(0.5)),
        ];
  return cat([first.div(distance), center, last.div(distance)], axis);
}

/** Slopes at places whose coordinates are given: those of parabolas through three neighbours. */
function unevenSlopes(input: Tensor, axis: number, coordinates: Tensor, order: number): Tensor {
  if (coordinates.ndim !== 1) {
    throw new RuntimeError(
      "torch.gradient expected each element of spacing to have one dimension, but got an element with " +
        `${coordinates.ndim} dimensions!`,
    );
  }
  const at = (start: number, end?: number): Tensor => part(input, axis, start, end);
  const steps = diff(coordinates);
  const [before, after] = [part(steps, 0, 0, -1), part(steps, 0, 1)];
  const both = before.add(after);
  const shape = input.shape.map((_, each) => (each === axis ? -1 : 1));
  const weight = (value: Tensor): Tensor => value.reshape(shape);
  const center = weight(after.neg().div(before.mul(both)))
    .mul(at(0, -2))
    .add(weight(after.sub(before).div(before.mul(after))).mul(at(1, -1)))
    .add(weight(before.div(after.mul(both))).mul(at(2)));
  if (order === 1) {
    const first = at(1, 2).sub(at(0, 1)).div(steps.select(0, 0));
    const last = at(-1).sub(at(-2, -1)).div(steps.select(0, -1));
    return cat([first, center, last], axis);
  }
  // From the ends inwards: the distances to the first and to the second neighbour.
  const edge = (near: Tensor, far: Tensor, end: Tensor, next: Tensor, third: Tensor): Tensor => {
    const sum = near.add(far);
    return near
      .mul(2)
      .add(far)
      .neg()
      .div(near.mul(sum))
      .mul(end)
      .add(sum.div(near.mul(far)).mul(next))
      .sub(near.div(far.mul(sum)).mul(third));
  };
  const first = edge(steps.select(0, 0), steps.select(0, 1), at(0, 1), at(1, 2), at(2, 3));
  const last = edge(steps.select(0, -1), steps.select(0, -2), at(-1), at(-2, -1), at(-3, -2)).neg();
  return cat([first, center, last], axis);
}

/**
 * Slopes along axes, from differences of neighbours: one tensor for each axis (`torch.gradient`).
 * @throws RuntimeError where spacing and axes do not go together, or an axis is too short
 */
export function gradient(input: Tensor, options: GradientOptions = {}): Tensor[] {
  const { spacing, dim, edgeOrder } = bind<Required<GradientOptions>>("gradient", [], [options], {
    spacing: null,
    dim: null,
    edgeOrder: 1,
  } as Partial<Required<GradientOptions>>);
  const list = Array.isArray(spacing) ? (spacing as readonly (ScalarLike | Tensor)[]) : null;
  const dims = dim === null ? null : typeof dim === "number" ? [dim] : dim;
  checkGradient(input, list?.length ?? null, dims, edgeOrder);
  const axes = dims === null ? [...input.shape.keys()] : wrapDims(dims, input.ndim);
  return axes.map((axis, i) => {
    const own = list === null ? (spacing as ScalarLike | Tensor | null) : list[i]!;
    if (own instanceof TensorBase) return unevenSlopes(input, axis, own as Tensor, edgeOrder);
    return evenSlopes(input, axis, own === null ? 1 : Number(plainScalar(own as ScalarLike)), edgeOrder);
  });
}

interface AreaOptions {
  /** Coordinates of the values. */
  readonly x?: Tensor | null;
  /** Their distance where there are no coordinates. */
  readonly dx?: ScalarLike | null;
  readonly dim?: number;
}

type AreaArguments = Signature<[x?: Tensor], AreaOptions>;

/** The distances between neighbours, and the axis. */
interface Steps {
  readonly axis: number;
  readonly steps: Tensor | number;
}

function stepsOf(name: string, y: Tensor, args: readonly unknown[]): Steps {
  const { x, dx, dim } = bind<Required<AreaOptions>>(name, ["x"], args, { x: null, dx: null, dim: -1 });
  if (y.ndim === 0) throw new IndexError(`Dimension specified as ${dim} but tensor has no dimensions`);
  const axis = wrapDim(dim, y.ndim);
  if (x === null) {
    const step = dx === null ? 1 : isScalar(dx) ? plainScalar(dx) : Number.NaN;
    if (typeof step === "number" || typeof step === "bigint") return { axis, steps: Number(step) };
    throw new RuntimeError(`${name}: Currently, we only support dx as a real number.`);
  }
  let coordinates = x;
  if (x.ndim === 1) {
    if (x.shape[0] !== y.shape[axis]) {
      throw new RuntimeError(`${name}: There must be one \`x\` value for each sample point`);
    }
    coordinates = x.reshape(y.shape.map((_, each) => (each === axis ? -1 : 1)));
  } else if (x.ndim < y.ndim) {
    coordinates = x.reshape([...new Array<number>(y.ndim - x.ndim).fill(1), ...x.shape]);
  }
  return { axis, steps: part(coordinates, axis, 1).sub(part(coordinates, axis, 0, -1)) };
}

/**
 * The area under values along an axis by the trapezoidal rule, with coordinates `x` or distances `dx`
 * (`torch.trapezoid`).
 */
export function trapezoid(y: Tensor, ...args: AreaArguments): Tensor {
  return areaOf("trapezoid", y, args);
}

function areaOf(name: string, y: Tensor, args: readonly unknown[]): Tensor {
  const { axis, steps } = stepsOf(name, y, args);
  if (y.shape[axis] === 0) return allocate(Layout.contiguous(y.dtype, y.shape.toSpliced(axis, 1)));
  if (typeof steps === "number") {
    const ends = y.select(axis, 0).add(y.select(axis, -1)).mul(0.5);
    return named(y.sum(axis).sub(ends).mul(steps), "MulBackward1");
  }
  const areas = part(y, axis, 0, -1)
    .add(part(y, axis, 1))
    .mul(steps);
  return named(areas.sum(axis).div(2), "DivBackward1");
}

/** The older name of `trapezoid`. */
export function trapz(y: Tensor, ...args: AreaArguments): Tensor {
  return areaOf("trapezoid", y, args);
}

/** Running areas by the trapezoidal rule, one fewer than values (`torch.cumulative_trapezoid`). */
export function cumulativeTrapezoid(y: Tensor, ...args: AreaArguments): Tensor {
  const { axis, steps } = stepsOf("cumulative_trapezoid", y, args);
  const sums = part(y, axis, 0, -1).add(part(y, axis, 1));
  if (typeof steps === "number") return sums.mul(new PyFloat(steps / 2)).cumsum(axis);
  return named(sums.mul(steps).cumsum(axis).div(2), "DivBackward1");
}
