// What was found out about weights: mistakes, doubts, conversions; and the verdict on each parameter.

/**
 * The evidence for something, the strongest last: names and nesting, what the format says, shapes, element types, values
 * that cannot be, statistics of the values, and a recorded input and output.
 */
export type Evidence = "names" | "format" | "shapes" | "dtype" | "values" | "statistics" | "io";

/**
 * What a finding is: a `mistake` is known; a `suspicion` is good for a warning and not for a verdict; a `conversion` is
 * another library's way, which is expected of it and made good; a `note` is what one should know and need not change.
 */
export type Severity = "mistake" | "suspicion" | "conversion" | "note";

/** Something found out about parameters. */
export interface Finding {
  /** What it is, in a few words: "transposed", "prefix", "gate order". */
  readonly kind: string;
  /** Entries of the state dict that it is about; for a setting, the modules. */
  readonly parameters: readonly string[];
  readonly severity: Severity;
  readonly evidence: Evidence;
  /** What one should be told, in a sentence or two. */
  readonly text: string;
  /** How it is made good, in words; undefined where nothing makes it good. */
  readonly repair?: string;
  /** True iff the plan makes it good. */
  readonly isRepaired: boolean;
  /** What would settle a suspicion. */
  readonly settle?: string;
}

/** Whether a parameter, as the source has it, is what the model needs. */
export type Verdict = "right" | "wrong" | "undecidable";

/** The verdict on one entry of the state dict. */
export interface Judgement {
  readonly parameter: string;
  readonly verdict: Verdict;
  /** From 0 (nothing speaks for it) to 1 (proved). */
  readonly confidence: number;
  /** What speaks for and against it. */
  readonly reasons: readonly { readonly evidence: Evidence; readonly text: string }[];
  /** What would settle it, where it is undecidable. */
  readonly settle?: string;
  /** True iff it is wrong as it was saved, and what the model was given is right. */
  readonly isRepaired: boolean;
}
