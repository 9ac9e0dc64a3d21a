// Element types that are not the model's: what they round, and integers that stand for numbers.

import { bfloat16, type DType, float16, float32, float64 } from "../../core/dtype.ts";
import type { NDArray } from "../../numpy/ndarray.ts";
import { groupBy } from "../match/groups.ts";
import type { Source } from "../source.ts";
import type { Judge, Judged } from "./judge.ts";
import { namesOf, type Piece, piecesOf } from "./pieces.ts";
import { doublesOf, statisticsOf } from "./statistics.ts";

/** Bits of the significand, the hidden one among them: a number is rounded by at most half of the last (IEEE 754). */
const significantBits: ReadonlyMap<DType, number> = new Map([
  [float64, 53],
  [float32, 24],
  [float16, 11],
  [bfloat16, 8],
]);

/** Bits of a type; of the small ones that are not in the table, three. */
const bitsOf = (dtype: DType): number => significantBits.get(dtype) ?? 3;

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

/** Arrays of another floating type than their entries: one note for each pair of types. */
export const elementType: Judge = {
  name: "dtype",
  source: "IEEE 754; torch.Tensor.copy_ converts",
  judge: (source, model, matching) => {
    const pieces = piecesOf(source, model, matching).filter(
      ({ array, targets }) =>
        array.dtype.isFloatingPoint && targets.some(({ tensor }) => tensor.dtype !== array.dtype),
    );
    const groups = groupBy(
      pieces,
      ({ array, targets }) => `${array.dtype.name} ${targets[0]!.tensor.dtype.name}`,
    );
    return [...groups.values()].map((group) => note(group));
  },
};

function note(group: readonly Piece[]): Judged {
  const [{ array, targets }] = group as readonly [Piece];
  const [from, to] = [array.dtype, targets[0]!.tensor.dtype];
  const what = `${group.length === 1 ? `"${group[0]!.name}" is` : `${group.length} arrays are`} ${from.name}, the model's are ${to.name}`;
  return {
    kind: "dtype",
    parameters: [...new Set(group.flatMap((piece) => namesOf(piece.targets)))],
    severity: "note",
    evidence: "dtype",
    text: `${what}. ${bitsOf(from) < bitsOf(to) ? alreadyRounded(group, from, to) : roundedNow(group, from, to)}`,
    repair: `converted to ${to.name}`,
    isRepaired: true,
  };
}

/** The file has fewer digits than the model: they were lost when it was saved. */
function alreadyRounded(group: readonly Piece[], from: DType, to: DType): string {
  const far = 2 ** -bitsOf(from);
  const small = from === float16 ? smallOf(group) : 0;
  const tiny =
    small === 0
      ? ""
      : ` ${plural(small, "number")} below 6.1e-5 ${small === 1 ? "has" : "have"} fewer digits still.`;
  return `Every number was rounded when it was saved, by up to ${far.toPrecision(2)} of its size (${bitsOf(from)} significant bits for ${bitsOf(to)}); it loads as it is in the file.${tiny} Expect outputs that are near those of the unrounded weights and not equal to them.`;
}

/** Numbers under the smallest normal float16, 2^-14. */
function smallOf(group: readonly Piece[]): number {
  let small = 0;
  for (const { array } of group) {
    for (const x of doublesOf(array)) if (x !== 0 && Math.abs(x) < 2 ** -14) small++;
  }
  return small;
}

/** The file has more digits than the model: they are lost now, or were none. */
function roundedNow(group: readonly Piece[], from: DType, to: DType): string {
  if (from !== float64 || to !== float32) {
    return `Every number is rounded to the model's type, by up to ${(2 ** -bitsOf(to)).toPrecision(2)} of its size.`;
  }
  let [rounded, all, farthest] = [0, 0, 0];
  for (const { array } of group) {
    for (const x of doublesOf(array)) {
      all++;
      const far = Math.abs(x - Math.fround(x));
      if (far > 0) {
        rounded++;
        if (far > farthest) farthest = far;
      }
    }
  }
  return rounded === 0
    ? `Every number is one that float32 holds: converting loses nothing.`
    : `${rounded} of ${plural(all, "number")} are rounded, by up to ${farthest.toPrecision(2)}.`;
}

/** Endings of names of arrays that hold the scale of the array of the name before them. */
const scaleEndings = ["_scale", ".scale", "_scales", ".scales", "/scale", "_scale_inv", ".weight_scale"];

/** The array that holds the scale of another by its name. */
export function scaleOf(
  source: Source,
  name: string,
): { readonly name: string; readonly array: NDArray } | undefined {
  const stem = name.replace(/\.weight$|\/kernel$|_weight$/, "");
  const names = new Set([name, stem].flatMap((base) => scaleEndings.map((ending) => base + ending)));
  return source.arrays.find((each) => names.has(each.name));
}

/** Integers of one or two bytes where the model has real numbers. */
export const quantised: Judge = {
  name: "quantised",
  source: "linear quantisation: value = integer * scale (onnx QLinear, torch.ao, bitsandbytes)",
  judge: (source, model, matching) =>
    piecesOf(source, model, matching).flatMap((piece): Judged[] => {
      const { array, name, targets } = piece;
      const small = array.dtype.isInteger && array.dtype.itemSize <= 2;
      if (!small || !targets.some(({ tensor }) => tensor.dtype.isFloatingPoint)) return [];
      const scale = scaleOf(source, name);
      const isRepaired = targets.every(
        (target) => matching.rules.find((rule) => rule.target === target.name)?.combine?.op === "product",
      );
      const { min, max } = statisticsOf(array);
      const what = `"${name}" holds ${array.dtype.name} (from ${min} to ${max}) where the model has ${targets[0]!.tensor.dtype.name}`;
      const how =
        scale === undefined
          ? "There is no scale beside it, without which the numbers cannot be had back."
          : `"${scale.name}" is its scale: value = integer * scale.`;
      return [
        {
          kind: "quantised",
          parameters: namesOf(targets),
          severity: "mistake",
          evidence: "dtype",
          text: `${what}: it is quantised, and loading the integers as they are is wrong. ${how}`,
          ...(scale === undefined ? {} : { repair: "integers times their scale" }),
          isRepaired,
        },
      ];
    }),
};
