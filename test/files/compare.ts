// Compares what was read with what the manifest of reference files says (its README has the forms).

import assert from "node:assert/strict";
import { contentBytes } from "../../src/files/content.ts";
import { moduleState } from "../../src/files/torch/module-state.ts";
import {
  ArrayValue,
  ByteArrayValue,
  ComplexValue,
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
} from "../../src/files/values.ts";
import { arrayForm, base64, body, type Form, type Json, number, order, sha256 } from "./forms.ts";

function compareArray(expected: Form, actual: Value, path: string, above: readonly Value[]): void {
  if (actual instanceof NamedValue) {
    compareNameless(expected, actual, path);
    return;
  }
  assert.ok(isArrayLike(actual), `${path} is no array`);
  // Byte order is said of the file; the order of arrays within pickles is lost in Python.
  const {
    file_byte_order: _byteOrder,
    at: _at,
    attributes,
    fields,
    field_count,
    items,
    values,
    stored_as: storedAs,
    stored_shape: storedShape,
    ...plain
  } = expected;
  if (storedAs !== undefined) {
    assert.ok("facts" in actual, path);
    const { facts } = actual;
    assert.deepEqual([facts.storedAs, facts.storedShape], [storedAs, storedShape], path);
  }
  if (expected.dtype === "void" && actual instanceof ArrayValue) {
    compareNamedBytes(plain, actual, path);
    return;
  }
  if (actual.kind === "struct") {
    assert.equal(expected.dtype, "struct", path);
    assert.deepEqual(
      { itemsize: actual.itemSize, shape: [...actual.shape], ...order(actual), dtype: "struct" },
      plain,
      path,
    );
    const found = new Map(actual.fields.map((field) => [field.name, field]));
    assert.equal(actual.fields.length, field_count ?? (fields as Json[]).length, path);
    for (const [name, form] of fields as [string, Form][]) {
      assert.equal(found.get(name)?.offset, form.at, `${path}.${name}`);
      compareArray(form, found.get(name)!.array, `${path}.${name}`, above);
    }
    return;
  }
  if (expected.dtype === "reference" || expected.dtype === "vlen") {
    assert.equal(actual.kind, "objects", path);
    assert.deepEqual({ dtype: expected.dtype, shape: [...actual.shape] }, plain, path);
    const forms = (expected.dtype === "vlen" ? items : values) as Json[];
    assert.equal(actual.items.length, forms.length, path);
    for (const [index, item] of actual.items.entries()) {
      if (expected.dtype === "vlen") compare(forms[index]!, item, `${path}[${index}]`, above);
      else assert.equal(item instanceof NamedValue ? item.name : item, forms[index], `${path}[${index}]`);
    }
    return;
  }
  if (actual.kind === "objects") {
    assert.deepEqual({ dtype: "object", shape: [...actual.shape], ...order(actual) }, plain, path);
    assert.equal(actual.items.length, (items as Json[]).length, path);
    for (const [index, item] of (items as Json[]).entries()) {
      compare(item, actual.items[index]!, `${path}[${index}]`, above);
    }
    return;
  }
  if (actual.kind === "text") {
    const { values: found, ...rest } = arrayForm(actual);
    assert.deepEqual(rest, plain, path);
    compareItems(values as Json[], found as string[], path, above);
    return;
  }
  const isText = values !== undefined && actual.kind !== "date";
  assert.deepEqual(arrayForm(actual), isText ? { ...plain, values } : plain, path);
  if (attributes !== undefined) {
    assert.ok("facts" in actual && actual.facts.attributes !== undefined, `${path} has no attributes`);
    compare(attributes, actual.facts.attributes, `${path}'s attributes`, above);
  } else if ("facts" in actual) assert.equal(actual.facts.attributes, undefined, path);
}

