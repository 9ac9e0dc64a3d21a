// Which dataset of Keras 3's weights is which weight of which layer: `.weights.h5`, and those of a `.keras`. Groups in
// the file are named after classes and counted (`dense_1`); the user's names are attributes, and what a number of
// `vars` means is known of Keras's own layers. Names of weights are as Keras makes them (`Variable.path`).

import type { Contents, LayerWeights } from "../format.ts";
import type { Value } from "../values.ts";
import { classOfName, classOfPart, nameOfPart, partsInOrder, UniqueNames, variableNames } from "./classes.ts";
import { hasInputShape, type LayerConfig, layerConfig } from "./config.ts";
import { type Attributes, groupsOf, type LayerGroup, layerLists } from "./groups.ts";
import { layersOfLegacy } from "./legacy.ts";

/** Groups of a model that hold no layers of it. */
const notLayers: ReadonlySet<string> = new Set([
  "optimizer",
  "metrics",
  "compile_metrics",
  "_metrics",
  "_loss_tracker",
]);
/** In how many models a layer may be. */
const mostUses = 16;
const randomState = /^_?seed_generator(_\d+)?$/;

/** A layer as it is met: its group, and what is known of it. */
interface Met {
  readonly group: LayerGroup | undefined;
  readonly name: string;
  readonly className: string | undefined;
  readonly config: LayerConfig | undefined;
}

/** The layers of a model in a file of HDF5, in either form; undefined where it holds none. Notes are added to its own. */
export function layersOfFile({ tree, attributes = new Map(), notes }: Contents): LayerWeights[] | undefined {
  return layersOfLegacy(tree, attributes, notes) ?? layersOfWeights(tree, attributes, undefined, notes);
}

/**
 * The layers of a model by its weights; undefined where the file does not hold such.
 * @param tree datasets by path
 * @param config of the model, where it is known
 * @param notes gets what is not certain
 */
export function layersOfWeights(
  tree: Value,
  attributes: Attributes,
  config: LayerConfig | undefined,
  notes: string[],
): LayerWeights[] | undefined {
  const root = groupsOf(tree, attributes);
  return root === undefined ? undefined : new Layers(root, notes).ofModel(root, config);
}

class Layers {
  private readonly notes: string[];
  /** Groups by the user's name, for layers that several models share; undefined where there are two of one name. */
  private readonly byName = new Map<string, LayerGroup | undefined>();
  private hasNames = false;
  /** How many weights may still be named: models share layers, but not without end. */
  private left = 1000;

  constructor(root: LayerGroup, notes: string[]) {
    this.notes = notes;
    const waiting = [root];
    while (waiting.length > 0) {
      const group = waiting.pop()!;
      this.left += mostUses * group.variables.length;
      if (group.name !== undefined) {
        this.hasNames = true;
        this.byName.set(group.name, this.byName.has(group.name) ? undefined : group);
      }
      for (const child of group.children.values()) waiting.push(child);
    }
  }

  ofModel(root: LayerGroup, config: LayerConfig | undefined): LayerWeights[] | undefined {
    const layers: LayerWeights[] = [];
    for (const layer of this.layersIn(root, config)) {
      const weights: [string, string][] = [];
      if (layer.group !== undefined) this.collect(layer.group, layer, layer.name, weights);
      layers.push({ name: layer.name, className: layer.className, weights });
      if (this.left >= 0) continue;
      this.notes.push(
        "the configuration lists one layer over and over: which weights are whose was not worked out",
      );
      return undefined;
    }
    return layers;
  }

  /** The layers of a model, in its order. */
  private layersIn(model: LayerGroup, config: LayerConfig | undefined): Met[] {
    const met: Met[] = [];
    for (const [key, child] of model.children) {
      if (layerLists.includes(key)) met.push(...this.layersInList(child, config?.layers));
      else if (!notLayers.has(key) && this.isLayer(child)) met.push(this.part(undefined, key, child));
    }
    return met;
  }

