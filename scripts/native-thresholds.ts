// From how much work on an operation pays in ONNX Runtime: `node --import tsx scripts/native-thresholds.ts [FAMILY...]` times
// each operation that has a lowering on both devices in turns, at sizes four times as large from one to the next, and prints the
// times and the size from which on ONNX Runtime is faster by a tenth, to the largest. src/native/thresholds.ts has what was
// found. The least of some turns counts: what else the machine does makes them longer, never shorter.

import { bool, type DType, float32, float64, int64 } from "../src/core/dtype.ts";
import type { Operand } from "../src/core/elements.ts";
import { getDevice, getNumThreads } from "../src/devices/index.ts";
import { NativeDevice } from "../src/native/device.ts";
import { Runtime } from "../src/native/runtime.ts";
import { workOf } from "../src/native/thresholds.ts";
import * as torch from "../src/torch/index.ts";

const turns = Number(process.env.TURNS ?? 7);
/** A turn lasts at least so long, in milliseconds. */
const turn = 1.5;
/** How long it runs before anything counts: code is compiled in steps. */
const warmUp = 15;

/** An operation at a size. */
interface Case {
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Operand[];
  readonly attributes?: unknown;
}

/** An operation with its cases by size. */
interface Subject {
  readonly operation: string;
  readonly note?: string;
  readonly sizes: readonly number[];
  readonly make: (size: number) => Case;
}

const tensor = (shape: readonly number[], dtype: DType = float32): torch.Tensor => {
  if (dtype === bool) return torch.rand([...shape]).gt(0.5);
  return torch
    .rand([...shape])
    .mul(4)
    .add(0.5)
    .to(dtype as never);
};
const powers = (from: number, to: number): number[] =>
  Array.from({ length: Math.floor((to - from) / 2) + 1 }, (_, i) => 2 ** (from + 2 * i));

const flat = powers(10, 22);

/** Operations of operands of one length. */
function elementwise(
  names: string,
  count: number,
  dtype: DType = float32,
  result: DType = dtype,
  attributes?: unknown,
): Subject[] {
  return names.split(" ").map((operation) => ({
    operation,
    note: dtype.name,
    sizes: flat,
    make: (size) => ({
      inputs: Array.from({ length: count }, () => tensor([size], dtype)),
      outputs: [tensor([size], result)],
      attributes,
    }),
  }));
}

/** Rows of 256. */
const rows = (
  operation: string,
  attributes: unknown,
  result: (size: number) => number[],
  count = 1,
): Subject[] =>
  [float32, float64].map((dtype) => ({
    operation,
    note: dtype.name,
    sizes: flat,
    make: (size) => ({
      inputs: Array.from({ length: count }, () => tensor([size / 256, 256], dtype)),
      outputs: [tensor(result(size), dtype)],
      attributes,
    }),
  }));

const product = (operation: string, make: (n: number) => number[][], dtype: DType = float32): Subject => ({
  operation,
  note: dtype.name,
  sizes: [4, 8, 16, 32, 64, 128, 256],
  make: (n) => {
    const shapes = make(n);
    return {
      inputs: shapes.slice(0, -1).map((shape) => tensor(shape, dtype)),
      outputs: [tensor(shapes.at(-1)!, dtype)],
    };
  },
});

const window = {
  stride: [1, 1],
  padding: [
    [1, 1],
    [1, 1],
  ],
  dilation: [1, 1],
  groups: 1,
};
/** Convolutions 3x3 of 16 channels on planes of so many rows and columns, padded. */
const convolution = (
  operation: string,
  note: string,
  planes: readonly number[],
  make: (n: number) => Case,
): Subject => ({
  operation,
  note,
  sizes: planes,
  make,
});
const planes = [4, 8, 16, 32, 64];
const image = (n: number, channels: number): torch.Tensor => tensor([1, channels, n, n]);
const filters = (channels: number): torch.Tensor => tensor([channels, channels, 3, 3]);

const rules = { rules: "torch" };

