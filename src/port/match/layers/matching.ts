// A matching from layers: the layers of a source are aligned with the modules of a model, and what is left over, what was
// converted and what could be otherwise is said.

import type { Finding } from "../../finding.ts";
import type { Alternative, Matching } from "../../matching.ts";
import type { Rule } from "../../rules/rule.ts";
import type { Source } from "../../source.ts";
import type { Model } from "../../target.ts";
import { missingFindings, missingTargets, spareFindings } from "../left.ts";
import { type Alignment, align, Fitter, type Flow, type Pair } from "./align.ts";
import { isAttention, projectionUnits } from "./source-units.ts";
import { targetUnits } from "./target-units.ts";
import type { LayerRule, SourceUnit, TargetUnit, UnitArray } from "./unit.ts";

/** What is known of the source besides its layers. */
export interface Known {
  /** The library: "Keras". */
  readonly title: string;
  readonly rules: readonly LayerRule[];
  /** Arrays that are no weights: optimizers' and counters. */
  readonly ignored: ReadonlySet<string>;
  /** Which layers feed which, given the layers as they are aligned. */
  flow?(sources: readonly SourceUnit[], targets: readonly TargetUnit[]): Flow | undefined;
}

/** A matching, and which layer went to which module. */
export interface LayerMatching {
  readonly matching: Matching;
  readonly pairs: readonly Pair[];
}

/** Matches layers with modules. */
export function matchLayers(
  source: Source,
  model: Model,
  units: readonly SourceUnit[],
  library: Known,
): LayerMatching {
  const targets = targetUnits(model);
  const fitter = new Fitter(library.rules);
  const sources = units
    .flatMap((unit) => (isAttention(unit) ? asTaken(unit, targets, fitter) : [unit]))
    .flatMap((unit) => unstacked(unit, targets, fitter));
  const alignment = align(sources, targets, library.rules, () => library.flow?.(sources, targets));
  const rules = alignment.pairs.flatMap(({ fit }) => fit.rules);
  const filled = new Set(rules.map(({ target }) => target));
  const taken = new Set(rules.flatMap(({ from }) => from.map(({ name }) => name)));
  const unused = source.arrays
    .map(({ name }) => name)
    .filter((name) => !taken.has(name) && !library.ignored.has(name));
  const { texts, entries } = problems(alignment);
  // What is refused is not missing, too.
  const known = new Set([...filled, ...entries]);
  const matching: Matching = {
    rules,
    findings: [
      ...conversions(rules, library.title),
      ...orderNotes(alignment, model),
      ...unknownFlattening(alignment.pairs, targets, model),
      ...missingFindings(source, model, known),
      ...spareFindings(unused),
    ],
    alternatives: alternatives(alignment),
    missing: missingTargets(model, known).map(({ name }) => name),
    unused,
    problems: texts,
  };
  return { matching, pairs: alignment.pairs };
}

const entriesOf = ({ target }: Pair): string[] => [...target.entries.values()].map(({ name }) => name);

/** An attention whole where a module holds it; else as the projections that there are. */
function asTaken(unit: SourceUnit, targets: readonly TargetUnit[], fitter: Fitter): SourceUnit[] {
  const fits = (each: SourceUnit): boolean =>
    targets.some((target) => fitter.cost(each, target) !== undefined);
  if (fits(unit) || targets.some(({ type }) => type === "MultiheadAttention")) return [unit];
  const fused = projectionUnits(unit, true);
  return fits(fused[0]!) ? fused : projectionUnits(unit, false);
}

/** The layers of a stack whose arrays have one more axis, the first, which counts layers (flax.linen.scan). */
function unstacked(unit: SourceUnit, targets: readonly TargetUnit[], fitter: Fitter): SourceUnit[] {
  const fits = (each: SourceUnit): boolean =>
    targets.some((target) => fitter.cost(each, target) !== undefined);
  const lengths = new Set([...unit.arrays.values()].map(({ shape }) => shape[0] ?? 0));
  const [count = 0] = lengths;
  if (lengths.size !== 1 || count < 1 || count > targets.length || fits(unit)) return [unit];
  const layers = Array.from(
    { length: count },
    (_, index): SourceUnit => ({
      ...unit,
      path: `${unit.path}/${index}`,
      arrays: new Map([...unit.arrays].map(([role, array]) => [role, layerOf(array, index)])),
    }),
  );
  return fits(layers[0]!) ? layers : [unit];
}

const layerOf = (array: UnitArray, index: number): UnitArray => ({
  ...array,
  shape: array.shape.slice(1),
  steps: [...array.steps, { op: "index", axis: 0, index }],
});

/** What each kind of conversion is, in a sentence. */
const texts: Readonly<Record<string, string>> = {
  transpose: "the axes of kernels are in another order there",
  "transpose and reshape": "kernels have axes of their own for heads, points or multipliers there",
  "flatten permutation": "an image is flattened with its channels last there, and first here",
  "gate reorder": "the gates are in another order there",
  concat: "what is one array here is several there",
  reshape: "arrays have another shape there",
  rename: "parameters have other names there",
  fill: "the layer has no array for it there",
  "flip and transpose": "kernels of transposed convolutions are kept unflipped there",
};

