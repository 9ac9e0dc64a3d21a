// Weights of Keras, Flax and scikit-learn: which rule each kind of layer gets, that it can be taken back, and what
// a configuration tells.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as np from "../../src/numpy/index.ts";
import { type Examination, examine } from "../../src/port/examine.ts";
import { applyRule, placeRule, ruleText } from "../../src/port/rules/apply.ts";
import { isSameBits } from "../../src/port/rules/steps.ts";
import type { Source } from "../../src/port/source.ts";
import { nn, type Tensor, zeros } from "../../src/torch/index.ts";
import { type Shapes, sequential, sourceWith, textsOf } from "../support/layer-sources.ts";

/** Rules that make nothing up are taken back to the arrays they were made from. */
function checkInverse({ rules, source }: Examination): void {
  const arrays = new Map(source.arrays.map(({ name, array }) => [name, array]));
  for (const rule of rules) {
    const changes = [...(rule.ops ?? []), ...rule.from.flatMap(({ ops }) => ops ?? [])];
    if (rule.from.length === 0 || changes.some(({ op }) => op === "mul" || op === "index")) continue;
    const back = new Map(rule.from.map(({ name }) => [name, np.zerosLike(arrays.get(name)!)]));
    placeRule(
      rule,
      (name) => back.get(name),
      applyRule(rule, (name) => arrays.get(name)),
    );
    for (const [name, array] of back) assert.ok(isSameBits(array, arrays.get(name)!), ruleText(rule));
  }
}

/** A module of one's own with those children. */
class Own extends nn.Module {
  constructor(children: Readonly<Record<string, nn.Module>>) {
    super();
    for (const [name, child] of Object.entries(children)) this.registerModule(name, child);
  }
}

interface Kind {
  readonly name: string;
  readonly layout: "keras" | "flax" | "sklearn";
  readonly shapes: Shapes;
  readonly module: () => nn.Module;
  readonly rules: Readonly<Record<string, string>>;
}

