// The 4-7-3 network of the recorded training runs, from its seed alone: the initial weights and the first order
// exactly, every loss to 1e-5 relative, the final accuracy exactly.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as np from "../../src/numpy/index.ts";
import * as torch from "../../src/torch/index.ts";
import { referenceFile, referenceJson } from "../support/reference.ts";

const { nn, optim } = torch;
const F = nn.functional;

interface RecordedArray {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: string;
}

interface RecordedRun {
  readonly name: string;
  readonly model: string;
  readonly seed: number;
  readonly optimizer: string;
  readonly batch: number;
  readonly epochs: number;
  readonly files: readonly string[];
  readonly initial: Readonly<Record<string, RecordedArray>>;
  readonly firstOrder: readonly number[];
  readonly firstStepLosses: readonly number[];
  readonly epochLosses: readonly number[];
  readonly testCorrect: number;
  readonly testLoss: number;
  readonly nextRand: number;
}

const { runs } = referenceJson<{ readonly runs: readonly RecordedRun[] }>("random/training.json");

class Iris extends nn.Module {
  hid1: InstanceType<typeof nn.Linear> = new nn.Linear(4, 7);
  oupt: InstanceType<typeof nn.Linear> = new nn.Linear(7, 3);

  constructor() {
    super();
    for (const layer of [this.hid1, this.oupt]) {
      nn.init.uniform_(layer.weight, -0.1, 0.1);
      nn.init.zeros_(layer.bias!);
    }
  }

  override forward(x: torch.Tensor): torch.Tensor {
    return torch.logSoftmax(this.oupt.call(torch.tanh(this.hid1.call(x))), { dim: 1 });
  }
}

const optimizers: Readonly<Record<string, (net: Iris) => { step(): unknown; zeroGrad(): void }>> = {
  "SGD(lr=0.01)": (net) => new optim.SGD(net.parameters(), { lr: 0.01 }),
  "Adam(lr=0.01)": (net) => new optim.Adam(net.parameters(), { lr: 0.01 }),
};

async function loadArray(name: string): Promise<np.NDArray> {
  return (await np.load(referenceFile(`random/${name}.npy`))) as np.NDArray;
}

const relative = (value: number, want: number): number => Math.abs(value - want) / Math.abs(want);

function assertClose(got: readonly number[], want: readonly number[], what: string, bound = 1e-5): void {
  got.slice(0, want.length).forEach((value, i) => {
    const error = relative(value, want[i]!);
    assert.ok(error <= bound, `${what} ${i}: ${value}, recorded ${want[i]}, relative error ${error}`);
  });
}

for (const run of runs.filter(({ model }) => model === "Iris")) {
  test(`training ${run.name}`, async () => {
    const [x, y, train, held] = await Promise.all(run.files.map(loadArray));
    const rows = (index: np.NDArray | undefined): [torch.Tensor, torch.Tensor] => [
      torch.fromNumpy(x!.at(index!)).float(),
      torch.fromNumpy(y!.at(index!)).long(),
    ];
    const [xs, ys] = rows(train);
    const [testX, testY] = rows(held);

    torch.manualSeed(run.seed);
    const net = new Iris();
    for (const [name, tensor] of net.stateDict()) {
      const bytes = Buffer.from(tensor.contiguous().storage.bytes());
      assert.equal(bytes.toString("base64"), run.initial[name]!.data, `initial ${name}`);
    }

    const optimizer = optimizers[run.optimizer]!(net);
    const count = xs.shape[0]!;
    const steps: number[] = [];
    const epochs: number[] = [];
    for (let epoch = 0; epoch < run.epochs; epoch++) {
      const order = torch.randperm(count);
      if (epoch === 0) assert.deepEqual((order.tolist() as number[]).slice(0, 40), run.firstOrder);
      let total = 0;
      for (let start = 0; start < count; start += run.batch) {
        const index = order.at(`${start}:${start + run.batch}`);
        optimizer.zeroGrad();
        const loss = F.nllLoss(net.call(xs.at(index)), ys.at(index));
        loss.backward();
        optimizer.step();
        steps.push(Number(loss.item()));
        total += steps.at(-1)!;
      }
      epochs.push(total / Math.ceil(count / run.batch));
    }
    assertClose(steps, run.firstStepLosses, "step");
    assertClose(epochs, run.epochLosses, "epoch");

    net.eval();
    const output = torch.noGrad(() => net.call(testX));
    const loss = Number(F.nllLoss(output, testY).item());
    assertClose([loss], [run.testLoss], "test loss");
    assert.equal(Number(output.argmax(1).eq(testY).sum().item()), run.testCorrect);
    assert.equal(torch.rand(1).item(), run.nextRand);
  });
}
