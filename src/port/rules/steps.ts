// The operations of a plan: one declaration each, with what it does, the shape it gives, how it is taken back, and how it
// is written in NumPy. `place` writes values back into the array that the step was applied to: with it a plan is
// inverted.

import { type DType, dtypeByName } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import { product } from "../../core/layout.ts";
import { swapBytes } from "../../files/numpy/arrays.ts";
import { withType } from "../../numpy/casting.ts";
import * as np from "../../numpy/index.ts";
import type { NDArray } from "../../numpy/ndarray.ts";

/** One step. */
export type Step =
  | { readonly op: "transpose"; readonly axes: readonly number[] }
  | { readonly op: "reshape"; readonly shape: readonly number[] }
  | { readonly op: "slice"; readonly axis: number; readonly start: number; readonly stop: number }
  | { readonly op: "index"; readonly axis: number; readonly index: number }
  | { readonly op: "flip"; readonly axes: readonly number[] }
  | { readonly op: "take"; readonly axis: number; readonly order: readonly number[] }
  | {
      readonly op: "gates";
      readonly axis: number;
      /** The blocks' letters as they come and as they go, for people. */
      readonly from: string;
      readonly to: string;
      /** Which block comes first, which second. */
      readonly order: readonly number[];
    }
  | { readonly op: "unravel_fortran"; readonly shape: readonly number[] }
  | { readonly op: "cast"; readonly dtype: string }
  | { readonly op: "byteswap" }
  | { readonly op: "add"; readonly value: number }
  | {
      readonly op: "add_slice";
      readonly axis: number;
      readonly start: number;
      readonly stop: number;
      readonly value: number;
    }
  | { readonly op: "mul"; readonly value: number }
  | { readonly op: "mul_self" }
  | {
      readonly op: "fill";
      readonly shape: readonly number[];
      readonly value: number;
      readonly dtype: string;
    };

/** What an operation is. */
interface StepDeclaration<S extends Step> {
  /** A view where that is possible. @throws ValueError where it does not fit */
  apply(array: NDArray, step: S): NDArray;
  /** The shape that it gives, without touching an element. @throws ValueError where it does not fit */
  shape(shape: readonly number[], step: S): readonly number[];
  /** True iff the result shares the array's memory: then writing to the result takes the step back. */
  readonly isView?: true;
  /** Writes to `array` what `apply` would make `value` of. Absent where values are changed for good. */
  place?(array: NDArray, step: S, value: NDArray): void;
  /** As a NumPy expression behind the array. */
  text(step: S): string;
}

type Declarations = { readonly [Op in Step["op"]]: StepDeclaration<Extract<Step, { op: Op }>> };

const listText = (values: readonly number[]): string => values.join(", ");

/** Where along an axis: everything of the axes before it. */
const along = (axis: number, item: string | number): (string | number)[] => [
  ...Array.from({ length: axis }, () => ":"),
  item,
];

function checkAxis(shape: readonly number[], axis: number): number {
  const length = shape[axis];
  if (length === undefined) {
    throw new ValueError(`axis ${axis} is out of bounds for an array of ${shape.length} axes`);
  }
  return length;
}

function checkPart(shape: readonly number[], axis: number, start: number, stop: number): number {
  const length = checkAxis(shape, axis);
  if (!(start >= 0 && start <= stop && stop <= length)) {
    throw new ValueError(`[${start}:${stop}] is not within ${length} along axis ${axis}`);
  }
  return stop - start;
}

const withLength = (shape: readonly number[], axis: number, length: number): readonly number[] =>
  shape.map((old, i) => (i === axis ? length : old));

/** The blocks of an array along an axis, as views, in another order. */
function blocks(array: NDArray, axis: number, order: readonly number[], size: number): NDArray[] {
  return order.map((block) => array.at(...along(axis, `${block * size}:${(block + 1) * size}`)));
}

