// Small work: the 4-7-3 network one item at a time (Linear, tanh, Linear, log-softmax, NLLLoss, backward, an SGD step), its
// forward pass, a step of 32 items, and what making a tensor and adding ten elements cost. The bars are parts of PyTorch's
// time for the same, measured before and after: a step at most a twentieth, a forward pass a tenth.

import * as torch from "weightbridge/torch";
import { measure } from "./measure.mjs";

const STEP = "4-7-3 training step";
const FORWARD = "4-7-3 forward pass";

/** At most this part of PyTorch's time. */
const bars = { [STEP]: 1 / 20, [FORWARD]: 1 / 10 };

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

/** A training step on a batch. */
function stepOn(x, y) {
  const net = new Net();
  const lossFunction = new torch.nn.NLLLoss();
  const optimizer = new torch.optim.SGD(net.parameters(), { lr: 0.01 });
  return () => {
    optimizer.zeroGrad();
    const loss = lossFunction.call(net.call(x), y);
    loss.backward();
    optimizer.step();
  };
}

/** The rows of this group. @param pythonTimes tells PyTorch's times by row, where it is found, after ours were taken */
export function small(pythonTimes) {
  torch.manualSeed(1);
  const net = new Net();
  const x = torch.tensor([[5.1, 3.5, 1.4, 0.2]]);
  const [a, b] = [torch.randn([10]), torch.randn([10])];
  const work = {
    [STEP]: stepOn(x, torch.tensor([0])),
    [FORWARD]: () => net.call(x),
    "training step, batch 32": stepOn(torch.randn([32, 4]), torch.randint(0, 3, [32])),
    "tensor of 4 numbers": () => torch.tensor([[5.1, 3.5, 1.4, 0.2]]),
    "add of 10 elements": () => a.add(b),
  };
  const times = measure(work);
  const python = pythonTimes();
  return Object.entries(times).map(([name, microseconds]) => {
    const against = python?.[name]?.torch;
    const ratio = against === undefined ? null : microseconds / against;
    return { name, microseconds, beside: "PyTorch", ratio, bar: bars[name] };
  });
}
