// All operations by name. A device's table has a row for each: a missing one does not compile. Each file gathered here
// exports operations and types alone.

import * as activations from "./activations.ts";
import * as binary from "./binary.ts";
import * as copying from "./copying.ts";
import * as exponential from "./exponential.ts";
import * as logic from "./logic.ts";
import * as reductions from "./reductions.ts";
import * as scans from "./scans.ts";
import * as sorting from "./sort.ts";
import * as special from "./special.ts";
import * as ternary from "./ternary.ts";
import * as trigonometry from "./trigonometry.ts";
import * as unary from "./unary.ts";

/** The declarations, by name. */
export interface Operations
  extends Members<typeof activations>,
    Members<typeof binary>,
    Members<typeof copying>,
    Members<typeof exponential>,
    Members<typeof logic>,
    Members<typeof reductions>,
    Members<typeof scans>,
    Members<typeof sorting>,
    Members<typeof special>,
    Members<typeof ternary>,
    Members<typeof trigonometry>,
    Members<typeof unary> {}

type Members<Module> = { readonly [Name in keyof Module]: Module[Name] };

export const operations: Operations = {
  ...activations,
  ...binary,
  ...copying,
  ...exponential,
  ...logic,
  ...reductions,
  ...scans,
  ...sorting,
  ...special,
  ...ternary,
  ...trigonometry,
  ...unary,
};
