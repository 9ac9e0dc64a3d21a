// Nineteen statements about arrays, layouts and weights that people make, each decided by a program.

import type { Claim, ClaimResult } from "./claim.ts";
import { conversionClaims } from "./conversion.ts";
import { layoutClaims } from "./layout.ts";
import { loadingClaims } from "./loading.ts";

export type { Claim, ClaimResult, Fact, Facts } from "./claim.ts";

/** The statements, in the order in which a course would take them. */
export const claims: readonly Claim[] = [...layoutClaims, ...loadingClaims, ...conversionClaims];

/** Tries every statement. */
export function runClaims(): ClaimResult[] {
  return claims.map(({ id, statement, why, run, holds }) => {
    const facts = run();
    return { id, statement, verdict: holds(facts) ? "true" : "false", why, facts };
  });
}
