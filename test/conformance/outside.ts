// Which recorded programs are about types that the project does not have: NumPy's texts, objects, dates, records, raw
// bytes, long doubles, masked arrays and matrices, elements in the other byte order, sparse tensors, and Python's bytes, of which
// JavaScript has only arrays of numbers. Read off the source, by the names of these types.

import { parse } from "./python/parse.ts";
import type { Expression, Statement } from "./python/syntax.ts";
import { Bytes } from "./python/values.ts";

const typeNames: ReadonlySet<string> = new Set([
  "longdouble",
  "clongdouble",
  "str_",
  "bytes_",
  "void",
  "object_",
  "datetime64",
  "timedelta64",
  "ma",
  "matrix",
]);

const byteTypes: ReadonlySet<string> = new Set(["bytes", "bytearray", "memoryview"]);

/** Names of devices that hold no values. */
const emptyDevices: ReadonlySet<unknown> = new Set(["meta"]);

/** NumPy's codes of such types: `<U5`, `S3`, `O`, `V4`, `datetime64[D]`, `>f4`. */
const codes = /^([<=|]?[SUOVMm]\d*|object|(datetime|timedelta)64(\[.*\])?|>[iufcb]\d+)$/;

/** Functions that make an array of what they are given, and so one of texts or objects from a text or None. */
const makers: ReadonlySet<string> = new Set(["array", "asarray", "dtype"]);

function reasonIn(value: Expression): string | undefined {
  if (value.kind === "constant" && typeof value.value === "string" && codes.test(value.value)) {
    return `the element type ${value.value}`;
  }
  if (value.kind === "name" && value.name === "object") return "the element type object";
  if (value.kind === "list" && value.items.length > 0 && value.items.every((item) => item.kind === "tuple")) {
    return "records";
  }
  return undefined;
}

function isTextOrNone(value: Expression): boolean {
  if (value.kind === "list" || value.kind === "tuple") return value.items.some(isTextOrNone);
  return (
    value.kind === "constant" &&
    (typeof value.value === "string" || value.value === null || value.value instanceof Bytes)
  );
}

function isOf(value: Expression, values: ReadonlySet<unknown>): boolean {
  return value.kind === "constant" && values.has(value.value);
}

/** True iff the expression makes a torch.Size. */
function isSizeCall(value: Expression): boolean {
  return value.kind === "call" && value.callee.kind === "attribute" && value.callee.name === "Size";
}

function reasonInCall(node: Extract<Expression, { kind: "call" }>): string | undefined {
  const { callee, positional, keywords } = node;
  const byName = keywords.filter(({ name }) => name === "dtype").map(({ value }) => value);
  const name = callee.kind === "attribute" ? callee.name : "";
  const isNumpy = callee.kind === "attribute" && callee.object.kind === "name" && callee.object.name === "np";
  if (positional.some(isSizeCall)) return "torch.Size as an argument: in the API it is a list as any other";
  if (name === "newbyteorder" || name === "byteswap") return "elements in the other byte order";
  if (name.startsWith("to_sparse")) return "sparse tensors";
  const types =
    name === "dtype" || name === "astype" || name === "view" ? [...byName, ...positional] : byName;
  if (keywords.some(({ name: key, value }) => key === "device" && isOf(value, emptyDevices))) {
    return "tensors without values";
  }
  const found = types.map(reasonIn).find((reason) => reason !== undefined);
  if (found !== undefined) return found;
  if (isNumpy && name !== "dtype" && makers.has(name) && positional[0] && isTextOrNone(positional[0])) {
    return "arrays of texts or objects";
  }
  return undefined;
}

function reasonAt(node: unknown): string | undefined {
  if (node instanceof Bytes) return "Python's bytes";
  if (typeof node !== "object" || node === null) return undefined;
  const expression = node as Expression | Statement;
  if (expression.kind === "name" && byteTypes.has(expression.name)) return "Python's bytes";
  if (expression.kind === "attribute" && typeNames.has(expression.name)) return `np.${expression.name}`;
  if (expression.kind === "call") {
    const found = reasonInCall(expression);
    if (found !== undefined) return found;
  }
  for (const part of Object.values(node)) {
    const found = reasonAt(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What of a program is outside the element types of the project; undefined when nothing is. */
export function outsideTypes(source: string): string | undefined {
  return reasonAt(parse(source));
}

/** A program without the statements that are outside, and what these would have said. */
export interface Covered {
  readonly statements: readonly Statement[];
  /** Labels of `see`, `err` and `warn` in what was left out; null stands for one that is not written out. */
  readonly leftOut: ReadonlySet<string | null>;
  /** Why something was left out. */
  readonly reason: string | undefined;
}

function* namesIn(node: unknown): Iterable<string> {
  if (typeof node !== "object" || node === null) return;
  const expression = node as Expression;
  if (expression.kind === "name") yield expression.name;
  for (const part of Object.values(node)) yield* namesIn(part);
}

function* labelsIn(node: unknown): Iterable<string | null> {
  if (typeof node !== "object" || node === null) return;
  const expression = node as Expression;
  if (expression.kind === "call" && expression.callee.kind === "name") {
    const [label] = expression.positional;
    if (["see", "err", "warn"].includes(expression.callee.name) && label !== undefined) {
      yield label.kind === "constant" ? String(label.value) : null;
    }
  }
  for (const part of Object.values(node)) yield* labelsIn(part);
}

/** Leaves out the statements that are about outside types, and those that use what such a statement made. */
export function coveredPart(source: string): Covered {
  const made = new Set<string>();
  const leftOut = new Set<string | null>();
  let reason: string | undefined;
  const statements = parse(source).filter((statement) => {
    const isNaming =
      statement.kind === "assign" &&
      statement.targets.every(({ kind }) => kind === "name" || kind === "tuple");
    const targets = isNaming ? [...namesIn(statement.targets)] : [];
    const values = isNaming ? statement.value : statement;
    const found =
      reasonAt(statement) ?? ([...namesIn(values)].some((name) => made.has(name)) ? reason : undefined);
    for (const name of targets) {
      if (found === undefined) made.delete(name);
      else made.add(name);
    }
    if (found === undefined) return true;
    reason ??= found;
    for (const label of labelsIn(statement)) leftOut.add(label);
    return false;
  });
  return { statements, leftOut, reason };
}
