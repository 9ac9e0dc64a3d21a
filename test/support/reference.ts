// The recorded reference values: a folder of files, each of which may lie there plainly, with `.gz` after its name, or
// inside an archive `<first folder>.tar.gz`. The project keeps such a folder in test/reference/.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { untar } from "./tar.ts";

/** The folder that the project keeps. */
export const referenceFolder: string = join(dirname(fileURLToPath(import.meta.url)), "..", "reference");

const archives: Map<string, Map<string, Uint8Array> | undefined> = new Map();

function archive(folder: string, name: string): Map<string, Uint8Array> | undefined {
  const path = join(folder, `${name}.tar.gz`);
  if (!archives.has(path)) {
    archives.set(path, existsSync(path) ? untar(gunzipSync(readFileSync(path))) : undefined);
  }
  return archives.get(path);
}

/** The bytes of a file by its path with slashes, such as "random/training.json"; undefined when it is not there. */
export function findReferenceFile(path: string, folder: string = referenceFolder): Uint8Array | undefined {
  const plain = join(folder, path);
  if (existsSync(plain)) return readFileSync(plain);
  if (existsSync(`${plain}.gz`)) return gunzipSync(readFileSync(`${plain}.gz`));
  const slash = path.indexOf("/");
  return slash < 0 ? undefined : archive(folder, path.slice(0, slash))?.get(path.slice(slash + 1));
}

/** True iff the folder has the file in one of the forms. */
export function hasReferenceFile(path: string, folder: string = referenceFolder): boolean {
  return findReferenceFile(path, folder) !== undefined;
}

/**
 * The bytes of a reference file.
 * @param path with slashes, as it is in the whole folder of reference values: "layout/promotion.json",
 *   "files/npy/bool.npy", "models/a-digits-cnn-keras/case.json"
 * @throws Error when there is no such file
 */
export function referenceFile(path: string, folder: string = referenceFolder): Uint8Array {
  const bytes = findReferenceFile(path, folder);
  if (bytes === undefined) throw new Error(`no ${path}, ${path}.gz or archive with it in ${folder}`);
  return bytes;
}

/** The text of a reference file. */
export function referenceText(path: string, folder: string = referenceFolder): string {
  return new TextDecoder().decode(referenceFile(path, folder));
}

/** What a `.json` file holds. The caller says which form it has. */
export function referenceJson<T>(path: string, folder: string = referenceFolder): T {
  return JSON.parse(referenceText(path, folder)) as T;
}

/** What the lines of a `.jsonl` file hold. The caller says which form a line has. */
export function referenceLines<T>(path: string, folder: string = referenceFolder): T[] {
  return referenceText(path, folder)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}

/**
 * All files of a packed folder by their path in it: `referenceFiles()` has "npy/bool.npy" and "manifest.json",
 * `referenceFiles("models")` has "a-digits-cnn-keras/case.json".
 */
export function referenceFiles(name = "files", folder: string = referenceFolder): Map<string, Uint8Array> {
  const files = archive(folder, name);
  if (files === undefined) throw new Error(`no ${name}.tar.gz in ${folder}`);
  return files;
}

/**
 * Paths of the `.jsonl` files that lie in a folder of the reference values, in order of their names: "ops/abs.jsonl".
 * @param place with slashes: "ops", "ops/modules"
 */
export function referenceNames(place: string, folder: string = referenceFolder): string[] {
  const slash = `${place}/`.indexOf("/");
  const [top, rest] = [place.slice(0, slash), place.slice(slash + 1)];
  const inside = rest === "" ? "" : `${rest}/`;
  const packed = [...(archive(folder, top)?.keys() ?? [])]
    .filter((path) => path.startsWith(inside) && !path.slice(inside.length).includes("/"))
    .map((path) => path.slice(inside.length));
  const plain = join(folder, place);
  const names = [...packed, ...(existsSync(plain) ? readdirSync(plain) : [])]
    .map((name) => name.replace(/\.gz$/, ""))
    .filter((name) => name.endsWith(".jsonl"));
  return [...new Set(names)].sort().map((name) => `${place}/${name}`);
}
