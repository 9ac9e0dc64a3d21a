// The index of Keras's sharded weights (`m.weights.json`): for each group of variables, in which files its datasets
// are. ShardedH5IOStore of keras/src/saving/saving_lib.py, Keras 3.15.

import { FormatError } from "../../core/errors.ts";
import type { Contents, OpenContext } from "../format.ts";
import { layersOfWeights } from "../keras/layers.ts";
import { DictValue, isArrayLike, type Value } from "../values.ts";
import { openShards, type ShardIndex } from "./format.ts";

/** True iff an index is one of Keras: what it places are groups of variables, by their paths. */
export function isKerasIndex({ weightMap }: ShardIndex): boolean {
  return weightMap.size > 0 && [...weightMap.keys()].every((path) => /^\/(.*\/)?vars$/.test(path));
}

/**
 * Opens the files of a set: the tree has every dataset of the groups that the index names, under its path.
 * @throws FormatError when a file is missing, leads elsewhere, is damaged, or lacks what the index places in it
 */
export async function openKerasIndex(index: ShardIndex, context: OpenContext): Promise<Contents> {
  const places = new Map<string, readonly string[]>();
  for (const [group, value] of index.weightMap) places.set(group, filesOf(value, group));
  const { shards, close } = await openShards([...places.values()].flat(), context);
  try {
    const { metadata, weightMap } = index;
    const tree = gather(places, shards);
    const attributes = attributesOf(shards);
    const notes = [...shards].flatMap(([file, shard]) => shard.notes.map((note) => `${file}: ${note}`));
    const layers = layersOfWeights(tree, attributes, undefined, notes);
    return {
      format: "index",
      tree,
      notes,
      weightMap,
      attributes,
      ...(metadata === undefined ? {} : { metadata }),
      ...(layers === undefined ? {} : { layers }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The files of a group: one, or a list. */
function filesOf(value: Value, group: string): readonly string[] {
  const list = typeof value === "string" ? [value] : value;
  if (!Array.isArray(list) || list.length === 0 || !list.every((file) => typeof file === "string")) {
    throw new FormatError("the index's weight_map has something other than files' names for it", {
      tensor: group,
    });
  }
  return [...new Set(list)];
}

function gather(
  places: ReadonlyMap<string, readonly string[]>,
  shards: ReadonlyMap<string, Contents>,
): DictValue {
  const byGroup = new Map([...shards].map(([file, shard]) => [file, datasetsOf(shard)]));
  const tree = new DictValue();
  for (const [group, files] of places) {
    for (const file of files) {
      const datasets = byGroup.get(file)!.get(group);
      if (datasets === undefined) {
        throw new FormatError(
          `the index says that it is in ${JSON.stringify(file)}, which has no such group`,
          {
            tensor: group,
          },
        );
      }
      for (const [path, array] of datasets) {
        if (tree.has(path)) throw new FormatError("two files of the set have this dataset", { tensor: path });
        tree.set(path, array);
      }
    }
  }
  return tree;
}

/** The datasets of a file by their groups. */
function datasetsOf({ tree }: Contents): Map<string, [path: string, array: Value][]> {
  const groups = new Map<string, [string, Value][]>();
  if (!(tree instanceof DictValue)) return groups;
  for (const [path, array] of tree) {
    if (typeof path !== "string" || !isArrayLike(array)) continue;
    const group = path.slice(0, path.lastIndexOf("/"));
    const datasets = groups.get(group);
    if (datasets === undefined) groups.set(group, [[path, array]]);
    else datasets.push([path, array]);
  }
  return groups;
}

/** The attributes of all files; of an object that several have, those of all. */
function attributesOf(shards: ReadonlyMap<string, Contents>): Map<string, ReadonlyMap<string, Value>> {
  const attributes = new Map<string, ReadonlyMap<string, Value>>();
  for (const shard of shards.values()) {
    for (const [path, values] of shard.attributes ?? []) {
      attributes.set(path, new Map([...(attributes.get(path) ?? []), ...values]));
    }
  }
  return attributes;
}
