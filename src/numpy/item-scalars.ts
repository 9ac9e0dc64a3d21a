// NumPy's scalars of items by their class names: `np.str_("abc")`, `np.bytes_(bytes)`, `np.datetime64("2020-01-01")`.
// Each also stands for its element type, as `dtype: np.str_`.

import { bool } from "../core/dtype.ts";
import { ItemArray } from "./item-array.ts";
import { dateItems } from "./item-dates.ts";
import { bytesItems, textItems, voidItems } from "./item-plain.ts";
import type { ItemType } from "./item-type.ts";
import { itemTypeOf } from "./item-types.ts";
import { asScalar, singleElement } from "./make.ts";
import type { NDArray } from "./ndarray.ts";

/** A scalar of a type with the room that the value needs. */
function scalarOf<T>(type: ItemType<T>, value: unknown): ItemArray<T> {
  const fitted = type.fitted([value]);
  return ItemArray.of(fitted, [], [fitted.rules.convert(value)], { scalar: true });
}

/** A scalar's maker that stands for the type too. */
type Maker<Arguments extends readonly unknown[], T> = ((...args: Arguments) => ItemArray<T>) & {
  readonly itemType: ItemType<T>;
};

function maker<Arguments extends readonly unknown[], T>(
  make: (...args: Arguments) => ItemArray<T>,
  itemType: ItemType<T>,
): Maker<Arguments, T> {
  return Object.assign(make, { itemType });
}

/** `numpy.str_`: text; of anything else what Python's `str` gives. */
export const str_: Maker<[value?: unknown], string> = maker(
  (value = "") => scalarOf(textItems(), value),
  textItems(),
);

/** `numpy.bytes_`: a byte string of bytes or ASCII text. */
export const bytes_: Maker<[value?: Uint8Array | string], Uint8Array> = maker(
  (value = new Uint8Array(0)) => scalarOf(bytesItems(), value),
  bytesItems(),
);

/** `numpy.void`: raw bytes. */
export const voidScalar: Maker<[value: Uint8Array], Uint8Array> = maker(
  (value) => scalarOf(voidItems(), value),
  voidItems(),
);

function dateScalar(letter: "M8" | "m8", value: unknown, unit: string | undefined): ItemArray<bigint> {
  const type = unit === undefined ? dateItems(letter) : itemTypeOf(`${letter}[${unit}]`);
  return scalarOf(type as ItemType<bigint>, value);
}

/** `numpy.datetime64`: a date of ISO 8601 text, a `Date`, or a count of the unit since 1970. */
export const datetime64: Maker<[value: string | Date | number | bigint, unit?: string], bigint> = maker(
  (value, unit) => dateScalar("M8", value, unit),
  dateItems("M8"),
);

/** `numpy.timedelta64`: so many of a unit. */
export const timedelta64: Maker<[value: string | number | bigint, unit?: string], bigint> = maker(
  (value, unit) => dateScalar("m8", value, unit),
  dateItems("m8"),
);

/** `numpy.True_`, `numpy.False_` */
export const True_: NDArray = asScalar(singleElement(bool, true));
export const False_: NDArray = asScalar(singleElement(bool, false));
