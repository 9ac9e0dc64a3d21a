// The index of a sharded checkpoint: JSON that says in which file of a set each tensor lies, as huggingface_hub 2.0 and
// transformers write it (`model.safetensors.index.json`, `pytorch_model.bin.index.json`). The files must lie beside it.

import { FormatError } from "../../core/errors.ts";
import { type Contents, type Format, headLength, type OpenContext } from "../format.ts";
import { JsonObject, parseJson, valueOfJson } from "../json.ts";
import { type Reader, readBytes } from "../reader.ts";
import { DictValue, isArrayLike, type Value } from "../values.ts";
import { isKerasIndex, openKerasIndex } from "./keras.ts";

/** Bytes that an index may have: as many as the header of a safetensors file. */
const mostBytes = 100_000_000;

/** What an index says. */
export interface ShardIndex {
  readonly metadata: ReadonlyMap<string, Value> | undefined;
  /** In which file each tensor lies (in Keras's: in which files each group of variables). */
  readonly weightMap: ReadonlyMap<string, Value>;
}

/** True iff the first bytes are those of a JSON object. */
export function beginsJsonObject(head: Uint8Array): boolean {
  return /^\s*\{\s*["}]/.test(String.fromCharCode(...head));
}

/** Index files, by what their weight maps hold. */
export const indexFormat: Format = {
  begins: beginsJsonObject,
  open: async (reader, context) => {
    const index = await readIndex(reader);
    return isKerasIndex(index) ? openKerasIndex(index, context) : openTensorIndex(index, context);
  },
};

async function readIndex(reader: Reader): Promise<ShardIndex> {
  if (reader.byteLength > mostBytes) {
    throw new FormatError(`an index of ${reader.byteLength} bytes is not read: ${mostBytes} are the most`);
  }
  const json = parseJson(await readBytes(reader, 0, reader.byteLength, "the index"), "the file");
  const index = json instanceof JsonObject ? json : new JsonObject();
  const map = index.get("weight_map");
  if (map === undefined) {
    throw new FormatError("this is JSON, and no index of a sharded checkpoint: it has no weight_map");
  }
  if (!(map instanceof JsonObject)) throw new FormatError("the index's weight_map is no object");
  const metadata = index.get("metadata") ?? null;
  if (metadata !== null && !(metadata instanceof JsonObject)) {
    throw new FormatError("the index's metadata is no object");
  }
  return { metadata: metadata === null ? undefined : valuesOf(metadata), weightMap: valuesOf(map) };
}

function valuesOf(object: JsonObject): Map<string, Value> {
  return new Map([...object].map(([key, value]) => [key, valueOfJson(value)]));
}

/**
 * Opens the files of a set, each once; `Contents.close` of what comes back closes them.
 * @throws FormatError that names the file, when one is missing, leads elsewhere, is damaged, or is an index itself
 */
export async function openShards(
  names: Iterable<string>,
  context: OpenContext,
): Promise<{ shards: ReadonlyMap<string, Contents> } & Required<Pick<Contents, "check" | "close">>> {
  const shards = new Map<string, Contents>();
  const close = async (): Promise<void> => {
    for (const shard of shards.values()) await shard.close?.();
  };
  const check = async (): Promise<void> => {
    for (const [name, shard] of shards) {
      await shard.check?.().catch((error: unknown) => {
        throw inShard(name, error);
      });
    }
  };
  try {
    for (const name of new Set(names)) shards.set(name, await openShard(name, context));
  } catch (error) {
    await close();
    throw error;
  }
  return { shards, check, close };
}

/** A refusal of a file of the set as one of the index, which names the file. */
function inShard(name: string, error: unknown): unknown {
  if (!(error instanceof FormatError)) return error;
  const inside = new FormatError(error.reason, { ...error.place, file: JSON.stringify(name) });
  return new FormatError(`its file ${inside.message}`);
}

async function openShard(name: string, context: OpenContext): Promise<Contents> {
  let reader: Reader | undefined;
  try {
    reader = await context.sibling(name);
    const head = await readBytes(reader, 0, Math.min(headLength, reader.byteLength), "the file");
    if (beginsJsonObject(head)) throw new FormatError("it is an index itself, or other JSON");
    return await context.inner(reader);
  } catch (error) {
    // Before there is a file, an error that names none is about the name that the index gives.
    const isOfName = error instanceof FormatError && reader === undefined && error.place.file === undefined;
    throw isOfName ? error : inShard(name, error);
  }
}

/** A set with whole tensors in each of its files. */
async function openTensorIndex(index: ShardIndex, context: OpenContext): Promise<Contents> {
  const places = new Map<string, string>();
  for (const [tensor, file] of index.weightMap) {
    if (typeof file !== "string") {
      throw new FormatError("the index's weight_map has something other than a file's name for it", {
        tensor,
      });
    }
    places.set(tensor, file);
  }
  const { shards, check, close } = await openShards(places.values(), context);
  try {
    const { metadata, weightMap } = index;
    const facts = metadata === undefined ? { weightMap } : { weightMap, metadata };
    return { format: "index", ...gather(places, shards), ...facts, check, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The tensors that a map names, from the files that it names for them, in its order. */
function gather(
  places: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, Contents>,
): Pick<Contents, "tree" | "notes"> {
  const tree = new DictValue();
  for (const [tensor, file] of places) {
    const held = shards.get(file)!.tree;
    const value = held instanceof DictValue ? held.get(tensor) : undefined;
    if (value === undefined || !isArrayLike(value)) {
      throw new FormatError(
        `the index says that it is in ${JSON.stringify(file)}, which has no such tensor`,
        { tensor },
      );
    }
    tree.set(tensor, value);
  }
  const notes: string[] = [];
  for (const [file, shard] of shards) {
    notes.push(...shard.notes.map((note) => `${file}: ${note}`));
    const others =
      shard.tree instanceof DictValue
        ? [...shard.tree.keys()].filter((key) => typeof key !== "string" || places.get(key) !== file)
        : [];
    if (others.length > 0)
      notes.push(`${file} holds ${others.length} values that the index does not name in it`);
  }
  return { tree, notes };
}
