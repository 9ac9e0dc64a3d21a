// Comparing two arrays element by element, with NumPy's account of where and how far they differ.

import { elements } from "../../core/elements.ts";
import { PythonTypeError } from "../../core/errors.ts";
import { floatRepr, formatGeneral, tupleText } from "../../core/text.ts";
import { broadcastTo } from "../flips.ts";
import { quietly } from "../floating-errors.ts";
import { asArray } from "../make.ts";
import type { NDArray } from "../ndarray.ts";
import { array2string } from "../print.ts";
import { all, amax, any } from "../reductions.ts";
import { argwhere } from "../sorting.ts";
import type { ArrayLike } from "../types.ts";
import * as u from "../ufuncs.ts";
import { failure, type MessageForm } from "./messages.ts";

/** How two arrays are compared. */
export interface Comparison extends MessageForm {
  /** True where two elements agree. */
  readonly agree: (x: NDArray, y: NDArray) => NDArray;
  readonly equalNan?: boolean;
  readonly equalInf?: boolean;
  /** True: shapes and types must be the same, and a number is not stretched. */
  readonly strict?: boolean;
}

function isTrue(mask: NDArray): boolean {
  return mask.item() === true;
}

/** What is the same in both and not compared: one answer for all, or one for each element. */
type Flags = NDArray | boolean;

class ArrayComparison {
  private readonly x: NDArray;
  private readonly y: NDArray;
  private readonly form: Comparison;

  constructor(actual: ArrayLike, desired: ArrayLike, form: Comparison) {
    const whole = (value: ArrayLike): NDArray => {
      const array = asArray(value);
      return array.isScalar ? array.viewAs(array.layout) : array;
    };
    [this.x, this.y, this.form] = [whole(actual), whole(desired), form];
  }

  private fail(remarks: string): never {
    const { errMsg } = this.form;
    throw failure([this.x, this.y], { ...this.form, errMsg: errMsg + remarks });
  }

  /** @throws AssertionError where the shapes, or under `strict` the types, do not go together */
  private checkShapes(): void {
    const { x, y } = this;
    const isSame = x.ndim === y.ndim && x.shape.every((length, axis) => length === y.shape[axis]);
    const strict = this.form.strict === true;
    if (!isSame && (strict || (x.ndim > 0 && y.ndim > 0))) {
      this.fail(`\n(shapes ${tupleText(x.shape)}, ${tupleText(y.shape)} mismatch)`);
    }
    if (strict && x.dtype !== y.dtype) this.fail(`\n(dtypes ${x.dtype.name}, ${y.dtype.name} mismatch)`);
  }

  /** Where both are such numbers. @throws AssertionError where one alone is */
  private inSamePlaces(find: (array: NDArray) => NDArray, name: string): Flags {
    const [first, second] = [find(this.x), find(this.y)];
    if (!isTrue(all(u.equal(first, second)))) this.fail(`\n${name} location mismatch:`);
    if (first.ndim === 0) return isTrue(first);
    return second.ndim === 0 ? isTrue(second) : second;
  }

  private checkInfinities(mask: Flags): void {
    if (mask === false || (mask !== true && !isTrue(any(mask)))) return;
    const arePicked = this.x.ndim > 0 && this.y.ndim > 0 && mask !== true;
    const [x, y] = arePicked ? [this.x.at(mask), this.y.at(mask)] : [this.x, this.y];
    if (!isTrue(all(u.equal(x, y)))) this.fail("\ninf values mismatch:");
  }

  /** NaNs and infinities that are the same in both. */
  private flagged(): Flags {
    let flags: Flags = false;
    if (this.form.equalNan ?? true) flags = this.inSamePlaces((array) => u.isnan(array), "nan");
    if (!(this.form.equalInf ?? true)) return flags;
    const others = u.logicalNot(flags);
    const infinite = this.inSamePlaces((array) => u.logicalAnd(u.isinf(array), others), "inf");
    this.checkInfinities(infinite);
    if (typeof flags === "boolean" && typeof infinite === "boolean") return flags || infinite;
    return u.logicalOr(flags, infinite);
  }

