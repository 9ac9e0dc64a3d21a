// This library, as it is built.

import { readFileSync } from "node:fs";
import { compile, compileStep } from "weightbridge/compile";
import * as models from "weightbridge/models";
import { useNative } from "weightbridge/native";
import * as torch from "weightbridge/torch";
import { multiplications } from "./multiplications.mjs";
import { numbers } from "./numbers.mjs";

const { functional } = torch.nn;
const tensor = (...shape) =>
  torch.tensor(numbers(shape.reduce((product, size) => product * size, 1))).reshape(shape);

const unary = {
  exp: torch.exp,
  tanh: torch.tanh,
  gelu: functional.gelu,
  softmax: (x) => torch.softmax(x, -1),
  layerNorm: (x) => functional.layerNorm(x, [x.shape.at(-1)]),
};

function mlp({ sizes, batch, engine }) {
  const layers = sizes
    .slice(1)
    .flatMap((size, i) => [new torch.nn.Linear(sizes[i], size), new torch.nn.ReLU()]);
  const model = new torch.nn.Sequential(...layers.slice(0, -1));
  const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.01 });
  const x = tensor(batch, sizes[0]);
  const y = torch.arange(batch).remainder(sizes.at(-1));
  const step = (x, y) => {
    optimizer.zeroGrad();
    functional.crossEntropy(model.call(x), y).backward();
    optimizer.step();
  };
  const run = engine === "compiled" ? compileStep(step) : step;
  return () => run(x, y);
}

const image = () => torch.linspace(-1, 1, 3 * 224 * 224).reshape([1, 3, 224, 224]);
const ids = (length) => torch.arange(length).mul(37).remainder(1000).reshape([1, length]);

/** Gives the memory of tensors back. @param result a tensor, or what holds some */
function dispose(result) {
  if (result instanceof torch.Tensor) result.dispose();
  else for (const part of Object.values(result)) dispose(part);
}

/** Results are given back, as the peers give theirs: Python counts references, TensorFlow.js has the same call. */
const disposing = (run) => () => dispose(run());

/** Models with an input, by the names in models.py. */
const modelMakers = {
  "ResNet-18": () => [models.resnet18(), image()],
  MobileNetV2: () => [models.mobilenetV2(), image()],
  "BERT-base": () => [new models.BertModel({}), ids(128)],
  "GPT-2-small": () => [new models.GPT2LMHeadModel({}), ids(64)],
};

/** A model's forward pass as one graph. */
function model({ name }) {
  torch.manualSeed(0);
  const [made, x] = modelMakers[name]();
  const run = compile(made.eval(), { frozen: true });
  return disposing(() => run(x));
}

function linear({ inputs, outputs, batch, pass, layout }) {
  const isOutIn = layout === "out, in";
  const weight = tensor(...(isOutIn ? [outputs, inputs] : [inputs, outputs])).requiresGrad_();
  const x = tensor(batch, inputs).requiresGrad_();
  const forward = () => x.matmul(isOutIn ? weight.T : weight);
  if (pass === "forward") return () => torch.noGrad(forward);
  const out = forward();
  const gradient = tensor(batch, outputs);
  return () => torch.autograd.grad(out, [x, weight], gradient, { retainGraph: true });
}

const makers = {
  multiplications: ({ count }) => multiplications(count),
  matmul: ({ n, transposed }) => {
    const [a, b] = ["a", "b"].map((name) => (transposed.includes(name) ? tensor(n, n).T : tensor(n, n)));
    return disposing(() => a.matmul(b));
  },
  unary: ({ name, shape }) => {
    const x = tensor(...shape);
    return disposing(() => unary[name](x));
  },
  arithmetic: ({ name, length }) => {
    const [x, y] = [tensor(length), tensor(length)];
    return disposing(name === "sum" ? () => x.sum() : () => x[name](y));
  },
  transposedCopy: ({ n }) => {
    const x = tensor(n, n).T;
    return disposing(() => x.contiguous());
  },
  conv: ({ channels, size, kernel, filters }) => {
    const x = tensor(1, channels, size, size);
    const weight = tensor(filters, channels, kernel, kernel);
    return disposing(() => functional.conv2d(x, weight, null, { padding: kernel >> 1 }));
  },
  mlp,
  linear,
  model,
};

export function open(threads) {
  torch.setNumThreads(threads);
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return {
    about: `weightbridge ${version}: TypeScript and WebAssembly; ONNX Runtime in the groups native and compiled`,
    make: (work) => {
      // A group has rows of one engine alone: what is made once stays.
      if (work.engine === "native") useNative({ threads });
      return makers[work.kind]?.(work);
    },
  };
}
