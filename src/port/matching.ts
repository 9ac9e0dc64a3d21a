// What a matcher is: one way in which arrays become a model's parameters, and how it is told.

import type { Finding, Severity } from "./finding.ts";
import type { Rule } from "./rules/rule.ts";
import type { Source } from "./source.ts";
import type { Model } from "./target.ts";

/** Rules that could stand in the place of others: they fit as well, and nothing but a recorded output tells which is right. */
export interface Alternative {
  /** What would be different, in a few words: "layers swapped". */
  readonly kind: string;
  readonly text: string;
  /** The rules that would be put in place of those for the same entries. */
  readonly rules: readonly Rule[];
  /**
   * What it is called where it proves to be the right one: a mistake in names that say otherwise (the default); a
   * conversion where nothing in the file ever said how it lies.
   */
  readonly severity?: Severity;
}

/** A repair that loses numbers or makes some up. */
export interface Proposal {
  /** The kind of the finding that it would make good: "padded". It is asked for by this word. */
  readonly kind: string;
  readonly rules: readonly Rule[];
  /** The reasons to refuse that it answers, besides those about the shapes of these rules. */
  readonly problems?: readonly string[];
}

/** Which array becomes which parameter. */
export interface Matching {
  readonly rules: readonly Rule[];
  /** What was seen on the way: conversions, and mistakes that names and shapes tell. */
  readonly findings: readonly Finding[];
  /** What fits as well. */
  readonly alternatives: readonly Alternative[];
  /** Entries that nothing fills, and that matter. */
  readonly missing: readonly string[];
  /** Arrays that nothing takes. */
  readonly unused: readonly string[];
  /** Why the model cannot hold the weights, each with what was expected and what came. */
  readonly problems: readonly string[];
  /** What would make good what is refused, and is done only where it is asked for. */
  readonly proposals?: readonly Proposal[];
}

/** What speaks for a library or a way of saving. */
export interface Recognition {
  /** From 0 to 1. */
  readonly confidence: number;
  /** Why, in a few words each. */
  readonly reasons: readonly string[];
}

/** One way in which arrays become parameters. */
export interface Matcher {
  /** "torch", "keras". */
  readonly name: string;
  /** "PyTorch", "Keras". */
  readonly title: string;
  /** Where the rules are written down: documentation, a specification, a source file. */
  readonly source: string;
  /** No more confidence than this is ever had in it: it is not asked where another that fits has more. Default 1. */
  readonly most?: number;
  /** What speaks for it; undefined where nothing does. */
  recognise(source: Source, model: Model): Recognition | undefined;
  match(source: Source, model: Model): Matching;
}
