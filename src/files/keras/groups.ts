// The groups of a file of Keras 3's weights (`.weights.h5`): a layer is a group with a group `vars` of its numbered
// variables, whose attribute `name` is the name that the user knows; groups in it are its parts.
// keras/src/saving/saving_lib.py, Keras 3.15.

import { DictValue, type Value } from "../values.ts";

/** Attributes of groups and datasets, by path and name. */
export type Attributes = ReadonlyMap<string, ReadonlyMap<string, Value>>;

/** A variable of a layer. */
export interface Variable {
  /** Its key in `vars`: a number, but for layers that store in their own way. */
  readonly key: string;
  /** The path of the dataset. */
  readonly path: string;
  /** True iff it holds whole numbers of at most a byte each. */
  readonly isSmallInteger: boolean;
}

/** A layer, or a list of such. */
export interface LayerGroup {
  /** The name that the user knows, where the file has it. */
  name: string | undefined;
  /** True iff it has a group of variables, be it empty: a list has none. */
  hasVariables: boolean;
  readonly variables: Variable[];
  /** By their names in the file, in the order in which they were written. */
  readonly children: Map<string, LayerGroup>;
}

const variablesName = "vars";
/** Layers lie less deep in each other than this. */
const mostLevels = 64;

/** The names under which models list their layers; the second is that of TensorFlow 2.12 and 2.13. */
export const layerLists: readonly string[] = ["layers", "_layer_checkpoint_dependencies"];

function newGroup(): LayerGroup {
  return { name: undefined, hasVariables: false, variables: [], children: new Map() };
}

/**
 * The root group of a file of weights; undefined where the file is none.
 * @param tree datasets by path
 */
export function groupsOf(tree: Value, attributes: Attributes): LayerGroup | undefined {
  if (!(tree instanceof DictValue)) return undefined;
  const root = newGroup();
  for (const [path, values] of attributes) {
    const parts = partsOf(path);
    if (parts?.at(-1) !== variablesName) continue;
    const group = groupAt(root, parts.slice(0, -1));
    group.hasVariables = true;
    const name = values.get("name");
    if (typeof name === "string") group.name = name;
  }
  let count = 0;
  for (const [path, array] of tree) {
    const parts = typeof path === "string" ? partsOf(path) : undefined;
    if (parts === undefined || parts.at(-2) !== variablesName) continue;
    const group = groupAt(root, parts.slice(0, -2));
    group.hasVariables = true;
    group.variables.push({ key: parts.at(-1)!, path: path as string, isSmallInteger: isSmallInteger(array) });
    count++;
  }
  sortVariables(root);
  return count === 0 ? undefined : root;
}

/** The parts of a path; undefined where it is deeper than layers lie. */
function partsOf(path: string): string[] | undefined {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.length > mostLevels ? undefined : parts;
}

function groupAt(root: LayerGroup, parts: readonly string[]): LayerGroup {
  let group = root;
  for (const part of parts) {
    let child = group.children.get(part);
    if (child === undefined) {
      child = newGroup();
      group.children.set(part, child);
    }
    group = child;
  }
  return group;
}

function isSmallInteger(array: Value): boolean {
  if (typeof array !== "object" || array === null || !("layout" in array)) return false;
  const { dtype } = array.layout;
  return dtype.isInteger && dtype.itemSize === 1;
}

/** Variables in the order of their numbers: files list 10 before 2. */
function sortVariables(group: LayerGroup): void {
  const isNumbered = group.variables.every(({ key }) => /^\d{1,9}$/.test(key));
  if (isNumbered) group.variables.sort((a, b) => Number(a.key) - Number(b.key));
  for (const child of group.children.values()) sortVariables(child);
}
