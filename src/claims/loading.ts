// What is said about the shape of a Linear weight, and about loading parameters from arrays.

import * as np from "../numpy/index.ts";
import * as torch from "../torch/index.ts";
import { arrayFact, type Claim, outcomeOf, raised } from "./claim.ts";

const { nn } = torch;

export const loadingClaims: readonly Claim[] = [
  {
    id: "linear/weight-is-out-in",
    statement: "nn.Linear(in, out).weight has shape [out, in]; Keras keeps [in, out].",
    why: "The layers of a 4-7-3 network have weights of shape [7, 4] and [3, 7].",
    run: () => {
      const layers = [new nn.Linear(4, 7), new nn.Linear(7, 3)];
      return { shapes: layers.map((layer) => [...layer.weight.shape]) };
    },
    holds: (facts) => JSON.stringify(facts.shapes) === "[[7,4],[3,7]]",
  },
  {
    id: "linear/transpose-is-free",
    statement: "Transposing the weight for x @ W.T moves no data.",
    why: "W.t() is a view: the same storage, with the strides swapped.",
    run: () => {
      const { weight } = new nn.Linear(4, 7);
      return { strides: [...weight.t().stride()], shares: weight.t().storage === weight.storage };
    },
    holds: (facts) => facts.shares === true,
  },
  {
    id: "load/flat-array-reshaped-in-out",
    statement: "A flat array of 20 weights and 10 biases reshapes to (2, 10) for Linear(2, 10).",
    why: "The weight is (10, 2): copying a (2, 10) tensor into it raises.",
    run: () => {
      const flat = np.arange(30, { dtype: np.float32 });
      const { weight } = new nn.Linear(2, 10);
      const copyAs = (shape: number[]) =>
        outcomeOf(() => weight.data.copy_(torch.fromNumpy(flat.at("0:20").reshape(shape))));
      return { in_out: copyAs([2, 10]), out_in: copyAs([10, 2]) };
    },
    holds: (facts) => !raised(facts.in_out),
  },
  {
    id: "load/copy-broadcasts",
    statement: "copy_ refuses a source of another shape.",
    why: "copy_ broadcasts: a bias of one element fills a bias of ten without a word, so a loader checks shapes itself.",
    run: () => {
      const bias = new nn.Linear(2, 10).bias!;
      const one_into_ten = outcomeOf(() => bias.data.copy_(torch.tensor([5], { dtype: torch.float32 })));
      return { one_into_ten, bias_after: arrayFact(bias.data) };
    },
    holds: (facts) => raised(facts.one_into_ten),
  },
  {
    id: "load/conv-then-linear-needs-flatten",
    statement: "Conv2d followed directly by Linear(16*26*26, 128) runs on a 28x28 image.",
    why: "Without a Flatten the Linear sees the last axis, 26 long, and raises.",
    run: () => {
      const net = new nn.Sequential(new nn.Conv2d(3, 16, 3), new nn.Linear(16 * 26 * 26, 128));
      return { forward: outcomeOf(() => net.forward(torch.zeros(1, 3, 28, 28))) };
    },
    holds: (facts) => !raised(facts.forward),
  },
  {
    id: "load/parameters-are-the-model",
    statement: "model.parameters() is everything a saved model holds.",
    why: "BatchNorm keeps running statistics in buffers, which are in the state dict and not among the parameters.",
    run: () => {
      const net = new nn.Sequential(new nn.BatchNorm1d(3), new nn.Linear(3, 2));
      return { parameters: [...net.parameters()].length, state_dict: [...net.stateDict().keys()] };
    },
    holds: (facts) => (facts.state_dict as readonly string[]).length === facts.parameters,
  },
];
