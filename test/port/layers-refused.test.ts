// Weights of other libraries: what is said of what does not fit, and of what is not known.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { examine } from "../../src/port/examine.ts";
import { nn, zeros } from "../../src/torch/index.ts";
import { sequential, sourceWith, textsOf } from "../support/layer-sources.ts";

describe("what does not fit, and what is not known", () => {
  const cell = {
    "gru/gru_cell/kernel": [3, 12],
    "gru/gru_cell/recurrent_kernel": [4, 12],
    "gru/gru_cell/bias": [12],
  };

  it("a GRU with reset_after=False is refused for nn.GRU, with the reason", () => {
    const { problems } = examine(sequential(new nn.GRU(3, 4)), sourceWith(cell));
    assert.match(problems.join(), /reset_after=False.*No weights make them the same/);
  });

  it("a module that can hold it takes it", () => {
    class Cell extends nn.Module {
      constructor() {
        super();
        this.registerParameter("weight_ih", new nn.Parameter(zeros([12, 3])));
        this.registerParameter("weight_hh", new nn.Parameter(zeros([12, 4])));
        this.registerParameter("bias", new nn.Parameter(zeros([12])));
      }
    }
    const found = examine(new Cell(), sourceWith(cell));
    assert.equal(textsOf(found).bias, 'gru/gru_cell/bias.gates("zrh" to "rzh", 0)');
    assert.deepEqual(
      found.alternatives.map(({ kind }) => kind),
      ["gate order"],
    );
  });

  it("another size is refused, and the nearest layer named", () => {
    const { problems } = examine(
      sequential(new nn.Conv2d(3, 4, 3)),
      sourceWith({ "conv2d/kernel": [3, 3, 3, 5], "conv2d/bias": [5] }),
    );
    assert.match(problems.join(), /expected weight \[4, 3, 3, 3\].*"conv2d": kernel \[3, 3, 3, 5\]/);
  });

  const cnn = (): nn.Module => sequential(new nn.Conv2d(1, 2, 2), new nn.Flatten(), new nn.Linear(8, 3));
  const cnnShapes = {
    "conv2d/kernel": [2, 2, 1, 2],
    "conv2d/bias": [2],
    "dense/kernel": [8, 3],
    "dense/bias": [3],
  };

  it("without an example input a flattening is not known, and that is said", () => {
    const { findings } = examine(cnn(), sourceWith(cnnShapes));
    const doubt = findings.filter(({ severity }) => severity === "suspicion");
    assert.deepEqual(
      doubt.map(({ kind, parameters }) => [kind, parameters]),
      [["flatten order", ["2.weight"]]],
    );
  });

  it("with one it is made good, in norms of the vector too", () => {
    const found = examine(cnn(), sourceWith(cnnShapes), { inputs: [zeros([1, 1, 3, 3])] });
    assert.equal(
      textsOf(found)["2.weight"],
      "dense/kernel.reshape(2, 2, 2, 3).transpose(3, 2, 0, 1).reshape(3, 8)",
    );
    const norm = sequential(new nn.Flatten(), new nn.LayerNorm([8]));
    const vector = examine(norm, sourceWith({ "ln/gamma": [8], "ln/beta": [8] }), {
      inputs: [zeros([1, 2, 2, 2])],
    });
    assert.equal(textsOf(vector)["1.weight"], "ln/gamma.reshape(2, 2, 2).transpose(2, 0, 1).reshape(8)");
  });

  it("a list is cut into layers by what the modules can hold", () => {
    const list = { arr_0: [2, 2, 1, 2], arr_1: [2], arr_2: [8, 3], arr_3: [3] };
    const found = examine(cnn(), sourceWith(list), { inputs: [zeros([1, 1, 3, 3])] });
    assert.equal(found.layout.name, "keras");
    assert.match(textsOf(found)["2.weight"]!, /^arr_2\.reshape/);
    const more = examine(cnn(), sourceWith({ ...list, arr_4: [3] }), { layout: "keras" });
    assert.match(more.problems.join(), /no list of the model's layers/);
  });
});
