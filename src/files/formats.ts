// The formats that are read, in the order in which a file is held against them.

import type { Format, ZipFormat } from "./format.ts";
import { hdf5Format } from "./hdf5/format.ts";
import { indexFormat } from "./index-files/format.ts";
import { kerasFormat } from "./keras/format.ts";
import { msgpackFormat } from "./msgpack/format.ts";
import { npyFormat, npzFormat } from "./numpy/format.ts";
import { onnxFormat } from "./onnx/format.ts";
import { packedFormat } from "./packed.ts";
import { pickleFormat } from "./pickle/format.ts";
import { brokenSafetensorsFormat, safetensorsFormat } from "./safetensors/read.ts";
import { torchExportFormat, torchStreamFormat, torchTarFormat, torchZipFormat } from "./torch/format.ts";

/** Formats whose files are no zip archives. */
export const formats: readonly Format[] = [
  npyFormat,
  // Before those that two bytes tell, which the length of a header may be.
  safetensorsFormat,
  torchStreamFormat,
  torchTarFormat,
  packedFormat,
  pickleFormat,
  indexFormat,
  hdf5Format,
  msgpackFormat,
  brokenSafetensorsFormat,
  // Of an ONNX file there is no more than its form to tell it by: it comes last.
  onnxFormat,
];

/** Formats whose files are zip archives. */
export const zipFormats: readonly ZipFormat[] = [torchZipFormat, torchExportFormat, kerasFormat, npzFormat];
