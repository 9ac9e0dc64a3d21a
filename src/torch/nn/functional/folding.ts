// torch.nn.functional.unfold and fold: sliding blocks of planes as columns, and columns added back into planes
// (im2col, col2im). The blocks are a view of the padded planes.

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { contiguousStrides, product, type Shape } from "../../../core/layout.ts";
import { tupleText } from "../../../core/text.ts";
import { asStrided, contiguous, embedView } from "../../../ops/views.ts";
import { wrapDim } from "../../dims.ts";
import { shapeText } from "../../errors.ts";
import { inFloat32 } from "../../half.ts";
import { named } from "../../node.ts";
import { notImplemented } from "../../refusals.ts";
import { run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import { type Size, sizes } from "../sizes.ts";
import { pad } from "./padding.ts";

/** How blocks slide over planes. */
export interface BlockSettings {
  readonly kernelSize: Size;
  readonly dilation: Size;
  readonly padding: Size;
  readonly stride: Size;
}

interface Blocks {
  readonly kernel: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly number[];
  readonly stride: readonly number[];
}

/** @throws RuntimeError for a setting that is not one number or two, or is out of range */
function blocksOf(settings: BlockSettings): Blocks {
  const pair = (name: string, size: Size): readonly number[] => {
    const values = sizes(size, 2);
    if (values.length === 2) return values;
    throw new RuntimeError(`It is expected ${name} equals to 2, but got size ${values.length}`);
  };
  const kernel = pair("kernel_size", settings.kernelSize);
  const dilation = pair("dilation", settings.dilation);
  const padding = pair("padding", settings.padding);
  const stride = pair("stride", settings.stride);
  checkAtLeast("kernel size", "kernel", kernel, 1);
  checkAtLeast("stride", "stride", stride, 1);
  checkAtLeast("dilation", "dilation", dilation, 1);
  checkAtLeast("padding", "pad", padding, 0);
  return { kernel, dilation, padding, stride };
}

function checkAtLeast(what: string, prefix: string, values: readonly number[], least: number): void {
  if (values.every((value) => value >= least)) return;
  const rule = least === 0 ? "non-negative" : "greater than zero";
  throw new RuntimeError(
    `${what} should be ${rule}, but got ${prefix}_height: ${values[0]} ${prefix}_width: ${values[1]}`,
  );
}

/** Where blocks lie in padded planes: how many there are, the planes' lengths, and the blocks as a view of them. */
function plan(lead: Shape, plane: Shape, { kernel, dilation, padding, stride }: Blocks) {
  const lengths = plane.map((length, axis) => length + 2 * padding[axis]!);
  const counts = lengths.map(
    (length, axis) => Math.floor((length - dilation[axis]! * (kernel[axis]! - 1) - 1) / stride[axis]!) + 1,
  );
  const padded = [...lead, ...lengths];
  const [batch, channel, row] = contiguousStrides(padded);
  return {
    counts,
    padded,
    view: {
      shape: [...lead, ...kernel, ...counts],
      strides: [batch!, channel!, dilation[0]! * row!, dilation[1]!, stride[0]! * row!, stride[1]!],
      offset: 0,
    },
  };
}

const text = (values: readonly number[]): string => tupleText(values.map(String));

/**
 * Sliding blocks of planes as columns.
 * @param input shape [N, C, H, W] or [C, H, W]
 * @returns shape [N, C kH kW, blocks]
 * @throws RuntimeError for another rank, and when no block fits
 */
export function unfoldBlocks(input: Tensor, settings: BlockSettings): Tensor {
  const { shape, rank, dtype } = input.layout;
  const blocks = blocksOf(settings);
  if (rank < 3) wrapDim(2, rank);
  if ((rank !== 3 && rank !== 4) || shape.slice(rank - 3).includes(0)) {
    throw new RuntimeError(
      `Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ${shapeText(shape)}`,
    );
  }
  if (rank === 3) return named(unfoldBlocks(input.unsqueeze(0), settings).squeeze(0), "Im2ColBackward0");
  const { kernel, dilation, padding } = blocks;
  const { counts, view } = plan(shape.slice(0, 2), shape.slice(2), blocks);
  if (counts.some((count) => count < 1)) {
    throw new RuntimeError(
      `Given input with spatial size ${text(shape.slice(2))}, kernel_size=${text(kernel)}, dilation=${text(dilation)}, padding=${text(padding)}, calculated shape of the array of sliding blocks as ${text(counts)}, but its components must be at least one.`,
    );
  }
  if (dtype.isInteger) throw notImplemented("im2col_out_cpu", dtype);
  // Row-major memory of its own, which the view is laid over.
  const source = pad(input, [padding[1]!, padding[1]!, padding[0]!, padding[0]!]);
  const padded = run(contiguous, [source], undefined);
  const columns = run(asStrided, [padded], view);
  const result = columns.reshape([shape[0]!, shape[1]! * product(kernel), product(counts)]);
  return named(result, "Im2ColBackward0");
}

interface FoldSettings extends BlockSettings {
  readonly outputSize: Size;
}

/**
 * Columns added back into planes, where `unfoldBlocks` takes them from.
 * @param input shape [N, C kH kW, blocks] or [C kH kW, blocks]
 * @returns shape [N, C, ...outputSize]
 * @throws RuntimeError when the columns are not those of such planes
 */
export function foldBlocks(input: Tensor, settings: FoldSettings): Tensor {
  const { shape, rank, dtype } = input.layout;
  const size = sizes(settings.outputSize, 2);
  if (size.length !== 2)
    throw new RuntimeError(`It is expected output_size equals to 2, but got size ${size.length}`);
  const blocks = blocksOf(settings);
  if ((rank !== 2 && rank !== 3) || shape.slice(rank - 2).includes(0)) {
    throw new RuntimeError(
      `Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: ${shapeText(shape)}`,
    );
  }
  const channels = checkColumns(input, size, blocks);
  if (dtype.isInteger) throw notImplemented("col2im_out_cpu", dtype);
  const { kernel, padding } = blocks;
  const lead = [rank === 3 ? shape[0]! : 1, channels];
  const { counts, padded, view } = plan(lead, size, blocks);
  const result = inFloat32([input], (columns) => {
    const parts = columns.reshape([...lead, ...kernel, ...counts]);
    const planes = run(embedView, [parts], { ...view, shape: padded });
    const inside = planes.narrow(2, padding[0]!, size[0]!).narrow(3, padding[1]!, size[1]!);
    return run(contiguous, [rank === 3 ? inside : inside.squeeze(0)], undefined);
  });
  return named(result, "Col2ImBackward0");
}

/** @returns the channels @throws RuntimeError when rows or columns are not as many as there have to be */
function checkColumns({ layout: { shape, rank } }: Tensor, size: readonly number[], blocks: Blocks): number {
  const { kernel, dilation, padding, stride } = blocks;
  const [rows, columns] = [shape[rank - 2]!, shape[rank - 1]!];
  if (rows % product(kernel) !== 0) {
    throw new RuntimeError(
      `Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)=${rows} and kernel_size=${text(kernel)}.`,
    );
  }
  const { counts } = plan([1, 1], size, blocks);
  if (columns !== product(counts)) {
    throw new RuntimeError(
      `Given output_size=${text(size)}, kernel_size=${text(kernel)}, dilation=${text(dilation)}, padding=${text(padding)}, stride=${text(stride)}, expected size of input's dimension 2 to match the calculated number of sliding blocks ${counts.join(" * ")} = ${product(counts)}, but got input.size(2)=${columns}.`,
    );
  }
  return rows / product(kernel);
}

type UnfoldArguments = Signature<
  [input: Tensor, kernelSize: Size, dilation: Size, padding: Size, stride: Size],
  Partial<BlockSettings> & { readonly input?: Tensor }
>;

const blockDefaults = { dilation: 1, padding: 0, stride: 1 } as const;

/** Sliding blocks as columns (torch.nn.functional.unfold). */
export function unfold(...args: UnfoldArguments): Tensor {
  const names = ["input", "kernelSize", "dilation", "padding", "stride"] as const;
  const bound = bind<BlockSettings & { readonly input: Tensor }>("unfold", names, args, blockDefaults);
  return unfoldBlocks(bound.input, bound);
}

type FoldArguments = Signature<
  [input: Tensor, outputSize: Size, kernelSize: Size, dilation: Size, padding: Size, stride: Size],
  Partial<FoldSettings> & { readonly input?: Tensor }
>;

/** Columns added back into planes (torch.nn.functional.fold). */
export function fold(...args: FoldArguments): Tensor {
  const names = ["input", "outputSize", "kernelSize", "dilation", "padding", "stride"] as const;
  const bound = bind<FoldSettings & { readonly input: Tensor }>("fold", names, args, blockDefaults);
  return foldBlocks(bound.input, bound);
}
