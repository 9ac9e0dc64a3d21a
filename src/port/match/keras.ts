// Weights of Keras: .keras, .weights.h5 and .h5 of Keras 2 and 3, arrays under the paths of variables, and lists as
// `model.get_weights()` gives them (keras.io/api/saving, keras.io/api/models/model_saving_apis).

import { classOfName, variableNames } from "../../files/keras/classes.ts";
import type { LayerConfig } from "../../files/keras/config.ts";
import type { Finding } from "../finding.ts";
import type { Matcher, Matching } from "../matching.ts";
import type { NamedArray, Source } from "../source.ts";
import type { Model } from "../target.ts";
import { feeding, kerasConfig, layersByName } from "./keras-config.ts";
import { kerasSettings } from "./keras-settings.ts";
import type { Edges, Flow } from "./layers/align.ts";
import { inListedOrder, unitArray } from "./layers/arrays.ts";
import { targetEdges } from "./layers/dataflow.ts";
import { listUnits } from "./layers/lists.ts";
import { matchLayers } from "./layers/matching.ts";
import { type LayeredArray, sourceUnits } from "./layers/source-units.ts";
import { kerasLayers } from "./layers/tables.ts";
import { targetUnits } from "./layers/target-units.ts";
import type { SourceUnit, TargetUnit } from "./layers/unit.ts";

/** Roles of Keras's weights that no other library has. */
const ownRoles: ReadonlySet<string> = new Set([
  "kernel",
  "recurrent_kernel",
  "depthwise_kernel",
  "pointwise_kernel",
  "gamma",
  "beta",
  "moving_mean",
  "moving_variance",
  "embeddings",
]);

/** Roles that others have too. */
const sharedRoles: ReadonlySet<string> = new Set(["bias", "alpha", "scale", "mean", "variance", "count"]);

/** Arrays of a file of Keras that are no weights of layers. */
const noWeights =
  /^\/?(?:optimizer|optimizer_weights|metrics|compile_metrics|_metrics|_loss_tracker)(\/|$)|seed_generator/;

/** The segments of a variable's path; Keras 2 ends it with ":0". */
const segmentsOf = (name: string): string[] =>
  name
    .replace(/:\d+$/, "")
    .split("/")
    .filter((segment) => segment !== "");

/** Names that only number a layer's variables, told by the shapes: a kernel, and a bias behind it. */
function named(layer: readonly (readonly [string[], NamedArray])[]): LayeredArray[] {
  const isNumbered = layer.every(([segments]) => /^\d+$/.test(segments.at(-1)!));
  return layer.map(([segments, { name, array }], i) => {
    const role =
      i === 0 && array.ndim > 1 ? "kernel" : i === 1 && array.ndim === 1 ? "bias" : segments.at(-1)!;
    const full = isNumbered ? [...segments.slice(0, -1), role] : segments;
    return { segments: full, array: unitArray(name, array) };
  });
}

/** Arrays of layers, and what their file tells of the layers beside their names, by path. */
interface Layered {
  readonly arrays: readonly LayeredArray[];
  readonly classes: ReadonlyMap<string, string | undefined>;
  readonly scopes: ReadonlyMap<string, string>;
}

/** The arrays that are weights of layers, under the names that Keras gives them. */
function layeredArrays({ arrays, origin }: Source): Layered {
  const classes = new Map((origin.layers ?? []).map(({ name, className }) => [name, className]));
  const scopes = new Map<string, string>();
  if (origin.layers === undefined) {
    const list = arrays.filter(({ name }) => !noWeights.test(name));
    const layered = list.map(({ name, array }) => ({
      segments: segmentsOf(name),
      array: unitArray(name, array),
    }));
    return { arrays: inListedOrder(layered), classes, scopes };
  }
  const byName = new Map(arrays.map((each) => [each.name, each]));
  const seen = new Set<string>();
  const known = origin.layers.flatMap(({ name, weights }) =>
    named(
      weights.flatMap(([weight, tensor]): [string[], NamedArray][] => {
        const array = byName.get(tensor);
        if (array === undefined || seen.has(tensor)) return [];
        seen.add(tensor);
        const segments = segmentsOf(weight);
        scopes.set(segments.slice(0, -1).join("/"), scopeOf(name, tensor));
        return [[segments, array]];
      }),
    ),
  );
  const others = arrays.filter(({ name }) => !seen.has(name) && !noWeights.test(name));
  return { arrays: [...known, ...inGroups(others, origin, classes)], classes, scopes };
}

