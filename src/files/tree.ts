// Going through trees of values: what lies in a value, and whether a tree can be walked at all.

import { beyondLimit, type Limits } from "./limits.ts";
import { DictValue, GlobalValue, type ObjectValue, TupleValue, type Value } from "./values.ts";

/** What lies directly inside a value, with the name of its place: a key, or a position. */
export function childrenOf(value: Value): [name: string, child: Value][] {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return [];
  if (Array.isArray(value)) return numbered(value);
  if (value instanceof DictValue) {
    const inside = [...value].map(([key, child]): [string, Value] => [keyName(key), child]);
    const keys = [...value.keys()].filter((key) => typeof key === "object" && key !== null);
    const attributes = value.attributes === undefined ? [] : childrenOf(value.attributes);
    return [...inside, ...keys.map((key): [string, Value] => ["(key)", key]), ...attributes];
  }
  switch (value.kind) {
    case "tuple":
    case "set":
    case "objects":
      return numbered(value.items);
    case "struct":
      return value.fields.map((field) => [field.name, field.array]);
    case "scalar":
      return [["value", value.array]];
    case "range":
      return [
        ["start", value.start],
        ["stop", value.stop],
        ["step", value.step],
      ];
    case "object":
      return objectChildren(value);
    default:
      return "facts" in value && value.facts.attributes !== undefined
        ? childrenOf(value.facts.attributes)
        : [];
  }
}

function numbered(items: readonly Value[]): [string, Value][] {
  return items.map((item, index) => [String(index), item]);
}

function objectChildren(object: ObjectValue): [string, Value][] {
  const parts: [string, Value][] = [];
  const add = (value: Value | undefined): void => {
    if (value !== undefined) parts.push(...childrenOf(value));
  };
  add(object.args);
  add(object.keywords);
  add(object.attributes);
  if (object.state !== undefined) parts.push(["state", object.state]);
  add(object.items);
  add(object.entries);
  return parts;
}

/** A dict's key as part of a path. */
export function keyName(key: Value): string {
  if (typeof key === "string") return key;
  if (key instanceof TupleValue) return `(${key.items.map(keyName).join(", ")})`;
  if (key instanceof GlobalValue) return key.path;
  if (key === null) return "None";
  if (typeof key === "object") return "kind" in key ? `<${key.kind}>` : "<key>";
  return String(key);
}

/**
 * Checks that a tree can be walked: that written out it has no more values than allowed, and is not nested deeper.
 * A value inside itself is not entered again.
 * @throws FormatError otherwise
 */
export function checkExtent(tree: Value, limits: Pick<Required<Limits>, "values" | "depth">): void {
  const path: { readonly value: Value; readonly children: [string, Value][]; next: number }[] = [];
  const open = new Set<Value>();
  let visits = 0;
  const enter = (value: Value): void => {
    if (++visits > limits.values) {
      throw beyondLimit("what the pickle holds is, written out, too many values", "values", limits.values);
    }
    if (typeof value !== "object" || value === null || open.has(value)) return;
    const children = childrenOf(value);
    if (children.length === 0) return;
    if (path.length >= limits.depth) {
      throw beyondLimit("what the pickle holds is nested too deep", "depth", limits.depth);
    }
    open.add(value);
    path.push({ value, children, next: 0 });
  };
  enter(tree);
  while (path.length > 0) {
    const top = path[path.length - 1]!;
    if (top.next < top.children.length) enter(top.children[top.next++]![1]);
    else {
      open.delete(top.value);
      path.pop();
    }
  }
}
