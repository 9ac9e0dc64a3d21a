// ONNX, so far as to tell it: its files are bare protobuf messages, with nothing at the beginning that says so.

import { glances } from "../../onnx/scan.ts";
import type { Format } from "../format.ts";
import type { Reader } from "../reader.ts";

/** Numbers of the fields of ModelProto and GraphProto by which they are told. */
const irVersion = 1;
const graph = 7;
const node = 1;
const graphName = 2;
const initializer = 5;

/** Records that are looked at before what tells a model must have come. */
const mostRecords = 1000;

/** The greatest version there may be some day, and the longest text that stands before the graph. */
const latestVersion = 1000;
const longestText = 2 ** 20;

/**
 * True iff the file is a model so far as its outermost records tell: a plausible `ir_version`, and the graph. Without
 * the version, the graph must have the records of one. A file that is cut short is a model's if all before is.
 */
async function isModel(reader: Reader): Promise<boolean> {
  let hasVersion = false;
  let count = 0;
  for await (const record of glances(reader, "ModelProto", 0, reader.byteLength)) {
    if (++count > mostRecords) return false;
    if (record.number === irVersion) {
      hasVersion = record.value > 0 && record.value <= latestVersion;
      if (!hasVersion) return false;
    } else if (record.number === graph)
      return hasVersion || (await isGraph(reader, record.start, record.end));
    else if (record.end > reader.byteLength) {
      return hasVersion && record.isKnown && record.end - record.start <= longestText;
    }
  }
  return false;
}

async function isGraph(reader: Reader, start: number, end: number): Promise<boolean> {
  if (end > reader.byteLength) return false;
  let count = 0;
  for await (const record of glances(reader, "GraphProto", start, end)) {
    if (record.end > end || ++count > mostRecords) return false;
    if (record.number === node || record.number === initializer) return true;
    if (record.number !== graphName && !record.isKnown) return false;
  }
  return false;
}

export const onnxFormat: Format = {
  begins: (_head, reader) => isModel(reader),
  open: async (reader, context) => (await import("./model.ts")).openOnnx(reader, context),
};
