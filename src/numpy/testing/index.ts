// `numpy.testing`: assertions with NumPy's own messages, for tests of what was ported.

export {
  assertAllclose,
  assertArrayAlmostEqual,
  assertArrayAlmostEqualNulp,
  assertArrayEqual,
  assertArrayLess,
  assertArrayMaxUlp,
} from "./arrays.ts";
export {
  assertNoWarnings,
  assertRaises,
  assertRaisesRegex,
  assertWarns,
  type ErrorKind,
} from "./raising.ts";
export { assert_, assertAlmostEqual, assertApproxEqual, assertEqual, assertStringEqual } from "./values.ts";
