// Parameters from a path: a file, or a folder of .npy files.

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Operand } from "../core/elements.ts";
import { FormatError } from "../core/errors.ts";
import { readFile } from "../files/node.ts";
import { isArrayLike } from "../files/values.ts";
import type { ParameterSource } from "../port/source.ts";
import { weightsOf } from "../port/weights.ts";

/** Reads the parameters of a file, or of all .npy files of a folder under their names. */
export async function readWeights(path: string): Promise<ParameterSource> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return weightsOf((await readFile(path)).tree);
  const names = (await readdir(path)).filter((name) => name.endsWith(".npy")).sort();
  if (names.length === 0) throw new FormatError("this folder has no .npy files in it", { file: path });
  const arrays = new Map<string, Operand>();
  for (const name of names) {
    const { tree } = await readFile(join(path, name));
    if (typeof tree !== "object" || tree === null || !isArrayLike(tree as never) || !("storage" in tree)) {
      throw new FormatError("expected an array of numbers", { file: join(path, name) });
    }
    arrays.set(name.slice(0, -".npy".length), tree as Operand);
  }
  return arrays;
}
