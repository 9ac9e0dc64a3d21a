// The Python that recorded cases are run with: what its own values give, as CPython prints it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { programScope, run } from "./conformance/python/execute.ts";
import { repr } from "./conformance/python/format.ts";
import { camelCase } from "./conformance/python/host.ts";
import { parse } from "./conformance/python/parse.ts";

const results: readonly (readonly [source: string, result: string])[] = [
  ["1 + 2 * 3", "7"],
  ["-2 ** 2", "-4"],
  ["2 ** -1", "0.5"],
  ["2 ** 3 ** 2", "512"],
  ["2**63, -2**63 - 1", "(9223372036854775808, -9223372036854775809)"],
  ["7 // 2, -7 // 2, 7 % 3, -7 % 3", "(3, -4, 1, 2)"],
  ["7.5 // 2, 1 / 4, 2.0", "(3.0, 0.25, 2.0)"],
  ["1e300, 1e-7, -0.0, float('-inf')", "(1e+300, 1e-07, -0.0, -inf)"],
  ["1 + 2j, -2j, complex(0, 1)", "((1+2j), (-0-2j), 1j)"],
  ["(1,), (), 1, 2", "((1,), (), 1, 2)"],
  ["[1, 2.0, 'it\\'s', None, True]", '[1, 2.0, "it\'s", None, True]'],
  ["{'a': 1, 'b': [1, 2]}", "{'a': 1, 'b': [1, 2]}"],
  ["[1, 2, 3][::-1], (1, 2, 3)[1:], [1, 2, 3][-1]", "([3, 2, 1], (2, 3), 3)"],
  ["1 < 2 < 3, 3 > 2 > 2, not 1 == 2, 1 in [1, 2]", "(True, False, True, True)"],
  ["1 if 0 else 2", "2"],
  ["True and 0 or 5", "5"],
  ["[i * j for i in range(3) for j in range(2) if i != j]", "[0, 0, 0, 2]"],
  ["{k: v for k, v in {'a': 1}.items()}", "{'a': 1}"],
  ["[*range(3), 4]", "[0, 1, 2, 4]"],
  ["(lambda a, b=2: a + b)(1)", "3"],
  ["a, (b, c) = 1, (2, 3); [a, b, c]", "[1, 2, 3]"],
  ["a = b = 3; a + b", "6"],
  ["x = [1, 2, 3]; x[1] = 5; x += [4]; x", "[1, 5, 3, 4]"],
  ["x = {'a': 1}; del x['a']; x", "{}"],
  ["'%.2f|%s|%r' % (1.5, [1], 'x')", "\"1.50|[1]|'x'\""],
  ["f'{1 + 1}-{2.5:.3f}-{\"q\"}'", "'2-2.500-q'"],
  ["b'ab\\x00'", "b'ab\\x00'"],
  ["s = 0\nfor i in range(4):\n    s += i\ns", "6"],
  ["def f(n):\n    if n < 2:\n        return 1\n    return n * f(n - 1)\n\nf(5)", "120"],
  [
    "class A(object):\n    def __init__(self, n):\n        self.n = n\n    def go(self, k):\n        return self.n + k\nA(3).go(4)",
    "7",
  ],
];

for (const [source, result] of results) {
  test(`Python: ${JSON.stringify(source)}`, () => {
    assert.equal(repr(run(source, programScope([]))), result);
  });
}

test("Python: names become camelCase, but for what stands at their ends", () => {
  assert.deepEqual(
    [
      "as_strided",
      "requires_grad_",
      "channels_last_3d",
      "_is_view",
      "atleast_1d",
      "mT",
      "CrossEntropyLoss",
    ].map(camelCase),
    ["asStrided", "requiresGrad_", "channelsLast3d", "_isView", "atleast1d", "mT", "CrossEntropyLoss"],
  );
});

test("Python: what is no Python is refused", () => {
  for (const source of ["1 +", "x = ", "f(1", "for i in", "if 1:\n2"])
    assert.throws(() => parse(source), SyntaxError);
});
