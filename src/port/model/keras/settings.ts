// The settings of a Keras layer, read with their types checked. What is not as it should be is refused with its place.

import { ValueError } from "../../../core/errors.ts";
import { JsonObject, type JsonValue } from "../../../files/json.ts";

/** An object of JSON, or undefined. */
export const objectOf = (value: JsonValue | undefined): JsonObject | undefined =>
  value instanceof JsonObject ? value : undefined;

/** A list of JSON, or undefined. */
export const listOf = (value: JsonValue | undefined): JsonValue[] | undefined =>
  Array.isArray(value) ? value : undefined;

/** A number of JSON, or undefined. */
export function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" ? value : undefined;
}

/** Settings of one layer. */
export class Settings {
  readonly json: JsonObject;
  /** Which layer, for errors: `layer "conv" (Conv2D)`. */
  readonly place: string;

  constructor(json: JsonObject, place: string) {
    this.json = json;
    this.place = place;
  }

  /** An error that names the layer. */
  refusal(what: string): ValueError {
    return new ValueError(`${this.place}: ${what}`);
  }

  /** True iff the setting is there and not null. */
  has(name: string): boolean {
    return (this.json.get(name) ?? null) !== null;
  }

  number(name: string, fallback?: number): number {
    const value = numberOf(this.json.get(name) ?? undefined) ?? fallback;
    if (value === undefined) throw this.refusal(`the setting "${name}" should be a number`);
    return value;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.json.get(name);
    return typeof value === "boolean" ? value : fallback;
  }

  text(name: string, fallback = ""): string {
    const value = this.json.get(name);
    return typeof value === "string" ? value : fallback;
  }

  /** A number for each of `count` axes, given as one number or as a list. */
  sizes(name: string, count: number, fallback?: number): number[] {
    const value = this.json.get(name) ?? fallback;
    const single = numberOf(value);
    const list = single === undefined ? listOf(value)?.map(numberOf) : new Array<number>(count).fill(single);
    if (list === undefined || list.length !== count || list.some((each) => each === undefined))
      throw this.refusal(`the setting "${name}" should be ${count} numbers`);
    return list as number[];
  }

  /** One number, or several, as a list. */
  numbers(name: string, fallback: readonly number[]): readonly number[] {
    const value = this.json.get(name);
    const list = (listOf(value) ?? [value]).map((each) => numberOf(each));
    return list.every((each) => each !== undefined) ? (list as number[]) : fallback;
  }

  /** @throws ValueError where the setting is anything but one of these */
  only(name: string, allowed: readonly JsonValue[], why: string): void {
    const value = this.json.get(name) ?? null;
    if (value !== null && !allowed.includes(value))
      throw this.refusal(`${name}=${String(value)} cannot be made: ${why}`);
  }
}

/** A shape of JSON: lengths, null where one is open; undefined where it is none. */
export function shapeOf(value: JsonValue | undefined): (number | null)[] | undefined {
  const list = listOf(value)?.map((each) => (each === null ? null : numberOf(each)));
  return list === undefined || list.some((each) => each === undefined)
    ? undefined
    : (list as (number | null)[]);
}
