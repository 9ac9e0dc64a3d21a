// Plain pickles of arrays, dicts and lists, as data.

import { FormatError } from "../core/errors.ts";
import type { Contents, Format } from "./format.ts";
import { unpickle } from "./pickle.ts";
import { pythonGlobals } from "./pickle-globals.ts";
import { numpyGlobals } from "./pickle-numpy.ts";
import { type Reader, readBytes } from "./reader.ts";

async function openPickle(reader: Reader): Promise<Contents> {
  const bytes = await readBytes(reader, 0, reader.byteLength, "the pickle");
  const { value, end } = unpickle(bytes, { known: [pythonGlobals, numpyGlobals] });
  if (end !== bytes.byteLength) {
    throw new FormatError(`${bytes.byteLength - end} bytes follow the pickle: it is not a pickle alone`, {
      offset: end,
    });
  }
  return { format: "pickle", tree: value, notes: [] };
}

/** Python's pickle, protocols 2 to 5. */
export const pickleFormat: Format = {
  begins: (head) => head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5,
  open: openPickle,
};
