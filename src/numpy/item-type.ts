// An element type that is no number of the machine: how its items print, what makes one, what it is called. The types
// themselves are in files of their own (arrays.dtypes of NumPy's documentation).

import type { DType } from "../core/dtype.ts";
import type { ItemStore } from "./item-store.ts";
import { dtypeRepr, dtypeStr } from "./print.ts";
import type { PrintOptions } from "./print-options.ts";
import type { FormatItem, PrintableType } from "./print-type.ts";

/** What an element type does besides printing its items. */
export interface ItemRules<T> {
  /** NumPy's letter of the kind: `U`, `S`, `V`, `O`, `M`, `m`; `f` and its like for numbers. */
  readonly kind: string;
  /** NumPy's name: `str160`, `datetime64[s]`. */
  readonly name: string;
  /** NumPy's class of a scalar: `numpy.str_`. */
  readonly scalarName: string;
  /** Bytes of an element in NumPy's memory; 0 where they are not settled, as in `U`. */
  readonly itemsize: number;
  /** What `zeros` has. */
  zero(): T;
  /** What `empty` has, where it is something else. */
  blank?(): T;
  /** A value as an item. @throws ValueError, TypeError where it is none */
  convert(value: unknown): T;
  /** `repr` of an item that stands alone. */
  scalarRepr(item: T): string;
  /** What `x.at(...)` gives of an element, where it is no scalar of the type. */
  alone?(item: T): unknown;
  /** An item as `item()` and `tolist()` give it; itself unless said otherwise. */
  exposed?(item: T): unknown;
  /** The type with room for all values, where the room is not settled. */
  fitted?(values: readonly unknown[]): ItemType<T>;
  /** The element type of numbers in this machine's order. */
  readonly numberType?: DType;
  /** Where an array keeps such items, where it is no plain list. */
  storeOf?(items: T[]): ItemStore<T>;
  /** True iff a list is one item of the type, and not an axis. */
  isItem?(value: readonly unknown[]): boolean;
}

/** An element type whose items are JavaScript values: what `np.dtype("<U5")` gives. */
export class ItemType<T = unknown> implements PrintableType<T> {
  readonly dtypeText: string;
  readonly fieldText: string;
  readonly isImplied: boolean;
  readonly formatterKeys: readonly string[];
  readonly rules: ItemRules<T>;
  private readonly printing: PrintableType<T>;

  constructor(printing: PrintableType<T>, rules: ItemRules<T>) {
    this.printing = printing;
    this.rules = rules;
    this.dtypeText = printing.dtypeText;
    this.fieldText = printing.fieldText;
    this.isImplied = printing.isImplied;
    this.formatterKeys = printing.formatterKeys;
  }

  /** NumPy's letter of the kind. */
  get kind(): string {
    return this.rules.kind;
  }

  get name(): string {
    return this.rules.name;
  }

  get itemsize(): number {
    return this.rules.itemsize;
  }

  /** The element type whose numbers the items are, in this machine's byte order; undefined where they are none. */
  get numberType(): DType | undefined {
    return this.rules.numberType;
  }

  formatterOf(shown: readonly T[], options: PrintOptions, isScalar: boolean): FormatItem<T> {
    return this.printing.formatterOf(shown, options, isScalar);
  }

  scalarText(item: T, options: PrintOptions): string {
    return this.printing.scalarText(item, options);
  }

  /** The type with room for all the values; itself where its room is settled. */
  fitted(values: readonly unknown[]): ItemType<T> {
    return this.rules.fitted?.(values) ?? this;
  }

  /** An item as `item()` gives it. */
  exposed(item: T): unknown {
    return this.rules.exposed === undefined ? item : this.rules.exposed(item);
  }

  /** True iff the types print the same, and so are the same. */
  equals(other: unknown): boolean {
    return other instanceof ItemType && other.fieldText === this.fieldText;
  }

  /** `dtype('<U5')` */
  repr(): string {
    return dtypeRepr(this);
  }

  /** `<U5` */
  toString(): string {
    return dtypeStr(this);
  }
}

/** The type as one of the other byte order prints. */
export function swapped<T>(printing: PrintableType<T>): PrintableType<T> {
  const turned = (text: string): string => text.replace(/^'[<|]?/, "'>");
  return {
    ...printing,
    dtypeText: turned(printing.fieldText),
    fieldText: turned(printing.fieldText),
    isImplied: false,
  };
}
