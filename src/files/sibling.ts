// Names of other files that a file may give: shards of a set, external data. They lead beside or below it, or nowhere.

import { FormatError } from "../core/errors.ts";
import type { OpenOptions } from "./format.ts";
import type { Reader } from "./reader.ts";

/**
 * The name, where it leads to a file beside or below the one that gives it.
 * @throws FormatError when it leads elsewhere: an absolute path, one with `..`, an address, a device
 */
export function safeName(name: string): string {
  const parts = name.split("/");
  const isPlain =
    name !== "" &&
    name.length <= 1024 &&
    // biome refuses control characters in a pattern; they are looked for one by one.
    [...name].every((letter) => letter >= " " && letter !== "\x7f") &&
    !/[\\:]/.test(name) &&
    parts.every((part) => part !== "" && part !== "." && part !== "..");
  if (!isPlain) {
    throw new FormatError(
      `it names the file ${JSON.stringify(name.slice(0, 100))}, which does not lie beside or below it`,
    );
  }
  return name;
}

/**
 * Opens files that an opened one names, as `OpenContext.sibling` is.
 * @throws FormatError when a name leads elsewhere, or nothing says where the opened file lies
 */
export function siblingsOf(options: OpenOptions): (name: string) => Promise<Reader> {
  return async (name) => {
    const safe = safeName(name);
    if (options.sibling === undefined) {
      throw new FormatError(
        `it names the file ${JSON.stringify(safe)} beside it: open it by its path, or give \`sibling\``,
      );
    }
    return options.sibling(safe);
  };
}
