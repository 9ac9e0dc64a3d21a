// The convolutional networks at full size: how many entries their state dicts have, how many parameters, and which names
// and shapes, as torchvision 0.28 has them. Recorded from it as the first 16 hexadecimal digits of the SHA-256 of the
// lines "name [shape]".

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import * as models from "../../src/models/index.ts";
import { type nn, Tensor } from "../../src/torch/index.ts";

const recorded: Readonly<Record<string, readonly [entries: number, parameters: number, names: string]>> = {
  resnet50: [320, 25557032, "45c8e0b2d327f1cd"],
  mobilenetV3Large: [312, 5483032, "dcd929075d7ba21f"],
  efficientnetB0: [360, 5288548, "1e1b1b0d5263f19c"],
  convnextTiny: [182, 28589128, "a79f56461a2cd188"],
  densenet121: [727, 7978856, "590913c7c269d76d"],
  vgg16Bn: [97, 138365992, "11ff9ae742d7a8eb"],
  resnext50_32x4d: [320, 25028904, "6561e4d9c861504c"],
  mobilenetV2: [314, 3504872, "a954cb034076b47d"],
  mobilenetV3Small: [244, 2542856, "35d37abdb2f5f397"],
  resnet18: [122, 11689512, "02568eab318c210f"],
  resnet34: [218, 21797672, "bf4f10c2aed38014"],
  resnet101: [626, 44549160, "b10771e22bd494eb"],
  resnet152: [932, 60192808, "07011cff596aabda"],
  wideResnet50_2: [320, 68883240, "6a467a5f730dafe6"],
  wideResnet101_2: [626, 126886696, "477110aef5a4c1e8"],
  resnext101_32x8d: [626, 88791336, "96a53e750c740858"],
  resnext101_64x4d: [626, 83455272, "8f9f7fe6ecd0f5d9"],
  vgg11: [22, 132863336, "1373d2f6ee3af54d"],
  vgg11Bn: [62, 132868840, "95fe7e52ce3f0292"],
  vgg13: [26, 133047848, "7c37c33088c92533"],
  vgg13Bn: [76, 133053736, "0c100fd373b8d044"],
  vgg16: [32, 138357544, "e0f24b3678fcfb4f"],
  vgg19: [38, 143667240, "ba440b05e9aebbcc"],
  vgg19Bn: [118, 143678248, "8dc4cc2ec562d349"],
  densenet161: [967, 28681000, "671422c9d2827509"],
  densenet169: [1015, 14149480, "9bb538d1069ae3e1"],
  densenet201: [1207, 20013928, "96e9e0cb01c3f281"],
  convnextSmall: [344, 50223688, "2da797cc8eb416fb"],
  convnextBase: [344, 88591464, "687130642d1f7f41"],
  convnextLarge: [344, 197767336, "0163c15d3eb9e503"],
  efficientnetB1: [508, 7794184, "4c285aee7693f065"],
  efficientnetB2: [508, 9109994, "af83cd011617f8ff"],
  efficientnetB3: [574, 12233232, "f01f6fd6b2fdab95"],
  efficientnetB4: [706, 19341616, "e7eb0b8d170c4977"],
  efficientnetB5: [854, 30389784, "ac6171102df72497"],
  efficientnetB6: [986, 43040704, "9ad6b04955b7caa7"],
  efficientnetB7: [1200, 66347960, "eb9a93531b74e78b"],
};

for (const [name, [entries, parameters, names]] of Object.entries(recorded)) {
  test(`${name} has torchvision's state dict`, ({ mock }) => {
    // Names and shapes need no initial values, which take their time at this size.
    for (const draw of ["uniform_", "normal_"] as const) {
      mock.method(Tensor.prototype, draw, function (this: Tensor) {
        return this;
      });
    }
    const make = (models as unknown as Record<string, () => nn.Module>)[name]!;
    const model = make();
    const state = [...model.stateDict()].map(([key, value]) => `${key} [${value.shape.join(", ")}]\n`);
    assert.equal(state.length, entries);
    const count = [...model.parameters()].reduce((sum, { layout }) => sum + layout.size, 0);
    assert.equal(count, parameters);
    assert.equal(createHash("sha256").update(state.join("")).digest("hex").slice(0, 16), names);
  });
}