/** An axis cut into blocks of one size that are put in another order. */
const reorder = <S extends Step>(
  axisOf: (step: S) => number,
  orderOf: (step: S) => readonly number[],
  count: (step: S, length: number) => number,
  text: (step: S) => string,
): StepDeclaration<S> => {
  const size = (shape: readonly number[], step: S): number => {
    const length = checkAxis(shape, axisOf(step));
    const parts = count(step, length);
    if (length % parts !== 0 || orderOf(step).some((block) => block < 0 || block >= parts)) {
      throw new ValueError(
        `${length} along axis ${axisOf(step)} do not make blocks in the order ${listText(orderOf(step))}`,
      );
    }
    return length / parts;
  };
  return {
    apply: (array, step) => {
      const length = size(array.shape, step);
      return np.concatenate(blocks(array, axisOf(step), orderOf(step), length), axisOf(step));
    },
    shape: (shape, step) => withLength(shape, axisOf(step), size(shape, step) * orderOf(step).length),
    place: (array, step, value) => {
      const length = size(array.shape, step);
      blocks(array, axisOf(step), orderOf(step), length).forEach((block, i) => {
        block.set("...", value.at(...along(axisOf(step), `${i * length}:${(i + 1) * length}`)));
      });
    },
    text,
  };
};

/** The number with its bytes reversed. */
function swapped(array: NDArray): NDArray {
  const copy = array.copy("C");
  swapBytes(copy.storage.bytes(), copy.itemsize);
  return copy;
}

const dtypeOf = (name: string): DType => {
  const dtype = dtypeByName(name);
  if (dtype === undefined) throw new ValueError(`there is no type ${name}`);
  return dtype;
};

/** An array under another type, with the number at its 0-d type for arithmetic. */
const scalarLike = (array: NDArray, value: number): NDArray => np.full([], value, { dtype: array.dtype });

const declarations: Declarations = {
  transpose: {
    apply: (array, { axes }) => array.transpose(axes),
    shape: (shape, { axes }) => {
      if (axes.length !== shape.length || new Set(axes).size !== axes.length) {
        throw new ValueError(`axes (${listText(axes)}) do not match (${listText(shape)})`);
      }
      return axes.map((axis) => {
        checkAxis(shape, axis);
        return shape[axis]!;
      });
    },
    isView: true,
    text: ({ axes }) => `.transpose(${listText(axes)})`,
  },
  reshape: {
    apply: (array, { shape }) => array.reshape(shape),
    shape: (from, { shape }) => {
      if (product(from) !== product(shape)) {
        throw new ValueError(`cannot reshape (${listText(from)}) into (${listText(shape)})`);
      }
      return shape;
    },
    place: (array, _, value) => {
      array.set("...", value.reshape(array.shape));
    },
    text: ({ shape }) => `.reshape(${shape.length === 0 ? "()" : listText(shape)})`,
  },
  slice: {
    apply: (array, { axis, start, stop }) => {
      checkPart(array.shape, axis, start, stop);
      return array.at(...along(axis, `${start}:${stop}`));
    },
    shape: (shape, { axis, start, stop }) => withLength(shape, axis, checkPart(shape, axis, start, stop)),
    isView: true,
    text: ({ axis, start, stop }) => `[${along(axis, `${start}:${stop}`).join(", ")}]`,
  },
  index: {
    apply: (array, { axis, index }) => {
      checkPart(array.shape, axis, index, index + 1);
      return array.at(...along(axis, index), "...");
    },
    shape: (shape, { axis, index }) => {
      checkPart(shape, axis, index, index + 1);
      return shape.filter((_, i) => i !== axis);
    },
    isView: true,
    text: ({ axis, index }) => `[${along(axis, index).join(", ")}]`,
  },
  flip: {
    apply: (array, { axes }) => np.flip(array, axes),
    shape: (shape, { axes }) => {
      for (const axis of axes) checkAxis(shape, axis);
      return shape;
    },
    isView: true,
    text: ({ axes }) => `[${flipText(axes)}]`,
  },
  take: reorder(
    ({ axis }) => axis,
    ({ order }) => order,
    (_, length) => length,
    ({ axis, order }) =>
      `.take([${order.length > 8 ? `${listText(order.slice(0, 8))}, ...` : listText(order)}], ${axis})`,
  ),
  gates: reorder(
    ({ axis }) => axis,
    ({ order }) => order,
    ({ order }) => order.length,
    ({ axis, from, to }) => `.gates("${from}" to "${to}", ${axis})`,
  ),
  unravel_fortran: {
    apply: (array, { shape }) => array.ravel().reshape(shape, { order: "F" }),
    shape: (from, { shape }) => declarations.reshape.shape(from, { op: "reshape", shape }),
    place: (array, _, value) => {
      array.set("...", value.ravel("F").reshape(array.shape));
    },
    text: ({ shape }) => `.ravel().reshape(${listText(shape)}, order="F")`,
  },
  cast: {
    apply: (array, { dtype }) => withType(array, dtypeOf(dtype)),
    shape: (shape) => shape,
    place: (array, { dtype }, value) => {
      const back = withType(value, array.dtype);
      if (!isSameBits(withType(back, dtypeOf(dtype)), value)) {
        throw new ValueError(`${dtype} values cannot be taken back to ${array.dtype.name} exactly`);
      }
      array.set("...", back);
    },
    text: ({ dtype }) => `.astype("${dtype}")`,
  },
  byteswap: {
    apply: (array) => swapped(array),
    shape: (shape) => shape,
    place: (array, _, value) => {
      array.set("...", swapped(value));
    },
    text: () => ".byteswap()",
  },
  add: {
    apply: (array, { value }) => np.add(array, scalarLike(array, value)) as NDArray,
    shape: (shape) => shape,
    text: ({ value }) => ` + ${value}`,
  },
  add_slice: {
    apply: (array, { axis, start, stop, value }) => {
      checkPart(array.shape, axis, start, stop);
      const copy = array.copy();
      const part = copy.at(...along(axis, `${start}:${stop}`));
      part.set("...", np.add(part, scalarLike(part, value)) as NDArray);
      return copy;
    },
    shape: (shape, { axis, start, stop }) => {
      checkPart(shape, axis, start, stop);
      return shape;
    },
    text: ({ axis, start, stop, value }) =>
      ` with [${along(axis, `${start}:${stop}`).join(", ")}] += ${value}`,
  },
  mul: {
    apply: (array, { value }) => np.multiply(array, scalarLike(array, value)) as NDArray,
    shape: (shape) => shape,
    text: ({ value }) => ` * ${value}`,
  },
  mul_self: {
    apply: (array) => np.multiply(array, array) as NDArray,
    shape: (shape) => shape,
    text: () => " ** 2",
  },
  fill: {
    apply: (_, step) => filled(step),
    shape: (_, { shape }) => shape,
    text: ({ shape, value, dtype }) => `full((${listText(shape)}), ${value}, "${dtype}")`,
  },
};

