// Every operation is something in ONNX, or it is written why it is not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lowerings, withoutLowering } from "../../src/lowering/index.ts";
import { operations } from "../../src/ops/index.ts";

test("every operation has a lowering or a reason, and none has both", () => {
  const names = Object.values(operations).map(({ name }) => name);
  const lowered = new Set(Object.keys(lowerings));
  const reasoned = new Set(Object.keys(withoutLowering));
  assert.deepEqual(
    names.filter((name) => !lowered.has(name) && !reasoned.has(name)),
    [],
  );
  assert.deepEqual(
    [...reasoned].filter((name) => !names.includes(name)),
    [],
  );
  assert.deepEqual(
    [...reasoned].filter((name) => lowered.has(name)),
    [],
    "have both",
  );
  for (const reason of Object.values(withoutLowering)) assert.notEqual(reason, "");
});
