// The works that every engine is given, in sets whose rows are measured in turns, and the bars that ours has to reach. A bar
// says beside what (an engine on the same row, or our own time of another row), and at most how many times as long; a row may
// say why it can be short.

/** The library's name among the engines. */
export const ours = "weightbridge";

/** A bar beside an engine, and one beside another row of ours. */
const beside = (engine, most) => ({ engine, most });
const besideRow = (row, most) => ({ row, most });

const sizes = [256, 512, 1024, 2048];
const forms = { "a @ b": "", "a.T @ b": "a", "a @ b.T": "b", "a.T @ b.T": "ab" };

/** From these sizes on some engines multiply turned matrices element by element, for seconds to minutes: they are left out. */
const slowTurns = { "numpy-ts": 512, "jax-js": 1024, "tfjs-wasm": 1024 };
const slowAt = (n) => Object.keys(slowTurns).filter((name) => n >= slowTurns[name]);

/** From this size on a run takes these engines seconds in every form. */
const slowOnes = 2048;
const slowAny = (n) => (n >= slowOnes ? ["numpy-ts", "jax-js"] : []);

/** Lanes of a vector in WebAssembly. */
const LANES = 4;

/** How long a row's multiplications take that WebAssembly's vectors need at the least, and nothing else. */
const alone = (row, count) => ({
  name: `${row}: its multiplications alone`,
  work: { kind: "multiplications", count },
  engines: [ours],
  bars: [],
});

/**
 * One size of matrices: all forms, and the plain one on two threads. How much faster two threads are depends on what the
 * machine gives two threads that do nothing but multiply: beside the bar stands how much PyTorch gains in the same rounds.
 */
function matmulSet(n) {
  const plain = `matmul ${n}: a @ b`;
  const rows = Object.entries(forms).map(([form, transposed]) => ({
    name: `matmul ${n}: ${form}`,
    work: { kind: "matmul", n, transposed },
    without: transposed === "" ? slowAny(n) : slowAt(n),
    bars: transposed === "" ? [beside("tfjs-wasm", 1 / 1.2)] : [besideRow(plain, 1.1)],
    why:
      transposed === "" ? "the row of its multiplications alone is the least that 128 bits allow" : undefined,
  }));
  const two = { name: `${plain}, two threads`, work: { kind: "matmul", n, transposed: "" }, threads: 2 };
  return [
    ...rows,
    alone(plain, n ** 3 / LANES),
    {
      ...two,
      engines: [ours, "PyTorch"],
      bars: [besideRow(plain, 1 / 1.8)],
      comparedTo: plain,
      why: "both threads read all of a; beside the bar stands what PyTorch gains",
    },
  ];
}

/** A function of 2^20 elements: [1024, 1024], along the last dimension where it has one. */
const unary = (name, most) => ({
  name: `${name} of 2^20`,
  work: { kind: "unary", name, shape: [1024, 1024] },
  bars: [beside("PyTorch", most)],
});

const large = (name) => ({
  name: `${name} of 2^24`,
  work: { kind: "arithmetic", name, length: 2 ** 24 },
  bars: [beside("PyTorch", 1.3)],
});

/** Vector multiplications for each vector of numbers: those of polynomials, and what scales their results. */
const multiplied = { gelu: 11, softmax: 10 };
const narrow = "WebAssembly's vectors have 128 bits, PyTorch's 512: see the row of its multiplications alone";

const elementwise = [
  ...["tanh", "gelu", "softmax", "layerNorm"].map((name) => unary(name, 1.3)),
  unary("exp", 2),
].flatMap((row) => {
  const count = multiplied[row.work.name];
  return count === undefined ? [row] : [{ ...row, why: narrow }, alone(row.name, (count * 2 ** 20) / LANES)];
});

const convolution = {
  name: "conv 64x56x56, 3x3, 64 filters",
  work: { kind: "conv", channels: 64, size: 56, kernel: 3, filters: 64 },
  bars: [beside("tfjs-wasm", 1 / 2)],
};

const mlp = {
  name: "MLP 784-512-512-10 step, batch 128",
  work: { kind: "mlp", sizes: [784, 512, 512, 10], batch: 128 },
  bars: [beside("PyTorch", 3), beside("tfjs-wasm", 1 / 2)],
};

/** Rows, columns and batch of the linear maps that are kept both ways. */
const linears = [
  [4, 7, 1],
  [784, 512, 32],
  [512, 2048, 1024],
];

/** A linear map with its weight kept [out, in], as PyTorch does, and [in, out]: the second beside the first is the question. */
const linearSet = ([inputs, outputs, batch]) =>
  ["forward", "backward"].flatMap((pass) =>
    ["out, in", "in, out"].map((layout) => ({
      name: `${batch}x${inputs}x${outputs} ${pass} [${layout}]`,
      work: { kind: "linear", inputs, outputs, batch, pass, layout },
      bars: [],
      comparedTo: layout === "out, in" ? undefined : `${batch}x${inputs}x${outputs} ${pass} [out, in]`,
    })),
  );

/** What the native rows are beside, on two threads: PyTorch, and ONNX Runtime through its own package. */
const onTwoThreads = { threads: 2, engines: [ours, "PyTorch", "ONNX Runtime"] };

/** Large operations in ONNX Runtime on our own memory (`useNative`). */
const native = [
  ...[512, 1024, 2048].map((n) => ({
    name: `matmul ${n}`,
    work: { kind: "matmul", n, transposed: "", engine: "native" },
    bars: [beside("PyTorch", 1 / 1.5)],
  })),
  { ...convolution, work: { ...convolution.work, engine: "native" }, bars: [beside("PyTorch", 1.3)] },
  { ...mlp, work: { ...mlp.work, engine: "native" }, bars: [beside("PyTorch", 1)] },
].map((row) => [{ ...row, ...onTwoThreads }]);

/** Models at a batch of 1, weights from a seed: at most this part of PyTorch's time. */
const models = [
  ["ResNet-18", "", 0.62],
  ["MobileNetV2", "", 0.8],
  ["BERT-base", ", 128 tokens", 0.62],
  ["GPT-2-small", ", 64 tokens", 0.62],
];

/** Whole programs as one graph (`compile`, `compileStep`), beside PyTorch and beside the graph that PyTorch exports. */
const compiled = [
  [
    {
      ...mlp,
      work: { ...mlp.work, engine: "compiled" },
      bars: [beside("PyTorch", 0.6)],
      threads: 2,
      engines: [ours, "PyTorch"],
    },
  ],
  ...models.map(([name, input, most]) => [
    {
      name: `${name}${input}`,
      work: { kind: "model", name },
      bars: [beside("PyTorch", most), beside("exported graph", 1.05)],
      threads: 2,
      engines: [ours, "PyTorch", "exported graph"],
    },
  ]),
];

/** Sets of rows by group. */
export const works = {
  matmul: sizes.map(matmulSet),
  elementwise: [elementwise, ["add", "mul", "sum"].map(large)],
  copy: [
    [
      {
        name: "4096x4096 transposed, into row-major order",
        work: { kind: "transposedCopy", n: 4096 },
        bars: [beside("PyTorch", 1), beside("NumPy", 1 / 3)],
      },
    ],
  ],
  conv: [[convolution]],
  train: [[mlp]],
  layout: linears.map(linearSet),
  native,
  compiled,
};
