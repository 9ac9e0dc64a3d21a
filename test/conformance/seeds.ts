// seeds/claims.json: statements that people make about arrays, tensors and saved parameters, each held against what a
// program of ours shows.

import { hasReferenceFile, referenceJson } from "../support/reference.ts";
import { difference, type Json } from "./json.ts";
import { type Case, Failure } from "./suite.ts";

interface Claim {
  readonly id: string;
  readonly verdict: string;
  readonly facts: Json;
}

/** Where the programs are. Not a constant, so that the suite can say of each claim that they are missing. */
const programs = "../../src/claims/index.ts";

async function shownClaims(): Promise<ReadonlyMap<string, Claim>> {
  const { runClaims } = (await import(programs)) as {
    runClaims: () => readonly Claim[] | Promise<readonly Claim[]>;
  };
  return new Map((await runClaims()).map((claim) => [claim.id, claim]));
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

function runClaim({ id, verdict, facts }: Claim, claims: ReadonlyMap<string, Claim>): void {
  const shown = claims.get(id);
  if (shown === undefined) throw new Failure("no program shows it");
  const found = difference(
    { verdict, facts },
    { verdict: shown.verdict, facts: settled(facts, shown.facts) },
  );
  if (found !== undefined) throw new Failure(found);
}

/** The claims. */
export async function claimCases(folder: string): Promise<Case[]> {
  const path = "seeds/claims.json";
  if (!hasReferenceFile(path, folder)) return [];
  const { claims } = referenceJson<{ readonly claims: readonly Claim[] }>(path, folder);
  let shown: ReadonlyMap<string, Claim> = new Map();
  let problem: unknown;
  try {
    shown = await shownClaims();
  } catch (error) {
    problem = error;
  }
  return claims.map((claim) => ({
    name: `seeds/claims.json ${claim.id}`,
    group: "claims",
    run: () => {
      if (problem !== undefined) throw new Failure(`the programs did not run: ${String(problem)}`);
      runClaim(claim, shown);
    },
  }));
}