const kinds: readonly Kind[] = [
  {
    name: "Dense",
    layout: "keras",
    shapes: { "hidden/kernel": [4, 3], "hidden/bias": [3] },
    module: () => sequential(new nn.Linear(4, 3)),
    rules: { "0.weight": "hidden/kernel.transpose(1, 0)", "0.bias": "hidden/bias" },
  },
  {
    name: "square Dense layers in order",
    layout: "keras",
    shapes: { "dense/kernel": [3, 3], "dense_1/kernel": [3, 3] },
    module: () => sequential(new nn.Linear(3, 3, false), new nn.Linear(3, 3, false)),
    rules: { "0.weight": "dense/kernel.transpose(1, 0)", "1.weight": "dense_1/kernel.transpose(1, 0)" },
  },
  {
    name: "Conv2D in groups",
    layout: "keras",
    shapes: { "conv2d/kernel": [3, 2, 2, 6] },
    module: () => sequential(new nn.Conv2d(4, 6, [3, 2], { groups: 2, bias: false })),
    rules: { "0.weight": "conv2d/kernel.transpose(3, 2, 0, 1)" },
  },
  {
    name: "DepthwiseConv2D",
    layout: "keras",
    shapes: { "depthwise_conv2d/kernel": [3, 3, 3, 3] },
    module: () => sequential(new nn.Conv2d(3, 9, 3, { groups: 3, bias: false })),
    rules: { "0.weight": "depthwise_conv2d/kernel.transpose(2, 3, 0, 1).reshape(9, 1, 3, 3)" },
  },
  {
    name: "SeparableConv2D",
    layout: "keras",
    shapes: {
      "s/depthwise_kernel": [3, 3, 3, 2],
      "s/pointwise_kernel": [1, 1, 6, 5],
      "s/bias": [5],
    },
    module: () => sequential(new nn.Conv2d(3, 6, 3, { groups: 3, bias: false }), new nn.Conv2d(6, 5, 1)),
    rules: {
      "0.weight": "s/depthwise_kernel.transpose(2, 3, 0, 1).reshape(6, 1, 3, 3)",
      "1.weight": "s/pointwise_kernel.transpose(3, 2, 0, 1)",
      "1.bias": "s/bias",
    },
  },
  {
    name: "Conv2DTranspose",
    layout: "keras",
    shapes: { "conv2d_transpose/kernel": [2, 2, 3, 3] },
    module: () => sequential(new nn.ConvTranspose2d(3, 3, 2, { bias: false })),
    rules: { "0.weight": "conv2d_transpose/kernel.transpose(3, 2, 0, 1)" },
  },
  {
    name: "Flax ConvTranspose",
    layout: "flax",
    shapes: { "params/ConvTranspose_0/kernel": [2, 2, 3, 3] },
    module: () => sequential(new nn.ConvTranspose2d(3, 3, 2, { bias: false })),
    rules: { "0.weight": "params/ConvTranspose_0/kernel[::-1, ::-1].transpose(2, 3, 0, 1)" },
  },
  {
    name: "BatchNormalization without scale",
    layout: "keras",
    shapes: { "bn/beta": [4], "bn/moving_mean": [4], "bn/moving_variance": [4] },
    module: () => sequential(new nn.BatchNorm1d(4)),
    rules: {
      "0.weight": 'full((4), 1, "float32")',
      "0.bias": "bn/beta",
      "0.running_mean": "bn/moving_mean",
      "0.running_var": "bn/moving_variance",
      "0.num_batches_tracked": 'full((), 0, "int64")',
    },
  },
  {
    name: "Flax BatchNorm",
    layout: "flax",
    shapes: {
      "params/BatchNorm_0/scale": [4],
      "params/BatchNorm_0/bias": [4],
      "batch_stats/BatchNorm_0/mean": [4],
      "batch_stats/BatchNorm_0/var": [4],
    },
    module: () => sequential(new nn.BatchNorm1d(4)),
    rules: {
      "0.weight": "params/BatchNorm_0/scale",
      "0.bias": "params/BatchNorm_0/bias",
      "0.running_mean": "batch_stats/BatchNorm_0/mean",
      "0.running_var": "batch_stats/BatchNorm_0/var",
      "0.num_batches_tracked": 'full((), 0, "int64")',
    },
  },
  {
    name: "GRU",
    layout: "keras",
    shapes: {
      "gru/gru_cell/kernel": [3, 12],
      "gru/gru_cell/recurrent_kernel": [4, 12],
      "gru/gru_cell/bias": [2, 12],
    },
    module: () => sequential(new nn.GRU(3, 4)),
    rules: {
      "0.weight_ih_l0": 'gru/gru_cell/kernel.transpose(1, 0).gates("zrh" to "rzh", 0)',
      "0.weight_hh_l0": 'gru/gru_cell/recurrent_kernel.transpose(1, 0).gates("zrh" to "rzh", 0)',
      "0.bias_ih_l0": 'gru/gru_cell/bias[0].gates("zrh" to "rzh", 0)',
      "0.bias_hh_l0": 'gru/gru_cell/bias[1].gates("zrh" to "rzh", 0)',
    },
  },
  {
    name: "Flax GRU",
    layout: "flax",
    shapes: Object.fromEntries(
      ["ir", "iz", "in", "hr", "hz", "hn"].flatMap((gate): [string, number[]][] => [
        [`params/GRUCell_0/${gate}/kernel`, [gate.startsWith("i") ? 3 : 2, 2]],
        ...(gate === "hr" || gate === "hz"
          ? []
          : [[`params/GRUCell_0/${gate}/bias`, [2]] as [string, number[]]]),
      ]),
    ),
    module: () => sequential(new nn.GRU(3, 2)),
    rules: {
      "0.weight_ih_l0":
        "concat([params/GRUCell_0/ir/kernel.transpose(1, 0), params/GRUCell_0/iz/kernel.transpose(1, 0), params/GRUCell_0/in/kernel.transpose(1, 0)], axis=0)",
      "0.weight_hh_l0":
        "concat([params/GRUCell_0/hr/kernel.transpose(1, 0), params/GRUCell_0/hz/kernel.transpose(1, 0), params/GRUCell_0/hn/kernel.transpose(1, 0)], axis=0)",
      "0.bias_ih_l0":
        "concat([params/GRUCell_0/ir/bias, params/GRUCell_0/iz/bias, params/GRUCell_0/in/bias], axis=0)",
      "0.bias_hh_l0":
        "concat([params/GRUCell_0/hn/bias * 0, params/GRUCell_0/hn/bias * 0, params/GRUCell_0/hn/bias], axis=0)",
    },
  },
  {
    name: "attention as Linear layers, by name",
    layout: "keras",
    shapes: Object.fromEntries(
      ["query", "key", "value", "attention_output"].map((role) => [
        `mha/${role}/kernel`,
        role === "attention_output" ? [2, 4, 8] : [8, 2, 4],
      ]),
    ),
    module: () =>
      new Own(
        Object.fromEntries(
          ["k_proj", "v_proj", "q_proj", "out_proj"].map((name) => [name, new nn.Linear(8, 8, false)]),
        ),
      ),
    rules: {
      "k_proj.weight": "mha/key/kernel.reshape(8, 8).transpose(1, 0)",
      "v_proj.weight": "mha/value/kernel.reshape(8, 8).transpose(1, 0)",
      "q_proj.weight": "mha/query/kernel.reshape(8, 8).transpose(1, 0)",
      "out_proj.weight": "mha/attention_output/kernel.reshape(8, 8).transpose(1, 0)",
    },
  },
  {
    name: "a stack of layers",
    layout: "flax",
    shapes: { "params/layers/kernel": [2, 5, 5], "params/head/kernel": [5, 3] },
    module: () =>
      new Own({
        layers: new nn.ModuleList([new nn.Linear(5, 5, false), new nn.Linear(5, 5, false)]),
        head: new nn.Linear(5, 3, false),
      }),
    rules: {
      "layers.0.weight": "params/layers/kernel[0].transpose(1, 0)",
      "layers.1.weight": "params/layers/kernel[1].transpose(1, 0)",
      "head.weight": "params/head/kernel.transpose(1, 0)",
    },
  },
  {
    name: "coefs_ and intercepts_",
    layout: "sklearn",
    shapes: { coefs_0: [4, 4], coefs_1: [4, 2], intercepts_0: [4], intercepts_1: [2] },
    module: () => sequential(new nn.Linear(4, 4), new nn.Linear(4, 2)),
    rules: {
      "0.weight": "coefs_0.transpose(1, 0)",
      "0.bias": "intercepts_0",
      "1.weight": "coefs_1.transpose(1, 0)",
      "1.bias": "intercepts_1",
    },
  },
  {
    name: "coef_ is not transposed",
    layout: "sklearn",
    shapes: { coef_: [3, 3], intercept_: [3] },
    module: () => sequential(new nn.Linear(3, 3)),
    rules: { "0.weight": "coef_", "0.bias": "intercept_" },
  },
];

