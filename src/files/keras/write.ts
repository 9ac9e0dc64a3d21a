// Writing Keras 3's weights (`.weights.h5`), so that `model.load_weights` reads them: each layer a group with its
// variables numbered in `vars`, whose attribute `name` is the user's name of the layer. keras/src/saving/saving_lib.py,
// Keras 3.15.

import { ValueError } from "../../core/errors.ts";
import { writeHdf5To } from "../hdf5/write.ts";
import type { AttributeValue } from "../hdf5/write-attributes.ts";
import type { NamedTensors } from "../safetensors/write.ts";
import { bytesWritten, type Sink, type WriteOptions } from "../sink.ts";
import { classOfName, nameOfPart, UniqueNames } from "./classes.ts";

/** How Keras's weights are written. */
export interface KerasWriteOptions extends WriteOptions {
  /**
   * The layers of the model in its order, also those without weights; of a Sequential without its input. With them,
   * paths begin with a layer's name (`wide/vars/0`, `lstm/cell/vars/1`), and its group is named as Keras counts it.
   */
  readonly layers?: Iterable<{ readonly name: string; readonly className: string }>;
  /** Attributes by the path of their group or dataset, and by name: those of an opened file, for one. */
  readonly attributes?: ReadonlyMap<string, ReadonlyMap<string, AttributeValue>>;
}

/**
 * Writes weights as Keras 3's `save_weights` does.
 * @param weights by path: the group of the layer, `vars`, and the number of the variable (`layers/dense/vars/0`)
 * @throws ValueError when a path is none of a variable, numbers have gaps, or a layer is named that is not listed
 * @throws FormatError when the bytes of a weight that comes from a file are damaged
 */
export async function writeKerasWeightsTo(
  sink: Sink,
  weights: NamedTensors,
  options: KerasWriteOptions = {},
): Promise<void> {
  const groups = options.layers === undefined ? undefined : groupsOfLayers(options.layers);
  const placed = [...weights].map(([path, array]) => [placeOf(path, groups), array] as const);
  const attributes = new Map<string, ReadonlyMap<string, AttributeValue>>();
  for (const [name, group] of groups ?? []) attributes.set(`/${group}/vars`, new Map([["name", name]]));
  // Attributes come first, and tell the order of the layers.
  for (const [path, values] of options.attributes ?? []) {
    const group = `/${path.replace(/^\//, "")}`;
    attributes.set(group, new Map([...(attributes.get(group) ?? []), ...values]));
  }
  for (const group of checkNumbers(placed.map(([path]) => path))) {
    const name = nameOfGroup(group);
    const own = attributes.get(`/${group}`);
    if (name === undefined || own?.has("name") === true) continue;
    attributes.set(`/${group}`, new Map([["name", name], ...(own ?? [])]));
  }
  await writeHdf5To(sink, placed, { ...options, attributes });
}

/** The bytes of a file of Keras's weights; see `writeKerasWeightsTo`. */
export async function writeKerasWeights(
  weights: NamedTensors,
  options: KerasWriteOptions = {},
): Promise<Uint8Array> {
  return bytesWritten((sink) => writeKerasWeightsTo(sink, weights, options));
}

/** The group of each layer, by its name. */
function groupsOfLayers(
  layers: Iterable<{ readonly name: string; readonly className: string }>,
): Map<string, string> {
  const names = new UniqueNames();
  const groups = new Map<string, string>();
  for (const { name, className } of layers) {
    if (groups.has(name)) throw new ValueError(`two layers have the name ${JSON.stringify(name)}`);
    groups.set(name, `layers/${names.next(className)}`);
  }
  return groups;
}

/** The name of a layer or part that nobody named: Keras's own, else that of its group. */
function nameOfGroup(group: string): string | undefined {
  const [above, own] = group.split("/").slice(-3, -1);
  if (own === undefined) return above;
  return nameOfPart(classOfName(above!), own, undefined);
}

function placeOf(path: string, groups: ReadonlyMap<string, string> | undefined): string {
  const plain = path.replace(/^\//, "");
  if (groups === undefined) return plain;
  // Layers' names may hold slashes.
  for (let end = plain.indexOf("/"); end >= 0; end = plain.indexOf("/", end + 1)) {
    const group = groups.get(plain.slice(0, end));
    if (group !== undefined) return group + plain.slice(end);
  }
  throw new ValueError(
    `the weight ${JSON.stringify(path)} is of none of the layers that are given; it should begin with a layer's name`,
  );
}

/** Checks that variables are numbered from 0 in each group. @returns the groups `vars` */
function checkNumbers(paths: readonly string[]): Set<string> {
  const groups = new Map<string, Set<string>>();
  for (const path of paths) {
    const [, group, key] = /^((?:.+\/)?vars)\/([^/]+)$/.exec(path) ?? [];
    if (group === undefined || key === undefined) {
      throw new ValueError(
        `${JSON.stringify(path)} is no path of a weight of Keras, which ends in vars and a number: layers/dense/vars/0`,
      );
    }
    const keys = groups.get(group) ?? new Set();
    groups.set(group, keys.add(key));
  }
  for (const [group, keys] of groups) {
    const isNumbered = [...keys].some((key) => /^\d+$/.test(key));
    for (let number = 0; isNumbered && number < keys.size; number++) {
      if (!keys.has(String(number))) {
        throw new ValueError(`${group} has ${keys.size} weights, and none with the number ${number}`);
      }
    }
  }
  return new Set(groups.keys());
}
