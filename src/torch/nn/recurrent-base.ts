// torch.nn.RNNBase: parameters, checks and printed form of the recurrent layers.

import type { DType } from "../../core/dtype.ts";
import { PythonTypeError, RuntimeError, ValueError } from "../../core/errors.ts";
import type { Shape } from "../../core/layout.ts";
import { float, PyFloat } from "../../core/python.ts";
import { tupleText } from "../../core/text.ts";
import { warn } from "../../core/warnings.ts";
import { empty, zeros } from "../creation.ts";
import { shapeText, typeName } from "../errors.ts";
import { stack } from "../stacking.ts";
import type { Tensor } from "../tensor.ts";
import { uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import { Parameter } from "./parameter.ts";
import { gateCounts, type Mode, runLayers, type State, type Weights } from "./recurrence.ts";
import { type Numeric, settingText } from "./text.ts";
import { PackedSequence } from "./utils/rnn.ts";

/** What recurrent layers take by name. */
export interface RecurrentOptions {
  readonly inputSize?: number;
  readonly hiddenSize?: number;
  readonly numLayers?: number;
  readonly bias?: boolean;
  /** Sequences are [N, T, features] instead of [T, N, features]. The states are as ever. */
  readonly batchFirst?: boolean;
  /** Probability that what one layer hands to the next is dropped while training. */
  readonly dropout?: Numeric;
  readonly bidirectional?: boolean;
  readonly dtype?: DType;
}

/** What `LSTM` takes by name. */
export interface LSTMOptions extends RecurrentOptions {
  /** Features of the hidden state as it is handed on; 0: all of them. */
  readonly projSize?: number;
}

/** The options with their defaults. */
export type RecurrentBound = Required<Omit<LSTMOptions, "dtype">> & { readonly dtype: DType | undefined };

/** What counts where an option is not given. */
export const recurrentDefaults: Omit<RecurrentBound, "inputSize" | "hiddenSize"> = {
  numLayers: 1,
  bias: true,
  batchFirst: false,
  dropout: 0,
  bidirectional: false,
  projSize: 0,
  dtype: undefined,
};

/** A padded or a packed sequence. */
export type SequenceInput = Tensor | PackedSequence;

/** The last axes of what is given, with those of the batch in front, as the layers take it. */
interface Steps {
  /** [steps of all sequences, features] */
  readonly data: Tensor;
  readonly batchSizes: readonly number[];
  /** True iff the state has no axis for the batch. */
  readonly isSingle: boolean;
}

/** What RNN, LSTM and GRU have in common (torch.nn.RNNBase). */
export class RNNBase extends Module {
  readonly mode: Mode;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  readonly dropout: PyFloat;
  readonly bidirectional: boolean;
  readonly projSize: number;

  constructor(mode: Mode, bound: RecurrentBound) {
    super();
    checkOptions(bound);
    this.mode = mode;
    this.inputSize = bound.inputSize;
    this.hiddenSize = bound.hiddenSize;
    this.numLayers = bound.numLayers;
    this.bias = bound.bias;
    this.batchFirst = bound.batchFirst;
    this.dropout = float(Number(bound.dropout));
    this.bidirectional = bound.bidirectional;
    this.projSize = bound.projSize;
    for (const { suffix, features } of this.parts()) this.registerWeights(suffix, features, bound.dtype);
    this.resetParameters();
  }

  /** Features of the hidden state as it is handed on. */
  private get width(): number {
    return this.projSize > 0 ? this.projSize : this.hiddenSize;
  }

  /** Each layer in each direction: how its parameters' names end, and how many features it is given. */
  private parts(): { readonly suffix: string; readonly features: number }[] {
    const suffixes = this.bidirectional ? ["", "_reverse"] : [""];
    return Array.from({ length: this.numLayers }, (_, layer) =>
      suffixes.map((direction) => ({
        suffix: `l${layer}${direction}`,
        features: layer === 0 ? this.inputSize : this.width * suffixes.length,
      })),
    ).flat();
  }

  private registerWeights(suffix: string, features: number, dtype: DType | undefined): void {
    const rows = gateCounts[this.mode] * this.hiddenSize;
    const register = (name: string, shape: Shape): void => {
      this.registerParameter(`${name}_${suffix}`, new Parameter(empty(shape, ofType(dtype))));
    };
    register("weight_ih", [rows, features]);
    register("weight_hh", [rows, this.width]);
    if (this.bias) {
      register("bias_ih", [rows]);
      register("bias_hh", [rows]);
    }
    if (this.projSize > 0) register("weight_hr", [this.projSize, this.hiddenSize]);
  }

  /** Draws all parameters from U(-1/sqrt(hiddenSize), 1/sqrt(hiddenSize)). */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  /** Parameters of each layer and direction, in order. */
  get allWeights(): Parameter[][] {
    return this.parts().map(({ suffix }) =>
      ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"].flatMap(
        (name) => this._parameters.get(`${name}_${suffix}`) ?? [],
      ),
    );
  }

  /** Nothing here: in PyTorch the parameters are laid together for a GPU. */
  flattenParameters(): void {}

  /** A parameter, or what a parametrization or a hook has put in its place. */
  private weight(name: string): Tensor | null {
    return ((this as unknown as Record<string, unknown>)[name] as Tensor | undefined) ?? null;
  }

  private weights(): Weights[] {
    return this.parts().map(({ suffix }) => ({
      input: this.weight(`weight_ih_${suffix}`)!,
      hidden: this.weight(`weight_hh_${suffix}`)!,
      inputBias: this.bias ? this.weight(`bias_ih_${suffix}`) : null,
      hiddenBias: this.bias ? this.weight(`bias_hh_${suffix}`) : null,
      projection: this.projSize > 0 ? this.weight(`weight_hr_${suffix}`) : null,
    }));
  }

  /** Reads a sequence and the states given. @returns hidden states of all steps, and the last states' parts */
  protected run(
    name: string,
    input: SequenceInput,
    given: readonly Tensor[] | null,
  ): { readonly output: SequenceInput; readonly last: Tensor[] } {
    const { data, batchSizes, isSingle } = this.stepsOf(name, input);
    this.checkInput(data);
    const widths = this.mode === "LSTM" ? [this.width, this.hiddenSize] : [this.width];
    const permutations = input instanceof PackedSequence ? input : null;
    const initial = this.initialStates(data, batchSizes[0]!, widths, isSingle, given).map((part) =>
      permuted(part, permutations?.sortedIndices ?? null).unbind(0),
    );
    const weights = this.weights();
    const result = runLayers(
      data,
      weights.map((_, at): State => initial.map((part) => part[at]!)),
      weights,
      {
        mode: this.mode,
        batchSizes,
        layers: this.numLayers,
        isBidirectional: this.bidirectional,
        dropout: this.training ? this.dropout.value : 0,
      },
    );
    const last = widths.map((_, part) => {
      const all = permuted(
        stack(result.last.map((state) => state[part]!)),
        permutations?.unsortedIndices ?? null,
      );
      return isSingle ? all.squeeze(1) : all;
    });
    return { output: this.laidLike(input, result.output, batchSizes, isSingle), last };
  }

  private stepsOf(name: string, input: SequenceInput): Steps {
    if (input instanceof PackedSequence) {
      const batchSizes = input.batchSizes.tolist() as number[];
      if (input.data.ndim !== 2)
        throw new RuntimeError(`input must have 2 dimensions, got ${input.data.ndim}`);
      return { data: input.data, batchSizes, isSingle: false };
    }
    if (input.ndim !== 2 && input.ndim !== 3) {
      const kind = name === "RNN" ? "D tensor" : "D";
      throw new ValueError(`${name}: Expected input to be 2D or 3D, got ${input.ndim}${kind} instead`);
    }
    const isSingle = input.ndim === 2;
    const sequence = isSingle ? input.unsqueeze(1) : this.batchFirst ? input.transpose(0, 1) : input;
    const [length, batch] = sequence.shape as [number, number];
    if (length === 0) throw new RuntimeError("Expected sequence length to be larger than 0 in RNN");
    return { data: sequence.flatten(0, 1), batchSizes: new Array<number>(length).fill(batch), isSingle };
  }

  private checkInput(data: Tensor): void {
    const { dtype } = this.weight("weight_ih_l0")!;
    if (data.dtype !== dtype) {
      const [given, own] = [data.dtype.name, dtype.name].map((type) => `torch.${type}`);
      throw new ValueError(
        `RNN input dtype (${given}) does not match weight dtype (${own}). ` +
          `Convert input: input.to(${own}), or convert model: model.to(${given})`,
      );
    }
    if (data.shape[1] !== this.inputSize) {
      throw new RuntimeError(
        `input.size(-1) must be equal to input_size. Expected ${this.inputSize}, got ${data.shape[1]}`,
      );
    }
  }

  /** The states given, [layers * directions, N, features] each, or zeros. */
  private initialStates(
    data: Tensor,
    batch: number,
    widths: readonly number[],
    isSingle: boolean,
    given: readonly Tensor[] | null,
  ): Tensor[] {
    const count = this.numLayers * (this.bidirectional ? 2 : 1);
    if (given === null) return widths.map((width) => zeros([count, batch, width], { dtype: data.dtype }));
    const rank = isSingle ? 2 : 3;
    if (given.some(({ ndim }) => ndim !== rank)) {
      const kind = isSingle ? "unbatched 2-D" : "batched 3-D";
      const ranks = given.map(({ ndim }) => `${ndim}-D`);
      throw new RuntimeError(
        widths.length === 1
          ? `For ${kind} input, hx should also be ${rank}-D but got ${ranks[0]} tensor`
          : `For ${kind} input, hx and cx should also be ${rank}-D but got (${ranks.join(", ")}) tensors`,
      );
    }
    return widths.map((width, part) => {
      const state = isSingle ? given[part]!.unsqueeze(1) : given[part]!;
      const expected = [count, batch, width];
      if (state.shape.some((length, axis) => length !== expected[axis])) {
        const what = widths.length === 1 ? "hidden" : `hidden[${part}]`;
        throw new RuntimeError(`Expected ${what} size ${tupleText(expected)}, got ${shapeText(state.shape)}`);
      }
      return state;
    });
  }

  /** The hidden states of all steps, laid as the input lay. */
  private laidLike(
    input: SequenceInput,
    output: Tensor,
    batchSizes: readonly number[],
    isSingle: boolean,
  ): SequenceInput {
    if (input instanceof PackedSequence)
      return new PackedSequence(output, input.batchSizes, input.sortedIndices, input.unsortedIndices);
    if (isSingle) return output;
    const sequence = output.view(batchSizes.length, batchSizes[0]!, output.shape[1]!);
    return this.batchFirst ? sequence.transpose(0, 1) : sequence;
  }

  override extraRepr(): string {
    const settings: readonly (readonly [name: string, value: unknown, isDefault: boolean])[] = [
      ["proj_size", this.projSize, this.projSize === 0],
      ["num_layers", this.numLayers, this.numLayers === 1],
      ["bias", this.bias, this.bias],
      ["batch_first", this.batchFirst, !this.batchFirst],
      ["dropout", this.dropout, this.dropout.value === 0],
      ["bidirectional", this.bidirectional, !this.bidirectional],
    ];
    const shown = settings.filter(([, , isDefault]) => !isDefault);
    return [
      `${this.inputSize}, ${this.hiddenSize}`,
      ...shown.map(([name, value]) => `${name}=${settingText(value)}`),
    ].join(", ");
  }
}