describe("kinds of layers", () => {
  for (const { name, layout, shapes, module, rules } of kinds) {
    it(name, () => {
      const found = examine(module(), sourceWith(shapes));
      assert.equal(found.layout.name, layout);
      assert.deepEqual(textsOf(found), rules);
      assert.deepEqual([found.problems, found.missing, found.unused], [[], [], []]);
      const doubts = found.findings.filter(
        ({ severity }) => severity === "mistake" || severity === "suspicion",
      );
      assert.deepEqual(doubts, []);
      checkInverse(found);
    });
  }
});

/** A .keras of layers with those settings, fed as `inbound` says, and its arrays. */
function kerasSource(
  layers: readonly {
    name: string;
    className: string;
    settings?: object;
    built?: readonly (number | null)[];
    inbound?: readonly string[];
  }[],
  shapes: Shapes,
  className = "Sequential",
): Source {
  const config = {
    class_name: className,
    config: {
      layers: layers.map(({ name, className: own, settings, built, inbound }) => ({
        class_name: own,
        name,
        config: { name, ...settings },
        build_config: built === undefined ? null : { input_shape: built },
        inbound_nodes: [
          { args: (inbound ?? []).map((from) => ({ config: { keras_history: [from, 0, 0] } })) },
        ],
      })),
    },
  };
  const weights = layers.map(({ name, className: own }) => ({
    name,
    className: own,
    weights: Object.keys(shapes)
      .filter((each) => each.startsWith(`${name}/`))
      .map((each): [string, string] => [each, each]),
  }));
  return sourceWith(shapes, {
    format: "keras",
    nesting: [],
    layers: weights,
    metadata: new Map([["config", JSON.stringify(config)]]),
  });
}

