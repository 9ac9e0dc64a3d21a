// Files of arrays, in Node and in browsers alike: opening them, looking into them, writing them. Paths are in node.ts.

export { FormatError } from "../core/errors.ts";
export { contentBytes } from "./content.ts";
export {
  type Inspection,
  type InspectOptions,
  inspect,
  type Json,
  type TensorInfo,
  tensorsOf,
} from "./inspect.ts";
export { type NpyVersion, writeNpy, writeNpz } from "./npy-write.ts";
export { type FileFormat, type Opened, type OpenOptions, open } from "./open.ts";
export { DtypeValue } from "./pickle-numpy.ts";
export { type ByteSource, blobReader, bytesReader, type Reader } from "./reader.ts";
export { contentHash, type Statistics, sha256, statisticsOf } from "./statistics.ts";
export * from "./values.ts";
