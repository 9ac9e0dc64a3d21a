// weightbridge convert: the tensors of a file in a file of another kind.

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { FormatError } from "../core/errors.ts";
import { product } from "../core/layout.ts";
import { countText, namesText, sizeText } from "../core/words.ts";
import { planShards, type ShardOptions, type ShardPlan } from "../files/index-files/shards.ts";
import { announce, storedOf } from "../files/load.ts";
import { openFile, saveShards, writeFile } from "../files/node.ts";
import type { Opened } from "../files/open.ts";
import type { Sink } from "../files/sink.ts";
import { ArrayValue, type Value } from "../files/values.ts";
import {
  type FileWriteOptions,
  type FileWriter,
  fileWriters,
  type NamedArray,
  writerOf,
} from "../files/writers.ts";
import { type Command, parse, print, printJson, status, UsageError, writingOptions } from "./arguments.ts";
import { cast, floatType } from "./casting.ts";
import { chosen, renamed, tensorsIn } from "./names.ts";
import { Progress, wantsProgress } from "./progress.ts";

const help = `weightbridge convert IN OUT [--dtype TYPE] [--only PATTERN]... [--rename FROM=TO]...
                    [--shard-size SIZE] [--compressed] [--metadata KEY=VALUE]...
                    [--force] [--json] [--quiet] [--progress]

Writes the tensors of a file to a file of another kind, tensor by tensor: no more
than one is in memory. OUT appears whole or not at all.

  IN            a file that weightbridge inspect opens, or its http address
  OUT           ENDINGS
  --dtype       casts floating tensors: float16, bfloat16, float32, float64
  --only        tensors whose names fit a pattern alone; * stands for any text
  --rename      names that begin with FROM begin with TO; or, with *, names that
                FROM fits become TO, the texts of its * in order
  --shard-size  (.safetensors) files of at most so much, 500MB or 2GB, and an index
  --compressed  (.npz) deflates the arrays
  --metadata    (.safetensors) text in the header, besides what IN has there
  --force       replaces OUT where it is there already
  --json        what was written, as JSON
  --quiet       prints nothing but errors
  --progress    draws a bar though standard error is no terminal

Values of IN that are no tensors are left out, with a note.

Exit status: 0, or 2 when a file is refused.`.replace(
  "ENDINGS",
  fileWriters.flatMap(({ endings }) => endings).join(", "),
);

const options = {
  dtype: { type: "string" },
  only: { type: "string", multiple: true, default: [] as string[] },
  rename: { type: "string", multiple: true, default: [] as string[] },
  "shard-size": { type: "string" },
  compressed: { type: "boolean", default: false },
  metadata: { type: "string", multiple: true, default: [] as string[] },
  ...writingOptions,
} as const;

type Values = ReturnType<typeof parse<typeof options>>["values"];

/** What is to be written, and where. */
interface Conversion {
  readonly output: string;
  readonly writer: FileWriter;
  readonly arrays: readonly NamedArray[];
  readonly options: FileWriteOptions;
  readonly shards: ShardPlan | undefined;
  readonly bytes: number;
  readonly notes: readonly string[];
}

/** The writer for a name. @throws UsageError when there is none, or it does not take one of the options */
function writerFor(output: string, values: Values): FileWriter {
  const writer = writerOf(output);
  if (writer === undefined) {
    const known = fileWriters.flatMap(({ endings }) => endings).join(", ");
    throw new UsageError(`OUT must end with ${known}, got ${output}`);
  }
  const given = [
    ["compressed", "--compressed", values.compressed],
    ["metadata", "--metadata", values.metadata.length > 0],
    ["shards", "--shard-size", values["shard-size"] !== undefined],
  ] as const;
  for (const [option, flag, isGiven] of given) {
    if (!isGiven || writer.takes.includes(option)) continue;
    const able = fileWriters.filter(({ takes }) => takes.includes(option)).map(({ endings }) => endings[0]);
    throw new UsageError(`${flag} is for ${able.join(", ")} alone`);
  }
  return writer;
}

