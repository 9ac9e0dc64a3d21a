// Weights from a path or an address: a file, or a folder of .npy files or with one file of weights in it.

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Operand } from "../core/elements.ts";
import { FormatError, ValueError } from "../core/errors.ts";
import { openFile, readFile } from "../files/node.ts";
import { loadWhole, type Opened } from "../files/open.ts";
import { isArrayLike, type Value } from "../files/values.ts";
import { type Source, scanWhenLoaded, sourceOf, sourceOfFile } from "../port/source.ts";

/** Weights that were read; the model tells later how many layers they are for. */
export interface Weights {
  /** The file, where it is one. */
  readonly opened?: Opened;
  /** @param layers how many layers of the model hold parameters */
  source(layers: number): Source;
}

/** Endings of weights' files that a folder may hold, the likeliest first. */
const endings: readonly string[] = [
  ".index.json",
  ".safetensors",
  ".keras",
  ".weights.h5",
  ".h5",
  ".npz",
  ".pt",
  ".pth",
  ".bin",
  ".ckpt",
  ".msgpack",
  ".onnx",
];

/**
 * Reads weights whole.
 * @throws FormatError when the file is refused, or a folder has no weights or several files of them in it
 */
export async function readWeights(path: string): Promise<Weights> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return ofFile(await readScanned(path));
  const names = (await readdir(path)).sort();
  const arrays = names.filter((name) => name.endsWith(".npy"));
  if (arrays.length > 0) return ofArrays(path, arrays);
  return ofFile(await readScanned(join(path, fileIn(path, names))));
}

/** A file that is read whole, its numbers looked at on the way. What holds no weights is refused by who asks for them. */
async function readScanned(path: string): Promise<Opened> {
  const opened = await openFile(path);
  try {
    scanWhenLoaded(opened);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
  }
  return loadWhole(opened, {});
}

/** The file of weights in a folder. */
function fileIn(path: string, names: readonly string[]): string {
  for (const ending of endings) {
    const found = names.filter((name) => name.endsWith(ending));
    if (found.length > 1) {
      throw new FormatError(`this folder has several files of weights: ${found.join(", ")}; name one`, {
        file: path,
      });
    }
    if (found.length === 1) return found[0]!;
  }
  throw new FormatError("this folder has no .npy files and no file of weights in it", { file: path });
}

const ofFile = (opened: Opened): Weights => ({ opened, source: (layers) => sourceOfFile(opened, layers) });

async function ofArrays(path: string, names: readonly string[]): Promise<Weights> {
  const arrays = new Map<string, Operand>();
  for (const name of names) {
    const { tree } = await readFile(join(path, name));
    if (!isNumbers(tree)) {
      throw new FormatError("expected an array of numbers", { file: join(path, name) });
    }
    arrays.set(name.slice(0, -".npy".length), tree);
  }
  return { source: (layers) => sourceOf(arrays, layers, { nesting: [], format: "npy" }) };
}

/** True iff a value of a file is an array of numbers. */
export const isNumbers = (value: Value | undefined): value is Value & Operand =>
  typeof value === "object" && value !== null && isArrayLike(value) && "storage" in value;