  /** The layers of a list, whose groups are named after their classes; those of the configuration first. */
  private layersInList(list: LayerGroup, configs: readonly LayerConfig[] = []): Met[] {
    const left = new Map(list.children);
    const names = new UniqueNames();
    const met = configs.map((config): Met => {
      const key = names.next(config.className);
      const own = left.get(key);
      const fits = own !== undefined && (own.name ?? config.name) === config.name;
      if (fits) left.delete(key);
      const group = fits ? own : this.byName.get(config.name ?? "");
      return { group, name: config.name ?? key, className: config.className, config };
    });
    const known = new Set(met.map(({ group }) => group));
    for (const [key, group] of left) {
      if (known.has(group)) continue;
      met.push({ group, name: group.name ?? key, className: classOfName(key), config: undefined });
    }
    return met;
  }

  /** True iff the group is a layer and not a list of such. */
  private isLayer(group: LayerGroup): boolean {
    return this.hasNames ? group.hasVariables : group.hasVariables || group.children.size > 0;
  }

  /** A layer that another one has under a name of its own. */
  private part(above: Met | undefined, key: string, group: LayerGroup): Met {
    const config = partConfig(above?.config, key);
    const name = group.name ?? nameOfPart(above?.className, key, config?.name);
    const className =
      config?.className ??
      (above?.className === undefined ? undefined : classOfPart(above.className, key)) ??
      classOfName(name.replace(/^(forward|backward)_/, ""));
    return { group, name, className, config };
  }

  /** Adds the weights of a layer and its parts, their names behind `prefix`. */
  private collect(group: LayerGroup, layer: Met, prefix: string, weights: [string, string][]): void {
    this.left -= group.variables.length;
    if (this.left < 0) return;
    const names = this.namesOf(group, layer);
    for (const [index, { path }] of group.variables.entries())
      weights.push([`${prefix}/${names[index]}`, path]);
    for (const key of partsInOrder(layer.className, group.children.keys())) {
      const child = group.children.get(key)!;
      if (randomState.test(key)) continue;
      if (layerLists.includes(key) || !this.isLayer(child)) {
        for (const inner of this.layersInList(child, layer.config?.layers)) {
          if (inner.group !== undefined) this.enter(inner.group, inner, layer, prefix, weights);
        }
      } else {
        const part = this.part(layer, key, child);
        this.enter(child, part, layer, prefix, weights);
      }
    }
  }

  private enter(
    group: LayerGroup,
    inner: Met,
    outer: Met,
    prefix: string,
    weights: [string, string][],
  ): void {
    // What a functional model is made of was built before it was; so was a Sequential that knew its input.
    const isApart = outer.className === "Functional" || builtByItself(inner);
    this.collect(group, inner, isApart ? inner.name : `${prefix}/${inner.name}`, weights);
  }

  private namesOf(group: LayerGroup, { className, config, name }: Met): readonly string[] {
    const keys = group.variables.map(({ key }) => key);
    if (className === undefined || keys.some((key, index) => key !== String(index))) return keys;
    const quantized = group.variables[0]?.isSmallInteger ?? false;
    const known = variableNames(className, keys.length, config?.settings, quantized);
    if (known?.isUncertain === true && this.notes.length < 20) {
      this.notes.push(
        `the file does not name the weights of the ${className} ${JSON.stringify(name)}: by their number (${keys.length}) they are ` +
          `taken for ${known.names.join(", ")}, and may be others`,
      );
    }
    return known?.names ?? keys;
  }
}

function builtByItself({ className, config }: Met): boolean {
  if (className === "Functional") return true;
  return className === "Sequential" && (config === undefined || hasInputShape(config));
}

/** The configuration of what a wrapper wraps. */
function partConfig(owner: LayerConfig | undefined, key: string): LayerConfig | undefined {
  if (owner === undefined) return undefined;
  const { settings } = owner;
  const inner = key === "forward_layer" ? "layer" : key;
  const own = layerConfig(settings.get(inner));
  if (own !== undefined) return own;
  if (key === "backward_layer") return layerConfig(settings.get("layer"));
  // The settings of LSTM, GRU and their like are also those of their cell.
  const className = classOfPart(owner.className, key);
  return className === undefined ? undefined : { name: undefined, className, settings, layers: undefined };
}
