// What the kernels compute, in Node and in a page alike.

/** Operations on enough elements for the kernels, and products that are worth threads. */
const operations = (torch) => {
  const { functional } = torch.nn;
  torch.manualSeed(3);
  const x = torch.randn(300, 200);
  const y = torch.randn(200, 310);
  const weight = torch.randn(16, 8, 3, 3);
  const images = torch.randn(2, 8, 24, 20);
  const heads = torch.randn(4, 6, 64, 50);
  return {
    exp: () => x.exp(),
    tanh: () => x.tanh(),
    sigmoid: () => x.sigmoid(),
    erf: () => x.erf(),
    gelu: () => functional.gelu(x),
    softmax: () => functional.softmax(x, -1),
    logSoftmax: () => functional.logSoftmax(x, -1),
    layerNorm: () => functional.layerNorm(x, [200]),
    sum: () => x.sum(0),
    mean: () => x.mean(),
    copy: () => x.T.contiguous(),
    half: () => x.to("float16").to("float32"),
    "a @ b": () => x.matmul(y),
    "b.T @ a.T": () => y.T.matmul(x.T),
    linear: () => functional.linear(x, y.T, y.at(0)),
    vector: () => x.at(0).matmul(y),
    batch: () => heads.matmul(heads.transpose(-2, -1)),
    conv: () => functional.conv2d(images, weight, null, { padding: 1 }),
  };
};

/** The bits of an operation's result, in short (FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/). */
function hashOf(tensor) {
  const values = new Float32Array(tensor.flatten().tolist());
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(values.buffer)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `${values.length} ${hash.toString(16)}`;
}

/** Results by operation, the same on every machine, with so many threads set. */
export function kernelValues(torch, threads) {
  torch.setNumThreads(threads);
  torch.useDeterministicAlgorithms(true);
  const results = Object.entries(operations(torch)).map(([name, run]) => [name, hashOf(run())]);
  torch.useDeterministicAlgorithms(false);
  return Object.fromEntries(results);
}

/**
 * How far products lie from those in double precision without that mode, as a part of what rounding allows (Higham,
 * "Accuracy and Stability of Numerical Algorithms", section 3.1), and whether they are other numbers than with it.
 */
export function fusedProduct(torch) {
  torch.manualSeed(4);
  const [a, b] = [torch.randn(150, 400), torch.randn(400, 130)];
  torch.useDeterministicAlgorithms(true);
  const plain = a.matmul(b);
  torch.useDeterministicAlgorithms(false);
  const free = a.matmul(b);
  const exact = a.double().matmul(b.double());
  const error = 402 * 2 ** -24;
  const bound = a
    .abs()
    .double()
    .matmul(b.abs().double())
    .mul(error / (1 - error));
  const part = free.double().sub(exact).abs().div(bound).max().item();
  return { isWithin: part <= 1, isOther: !torch.equal(plain, free) };
}
