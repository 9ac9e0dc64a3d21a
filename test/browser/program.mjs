// What runs in Node and in a browser alike, word for word: sharing memory, a seeded layer, files and a ported model.

import * as np from "weightbridge/numpy";
import { buildModule, loadParameters, reportOf } from "weightbridge/port";
import * as torch from "weightbridge/torch";

/** A tensor over an array's memory: what is written through one is read through the other. */
function sharing() {
  const array = np.array(
    [
      [1, 2],
      [3, 4],
    ],
    { dtype: "float32" },
  );
  const tensor = torch.fromNumpy(array.T);
  tensor.set([1, 0], 20);
  array.set([1, 1], 40);
  return { array: array.tolist(), tensor: tensor.tolist(), strides: [array.strides, tensor.stride()] };
}

/** A layer from a seed, its output and its gradients. */
function layer() {
  torch.manualSeed(1);
  const linear = new torch.nn.Linear(4, 3);
  const output = linear.call(torch.tensor([[1, 2, 3, 4.5]]));
  output.sum().backward();
  return {
    parameters: [...linear.stateDict()].map(([name, value]) => [name, value.tolist()]),
    output: output.tolist(),
    gradient: linear.weight.grad.tolist(),
    text: `${linear}\n${output.detach()}`,
  };
}

/** Arrays written to a .npz and read back. */
async function archive() {
  const bytes = await np.savezCompressed(np.arange(6).reshape([2, 3]).T, { w: np.linspace(0, 1, 5) });
  const read = await np.load(new Blob([bytes]));
  return [...read].map(([name, array]) => [name, array.tolist(), array.flags.fContiguous]);
}

/** The digits network with Keras's weights, checked against the outputs that Python gave. */
async function digits(read) {
  const model = buildModule(JSON.parse(await (await read("model.json")).text()));
  const weights = await np.load(await read("weights.npz"));
  const probe = await np.load(await read("probe.npz"));
  const [input, output, labels] = ["input", "output", "labels"].map((name) =>
    torch.fromNumpy(probe.get(name)),
  );
  const recorded = { inputs: [input], outputs: [output] };
  const report = reportOf(loadParameters(model, weights, { recorded }), { recorded, labels });
  return {
    output: model.call(input).tolist(),
    isWithin: report.proof.holds,
    isAsRecorded: report.labels.right === report.labels.recorded,
  };
}

/**
 * Runs everything.
 * @param read gives a file of examples/digits as a Blob
 * @returns plain values, equal wherever it runs
 */
export async function program(read) {
  // Chromium may have relaxed vector instructions where Node has none.
  torch.useDeterministicAlgorithms(true);
  return { sharing: sharing(), layer: layer(), archive: await archive(), digits: await digits(read) };
}
