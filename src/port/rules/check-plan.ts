// Whether what was read is a plan: each field of it, with the place in the error.

import { dtypeByName } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import type { Setting } from "../setting.ts";
import { type Plan, type PlannedArray, planVersion } from "./plan.ts";
import type { Combine, Part, Rule } from "./rule.ts";
import type { Step } from "./steps.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a field must hold: true iff it does. */
interface Kind {
  readonly what: string;
  readonly holds: (value: unknown) => boolean;
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isCount = (value: unknown): boolean => isWhole(value) && value >= 0;

const text: Kind = { what: "a text", holds: (value) => typeof value === "string" };
const number: Kind = { what: "a number", holds: (value) => typeof value === "number" };
const count: Kind = { what: "a whole number of 0 or more", holds: isCount };
const counts: Kind = {
  what: "a list of whole numbers of 0 or more",
  holds: (value) => Array.isArray(value) && value.every(isCount),
};
const dtype: Kind = {
  what: "the name of an element type",
  holds: (value) => typeof value === "string" && dtypeByName(value) !== undefined,
};

/** The fields of each operation. */
const stepFields: { readonly [Op in Step["op"]]: Readonly<Record<string, Kind>> } = {
  transpose: { axes: counts },
  reshape: { shape: counts },
  slice: { axis: count, start: count, stop: count },
  index: { axis: count, index: count },
  flip: { axes: counts },
  take: { axis: count, order: counts },
  gates: { axis: count, from: text, to: text, order: counts },
  unravel_fortran: { shape: counts },
  cast: { dtype },
  byteswap: {},
  add: { value: number },
  add_slice: { axis: count, start: count, stop: count, value: number },
  mul: { value: number },
  mul_self: {},
  fill: { shape: counts, value: number, dtype },
};

const combineFields: { readonly [Op in Combine["op"]]: Readonly<Record<string, Kind>> } = {
  concat: { axis: count },
  stack: { axis: count },
  sum: {},
  product: {},
  weight_norm: { dim: count },
};

function fail(place: string, expected: string, value: unknown): never {
  const given = value === undefined ? "nothing" : JSON.stringify(value);
  throw new ValueError(`plan: ${place}: expected ${expected}, got ${given.slice(0, 80)}`);
}

function fieldsOf(value: unknown, place: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) fail(place, "an object", value);
  return value as Fields;
}

function listOf(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) fail(place, "a list", value);
  return value;
}

function check(fields: Fields, kinds: Readonly<Record<string, Kind>>, place: string): void {
  for (const [name, { what, holds }] of Object.entries(kinds)) {
    if (!holds(fields[name])) fail(`${place}.${name}`, what, fields[name]);
  }
}

/** Checks something with an "op" against a table of operations. */
function checkOperation(
  value: unknown,
  table: Readonly<Record<string, Readonly<Record<string, Kind>>>>,
  place: string,
): void {
  const fields = fieldsOf(value, place);
  const { op } = fields;
  const kinds = typeof op === "string" && Object.hasOwn(table, op) ? table[op] : undefined;
  if (kinds === undefined) fail(`${place}.op`, `one of ${Object.keys(table).join(", ")}`, op);
  check(fields, kinds, place);
}

function checkSteps(value: unknown, place: string): void {
  if (value === undefined) return;
  listOf(value, place).forEach((step, i) => {
    checkOperation(step, stepFields, `${place}[${i}]`);
  });
}

function checkRule(value: unknown, place: string): Rule {
  const fields = fieldsOf(value, place);
  check(fields, { target: text, kind: text }, place);
  if (fields.why !== undefined) check(fields, { why: text }, place);
  listOf(fields.from, `${place}.from`).forEach((part, i): void => {
    const at = `${place}.from[${i}]`;
    check(fieldsOf(part, at), { name: text }, at);
    checkSteps((part as Part).ops, `${at}.ops`);
  });
  if (fields.combine !== undefined) checkOperation(fields.combine, combineFields, `${place}.combine`);
  checkSteps(fields.ops, `${place}.ops`);
  return fields as unknown as Rule;
}

function checkArray(value: unknown, place: string): PlannedArray {
  const fields = fieldsOf(value, place);
  check(fields, { name: text, shape: counts, dtype }, place);
  return fields as unknown as PlannedArray;
}

function checkSetting(value: unknown, place: string): Setting {
  const fields = fieldsOf(value, place);
  check(fields, { path: text, name: text }, place);
  if (!("value" in fields)) fail(`${place}.value`, "a value", undefined);
  return fields as unknown as Setting;
}

/** A plan from what was read. @throws ValueError naming the place, what was expected and what is there */
export function checkPlan(value: unknown): Plan {
  const fields = fieldsOf(value, "the whole");
  if (fields.version !== planVersion) fail("version", `${planVersion}`, fields.version);
  const about = fieldsOf(fields.source, "source");
  check(about, { library: text }, "source");
  for (const name of ["format", "file"])
    if (about[name] !== undefined) check(about, { [name]: text }, "source");
  const arrays = listOf(fields.arrays, "arrays").map((each, i) => checkArray(each, `arrays[${i}]`));
  const rules = listOf(fields.rules, "rules").map((each, i) => checkRule(each, `rules[${i}]`));
  const settings = listOf(fields.settings, "settings").map((each, i) => checkSetting(each, `settings[${i}]`));
  const twice = rules.find(({ target }, i) => rules.findIndex((other) => other.target === target) !== i);
  if (twice !== undefined) throw new ValueError(`plan: two rules fill ${twice.target}`);
  const { library, format, file } = about as { library: string; format?: string; file?: string };
  return {
    version: planVersion,
    source: {
      library,
      ...(format === undefined ? {} : { format }),
      ...(file === undefined ? {} : { file }),
      arrays,
    },
    rules,
    settings,
  };
}
