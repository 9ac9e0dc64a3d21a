// Ports of parts A, C and D: without being told the mapping, from every file.

import type { NDArray } from "../../../src/numpy/ndarray.ts";
import { type Examination, examine } from "../../../src/port/examine.ts";
import { applyRule } from "../../../src/port/rules/apply.ts";
import { isSameBits } from "../../../src/port/rules/steps.ts";
import { type Case, Failure } from "../suite.ts";
import type { RecordedModel } from "./case.ts";

/** The entries that an examination would fill, as arrays. */
export function filledBy(examination: Examination): Map<string, NDArray> {
  const arrays = new Map(examination.source.arrays.map(({ name, array }) => [name, array]));
  return new Map(examination.rules.map((rule) => [rule.target, applyRule(rule, (name) => arrays.get(name))]));
}

/** What was recorded, as the doctor takes it. */
export const pairOf = (recorded: RecordedModel): NonNullable<Parameters<typeof examine>[2]>["recorded"] => ({
  inputs: recorded.inputs(),
  outputs: recorded.outputs(),
  activations: recorded.activations(),
  ...recorded.file.tolerance,
});

/** @throws Failure where the model cannot be filled */
export function checkLoads({ problems, missing }: Examination): void {
  if (problems.length > 0) throw new Failure(`refused: ${problems.slice(0, 3).join("; ")}`);
  if (missing.length > 0) throw new Failure(`missing: ${missing.slice(0, 5).join(", ")}`);
}

/** @throws Failure where something right is called wrong, or doubted */
export function checkNothingWrong({ findings, judgements }: Examination): void {
  const wrong = judgements.filter(({ verdict }) => verdict === "wrong");
  if (wrong.length > 0)
    throw new Failure(`called wrong: ${wrong.map(({ parameter }) => parameter).join(", ")}`);
  const doubt = findings.find(({ severity }) => severity === "mistake" || severity === "suspicion");
  if (doubt !== undefined) throw new Failure(`${doubt.severity} reported: ${doubt.kind}: ${doubt.text}`);
}

/** @throws Failure where an entry that outputs depend on is not the true one */
export async function checkValues(recorded: RecordedModel, examination: Examination): Promise<void> {
  const filled = filledBy(examination);
  const hidden = new Set(recorded.file.not_visible_in_outputs ?? []);
  const right = new Set(
    examination.judgements.filter(({ verdict }) => verdict === "right").map(({ parameter }) => parameter),
  );
  for (const [name, want] of await recorded.expected()) {
    const got = filled.get(name);
    if (got === undefined || isSameBits(got, want)) continue;
    if (right.has(name)) throw new Failure(`${name} is called right and has other values`);
    if (!hidden.has(name)) throw new Failure(`${name} has other values than expected`);
  }
}

export function* portCases(recorded: RecordedModel): Iterable<Case> {
  for (const { file, format, read } of recorded.file.files) {
    if (format === null || read === false) continue;
    yield {
      name: `${recorded.name}/${file} unproved`,
      group: "unproved",
      run: async () => {
        const module = recorded.build();
        const source = await recorded.source(file, module);
        const examination = examine(module, source, { inputs: recorded.inputs() });
        checkLoads(examination);
        checkNothingWrong(examination);
        const right = examination.judgements.filter(({ verdict }) => verdict === "right");
        if (right.length > 0) await checkValues(recorded, examination);
      },
    };
    yield {
      name: `${recorded.name}/${file} proved`,
      group: "proved",
      run: async () => {
        const module = recorded.build();
        const source = await recorded.source(file, module);
        const examination = examine(module, source, { recorded: pairOf(recorded)! });
        checkLoads(examination);
        if (!examination.proof!.holds) {
          throw new Failure(`outputs differ by ${examination.proof!.comparison.absolute}`);
        }
        checkNothingWrong(examination);
        await checkValues(recorded, examination);
      },
    };
  }
}