const families: Readonly<Record<string, readonly Subject[]>> = {
  products: [float32, float64].flatMap((dtype) => [
    product(
      "matmul",
      (n) => [
        [n, n],
        [n, n],
        [n, n],
      ],
      dtype,
    ),
    product("linear", (n) => [[n, n], [n, n], [n], [n, n]], dtype),
    product(
      "transposedMatmul",
      (n) => [
        [n, n],
        [n, n],
        [n, n],
      ],
      dtype,
    ),
  ]),
  convolutions: [16, 64].flatMap((channels) => [
    convolution("conv", `3x3 ${channels}`, planes, (n) => ({
      inputs: [image(n, channels), filters(channels)],
      outputs: [image(n, channels)],
      attributes: window,
    })),
    convolution("conv", `1x1 ${channels}`, planes, (n) => ({
      inputs: [image(n, channels), tensor([channels, channels, 1, 1])],
      outputs: [image(n, channels)],
      attributes: {
        ...window,
        padding: [
          [0, 0],
          [0, 0],
        ],
      },
    })),
    convolution("conv", `depthwise ${channels}`, planes, (n) => ({
      inputs: [image(n, channels), tensor([channels, 1, 3, 3])],
      outputs: [image(n, channels)],
      attributes: { ...window, groups: channels },
    })),
    convolution("convInputGrad", `3x3 ${channels}`, planes, (n) => ({
      inputs: [image(n, channels), filters(channels)],
      outputs: [image(n, channels)],
      attributes: { ...window, shape: [1, channels, n, n] },
    })),
    convolution("convWeightGrad", `3x3 ${channels}`, planes, (n) => ({
      inputs: [image(n, channels), image(n, channels)],
      outputs: [filters(channels)],
      attributes: { ...window, shape: [channels, channels, 3, 3] },
    })),
  ]),
  cheap: [
    ...elementwise("relu absolute negative square sqrt rsqrt floor ceil reciprocal sign round trunc", 1),
    ...elementwise(
      "add subtract multiply divide maximum minimum reluBackward tanhBackward sigmoidBackward",
      2,
    ),
    ...elementwise("addScaled", 2, float32, float32, { scale: 0.5 }),
    ...elementwise("equal less greater lessEqual", 2, float32, bool),
    ...elementwise("copy contiguous", 1),
  ],
  functions: [
    ...elementwise("exp log tanh sigmoid silu erf sin cos logSigmoid", 1),
    ...elementwise("gelu", 1, float32, float32, { approximate: "none" }),
    ...elementwise("leakyRelu", 1, float32, float32, { negativeSlope: 0.1 }),
    ...elementwise("power", 2, float32, float32, rules),
  ],
  double: [
    ...elementwise("relu absolute square sqrt exp log tanh sigmoid sin floor", 1, float64),
    ...elementwise("add multiply divide maximum", 2, float64),
    ...elementwise("addScaled", 2, float64, float64, { scale: 0.5 }),
    ...elementwise("less equal", 2, float64, bool),
    ...elementwise("copy", 1, float64),
  ],
  integers: [
    ...elementwise("add multiply", 2, int64),
    ...elementwise("absolute negative", 1, int64),
    ...elementwise("equal less", 2, int64, bool),
    ...elementwise("logicalAnd", 2, bool),
    ...elementwise("logicalNot", 1, bool),
  ],
  conversions: [
    ...elementwise("cast", 1, float32, float64, rules),
    ...elementwise("cast", 1, float64, float32, rules),
    ...elementwise("cast", 1, int64, float32, rules),
    ...elementwise("cast", 1, bool, float32, rules),
  ],
  rows: [
    ...rows("sum", { axes: [1], keepdims: false }, (size) => [size / 256]),
    ...rows("sum", { axes: [0], keepdims: false }, () => [256]),
    ...rows("sum", { axes: [0, 1], keepdims: false }, () => []),
    ...rows("amax", { axes: [1], keepdims: false }, (size) => [size / 256]),
    ...rows("softmax", { axis: 1 }, (size) => [size / 256, 256]),
    ...rows("logSoftmax", { axis: 1 }, (size) => [size / 256, 256]),
    ...rows("softmaxGradient", { axis: 1 }, (size) => [size / 256, 256], 2),
    ...rows("logSoftmaxGradient", { axis: 1 }, (size) => [size / 256, 256], 2),
  ],
};

const base = getDevice();
const runtime = new Runtime(getNumThreads());
let refusal: string | undefined;
const native = new NativeDevice(base, runtime, {
  least: 0,
  listener: (_operation, _inputs, why) => {
    refusal = why;
  },
});

/** The least times of both, in microseconds; undefined where ONNX Runtime does not do it. */
function compared(
  operation: string,
  { inputs, outputs, attributes }: Case,
): readonly [number, number] | undefined {
  const runs = [base, native].map(({ kernels }) => {
    const kernel = kernels[operation] as unknown as (...parameters: unknown[]) => void;
    return () => kernel(inputs, outputs, attributes);
  });
  runs[1]!();
  if (refusal !== undefined) return undefined;
  const counts = runs.map((run) => {
    const end = performance.now() + warmUp;
    while (performance.now() < end) run();
    let count = 1;
    for (;;) {
      const start = performance.now();
      for (let i = 0; i < count; i++) run();
      if (performance.now() - start >= turn) return count;
      count *= 2;
    }
  });
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let k = 0; k < turns; k++) {
    runs.forEach((run, i) => {
      const start = performance.now();
      for (let n = 0; n < counts[i]!; n++) run();
      least[i] = Math.min(least[i]!, ((performance.now() - start) * 1000) / counts[i]!);
    });
  }
  return [least[0]!, least[1]!];
}

function row({ operation, note = "", sizes, make }: Subject): void {
  const cells: string[] = [];
  let pays: number | undefined;
  for (const size of sizes) {
    const one = make(size);
    const times = compared(operation, one);
    if (times === undefined) {
      cells.push(`refused: ${refusal}`);
      pays = undefined;
      break;
    }
    const [plain, library] = times;
    const work = workOf(operation, one.inputs, one.outputs, one.attributes);
    if (library > 0.9 * plain) pays = undefined;
    else pays ??= work;
    cells.push(`${work}: ${plain.toPrecision(3)}/${library.toPrecision(3)}`);
  }
  console.log(`${operation} ${note}`.padEnd(26), `${pays ?? "never"}`.padEnd(9), cells.join("  "));
}

const wanted = process.argv.slice(2);
for (const [family, subjects] of Object.entries(families)) {
  if (wanted.length > 0 && !wanted.includes(family)) continue;
  console.log(
    `${family}: from how much work on; work: microseconds in TypeScript and WebAssembly / in ONNX Runtime`,
  );
  for (const subject of subjects) row(subject);
}
native.release();
runtime.release();
