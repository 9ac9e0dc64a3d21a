// Models as PyTorch source: what is written, that it says no more than was seen, and, where Python is at hand, that it
// gives the same outputs and trains the same way on two processes.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { exportPytorch, type PytorchFiles } from "../../src/export/index.ts";
import { writeSafetensors } from "../../src/files/index.ts";
import { saveFile } from "../../src/files/node.ts";
import { load, manualSeed, nn, noGrad, optim, randn, type Tensor, tensor } from "../../src/torch/index.ts";
import { inFolder, inFolders, python, skipPython } from "./folders.ts";
import { ids, Net, type Sample, samples } from "./samples.ts";

const F = nn.functional;

function exported({ model, inputs }: Sample): PytorchFiles {
  return exportPytorch(model, Object.values(inputs), { names: Object.keys(inputs) });
}

function made(name: string): Sample {
  manualSeed(3);
  return samples[name]!();
}

/** The classes of a Python file, with the lines of each. */
const classesOf = (source: string): Map<string, string> =>
  new Map(
    [...source.matchAll(/^class (\w+)\(nn\.Module\):\n((?: {4}.*\n|\n)*)/gm)].map((found) => [
      found[1]!,
      found[2]!,
    ]),
  );

for (const name of Object.keys(samples)) {
  test(`${name}: files, and the names of the state dict`, () => {
    const sample = made(name);
    const before = [...sample.model.stateDict()].map(([key, value]) => [key, value.clone()] as const);
    const modes = [...sample.model.modules()].map(({ training }) => training);
    const { texts, tensors, model } = exported(sample);
    assert.deepEqual(
      [...texts.keys()],
      ["model.py", "train.py", "check.py", "README.md", "requirements.txt"],
    );
    const tied = new Map(
      model.state.flatMap(({ name: key, tied_to }) => (tied_to === undefined ? [] : [[key, tied_to]])),
    );
    const keys = [...tensors.get("model.safetensors")!].map(([key]) => key);
    assert.deepEqual([...keys, ...tied.keys()].sort(), before.map(([key]) => key).sort());
    // The model is as it was: its statistics, its modes.
    const after = sample.model.stateDict();
    for (const [key, value] of before) assert.deepEqual(after.get(key)!.tolist(), value.tolist(), key);
    assert.deepEqual(
      [...sample.model.modules()].map(({ training }) => training),
      modes,
    );
    const example = new Map(tensors.get("example.safetensors"));
    for (const [input, value] of Object.entries(sample.inputs))
      assert.equal(example.get(`inputs/${input}`), value);
  });
}

/** Runs check.py of each folder below, and compiles train.py. */
const checkAll = `import py_compile, runpy, sys
from pathlib import Path
for folder in sorted(Path(".").iterdir()):
    sys.path.insert(0, str(folder))
    sys.modules.pop("model", None)
    py_compile.compile(str(folder / "train.py"), doraise=True)
    runpy.run_path(str(folder / "check.py"), run_name="__main__")
    print(folder.name, "checked")
    sys.path.pop(0)
`;

test("Python gives the recorded outputs", { skip: skipPython }, async () => {
  const all = Object.keys(samples).map((name): [string, PytorchFiles] => [name, exported(made(name))]);
  await inFolders(all, (folder) => {
    const printed = python(folder, ["-c", checkAll]);
    for (const [name] of all) assert.match(printed, new RegExp(`^${name} checked$`, "m"));
    assert.equal([...printed.matchAll(/^the outputs are the recorded ones$/gm)].length, all.length);
  });
});

test("a class of one's own becomes a class with the same fields and the same calls", () => {
  const source = exported(made("net")).texts.get("model.py")!;
  const { Net: written = "" } = Object.fromEntries(classesOf(source));
  assert.match(written, /self\.hid1 = nn\.Linear\(12, 16\)\n/);
  assert.match(written, /def forward\(self, x\):/);
  // The batch is a length, not a number; the mode is read when the method runs.
  assert.match(written, /\.view\(x\.shape\[0\], -1\)/);
  assert.match(written, /F\.dropout\(\w+, p=0\.25, training=self\.training\)/);
  assert.match(written, /= hid2 \+ hid1\n/);
  assert.match(written, /return F\.log_softmax\(out, dim=1\)/);
});

test("modules that differ in numbers are one class, blocks in a list are a loop", () => {
  const source = exported(made("gpt2")).texts.get("model.py")!;
  const classes = [...classesOf(source).keys()];
  assert.equal(classes.filter((each) => each.startsWith("GPT2Block")).length, 1, classes.join());
  assert.match(source, /for block in self\.h:/);
  assert.match(source, /self\.lm_head\.weight = self\.transformer\.wte\.weight/);
});

