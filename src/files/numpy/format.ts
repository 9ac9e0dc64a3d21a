// NumPy's two formats: .npy, of which a file may hold several one after another, and .npz.

import type { Contents, Format, OpenContext, ZipFormat } from "../format.ts";
import { type Reader, readBytes } from "../reader.ts";
import { DictValue } from "../values.ts";
import { isNpy, readNpy } from "./npy.ts";
import { readNpz, voidNote } from "./npz.ts";

async function openNpy(reader: Reader, { options }: OpenContext): Promise<Contents> {
  const first = await readNpy(reader, 0, options);
  const sequence = [first.array];
  const notes: string[] = [];
  let { end } = first;
  while (end < reader.byteLength) {
    const next = await readBytes(reader, end, Math.min(end + 6, reader.byteLength), "what follows");
    if (!isNpy(next)) {
      notes.push(`${reader.byteLength - end} bytes after the array were not read`);
      break;
    }
    const more = await readNpy(reader, end, options);
    sequence.push(more.array);
    end = more.end;
  }
  const note = voidNote("the array", first.array);
  if (note !== undefined) notes.push(note);
  if (sequence.length === 1) return { format: "npy", tree: first.array, notes };
  notes.push(`the file holds ${sequence.length} arrays one after another; the tree is the first`);
  return { format: "npy", tree: first.array, notes, sequence };
}

/** NumPy's .npy. */
export const npyFormat: Format = { begins: isNpy, open: openNpy };

/** NumPy's .npz: an archive with arrays in it, or with nothing. */
export const npzFormat: ZipFormat = {
  claims: ({ entries }) => entries.length === 0 || entries.some(({ name }) => name.endsWith(".npy")),
  open: async (archive, { options }) => {
    const { arrays, others, notes } = await readNpz(archive, options);
    const tree = new DictValue();
    for (const [name, array] of arrays) tree.set(name, array);
    return { format: "npz", tree, notes, otherMembers: others };
  },
};
