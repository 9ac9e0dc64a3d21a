// The convolutional networks against recorded ones of torchvision, narrow and with random weights: names, outputs, what
// comes out of their parts, a recorded training, and the same initial values from the same seed.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { dtypeByName } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { read } from "../../src/files/index.ts";
import { DictValue } from "../../src/files/values.ts";
import {
  BasicBlock,
  Bottleneck,
  ConvNeXt,
  DenseNet,
  EfficientNet,
  type InvertedResidualSetting,
  type MBConvStage,
  MobileNetV2,
  MobileNetV3,
  type MobileNetV3Block,
  makeLayers,
  mobilenetV2,
  mobilenetV3Small,
  ResNet,
  resnet18,
  SqueezeExcitation,
  StochasticDepth,
  VGG,
} from "../../src/models/index.ts";
import { manualSeed, nn, noGrad, ones, optim, Tensor, zeros } from "../../src/torch/index.ts";
import { referenceFiles, referenceJson } from "../support/reference.ts";

interface RecordedArray {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: string;
}

interface Case {
  readonly target: {
    readonly state_dict: readonly { readonly name: string; readonly shape: readonly number[] }[];
  };
  readonly inputs: Readonly<Record<string, RecordedArray>>;
  readonly outputs: Readonly<Record<string, RecordedArray>>;
  readonly activations: Readonly<Record<string, RecordedArray>>;
  readonly tolerance: { readonly atol: number; readonly rtol: number };
  readonly finetune?: {
    readonly optimizer_args: { readonly lr: number; readonly momentum: number };
    readonly targets: RecordedArray;
    readonly losses: readonly number[];
    readonly final_state: string;
    readonly tolerance: { readonly losses_atol: number; readonly state_atol: number };
  };
}

type Network = ResNet | VGG | MobileNetV2 | MobileNetV3 | EfficientNet | ConvNeXt | DenseNet;

const widths = [8, 16, 32, 64] as const;

function block(
  [inputChannels, kernel, expandedChannels, outChannels]: readonly [number, number, number, number],
  useSe: boolean,
  activation: "RE" | "HS",
  stride: number,
): MobileNetV3Block {
  return { inputChannels, kernel, expandedChannels, outChannels, useSe, activation, stride };
}

const mobilenetBlocks: readonly MobileNetV3Block[] = [
  block([16, 3, 16, 16], true, "RE", 2),
  block([16, 3, 24, 16], false, "RE", 1),
  block([16, 5, 32, 24], true, "HS", 2),
  block([24, 5, 48, 24], true, "HS", 1),
];

const stage = (row: readonly [number, number, number, number, number, number]): MBConvStage => ({
  expandRatio: row[0],
  kernel: row[1],
  stride: row[2],
  inputChannels: row[3],
  outChannels: row[4],
  numLayers: row[5],
});

const mobilenetRuns: readonly InvertedResidualSetting[] = [
  [1, 8, 1, 1],
  [4, 8, 2, 2],
  [4, 16, 2, 2],
  [4, 24, 1, 2],
];

const makers = {
  mobilenetV3: () => new MobileNetV3(mobilenetBlocks, 40, { numClasses: 5 }),
  efficientnet: () =>
    new EfficientNet([stage([1, 3, 1, 8, 8, 1]), stage([4, 3, 2, 8, 16, 2]), stage([4, 5, 2, 16, 16, 1])], {
      numClasses: 5,
      lastChannel: 48,
    }),
  convnext: () =>
    new ConvNeXt(
      [
        { inputChannels: 8, outChannels: 16, numLayers: 1 },
        { inputChannels: 16, outChannels: 24, numLayers: 2 },
        { inputChannels: 24, outChannels: null, numLayers: 1 },
      ],
      { numClasses: 5, stochasticDepthProb: 0.1 },
    ),
  densenet: () =>
    new DenseNet({ growthRate: 4, blockConfig: [3, 2], numInitFeatures: 8, bnSize: 2, numClasses: 5 }),
};

