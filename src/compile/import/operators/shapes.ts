// Operators that move elements and change shapes, and those that reckon with shapes.

import { float32, int64 } from "../../../core/dtype.ts";
import { RuntimeError, ValueError } from "../../../core/errors.ts";
import { eye, full, scalarTensor } from "../../../torch/creation.ts";
import { pad as padded } from "../../../torch/nn/functional/padding.ts";
import { arange } from "../../../torch/ranges.ts";
import { cat, stack } from "../../../torch/stacking.ts";
import type { Tensor } from "../../../torch/tensor.ts";
import {
  type Call,
  constant,
  float,
  floats,
  int,
  ints,
  type Operator,
  operator,
  text,
  texts,
} from "../operator.ts";
import { axisOf, countOf, dtypeOf, part, typeRefusal, vector } from "./helpers.ts";

/** A shape in which 0 stands for the input's length, unless zeros are meant. */
function reshaped(x: Tensor, shape: readonly number[], allowZero: boolean): Tensor {
  const lengths = shape.map((length, axis) => (length === 0 && !allowZero ? (x.shape[axis] ?? 0) : length));
  return x.reshape(...lengths);
}

function sliced(x: Tensor, axis: number, start: number, end: number, step: number): Tensor {
  const length = x.shape[axis]!;
  const bound = (at: number, low: number, high: number): number =>
    Math.min(Math.max(at < 0 ? at + length : at, low), high);
  if (step > 0) {
    const [from, to] = [bound(start, 0, length), bound(end, 0, length)];
    if (step === 1) return x.narrow(axis, from, Math.max(0, to - from));
    return part(x, axis, `${from}:${Math.max(from, to)}:${step}`);
  }
  if (step === 0) throw new ValueError("a slice has the step 0");
  const [from, to] = [bound(start, -1, length - 1), bound(end, -1, length - 1)];
  // Torch has no views that go backwards: from the last element taken to the first, and turned.
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (count === 0) return x.narrow(axis, 0, 0);
  const last = from + (count - 1) * step;
  return part(x, axis, `${last}:${from + 1}:${-step}`).flip(axis);
}

const slice = operator("Slice", { starts: ints(), ends: ints(), axes: ints() }, (call) => {
  const { attributes } = call;
  const starts = attributes.starts ?? call.numbers(1);
  const ends = attributes.ends ?? call.numbers(2);
  const axes = attributes.axes ?? call.maybeNumbers(3) ?? starts.map((_, i) => i);
  const steps = call.maybeNumbers(4) ?? starts.map(() => 1);
  const x = call.tensor(0);
  return axes.reduce((result, axis, i) => {
    return sliced(result, axisOf(axis, x.ndim), starts[i]!, ends[i]!, steps[i]!);
  }, x);
});

const split = operator("Split", { axis: int(0), split: ints(), num_outputs: int() }, (call) => {
  const x = call.tensor(0);
  const axis = axisOf(call.attributes.axis, x.ndim);
  const count = call.attributes.num_outputs ?? call.wanted.length;
  const length = x.shape[axis]!;
  const given = call.attributes.split ?? call.maybeNumbers(1);
  const each = Math.ceil(length / count);
  const sizes =
    given ?? Array.from({ length: count }, (_, i) => Math.min(each, Math.max(0, length - i * each)));
  return x.split([...sizes], axis);
});

const squeezing: readonly Operator[] = [
  operator("Squeeze", { axes: ints() }, (call) => {
    const x = call.tensor(0);
    const given = call.attributes.axes ?? call.maybeNumbers(1);
    const axes = given?.map((axis) => axisOf(axis, x.ndim));
    const kept = x.shape.filter((length, axis) => (axes === undefined ? length !== 1 : !axes.includes(axis)));
    return x.reshape(...kept);
  }),
  operator("Unsqueeze", { axes: ints() }, (call) => {
    const x = call.tensor(0);
    const given = call.attributes.axes ?? call.numbers(1);
    const rank = x.ndim + given.length;
    const axes = given.map((axis) => axisOf(axis, rank)).sort((a, b) => a - b);
    return axes.reduce((result, axis) => result.unsqueeze(axis), x);
  }),
  operator("Flatten", { axis: int(1) }, (call) => {
    const x = call.tensor(0);
    const { axis } = call.attributes;
    return x.reshape(
      countOf(x.shape.slice(0, axis < 0 ? axis + x.ndim : axis)),
      x.shape.length === 0 ? 1 : countOf(x.shape.slice(axis)),
    );
  }),
];

