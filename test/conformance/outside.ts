// Which recorded programs are about types that the project does not have: NumPy's long doubles, masked arrays and
// matrices, bytes read in another order, and Python's bytes outside NumPy's arrays, of which JavaScript has only arrays of numbers. Read off the
// source, by the names of these types.

import { parse } from "./python/parse.ts";
import type { Expression, Statement } from "./python/syntax.ts";
import { Bytes } from "./python/values.ts";

const typeNames: ReadonlySet<string> = new Set(["longdouble", "clongdouble", "ma", "matrix", "byteswap"]);

const byteTypes: ReadonlySet<string> = new Set(["bytes", "bytearray", "memoryview"]);

/** Functions of NumPy that take bytes as an item. */
const makers: ReadonlySet<string> = new Set(["array", "asarray", "full", "bytes_", "void"]);

function takesBytes({ callee }: Extract<Expression, { kind: "call" }>): boolean {
  const isNumpy = callee.kind === "attribute" && callee.object.kind === "name" && callee.object.name === "np";
  return isNumpy && makers.has(callee.name);
}

function reasonAt(node: unknown, areBytesItems = false): string | undefined {
  if (node instanceof Bytes) return areBytesItems ? undefined : "Python's bytes";
  if (typeof node !== "object" || node === null) return undefined;
  const expression = node as Expression | Statement;
  if (expression.kind === "name" && byteTypes.has(expression.name)) return "Python's bytes";
  if (expression.kind === "attribute" && typeNames.has(expression.name))
    return expression.name === "byteswap" ? "bytes in another order" : `np.${expression.name}`;
  const found = reasonOf(expression);
  if (found !== undefined) return found;
  const areItems = expression.kind === "call" ? takesBytes(expression) : areBytesItems;
  for (const part of Object.values(node)) {
    const found = reasonAt(part, areItems);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isSizeCall(value: Expression): boolean {
  return value.kind === "call" && value.callee.kind === "attribute" && value.callee.name === "Size";
}

/** Tensors of kinds that the project does not have, and what Python's syntax says that JavaScript's cannot. */
function reasonOf(node: Expression | Statement): string | undefined {
  if (node.kind === "attribute" && node.name.startsWith("to_sparse")) return "sparse tensors";
  if (node.kind === "call") {
    if (node.positional.some(isSizeCall)) return "torch.Size as an argument: in the API it is a list";
    const device = node.keywords.find(({ name }) => name === "device")?.value;
    if (device?.kind === "constant" && device.value === "meta") return "tensors without values";
  }
  if (node.kind === "delete" && node.targets.some(({ kind }) => kind === "attribute")) {
    return "an attribute deleted: JavaScript reads undefined";
  }
  if (node.kind !== "class" || node.bases.length === 0) return undefined;
  const start = node.body.find((each) => each.kind === "function" && each.name === "__init__");
  const callsBase = start === undefined || [...namesIn(start)].includes("super");
  return callsBase ? undefined : "a constructor that leaves out super(): JavaScript itself refuses it";
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
    const isClass = statement.kind === "class";
    const changed = statement.kind === "delete" ? [...namesIn(statement.targets)] : [];
    const targets = isNaming ? [...namesIn(statement.targets)] : isClass ? [statement.name] : changed;
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