const networks: Readonly<Record<string, () => Network>> = {
  "d-resnet18": () => new ResNet(BasicBlock, [2, 2, 2, 2], { numClasses: 5, widths }),
  "d-resnet-bottleneck": () => new ResNet(Bottleneck, [1, 1, 1, 1], { numClasses: 5, widths }),
  "d-vgg11": () =>
    new VGG(makeLayers([4, "M", 8, "M", 12, 12, "M", 16, 16, "M", 16, 16, "M"]), {
      numClasses: 5,
      hiddenFeatures: 24,
    }),
  "d-mobilenet-v2": () =>
    new MobileNetV2({ numClasses: 5, invertedResidualSetting: mobilenetRuns, lastChannel: 48 }),
  "d-mobilenet-v3": makers.mobilenetV3,
  "d-efficientnet": makers.efficientnet,
  "d-convnext": makers.convnext,
  "d-densenet": makers.densenet,
};

function tensorOf({ dtype, shape, data }: RecordedArray): Tensor {
  const bytes = Uint8Array.from(Buffer.from(data, "base64"));
  return new Tensor(new Storage(bytes), Layout.contiguous(dtypeByName(dtype)!, shape));
}

async function stateOf(name: string, file: string): Promise<Map<string, Tensor>> {
  const { tree } = await read(referenceFiles("models").get(`${name}/${file}`)!);
  assert.ok(tree instanceof DictValue);
  return new Map(
    [...tree].map(([key, value]) => {
      const { storage, layout } = value as unknown as Operand;
      return [String(key), new Tensor(storage, layout)];
    }),
  );
}

/** Asserts that |got - want| <= atol + rtol |want| everywhere. */
function assertClose(got: Tensor, want: Tensor, atol: number, rtol: number, what: string): void {
  assert.deepEqual(got.shape, want.shape, what);
  const excess = got.sub(want).abs().sub(want.abs().mul(rtol)).max().item() as number;
  assert.ok(excess <= atol, `${what}: off by ${excess} more than the relative tolerance`);
}

for (const [name, make] of Object.entries(networks)) {
  test(`${name}: names, outputs and what comes out of parts`, async () => {
    const recorded = referenceJson<Case>(`models/${name}/case.json`);
    const { atol, rtol } = recorded.tolerance;
    const model = make();
    const names = [...model.stateDict()].map(([key, value]) => ({ name: key, shape: [...value.shape] }));
    assert.deepEqual(
      names,
      recorded.target.state_dict.map(({ name: key, shape }) => ({ name: key, shape })),
    );
    model.loadStateDict(await stateOf(name, "model.safetensors"));
    model.eval();
    const seen = new Map<string, Tensor>();
    for (const path of Object.keys(recorded.activations)) {
      model.getSubmodule(path).registerForwardHook((_, __, output) => {
        // A later layer may work in place.
        seen.set(path, (output as Tensor).clone());
        return undefined;
      });
    }
    const output = noGrad(() => model.call(tensorOf(Object.values(recorded.inputs)[0]!)));
    assertClose(output, tensorOf(Object.values(recorded.outputs)[0]!), atol, rtol, "output");
    for (const [path, array] of Object.entries(recorded.activations)) {
      const want = tensorOf(array);
      const got = seen.get(path)!.at(`:${want.shape[0]}`);
      assertClose(got as Tensor, want, atol, rtol, path);
    }
  });
}

test("d-resnet18 learns as recorded", async () => {
  const recorded = referenceJson<Case>("models/d-resnet18/case.json");
  const { finetune } = recorded;
  assert.ok(finetune !== undefined);
  const model = networks["d-resnet18"]!();
  model.loadStateDict(await stateOf("d-resnet18", "model.safetensors"));
  model.train();
  const optimizer = new optim.SGD([...model.parameters()], finetune.optimizer_args);
  const loss = new nn.CrossEntropyLoss();
  const input = tensorOf(recorded.inputs.x!);
  const targets = tensorOf(finetune.targets);
  for (const want of finetune.losses) {
    optimizer.zeroGrad();
    const got = loss.call(model.call(input), targets);
    got.backward();
    optimizer.step();
    assert.ok(
      Math.abs((got.item() as number) - want) <= finetune.tolerance.losses_atol,
      `loss ${got.item()}`,
    );
  }
  const state = model.stateDict();
  for (const [name, want] of await stateOf("d-resnet18", finetune.final_state)) {
    if (!want.dtype.isFloatingPoint) assert.deepEqual(state.get(name)!.tolist(), want.tolist(), name);
    else assertClose(state.get(name)!, want, finetune.tolerance.state_atol, 0, name);
  }
});

