// seeds/claims.json: statements that people make about arrays, tensors and saved parameters, each held against what a
// program of ours shows.

import { referenceJson } from "../support/reference.ts";
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

function runClaim({ id, verdict, facts }: Claim, claims: ReadonlyMap<string, Claim>): void {
  const shown = claims.get(id);
  if (shown === undefined) throw new Failure("no program shows it");
  const found = difference({ verdict, facts }, { verdict: shown.verdict, facts: shown.facts });
  if (found !== undefined) throw new Failure(found);
}

/** The claims. */
export async function claimCases(folder: string): Promise<Case[]> {
  const { claims } = referenceJson<{ readonly claims: readonly Claim[] }>("seeds/claims.json", folder);
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
