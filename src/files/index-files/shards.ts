// Writing a sharded checkpoint as huggingface_hub 2.0 (save_torch_state_dict) does: tensors in order fill files up to a
// size, and an index says which file has which.

import { ValueError } from "../../core/errors.ts";
import {
  type NamedTensors,
  type PlannedTensor,
  planTensors,
  type SafetensorsWriteOptions,
  writeSafetensorsTo,
} from "../safetensors/write.ts";
import type { MakeFile } from "../sink.ts";

/** How tensors are spread over files. */
export interface ShardOptions {
  /** Bytes of tensors that a file has at most, or such a size as "5GB", which is the default. A larger tensor is alone. */
  readonly maxShardSize?: number | string;
  /** The files' names, with "{suffix}" where "-00001-of-00003" goes; default "model{suffix}.safetensors". */
  readonly filenamePattern?: string;
}

/** One file of a set. */
export interface Shard {
  readonly name: string;
  readonly tensors: readonly PlannedTensor[];
}

/** Which tensor goes to which file. */
export interface ShardPlan {
  readonly shards: readonly Shard[];
  /** The name of the index; a set of one file has none. */
  readonly indexName: string | undefined;
  /** In which file each tensor lies. */
  readonly weightMap: ReadonlyMap<string, string>;
  /** Bytes of all tensors. */
  readonly totalSize: number;
}

const units: ReadonlyMap<string, number> = new Map([
  ["KB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["TB", 1e12],
]);

/** Bytes of a size such as "5GB" or "200 MB". */
function bytesOfSize(size: number | string): number {
  const text = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*([kmgt]b)\s*$/i.exec(String(size));
  const bytes =
    typeof size === "number"
      ? size
      : Math.floor(Number(text?.[1]) * units.get(text?.[2]?.toUpperCase() ?? "")!);
  if (!(bytes > 0))
    throw new ValueError(`${JSON.stringify(size)} is no size: give bytes, or such as "200MB", "5GB"`);
  return bytes;
}

/**
 * Spreads tensors over files, in their order: a file is full when the next tensor would not go in.
 * @throws ValueError when one cannot be written, two have one name, or an option is none
 */
export function planShards(tensors: NamedTensors, options: ShardOptions = {}): ShardPlan {
  const pattern = options.filenamePattern ?? "model{suffix}.safetensors";
  if (!pattern.includes("{suffix}"))
    throw new ValueError(`filenamePattern ${JSON.stringify(pattern)} has no "{suffix}"`);
  const groups = groupBySize(planTensors(tensors), bytesOfSize(options.maxShardSize ?? "5GB"));
  const named = (suffix: string): string => pattern.replace("{suffix}", suffix);
  const number = (count: number): string => String(count).padStart(5, "0");
  const shards = groups.map((group, index) => ({
    name: named(groups.length === 1 ? "" : `-${number(index + 1)}-of-${number(groups.length)}`),
    tensors: group,
  }));
  return {
    shards,
    indexName: shards.length === 1 ? undefined : `${named("")}.index.json`,
    weightMap: new Map(
      shards.flatMap((shard) => shard.tensors.map(({ name }) => [name, shard.name] as const)),
    ),
    totalSize: groups.flat().reduce((sum, { byteLength }) => sum + byteLength, 0),
  };
}

function groupBySize(planned: readonly PlannedTensor[], most: number): PlannedTensor[][] {
  const groups: PlannedTensor[][] = [];
  let open: PlannedTensor[] = [];
  let size = 0;
  for (const tensor of planned) {
    if (tensor.byteLength > most) groups.push([tensor]);
    else {
      if (size + tensor.byteLength > most) {
        groups.push(open);
        open = [];
        size = 0;
      }
      open.push(tensor);
      size += tensor.byteLength;
    }
  }
  if (open.length > 0 || groups.length === 0) groups.push(open);
  return groups;
}

/**
 * Writes tensors as a set of safetensors files, each with the metadata, and, where they are more than one, their index,
 * which comes last. Each tensor is read and written in turn; with `release`, no more than one is in memory.
 * @param make makes a file: in Node `writeFiles` gives one that leaves nothing behind when something fails
 * @throws ValueError as `planShards` does; FormatError when a file's tensor is damaged
 */
export async function writeShards(
  make: MakeFile,
  tensors: NamedTensors,
  options: ShardOptions & SafetensorsWriteOptions = {},
): Promise<ShardPlan> {
  const plan = planShards(tensors, options);
  let before = 0;
  for (const shard of plan.shards) {
    const pairs = shard.tensors.map(({ name, tensor }) => [name, tensor] as const);
    const onProgress = (done: number): void => options.onProgress?.(before + done, plan.totalSize);
    await make(shard.name, (sink) => writeSafetensorsTo(sink, pairs, { ...options, onProgress }));
    before += shard.tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }
  const { indexName } = plan;
  if (indexName !== undefined) {
    const text = new TextEncoder().encode(indexText(plan));
    await make(indexName, (sink) => sink.write(text));
  }
  return plan;
}

/** The index, in the form of Python's `json.dump(index, file, indent=2)`. */
function indexText({ weightMap, totalSize }: ShardPlan): string {
  const places = [...weightMap].map(([tensor, file]) => `    ${asciiJson(tensor)}: ${asciiJson(file)}`);
  const facts = `  "metadata": {\n    "total_size": ${totalSize}\n  }`;
  return `{\n${facts},\n  "weight_map": {\n${places.join(",\n")}\n  }\n}`;
}

/** JSON with everything but ASCII in escapes. */
function asciiJson(value: string): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
