// What modules have in common that may write into their input.

import { bind, type Signature } from "../../core/arguments.ts";
import type { InplaceOption } from "./functional/placed.ts";
import { Module } from "./module.ts";

/** Settings as they print, and that the input is written where it is. */
export function inplaceText(settings: string, inplace: boolean): string {
  return [settings, inplace ? "inplace=True" : ""].filter((part) => part !== "").join(", ");
}

/** A module with no other setting. */
export abstract class InPlace extends Module {
  readonly inplace: boolean;

  constructor(...args: Signature<[inplace?: boolean], InplaceOption>) {
    super();
    this.inplace = bind<{ inplace: boolean }>("__init__", ["inplace"], args, { inplace: false }).inplace;
  }

  override extraRepr(): string {
    return inplaceText("", this.inplace);
  }
}