/** Names of groups that say where a layer is, not what class it is of. */
const isTelling = (segment: string): boolean =>
  !/^(layers|vars|model_weights|\d+)$/.test(segment) && classOfName(segment) === undefined;

/** The model that a layer is in, and the attributes under which it is held. */
const scopeOf = (layer: string, tensor: string): string =>
  [layer, ...segmentsOf(tensor).slice(0, -1)].filter(isTelling).join("/");

/** Layers that a model of one's own keeps in lists and attributes: their groups are named after these. */
function inGroups(
  arrays: readonly NamedArray[],
  { attributes }: Source["origin"],
  classes: Map<string, string | undefined>,
): LayeredArray[] {
  const groups = new Map<string, NamedArray[]>();
  for (const each of arrays) {
    const [, group] = /^\/?(.*)\/vars\/\d+$/.exec(each.name) ?? [];
    if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), each]);
  }
  return [...groups].flatMap(([group, list]) => {
    const segments = segmentsOf(group).filter((segment) => segment !== "layers");
    const given = attributes?.get(`/${group}/vars`)?.get("name");
    const className = classOfName(typeof given === "string" ? given : segments.at(-1)!);
    classes.set(segments.join("/"), className);
    const names =
      className === undefined ? undefined : variableNames(className, list.length, undefined)?.names;
    return named(list.map((each, i) => [[...segments, names?.[i] ?? String(i)], each]));
  });
}

/** The layer of the configuration that a path names: the innermost one. */
function configOf(
  path: readonly string[],
  byName: ReadonlyMap<string, LayerConfig | undefined> | undefined,
): LayerConfig | undefined {
  const name = path.findLast((segment) => byName?.get(segment) !== undefined);
  return name === undefined ? undefined : byName?.get(name);
}

/** The class of the layer itself, not of one around it. */
function classAt(
  path: readonly string[],
  byName: ReadonlyMap<string, LayerConfig | undefined> | undefined,
  classes: ReadonlyMap<string, string | undefined>,
): string | undefined {
  const last = path.at(-1);
  if (last === undefined) return undefined;
  const config = byName?.get(last)?.className ?? classes.get(path.join("/"));
  return config ?? classOfName(last.replace(/^(forward|backward)_/, ""));
}

function unitsOf(source: Source, config: LayerConfig | undefined): SourceUnit[] {
  const byName = config === undefined ? undefined : layersByName(config);
  const { arrays, classes, scopes } = layeredArrays(source);
  return sourceUnits(arrays, (path) => classAt(path, byName, classes)).map((unit) => {
    const layer = configOf(unit.path.split("/"), byName);
    const scope = scopes.get(unit.path);
    return {
      ...unit,
      ...(layer === undefined ? {} : { settings: layer.settings }),
      ...(layer?.built === undefined ? {} : { built: layer.built }),
      ...(scope === undefined ? {} : { scope }),
    };
  });
}

/** Which layers feed which, those without weights in between left out. */
function sourceEdges(units: readonly SourceUnit[], config: LayerConfig): Edges {
  const fed = feeding(config);
  const byName = layersByName(config);
  const nameOf = (unit: SourceUnit): string | undefined =>
    unit.path.split("/").find((segment) => byName.has(segment) && byName.get(segment)?.layers === undefined);
  const rows = new Map<string, number[]>();
  units.forEach((unit, i) => {
    const name = nameOf(unit);
    if (name !== undefined) rows.set(name, [...(rows.get(name) ?? []), i]);
  });
  const edges: [number, number][] = [];
  for (const [name, own] of rows) {
    for (let i = 1; i < own.length; i++) edges.push([own[i - 1]!, own[i]!]);
    const waiting = [...(fed.get(name) ?? [])];
    const seen = new Set(waiting);
    while (waiting.length > 0) {
      const before = waiting.pop()!;
      const found = rows.get(before);
      if (found !== undefined) edges.push([found.at(-1)!, own[0]!]);
      else
        for (const further of fed.get(before) ?? []) {
          if (seen.has(further)) continue;
          seen.add(further);
          waiting.push(further);
        }
    }
  }
  return edges;
}

