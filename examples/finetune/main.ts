// A small GPT-2 out of a file learns a rhyme, once one operation at a time and once by compiled steps: the same training, dropout
// and all, in less time. Needs ONNX Runtime (`npx weightbridge engines` tells).
//
//     npm run finetune

import { readFile } from "node:fs/promises";
import { compileStep } from "weightbridge/compile";
import { GPT2LMHeadModel } from "weightbridge/models";
import * as torch from "weightbridge/torch";

const { nn, optim } = torch;

const text =
  `the mouse ran up the clock. the clock struck one, the mouse ran down. hickory dickory dock. `.repeat(4);
const alphabet = [...new Set(text)];
/** Characters of one example, and examples of one step. */
const [length, batch] = [24, 32];

const folder = new URL("../gpt2/", import.meta.url);
const config = JSON.parse(await readFile(new URL("config.json", folder), "utf8"));
const weights = (await torch.load(await readFile(new URL("model.safetensors", folder)))) as Map<
  string,
  torch.Tensor
>;

const numbers = torch.tensor(
  [...text].map((character) => alphabet.indexOf(character)),
  { dtype: torch.int64 },
);

/** Examples of a step: pieces of the text that begin anywhere. */
const pieces = (step: number): torch.Tensor =>
  torch.stack(
    Array.from({ length: batch }, (_, i) => {
      const start = (step * 37 + i * 11) % (text.length - length);
      return numbers.narrow(0, start, length);
    }),
  );

/** A model with its optimizer, and a step of its training: the loss of guessing each next character. */
function training(): (ids: torch.Tensor) => torch.Tensor {
  torch.manualSeed(1);
  const model = new GPT2LMHeadModel(config);
  model.loadStateDict(weights);
  model.train();
  const optimizer = new optim.AdamW(model.parameters(), { lr: 3e-3 });
  return (ids) => {
    optimizer.zeroGrad();
    const { logits } = model.call(ids) as { logits: torch.Tensor };
    const guesses = logits.narrow(1, 0, length - 1).flatten(0, 1);
    const loss = nn.functional.crossEntropy(guesses, ids.narrow(1, 1, length - 1).flatten());
    loss.backward();
    nn.utils.clipGradNorm_(model.parameters(), 1);
    optimizer.step();
    return loss;
  };
}

/** Trains. @returns the losses, and milliseconds of a step once the first ones are over */
function train(step: (ids: torch.Tensor) => torch.Tensor, steps = 150): { losses: number[]; time: number } {
  const losses: number[] = [];
  const times: number[] = [];
  for (let i = 0; i < steps; i++) {
    const ids = pieces(i);
    const began = performance.now();
    losses.push(Number(step(ids).item()));
    if (i >= 10) times.push(performance.now() - began);
  }
  return { losses, time: times.sort((a, b) => a - b)[times.length >> 1]! };
}

const eager = train(training());
const step = compileStep(training());
const compiled = train(step);
for (let i = 0; i < eager.losses.length; i += 30) {
  console.log(
    `step ${String(i).padStart(3)}  loss ${eager.losses[i]!.toFixed(4)}  compiled ${compiled.losses[i]!.toFixed(4)}`,
  );
}
const apart = Math.max(...eager.losses.map((loss, i) => Math.abs(loss - compiled.losses[i]!)));
console.log(
  `losses are at most ${apart.toExponential(0)} apart; ${step.counts.compiled} of ${eager.losses.length} steps ran as a graph`,
);
console.log(
  `a step takes ${eager.time.toFixed(2)} ms, compiled ${compiled.time.toFixed(2)} ms: ${(eager.time / compiled.time).toFixed(1)} times as fast`,
);
step.release();
