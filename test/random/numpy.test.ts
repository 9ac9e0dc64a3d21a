// The streams, seeds, engines and refusals of numpy.random as recorded from NumPy: every recorded case.

import assert from "node:assert/strict";
import { test } from "node:test";
import { numpyRandomCases } from "../conformance/random/numpy.ts";
import { runCases } from "../conformance/suite.ts";
import { referenceFolder } from "../support/reference.ts";

test("every recorded case of numpy.random", async () => {
  const { passed, failed, notCovered } = await runCases(numpyRandomCases(referenceFolder));
  assert.ok(passed >= 900, `${passed} cases passed`);
  assert.deepEqual([failed, notCovered], [[], []]);
});
