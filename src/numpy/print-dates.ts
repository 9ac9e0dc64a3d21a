// Text of NumPy's `datetime64` and `timedelta64`: counts of a unit since 1970, as ISO 8601 without a zone
// (`numpy.datetime_as_string`).

/** A unit and how many of them one count is: `[25s]`. */
export interface DateUnit {
  readonly unit: string;
  readonly multiple: bigint;
}

/** The count that means "not a time". */
export const notATime: bigint = -(2n ** 63n);

const names: ReadonlyMap<string, string> = new Map([
  ["Y", "years"],
  ["M", "months"],
  ["W", "weeks"],
  ["D", "days"],
  ["h", "hours"],
  ["m", "minutes"],
  ["s", "seconds"],
  ["ms", "milliseconds"],
  ["us", "microseconds"],
  ["ns", "nanoseconds"],
  ["ps", "picoseconds"],
  ["fs", "femtoseconds"],
  ["as", "attoseconds"],
  ["", "generic time units"],
]);

/** Decimals of a second. */
const decimals: ReadonlyMap<string, number> = new Map([
  ["s", 0],
  ["ms", 3],
  ["us", 6],
  ["ns", 9],
  ["ps", 12],
  ["fs", 15],
  ["as", 18],
]);

/** The unit of a type such as `M8[ns]`, `m8[25s]`, `m8`. */
export function dateUnitOf(dtype: string): DateUnit {
  const match = /\[(\d*)([^\]]*)\]/.exec(dtype);
  return { unit: match?.[2] ?? "", multiple: BigInt(match?.[1] || 1) };
}

/** Quotient and remainder, rounded down. */
export function divide(value: bigint, by: bigint): readonly [quotient: bigint, remainder: bigint] {
  const remainder = ((value % by) + by) % by;
  return [(value - remainder) / by, remainder];
}

function padded(value: bigint, width = 2): string {
  return `${value < 0n ? "-" : ""}${String(value < 0n ? -value : value).padStart(width, "0")}`;
}

/** Year, month and day of a number of days since 1970-01-01 in the Gregorian calendar, extended both ways. */
function dayText(days: bigint): string {
  // Years are counted from March, so that the leap day is a year's last; 400 of them have 146097 days.
  const [era, dayOfEra] = divide(days + 719468n, 146097n);
  const yearOfEra = (dayOfEra - dayOfEra / 1460n + dayOfEra / 36524n - dayOfEra / 146096n) / 365n;
  const dayOfYear = dayOfEra - (365n * yearOfEra + yearOfEra / 4n - yearOfEra / 100n);
  const march = (5n * dayOfYear + 2n) / 153n;
  const day = dayOfYear - (153n * march + 2n) / 5n + 1n;
  const month = march < 10n ? march + 3n : march - 9n;
  const year = yearOfEra + era * 400n + (month <= 2n ? 1n : 0n);
  return `${padded(year, 4)}-${padded(month)}-${padded(day)}`;
}

function secondText(seconds: bigint): string {
  const [days, rest] = divide(seconds, 86400n);
  return `${dayText(days)}T${padded(rest / 3600n)}:${padded((rest / 60n) % 60n)}:${padded(rest % 60n)}`;
}

/** `2020-01-01T01:02` down to the unit; `NaT`. */
export function dateText(count: bigint, { unit, multiple }: DateUnit): string {
  if (count === notATime) return "NaT";
  const value = count * multiple;
  if (unit === "Y") return padded(1970n + value, 4);
  if (unit === "M") {
    const [years, months] = divide(value, 12n);
    return `${padded(1970n + years, 4)}-${padded(months + 1n)}`;
  }
  if (unit === "W") return dayText(value * 7n);
  if (unit === "D") return dayText(value);
  if (unit === "h") return secondText(value * 3600n).slice(0, -6);
  if (unit === "m") return secondText(value * 60n).slice(0, -3);
  const places = decimals.get(unit) ?? 0;
  const [seconds, fraction] = divide(value, 10n ** BigInt(places));
  return secondText(seconds) + (places === 0 ? "" : `.${padded(fraction, places)}`);
}

/** `75 seconds`; `NaT`. */
export function durationText(count: bigint, { unit, multiple }: DateUnit): string {
  return count === notATime ? "NaT" : `${count * multiple} ${names.get(unit) ?? unit}`;
}
