// A rule of a plan, as data: from which arrays a parameter is made and what is done to them. It can be printed, saved,
// applied and taken back. Axes and operations are NumPy's.

import type { Step } from "./steps.ts";

/** An array of the source, with what is done to it before it is joined with others. */
export interface Part {
  /** The array's name in the source. */
  readonly name: string;
  readonly ops?: readonly Step[];
}

/**
 * How the parts of a rule become one array. `weight_norm` takes a size g and a direction v and gives g v / |v|, the norm
 * over all axes but `dim` (torch.nn.utils.weight_norm).
 */
export type Combine =
  | { readonly op: "concat"; readonly axis: number }
  | { readonly op: "stack"; readonly axis: number }
  | { readonly op: "sum" }
  | { readonly op: "product" }
  | { readonly op: "weight_norm"; readonly dim: number };

/** How one entry of a model's state dict is filled. */
export interface Rule {
  /** Name of the entry. */
  readonly target: string;
  /** The arrays it is made from; none where it is made from nothing (`fill`). */
  readonly from: readonly Part[];
  /** How several parts become one. */
  readonly combine?: Combine;
  /** What is done last. */
  readonly ops?: readonly Step[];
  /** What kind of difference is made good: "identity", "transpose", "flatten permutation". */
  readonly kind: string;
  /** Why, in a few words. */
  readonly why?: string;
}

/** An entry that is the array of that name as it is. */
export const identityRule = (target: string, name: string): Rule => ({
  target,
  from: [{ name }],
  kind: target === name ? "identity" : "rename",
});
