// What arrays tell of themselves: values that cannot be, types that round, copies, biases that show an order.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { float16, float64, int8 } from "../../src/core/dtype.ts";
import * as np from "../../src/numpy/index.ts";
import type { NDArray } from "../../src/numpy/ndarray.ts";
import { examine } from "../../src/port/examine.ts";
import type { Finding } from "../../src/port/finding.ts";
import { judges } from "../../src/port/judge/judge.ts";
import { measure } from "../../src/port/judge/statistics.ts";
import { applySteps } from "../../src/port/rules/steps.ts";
import { sourceOf } from "../../src/port/source.ts";
import { manualSeed, nn, rand, randn } from "../../src/torch/index.ts";

/** Normally distributed numbers, the same ones each time. */
const normal = (seed: number, shape: number[], scale = 0.1): NDArray => {
  manualSeed(seed);
  return randn(shape).mul(scale).numpy().astype("float64") as NDArray;
};
const single = (array: NDArray): NDArray => array.astype("float32") as NDArray;

function weights(): Record<string, NDArray> {
  return {
    "0.weight": single(normal(1, [8, 16])),
    "0.bias": single(normal(2, [8])),
    "2.weight": single(normal(3, [8, 8])),
    "2.bias": single(normal(4, [8])),
    "4.weight": single(normal(5, [8, 8])),
    "4.bias": single(normal(6, [8])),
  };
}

const net = (): nn.Module =>
  new nn.Sequential(
    new nn.Linear(16, 8),
    new nn.ReLU(),
    new nn.Linear(8, 8),
    new nn.ReLU(),
    new nn.Linear(8, 8),
  );

function findings(module: nn.Module, arrays: Record<string, NDArray>): readonly Finding[] {
  return examine(module, sourceOf(arrays, 3)).findings;
}
const about = (found: readonly Finding[], kind: string): Finding => {
  const finding = found.find((each) => each.kind === kind);
  assert.ok(finding, `${kind} is found; found: ${found.map((each) => each.kind).join(", ")}`);
  return finding;
};
const changed = (change: (arrays: Record<string, NDArray>) => void): readonly Finding[] => {
  const arrays = weights();
  change(arrays);
  return findings(net(), arrays);
};

describe("judges of values", () => {
  it("find nothing in ordinary weights", () => {
    assert.deepEqual(findings(net(), weights()), []);
  });

  it("say where NaN and infinities are", () => {
    const found = changed((arrays) => {
      arrays["0.weight"]!.set([3, 5], Number.NaN);
      arrays["2.bias"]!.set([4], Number.NEGATIVE_INFINITY);
    });
    const nan = about(found, "not a number");
    assert.deepEqual(nan.parameters, ["0.weight"]);
    assert.match(nan.text, /1 NaN among 128 numbers, at \[3, 5\]/);
    const infinity = about(found, "infinite");
    assert.deepEqual(infinity.parameters, ["2.bias"]);
    assert.match(infinity.text, /at \[4\]/);
    assert.equal(found.length, 2);
  });

  it("know a place in a column-major array", () => {
    const array = np.asfortranarray(single(normal(1, [4, 6])));
    array.set([2, 5], Number.NaN);
    assert.deepEqual(measure(array).firstNan, [2, 5]);
    assert.deepEqual(measure(array.at("1:", "::-1")).firstNan, [1, 0]);
  });

  it("name weights of zeros, of one number, and rows of zeros", () => {
    const found = changed((arrays) => {
      arrays["0.weight"]!.set("...", 0);
      arrays["2.weight"]!.set("...", 0.5);
      arrays["4.weight"]!.set([2], 0);
      arrays["4.bias"]!.set("...", 0);
    });
    assert.deepEqual(about(found, "zero").parameters, ["0.weight"]);
    assert.equal(about(found, "constant").severity, "suspicion");
    const dead = about(found, "dead channels");
    assert.equal(dead.severity, "note");
    assert.match(dead.text, /1 of the 8 rows .*\(2\)/);
    assert.equal(found.length, 3);
  });

  it("name a copied layer, and no layer that shares an array", () => {
    const found = changed((arrays) => {
      arrays["4.weight"] = arrays["2.weight"]!.copy() as NDArray;
      arrays["4.bias"] = arrays["2.bias"]!.copy() as NDArray;
    });
    assert.deepEqual(about(found, "duplicated").parameters, ["4.weight", "4.bias"]);
    assert.equal(about(found, "duplicated").severity, "mistake");
    const onlyWeight = changed((arrays) => {
      arrays["4.weight"] = arrays["2.weight"]!.copy() as NDArray;
    });
    assert.deepEqual(onlyWeight, []);
  });

  it("suspect weights that are as they began", () => {
    const uniform = (seed: number, shape: [number, number]): NDArray => {
      const bound = Math.sqrt(6 / (shape[0] + shape[1]));
      manualSeed(seed);
      return rand(shape)
        .mul(2 * bound)
        .sub(bound)
        .numpy();
    };
    const found = findings(new nn.Sequential(new nn.Linear(16, 12), new nn.Linear(12, 10)), {
      "0.weight": uniform(1, [12, 16]),
      "0.bias": np.zeros([12], { dtype: "float32" }),
      "1.weight": uniform(2, [10, 12]),
      "1.bias": np.zeros([10], { dtype: "float32" }),
    });
    assert.equal(about(found, "not trained").severity, "suspicion");
  });
});

