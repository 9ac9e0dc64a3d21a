// The project's own source files, as the house tests read them.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root: string = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Paths with slashes, from the root, of the files below a folder whose names match; none when it is not there. */
export function filesBelow(folder: string, name: RegExp): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true })
    .map((path) => `${folder}/${String(path).split(sep).join("/")}`)
    .filter((path) => name.test(path) && !path.includes("/node_modules/"))
    .sort();
}

/** The text of a file. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
