// What is left when arrays and entries are paired: entries without an array, arrays without an entry.

import { shapeText } from "../../core/words.ts";
import type { Finding } from "../finding.ts";
import type { Proposal } from "../matching.ts";
import type { Rule } from "../rules/rule.ts";
import type { Source } from "../source.ts";
import type { Model, Target } from "../target.ts";
import { listText } from "./fitting.ts";
import { isHarmless } from "./harmless.ts";

/** Arrays that files hold beside weights, each with what it is. They are made again by the model, or only count. */
const spareKinds: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/(^|[./])num_batches_tracked$/, "counts of batches"],
  [/(^|[./])(position_ids|token_type_ids|relative_position_index)$/, "tables of positions"],
  [/(^|[./])(inv_freq|rotary_emb\.[a-z_]+)$/, "tables of rotary angles"],
  [/(^|[./])(masked_bias|attn\.bias|causal_mask)$/, "attention masks"],
  [/(^|[./])total_(ops|params)$/, "a profiler's counts"],
  [/(^|[./])n_averaged$/, "the count of an average"],
];

/** The arrays that nothing takes: those that are known to do no harm, and the others. */
export function spareArrays(unused: readonly string[]): { harmless: string[]; others: string[] } {
  const isKnown = (name: string): boolean => spareKinds.some(([pattern]) => pattern.test(name));
  return { harmless: unused.filter(isKnown), others: unused.filter((name) => !isKnown(name)) };
}

/** What is said of arrays that nothing takes. */
export function spareFindings(unused: readonly string[]): Finding[] {
  if (unused.length === 0) return [];
  const { harmless, others } = spareArrays(unused);
  const kinds = spareKinds.filter(([pattern]) => harmless.some((name) => pattern.test(name)));
  const known =
    harmless.length === 0
      ? ""
      : ` ${listText(harmless)} ${harmless.length === 1 ? "is" : "are"} harmless (${kinds.map(([, what]) => what).join(", ")}).`;
  const rest =
    others.length === 0
      ? ""
      : ` The model has no entry for ${listText(others)}: parts of a larger model, or of another one.`;
  return [
    {
      kind: "spare",
      parameters: [],
      severity: "note",
      evidence: "names",
      text: `${unused.length} ${unused.length === 1 ? "array is" : "arrays are"} not used.${known}${rest}`,
      isRepaired: false,
    },
  ];
}

/** Entries that no rule fills, and that matter. */
export function missingTargets(model: Model, filled: ReadonlySet<string>): Target[] {
  const tied = new Set(
    model.targets.flatMap(({ name, tiedTo }) => (tiedTo !== undefined && filled.has(name) ? [tiedTo] : [])),
  );
  const all = new Set([...filled, ...tied]);
  return model.targets.filter((target) => !all.has(target.name) && !isHarmless(target, all));
}

/** Files of a set that an index names and that hold what is missing. */
function absentFiles({ origin, arrays }: Source, missing: readonly Target[]): string[] {
  const given = new Set(arrays.map(({ name }) => name));
  const files = missing.flatMap(({ name }) => {
    const file = given.has(name) ? undefined : origin.weightMap?.get(name);
    return typeof file === "string" ? [file] : [];
  });
  return [...new Set(files)];
}

const isBias = ({ role }: Target): boolean => role.startsWith("bias") || role.endsWith("bias");

/** Zeros for biases that are missing, where nothing else is. */
export function missingProposals(model: Model, filled: ReadonlySet<string>): Proposal[] {
  const missing = missingTargets(model, filled);
  if (missing.length === 0 || !missing.every(isBias)) return [];
  const rules = missing.map(
    ({ name, tensor }): Rule => ({
      target: name,
      from: [],
      ops: [{ op: "fill", shape: [...tensor.shape], value: 0, dtype: tensor.dtype.name }],
      kind: "fill",
    }),
  );
  return [{ kind: "missing", rules }];
}

/** What is said of entries without an array. */
export function missingFindings(source: Source, model: Model, filled: ReadonlySet<string>): Finding[] {
  const missing = missingTargets(model, filled);
  const counters = model.targets.filter(
    (target) => target.role === "num_batches_tracked" && !filled.has(target.name),
  );
  const findings: Finding[] = [];
  if (counters.length > 0) {
    const names = counters.map(({ name }) => name);
    findings.push({
      kind: "missing",
      parameters: names,
      severity: "note",
      evidence: "names",
      text: `${listText(names)} ${names.length === 1 ? "is" : "are"} missing: harmless, it counts training steps and no output depends on it.`,
      isRepaired: true,
    });
  }
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name);
    const files = absentFiles(source, missing);
    const where =
      files.length === 0 ? "" : ` The index says that they lie in ${listText(files)}, which is not there.`;
    const biases = missing.every(isBias);
    const count = model.targets.length - missing.length - counters.length;
    findings.push({
      kind: "missing",
      parameters: names,
      severity: "mistake",
      evidence: "names",
      text: `${missing.length} of ${model.targets.length} entries have no array: ${listText(missing.map(({ name, tensor }) => `${name} ${shapeText(tensor.shape)}`))}; ${count} fit.${where}`,
      ...(biases ? { repair: 'zeros in their place (ask for it: allow "missing")' } : {}),
      isRepaired: false,
    });
  }
  return findings;
}
