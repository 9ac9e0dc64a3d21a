// Parameters of Flax's linen modules: dicts of dicts, as msgpack (flax.serialization), or under paths joined by slashes or
// dots (flax.traverse_util.flatten_dict). `params` holds weights, `batch_stats` running statistics.

import type { Matcher, Matching } from "../matching.ts";
import type { Source } from "../source.ts";
import type { Model } from "../target.ts";
import { inListedOrder, unitArray } from "./layers/arrays.ts";
import { matchLayers } from "./layers/matching.ts";
import { type LayeredArray, sourceUnits } from "./layers/source-units.ts";
import { flaxLayers } from "./layers/tables.ts";

/** Collections of variables that linen's own modules have. */
const collections: ReadonlySet<string> = new Set(["params", "batch_stats"]);

/** A module that was not named is its class and a number: Dense_0. */
const countedName = /^([A-Z][A-Za-z0-9]*)_\d+$/;

const roles: ReadonlySet<string> = new Set([
  "kernel",
  "bias",
  "scale",
  "embedding",
  "mean",
  "var",
  "negative_slope",
]);

const segmentsOf = (name: string): string[] =>
  name.split(name.includes("/") ? "/" : ".").filter((segment) => segment !== "");

/** The path without the collection, which may stand behind what wraps it ("opt/target/params"). */
function layered({ arrays }: Source): LayeredArray[] {
  const all = arrays.map(({ name, array }) => ({
    segments: segmentsOf(name),
    array: unitArray(name, array),
  }));
  const isNested = all.some(({ segments }) => segments.some((segment) => collections.has(segment)));
  const kept = isNested
    ? all.filter(({ segments }) => segments.some((segment) => collections.has(segment)))
    : all;
  return inListedOrder(
    kept.map(({ segments, array }) => {
      const at = segments.findLastIndex((segment) => collections.has(segment));
      return { segments: segments.slice(at + 1), array };
    }),
  );
}

function match(source: Source, model: Model): Matching {
  const arrays = layered(source);
  const units = sourceUnits(arrays, (path) => countedName.exec(path.at(-1) ?? "")?.[1]);
  return matchLayers(source, model, units, { title: "Flax", rules: flaxLayers, ignored: new Set() }).matching;
}

/** Flax. */
export const flaxMatcher: Matcher = {
  name: "flax",
  title: "Flax",
  source: "flax.linen, flax.serialization, flax.traverse_util.flatten_dict",
  recognise: ({ arrays, arrangement, origin }) => {
    if (arrangement !== "named") return undefined;
    const paths = arrays.map(({ name }) => segmentsOf(name));
    const known = paths.filter((segments) => roles.has(segments.at(-1) ?? "")).length / arrays.length;
    const isOwn =
      origin.format === "msgpack" ||
      paths.some((segments) =>
        segments.some((segment) => collections.has(segment) || countedName.test(segment)),
      );
    if (known === 0) return undefined;
    if (isOwn) return { confidence: known, reasons: ["the names are those of Flax's variables"] };
    return { confidence: 0.5 * known, reasons: ["the names end as those of Flax's variables do"] };
  },
  match,
};