function conversions(rules: readonly Rule[], title: string): Finding[] {
  const kinds = new Map<string, Rule[]>();
  for (const rule of rules) {
    const isSplit = rule.from.some(({ ops }) => ops?.[0]?.op === "index") || rule.ops?.[0]?.op === "index";
    const kind = isSplit && rule.kind === "transpose" ? "split" : rule.kind;
    if (kind !== "identity") kinds.set(kind, [...(kinds.get(kind) ?? []), rule]);
  }
  return [...kinds].map(([kind, all]): Finding => {
    const reasons = [...new Set(all.flatMap(({ why }) => why ?? []))];
    const more = reasons.length === 0 ? "" : ` (${reasons.slice(0, 3).join("; ")})`;
    return {
      kind,
      parameters: all.map(({ target }) => target),
      severity: "conversion",
      evidence: "format",
      text: `${title}: ${texts[kind] ?? "one array holds several layers there"}${more}. The plan makes it good.`,
      isRepaired: true,
    };
  });
}

function orderNotes({ others }: Alignment, model: Model): Finding[] {
  if (others.length === 0) return [];
  const parameters = [...new Set(others.flatMap(({ pairs }) => pairs.flatMap(entriesOf)))];
  const order = model.calls === undefined ? "in which the model holds them" : "in which the model calls them";
  return [
    {
      kind: "equal shapes",
      parameters,
      severity: "note",
      evidence: "names",
      text: `Several layers have the same shapes: which is which is known from their names, from what feeds what, and where these are silent from the order ${order}.`,
      isRepaired: true,
      settle: "a recorded input and output",
    },
  ];
}

/** Linear layers behind convolutions whose input may have been flattened: without running the model nobody knows. */
function unknownFlattening(pairs: readonly Pair[], targets: readonly TargetUnit[], model: Model): Finding[] {
  if (model.calls !== undefined) return [];
  const found = pairs.filter(({ target, source }) => {
    const weight = target.entries.get("weight");
    if (target.type !== "Linear" || weight === undefined || !source.arrays.has("kernel")) return false;
    const features = weight.tensor.shape[1]!;
    const before = targets
      .slice(0, targets.indexOf(target))
      .findLast(({ type }) => /Conv|Linear|LSTM|GRU|RNN/.test(type));
    const channels = before?.type.startsWith("Conv") === true ? channelsOf(before) : undefined;
    return channels !== undefined && channels > 1 && features > channels && features % channels === 0;
  });
  if (found.length === 0) return [];
  return [
    {
      kind: "flatten order",
      parameters: found.map(({ target }) => target.entries.get("weight")!.name),
      severity: "suspicion",
      evidence: "shapes",
      text: "It stands behind a convolution and may take a flattened image, whose elements lie in another order where channels come last. The plan only transposes it: the image's shape is not known without an example input.",
      repair: "give an example input",
      isRepaired: false,
      settle: "an example input",
    },
  ];
}

/** Channels that a convolution gives. */
function channelsOf({ type, entries }: TargetUnit): number | undefined {
  const { shape = [] } = entries.get("weight")?.tensor ?? {};
  return type.startsWith("ConvTranspose") ? (entries.get("bias")?.tensor.shape[0] ?? shape[1]) : shape[0];
}

function alternatives({ pairs, others }: Alignment): Alternative[] {
  const variants = pairs.flatMap(({ fit }) => fit.variants ?? []);
  return [
    ...variants.map(({ kind, text, rules }): Alternative => ({ kind, text, rules, severity: "conversion" })),
    ...others.map(
      (other): Alternative => ({
        kind: "layers swapped",
        text: other.text,
        rules: other.pairs.flatMap(({ fit }) => fit.rules),
        ...(other.isNamed ? {} : { severity: "conversion" }),
      }),
    ),
  ];
}

const shapesText = (shapes: Iterable<readonly [string, readonly number[]]>): string =>
  [...shapes].map(([role, shape]) => `${role} [${shape.join(", ")}]`).join(", ");

/** Why the model cannot hold some weights, and the entries that it is about. */
interface Problems {
  readonly texts: readonly string[];
  readonly entries: ReadonlySet<string>;
}

/** Why the model cannot hold the weights, with the layer that comes nearest to what a module lacks. */
function problems({ pairs, freeSources, freeTargets }: Alignment): Problems {
  const texts: string[] = [];
  const about: TargetUnit[] = [];
  for (const { fit, source, target } of pairs) {
    if (fit.refusal === undefined) continue;
    texts.push(`${target.id || target.type}: "${source.path}": ${fit.refusal}`);
    about.push(target);
  }
  const left = [...freeSources];
  for (const target of freeTargets) {
    const at = left.findIndex((source) => ranksOf(source) === ranksOf(target));
    const [source] = at < 0 ? [] : left.splice(at, 1);
    if (source === undefined) continue;
    const wanted = shapesText([...target.entries.values()].map(({ role, tensor }) => [role, tensor.shape]));
    const given = shapesText([...source.arrays].map(([role, { shape }]) => [role, shape]));
    texts.push(
      `${target.id || target.type}: expected ${wanted}, and what is left comes nearest with "${source.path}": ${given}`,
    );
    about.push(target);
  }
  const entries = about.flatMap((target) => [...target.entries.values()].map(({ name }) => name));
  return { texts, entries: new Set(entries) };
}

/** How many axes the arrays of a layer have. */
const ranksOf = (unit: SourceUnit | TargetUnit): string =>
  ("arrays" in unit
    ? [...unit.arrays.values()].map(({ shape }) => shape.length)
    : [...unit.entries.values()].map(({ tensor }) => tensor.ndim)
  )
    .toSorted()
    .join();