  run(): void {
    this.checkShapes();
    const flags = this.flagged();
    if (flags === true) return;
    let [x, y] = [this.x, this.y];
    const others = flags === false ? undefined : u.logicalNot(flags);
    if (others !== undefined) {
      [x, y] = [x.at(others), y.at(others)];
      if (x.size === 0) return;
    }
    const agreed = this.form.agree(x, y);
    if (isTrue(all(agreed))) return;
    const invalid = u.logicalNot(agreed);
    const count = elements(invalid).filter(Boolean).length;
    const total = others?.size ?? agreed.size;
    const percent = formatGeneral((100 * count) / total, 3);
    const remarks = [`Mismatched elements: ${count} / ${total} (${percent}%)`];
    if (invalid.ndim > 0) remarks.push(this.places(invalid, others));
    remarks.push(...distances(x, y, invalid));
    this.fail(`\n${remarks.join("\n")}`);
  }

  /** Where the first elements that differ are, and what they are. */
  private places(invalid: NDArray, others: NDArray | undefined): string {
    const positions = others === undefined ? argwhere(invalid) : argwhere(others).at(invalid);
    const [first, second] = this.form.names ?? ["ACTUAL", "DESIRED"];
    const lines = [...positions.at(":5")].map((position) => {
      const index = elements(position).map(Number);
      const [x, y] = [this.x, this.y].map((array) =>
        elementText(array.ndim === 0 ? array.at() : array.at(...index)),
      );
      return ` [${index.join(", ")}]: ${x} (${first}), ${y} (${second})`;
    });
    const count = positions.shape[0]!;
    const title =
      count === 1
        ? "Mismatch at index:"
        : count <= 5
          ? "Mismatch at indices:"
          : "First 5 mismatches are at indices:";
    return `${title}\n${lines.join("\n")}`;
  }
}

/** An element as an f-string has it: floats with all digits of a double. */
function elementText(element: NDArray): string {
  return element.dtype.isFloatingPoint ? floatRepr(Number(element.item())) : String(element);
}

/** The greatest differences; none where the elements cannot be subtracted. */
function distances(x: NDArray, y: NDArray, invalid: NDArray): string[] {
  const lines: string[] = [];
  try {
    quietly(() => {
      const error = errorsOf(x, y);
      const picked = (array: NDArray, mask: NDArray): NDArray =>
        mask.ndim === 0 ? array.reshape([-1]) : array.at(mask);
      const most = amax(picked(error, invalid));
      lines.push(`Max absolute difference among violations: ${array2string(most)}`);
      const counted = u.logicalAnd(invalid, u.notEqual(y, 0));
      let ratio = asArray(Number.POSITIVE_INFINITY);
      if (isTrue(any(counted))) {
        const wanted = picked(broadcastTo(y, [...error.shape]), counted);
        ratio = amax(u.divide(picked(error, counted), u.absolute(wanted)));
      }
      lines.push(`Max relative difference among violations: ${array2string(ratio)}`);
    });
  } catch (error) {
    if (!(error instanceof PythonTypeError)) throw error;
  }
  return lines;
}

function errorsOf(x: NDArray, y: NDArray): NDArray {
  const error = u.absolute(u.subtract(x, y));
  // Kept as NumPy has it: of two unsigned numbers the distances are not said.
  if (x.dtype.kind === "unsigned" && error.isScalar) {
    throw new PythonTypeError("return arrays must be of ArrayType");
  }
  return x.dtype.kind === "unsigned" ? u.minimum(error, u.absolute(u.subtract(y, x))) : error;
}

/** @throws AssertionError where the arrays do not agree */
export function compareArrays(actual: ArrayLike, desired: ArrayLike, form: Comparison): void {
  new ArrayComparison(actual, desired, form).run();
}
