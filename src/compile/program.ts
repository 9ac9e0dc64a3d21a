// A program as values: what a trace did to memory, said without memory. Each value has one maker; what was written in place is a
// new value; what was read through strides is a chain of views.

import { type DType, partType } from "../core/dtype.ts";
import { type Shape, sameShape } from "../core/layout.ts";

/** A row-major tensor. */
export interface Value {
  readonly id: number;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly maker: Maker;
}

/** What a value comes from. */
export type Maker = Input | Computation | View;

/** What a maker is made of. */
export const inputsOf = (maker: Maker): readonly Value[] => (maker.kind === "input" ? [] : maker.inputs);

/** Memory that is there when the program runs. */
export interface Input {
  readonly kind: "input";
  readonly slot: number;
  /** Where the elements begin in the slot, in elements. */
  readonly start: number;
}

/** A run of an operation. */
export interface Computation {
  readonly kind: "computation";
  readonly name: string;
  readonly attributes: unknown;
  readonly inputs: readonly Value[];
  readonly outputs: Value[];
  readonly path: string;
  /** Its number in the trace. */
  readonly entry: number;
}

/** Another arrangement of one value's elements, or of several values'. */
export interface View {
  readonly kind: "view";
  readonly name: ViewName;
  readonly inputs: readonly Value[];
  /** Lengths, axes or places, by the view's name. */
  readonly numbers: readonly (readonly number[])[];
  readonly path: string;
}

/**
 * The views, and what their numbers are.
 *
 * - `reshape`: the same elements in order, under lengths
 * - `transpose`: axis i of the result is axis `axes[i]`
 * - `slice`: elements from starts to before ends
 * - `expand`: stretched to lengths, as broadcasting does
 * - `gather`: elements of a vector at places, under lengths
 * - `scatter`: a vector with the elements of another at places
 * - `concat`: vectors one after another
 * - `apart`: complex numbers as pairs of their parts, a last axis of length 2
 * - `joined`: such pairs as complex numbers
 */
export type ViewName =
  | "reshape"
  | "transpose"
  | "slice"
  | "expand"
  | "gather"
  | "scatter"
  | "concat"
  | "apart"
  | "joined";

/** Makes values; equal views of one value are one. */
export class Values {
  private count = 0;
  private readonly views: Map<string, Value> = new Map();
  /** The module that views are made for. */
  path = "";

  input(dtype: DType, shape: Shape, slot: number, start: number): Value {
    return { id: this.count++, dtype, shape, maker: { kind: "input", slot, start } };
  }

  computation(
    { name, attributes, path }: Pick<Computation, "name" | "attributes" | "path">,
    entry: number,
    inputs: readonly Value[],
    results: readonly { readonly dtype: DType; readonly shape: Shape }[],
  ): readonly Value[] {
    const maker: Computation = { kind: "computation", name, attributes, inputs, outputs: [], path, entry };
    for (const { dtype, shape } of results) maker.outputs.push({ id: this.count++, dtype, shape, maker });
    return maker.outputs;
  }

  private view(
    name: View["name"],
    inputs: readonly Value[],
    shape: Shape,
    numbers: View["numbers"],
    dtype: DType = inputs[0]!.dtype,
  ): Value {
    const key = `${name} ${inputs.map(({ id }) => id).join()} ${numbers.map((each) => each.join()).join(";")} ${shape.join()}`;
    const known = this.views.get(key);
    if (known !== undefined) return known;
    const maker: View = { kind: "view", name, inputs, numbers, path: this.path };
    const value = { id: this.count++, dtype, shape, maker };
    this.views.set(key, value);
    return value;
  }

  reshape(value: Value, shape: Shape): Value {
    if (sameShape(value.shape, shape)) return value;
    const { maker } = value;
    if (maker.kind === "view" && maker.name === "reshape") return this.reshape(maker.inputs[0]!, shape);
    return this.view("reshape", [value], shape, [shape]);
  }

  transpose(value: Value, axes: readonly number[]): Value {
    if (axes.every((axis, i) => axis === i)) return value;
    const { maker } = value;
    if (maker.kind === "view" && maker.name === "transpose") {
      const inner = maker.numbers[0]!;
      return this.transpose(
        maker.inputs[0]!,
        axes.map((axis) => inner[axis]!),
      );
    }
    const shape = axes.map((axis) => value.shape[axis]!);
    return this.view("transpose", [value], shape, [axes]);
  }

  slice(value: Value, starts: readonly number[], lengths: readonly number[]): Value {
    if (sameShape(value.shape, lengths)) return value;
    const ends = starts.map((start, axis) => start + lengths[axis]!);
    return this.view("slice", [value], lengths, [starts, ends]);
  }

  expand(value: Value, shape: Shape): Value {
    return sameShape(value.shape, shape) ? value : this.view("expand", [value], shape, [shape]);
  }

  gather(value: Value, places: readonly number[], shape: Shape): Value {
    return this.view("gather", [value], shape, [places, shape]);
  }

  scatter(value: Value, updates: Value, places: readonly number[]): Value {
    return this.view("scatter", [value, updates], value.shape, [places]);
  }

  apart(value: Value): Value {
    const { maker } = value;
    if (maker.kind === "view" && maker.name === "joined") return maker.inputs[0]!;
    return this.view("apart", [value], [...value.shape, 2], [], partType(value.dtype));
  }

  /** @param dtype the complex type */
  joined(value: Value, dtype: DType): Value {
    const { maker } = value;
    if (maker.kind === "view" && maker.name === "apart") return maker.inputs[0]!;
    return this.view("joined", [value], value.shape.slice(0, -1), [], dtype);
  }

  concat(values: readonly Value[]): Value {
    const length = values.reduce((sum, { shape }) => sum + shape[0]!, 0);
    return values.length === 1 ? values[0]! : this.view("concat", values, [length], []);
  }
}
