// Axes and shapes as arguments: counted from the end where negative, checked, with NumPy's words.

import { elements } from "../core/elements.ts";
import { AxisError, PythonTypeError, ValueError } from "../core/errors.ts";
import { broadcastShapes, type Shape } from "../core/layout.ts";
import { PyFloat } from "../core/python.ts";
import { floatRepr } from "../core/text.ts";
import { shapeText } from "./assign.ts";
import { asArray } from "./make.ts";
import type { Axes, ShapeLike } from "./types.ts";

/**
 * The axis, from 0.
 * @param prefix what stands before the message: "destination: "
 * @throws AxisError
 */
export function normalizeAxis(axis: number, ndim: number, prefix = ""): number {
  if (!Number.isInteger(axis))
    throw new PythonTypeError(`'${typeof axis}' object cannot be interpreted as an integer`);
  if (axis < -ndim || axis >= ndim) {
    throw new AxisError(`${prefix}axis ${axis} is out of bounds for array of dimension ${ndim}`);
  }
  return axis < 0 ? axis + ndim : axis;
}

/**
 * The axes, from 0; all of them for null.
 * @throws AxisError, ValueError for an axis that comes twice
 */
export function normalizeAxes(axes: Axes | null | undefined, ndim: number, argument = "axis"): number[] {
  if (axes === null || axes === undefined) return Array.from({ length: ndim }, (_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : axes;
  const normal = list.map((axis) => normalizeAxis(axis, ndim, argument === "axis" ? "" : `${argument}: `));
  if (new Set(normal).size !== normal.length) {
    throw new ValueError(argument === "axis" ? "repeated axis" : `repeated axis in \`${argument}\` argument`);
  }
  return normal;
}

/** A shape of a number, a list or an integer array. */
export function shapeOf(shape: ShapeLike): number[] {
  if (typeof shape === "number" || shape instanceof PyFloat) {
    if (typeof shape !== "number" || !Number.isInteger(shape)) {
      throw new PythonTypeError(
        `expected a sequence of integers or a single integer, got '${floatRepr(Number(shape))}'`,
      );
    }
    if (shape < 0) throw new ValueError("negative dimensions are not allowed");
    return [shape];
  }
  const lengths = Array.isArray(shape) ? shape.map(Number) : elements(asArray(shape)).map(Number);
  if (lengths.some((length) => length < 0)) throw new ValueError("negative dimensions are not allowed");
  return lengths;
}

/**
 * The shape that all stretch to.
 * @throws ValueError naming them
 */
export function broadcastOrThrow(shapes: readonly Shape[]): number[] {
  const shape = broadcastShapes(shapes);
  if (shape !== undefined) return shape;
  const texts = shapes.map((each) => `${shapeText(each)} `).join("");
  throw new ValueError(`operands could not be broadcast together with shapes ${texts}`);
}
