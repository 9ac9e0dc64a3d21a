// One training step of the 4-7-3 network, one item at a time: Linear, tanh, Linear, log-softmax, NLLLoss, backward and
// an SGD step. The bar is a time of 20 microseconds.

import * as torch from "weightbridge/torch";
import { measure } from "./measure.mjs";

const BAR_MICROSECONDS = 20;

class Net extends torch.nn.Module {
  constructor() {
    super();
    this.hid1 = new torch.nn.Linear(4, 7);
    this.oupt = new torch.nn.Linear(7, 3);
  }

  forward(x) {
    const z = torch.tanh(this.hid1.call(x));
    return torch.logSoftmax(this.oupt.call(z), { dim: 1 });
  }
}

/** The one row of this group. */
export function training() {
  torch.manualSeed(1);
  const net = new Net();
  const lossFunction = new torch.nn.NLLLoss();
  const optimizer = new torch.optim.SGD(net.parameters(), { lr: 0.01 });
  const x = torch.tensor([[5.1, 3.5, 1.4, 0.2]]);
  const y = torch.tensor([0]);
  const step = () => {
    optimizer.zeroGrad();
    const loss = lossFunction.call(net.call(x), y);
    loss.backward();
    optimizer.step();
  };
  const { microseconds } = measure({ microseconds: step });
  return [
    {
      name: "4-7-3 training step",
      microseconds,
      against: BAR_MICROSECONDS,
      beside: "bar",
      ratio: microseconds / BAR_MICROSECONDS,
      bar: 1,
    },
  ];
}
