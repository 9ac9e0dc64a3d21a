// Exported programs (torch.export.save, .pt2): weights and constants as raw bytes, described by JSON beside them (since
// torch 2.8), or as files of torch.save within (2.1 to 2.7). The graph is JSON, and is not run.
// torch/export/pt2_archive/_package.py, torch/_export/serde/schema.py.

import { FormatError } from "../../core/errors.ts";
import type { Contents, OpenContext } from "../format.ts";
import { type JsonValue, parseJson, valueOfJson } from "../json.ts";
import { type ArrayFacts, type ArrayLike, DictValue, TupleValue, type Value } from "../values.ts";
import { entryReader, type ZipArchive, type ZipEntry } from "../zip/archive.ts";
import { recordBytes, storedRecord } from "./records.ts";
import { countFrom, geometryFrom, stridedTensor } from "./tensors.ts";
import { type TorchType, torchTypes } from "./types.ts";

/** Numbers of the element types: schema.py, `ScalarType`. */
const scalarTypes: Readonly<Record<number, string>> = {
  1: "uint8",
  2: "int8",
  3: "int16",
  4: "int32",
  5: "int64",
  6: "float16",
  7: "float32",
  8: "float64",
  9: "complex32",
  10: "complex64",
  11: "complex128",
  12: "bool",
  13: "bfloat16",
  28: "uint16",
  29: "float8_e4m3fn",
  30: "float8_e5m2",
  31: "float8_e4m3fnuz",
  32: "float8_e5m2fnuz",
  33: "float8_e8m0fnu",
  34: "uint32",
  35: "uint64",
};
/** schema.py, `Layout.Strided`. */
const strided = 7n;

const configName = /^([^/]+)\/data\/(weights|constants)\/(.+)_(?:weights|constants)_config\.json$/;
const olderName = /^serialized_(state_dict|constants)\.pt$/;

/** True iff the archive is an exported program, by the names in it. */
export function isExport({ entries }: ZipArchive): boolean {
  return entries.some(({ name }) => configName.test(name) || olderName.test(name));
}

/**
 * Opens an exported program: the tree is its state dict; of several models, a dict of them by name.
 * @throws FormatError when a record is missing, or a tensor lies outside it
 */
export async function openExport(archive: ZipArchive, context: OpenContext): Promise<Contents> {
  const entries = new Map(archive.entries.map((entry) => [entry.name, entry]));
  const notes = [...archive.notes, "this is an exported program: its weights are read, its graph is not run"];
  const file: ExportFile = { archive, entries, context, notes };
  const states = new DictValue();
  const constants = new Map<string, ArrayLike>();
  for (const entry of archive.entries) {
    const part = partOf(entry.name);
    if (part === undefined) continue;
    const tensors = await (part.config ? readConfig(file, entry, part.folder) : readOlder(file, entry));
    if (part.isState) states.set(part.model, tensors);
    else for (const [name, value] of tensors) constants.set(String(name), value as ArrayLike);
  }
  const tree = states.size === 1 ? [...states.values()][0]! : states;
  return { format: "pt", framework: "pt", tree, notes, constants };
}

/** What of a program a member holds; undefined for one that holds no tensors of it. */
function partOf(
  name: string,
): { model: string; isState: boolean; folder: string; config: boolean } | undefined {
  const older = olderName.exec(name)?.[1];
  if (older !== undefined)
    return { model: "model", isState: older === "state_dict", folder: "", config: false };
  const [, folder, kind, model] = configName.exec(name) ?? [];
  if (model === undefined) return undefined;
  return { model, isState: kind === "weights", folder: `${folder}/data/${kind}`, config: true };
}

interface ExportFile {
  readonly archive: ZipArchive;
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly context: OpenContext;
  readonly notes: string[];
}

