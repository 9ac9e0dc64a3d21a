// Exported programs (torch.export.save, .pt2): weights and constants as raw bytes, described by JSON beside them (since
// torch 2.8), or as files of torch.save within (2.1 to 2.7). The graph is JSON, and is not run.
// torch/export/pt2_archive/_package.py, torch/_export/serde/schema.py.

import { FormatError } from "../core/errors.ts";
import type { Contents, OpenContext } from "./format.ts";
import { type JsonValue, parseJson, valueOfJson } from "./json.ts";
import { recordBytes, storedRecord } from "./torch-records.ts";
import { countFrom, geometryFrom, stridedTensor } from "./torch-tensors.ts";
import { type TorchType, torchTypes } from "./torch-types.ts";
import { type ArrayFacts, DictValue, TupleValue, type Value } from "./values.ts";
import { entryReader, type ZipArchive, type ZipEntry } from "./zip.ts";

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
const olderName = /^serialized_(exported_program\.json|(state_dict|constants)\.pt)$/;

/** True iff the archive is an exported program, by the names in it. */
export function isExport({ entries }: ZipArchive): boolean {
  return entries.some(({ name }) => configName.test(name) || olderName.test(name));
}

/**
 * Opens an exported program: `state_dict` and `constants`, of each model by its name where there are several.
 * @throws FormatError when a record is missing, or a tensor lies outside it
 */
export async function openExport(archive: ZipArchive, context: OpenContext): Promise<Contents> {
  const entries = new Map(archive.entries.map((entry) => [entry.name, entry]));
  const notes = [...archive.notes, "this is an exported program: its weights are read, its graph is not run"];
  const models = new Map<string, DictValue>();
  const file: ExportFile = { archive, entries, context, notes };
  for (const entry of archive.entries) {
    const [, folder, kind, model] = configName.exec(entry.name) ?? [];
    if (folder === undefined || kind === undefined || model === undefined) continue;
    const parts = models.get(model) ?? new DictValue();
    models.set(model, parts);
    parts.set(
      kind === "weights" ? "state_dict" : kind,
      await readConfig(file, entry, `${folder}/data/${kind}`),
    );
  }
  const only = models.size === 1 ? [...models.values()][0] : undefined;
  const tree = models.size === 0 ? await readOlder(file) : (only ?? new DictValue(models));
  return { format: "pt", tree, notes };
}

interface ExportFile {
  readonly archive: ZipArchive;
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly context: OpenContext;
  readonly notes: string[];
}

/** Before torch 2.8 the parts were files of torch.save. */
async function readOlder({ archive, context }: ExportFile): Promise<DictValue> {
  const parts = new DictValue();
  for (const entry of archive.entries) {
    const part = olderName.exec(entry.name)?.[2];
    if (part === undefined || entry.size === 0) continue;
    parts.set(part, (await context.inner(entryReader(archive, entry))).tree);
  }
  return parts;
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
