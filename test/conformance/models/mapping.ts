// The recorded mappings, carried out and taken back: the rules give the true state dict bit for bit, and inverted they
// give the arrays of the source bit for bit, where no values are changed for good.

import { withType } from "../../../src/numpy/casting.ts";
import * as np from "../../../src/numpy/index.ts";
import type { NDArray } from "../../../src/numpy/ndarray.ts";
import { applyRule, namesIn, placeRule } from "../../../src/port/rules/apply.ts";
import { identityRule, type Rule } from "../../../src/port/rules/rule.ts";
import { applySteps, isSameBits } from "../../../src/port/rules/steps.ts";
import type { Source } from "../../../src/port/source.ts";
import { type Case, Failure } from "../suite.ts";
import type { RecordedModel } from "./case.ts";

type Recorded = RecordedModel["file"];

/** The rules of a file: its own, the case's, or the names themselves. */
function rulesOf(
  file: Recorded,
  own: readonly Rule[] | undefined,
  names: ReadonlySet<string>,
): readonly Rule[] {
  const mapping = own ?? file.mapping;
  if (typeof mapping !== "string") return mapping;
  return file.target.state_dict
    .filter(({ name, tied_to }) => tied_to === undefined || names.has(name))
    .map(({ name }) => identityRule(name, name));
}

/** Steps that change values for good: what they were applied to cannot be had back. */
const lossy = new Set(["mul", "add", "add_slice", "mul_self", "fill"]);
const isLossy = (rule: Rule, arrays: ReadonlyMap<string, NDArray>): boolean =>
  [...(rule.ops ?? []), ...rule.from.flatMap(({ ops }) => ops ?? [])].some(({ op }) => lossy.has(op)) ||
  ["sum", "product", "weight_norm"].includes(rule.combine?.op ?? "") ||
  namesIn(rule).some((name) => isRounded(rule, arrays.get(name)!));

/** True iff a cast of the rule rounds the array's values. */
function isRounded({ from, ops = [] }: Rule, array: NDArray): boolean {
  return [...from.flatMap((part) => part.ops ?? []), ...ops].some(
    (step) =>
      step.op === "cast" && !isSameBits(withType(applySteps(array, [step]), array.dtype), array.copy()),
  );
}

const needsSource = (file: Recorded, own: readonly Rule[] | undefined): boolean =>
  own !== undefined || typeof file.mapping !== "string" || file.mapping === "identity";

/** An array's name as the recordings have it: from the file's root, without the slash that HDF5's paths begin with. */
const recordedName = (name: string, { origin }: Source): string =>
  [...origin.nesting, name.replace(/^\//, "")].join("/");

export function* mappingCases(recorded: RecordedModel): Iterable<Case> {
  const { file } = recorded;
  if (file.part === "B") return;
  for (const each of file.files) {
    if (each.format === null || each.read === false || !needsSource(file, each.mapping)) continue;
    yield {
      name: `${recorded.name}/${each.file} mapping`,
      group: "mapping",
      run: async () => {
        const source = await recorded.source(each.file, recorded.build());
        const arrays = new Map(source.arrays.map(({ name, array }) => [recordedName(name, source), array]));
        const rules = rulesOf(file, each.mapping, new Set(arrays.keys()));
        const lost = rules.flatMap(namesIn).find((name) => !arrays.has(name));
        if (lost !== undefined)
          throw new Failure(`the source has no "${lost}": ${[...arrays.keys()].slice(0, 3).join(", ")}`);
        check(rules, arrays, await recorded.expected());
      },
    };
  }
}

function check(
  rules: readonly Rule[],
  arrays: ReadonlyMap<string, NDArray>,
  expected: ReadonlyMap<string, NDArray>,
): void {
  const back = new Map([...arrays].map(([name, array]) => [name, np.zerosLike(array)]));
  for (const rule of rules) {
    const made = applyRule(rule, (name) => arrays.get(name));
    const want = expected.get(rule.target);
    if (want !== undefined && !isSameBits(made, want)) throw new Failure(`${rule.target} has other values`);
    if (!isLossy(rule, arrays)) placeRule(rule, (name) => back.get(name), made);
  }
  const whole = new Set(rules.filter((rule) => !isLossy(rule, arrays)).flatMap(namesIn));
  for (const name of whole) {
    if (!isSameBits(back.get(name)!, arrays.get(name)!)) throw new Failure(`"${name}" is not had back`);
  }
}
