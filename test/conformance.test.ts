// The recorded cases that the project keeps, as a test: none may fail.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runCases } from "./conformance/suite.ts";
import { suites } from "./conformance/suites.ts";
import { referenceFolder } from "./support/reference.ts";

for (const [name, suite] of Object.entries(suites)) {
  test(`recorded cases: ${name}`, () => {
    const { passed, failed } = runCases(suite(referenceFolder));
    const examples = failed.slice(0, 10).map((miss) => `${miss.name}: ${miss.reason}`);
    assert.equal(failed.length, 0, `${failed.length} failed, among them\n${examples.join("\n")}`);
    assert.ok(passed > 0);
  });
}
