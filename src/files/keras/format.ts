// Keras 3's `.keras`: a zip archive of config.json (the model), metadata.json and model.weights.h5, with files of its
// layers (vocabularies) in assets/. keras/src/saving/saving_lib.py, Keras 3.15. The configuration is read as data:
// nothing that it names is imported or called, and code in it is not run.

import { FormatError } from "../../core/errors.ts";
import type { Contents, OpenContext, ZipFormat } from "../format.ts";
import { superblockOffset } from "../hdf5/superblock.ts";
import { JsonObject, type JsonValue, parseJson, valueOfJson } from "../json.ts";
import { bytesReader, partReader, type Reader } from "../reader.ts";
import type { Stored } from "../stored.ts";
import type { Value } from "../values.ts";
import { entryReader, readEntry, storedEntry, type ZipArchive, type ZipEntry } from "../zip/archive.ts";
import { configNotes, layerConfig } from "./config.ts";
import { layersOfWeights } from "./layers.ts";

const configName = "config.json";
const metadataName = "metadata.json";
const weightsName = "model.weights.h5";
const known: ReadonlySet<string> = new Set([configName, metadataName, weightsName]);

/** Bytes that a configuration may have. */
const mostConfigBytes = 2 ** 24;

/** A model of Keras. */
export const kerasFormat: ZipFormat = {
  claims: (archive) => {
    const has = (name: string): boolean => archive.entries.some((entry) => entry.name === name);
    return has(configName) ? has(weightsName) || has(metadataName) : has(weightsName) && has(metadataName);
  },
  open: openKeras,
};

async function openKeras(archive: ZipArchive, context: OpenContext): Promise<Contents> {
  const entries = new Map(archive.entries.map((entry) => [entry.name, entry]));
  const weights = entries.get(weightsName);
  if (weights === undefined) {
    const hasArrays = entries.has("model.weights.npz");
    throw new FormatError(
      hasArrays
        ? "its weights are in model.weights.npz, in pickles that Keras itself no longer reads: save the model again"
        : `this is a model of Keras without its weights: there is no ${weightsName} in the archive`,
    );
  }
  const inner = await openWeights(archive, weights, context);
  const { notes, tree, attributes = new Map() } = inner;
  notes.push(...archive.notes);
  const config = await readJson(archive, entries.get(configName), notes);
  const about = await readJson(archive, entries.get(metadataName), notes);
  if (config !== undefined) notes.push(...configNotes(config.json));
  const layers = layersOfWeights(tree, attributes, layerConfig(config?.json), notes);
  return {
    ...inner,
    format: "keras",
    metadata: metadataOf(config, about),
    otherMembers: otherMembers(archive, notes),
    ...(layers === undefined ? {} : { layers }),
  };
}

/** A member of JSON: as it stands, and what it says. */
interface JsonMember {
  readonly text: string;
  readonly json: JsonValue;
}

/** JSON of the archive. Where it cannot be read, a note says why: the weights do not need it. */
async function readJson(
  archive: ZipArchive,
  entry: ZipEntry | undefined,
  notes: string[],
): Promise<JsonMember | undefined> {
  if (entry === undefined) return undefined;
  if (entry.size > mostConfigBytes) {
    notes.push(`${entry.name} has ${entry.size} bytes, more than ${mostConfigBytes}, and was not read`);
    return undefined;
  }
  try {
    const { bytes, fits } = await readEntry(archive, entry);
    if (!fits) notes.push(`the checksum (CRC-32) of ${entry.name} does not fit: it may be damaged`);
    const json = parseJson(bytes, entry.name, { python: true });
    return { json, text: new TextDecoder().decode(bytes) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    notes.push(`${error.reason}: only the weights were read`);
    return undefined;
  }
}

/** Opens the weights as a file of their own; stored as they are, they are read in part, else unpacked. */
async function openWeights(archive: ZipArchive, entry: ZipEntry, context: OpenContext): Promise<Contents> {
  const file = archive.reader.name;
  const name = file === undefined ? entry.name : `${file} (${entry.name})`;
  const reader = await memberReader(archive, entry, name);
  try {
    if ((await superblockOffset(reader)) === undefined) {
      throw new FormatError(`${entry.name} is no HDF5 file, which the weights of a model should be`, {
        offset: 0,
      });
    }
    return await (await import("../hdf5/open.ts")).openHdf5(reader, context);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.reason, { ...error.place, file: error.place.file ?? name });
  }
}

async function memberReader(archive: ZipArchive, entry: ZipEntry, name: string): Promise<Reader> {
  if (!entry.deflated) return partReader(entryReader(archive, entry), 0, entry.size, name);
  const { bytes, fits } = await readEntry(archive, entry);
  if (!fits) {
    throw new FormatError("the member's checksum (CRC-32) does not fit: it is damaged", {
      tensor: entry.name,
      offset: entry.headerStart,
    });
  }
  return bytesReader(bytes, name);
}

/** What metadata.json says, and under `config` the text of config.json, which is as much JSON. */
function metadataOf(config: JsonMember | undefined, about: JsonMember | undefined): Map<string, Value> {
  const metadata = new Map<string, Value>();
  const said = about?.json instanceof JsonObject ? about.json : [];
  for (const [key, value] of said) metadata.set(key, valueOfJson(value));
  if (config !== undefined) metadata.set("config", config.text);
  return metadata;
}

function otherMembers(archive: ZipArchive, notes: string[]): Map<string, Stored> {
  const others = new Map<string, Stored>();
  for (const entry of archive.entries) {
    if (known.has(entry.name) || entry.name.endsWith("/")) continue;
    if (!entry.name.startsWith("assets/")) {
      notes.push(
        `the archive also holds ${JSON.stringify(entry.name.slice(0, 80))}, which is no part of a model`,
      );
    }
    const noteChecksum = (fits: boolean): void => {
      if (!fits) notes.push(`the checksum (CRC-32) of ${entry.name} does not fit: it may be damaged`);
    };
    others.set(entry.name, storedEntry(archive, entry, 0, entry.size, noteChecksum));
  }
  return others;
}
