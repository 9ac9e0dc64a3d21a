// `np.testing`: what failed assertions say (the recorded cases hold the rest), and errors named by class or by name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PythonError, ValueError } from "../../src/core/errors.ts";
import { collectWarnings } from "../../src/core/warnings.ts";
import * as np from "../../src/numpy/index.ts";

test("assertAllclose says which elements differ, and how far", () => {
  const actual = np.array([1, 2.5, 3], "float32");
  np.testing.assertAllclose(actual, actual);
  np.testing.assertAllclose(actual, [1, 2, 3], { atol: 0.5 });
  assert.throws(() => np.testing.assertAllclose(actual, [1, 2, 3], { errMsg: "layer 1" }), {
    name: "AssertionError",
    message:
      "\nNot equal to tolerance rtol=1e-07, atol=0\nlayer 1\nMismatched elements: 1 / 3 (33.3%)\n" +
      "Mismatch at index:\n [1]: 2.5 (ACTUAL), 2 (DESIRED)\n" +
      "Max absolute difference among violations: 0.5\nMax relative difference among violations: 0.25\n" +
      " ACTUAL: array([1. , 2.5, 3. ], dtype=float32)\n DESIRED: array([1, 2, 3])",
  });
});

test("assertEqual goes into lists and objects, and names the place", () => {
  np.testing.assertEqual({ w: [1, np.nan] }, { w: [1, np.nan] });
  assert.throws(() => np.testing.assertEqual({ w: [1, 2] }, { w: [1, 3] }), {
    name: "AssertionError",
    message: "\nItems are not equal:\nitem=1\nkey='w'\n\n ACTUAL: 2\n DESIRED: 3",
  });
});

test("assertRaises takes a name or a class, with their parents", () => {
  const reshape = (): unknown => np.arange(4).reshape(3, 3);
  np.testing.assertRaises("ValueError", reshape);
  np.testing.assertRaises(ValueError, reshape);
  np.testing.assertRaises(PythonError, reshape);
  np.testing.assertRaises("IndexError", () => np.sum([1], { axis: 3 }));
  np.testing.assertRaisesRegex("ValueError", /cannot reshape/, reshape);
  assert.throws(() => np.testing.assertRaises("ValueError", () => 1), {
    name: "AssertionError",
    message: "ValueError not raised by <lambda>",
  });
  assert.throws(() => np.testing.assertRaises("KeyError", reshape), { name: "ValueError" });
});

test("assertWarns gives what the call gives, and hands other warnings on", () => {
  const { result, warnings } = collectWarnings(() =>
    np.testing.assertWarns("RuntimeWarning", () => np.log(np.array([0]))),
  );
  assert.deepEqual(result.tolist(), [Number.NEGATIVE_INFINITY]);
  assert.deepEqual(
    warnings.map(({ category }) => category),
    ["DeprecationWarning"],
  );
  assert.throws(() => np.testing.assertNoWarnings(() => np.log(np.array([0]))), { name: "AssertionError" });
});
