// seeds/claims.json: statements that people make about arrays, tensors and saved parameters, each held against what a
// program of ours shows.

import { claims as programs } from "../../src/claims/index.ts";
import { hasReferenceFile, referenceJson } from "../support/reference.ts";
import { difference, type Json } from "./json.ts";
import { type Case, Failure } from "./suite.ts";

interface Claim {
  readonly id: string;
  readonly verdict: string;
  readonly facts: Json;
}

/** What float32 results may differ by: torch.testing's own defaults. */
const tolerance: { readonly relative: number; readonly absolute: number } = {
  relative: 1.3e-6,
  absolute: 1e-5,
};

interface ArrayFact {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: string;
}

const isFloats = (fact: Json | undefined): fact is Json & ArrayFact =>
  typeof fact === "object" && fact !== null && "data" in fact && "dtype" in fact && fact.dtype === "float32";

function floatsOf({ data }: ArrayFact): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(data, "base64")).buffer);
}

/** The facts shown, with float32 arrays that are within the tolerance of the recorded ones as these are. */
function settled(expected: Json, actual: Json): Json {
  if (typeof expected !== "object" || expected === null || Array.isArray(expected)) return actual;
  if (isFloats(expected)) return isFloats(actual) && isClose(expected, actual) ? expected : actual;
  if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return actual;
  const recorded = expected as { readonly [key: string]: Json };
  return Object.fromEntries(
    Object.entries(actual).map(([key, value]) => [
      key,
      key in recorded ? settled(recorded[key]!, value) : value,
    ]),
  );
}

function isClose(expected: ArrayFact, actual: ArrayFact): boolean {
  const [want, got] = [floatsOf(expected), floatsOf(actual)];
  return (
    expected.shape.join() === actual.shape.join() &&
    want.every(
      (value, i) => Math.abs(got[i]! - value) <= tolerance.absolute + tolerance.relative * Math.abs(value),
    )
  );
}

function runClaim({ id, verdict, facts }: Claim): void {
  const program = programs.find((each) => each.id === id);
  if (program === undefined) throw new Failure("no program shows it");
  const shown = program.run();
  const found = difference(
    { verdict, facts },
    { verdict: program.holds(shown) ? "true" : "false", facts: settled(facts, shown) },
  );
  if (found !== undefined) throw new Failure(found);
}

/** The claims. */
export function* claimCases(folder: string): Iterable<Case> {
  const path = "seeds/claims.json";
  if (!hasReferenceFile(path, folder)) return;
  const { claims } = referenceJson<{ readonly claims: readonly Claim[] }>(path, folder);
  for (const claim of claims)
    yield { name: `${path} ${claim.id}`, group: "claims", run: () => runClaim(claim) };
}
