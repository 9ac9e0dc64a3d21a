// Compiled models on onnxruntime-web, in a page and in Node: how far what they give is from what they give uncompiled.

import { compile } from "weightbridge/compile";
import * as torch from "weightbridge/torch";
import { digitsNetwork } from "../../examples/page/digits.mjs";

const { nn } = torch;

/** A small network of convolutions, from a seed. */
function network() {
  torch.manualSeed(1);
  return new nn.Sequential(
    new nn.Conv2d(3, 8, 3, { padding: 1 }),
    new nn.BatchNorm2d(8),
    new nn.ReLU(),
    new nn.Conv2d(8, 12, 3, { stride: 2 }),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(588, 10),
  ).eval();
}

/** A layer of a transformer, from a seed. */
function encoderLayer() {
  torch.manualSeed(2);
  return new nn.TransformerEncoderLayer(32, 4, { dimFeedforward: 64, batchFirst: true }).eval();
}

/** The digits network, whose weights are in a safetensors file. */
async function digits(file) {
  const model = digitsNetwork();
  model.loadStateDict(await torch.load(file));
  return model.eval();
}

/** The models, and inputs for them. */
async function works(file) {
  const models = [network(), encoderLayer(), await digits(file)];
  torch.manualSeed(3);
  return models.map((model, i) => ({
    model,
    x: torch.randn(
      [
        [2, 3, 16, 16],
        [2, 7, 32],
        [5, 1, 8, 8],
      ][i],
    ),
  }));
}

/** The largest distance between what each model gives compiled and uncompiled, as part of the largest value. */
export async function distances(file, options) {
  const found = [];
  for (const { model, x } of await works(file)) {
    const compiled = compile(model, options);
    const expected = torch.noGrad(() => model.call(x));
    const given = await compiled(x);
    found.push(given.sub(expected).abs().max().item() / expected.abs().max().item());
    compiled.release();
  }
  return found;
}