/** Raw bytes to h5py, which the file names the type of: Keras's bfloat16. */
function compareNamedBytes(plain: Form, { facts, storage, layout }: ArrayValue, path: string): void {
  assert.equal(facts.storedAs, `V${plain.width}`, path);
  const bytes = contentBytes({ storage, layout });
  const { width } = plain as { width: number };
  compareArray(plain, { kind: "void", width, shape: layout.shape, bytes, order: "C" }, path, []);
}

/** What has a type and no elements: HDF5's null dataspace, and a type that stands by itself. */
function compareNameless(expected: Form, actual: NamedValue, path: string): void {
  const form =
    actual.type === "h5py.Empty"
      ? { dtype: actual.name, shape: null }
      : { dtype: "named type", value: actual.name };
  assert.deepEqual(form, expected, path);
}

function compareModule(expected: Form, actual: Value, path: string, above: readonly Value[]): void {
  assert.ok(actual instanceof ObjectValue && actual.module !== undefined, `${path} is no module`);
  const parts: ModuleParts = actual.module;
  assert.equal(actual.className, expected.class, path);
  assert.equal(parts.training, expected.training, path);
  const settings = {
    ...(expected.settings as Form),
    ...(expected.other_attributes as Form | undefined),
  };
  assert.deepEqual([...parts.settings.keys()].sort(), Object.keys(settings).sort(), path);
  for (const [name, form] of Object.entries(settings)) {
    compare(form, parts.settings.get(name)!, `${path}.${name}`, [...above, actual]);
  }
  for (const kind of ["parameters", "buffers"] as const) {
    assert.deepEqual([...parts[kind].keys()], Object.keys(expected[kind] as Form), path);
    for (const [name, form] of Object.entries(expected[kind] as Form)) {
      compare(form, parts[kind].get(name)!, `${path}.${name}`, above);
    }
  }
  assert.deepEqual([...parts.nonPersistentBuffers].sort(), expected.not_in_state_dict ?? [], path);
  const children = expected.children as [string, Form | null][];
  assert.deepEqual(
    [...parts.children.keys()],
    children.map(([name]) => name),
    path,
  );
  for (const [name, form] of children) {
    if (form === null) assert.equal(parts.children.get(name), null);
    else compareModule(form, parts.children.get(name)!, `${path}.${name}`, above);
  }
}

function compareItems(
  expected: readonly Json[],
  actual: readonly Value[],
  path: string,
  above: readonly Value[],
): void {
  assert.equal(actual.length, expected.length, path);
  for (const [index, item] of expected.entries()) compare(item, actual[index]!, `${path}/${index}`, above);
}

function compareObject(expected: Form, actual: Value, path: string, above: readonly Value[]): void {
  // A class of a library that is its name and a value.
  if (actual instanceof NamedValue) {
    assert.equal(actual.type, expected.class, path);
    return;
  }
  assert.ok(actual instanceof ObjectValue, `${path} is no object`);
  assert.equal(actual.className, expected.class, path);
  if ("items" in expected) compareItems(expected.items as Json[], actual.args, path, above);
  if ("value" in expected) assert.equal(actual.args.join("/"), expected.value, path);
  if ("attributes" in expected) {
    for (const [name, form] of Object.entries(expected.attributes as Form)) {
      compare(form, actual.attributes!.get(name)!, `${path}.${name}`, above);
    }
  }
}

type Kinds = Record<string, (expected: Form, actual: Value, path: string, above: readonly Value[]) => void>;

