// What a pickle does to objects and dicts it has made: keys, attributes, and the parts of a `torch.nn.Module`.

import { FormatError } from "../../core/errors.ts";
import {
  type ArrayLike,
  DictValue,
  GlobalValue,
  isArrayLike,
  type ModuleParts,
  NamedValue,
  ObjectValue,
  RangeValue,
  SetValue,
  TupleValue,
  type Value,
} from "../values.ts";

/** Leaves that a key may have; Python hashes each, every time it is used. */
const largestKey = 10_000;

/** Sets a key as Python does: `True` and `1` are one key; the first form stays, the last value counts. */
export function setEntry(dict: DictValue, key: Value, value: Value): void {
  checkKey(key);
  if (typeof key === "boolean" && dict.has(Number(key))) dict.set(Number(key), value);
  else if ((key === 0 || key === 1) && dict.has(key === 1)) dict.set(key === 1, value);
  else dict.set(key, value);
}

function checkKey(key: Value): void {
  if (typeof key !== "object" || key === null || key instanceof Uint8Array) return;
  const waiting: Value[] = [key];
  for (let visited = 0; waiting.length > 0; visited++) {
    if (visited > largestKey) throw new FormatError("a dict's key is a tuple too large to be hashed");
    const part = waiting.pop()!;
    if (typeof part !== "object" || part === null || part instanceof Uint8Array) continue;
    if (part instanceof TupleValue || (part instanceof SetValue && part.frozen)) {
      for (const item of part.items) waiting.push(item);
    } else if (!isHashable(part)) throw new FormatError("a dict's key is a list, a dict or an array");
  }
}

function isHashable(value: object): boolean {
  return (
    value instanceof GlobalValue ||
    value instanceof ObjectValue ||
    value instanceof NamedValue ||
    value instanceof RangeValue ||
    ("kind" in value && (value.kind === "complex" || value.kind === "scalar" || value.kind === "dtype"))
  );
}

/** BUILD on an opaque object: attributes where the state is a dict, or a pair of dicts (the second for slots). */
export function addAttributes(object: ObjectValue, state: Value): void {
  const isPair =
    state instanceof TupleValue &&
    state.items.length === 2 &&
    state.items.every((item) => item === null || item instanceof DictValue);
  const parts: readonly Value[] = isPair ? state.items : [state];
  for (const part of parts) {
    if (part instanceof DictValue) {
      object.attributes ??= new DictValue();
      for (const [name, value] of part) object.attributes.set(name, value);
    } else if (part !== null) object.state = part;
  }
  if (object.attributes !== undefined) object.module = modulePartsOf(object.attributes);
}

/** The parts of a module, where the attributes are those of a `torch.nn.Module`; else undefined. */
function modulePartsOf(attributes: DictValue): ModuleParts | undefined {
  const parameters = namedParts(attributes.get("_parameters"), isArrayLike);
  const buffers = namedParts(attributes.get("_buffers"), isArrayLike);
  const children = namedParts(attributes.get("_modules"), (value) => value instanceof ObjectValue);
  const training = attributes.get("training");
  if (parameters === undefined || buffers === undefined || children === undefined) return undefined;
  if (typeof training !== "boolean") return undefined;
  const hidden = attributes.get("_non_persistent_buffers_set");
  const settings = new Map<string, Value>();
  for (const [name, value] of attributes) {
    if (typeof name === "string" && !name.startsWith("_") && name !== "training") settings.set(name, value);
  }
  return {
    training,
    parameters: parameters as ReadonlyMap<string, ArrayLike | null>,
    buffers: buffers as ReadonlyMap<string, ArrayLike | null>,
    nonPersistentBuffers: new Set(
      hidden instanceof SetValue ? hidden.items.filter((name) => typeof name === "string") : [],
    ),
    children: children as ReadonlyMap<string, ObjectValue | null>,
    settings,
  };
}

function namedParts(
  value: Value | undefined,
  accepts: (part: Value) => boolean,
): Map<string, Value> | undefined {
  if (!(value instanceof DictValue)) return undefined;
  const result = new Map<string, Value>();
  for (const [name, part] of value) {
    if (typeof name !== "string" || (part !== null && !accepts(part))) return undefined;
    result.set(name, part);
  }
  return result;
}