/** Before torch 2.8 the parts were files of torch.save, or nothing. */
async function readOlder({ archive, context }: ExportFile, entry: ZipEntry): Promise<DictValue> {
  if (entry.size === 0) return new DictValue();
  const { tree } = await context.inner(entryReader(archive, entry));
  if (!(tree instanceof DictValue))
    throw new FormatError("the tensors of the program are no dict", { tensor: entry.name });
  return tree;
}

function fieldOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return value instanceof Map ? value.get(name) : undefined;
}

/** The tensors that a description names, in its order. */
async function readConfig(file: ExportFile, entry: ZipEntry, folder: string): Promise<DictValue> {
  const json = parseJson(await recordBytes(file.archive, entry, file.notes), entry.name);
  const config = fieldOf(json, "config");
  if (!(config instanceof Map)) {
    throw new FormatError("the description of the weights has no config", { tensor: entry.name });
  }
  const tensors = new DictValue();
  const records: Records = { file, folder, stored: new Map() };
  for (const [name, payload] of config) {
    const tensor = await readPayload(records, name, payload);
    if (tensor !== undefined) tensors.set(name, tensor);
  }
  return tensors;
}

interface Records {
  readonly file: ExportFile;
  readonly folder: string;
  /** Tensors of one record share it. */
  readonly stored: Map<string, ReturnType<typeof storedRecord>>;
}

async function readPayload(records: Records, name: string, payload: JsonValue): Promise<Value | undefined> {
  const { file, folder, stored } = records;
  const path = fieldOf(payload, "path_name");
  const record = file.entries.get(`${folder}/${String(path)}`);
  if (typeof path !== "string" || record === undefined) {
    throw new FormatError(`the archive has no record ${JSON.stringify(String(path))} in ${folder}/`, {
      tensor: name,
    });
  }
  const meta = fieldOf(payload, "tensor_meta");
  if (meta === undefined || meta === null) {
    file.notes.push(`${name} is an object that is no tensor: it was not read`);
    return undefined;
  }
  if (fieldOf(payload, "use_pickle") === true) {
    return (await file.context.inner(entryReader(file.archive, record))).tree;
  }
  const { type, shape, strides, offset } = describe(meta, name);
  const known = stored.get(path) ?? storedRecord(file.archive, record, file.notes);
  stored.set(path, known);
  const isParameter = fieldOf(payload, "is_param") === true;
  const facts: ArrayFacts = {
    origin: "torch",
    ...(isParameter ? { parameter: true } : {}),
    ...(fieldOf(meta, "requires_grad") === true ? { requiresGrad: true } : {}),
  };
  try {
    return stridedTensor(known, type, offset, geometryFrom(shape, strides), facts);
  } catch (error) {
    if (error instanceof FormatError) throw new FormatError(error.reason, { tensor: name });
    throw error;
  }
}

/** What a `TensorMeta` says. Sizes that are no numbers are those of inputs, which no weight has. */
function describe(
  meta: JsonValue,
  name: string,
): { type: TorchType; shape: TupleValue; strides: TupleValue; offset: number } {
  const type = torchTypes.get(scalarTypes[Number(fieldOf(meta, "dtype"))] ?? "");
  if (type === undefined)
    throw new FormatError("the tensor's dtype is no number of one that is known", { tensor: name });
  if (fieldOf(meta, "layout") !== strided) {
    throw new FormatError("the tensor's layout is not strided, which it must be to be read", {
      tensor: name,
    });
  }
  const integers = (value: JsonValue | undefined): TupleValue =>
    new TupleValue(
      (Array.isArray(value) ? value : []).map((item) => valueOfJson(fieldOf(item, "as_int") ?? null)),
    );
  return {
    type,
    shape: integers(fieldOf(meta, "sizes")),
    strides: integers(fieldOf(meta, "strides")),
    offset: countFrom(
      valueOfJson(fieldOf(fieldOf(meta, "storage_offset"), "as_int") ?? null),
      "the tensor's offset",
    ),
  };
}
