// The formats that are read, in the order in which a file is held against them.

import type { Format, ZipFormat } from "./format.ts";
import { hdf5Format } from "./format-hdf5.ts";
import { indexFormat } from "./format-index.ts";
import { kerasFormat } from "./format-keras.ts";
import { npyFormat, npzFormat } from "./format-numpy.ts";
import { onnxFormat } from "./format-onnx.ts";
import { pickleFormat } from "./format-pickle.ts";
import { torchExportFormat, torchStreamFormat, torchTarFormat, torchZipFormat } from "./format-torch.ts";
import { packedFormat } from "./packed.ts";
import { brokenSafetensorsFormat, safetensorsFormat } from "./safetensors.ts";

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
  brokenSafetensorsFormat,
  // Of an ONNX file there is no more than its form to tell it by: it comes last.
  onnxFormat,
];

/** Formats whose files are zip archives. */
export const zipFormats: readonly ZipFormat[] = [torchZipFormat, torchExportFormat, kerasFormat, npzFormat];