/**
 * Without a configuration: a convolution and the normalization that was made next have the same number in their names,
 * where there are as many of these as of those.
 */
function numberedEdges(units: readonly SourceUnit[]): Edges {
  const numbered = (pattern: RegExp): Map<number, number> =>
    new Map(
      units.flatMap(({ path }, i): [number, number][] => {
        const [, number = "0"] = pattern.exec(path.split("/").at(-1)!) ?? [];
        return pattern.test(path.split("/").at(-1)!) ? [[Number(number), i]] : [];
      }),
    );
  const convolutions = numbered(/^conv[123]d(?:_(\d+))?$/);
  const norms = numbered(/^batch_normalization(?:_(\d+))?$/);
  const isAlike =
    convolutions.size === norms.size && [...convolutions.keys()].every((number) => norms.has(number));
  return isAlike ? [...convolutions].map(([number, i]) => [i, norms.get(number)!] as const) : [];
}

function flowOf(
  units: readonly SourceUnit[],
  targets: readonly TargetUnit[],
  config: LayerConfig | undefined,
  model: Model,
): Flow | undefined {
  const sources = config === undefined ? numberedEdges(units) : sourceEdges(units, config);
  const targetFlow = sources.length === 0 ? undefined : targetEdges(model, targets);
  return targetFlow === undefined ? undefined : { sources, targets: targetFlow };
}

function match(source: Source, model: Model): Matching {
  const { arrays, arrangement, origin } = source;
  const config = kerasConfig(origin);
  const units =
    arrangement === "named"
      ? unitsOf(source, config)
      : listUnits(
          arrays.map(({ name, array }) => unitArray(name, array)),
          targetUnits(model),
          kerasLayers,
        );
  if (units === undefined) return unmatched(model, arrays);
  const ignored = new Set(
    arrays.map(({ name }) => name).filter((name) => noWeights.test(name) || name.endsWith("/count")),
  );
  for (const { weights } of origin.layers ?? [])
    for (const [weight, tensor] of weights) if (weight.endsWith("/count")) ignored.add(tensor);
  const { matching, pairs } = matchLayers(source, model, units, {
    title: "Keras",
    rules: kerasLayers,
    ignored,
    flow: (sources, targets) => flowOf(sources, targets, config, model),
  });
  const settings: Finding[] = config === undefined ? [] : kerasSettings(config, model, pairs);
  return { ...matching, findings: [...matching.findings, ...settings] };
}

/** A list that no order of the model's layers explains. */
const unmatched = (model: Model, arrays: readonly NamedArray[]): Matching => ({
  rules: [],
  findings: [],
  alternatives: [],
  missing: model.targets.map(({ name }) => name),
  unused: arrays.map(({ name }) => name),
  problems: ["the arrays are no list of the model's layers, as Keras lists weights"],
});

/** Keras. */
export const kerasMatcher: Matcher = {
  name: "keras",
  title: "Keras",
  source: "keras.Model.save, save_weights, get_weights; Variable.path",
  recognise: ({ arrays, arrangement, origin }) => {
    if (origin.layers !== undefined) return { confidence: 0.95, reasons: ["the file is one of Keras's"] };
    if (arrangement === "flat" || arrangement === "per layer") return undefined;
    if (arrangement === "positional")
      return { confidence: 0.16, reasons: ["the arrays are in the order of Keras's get_weights"] };
    const roles = arrays.map(({ name }) => segmentsOf(name).at(-1) ?? "");
    const own = roles.filter((role) => ownRoles.has(role)).length;
    const known = own + roles.filter((role) => sharedRoles.has(role)).length;
    if (own === 0) return undefined;
    return {
      confidence: known / arrays.length,
      reasons: [`${known} of ${arrays.length} names end as Keras's do`],
    };
  },
  match,
};