const seeded: Readonly<Record<string, readonly [() => nn.Module, string]>> = {
  resnet18: [() => resnet18({ numClasses: 3 }), "1abdbc106c96d260"],
  mobilenetV2: [() => mobilenetV2({ widthMult: 0.1, numClasses: 3 }), "86f1ffff5e31afd0"],
  mobilenetV3: [makers.mobilenetV3, "4269e1906b2619ae"],
  "mobilenetV3Small, narrow, with half a tail, dilated": [
    () => mobilenetV3Small({ widthMult: 0.2, reducedTail: true, dilated: true }),
    "535ea94fc854c94e",
  ],
  efficientnet: [makers.efficientnet, "62da8cfb4b77230f"],
  convnext: [makers.convnext, "3124339f9233aa68"],
  densenet: [makers.densenet, "e3c97ed1d421288c"],
};

for (const [name, [make, hash]] of Object.entries(seeded)) {
  test(`${name} begins as in torchvision from the same seed`, () => {
    manualSeed(7);
    const state = make().stateDict();
    const digest = createHash("sha256");
    for (const tensor of state.values()) digest.update(tensor.numpy().tobytes());
    assert.equal(digest.digest("hex").slice(0, 16), hash);
  });
}

test("options that make no network are refused", () => {
  assert.throws(() => new BasicBlock(8, 8, { groups: 2 }), /only supports groups=1/);
  assert.throws(() => new BasicBlock(8, 8, { dilation: 2 }), /Dilation > 1/);
  assert.throws(() => new MobileNetV2({ invertedResidualSetting: [] }), /non-empty/);
  assert.throws(() => new MobileNetV3([], 8), /should not be empty/);
  assert.throws(() => new EfficientNet([]), /should not be empty/);
  assert.throws(() => new EfficientNet([stage([1, 3, 3, 8, 8, 1])]), /stride/);
  assert.throws(() => new ConvNeXt([]), /should not be empty/);
  assert.throws(() => new StochasticDepth(1.5), /between 0 and 1/);
});

test("a residual branch is left out for some examples in training, for none in evaluation", () => {
  manualSeed(0);
  const layer = new StochasticDepth(0.5);
  const rows = (
    layer
      .call(ones([64, 3]))
      .sum(1)
      .tolist() as number[]
  ).map((sum) => sum / 3);
  assert.deepEqual([...new Set(rows)].sort(), [0, 2]);
  layer.eval();
  assert.equal(
    layer
      .call(ones([64, 3]))
      .sum()
      .item(),
    192,
  );
});

test("zeroInitResidual makes blocks that do nothing at first; dilation keeps the size", () => {
  const options = { numClasses: 2, widths: [4, 4, 4, 4], zeroInitResidual: true } as const;
  const model = new ResNet(Bottleneck, [1, 1, 1, 1], {
    ...options,
    replaceStrideWithDilation: [false, true, true],
  });
  const silent = [...model.namedParameters()].filter(
    ([name, value]) => name.endsWith("bn3.weight") && value.sum().item() === 0,
  );
  assert.equal(silent.length, 4);
  let size: readonly number[] = [];
  model.layer4.registerForwardHook((_, __, output) => {
    size = (output as Tensor).shape;
    return undefined;
  });
  model.eval();
  noGrad(() => model.call(zeros([1, 3, 64, 64])));
  assert.deepEqual(size, [1, 16, 8, 8]);
});

test("squeeze and excitation prints and scales", () => {
  const layer = new SqueezeExcitation(4, 2);
  assert.match(String(layer), /\(scale_activation\): Sigmoid\(\)/);
  assert.deepEqual(layer.call(zeros([1, 4, 2, 2])).shape, [1, 4, 2, 2]);
});