const kinds: Kinds = {
  dict: (expected, actual, path, above) => {
    assert.ok(actual instanceof DictValue, `${path} is no dict`);
    const items = expected.items as [Json, Json][];
    assert.equal(actual.size, items.length, path);
    [...actual].forEach(([key, value], index) => {
      compare(items[index]![0], key, `${path}, key ${index}`, above);
      compare(items[index]![1], value, `${path}/${index}`, above);
    });
  },
  tuple: (expected, actual, path, above) => {
    assert.ok(actual instanceof TupleValue && actual.className === "tuple", `${path} is no tuple`);
    compareItems(expected.items as Json[], actual.items, path, above);
  },
  "torch.Size": (expected, actual, path, above) => {
    assert.ok(actual instanceof TupleValue && actual.className === "torch.Size", `${path} is no torch.Size`);
    compareItems(expected.items as Json[], actual.items, path, above);
  },
  set: compareSet,
  frozenset: compareSet,
  slice: compareRange,
  range: compareRange,
  int: (expected, actual, path) => assert.equal(String(actual), expected.value, path),
  float: (expected, actual, path) =>
    assert.equal(Object.is(actual, -0) ? "-0" : number(actual as number), expected.value, path),
  str: (expected, actual, path) =>
    assert.equal(Buffer.from(actual as string, "utf16le").toString("base64"), expected.utf16, path),
  "long str": (expected, actual, path) => {
    assert.equal([...(actual as string)].length, expected.length, path);
    assert.equal(sha256(actual as string), expected.sha256, path);
  },
  complex: (expected, actual, path) => {
    assert.ok(actual instanceof ComplexValue, `${path} is no complex`);
    assert.deepEqual([number(actual.re), number(actual.im)], [expected.re, expected.im], path);
  },
  bytes: (expected, actual, path) => {
    assert.ok(actual instanceof Uint8Array, `${path} is no bytes`);
    assert.equal(base64(actual), expected.base64, path);
  },
  bytearray: (expected, actual, path) => {
    assert.ok(actual instanceof ByteArrayValue, `${path} is no bytearray`);
    assert.equal(base64(actual.bytes), expected.base64, path);
  },
  "numpy scalar": (expected, actual, path, above) => {
    assert.ok(
      typeof actual === "object" && actual !== null && "kind" in actual && actual.kind === "scalar",
      path,
    );
    compareArray(expected.value as Form, actual.array, path, above);
  },
  "numpy dtype": (expected, actual, path) => {
    assert.ok(
      typeof actual === "object" && actual !== null && "kind" in actual && actual.kind === "dtype",
      path,
    );
    assert.equal(actual.name, expected.value, path);
  },
  "torch.dtype": compareNamed,
  "torch.device": compareNamed,
  "torch.layout": compareNamed,
  storage: (expected, actual, path) => {
    assert.ok(
      typeof actual === "object" && actual !== null && "kind" in actual && actual.kind === "storage",
      path,
    );
    const { dtype, length, stored } = actual;
    assert.deepEqual(
      { dtype, shape: [length], ...body(stored.storage.bytes()) },
      { dtype: expected.dtype, shape: expected.shape, data: expected.data },
      path,
    );
  },
  module: compareModule,
  object: compareObject,
  global: (expected, actual, path) => {
    assert.ok(actual instanceof GlobalValue, `${path} is no name`);
    assert.equal(actual.path, expected.name, path);
  },
  class: (expected, actual, path) => {
    assert.ok(actual instanceof GlobalValue, `${path} is no name`);
    assert.equal(actual.path, expected.class, path);
  },
  again: (expected, actual, path, above) =>
    assert.equal(actual, above[above.length - (expected.up as number)], path),
};

function compareNamed(expected: Form, actual: Value, path: string): void {
  assert.ok(actual instanceof NamedValue, path);
  assert.deepEqual([actual.type, actual.name], [expected.$kind, expected.value], path);
}

function compareRange(expected: Form, actual: Value, path: string): void {
  assert.ok(actual instanceof RangeValue, path);
  assert.deepEqual(
    [actual.className, [actual.start, actual.stop, actual.step]],
    [expected.$kind, expected.items],
    path,
  );
}

