// Bytes in the other order than the file says: numbers of all sizes that become ordinary when each is turned round.
//
// The measure is the deviation of the exponents, floor(log2 |x|). Of weights it is about 1.6 (normally distributed
// numbers). Bytes that are turned round put random bits where the exponent is: then it is 74 for the eight bits of float32 and bfloat16, some 590 for the eleven of float64, 9 for the
// five of float16. An array whose small weights decayed towards zero may have 20 as well, but turned round it has 74.

import { float16 } from "../../core/dtype.ts";
import type { NDArray } from "../../numpy/ndarray.ts";
import type { Rule } from "../rules/rule.ts";
import { applySteps } from "../rules/steps.ts";
import type { Judge, Judged } from "./judge.ts";
import { namesOf, type Piece, piecesOf } from "./pieces.ts";
import { measure, type Statistics, statisticsOf } from "./statistics.ts";

/** Fewer elements than these do not show a distribution. */
const fewest = 8;
/** Beyond any weights, and within those of all weights; see above. */
const wide = 15;
const narrow = 6;
const wideHalf = 5.5;
const narrowHalf = 4;

type Opinion = "turned" | "as it is" | "too few";

const swapped = (array: NDArray): Statistics => measure(applySteps(array, [{ op: "byteswap" }]));

/** What the array shows by itself. */
function opinion({ array }: Piece): Opinion {
  const { dtype } = array;
  const stored = statisticsOf(array);
  if (stored.count - stored.zeros < fewest) return "too few";
  const isHalf = dtype === float16;
  if (stored.exponentDeviation < (isHalf ? wideHalf : wide) && !isBeyond(stored)) return "as it is";
  const other = swapped(array);
  return other.nans + other.infinities === 0 && other.exponentDeviation < (isHalf ? narrowHalf : narrow)
    ? "turned"
    : "as it is";
}

/** True iff no number has the size of a weight: doubles whose last bytes are zero become that when they are turned. */
const isBeyond = ({ min, max }: Statistics): boolean =>
  Math.max(-min, max) < 1e-30 || Math.max(-min, max) > 1e30;

/** True iff nothing speaks against the array being turned as its neighbours are. */
function goesAlong({ array }: Piece): boolean {
  const [stored, other] = [statisticsOf(array), swapped(array)];
  const isOrdinary = ({ nans, min, max }: Statistics): boolean =>
    nans === 0 && Math.max(-min, max) < 1e6 && (Math.max(-min, max) > 1e-12 || (min === 0 && max === 0));
  return isOrdinary(other) && (!isOrdinary(stored) || stored.exponentDeviation >= other.exponentDeviation);
}

const isSwappable = ({ array: { dtype } }: Piece): boolean =>
  dtype.itemSize / dtype.lanes > 1 && dtype.kind !== "complex" && dtype.kind !== "bool";

/** All arrays of a file, or some, with their bytes turned round. */
export const byteOrder: Judge = {
  name: "byte order",
  source: "the exponents of weights lie close together: measured over the recorded models",
  judge: (source, model, matching) => {
    const pieces = piecesOf(source, model, matching).filter(isSwappable);
    const floats = pieces.filter(({ array }) => array.dtype.isFloatingPoint);
    const opinions = new Map(floats.map((piece) => [piece, opinion(piece)]));
    const turned = floats.filter((piece) => opinions.get(piece) === "turned");
    if (turned.length === 0) return [];
    const against = floats.filter((piece) => opinions.get(piece) === "as it is" && !goesAlong(piece));
    const found = turned.length > against.length ? [...turned, ...along(pieces, turned)] : turned;
    const parameters = [...new Set(found.flatMap(({ targets }) => namesOf(targets)))];
    return [finding(found, pieces.length, parameters, turnedRules(matching.rules, found))];
  },
};

const along = (pieces: readonly Piece[], turned: readonly Piece[]): Piece[] =>
  pieces.filter((piece) => !turned.includes(piece) && goesAlong(piece));

function finding(found: readonly Piece[], all: number, parameters: string[], rules: readonly Rule[]): Judged {
  const who = found.length === all ? "Every array" : found.map(({ name }) => `"${name}"`).join(", ");
  const range = statisticsOf(found[0]!.array);
  const size = Math.max(-range.min, range.max).toExponential(0);
  return {
    kind: "byte order",
    parameters,
    severity: "mistake",
    evidence: "statistics",
    text: `${who}: the numbers range over dozens of powers of ten (up to ${size} in "${found[0]!.name}"), which no weights do; with the bytes of each number turned round they are ordinary. They were written in the other byte order than the file says.`,
    repair: "turn the bytes of each number round",
    isRepaired: true,
    rules,
  };
}

/** The rules that read these arrays, with the bytes turned first. */
function turnedRules(rules: readonly Rule[], found: readonly Piece[]): Rule[] {
  const names = new Set(found.map(({ name }) => name));
  return rules
    .filter(({ from }) => from.some(({ name }) => names.has(name)))
    .map((rule) => ({
      ...rule,
      from: rule.from.map((part) =>
        names.has(part.name) ? { ...part, ops: [{ op: "byteswap" }, ...(part.ops ?? [])] } : part,
      ),
      kind: "byteswap",
    }));
}
