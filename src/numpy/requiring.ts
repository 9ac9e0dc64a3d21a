// Arrays with properties asked for, and from text: `require`, `asarray_chkfinite`, `fromstring`, `iterable`, `isfortran`.

import { bind, type Signature } from "../core/arguments.ts";
import { elements } from "../core/elements.ts";
import { KeyError, ValueError } from "../core/errors.ts";
import { pythonRepr } from "../core/text.ts";
import { array as arrayOf } from "./creation.ts";
import type { Flags } from "./flags.ts";
import { arrayOfList } from "./lists.ts";
import { asArray } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { isOnlyFortran } from "./order.ts";
import { type ArrayLike, type DTypeLike, type Order, dtype as parseDtype } from "./types.ts";
import { isfinite } from "./ufuncs.ts";

const letters: Readonly<Record<string, "C" | "F" | "A" | "W" | "O" | "E">> = {
  C: "C",
  C_CONTIGUOUS: "C",
  CONTIGUOUS: "C",
  F: "F",
  F_CONTIGUOUS: "F",
  FORTRAN: "F",
  A: "A",
  ALIGNED: "A",
  W: "W",
  WRITEABLE: "W",
  O: "O",
  OWNDATA: "O",
  E: "E",
  ENSUREARRAY: "E",
};

const holds: Readonly<Record<"A" | "W" | "O", (flags: Flags) => boolean>> = {
  A: ({ aligned }) => aligned,
  W: ({ writeable }) => writeable,
  O: ({ owndata }) => owndata,
};

interface RequireOptions {
  readonly dtype: DTypeLike | null;
  readonly requirements: string | readonly string[] | null;
}

/** The array, or a copy of it, of that type and with those properties: "C", "F", "A", "W", "O" (`numpy.require`). */
export function require(
  a: ArrayLike,
  ...args: Signature<
    [dtype: DTypeLike | null, requirements: string | readonly string[] | null],
    Partial<RequireOptions>
  >
): NDArray {
  const { dtype, requirements } = bind<RequireOptions>("require", ["dtype", "requirements"], args, {
    dtype: null,
    requirements: null,
  });
  const wanted = [...(requirements ?? [])].map((name) => {
    const letter = letters[name.toUpperCase()];
    if (letter === undefined) throw new KeyError(pythonRepr(name.toUpperCase()));
    return letter;
  });
  if (wanted.includes("C") && wanted.includes("F")) {
    throw new ValueError('Cannot specify both "C" and "F" order');
  }
  const order: Order = wanted.includes("F") ? "F" : wanted.includes("C") ? "C" : "A";
  const result = arrayOf(a, { dtype, order, copy: null });
  const isMissing = (["A", "W", "O"] as const).some(
    (letter) => wanted.includes(letter) && !holds[letter](result.flags),
  );
  return isMissing ? result.copy({ order }) : result;
}

interface FiniteOptions {
  readonly dtype: DTypeLike | null;
  readonly order: Order | null;
}

/** The array, of which no element is infinite or NaN (`numpy.asarray_chkfinite`). @throws ValueError */
export function asarrayChkfinite(
  a: ArrayLike,
  ...args: Signature<[dtype: DTypeLike | null, order: Order | null], Partial<FiniteOptions>>
): NDArray {
  const { dtype, order } = bind<FiniteOptions>("asarray_chkfinite", ["dtype", "order"], args, {
    dtype: null,
    order: null,
  });
  const result = arrayOf(a, { dtype, order: order ?? "K", copy: null });
  if (elements(isfinite(result)).every(Boolean)) return result;
  throw new ValueError("array must not contain infs or NaNs");
}

interface FromstringOptions {
  readonly dtype: DTypeLike;
  readonly count: number;
  readonly sep: string;
}

/** The numbers in a text, which a separator parts (`numpy.fromstring`). @throws ValueError */
export function fromstring(
  string: string,
  ...args: Signature<[dtype: DTypeLike, count: number], Partial<FromstringOptions>>
): NDArray {
  const { dtype, count, sep } = bind<FromstringOptions>("fromstring", ["dtype", "count"], args, {
    dtype: "float64",
    count: -1,
    sep: "",
  });
  if (sep === "") {
    throw new ValueError("The binary mode of fromstring is removed, use frombuffer instead");
  }
  const parts = string.split(sep.trim() === "" ? /\s+/ : sep.trim()).filter((part) => part.trim() !== "");
  const numbers = parts.map((part) => {
    const value = Number(part);
    if (Number.isNaN(value) && part.trim().toLowerCase() !== "nan") {
      throw new ValueError("string or file could not be read to its end due to unmatched data");
    }
    return value;
  });
  return arrayOfList(count < 0 ? numbers : numbers.slice(0, count), parseDtype(dtype));
}

/** True iff a loop can go through the value (`numpy.iterable`). */
export function iterable(y: unknown): boolean {
  if (typeof y === "string") return true;
  if (typeof y !== "object" || y === null || !(Symbol.iterator in y)) return false;
  return !("ndim" in y && y.ndim === 0);
}

/** True iff column-major and not row-major as well (`numpy.isfortran`). */
export function isfortran(a: ArrayLike): boolean {
  return isOnlyFortran(asArray(a).layout);
}
