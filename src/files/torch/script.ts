// TorchScript archives (torch.jit.save): data.pkl holds the attributes of each module, tensors and children among them,
// under the names of classes in code/. That code is text here and is never run; what it says of its classes (which
// attributes are parameters and buffers, and their constants) is read. torch/csrc/jit/serialization/python_print.cpp.

import { FormatError } from "../../core/errors.ts";
import { type Literal, LiteralTuple, parseLiteral } from "../numpy/literal.ts";
import type { Known, KnownGlobals } from "../pickle/globals.ts";
import { childrenOf } from "../tree.ts";
import {
  type ArrayLike,
  DictValue,
  isArrayLike,
  type ModuleParts,
  ObjectValue,
  TupleValue,
  type Value,
} from "../values.ts";

/** What the code says of a class. */
interface ScriptClass {
  readonly isModule: boolean;
  readonly parameters: readonly string[];
  readonly buffers: readonly string[];
  readonly constants: ReadonlyMap<string, Value>;
}

const classLine = /^class (\S+?)(\(\w*\))?:$/;
const listLine = /^ {2}(__parameters__|__buffers__) = \[(.*)\]$/;
const constantLine = /^ {2}(\w+) : Final\[.*?\] = (.+)$/;

/** What TorchScript's pickles call: lists of one type, and values with their type beside them. torch/jit/_pickle.py. */
export const scriptGlobals: KnownGlobals = new Map<string, Known>(
  ["build_intlist", "build_tensorlist", "build_doublelist", "build_boollist", "restore_type_tag"].map(
    (name) => [`torch.jit._pickle.${name}`, { construct: ([value]) => value ?? null }],
  ),
);

/** True iff a class is one of the archive's code. */
function isScript(className: string): boolean {
  return className.startsWith("__torch__.");
}

/** The record whose code has the class: `__torch__.a.b.C` is in code/__torch__/a/b.py. */
export function codeRecord(className: string): string {
  return `code/${className.split(".").slice(0, -1).join("/")}.py`;
}

/** The objects in a tree whose classes are of the archive's code. */
export function scriptObjects(tree: Value): ObjectValue[] {
  const found: ObjectValue[] = [];
  const seen = new Set<Value>();
  const waiting: Value[] = [tree];
  while (waiting.length > 0) {
    const value = waiting.pop()!;
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof ObjectValue && isScript(value.className)) found.push(value);
    for (const [, child] of childrenOf(value)) waiting.push(child);
  }
  return found;
}

/** The classes of one file of code, by the last part of their names. */
function classesOf(code: string): Map<string, ScriptClass> {
  const classes = new Map<string, ScriptClass>();
  let lists: Record<string, string[]> = {};
  let constants = new Map<string, Value>();
  for (const line of code.split("\n")) {
    const start = classLine.exec(line);
    if (start !== null) {
      lists = { __parameters__: [], __buffers__: [] };
      constants = new Map();
      const { __parameters__: parameters, __buffers__: buffers } = lists;
      const isModule = start[2] === "(Module)";
      classes.set(start[1]!, { isModule, parameters: parameters!, buffers: buffers!, constants });
    }
    const list = listLine.exec(line);
    if (list !== null) lists[list[1]!]?.push(...namesIn(list[2]!));
    const constant = constantLine.exec(line);
    const value = constant === null ? undefined : constantFrom(constant[2]!);
    if (value !== undefined) constants.set(constant![1]!, value);
  }
  return classes;
}

/** The names in a list of texts. */
function namesIn(list: string): string[] {
  return [...list.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]!);
}

/** A constant that is written as Python writes plain values; undefined for any other. */
function constantFrom(text: string): Value | undefined {
  if (/^-?\d+\.\d*(e[+-]?\d+)?$/.test(text)) return Number(text);
  try {
    return plainValue(parseLiteral(text));
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function plainValue(literal: Literal): Value | undefined {
  if (literal instanceof LiteralTuple)
    return new TupleValue(literal.items.map((item) => plainValue(item) ?? null));
  if (Array.isArray(literal)) return literal.map((item) => plainValue(item) ?? null);
  return literal instanceof Map ? undefined : (literal as Value);
}

/**
 * Gives the objects of a TorchScript archive the parts of modules: what the code says is a parameter or a buffer is
 * one; without code, tensors that need gradients are parameters and other tensors buffers.
 * @param codes text of the records of code, by name
 */
export function addScriptParts(objects: readonly ObjectValue[], codes: ReadonlyMap<string, string>): void {
  const files = new Map([...codes].map(([record, code]) => [record, classesOf(code)]));
  const classOf = ({ className }: ObjectValue): ScriptClass | undefined =>
    files.get(codeRecord(className))?.get(className.split(".").pop()!);
  const modules = new Set(
    objects.filter((object) => classOf(object)?.isModule ?? object.attributes?.has("training") ?? false),
  );
  for (const object of modules)
    object.module = partsOf(object.attributes ?? new DictValue(), classOf(object), modules);
}

function partsOf(
  attributes: DictValue,
  description: ScriptClass | undefined,
  modules: ReadonlySet<Value>,
): ModuleParts {
  const parameters = new Map<string, ArrayLike | null>();
  const buffers = new Map<string, ArrayLike | null>();
  const children = new Map<string, ObjectValue | null>();
  const settings = new Map<string, Value>(description?.constants ?? []);
  for (const [name, value] of attributes) {
    if (typeof name !== "string") continue;
    const tensor = typeof value === "object" && value !== null && isArrayLike(value) ? value : undefined;
    if (modules.has(value)) children.set(name, value as ObjectValue);
    else if (tensor !== undefined && isParameter(name, tensor, description)) parameters.set(name, tensor);
    else if (tensor !== undefined && (description?.buffers.includes(name) ?? true)) buffers.set(name, tensor);
    else if (!name.startsWith("_") && name !== "training") settings.set(name, value);
  }
  return {
    training: attributes.get("training") !== false,
    parameters,
    buffers,
    nonPersistentBuffers: new Set(),
    children,
    settings,
  };
}

function isParameter(name: string, tensor: ArrayLike, description: ScriptClass | undefined): boolean {
  if (description !== undefined) return description.parameters.includes(name);
  return "facts" in tensor && tensor.facts.requiresGrad === true;
}
