// Which recorded cases are not covered, and why: the one table of them.

import { runsInLibrary } from "../engine.ts";

interface Rule {
  /** Operators, modules, optimizers or schedules by name. */
  readonly names: RegExp;
  /** True of the cases that are meant; all when it is not given. */
  readonly when?: (row: object) => boolean;
  readonly reason: string;
  /** True iff it holds of ONNX Runtime alone. */
  readonly inLibrary?: true;
}

const isHalf = (row: { readonly dtype?: string }): boolean => row.dtype === "float16";
/** The exponent of a norm: floats without fraction are recorded as `{ $float }`. */
const exponentOf = (row: { readonly kwargs?: { readonly p?: { readonly $float?: number } } }): unknown =>
  row.kwargs?.p?.$float;

const rules: readonly Rule[] = [
  {
    names: /^__r\w+__$/,
    when: (row) => "error" in row,
    reason: "Python's refusal of a reflected method called by name: JavaScript has no such methods",
  },
  {
    names: /^nn\.functional\.normalize$/,
    when: (row) => isHalf(row) && exponentOf(row) === -1,
    reason: "PyTorch's half precision overflows on the way to a gradient that is finite",
  },
  {
    names: /^nn\.functional\.gelu$/,
    when: (row: { readonly variant?: string; readonly dtype?: string }) =>
      row.variant === "special_values" && row.dtype === "float32",
    inLibrary: true,
    reason:
      "PyTorch's kernel overflows at the largest numbers, whose result is finite, as ONNX Runtime has it",
  },
];

/** Why a case is not covered; undefined when it is. */
export function uncovered(name: string, row: object): string | undefined {
  const holds = ({ names, when, inLibrary }: Rule): boolean =>
    names.test(name) && (when?.(row) ?? true) && (inLibrary !== true || runsInLibrary());
  return rules.find(holds)?.reason;
}
