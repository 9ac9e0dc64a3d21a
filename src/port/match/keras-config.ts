// What a Keras file tells of its layers beside their weights: the configuration in `config.json` of a .keras or in the
// attribute `model_config` of a .h5: settings by name, and which layer feeds which (`inbound_nodes`; Keras 2 and 3).

import { JsonObject, type JsonValue } from "../../files/json.ts";
import { configOfText, type LayerConfig } from "../../files/keras/config.ts";
import type { Origin } from "../source.ts";

/** The configuration of the model that a file holds; undefined where it tells none. */
export function kerasConfig({ metadata, attributes }: Origin): LayerConfig | undefined {
  const text =
    metadata?.get("config") ??
    attributes?.get("/")?.get("model_config") ??
    attributes?.get("")?.get("model_config");
  return typeof text === "string" ? configOfText(text, "the configuration", []) : undefined;
}

/** Layers by name; undefined under a name that several have. */
export function layersByName(config: LayerConfig): Map<string, LayerConfig | undefined> {
  const found = new Map<string, LayerConfig | undefined>();
  const visit = (layer: LayerConfig): void => {
    if (layer.name !== undefined) found.set(layer.name, found.has(layer.name) ? undefined : layer);
    for (const inner of layer.layers ?? []) visit(inner);
  };
  for (const layer of config.layers ?? []) visit(layer);
  return found;
}

/** All layers of a configuration that are no models themselves, in order. */
export function plainLayers(config: LayerConfig): LayerConfig[] {
  return (config.layers ?? []).flatMap((layer) =>
    layer.layers === undefined ? [layer] : plainLayers(layer),
  );
}

/** Names of the layers that each layer is fed by. A model within a model stands for its last layers, and is fed to its first. */
export function feeding(config: LayerConfig): Map<string, Set<string>> {
  const fed = new Map<string, Set<string>>();
  connect(config, fed);
  return fed;
}

/** What goes in and what comes out of a model, by the names of layers. */
interface Ends {
  readonly first: readonly string[];
  readonly last: readonly string[];
}

function connect(model: LayerConfig, fed: Map<string, Set<string>>): Ends {
  const layers = (model.layers ?? []).filter(({ name }) => name !== undefined);
  const ends = new Map<string, Ends>();
  for (const layer of layers) {
    const name = layer.name!;
    ends.set(name, layer.layers === undefined ? { first: [name], last: [name] } : connect(layer, fed));
  }
  const link = (from: string, to: string): void => {
    for (const first of ends.get(to)?.first ?? [])
      for (const last of ends.get(from)?.last ?? []) fed.set(first, (fed.get(first) ?? new Set()).add(last));
  };
  const nodes = nodesOf(model);
  layers.forEach((layer, i) => {
    const before = nodes?.get(layer.name!) ?? (nodes === undefined && i > 0 ? [layers[i - 1]!.name!] : []);
    for (const from of before) link(from, layer.name!);
  });
  const isFed = (name: string): boolean => nodes === undefined || (nodes.get(name) ?? []).length > 0;
  const firstNames = nodes === undefined ? layers.slice(0, 1) : layers.filter(({ name }) => !isFed(name!));
  const feeds = new Set([...(nodes?.values() ?? [])].flat());
  const lastNames = nodes === undefined ? layers.slice(-1) : layers.filter(({ name }) => !feeds.has(name!));
  return {
    first: firstNames.flatMap(({ name }) => ends.get(name!)!.first),
    last: lastNames.flatMap(({ name }) => ends.get(name!)!.last),
  };
}

/** The layers that feed each layer of a functional model; undefined for layers in a row. */
function nodesOf({ settings, className }: LayerConfig): Map<string, string[]> | undefined {
  const list = settings.get("layers");
  if (className === "Sequential" || !Array.isArray(list)) return undefined;
  const nodes = new Map<string, string[]>();
  for (const item of list) {
    if (!(item instanceof JsonObject)) continue;
    const inner = item.get("config");
    const name = item.get("name") ?? (inner instanceof JsonObject ? inner.get("name") : undefined);
    if (typeof name === "string") nodes.set(name, historiesIn(item.get("inbound_nodes") ?? null));
  }
  return nodes;
}

/** Names of layers in the inputs of a node: `keras_history` of Keras 3, [name, node, tensor, ...] of Keras 2. */
function historiesIn(value: JsonValue): string[] {
  const found: string[] = [];
  const waiting: JsonValue[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop()!;
    if (next instanceof JsonObject) {
      const history = next.get("keras_history");
      if (Array.isArray(history) && typeof history[0] === "string") found.push(history[0]);
      else waiting.push(...next.values());
    } else if (Array.isArray(next)) {
      const [name, node, tensor] = next;
      if (typeof name === "string" && typeof node === "bigint" && typeof tensor === "bigint")
        found.push(name);
      else waiting.push(...next);
    }
  }
  return found;
}
