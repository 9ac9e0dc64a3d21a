// PyTorch's formats: the zip archive of today, the stream before 1.6, the tar before 0.1.10, and exported programs.

import type { Format, ZipFormat } from "../format.ts";
import { isExport, openExport } from "./export.ts";
import { readTorchLegacy } from "./legacy.ts";
import { readTorchTar } from "./tar.ts";
import { isTar } from "./tar-archive.ts";
import { readTorchZip, torchFolder } from "./zip.ts";

/** The integer that torch.save began its stream with before 1.6: opcode LONG1 and ten bytes, after PROTO and FRAME. */
const magic: readonly number[] = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

const torch = { format: "pt", framework: "pt" } as const;

/** torch.save's stream before 1.6. */
export const torchStreamFormat: Format = {
  begins: (head) =>
    head[0] === 0x80 && [2, 11].some((start) => magic.every((byte, i) => head[start + i] === byte)),
  open: async (reader, { options }) => ({ ...torch, ...(await readTorchLegacy(reader, options)) }),
};

/** torch.save's tar before 0.1.10. */
export const torchTarFormat: Format = {
  begins: isTar,
  open: async (reader, { options }) => ({ ...torch, ...(await readTorchTar(reader, options)) }),
};

/** torch.save's archive. */
export const torchZipFormat: ZipFormat = {
  claims: (archive) => torchFolder(archive) !== undefined,
  open: async (archive, { options }) => ({
    ...torch,
    ...(await readTorchZip(archive, torchFolder(archive)!, options)),
  }),
};

/** torch.export.save's archive. */
export const torchExportFormat: ZipFormat = { claims: isExport, open: openExport };