function flipText(axes: readonly number[]): string {
  const last = Math.max(...axes);
  return Array.from({ length: last + 1 }, (_, axis) => (axes.includes(axis) ? "::-1" : ":")).join(", ");
}

/** The array that a `fill` makes of nothing. */
export function filled({ shape, value, dtype }: Extract<Step, { op: "fill" }>): NDArray {
  return np.full(shape, value, { dtype: dtypeOf(dtype) });
}

/** True iff two arrays have the same type, shape and bits. */
export function isSameBits(a: NDArray, b: NDArray): boolean {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
  const [left, right] = [a, b].map((array) => new Uint8Array(array.tobytes()));
  return left!.every((byte, i) => byte === right![i]);
}

const declarationOf = (step: Step): StepDeclaration<Step> =>
  declarations[step.op] as unknown as StepDeclaration<Step>;

/** The array after all steps: a view where that is possible. */
export function applySteps(array: NDArray, steps: readonly Step[] = []): NDArray {
  return steps.reduce((value, step) => declarationOf(step).apply(value, step), array);
}

/** The shape after all steps, without touching an element. @throws ValueError where a step does not fit */
export function shapeAfter(shape: readonly number[], steps: readonly Step[] = []): readonly number[] {
  return steps.reduce((current, step) => declarationOf(step).shape(current, step), shape);
}

/**
 * Takes steps back: writes to `array` that of which the steps make `value`, bit for bit. Elements that the steps leave
 * out stay as they are.
 * @throws ValueError where a step changes values for good
 */
export function placeThrough(array: NDArray, steps: readonly Step[], value: NDArray): void {
  const [step, ...rest] = steps;
  if (step === undefined) {
    array.set("...", value);
    return;
  }
  const declaration = declarationOf(step);
  if (declaration.isView === true) {
    placeThrough(declaration.apply(array, step), rest, value);
    return;
  }
  if (declaration.place === undefined) {
    throw new ValueError(`"${declaration.text(step).trim()}" changes values and cannot be taken back`);
  }
  const between = rest.length === 0 ? value : declaration.apply(array, step).copy();
  if (rest.length > 0) placeThrough(between, rest, value);
  declaration.place(array, step, between);
}

/** The steps as the NumPy calls that they are: `.reshape(4, 4, 12, 16).transpose(3, 2, 0, 1)`. */
export function stepsText(steps: readonly Step[] = []): string {
  return steps.map((step) => declarationOf(step).text(step)).join("");
}
