// How commands print numbers.

/** A number with four digits; integers whole. */
export function numberText(value: number | undefined): string {
  if (value === undefined) return "";
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}
