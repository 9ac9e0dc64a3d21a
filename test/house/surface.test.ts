// What is public: every name of the two faces is PyTorch's or NumPy's own in camelCase, or stands here with a reason.
// Python's names were listed once, by scripts/python-names.py.

import assert from "node:assert/strict";
import { test } from "node:test";
import { camelCase } from "../conformance/python/host.ts";
import { notHerePage } from "./not-here.ts";
import { textOf } from "./sources.ts";
import { surfaces } from "./surfaces.ts";

const python = JSON.parse(textOf("test/reference/names.json")) as {
  readonly names: Readonly<Record<string, string>>;
};

/** Every name as Python has it and as the API rule makes it. */
function namesOf(place: string): Set<string> {
  const names = python.names[place]!.split(" ");
  return new Set(names.flatMap((name) => [name, camelCase(name)]));
}

test("the lists of Python's names are there", () => {
  assert.ok(namesOf("torch").has("logSoftmax"));
  assert.ok(namesOf("numpy.ndarray").has("argsort"));
  assert.ok(!namesOf("torch.Tensor").has("cat"));
});

for (const { python: place, ours, additions } of surfaces) {
  const names = Object.keys(ours);
  const known = namesOf(place);

  test(`${place}: every name is Python's, or an addition with a reason`, () => {
    assert.ok(names.length > 0);
    assert.deepEqual(
      names.filter((name) => !known.has(name) && !(name in additions)),
      [],
    );
  });

  test(`${place}: every addition is there, and is not Python's`, () => {
    assert.deepEqual(
      Object.keys(additions).filter((name) => known.has(name) || !names.includes(name)),
      [],
    );
  });
}

test("docs/not-here.md is what the lists of names say (`npm run docs` writes it)", () => {
  assert.equal(textOf("docs/not-here.md"), notHerePage());
});
