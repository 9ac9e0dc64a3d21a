// The modules of src/ and what each imports statically, types left out; and which part of the bundles each is in.

import { isAbsolute, join, relative, sep } from "node:path";
import { build } from "esbuild";
import { eagerParts, eagerRoots, lazyParts, neverLazy } from "./parts.mjs";

/** A module's name: its path from src/, with slashes. */
export const nameOf = (root, path) => relative(join(root, "src"), path).split(sep).join("/");

/** What every module that an entry reaches imports statically, by name. */
async function importsOf(root, entries) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: "out",
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    metafile: true,
    write: false,
    logLevel: "error",
  });
  const named = (path) => nameOf(root, isAbsolute(path) ? path : join(root, path));
  return new Map(
    Object.entries(metafile.inputs).map(([path, { imports }]) => [
      named(path),
      imports
        .filter(({ kind, external }) => kind === "import-statement" && !external)
        .map(({ path: to }) => named(to)),
    ]),
  );
}

/** All that roots reach among the modules that pass. */
function reached(imports, roots, passes) {
  const found = new Set(roots.filter(passes));
  for (const name of found) for (const next of imports.get(name) ?? []) if (passes(next)) found.add(next);
  return found;
}

/**
 * The part that each module is in, by the module's name. Modules in none are left to the bundler, which puts them with
 * the entries and dynamic imports that need them.
 */
export async function partsOf(root, entries) {
  const imports = await importsOf(root, entries);
  const parts = new Map();
  const add = (names, part) => {
    for (const name of names) if (!parts.has(name)) parts.set(name, part);
  };
  const addParts = (list) => {
    for (const { name, from, within } of list) {
      const isWithin = (module) =>
        !parts.has(module) && !neverLazy.has(module) && within.some((each) => each.test(module));
      add(reached(imports, from ?? [...imports.keys()], isWithin), name);
    }
  };
  addParts(lazyParts);
  const eager = [...reached(imports, eagerRoots, (module) => !parts.has(module))];
  for (const { name, within } of eagerParts)
    add(
      eager.filter((module) => within.some((each) => each.test(module))),
      name,
    );
  return parts;
}