/** What of a tensor's shape is asked for, as integers. */
const asking: readonly Operator[] = [
  operator("Shape", { start: int(0), end: int() }, (call) => {
    const { start, end } = call.attributes;
    return vector(call.tensor(0).shape.slice(start, end));
  }),
  operator("Size", {}, (call) => scalarTensor(countOf(call.tensor(0).shape), { dtype: int64 })),
];

const making: readonly Operator[] = [
  operator(
    "Constant",
    {
      value: constant(),
      value_float: float(),
      value_floats: floats(),
      value_int: int(),
      value_ints: ints(),
      value_string: text(),
      value_strings: texts(),
    },
    () => {
      throw new RuntimeError("a constant is not run");
    },
  ),
  operator("ConstantOfShape", { value: constant() }, (call) => {
    const value = call.attributes.value?.tensor;
    const options = { dtype: value?.dtype ?? float32 };
    return full(
      call.numbers(0),
      value === undefined ? 0 : (value.reshape(-1).at(0).item() as number),
      options,
    );
  }),
  operator("Range", {}, (call) => {
    const [start, limit, step] = [call.tensor(0), call.tensor(1), call.tensor(2)];
    const count = Math.max(0, Math.ceil((Number(limit.item()) - Number(start.item())) / Number(step.item())));
    return arange(count, { dtype: start.dtype }).mul(step).add(start);
  }),
  operator(
    "EyeLike",
    { dtype: int(), k: int(0) },
    (call) => {
      const x = call.tensor(0);
      const [rows, columns] = x.shape as [number, number];
      const { dtype, k } = call.attributes;
      const made = eye(Math.max(rows, columns) + Math.abs(k), {
        dtype: dtype === undefined ? x.dtype : dtypeOf(dtype),
      });
      return made.narrow(0, Math.max(0, k), rows).narrow(1, Math.max(0, -k), columns);
    },
    { refusal: ({ attributes }) => typeRefusal(attributes.dtype) },
  ),
];

/** Borders: ONNX has those before all axes first, torch before and after the last axis first. */
function border(x: Tensor, pads: readonly number[], given: readonly number[] | undefined): number[] {
  const axes = given ?? [...x.shape.keys()];
  const result = new Array<number>(2 * x.ndim).fill(0);
  axes.forEach((each, i) => {
    const at = 2 * (x.ndim - 1 - axisOf(each, x.ndim));
    result[at] = pads[i]!;
    result[at + 1] = pads[i + axes.length]!;
  });
  return result;
}

/** Axes whose border is taken from the input, each by itself: by the elements it is made of. */
function bordered(x: Tensor, pads: readonly number[], mode: string): Tensor {
  const place: Readonly<Record<string, (at: number, length: number) => number>> = {
    reflect: (at, length) => {
      const turn = Math.max(1, 2 * (length - 1));
      const rest = ((at % turn) + turn) % turn;
      return rest < length ? rest : turn - rest;
    },
    edge: (at, length) => Math.min(Math.max(at, 0), length - 1),
    wrap: (at, length) => ((at % length) + length) % length,
  };
  return x.shape.reduce((result, length, axis) => {
    const [before, after] = [pads[2 * (x.ndim - 1 - axis)]!, pads[2 * (x.ndim - 1 - axis) + 1]!];
    if (before === 0 && after === 0) return result;
    const positions = Array.from({ length: length + before + after }, (_, i) =>
      place[mode]!(i - before, length),
    );
    return result.indexSelect(axis, vector(positions));
  }, x);
}

const padModes = ["constant", "reflect", "edge", "wrap"];

const pad = operator(
  "Pad",
  { mode: text("constant"), pads: ints(), paddings: ints(), value: float(0) },
  (call) => {
    const x = call.tensor(0);
    const { attributes } = call;
    const pads = attributes.pads ?? attributes.paddings ?? call.numbers(1);
    const all = border(x, pads, call.maybeNumbers(3));
    if (attributes.mode === "constant") return padded(x, all, "constant", call.number(2) ?? attributes.value);
    return bordered(x, all, attributes.mode);
  },
  {
    settings: [2],
    refusal: ({ attributes: { mode } }) => (padModes.includes(mode) ? undefined : `there is no mode ${mode}`),
  },
);

