// This library, as it is built.

import { readFileSync } from "node:fs";
import * as torch from "weightbridge/torch";
import { numbers } from "./numbers.mjs";

const { functional } = torch.nn;
const tensor = (...shape) =>
  torch.asTensor(numbers(shape.reduce((product, size) => product * size, 1))).reshape(shape);

const unary = {
  exp: torch.exp,
  tanh: torch.tanh,
  gelu: functional.gelu,
  softmax: (x) => torch.softmax(x, -1),
  layerNorm: (x) => functional.layerNorm(x, [x.shape.at(-1)]),
};

function mlp({ sizes, batch }) {
  const layers = sizes
    .slice(1)
    .flatMap((size, i) => [new torch.nn.Linear(sizes[i], size), new torch.nn.ReLU()]);
  const model = new torch.nn.Sequential(...layers.slice(0, -1));
  const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.01 });
  const x = tensor(batch, sizes[0]);
  const y = torch.arange(batch).remainder(sizes.at(-1));
  return () => {
    optimizer.zeroGrad();
    functional.crossEntropy(model.call(x), y).backward();
    optimizer.step();
  };
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
  matmul: ({ n, transposed }) => {
    const [a, b] = ["a", "b"].map((name) => (transposed.includes(name) ? tensor(n, n).T : tensor(n, n)));
    return () => a.matmul(b);
  },
  unary: ({ name, shape }) => {
    const x = tensor(...shape);
    const run = unary[name];
    return () => run(x);
  },
  arithmetic: ({ name, length }) => {
    const [x, y] = [tensor(length), tensor(length)];
    return name === "sum" ? () => x.sum() : () => x[name](y);
  },
  transposedCopy: ({ n }) => {
    const x = tensor(n, n).T;
    return () => x.contiguous();
  },
  conv: ({ channels, size, kernel, filters }) => {
    const x = tensor(1, channels, size, size);
    const weight = tensor(filters, channels, kernel, kernel);
    return () => functional.conv2d(x, weight, null, { padding: kernel >> 1 });
  },
  mlp,
  linear,
};

export function open(threads) {
  torch.setNumThreads(threads);
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return {
    about: `weightbridge ${version}: TypeScript and WebAssembly`,
    make: (work) => makers[work.kind]?.(work),
  };
}
