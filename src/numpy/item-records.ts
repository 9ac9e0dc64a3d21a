// Records as an element type: named fields, each of its own type and perhaps an array
// (numpy.org/doc/stable/user/basics.rec.html). An item is the list of its fields' values, an array among them row-major.

import { PythonTypeError, ValueError } from "../core/errors.ts";
import { product, type Shape } from "../core/layout.ts";
import { itemOf } from "./item-array.ts";
import { RecordStore } from "./item-store.ts";
import { ItemType } from "./item-type.ts";
import { recordType } from "./print-items.ts";
import { getPrintoptions } from "./print-options.ts";
import type { PrintableType } from "./print-type.ts";

/** A field of a record type. */
export interface ItemField {
  readonly name: string;
  readonly type: ItemType;
  /** The field's own shape: empty for one value. */
  readonly shape: Shape;
}

/** A record type: an element type with its fields. */
export class RecordItems extends ItemType<readonly unknown[]> {
  readonly fields: readonly ItemField[];

  constructor(fields: readonly ItemField[]) {
    const printing = recordType(
      fields.map(({ name, type, shape }) => ({ name, type: type as PrintableType<never>, shape })),
    );
    const itemsize = fields.reduce((sum, field) => sum + fieldSize(field), 0);
    super(printing, {
      kind: "V",
      name: `void${8 * itemsize}`,
      scalarName: "numpy.void",
      itemsize,
      zero: () => fields.map((field) => repeated(field, () => field.type.rules.zero())),
      blank: () => fields.map((field) => repeated(field, () => blankOf(field.type))),
      convert: (value) => recordOf(value, fields),
      scalarRepr: (item) =>
        `np.void(${printing.scalarText(item, getPrintoptions())}, dtype=${printing.dtypeText})`,
      exposed: (item) => fields.map((field, at) => exposedField(field, item[at])),
      storeOf: (items) => new RecordStore(items, fields),
      isItem: (value) => isRecord(value, fields),
    });
    this.fields = fields;
  }

  /** Names of the fields, in order. */
  get names(): readonly string[] {
    return this.fields.map(({ name }) => name);
  }

  /**
   * Where a field stands among the others.
   * @throws ValueError where there is none of that name
   */
  place(name: string): number {
    const at = this.names.indexOf(name);
    if (at < 0) throw new ValueError(`no field of name ${name}`);
    return at;
  }
}

/** What `empty` has of a type. */
export function blankOf<T>({ rules }: ItemType<T>): T {
  return rules.blank === undefined ? rules.zero() : rules.blank();
}

function fieldSize({ type, shape }: ItemField): number {
  return type.itemsize * product(shape);
}

function repeated({ shape }: ItemField, make: () => unknown): unknown {
  return shape.length === 0 ? make() : Array.from({ length: product(shape) }, make);
}

/** True iff the list is a record's values: none of its plain fields has a list. */
function isRecord(value: readonly unknown[], fields: readonly ItemField[]): boolean {
  if (value.length !== fields.length) return false;
  return fields.every(({ type, shape }, at) => {
    const item = value[at];
    if (shape.length > 0 || type.kind === "O" || !Array.isArray(item)) return true;
    return type.rules.isItem?.(item) ?? false;
  });
}

function recordOf(value: unknown, fields: readonly ItemField[]): readonly unknown[] {
  const given = itemOf(value);
  if (!Array.isArray(given)) return fields.map((field) => fieldOf(given, field));
  if (given.length !== fields.length) {
    throw new ValueError(
      `could not assign tuple of length ${given.length} to structure with ${fields.length} fields.`,
    );
  }
  return fields.map((field, at) => fieldOf(given[at], field));
}

function fieldOf(value: unknown, { type, shape }: ItemField): unknown {
  if (shape.length === 0) return type.rules.convert(value);
  const values: unknown[] = [];
  const visit = (part: unknown, axis: number): void => {
    if (axis === shape.length) values.push(type.rules.convert(part));
    else if (!Array.isArray(part)) for (let i = 0; i < shape[axis]!; i++) visit(part, axis + 1);
    else if (part.length === shape[axis]) for (const inner of part) visit(inner, axis + 1);
    else
      throw new PythonTypeError(
        `a field of shape (${shape.join(", ")}) cannot hold a list of ${part.length}`,
      );
  };
  visit(value, 0);
  return values;
}

function exposedField({ type, shape }: ItemField, value: unknown): unknown {
  if (shape.length === 0) return type.exposed(value);
  const flat = (value as readonly unknown[]).map((item) => type.exposed(item));
  return nestedList(flat, shape);
}

/** A row-major list as nested lists. */
export function nestedList(flat: readonly unknown[], shape: Shape): unknown {
  if (shape.length === 0) return flat[0];
  let at = 0;
  const nest = (axis: number): unknown[] =>
    Array.from({ length: shape[axis]! }, () => (axis === shape.length - 1 ? flat[at++] : nest(axis + 1)));
  return nest(0);
}
