// Dates and durations as element types (`datetime64`, `timedelta64`): counts of a unit since 1970, and the text of ISO
// 8601 that stands for one (numpy.org/doc/stable/reference/arrays.datetime.html).

import { ValueError } from "../core/errors.ts";
import { stringRepr } from "../core/text.ts";
import { itemOf } from "./item-array.ts";
import { ItemType, swapped } from "./item-type.ts";
import { type DateUnit, dateText, dateUnitOf, divide, notATime } from "./print-dates.ts";
import { dateType } from "./print-items.ts";

const day = 86_400n * 10n ** 18n;

/** Attoseconds of a unit; years and months have none. */
const lengths: ReadonlyMap<string, bigint> = new Map([
  ["W", 7n * day],
  ["D", day],
  ["h", day / 24n],
  ["m", day / 1440n],
  ["s", 10n ** 18n],
  ["ms", 10n ** 15n],
  ["us", 10n ** 12n],
  ["ns", 10n ** 9n],
  ["ps", 10n ** 6n],
  ["fs", 10n ** 3n],
  ["as", 1n],
]);

const pattern =
  /^([+-]?\d{4,})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,18}))?)?)?Z?)?)?)?$/;

/** Days from 1970-01-01 to a day of the Gregorian calendar. */
function dayNumber(year: bigint, month: bigint, dayOfMonth: bigint): bigint {
  // Years are counted from March, so that the leap day is a year's last; 400 of them have 146097 days.
  const [era, yearOfEra] = divide(month <= 2n ? year - 1n : year, 400n);
  const march = (month + 9n) % 12n;
  const dayOfYear = (153n * march + 2n) / 5n + dayOfMonth - 1n;
  return era * 146097n + yearOfEra * 365n + yearOfEra / 4n - yearOfEra / 100n + dayOfYear - 719468n;
}

/** The parts of a date's text, those not written undefined. */
function partsOf(text: string): (string | undefined)[] {
  const match = pattern.exec(text);
  if (match === null) {
    const [start] = /^[+-]?\d*(-\d\d)*/.exec(text)!;
    throw new ValueError(`Error parsing datetime string "${text}" at position ${start.length}`);
  }
  return match.slice(1);
}

const limits = [
  ["Month", 1n, 12n],
  ["Day", 1n, 31n],
  ["Hours", 0n, 23n],
  ["Minutes", 0n, 59n],
  ["Seconds", 0n, 59n],
] as const;

/** The count of a unit that a date's text stands for, rounded down. @throws ValueError where it is no date */
function countOf(text: string, { unit, multiple }: DateUnit): bigint {
  if (/^nat$/i.test(text) || text === "") return notATime;
  const parts = partsOf(text);
  const [year = 0n, month = 1n, dayOfMonth = 1n, hours = 0n, minutes = 0n, seconds = 0n] = parts
    .slice(0, 6)
    .map((part) => (part === undefined ? undefined : BigInt(part.replace("+", ""))));
  const monthLength = dayNumber(year + month / 12n, (month % 12n) + 1n, 1n) - dayNumber(year, month, 1n);
  [month, dayOfMonth, hours, minutes, seconds].forEach((value, at) => {
    const [name, least, most] = limits[at]!;
    if (value < least || value > (name === "Day" ? monthLength : most)) {
      throw new ValueError(`${name} out of range in datetime string "${text}"`);
    }
  });
  const count = (value: bigint, by: bigint): bigint => divide(value, by)[0];
  if (unit === "Y") return count(year - 1970n, multiple);
  if (unit === "M") return count((year - 1970n) * 12n + month - 1n, multiple);
  const clock = hours * 3600n + minutes * 60n + seconds;
  const fraction = BigInt((parts[6] ?? "").padEnd(18, "0"));
  const total = dayNumber(year, month, dayOfMonth) * day + clock * 10n ** 18n + fraction;
  return count(total, lengths.get(unit)! * multiple);
}