describe("judges of types", () => {
  const all = (type: string) => (arrays: Record<string, NDArray>) => {
    for (const [name, array] of Object.entries(arrays)) arrays[name] = array.astype(type) as NDArray;
  };

  it("note a type with fewer digits, and one with more", () => {
    const half = about(changed(all(float16.name)), "dtype");
    assert.equal(half.severity, "note");
    assert.equal(half.parameters.length, 6);
    assert.match(half.text, /float16.*0\.00049/);
    assert.match(about(changed(all(float64.name)), "dtype").text, /loses nothing/);
    const rounded = changed((arrays) => {
      arrays["0.weight"] = np.divide(normal(1, [8, 16]), 3) as NDArray;
    });
    assert.match(about(rounded, "dtype").text, /\d+ of 128 numbers are rounded/);
  });

  it("name integers that stand for numbers", () => {
    const found = changed((arrays) => {
      const scaled = np.multiply(arrays["0.weight"]!, 200) as NDArray;
      arrays["0.weight"] = scaled.astype(int8.name) as NDArray;
    });
    const quantised = about(found, "quantised");
    assert.deepEqual(quantised.parameters, ["0.weight"]);
    assert.match(quantised.text, /no scale beside it/);
    assert.equal(quantised.isRepaired, false);
  });

  for (const shape of [[], [8], [8, 1]]) {
    it(`multiply integers by a scale of shape [${shape.join(", ")}]`, () => {
      const arrays = weights();
      arrays["0.weight"] = (np.multiply(arrays["0.weight"]!, 200) as NDArray).astype("int8") as NDArray;
      arrays["0.weight_scale"] = np.full(shape, 0.005, { dtype: "float32" });
      const examination = examine(net(), sourceOf(arrays, 3));
      assert.deepEqual(examination.problems, []);
      assert.deepEqual(examination.missing, []);
      assert.equal(about(examination.findings, "quantised").isRepaired, true);
      const rule = examination.rules.find(({ target }) => target === "0.weight");
      assert.equal(rule?.combine?.op, "product");
    });
  }

  for (const type of ["float16", "float32", "float64"]) {
    it(`turn the bytes of ${type} round`, () => {
      const arrays = weights();
      const whole = new Map(
        Object.entries(arrays).map(([name, array]) => [name, array.astype(type) as NDArray]),
      );
      const swapped = Object.fromEntries(
        [...whole].map(([name, array]) => [name, applySteps(array, [{ op: "byteswap" }])]),
      );
      const examination = examine(net(), sourceOf(swapped, 3));
      const finding = about(examination.findings, "byte order");
      assert.deepEqual([...finding.parameters].sort(), Object.keys(arrays).sort());
      assert.equal(finding.isRepaired, true);
      assert.ok(examination.rules.every(({ from }) => from[0]?.ops?.[0]?.op === "byteswap"));
      assert.ok(!examination.findings.some(({ kind }) => kind === "not a number"));
    });
  }

  it("leave numbers alone that decayed towards zero", () => {
    const found = changed((arrays) => {
      const array = arrays["2.weight"]!;
      for (let i = 0; i < 8; i++) array.set([i], np.multiply(array.at(i), 10 ** (-4 * i)) as NDArray);
    });
    assert.deepEqual(found, []);
  });
});

describe("judges of layers", () => {
  it("exchange a mean and a variance where the variance is negative", () => {
    const module = new nn.BatchNorm1d(8);
    const arrays = {
      weight: np.ones([8], { dtype: "float32" }),
      bias: np.zeros([8], { dtype: "float32" }),
      running_mean: single(np.abs(normal(1, [8])) as NDArray),
      running_var: single(normal(2, [8])),
    };
    const examination = examine(module, sourceOf(arrays, 1));
    assert.equal(about(examination.findings, "mean and variance swapped").isRepaired, true);
    const rule = examination.rules.find(({ target }) => target === "running_var");
    assert.equal(rule?.from[0]?.name, "running_mean");
    const both = { ...arrays, running_mean: single(normal(3, [8])) };
    const finding = about(examine(module, sourceOf(both, 1)).findings, "negative variance");
    assert.deepEqual(finding.parameters, ["running_var"]);
  });

  const lstm = (bias: readonly number[], isTwice = false): readonly Finding[] => {
    const spread = [0.05, 0.05, 0.4, 0.05];
    const ih = np.concatenate(
      bias.map((mean, i) => single(np.add(normal(i, [16], spread[i]!), mean) as NDArray)),
    );
    return findings(new nn.LSTM(4, 16), {
      weight_ih_l0: single(normal(11, [64, 4])),
      weight_hh_l0: single(normal(12, [64, 16])),
      bias_ih_l0: ih,
      bias_hh_l0: isTwice ? (ih.copy() as NDArray) : single(normal(13, [64], 0.02)),
    });
  };

  it("see by the biases that gates are in another order", () => {
    assert.deepEqual(lstm([0.3, 1, 0, 0.9]), []);
    const found = lstm([0, 0.9, 1.2, 0.3]);
    const finding = about(found, "gate order");
    assert.equal(finding.severity, "suspicion");
    assert.equal(finding.parameters.length, 4);
  });

  it("suspect a bias that is there twice", () => {
    assert.deepEqual(about(lstm([0.3, 1, 0, 0.9], true), "bias counted twice").parameters, [
      "bias_ih_l0",
      "bias_hh_l0",
    ]);
  });

  it("say what they look for and where that is from", () => {
    for (const { name, source } of judges) assert.ok(name.length > 2 && source.length > 10);
  });
});
