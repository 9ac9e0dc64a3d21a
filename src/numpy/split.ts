// Parts of arrays, as views: `split`, `array_split`, `vsplit`, `hsplit`.

import { bind, type Signature } from "../core/arguments.ts";
import { IndexError, ValueError, ZeroDivisionError } from "../core/errors.ts";
import { slice } from "../core/layout.ts";
import { asArray } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import type { ArrayLike } from "./types.ts";

function pieces(array: NDArray, sections: number | readonly number[], axis: number): NDArray[] {
  const along = axis < 0 ? axis + array.ndim : axis;
  const total = array.shape[along];
  if (total === undefined) throw new IndexError("tuple index out of range");
  const cuts = typeof sections === "number" ? evenCuts(total, sections) : [0, ...sections, total];
  const resolve = (cut: number): number => Math.min(Math.max(cut < 0 ? cut + total : cut, 0), total);
  return cuts.slice(0, -1).map((cut, i) => {
    const start = resolve(cut);
    const end = resolve(cuts[i + 1]!);
    const length = Math.max(end - start, 0);
    return array.viewAs(slice(array.layout, along, length === 0 ? 0 : start, 1, length));
  });
}

function evenCuts(total: number, sections: number): number[] {
  if (sections <= 0) throw new ValueError("number sections must be larger than 0.");
  const [each, extra] = [Math.floor(total / sections), total % sections];
  return Array.from({ length: sections + 1 }, (_, i) => i * each + Math.min(i, extra));
}

/** Arguments of the splitting functions. */
export type SplitArguments = Signature<
  [indicesOrSections: number | readonly number[], axis: number],
  { readonly indicesOrSections?: number | readonly number[]; readonly axis?: number }
>;

function splitOptions(
  name: string,
  args: SplitArguments,
): { sections: number | readonly number[]; axis: number } {
  const bound = bind<{ indicesOrSections: number | readonly number[]; axis: number }>(
    name,
    ["indicesOrSections", "axis"],
    args,
    { axis: 0 },
  );
  return { sections: bound.indicesOrSections, axis: bound.axis };
}

/** Views of equal parts of an axis, or of the parts between the places given (`numpy.split`). */
export function split(ary: ArrayLike, ...args: SplitArguments): NDArray[] {
  const { sections, axis } = splitOptions("split", args);
  const array = asArray(ary);
  if (typeof sections === "number") {
    const total = array.shape[axis < 0 ? axis + array.ndim : axis];
    if (total === undefined) throw new IndexError("tuple index out of range");
    if (sections === 0) throw new ZeroDivisionError("integer modulo by zero");
    if (total % sections !== 0) throw new ValueError("array split does not result in an equal division");
  }
  return pieces(array, sections, axis);
}

/** As `split`, where the parts may differ by one (`numpy.array_split`). */
export function arraySplit(ary: ArrayLike, ...args: SplitArguments): NDArray[] {
  const { sections, axis } = splitOptions("array_split", args);
  return pieces(asArray(ary), sections, axis);
}

/** Parts of the rows (`numpy.vsplit`). */
export function vsplit(ary: ArrayLike, indicesOrSections: number | readonly number[]): NDArray[] {
  if (asArray(ary).ndim < 2) throw new ValueError("vsplit only works on arrays of 2 or more dimensions");
  return split(ary, indicesOrSections, 0);
}

/** Parts of the columns (`numpy.hsplit`). */
export function hsplit(ary: ArrayLike, indicesOrSections: number | readonly number[]): NDArray[] {
  const rank = asArray(ary).ndim;
  if (rank === 0) throw new ValueError("hsplit only works on arrays of 1 or more dimensions");
  return split(ary, indicesOrSections, rank > 1 ? 1 : 0);
}

/** Parts along the third axis (`numpy.dsplit`). @throws ValueError below three axes */
export function dsplit(ary: ArrayLike, indicesOrSections: number | readonly number[]): NDArray[] {
  if (asArray(ary).ndim < 3) throw new ValueError("dsplit only works on arrays of 3 or more dimensions");
  return split(ary, indicesOrSections, 2);
}
