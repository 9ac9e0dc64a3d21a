// Plain pickles, protocols 0 to 5, as data; and joblib's, which are pickles with arrays between their opcodes.

import { FormatError } from "../../core/errors.ts";
import { hasJsonHeader } from "../detect.ts";
import type { Contents, Format, OpenContext } from "../format.ts";
import { bytesReader, type Reader, readBytes } from "../reader.ts";
import { torchGlobals } from "../torch/globals.ts";
import { Waiting } from "../torch/storages.ts";
import type { Value } from "../values.ts";
import { Later } from "./draft.ts";
import { type Known, pythonGlobals } from "./globals.ts";
import { type JoblibFile, joblibGlobals } from "./joblib.ts";
import { unpickleFile } from "./machine.ts";
import { numpyGlobals } from "./numpy.ts";
import { looksLikeOldPickle } from "./scan.ts";
import { FileSource } from "./source.ts";

async function openPickle(reader: Reader, context: OpenContext): Promise<Contents> {
  const source = new FileSource(reader);
  const file: JoblibFile = { source, context, isJoblib: false };
  const waiting = new Waiting();
  const torch = torchGlobals({ early: waiting.add, setLane: () => undefined });
  const inside = new Map<string, Known>([
    ["torch.storage._load_from_bytes", { construct: ([bytes]) => storageWithin(bytes, context) }],
  ]);
  const tree = await unpickleFile(source, {
    known: [joblibGlobals(file), pythonGlobals, numpyGlobals, torch, inside],
    limits: context.options.limits,
  });
  await waiting.finish();
  const end = source.position;
  if (end !== reader.byteLength) {
    throw new FormatError(`${reader.byteLength - end} bytes follow the pickle: it is not a pickle alone`, {
      offset: end,
    });
  }
  return { format: file.isJoblib ? "joblib" : "pickle", tree, notes: [] };
}

/** A tensor's storage in a plain pickle is the bytes of a file of torch.save, which is opened as data like any other. */
function storageWithin(bytes: Value | undefined, context: OpenContext): Later {
  if (!(bytes instanceof Uint8Array))
    throw new FormatError("a storage in the pickle is made from what is no bytes");
  return new Later(async () => {
    const { format, tree } = await context.inner(bytesReader(bytes));
    const isStorage = typeof tree === "object" && tree !== null && "kind" in tree && tree.kind === "storage";
    if (format !== "pt" || !isStorage) {
      throw new FormatError("a storage in the pickle is made from what torch.save wrote no storage to");
    }
    return tree;
  });
}

/** Python's pickle. Protocols 2 to 5 begin with their number; 0 and 1 are told by their opcodes. */
export const pickleFormat: Format = {
  begins: async (head, reader) => {
    if (head[0] === 0x80) return head[1]! >= 2 && head[1]! <= 5 && !hasJsonHeader(head);
    if (head.byteLength === 0) return false;
    const end = await readBytes(reader, reader.byteLength - 1, reader.byteLength, "the file's end");
    return looksLikeOldPickle(head, reader.byteLength, end[0]!);
  },
  open: openPickle,
};
