// Which dataset of the older form of Keras's files (`model.save("m.h5")`, weights of Keras 2) is which weight of which
// layer: the attributes `layer_names` and `weight_names` list them, cut in pieces where they are long; the attribute
// `model_config` has the classes. keras/src/legacy/saving/legacy_h5_format.py, Keras 3.15.

import type { LayerWeights } from "../format.ts";
import { ArrayValue, DictValue, isArrayLike, type Value } from "../values.ts";
import { classOfName, couldHave } from "./classes.ts";
import { configOfText, type LayerConfig } from "./config.ts";
import type { Attributes } from "./groups.ts";

const layerNames = "layer_names";
const weightNames = "weight_names";
/** Characters of a name; longer ones are none of Keras. */
const longestName = 1024;

/** Weights of a layer, by the names in the file. */
interface Listed {
  readonly layer: string;
  /** In the file's order: those that were being trained come first. */
  readonly weights: readonly { readonly name: string; readonly path: string }[];
}

/**
 * The layers of a file of the older form; undefined where it is none.
 * @param tree datasets by path
 * @param notes gets what a careful reader should know of the configuration
 */
export function layersOfLegacy(
  tree: Value,
  attributes: Attributes,
  notes: string[],
): LayerWeights[] | undefined {
  const base = ["/model_weights", "/"].find(
    (path) => textsOf(attributes.get(path), layerNames) !== undefined,
  );
  if (base === undefined || !(tree instanceof DictValue)) return undefined;
  const text = attributes.get("/")?.get("model_config");
  const config =
    typeof text === "string" ? configOfText(text, "the attribute model_config", notes) : undefined;
  const layers = new Set(textsOf(attributes.get(base), layerNames));
  const listed = [...layers].map((layer): Listed => {
    const group = joined(base, layer);
    const names = textsOf(attributes.get(group), weightNames) ?? [];
    const weights = names.map((name) => ({ name, path: joined(group, name) }));
    return { layer, weights: weights.filter(({ path }) => tree.has(path)) };
  });
  const classes = new Map(config?.layers?.map((layer) => [layer.name, layer]));
  return listed.map(({ layer, weights }) => {
    const known = classes.get(layer);
    const named = weights.map(({ name, path }): [string, string] => [
      weightName(name, layer, config?.name),
      path,
    ]);
    const className = known?.className ?? classOfLayer(layer, named, tree);
    return { name: layer, className, weights: inOrder(named, known) };
  });
}

function joined(base: string, name: string): string {
  return base === "/" ? `/${name}` : `${base}/${name}`;
}

/** A list of names, whole or in pieces (`layer_names0`, `layer_names1`, …). */
function textsOf(attributes: ReadonlyMap<string, Value> | undefined, name: string): string[] | undefined {
  const whole = attributes?.get(name);
  if (attributes === undefined || whole !== undefined)
    return whole === undefined ? undefined : textValues(whole);
  const pieces: string[] = [];
  for (let index = 0; attributes.has(`${name}${index}`); index++) {
    for (const text of textValues(attributes.get(`${name}${index}`)!)) pieces.push(text);
  }
  return attributes.has(`${name}0`) ? pieces : undefined;
}

/** Names of an attribute, each once. */
function textValues(value: Value): string[] {
  if (typeof value !== "object" || value === null || !isArrayLike(value) || value.kind !== "text") return [];
  return [...new Set(value.values.filter((text) => text.length <= longestName))];
}

/** The name of a weight without the model's before it, which those in a Sequential have, and without TensorFlow's `:0`. */
function weightName(name: string, layer: string, model: string | undefined): string {
  const plain = name.replace(/:0$/, "");
  const [first, second] = plain.split("/", 2);
  const isOfModel =
    model === undefined ? first !== layer && second === layer : first === model && second !== undefined;
  return isOfModel ? plain.slice(first!.length + 1) : plain;
}

/** The class after which a layer is named, where its weights are those of the class. */
function classOfLayer(
  layer: string,
  weights: readonly (readonly [name: string, path: string])[],
  tree: DictValue,
): string | undefined {
  if (/^input_\d+$/.test(layer)) return "InputLayer";
  const className = classOfName(layer);
  if (className === undefined) return undefined;
  const variables = weights.map(([name, path]): [string, number] => {
    const array = tree.get(path)!;
    const rank = array instanceof ArrayValue ? array.shape.length : 0;
    return [name.startsWith(`${layer}/`) ? name.slice(layer.length + 1) : name, rank];
  });
  return couldHave(className, variables) ? className : undefined;
}

/** Weights layer by layer, as `layer.weights` has them; the file has those first that were being trained. */
function inOrder(weights: readonly [string, string][], config: LayerConfig | undefined): [string, string][] {
  const inner = new Map(innerNames(config).map((name, index) => [name, index]));
  const groups = new Map<string, [string, string][]>();
  for (const weight of weights) {
    const owner = weight[0].slice(0, weight[0].lastIndexOf("/") + 1);
    const group = groups.get(owner);
    if (group === undefined) groups.set(owner, [weight]);
    else group.push(weight);
  }
  const rank = (owner: string): number =>
    Math.max(-1, ...owner.split("/").map((part) => inner.get(part) ?? -1));
  const sorted = [...groups].map(([owner, group]) => ({ place: rank(owner), group }));
  return sorted.sort((a, b) => a.place - b.place).flatMap(({ group }) => group);
}

/** The names of all layers in a model, each before what is in it. */
function innerNames(config: LayerConfig | undefined): string[] {
  return (config?.layers ?? []).flatMap((layer) => [layer.name ?? "", ...innerNames(layer)]);
}
