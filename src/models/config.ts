// Reading the `config.json` that stands beside published weights: its settings by name, as they are in the file
// (`hidden_size`) or in camelCase (`hiddenSize`), each checked. What a model does not know is left alone; what it knows and
// cannot do is refused by name.

import { ValueError } from "../core/errors.ts";
import { snakeCase } from "../core/names.ts";

/** What `config.json` holds, as `JSON.parse` gives it, or the same with names in camelCase. */
export type Config = Readonly<Record<string, unknown>>;

/** A setting that a model reads: what it is where the config says nothing, and what may stand there. */
export interface Field<Value> {
  readonly fallback: Value;
  /** What is accepted, in words: "a whole number". */
  readonly what: string;
  accepts(value: unknown): value is Value;
}

/** The fields by which settings are read. */
export type Fields<Settings> = { readonly [Name in keyof Settings]: Field<Settings[Name]> };

function field<Value>(fallback: Value, what: string, accepts: (value: unknown) => boolean): Field<Value> {
  return { fallback, what, accepts: (value): value is Value => accepts(value) };
}

/** A count or size: a whole number, 0 or more. */
export function integer(fallback: number): Field<number> {
  return field(
    fallback,
    "a whole number, 0 or more",
    (value) => Number.isInteger(value) && Number(value) >= 0,
  );
}

/** Any finite number. */
export function number(fallback: number): Field<number> {
  return field(fallback, "a number", (value) => typeof value === "number" && Number.isFinite(value));
}

/** True or false. */
export function flag(fallback: boolean): Field<boolean> {
  return field(fallback, "true or false", (value) => typeof value === "boolean");
}

/** A name. */
export function text(fallback: string): Field<string> {
  return field(fallback, "a text", (value) => typeof value === "string");
}

/** An object with settings of its own. */
export function record(): Field<Config> {
  return field(
    {},
    "an object",
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  );
}

/** A list of names. */
export function texts(): Field<readonly string[]> {
  const isText = (value: unknown): boolean => typeof value === "string";
  return field([], "a list of texts", (value) => Array.isArray(value) && value.every(isText));
}

/** One or several ids of tokens. */
export function tokens(fallback: number): Field<number | readonly number[]> {
  const isId = (value: unknown): boolean => Number.isInteger(value);
  return field<number | readonly number[]>(
    fallback,
    "an id or a list of ids",
    (value) => isId(value) || (Array.isArray(value) && value.every(isId)),
  );
}

/** A setting that may be null. @param fallback what it is where the config says nothing; the field's own by default */
export function nullable<Value>(
  inner: Field<Value>,
  fallback: Value | null = inner.fallback,
): Field<Value | null> {
  return field<Value | null>(
    fallback,
    `${inner.what} or null`,
    (value) => value === null || inner.accepts(value),
  );
}

/** A setting that other values than these are refused for, because they are not implemented. */
export function only<Value extends string | boolean | number | null>(
  fallback: Value,
  ...others: readonly Value[]
): Field<Value> {
  const all: readonly unknown[] = [fallback, ...others];
  const names = all.map((value) => JSON.stringify(value)).join(" or ");
  return field(fallback, `${names}, which is what is implemented`, (value) => all.includes(value));
}

/** The value under a name of the config, in either spelling; undefined where it has none. */
export function settingIn(config: Config, name: string): unknown {
  return (
    config[snakeCase(name)] ??
    config[name] ??
    (snakeCase(name) in config || name in config ? null : undefined)
  );
}

/**
 * Reads the settings that a model knows.
 * @param model the model's name, for errors
 * @param modelType what the config's own `model_type` has to be, where it says one
 * @throws ValueError for a config of another kind of model, and for a setting that is not understood, by name
 */
export function readConfig<Settings>(
  model: string,
  modelType: string,
  config: Config,
  fields: Fields<Settings>,
): Settings {
  if (typeof config !== "object" || config === null || Array.isArray(config))
    throw new ValueError(`${model} is made from a config: an object, such as config.json parsed`);
  const given = settingIn(config, "modelType");
  if (given !== undefined && given !== modelType) {
    throw new ValueError(
      `${model} takes configs with model_type "${modelType}"; this one has ${JSON.stringify(given)}`,
    );
  }
  const settings: Record<string, unknown> = {};
  for (const [name, { fallback, accepts, what }] of Object.entries<Field<unknown>>(fields)) {
    const value = settingIn(config, name);
    if (value !== undefined && !accepts(value)) {
      throw new ValueError(
        `${model}: the config's ${snakeCase(name)} is ${JSON.stringify(value)}; it has to be ${what}`,
      );
    }
    settings[name] = value === undefined ? fallback : value;
  }
  return settings as Settings;
}

/** How many classes a head tells apart: `num_labels`, else the number of names in `id2label`, else 2. */
export function labelCount(model: string, config: Config): number {
  const labels = settingIn(config, "id2label");
  const named = typeof labels === "object" && labels !== null ? Object.keys(labels).length : 2;
  const given = settingIn(config, "numLabels") ?? named;
  if (!Number.isInteger(given) || Number(given) < 1)
    throw new ValueError(
      `${model}: the config's num_labels is ${JSON.stringify(given)}; it has to be 1 or more`,
    );
  return Number(given);
}

/** @throws ValueError where the heads do not divide the width */
export function headSize(model: string, width: number, heads: number): number {
  if (heads > 0 && width % heads === 0) return width / heads;
  throw new ValueError(`${model}: a width of ${width} cannot be divided among ${heads} attention heads`);
}