type Blocks = Call<{ readonly blocksize: number; readonly mode: string }>;

function depthToSpace(call: Blocks): Tensor {
  const x = call.tensor(0);
  const { blocksize: b, mode } = call.attributes;
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const depth = c / (b * b);
  const moved =
    mode === "CRD"
      ? x.reshape(n, depth, b, b, h, w).permute(0, 1, 4, 2, 5, 3)
      : x.reshape(n, b, b, depth, h, w).permute(0, 3, 4, 1, 5, 2);
  return moved.reshape(n, depth, h * b, w * b);
}

function spaceToDepth(call: Blocks): Tensor {
  const x = call.tensor(0);
  const { blocksize: b, mode } = call.attributes;
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const blocks = x.reshape(n, c, h / b, b, w / b, b);
  const moved = mode === "CRD" ? blocks.permute(0, 1, 3, 5, 2, 4) : blocks.permute(0, 3, 5, 1, 2, 4);
  return moved.reshape(n, c * b * b, h / b, w / b);
}

const blockModes = {
  refusal: ({ attributes: { mode } }: { readonly attributes: { readonly mode: string } }) =>
    ["DCR", "CRD"].includes(mode) ? undefined : `there is no mode ${mode}`,
};

const moving: readonly Operator[] = [
  operator("Reshape", { shape: ints(), allowzero: int(0), consumed_inputs: int() }, (call) =>
    reshaped(call.tensor(0), call.attributes.shape ?? call.numbers(1), call.attributes.allowzero === 1),
  ),
  operator("Transpose", { perm: ints() }, (call) => {
    const x = call.tensor(0);
    return x.permute(...(call.attributes.perm ?? [...x.shape.keys()].reverse()));
  }),
  operator("Concat", { axis: int() }, (call) => {
    const all = call.all();
    return cat(all, axisOf(call.attributes.axis ?? 1, all[0]!.ndim));
  }),
  operator("Expand", {}, (call) => {
    const x = call.tensor(0);
    const shape = call.numbers(1);
    // Both are stretched: a length of 1 in the shape keeps the input's.
    const rank = Math.max(shape.length, x.ndim);
    const lengths = Array.from({ length: rank }, (_, axis) => {
      const own = x.shape[axis - rank + x.ndim] ?? 1;
      const asked = shape[axis - rank + shape.length] ?? 1;
      return asked === 1 ? own : asked;
    });
    return x.expand(...lengths);
  }),
  operator("Tile", {}, (call) => {
    const x = call.tensor(0);
    const repeats = call.numbers(1);
    // Opset 1 had how often, and along which axis.
    if (call.inputs.length === 3) {
      const axis = call.number(2)!;
      return x.repeat(...x.shape.map((_, at) => (at === axis ? repeats[0]! : 1)));
    }
    return x.repeat(...repeats);
  }),
  operator("DepthToSpace", { blocksize: int(1), mode: text("DCR") }, depthToSpace, blockModes),
  operator("SpaceToDepth", { blocksize: int(1), mode: text("DCR") }, spaceToDepth, blockModes),
  operator("Trilu", { upper: int(1) }, (call) => {
    const k = call.number(1) ?? 0;
    return call.attributes.upper === 1 ? call.tensor(0).triu(k) : call.tensor(0).tril(k);
  }),
  operator("ReverseSequence", { batch_axis: int(1), time_axis: int(0) }, (call) => {
    const x = call.tensor(0);
    const { batch_axis: batch, time_axis: time } = call.attributes;
    const lengths = call.numbers(1);
    const rows = lengths.map((length, i) => {
      const row = x.select(batch, i);
      const at = time > batch ? time - 1 : time;
      return cat([row.narrow(at, 0, length).flip(at), row.narrow(at, length, x.shape[time]! - length)], at);
    });
    return stack(rows, batch);
  }),
];

/** Shapes. */
export const shapeOperators: readonly Operator[] = [
  ...asking,
  ...making,
  ...moving,
  ...squeezing,
  slice,
  split,
  pad,
];