function compareSet(expected: Form, actual: Value, path: string, above: readonly Value[]): void {
  assert.ok(actual instanceof SetValue, `${path} is no set`);
  assert.equal(actual.frozen, expected.$kind === "frozenset", path);
  const sorted = [...actual.items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  compareItems(expected.items as Json[], sorted, path, above);
}

/** Compares a TREE of the manifest with a value. */
export function compare(expected: Json, actual: Value, path: string, above: readonly Value[] = []): void {
  if (expected === null || typeof expected === "boolean" || typeof expected === "string") {
    assert.equal(actual, expected, path);
  } else if (typeof expected === "number") assert.equal(Number(actual), expected, path);
  else if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), `${path} is no list`);
    compareItems(expected, actual, path, [...above, actual]);
  } else if (typeof expected.$kind === "string") {
    const kind = kinds[expected.$kind];
    assert.ok(kind !== undefined, `no comparison of ${expected.$kind}`);
    kind(expected, actual, path, expected.$kind === "again" ? above : [...above, actual]);
  } else if (typeof expected.dtype === "string") compareArray(expected, actual, path, above);
  else {
    assert.ok(actual instanceof DictValue, `${path} is no dict`);
    const { $class: className, ...entries } = expected;
    if (className !== undefined) assert.equal(actual.className, className, path);
    assert.deepEqual([...actual.keys()], Object.keys(entries), path);
    for (const [key, form] of Object.entries(entries)) {
      compare(form, actual.get(key)!, `${path}/${key}`, [...above, actual]);
    }
  }
}

/** What the manifest calls `arrays`: a dict of arrays, or one array named `value`. */
export function compareArrays(expected: Form, actual: Value): void {
  if (isArrayLike(actual)) {
    assert.deepEqual(Object.keys(expected), ["value"]);
    compare(expected.value!, actual, "value");
    return;
  }
  const isModule = actual instanceof ObjectValue && actual.module !== undefined;
  const dict: unknown = isModule ? moduleState(actual) : actual;
  assert.ok(dict instanceof Map, "what was read is no dict of arrays");
  const names = Object.keys(expected);
  assert.deepEqual([...dict.keys()].sort(), [...names].sort());
  for (const name of names) compare(expected[name]!, dict.get(name)!, name);
}

/** A fitted estimator of scikit-learn and some of its attributes; of a pipeline the last step. */
export function compareEstimator(expected: Form, actual: Value): void {
  assert.ok(actual instanceof ObjectValue, "what was read is no object");
  const steps =
    actual.className === "sklearn.pipeline.Pipeline" ? actual.attributes!.get("steps") : undefined;
  const last = Array.isArray(steps) ? (steps.at(-1) as TupleValue).items[1]! : actual;
  compareObject(expected, last, "the estimator", []);
}

/** Groups of paths whose tensors lie in one storage, of two or more, as the manifest has them. */
export function sharesOf(tree: Value): string[][] {
  const groups = new Map<unknown, string[]>();
  const seen = new Set<Value>();
  const visit = (value: Value, path: string): void => {
    const inner = (name: string): string => (path === "" ? name : `${path}/${name}`);
    if (value instanceof ArrayValue && value.facts.origin === "torch") {
      if (value.storage.byteLength > 0) {
        groups.set(value.storage, [...(groups.get(value.storage) ?? []), path]);
      }
    } else if (value instanceof ObjectValue && value.module !== undefined) {
      const { parameters, buffers, children } = value.module;
      for (const [name, part] of [...parameters, ...buffers, ...children]) {
        if (part !== null) visit(part, inner(name));
      }
    } else if (
      value instanceof DictValue ||
      Array.isArray(value) ||
      value instanceof TupleValue ||
      isTuple(value)
    ) {
      if (seen.has(value)) return;
      seen.add(value);
      const entries =
        value instanceof DictValue ? [...value] : itemsOf(value).map((item, i) => [i, item] as const);
      for (const [key, child] of entries) visit(child, inner(String(key)));
    }
  };
  visit(tree, "");
  return [...groups.values()].filter((group) => group.length > 1);
}

/** A namedtuple: an object made from its items, with no state. */
function isTuple(value: Value): value is ObjectValue {
  return value instanceof ObjectValue && value.attributes === undefined && value.args.length > 0;
}

function itemsOf(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  if (value instanceof TupleValue) return value.items;
  return value instanceof ObjectValue ? value.args : [];
}
