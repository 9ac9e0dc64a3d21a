// Files of arrays, in Node and in browsers alike: opening them, looking into them, writing them. Paths are in node.ts.
export { FormatError } from "../core/errors.ts";
export { contentBytes } from "./content.ts";
export type { Contents, FileFormat, LayerWeights, NamedLink, OpenOptions } from "./format.ts";
export { type Hdf5WriteOptions, writeHdf5, writeHdf5To } from "./hdf5/write.ts";
export type { AttributeValue } from "./hdf5/write-attributes.ts";
export { type UrlReader, urlReader } from "./http/reader.ts";
export type { UrlOptions } from "./http/request.ts";
export {
  planShards,
  type Shard,
  type ShardOptions,
  type ShardPlan,
  writeShards,
} from "./index-files/shards.ts";
export type { FileFacts, LayerInfo } from "./inspect/facts.ts";
export {
  type Inspection,
  type InspectOptions,
  inspect,
  type TensorInfo,
} from "./inspect/inspect.ts";
export { contentHash, type Statistics, sha256, statisticsOf } from "./inspect/statistics.ts";
export { type Json, tensorsOf } from "./inspect/walk.ts";
export { type KerasWriteOptions, writeKerasWeights, writeKerasWeightsTo } from "./keras/write.ts";
export { defaultLimits, type Limits } from "./limits.ts";
export { type LoadOptions, load, storedOf } from "./load.ts";
export {
  type NpyVersion,
  type NpyWriteOptions,
  type NpzWriteOptions,
  writeNpy,
  writeNpyTo,
  writeNpz,
  writeNpzTo,
} from "./numpy/write.ts";
export { type OnnxWriteOptions, writeOnnx, writeOnnxTo } from "./onnx/write.ts";
export { Opened, open, read } from "./open.ts";
export { DtypeValue } from "./pickle/numpy.ts";
export { type ByteSource, blobReader, bytesReader, type Part, type Reader } from "./reader.ts";
export {
  type NamedTensors,
  type PlannedTensor,
  type SafetensorsWriteOptions,
  writeSafetensors,
  writeSafetensorsTo,
} from "./safetensors/write.ts";
export { BytesSink, type MakeFile, type Sink, type WriteOptions } from "./sink.ts";
export { Stored } from "./stored.ts";
export { moduleState } from "./torch/module-state.ts";
export { type TorchWriteOptions, writeTorch, writeTorchTo } from "./torch/write.ts";
export * from "./values.ts";
export type { Writable } from "./writable.ts";