describe("what a configuration tells", () => {
  it("layers of equal shapes go where they are called, not where they were made", () => {
    class Backwards extends nn.Module {
      readonly last: nn.Linear = new nn.Linear(4, 4, false);
      readonly first: nn.Linear = new nn.Linear(4, 4, false);
      override forward(x: Tensor): Tensor {
        return this.last.call(this.first.call(x));
      }
    }
    const layers = [
      { name: "input_layer", className: "InputLayer" },
      { name: "dense_1", className: "Dense", inbound: ["input_layer"] },
      { name: "dense", className: "Dense", inbound: ["dense_1"] },
    ];
    const source = kerasSource(layers, { "dense_1/kernel": [4, 4], "dense/kernel": [4, 4] }, "Functional");
    const found = examine(new Backwards(), source, { inputs: [zeros([1, 4])] });
    assert.deepEqual(textsOf(found), {
      "first.weight": "dense_1/kernel.transpose(1, 0)",
      "last.weight": "dense/kernel.transpose(1, 0)",
    });
    assert.deepEqual(
      found.alternatives.map(({ kind }) => kind),
      ["layers swapped"],
    );
  });

  it("what feeds what tells towers apart", () => {
    class Towers extends nn.Module {
      readonly a1: nn.Linear = new nn.Linear(4, 4, false);
      readonly a2: nn.Linear = new nn.Linear(4, 4, false);
      readonly b1: nn.Linear = new nn.Linear(4, 4, false);
      readonly b2: nn.Linear = new nn.Linear(4, 4, false);
      override forward(x: Tensor): Tensor {
        const left = this.a2.call(this.a1.call(x).relu());
        return left.add(this.b2.call(this.b1.call(x).tanh()));
      }
    }
    const inbound = { w: ["x"], y: ["x"], z: ["w"], v: ["y"] };
    const layers = [
      { name: "x", className: "InputLayer" },
      ...Object.entries(inbound).map(([name, from]) => ({ name, className: "Dense", inbound: from })),
    ];
    const shapes = Object.fromEntries(Object.keys(inbound).map((name) => [`${name}/kernel`, [4, 4]]));
    const found = examine(new Towers(), kerasSource(layers, shapes, "Functional"), {
      inputs: [zeros([1, 4])],
    });
    const names = found.rules.map(({ target, from }) => `${target[0]}${target[1]} ${from[0]!.name[0]}`);
    assert.deepEqual(names.toSorted(), ["a1 w", "a2 z", "b1 y", "b2 v"]);
  });

  it("settings that the model has otherwise are mistakes", () => {
    const layers = [
      {
        name: "conv2d",
        className: "Conv2D",
        settings: { padding: "same", kernel_size: [3, 3], strides: [2, 2] },
        built: [null, 8, 8, 2],
      },
      { name: "bn", className: "BatchNormalization", settings: { epsilon: 0.001, momentum: 0.99 } },
      { name: "leaky", className: "LeakyReLU", settings: { negative_slope: 0.3 } },
    ];
    const shapes = {
      "conv2d/kernel": [3, 3, 2, 4],
      "conv2d/bias": [4],
      "bn/gamma": [4],
      "bn/beta": [4],
      "bn/moving_mean": [4],
      "bn/moving_variance": [4],
    };
    const wrong = sequential(
      new nn.Conv2d(2, 4, 3, { stride: 2, padding: 1 }),
      new nn.BatchNorm2d(4),
      new nn.LeakyReLU(),
    );
    const settings = examine(wrong, kerasSource(layers, shapes)).findings.filter(
      ({ kind }) => kind === "setting",
    );
    const told = settings.map(({ parameters, severity, repair }) => [parameters[0], severity, repair]);
    assert.deepEqual(told.toSorted(), [
      ["0", "mistake", "padding 0, and a nn.ZeroPad2d before it that pads the end"],
      ["1", "mistake", "eps: 1e-3"],
      ["1", "note", "momentum: 0.01"],
      ["2", "mistake", "negativeSlope: 0.3"],
    ]);
    const right = sequential(
      new nn.ZeroPad2d([0, 1, 0, 1]),
      new nn.Conv2d(2, 4, 3, { stride: 2 }),
      new nn.BatchNorm2d(4, { eps: 1e-3, momentum: 0.01 }),
      new nn.LeakyReLU(0.3),
    );
    const none = examine(right, kerasSource(layers, shapes)).findings.filter(
      ({ kind }) => kind === "setting",
    );
    assert.deepEqual(none, []);
  });
});