/** The sequences of a state in another order. */
function permuted(state: Tensor, permutation: Tensor | null): Tensor {
  return permutation === null ? state : state.indexSelect(1, permutation);
}

function checkOptions(bound: RecurrentBound): void {
  const { inputSize, hiddenSize, numLayers, bias, batchFirst, projSize } = bound;
  const isNumber = typeof bound.dropout === "number" || bound.dropout instanceof PyFloat;
  const dropout = Number(bound.dropout);
  if (!isNumber || !(dropout >= 0 && dropout <= 1)) {
    throw new ValueError(
      "dropout should be a number in range [0, 1] representing the probability of an element being zeroed",
    );
  }
  if (dropout > 0 && numLayers === 1) {
    warn(
      "UserWarning",
      "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater " +
        `than 1, but got dropout=${settingText(bound.dropout)} and num_layers=${numLayers}`,
    );
  }
  for (const [name, value] of [
    ["bias", bias],
    ["batch_first", batchFirst],
  ] as const) {
    if (typeof value !== "boolean")
      throw new PythonTypeError(`${name} should be of type bool, got: ${typeName(value)}`);
  }
  for (const [name, value] of [
    ["input_size", inputSize],
    ["hidden_size", hiddenSize],
  ] as const) {
    if (!Number.isInteger(value))
      throw new PythonTypeError(`${name} should be of type int, got: ${typeName(value)}`);
    if (value <= 0) throw new ValueError(`${name} must be greater than zero`);
  }
  if (numLayers <= 0) throw new ValueError("num_layers must be greater than zero");
  if (projSize < 0)
    throw new ValueError("proj_size should be a positive integer or zero to disable projections");
  if (projSize >= hiddenSize) throw new ValueError("proj_size has to be smaller than hidden_size");
}