/** The text that the file says of itself, with what was given. PyTorch's tensors are said to be such, as its libraries expect. */
function metadataFor(opened: Opened, given: readonly string[]): Map<string, string> | undefined {
  const metadata = new Map<string, string>();
  if (opened.framework !== undefined) metadata.set("format", opened.framework);
  for (const [key, value] of opened.metadata ?? []) if (typeof value === "string") metadata.set(key, value);
  for (const text of given) {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`--metadata takes KEY=VALUE, got ${JSON.stringify(text)}`);
    metadata.set(text.slice(0, at), text.slice(at + 1));
  }
  return metadata.size === 0 ? undefined : metadata;
}

/** Why the arrays cannot all be written, in one line. */
function checkWritable(writer: FileWriter, arrays: readonly NamedArray[], output: string): void {
  if (writer.holdsOne && arrays.length !== 1) {
    throw new FormatError(
      `a ${writer.endings[0]} holds one array, and there are ${arrays.length}: choose one with --only, or write a .npz`,
      { file: output },
    );
  }
  const refusals = arrays.flatMap(([name, array]) => writer.refusal(name, array) ?? []);
  if (refusals.length === 0) return;
  const more = refusals.length > 1 ? ` (and ${refusals.length - 1} more of such)` : "";
  const isFloat = arrays.some(
    ([name, array]) => array instanceof ArrayValue && writer.refusal(name, array) !== undefined,
  );
  const advice = isFloat ? "add --dtype float32" : "choose others with --only";
  throw new FormatError(`${refusals[0]}${more}: ${advice}`, { file: output });
}

/** Tensors that share their storage, in a file that cannot say so. */
function tieNotes(writer: FileWriter, arrays: readonly NamedArray[]): string[] {
  if (writer.sharesStorage) return [];
  const firsts = new Map<unknown, string>();
  const tied: string[] = [];
  for (const [name, array] of arrays) {
    for (const stored of storedOf(array)) {
      const first = firsts.get(stored);
      if (first === undefined) firsts.set(stored, name);
      else tied.push(`${name} (with ${first})`);
    }
  }
  if (tied.length === 0) return [];
  return [`memory that tensors share is written for each of them: ${namesText(tied)}`];
}

const sizeOf = (array: NamedArray[1]): number =>
  "shape" in array && array instanceof ArrayValue
    ? product(array.shape) * array.layout.dtype.itemSize
    : [...storedOf(array)].reduce((sum, { byteLength }) => sum + byteLength, 0);

function planConversion(opened: Opened, output: string, values: Values): Conversion {
  const writer = writerFor(output, values);
  const { tensors, others } = tensorsIn(opened);
  if (tensors.length === 0) throw new FormatError("there are no tensors in it", { file: opened.file });
  const named = renamed(chosen(tensors, values.only), values.rename);
  const arrays = values.dtype === undefined ? named : cast(named, floatType(values.dtype));
  checkWritable(writer, arrays, output);
  const notes = [
    ...opened.notes,
    ...(others.length === 0
      ? []
      : [`${countText(others.length, "value")} that are no tensors are left out: ${namesText(others)}`]),
    ...tieNotes(writer, arrays),
  ];
  const shards =
    values["shard-size"] === undefined ? undefined : planShards(arrays, shardOptions(output, values));
  const bytes = arrays.reduce((sum, [, array]) => sum + sizeOf(array), 0);
  const metadata = writer.takes.includes("metadata") ? metadataFor(opened, values.metadata) : undefined;
  const written: FileWriteOptions = {
    release: true,
    name: basename(output),
    ...(writer.takes.includes("attributes") && values.rename.length === 0
      ? { attributes: attributesFor(opened, arrays, values.only.length === 0) }
      : {}),
    ...(values.compressed ? { compressed: true } : {}),
    ...(metadata === undefined ? {} : { metadata }),
  };
  return { output, writer, arrays, options: written, shards, bytes, notes };
}

