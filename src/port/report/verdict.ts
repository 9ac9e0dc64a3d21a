// The verdict on a whole port, from what the examination found.

import { countText, smallText } from "../../core/words.ts";
import type { Examination } from "../examine.ts";
import type { Finding } from "../finding.ts";

/**
 * What a port is: `right`, the outputs are the recorded ones; `wrong`, they are not, or something is wrong that nothing
 * makes good; `undecidable`, everything fits and nothing proves it; `refused`, the model cannot hold the weights.
 */
export type PortVerdict = "right" | "wrong" | "undecidable" | "refused";

const isMistake = ({ severity }: Finding): boolean => severity === "mistake";

/** Mistakes that the plan does not make good. */
function remainingMistakes({ findings }: Examination): Finding[] {
  return findings.filter((finding) => isMistake(finding) && !finding.isRepaired);
}

/** The verdict on all parameters together. */
export function portVerdict(examination: Examination): PortVerdict {
  const { problems, proof } = examination;
  if (problems.length > 0 || unfilled(examination).length > 0) return "refused";
  if (proof?.holds === false || remainingMistakes(examination).length > 0) return "wrong";
  return proof === undefined ? "undecidable" : "right";
}

/** Entries that nothing fills though they matter. */
const unfilled = ({ missing }: Examination): readonly string[] => missing;

/** The verdict in a sentence, with what it rests on. */
export function verdictSentence(examination: Examination): string {
  return sentences[portVerdict(examination)](examination);
}

const sentences: Readonly<Record<PortVerdict, (examination: Examination) => string>> = {
  right: ({ proof, findings }) => {
    const repaired = findings.filter((finding) => isMistake(finding) && finding.isRepaired).length;
    const made = repaired === 0 ? "" : `, with ${countText(repaired, "mistake")} made good`;
    const unseen = proof!.unseen.length;
    const hidden = unseen === 0 ? "" : ` On ${countText(unseen, "parameter")} these outputs do not depend.`;
    return `Proved: the model gives the recorded outputs, at most ${smallText(proof!.comparison.absolute)} apart${made}.${hidden}`;
  },
  wrong: (examination) => {
    const { proof } = examination;
    const mistakes = remainingMistakes(examination);
    if (proof?.holds === false) {
      const tried = proof.tried <= 1 ? "" : `, and none of ${proof.tried} changes explains it`;
      return `Wrong: the outputs are up to ${smallText(proof.comparison.absolute)} from the recorded ones${tried}.`;
    }
    return `Wrong: ${countText(mistakes.length, "mistake")} that nothing makes good (${[...new Set(mistakes.map(({ kind }) => kind))].join(", ")}).`;
  },
  undecidable: ({ findings }) => {
    const doubts = findings.filter(({ severity }) => severity === "suspicion").length;
    const about = doubts === 0 ? "" : ` There ${doubts === 1 ? "is 1 doubt" : `are ${doubts} doubts`}.`;
    return `Everything fits, and nothing proves it: a recorded input and output would.${about}`;
  },
  refused: ({ problems, missing }) => {
    const reasons = problems.length > 0 ? problems.length : missing.length;
    const what =
      problems.length > 0 ? countText(reasons, "reason") : `nothing fills ${countText(reasons, "parameter")}`;
    return `Refused: the model cannot hold these weights (${what}), and nothing was loaded.`;
  },
};