const written = ["Y", "M", "D", "h", "m", "s"] as const;
const finest = [...written, "ms", "us", "ns", "ps", "fs", "as"];

/** The unit down to which a date is written, as its place among all units. */
function unitWritten(text: string): number {
  if (/^(nat)?$/i.test(text)) return -1;
  const parts = partsOf(text);
  const last = parts.findLastIndex((part) => part !== undefined);
  return last < 6 ? last : 5 + Math.ceil(parts[6]!.length / 3);
}

function dateCount(value: unknown, name: string, unit: DateUnit): bigint {
  const item = itemOf(value);
  if (item === null) return notATime;
  if (item instanceof Date) {
    return Number.isNaN(item.getTime()) ? notATime : countOf(item.toISOString().replace("Z", ""), unit);
  }
  const isDate = name.startsWith("M");
  if (typeof item === "string") {
    if (isDate) return countOf(item, unit);
    if (/^nat$/i.test(item)) return notATime;
    if (/^[+-]?\d+$/.test(item)) return BigInt(item);
    throw new ValueError(`Error parsing timedelta string "${item}"`);
  }
  if (typeof item === "bigint") return item;
  if (typeof item !== "number" || !Number.isInteger(item)) {
    throw new ValueError(`Could not convert object to NumPy ${isDate ? "datetime" : "timedelta"}`);
  }
  if (isDate && unit.unit === "") {
    throw new ValueError("Converting an integer to a NumPy datetime requires a specified unit");
  }
  return BigInt(item);
}

/** The type for dates that say themselves how fine they are. */
function fittedDates(values: readonly unknown[]): ItemType<bigint> {
  const places = values.map((value) => {
    const item = itemOf(value);
    if (item instanceof Date) return finest.indexOf("ms");
    return typeof item === "string" ? unitWritten(item) : -1;
  });
  const place = places.reduce((most, each) => Math.max(most, each), -1);
  return place < 0 ? dateItems("M8", true) : dateItems(`M8[${finest[place]}]`);
}

function scalarRepr(count: bigint, name: string, unit: DateUnit): string {
  const step = `${unit.multiple > 1n ? unit.multiple : ""}${unit.unit}`;
  const isDate = name.startsWith("M");
  // The text of a date tells its unit, unless that is the hour or several of a unit.
  const isTold = isDate && unit.multiple === 1n && unit.unit !== "h";
  const value = isDate || count === notATime ? stringRepr(dateText(count, unit)) : String(count);
  const suffix = unit.unit === "" || isTold ? "" : `,'${step}'`;
  return `np.${isDate ? "datetime64" : "timedelta64"}(${value}${suffix})`;
}

/**
 * Dates or durations, by the type's short name: `M8[ns]`, `m8[25s]`. An item is the count of the unit; NaT the least.
 * @param isSettled true: without a unit it stays so; else dates choose the finest that they are written in
 */
export function dateItems(name: string, isSettled = false, isBigEndian = false): ItemType<bigint> {
  const unit = dateUnitOf(name);
  const plain = dateType(name);
  const longName = name.replace("M8", "datetime64").replace("m8", "timedelta64");
  const choosesUnit = name === "M8" && !isSettled;
  return new ItemType(isBigEndian ? swapped(plain) : plain, {
    kind: name[0]!,
    name: longName,
    scalarName: `numpy.${longName.replace(/\[.*/, "")}`,
    itemsize: 8,
    zero: () => 0n,
    convert: (value) => dateCount(value, name, unit),
    scalarRepr: (count) => scalarRepr(count, name, unit),
    exposed: (count) => (count === notATime ? null : count),
    ...(choosesUnit ? { fitted: fittedDates } : {}),
  });
}

/** True iff there is such a unit: `ns`, `25s`, or none. */
export function isDateUnit(text: string): boolean {
  const unit = text.replace(/^\d+/, "");
  return unit === "Y" || unit === "M" || lengths.has(unit);
}
