// Which matcher is taken: the one whose rules fit, of those the one with the most confidence; and none is asked in vain.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as np from "../../src/numpy/index.ts";
import { bestMatching } from "../../src/port/match/choose.ts";
import { matchers } from "../../src/port/match/matchers.ts";
import { sourceOf } from "../../src/port/source.ts";
import { modelOf } from "../../src/port/target.ts";
import { nn } from "../../src/torch/index.ts";

const model = modelOf(new nn.Sequential(new nn.Linear(3, 5), new nn.Linear(5, 2)));
const zeros = (...shape: number[]): np.NDArray => np.zeros(shape, { dtype: "float32" });

test("no matcher has more confidence than it says", () => {
  const named = {
    "0.weight": zeros(5, 3),
    "0.bias": zeros(5),
    "1.weight": zeros(2, 5),
    "1.bias": zeros(2),
  };
  const sources = [
    named,
    {
      "dense/kernel": zeros(3, 5),
      "dense/bias": zeros(5),
      "dense_1/kernel": zeros(5, 2),
      "dense_1/bias": zeros(2),
    },
    { w1: zeros(3, 5), b1: zeros(5), w2: zeros(5, 2), b2: zeros(2) },
    Object.values(named),
  ].map((each) => sourceOf(each, 2));
  for (const source of sources) {
    for (const matcher of matchers) {
      const { confidence = 0 } = matcher.recognise(source, model) ?? {};
      assert.ok(confidence <= (matcher.most ?? 1), `${matcher.name}: ${confidence}`);
    }
  }
});

test("where all names are the model's, no matcher with less confidence is asked", (context) => {
  const source = sourceOf(
    { "0.weight": zeros(5, 3), "0.bias": zeros(5), "1.weight": zeros(2, 5), "1.bias": zeros(2) },
    2,
  );
  const dialects = matchers.find(({ name }) => name === "dialects")!;
  const { mock } = context.mock.method(dialects, "recognise");
  assert.equal(bestMatching(source, model).matcher.name, "torch");
  assert.equal(mock.callCount(), 0);
});

test("a layout that is asked for is taken whatever speaks for it; another name is refused", () => {
  const source = sourceOf({ w1: zeros(3, 5), b1: zeros(5), w2: zeros(5, 2), b2: zeros(2) }, 2);
  assert.equal(bestMatching(source, model, "sklearn").matcher.name, "sklearn");
  assert.throws(
    () => bestMatching(source, model, "caffe"),
    /there is no layout "caffe"; there are flax, keras/,
  );
});