/** The attributes of what is written, and of the groups it lies in; where all is written, those of empty groups too. */
function attributesFor(
  { attributes = new Map() }: Opened,
  arrays: readonly NamedArray[],
  isAll: boolean,
): ReadonlyMap<string, ReadonlyMap<string, Value>> {
  if (isAll) return attributes;
  const kept = new Set(["", "/"]);
  for (const [name] of arrays) {
    const parts = name.split("/");
    for (let end = 1; end <= parts.length; end++) kept.add(parts.slice(0, end).join("/"));
  }
  return new Map([...attributes].filter(([path]) => kept.has(path.replace(/^\//, ""))));
}

function shardOptions(output: string, values: Values): ShardOptions {
  const filenamePattern = basename(output).replace(/(\.[^.]+)$/, (ending) => `{suffix}${ending}`);
  return { filenamePattern, maxShardSize: values["shard-size"]! };
}

/** The paths that will be written. */
function pathsOf({ output, shards }: Conversion): string[] {
  if (shards === undefined) return [output];
  const names = shards.shards.map(({ name }) => name);
  const all = shards.indexName === undefined ? names : [...names, shards.indexName];
  return all.map((name) => join(dirname(output), name));
}

async function write(conversion: Conversion, values: Values): Promise<void> {
  const { output, writer, arrays, options, bytes, shards } = conversion;
  const progress = new Progress(basename(output), wantsProgress(values));
  // In a format's own order nothing is read ahead.
  const done =
    writer.order === "own"
      ? undefined
      : announce(new Set(arrays.flatMap(([, array]) => [...storedOf(array)])));
  try {
    if (shards !== undefined) {
      await saveShards(dirname(output), arrays, {
        ...options,
        ...shardOptions(output, values),
        onProgress: progress.update,
      });
    } else {
      await writeFile(output, (sink) => {
        return writer.write(
          counted(sink, (written) => progress.update(written, bytes)),
          arrays,
          options,
        );
      });
    }
  } finally {
    done?.();
    progress.finish();
  }
}

/** A sink that tells how many bytes have been written. */
function counted(sink: Sink, whenWritten: (bytes: number) => void): Sink {
  let written = 0;
  return {
    write: async (part) => {
      await sink.write(part);
      written += part.byteLength;
      whenWritten(written);
    },
  };
}

function report(conversion: Conversion, values: Values): void {
  const { writer, arrays, bytes, notes, shards } = conversion;
  const { metadata } = conversion.options;
  const files = pathsOf(conversion);
  if (values.json) {
    const about = metadata === undefined ? {} : { metadata: Object.fromEntries(metadata) };
    printJson({ format: writer.format, files, tensors: arrays.length, bytes, ...about, notes });
  } else if (!values.quiet) {
    const what = `${writer.format}, ${countText(arrays.length, "tensor")}, ${sizeText(bytes)}`;
    print(`${conversion.output}: ${what}`);
    for (const { name, tensors } of shards?.shards ?? [])
      print(`  ${name}: ${countText(tensors.length, "tensor")}`);
    for (const note of notes) print(`note: ${note}`);
  }
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, options);
  const [input, output] = positionals;
  if (input === undefined || output === undefined || positionals.length > 2) {
    throw new UsageError("expected IN and OUT");
  }
  writerFor(output, values);
  const opened = await openFile(input);
  try {
    const conversion = planConversion(opened, output, values);
    const there = pathsOf(conversion).find((path) => existsSync(path));
    if (there !== undefined && !values.force) {
      throw new FormatError("there is such a file already; add --force to replace it", { file: there });
    }
    await write(conversion, values);
    report(conversion, values);
  } finally {
    await opened.close();
  }
  return status.ok;
}

export const convert: Command = { help, run };