test("what is computed while training alone stands behind the mode", () => {
  const source = exported(made("convnext")).texts.get("model.py")!;
  const classes = classesOf(source);
  const depth = [...classes]
    .filter(([each]) => each.startsWith("StochasticDepth"))
    .map(([, text]) => text)
    .join("");
  assert.match(depth, /if self\.training:/);
  assert.match(
    depth,
    /torch\.empty\(\(x\.shape\[0\], 1, 1, 1\)|torch\.empty\(\(input\.shape\[0\], 1, 1, 1\)/,
  );
  assert.match(depth, /bernoulli_\(/);
});

test("lengths that the model takes as they come are free, others are held to the example's", () => {
  const groups = (name: string): [string[], string[]] => {
    const { free, fixed } = exported(made(name)).model;
    return [free.map((each) => each.name), fixed.map((each) => each.name)];
  };
  assert.deepEqual(groups("bert"), [["batch", "length"], []]);
  assert.deepEqual(groups("resnet"), [["batch", "size"], []]);
  assert.deepEqual(groups("cnn"), [["batch"], ["size"]]);
  class Mean extends nn.Module {
    override forward(x: Tensor): Tensor {
      // The number of pixels is a number of JavaScript's, which no single length is.
      return x.sum([2, 3]).div(x.shape[2]! + x.shape[3]! ** 2);
    }
  }
  const { texts, model } = exportPytorch(new Mean(), [randn([2, 3, 4, 5])]);
  assert.deepEqual(
    model.fixed.map((each) => each.name),
    ["size"],
  );
  assert.match(texts.get("model.py")!, /if x\.shape\[3\] != 5:\n +raise ValueError/);
});

test("what cannot be derived is refused, with the module and the reason", () => {
  class Inner extends nn.Module {
    readonly run: (x: Tensor) => Tensor;
    constructor(run: (x: Tensor) => Tensor) {
      super();
      this.run = run;
    }
    override forward(x: Tensor): Tensor {
      return this.run(x);
    }
  }
  class Outer extends nn.Module {
    readonly inner: nn.Module;
    readonly fc = new nn.Linear(4, 4);
    constructor(inner: nn.Module) {
      super();
      this.inner = inner;
    }
    override forward(x: Tensor): Tensor {
      return (this.inner as Inner).call(this.fc.call(x));
    }
  }
  const stray = new nn.Linear(4, 4);
  const hooked = new Inner((x) => x.mul(2));
  hooked.registerForwardHook(() => undefined);
  let calls = 0;
  const cases: readonly (readonly [nn.Module, RegExp])[] = [
    [
      new Inner((x) => (Number(x.sum().item()) > 0 ? x : x.neg())),
      /^inner \(Inner\): item\(\) takes numbers out of a tensor/,
    ],
    [new Inner((x) => stray.call(x)), /^inner \(Inner\): it calls a Linear that is no submodule of its own/],
    [
      new Inner((x) => x.mul(tensor(calls++))),
      /^inner \(Inner\): constant is computed from the input outside/,
    ],
    [hooked, /^the model \(Outer\): Inner has hooks/],
  ];
  for (const [inner, reason] of cases) {
    assert.throws(() => exportPytorch(new Outer(inner), [randn([2, 4])]), { message: reason });
  }
});

test("a parameter that is read past its name is no constant", () => {
  class Past extends nn.Module {
    readonly fc: nn.Linear = new nn.Linear(4, 4);
    override forward(x: Tensor): Tensor {
      return x.matmul(this.fc.weight.data);
    }
  }
  assert.throws(() => exportPytorch(new Past(), [randn([2, 4])]), {
    message: /^the model \(Past\): it reads the memory of fc\.weight otherwise than as fc\.weight/,
  });
});

test("what only looks like a length is found out where it is run again", () => {
  class Counted extends nn.Module {
    private count = 0;
    override forward(x: Tensor): Tensor {
      this.count++;
      return x.mul(this.count);
    }
  }
  assert.throws(() => exportPytorch(new Counted(), [randn([2, 4])]), {
    message: /^the model \(Counted\): what was seen of it gives other outputs than the model itself/,
  });
});

/** Three steps of gradient descent here; the batches are of 8 examples in their order. */
function trainHere(model: nn.Module, x: Tensor, target: Tensor): number[] {
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  model.train();
  return [0, 1, 2].map((step) => {
    const batch = (each: Tensor): Tensor => each.narrow(0, step * 8, 8);
    const output = (model as unknown as { call(x: Tensor): Tensor }).call(batch(x));
    const loss = F.crossEntropy(output, batch(target));
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss.item() as number;
  });
}

/** A classifier that draws nothing while it trains. */
class Plain extends Net {
  override readonly p = 0;
}

for (const [title, flags] of [
  ["DistributedDataParallel", []],
  ["FSDP", ["--fsdp"]],
] as const) {
  test(`torchrun trains on two processes as here: ${title}`, { skip: skipPython }, async () => {
    manualSeed(5);
    const model = new Plain();
    const x = randn([24, 3, 4]);
    const target = ids(24, 1, 3).flatten();
    await inFolder(exportPytorch(model, [x.narrow(0, 0, 2)]), async (folder) => {
      const data = await writeSafetensors([
        ["x", x],
        ["target", target],
      ]);
      await saveFile(join(folder, "data.safetensors"), data);
      const text =
        "--data data.safetensors --optimizer sgd --lr 0.1 --momentum 0.9 --batch-size 4 --no-shuffle";
      const launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"];
      const printed = python(folder, [...launch, "train.py", ...text.split(" "), ...flags]);
      const losses = [...printed.matchAll(/step \d+ loss (\S+)/g)].map((found) => Number(found[1]));
      const own = trainHere(model, x, target);
      assert.equal(losses.length, 3, printed);
      for (const [i, loss] of losses.entries())
        assert.ok(Math.abs(loss - own[i]!) <= 1e-5 * Math.abs(own[i]!), `${losses} ${own}`);
      const trained = (await load(join(folder, "checkpoint.safetensors"))) as Map<string, Tensor>;
      const again = new Plain();
      again.loadStateDict(trained);
      noGrad(() => {
        for (const [name, parameter] of model.namedParameters())
          assert.ok(again.getParameter(name).allclose(parameter, { rtol: 1e-4, atol: 1e-5 }), name);
      });
    });
  });
}
