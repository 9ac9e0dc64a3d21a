// Weights that a file holds as integers with a scale beside them: value = integer * scale, one scale for the array or one
// for each row (linear quantisation, as in ONNX's DequantizeLinear without a zero point). The rest is matched by name.

import { product } from "../../core/layout.ts";
import { scaleOf } from "../judge/element-types.ts";
import type { Matcher, Matching } from "../matching.ts";
import type { Part, Rule } from "../rules/rule.ts";
import type { Source } from "../source.ts";
import { inOrderOf, type Model, type Target, withEntries } from "../target.ts";
import { matchNamed } from "./named.ts";

/** The rule of an entry whose array is integers with a scale that fits; undefined where it is not. */
function scaledRule(source: Source, target: Target): Rule | undefined {
  const whole = source.arrays.find(({ name }) => name === target.name)?.array;
  const { shape, dtype } = target.tensor;
  if (whole === undefined || !whole.dtype.isInteger || !dtype.isFloatingPoint) return undefined;
  if (whole.shape.join() !== shape.join()) return undefined;
  const scale = scaleOf(source, target.name);
  // What is taken off the integers first is no part of a product.
  if (scale === undefined || source.arrays.some(({ name }) => /zero_?point/i.test(name))) return undefined;
  const numbers = product(scale.array.shape);
  if (numbers !== 1 && numbers !== shape[0]) return undefined;
  const wide = numbers === 1 ? [] : [numbers, ...shape.slice(1).map(() => 1)];
  const isWide = scale.array.shape.join() === wide.join();
  const from: Part[] = [
    { name: target.name, ops: [{ op: "cast", dtype: dtype.name }] },
    { name: scale.name, ...(isWide ? {} : { ops: [{ op: "reshape", shape: wide }] }) },
  ];
  return { target: target.name, from, combine: { op: "product" }, kind: "dequantise" };
}

const scaledRules = (source: Source, { targets }: Model): Rule[] =>
  targets.flatMap((target) => scaledRule(source, target) ?? []);

/** Integers times their scale; the rest by name. */
export const scaledMatcher: Matcher = {
  name: "scaled",
  title: "PyTorch, quantised",
  source: "linear quantisation: onnx.ai DequantizeLinear, with a scale for all or one for each row",
  recognise: (source, model) => {
    if (source.arrangement !== "named") return undefined;
    const { length } = scaledRules(source, model);
    if (length === 0) return undefined;
    return { confidence: 1, reasons: [`${length} arrays are integers with a scale beside them`] };
  },
  match: (source, model): Matching => {
    const rules = scaledRules(source, model);
    const made = new Set(rules.map(({ target }) => target));
    const used = new Set(rules.flatMap(({ from }) => from.map(({ name }) => name)));
    const arrays = source.arrays.filter(({ name }) => !used.has(name));
    const open = withEntries(model, (name) => !made.has(name));
    const rest = matchNamed({ ...source, arrays }, open, false);
    return { ...rest, rules: inOrderOf(model, [...rest.rules, ...rules]) };
  },
};
