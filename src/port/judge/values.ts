// Values that no trained weights have: what is no number, infinite, zero throughout, or the same throughout.

import type { Finding } from "../finding.ts";
import type { Target } from "../target.ts";
import type { Judge } from "./judge.ts";
import { isWeight, namesOf, type Piece, piecesOf } from "./pieces.ts";
import { doublesOf, type Statistics, statisticsOf } from "./statistics.ts";

const at = (index: readonly number[] | undefined): string => `[${(index ?? []).join(", ")}]`;
const of = (count: number): string =>
  `${count.toLocaleString("en-US")} ${count === 1 ? "number" : "numbers"}`;
const first = (count: number, place: readonly number[] | undefined): string =>
  count === 1 ? `at ${at(place)}` : `the first at ${at(place)}`;

/** The array by the name it is known under: that of the entry, and of the file where it has another. */
function called({ name, targets }: Piece): string {
  const [target] = targets;
  return target === undefined || target.name === name ? name : `${target.name} (from "${name}")`;
}

function each(
  judgeOne: (piece: Piece, statistics: Statistics) => Omit<Finding, "isRepaired"> | undefined,
): Judge["judge"] {
  return (source, model, matching) =>
    piecesOf(source, model, matching).flatMap((piece) => {
      if (piece.array.size === 0) return [];
      const finding = judgeOne(piece, statisticsOf(piece.array));
      return finding === undefined ? [] : [{ ...finding, isRepaired: false }];
    });
}

/** NaN anywhere: every output that depends on it is NaN. */
export const notANumber: Judge = {
  name: "not a number",
  source: "IEEE 754: every sum with a NaN is one",
  judge: each((piece, { nans, firstNan, count }) => {
    if (nans === 0) return undefined;
    return {
      kind: "not a number",
      parameters: namesOf(piece.targets),
      severity: "mistake",
      evidence: "values",
      text: `${called(piece)} has ${nans} NaN among ${of(count)}, ${first(nans, firstNan)}: every output that depends on it is NaN. The weights were damaged, or training had diverged before they were saved; take an earlier checkpoint.`,
    };
  }),
};

/** Infinities; masks that a model keeps as buffers may have them. */
export const infinite: Judge = {
  name: "infinite",
  source: "IEEE 754; a mask that is added to attention scores holds -inf and is a buffer",
  judge: each((piece, { infinities, firstInfinity, count }) => {
    if (infinities === 0) return undefined;
    const isMask = piece.targets.every(({ isBuffer, role }) => isBuffer && !role.startsWith("running_"));
    const text = `${called(piece)} has ${infinities} ${infinities === 1 ? "infinity" : "infinities"} among ${of(count)}, ${first(infinities, firstInfinity)}`;
    return {
      kind: "infinite",
      parameters: namesOf(piece.targets),
      severity: isMask ? "note" : "mistake",
      evidence: "values",
      text: isMask
        ? `${text}: it is a buffer, and may be a mask.`
        : `${text}: no trained weight is infinite. Training had diverged, or a type with a smaller range (float16) overflowed; take an earlier checkpoint.`,
    };
  }),
};

/** A weight of zeros alone lets nothing through. */
export const zero: Judge = {
  name: "zero",
  source: "a weight of zeros passes nothing of its input, and gets no gradient behind another one",
  judge: each((piece, { zeros, count }) => {
    if (zeros !== count || !piece.targets.some(isWeight) || count === 1) return undefined;
    return {
      kind: "zero",
      parameters: namesOf(piece.targets),
      severity: "mistake",
      evidence: "values",
      text: `All ${of(count)} of ${called(piece)} are 0: nothing of its input passes. The file was made before the weights were filled, or this one was lost; the values cannot be had from elsewhere.`,
    };
  }),
};

/** One number throughout: no training gives that. */
export const constant: Judge = {
  name: "constant",
  source: "weights that begin alike stay alike: no training keeps a matrix constant that was not",
  judge: each((piece, { min, max, zeros, nans, count }) => {
    if (min !== max || zeros === count || nans > 0 || count < 4 || !piece.targets.some(isWeight))
      return undefined;
    return {
      kind: "constant",
      parameters: namesOf(piece.targets),
      severity: "suspicion",
      evidence: "values",
      text: `All ${of(count)} of ${called(piece)} are ${min}: it looks as if it had been filled and not trained.`,
      settle: "a recorded input and output",
    };
  }),
};

/** Rows of an embedding may be zeros on purpose: that of the padding. */
const isSumming = (target: Target): boolean => isWeight(target) && target.type !== "Embedding";

/** Outputs of a layer that its weight lets nothing through to. */
export const deadChannels: Judge = {
  name: "dead channels",
  source: "pruning, and ReLUs that have died under weight decay, leave rows of zeros",
  judge: each((piece, { zeros, count }) => {
    const { array, targets } = piece;
    const [rows = 0] = array.shape;
    const width = count / Math.max(rows, 1);
    if (zeros < width || zeros === count || rows < 2 || !piece.isWhole || !targets.some(isSumming))
      return undefined;
    const dead = deadRows(doublesOf(array), rows, width);
    if (dead.length === 0) return undefined;
    const list = `${dead.slice(0, 6).join(", ")}${dead.length > 6 ? ", ..." : ""}`;
    return {
      kind: "dead channels",
      parameters: namesOf(targets),
      severity: "note",
      evidence: "values",
      text: `${dead.length} of the ${rows} rows of ${called(piece)} are all zeros (${list}): pruned, padded, or dead.`,
    };
  }),
};

function deadRows(values: Float64Array, rows: number, width: number): number[] {
  const dead: number[] = [];
  for (let row = 0; row < rows; row++) {
    let place = row * width;
    const end = place + width;
    while (place < end && values[place] === 0) place++;
    if (place === end) dead.push(row);
  }
  return dead;
}
