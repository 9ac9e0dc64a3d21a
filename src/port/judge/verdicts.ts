// The verdict on every parameter, from what was found and what was proved. Without a recorded output nothing is called
// right: names and shapes that fit, and values that are possible, are what a silent mistake has too.

import type { Finding, Judgement } from "../finding.ts";
import type { Proof } from "../prove/prove.ts";
import type { Model } from "../target.ts";

const settle = "a recorded input and output";

/** The verdicts, in the order of the state dict. */
export function judgements(
  model: Model,
  findings: readonly Finding[],
  proof: Proof | undefined,
): Judgement[] {
  const unseen = new Map(proof?.unseen.map(({ parameter, text }) => [parameter, text]));
  return model.targets.map(({ name }) => {
    const about = findings.filter(({ parameters }) => parameters.includes(name));
    const isProved = proof?.holds === true && !unseen.has(name);
    // Outputs that are right without a repair show that what looked like a mistake is none.
    const mistakes = about.filter(
      ({ severity, isRepaired }) => severity === "mistake" && (isRepaired || !isProved),
    );
    const suspicions = about.filter(({ severity }) => severity === "suspicion");
    const reasons = about.map(({ evidence, text }) => ({ evidence, text }));
    if (mistakes.length > 0) {
      const isRepaired = mistakes.every((each) => each.isRepaired);
      return { parameter: name, verdict: "wrong", confidence: 1, reasons, isRepaired };
    }
    if (isProved) {
      reasons.push({ evidence: "io", text: "the outputs are the recorded ones, and they depend on it" });
      return { parameter: name, verdict: "right", confidence: 1, reasons, isRepaired: false };
    }
    const hidden = unseen.get(name);
    if (hidden !== undefined) reasons.push({ evidence: "io", text: hidden });
    const settles = suspicions.find((each) => each.settle !== undefined)?.settle ?? settle;
    return {
      parameter: name,
      verdict: "undecidable",
      confidence: suspicions.length > 0 ? 0.2 : 0.5,
      reasons,
      settle: hidden === undefined ? settles : "an input whose output depends on it",
      isRepaired: false,
    };
  });
}
