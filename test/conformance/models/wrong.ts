// Part B: mistakes made on purpose. What names, shapes, types, values or statistics prove is named without the recorded
// pair; what only running shows is called undecidable without it, and found and repaired with it.

import { type Examination, examine } from "../../../src/port/examine.ts";
import type { Finding } from "../../../src/port/finding.ts";
import { type Case, Failure } from "../suite.ts";
import type { Mistake, RecordedModel } from "./case.ts";
import { checkNothingWrong, checkValues, pairOf } from "./port.ts";

/** Mistakes that running alone shows. */
const isHidden = ({ known_from }: Mistake): boolean => known_from === "io";

/** Kinds that leave a parameter's values as they should be, once it is found. */
const matching = new Set([
  "prefix",
  "renamed",
  "nested",
  "spare",
  "missing",
  "dtype",
  "parametrised",
  "split",
  // A row of numbers says nothing of its order: the same file is right in part A.
  "split at the wrong place",
  "flattened in the other order",
]);

const listText = (names: Iterable<string>): string => [...names].slice(0, 6).join(", ");

/**
 * True iff the findings are about all that the mistake is about. Spare arrays are none of the model's, so that no entry
 * can be named for them.
 */
function covers(found: readonly Finding[], { kind, parameters }: Mistake): boolean {
  const names = new Set(found.flatMap((finding) => finding.parameters));
  return kind === "spare" || parameters.every((name) => names.has(name));
}

function named(examination: Examination, mistake: Mistake): boolean {
  const alike = examination.findings.filter(
    ({ kind, severity }) => kind === mistake.kind && severity !== "suspicion",
  );
  return alike.length > 0 && covers(alike, mistake);
}

/** @throws Failure where a wrong parameter is called right, or a right one wrong */
function checkVerdicts(recorded: RecordedModel, examination: Examination): void {
  const { mistakes } = recorded.file.truth!;
  const wrong = new Set(
    mistakes.filter(({ kind }) => !matching.has(kind)).flatMap(({ parameters }) => parameters),
  );
  const isMissing = new Set(
    mistakes.filter(({ kind }) => kind === "missing").flatMap(({ parameters }) => parameters),
  );
  const any = new Set(mistakes.flatMap(({ parameters }) => parameters));
  for (const { parameter, verdict } of examination.judgements) {
    if (verdict === "right" && (wrong.has(parameter) || isMissing.has(parameter))) {
      throw new Failure(`${parameter} is wrong and called right`);
    }
    if (verdict === "wrong" && !any.has(parameter))
      throw new Failure(`${parameter} is right and called wrong`);
  }
}

function checkUnproved(recorded: RecordedModel, examination: Examination): void {
  const truth = recorded.file.truth!;
  if (truth.right) {
    checkNothingWrong(examination);
    return;
  }
  checkVerdicts(recorded, examination);
  for (const mistake of truth.mistakes) {
    if (isHidden(mistake)) {
      const verdicts = examination.judgements.filter(({ parameter }) =>
        mistake.parameters.includes(parameter),
      );
      const called = verdicts.find(({ verdict }) => verdict === "right");
      if (called !== undefined) throw new Failure(`${called.parameter} is called right without a proof`);
      const doubts = examination.findings.filter(
        ({ severity, parameters }) =>
          severity === "suspicion" && parameters.some((name) => mistake.parameters.includes(name)),
      );
      const odd = doubts.find(({ kind }) => kind !== mistake.kind);
      if (odd !== undefined) throw new Failure(`warned of "${odd.kind}" where it is "${mistake.kind}"`);
    } else if (!named(examination, mistake)) {
      const found = examination.findings.map(({ kind, parameters }) => `${kind} (${listText(parameters)})`);
      throw new Failure(
        `"${mistake.kind}" of ${listText(mistake.parameters)} is not named; found: ${listText(found)}`,
      );
    }
  }
}

async function checkProved(recorded: RecordedModel, examination: Examination): Promise<void> {
  const truth = recorded.file.truth!;
  const { proof, findings } = examination;
  checkVerdicts(recorded, examination);
  if (truth.right) checkNothingWrong(examination);
  if (truth.repair === "impossible") {
    if (proof?.holds === true) throw new Failure("what cannot be repaired is called proved");
    const isSaid = findings.some(({ severity, isRepaired }) => severity === "mistake" && !isRepaired);
    if (!isSaid) throw new Failure("it is not said that nothing repairs it");
    return;
  }
  if (examination.problems.length > 0 || examination.missing.length > 0) {
    throw new Failure(`refused: ${listText([...examination.problems, ...examination.missing])}`);
  }
  // Float64 that single precision holds comes out as it was; what was rounded once stays so.
  const isRounded =
    truth.repair_gives !== "the very same weights" &&
    truth.mistakes.some(({ known_from }) => known_from === "dtype");
  // What the truth itself says no reordering explains need only be said.
  const isBeyond = truth.mistakes.some(({ kind }) => kind === "standard deviation for variance");
  if (proof?.holds !== true) {
    if (isRounded || isBeyond) return;
    throw new Failure(`not repaired: outputs differ by ${proof?.comparison.absolute}`);
  }
  for (const mistake of truth.mistakes.filter(isHidden)) {
    if (!named(examination, mistake)) {
      const found = findings.map(({ kind, parameters }) => `${kind} (${listText(parameters)})`);
      throw new Failure(
        `"${mistake.kind}" of ${listText(mistake.parameters)} is not named; found: ${listText(found)}`,
      );
    }
  }
  // A repair may give the same function by other numbers: one bias for the sum of two.
  const isSame = truth.repair_gives === undefined || truth.repair_gives === "the very same weights";
  if (isSame && !isRounded) await checkValues(recorded, examination);
}

/** Kinds of repairs that a refusal offers. */
function proposedKinds({ problems, missing, findings }: Examination): string[] {
  if (problems.length === 0 && missing.length === 0) return [];
  return findings
    .filter(({ repair, isRepaired }) => repair !== undefined && !isRepaired)
    .map(({ kind }) => kind);
}

export function* wrongCases(recorded: RecordedModel): Iterable<Case> {
  for (const { file, format } of recorded.file.files) {
    if (format === null) continue;
    yield {
      name: `${recorded.name}/${file} unproved`,
      group: "wrong, unproved",
      run: async () => {
        const module = recorded.build();
        const source = await recorded.source(file, module);
        checkUnproved(recorded, examine(module, source, { inputs: recorded.inputs() }));
      },
    };
    yield {
      name: `${recorded.name}/${file} proved`,
      group: "wrong, proved",
      run: async () => {
        const module = recorded.build();
        const source = await recorded.source(file, module);
        const pair = pairOf(recorded)!;
        const examination = examine(module, source, { recorded: pair });
        const asked = proposedKinds(examination);
        // What loses numbers or makes some up is refused until it is asked for, and is then right.
        await checkProved(
          recorded,
          asked.length === 0 || recorded.file.truth!.repair === "impossible"
            ? examination
            : examine(module, source, { recorded: pair, allow: asked }),
        );
      },
    };
  }
}
