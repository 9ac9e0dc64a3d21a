// A program of values as a graph of ONNX.

import type { DType } from "../core/dtype.ts";
import { bool, float16, int64 } from "../core/dtype.ts";
import { NotImplementedError } from "../core/errors.ts";
import { product, sameShape } from "../core/layout.ts";
import { carrierOf, reals } from "../lowering/carried.ts";
import { allKnown, fusions, type Lowering, lowerings, UnknownLength } from "../lowering/index.ts";
import { Nodes } from "../lowering/nodes.ts";
import { carriedAs, type GraphBuilder, type GraphValue, type Length } from "../onnx/graph.ts";
import { attributesOf, type DynamicProgram } from "./dynamic.ts";
import { type Computation, type Input, inputsOf, type Maker, type Value, type View } from "./program.ts";

/** What lowering a program needs to know. */
export interface LoweringOptions {
  /** What the graph has for what is there when it runs: an input, or a constant. */
  readonly input: (value: Value, vector: (lengths: readonly Length[]) => GraphValue) => GraphValue;
  /** True iff a value that is made by something is there when the graph runs all the same. */
  readonly isGiven?: (value: Value) => boolean;
  /** The lengths that are known when the graph runs. */
  readonly dynamic?: DynamicProgram | undefined;
  /** A dynamic length, as a vector of one integer. */
  readonly dimension?: (name: string) => GraphValue;
  /** True iff one operation alone reads a value, and nobody else wants it. */
  readonly isUsedOnce: (value: Value) => boolean;
  /** Values for attributes that vary from run to run, by the number of the trace's entry and the attribute's name. */
  readonly varying?: (entry: number) => Readonly<Record<string, GraphValue>> | undefined;
}

/** How an operation is lowered, and from what. */
interface Form {
  readonly lowering: Lowering<never> | undefined;
  readonly inputs: readonly Value[];
}

/** Lowers values, each once, with what they depend on. */
export class ProgramLowering {
  private readonly graph: GraphBuilder;
  private readonly options: LoweringOptions;
  private readonly done: Map<number, GraphValue> = new Map();
  private readonly forms: Map<Computation, Form> = new Map();
  private readonly lengths: Map<string, GraphValue> = new Map();

  constructor(graph: GraphBuilder, options: LoweringOptions) {
    this.graph = graph;
    this.options = options;
  }

  /** A value in the graph. Values are taken in the order in which they were made, so that nothing is too deep. */
  lower(value: Value): GraphValue {
    const waiting = [value];
    for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
      const isReady = this.done.has(next.id) || this.isGiven(next);
      const open = isReady ? [] : this.needs(next.maker).filter(({ id }) => !this.done.has(id));
      if (open.length > 0) waiting.push(...open);
      else {
        waiting.pop();
        if (!this.done.has(next.id)) this.make(next);
      }
    }
    return this.done.get(value.id)!;
  }

  private isGiven(value: Value): value is Value & { readonly maker: Input } {
    return value.maker.kind === "input" || this.options.isGiven?.(value) === true;
  }

  private make(value: Value): void {
    const { maker } = value;
    if (this.isGiven(value))
      this.done.set(
        value.id,
        this.options.input(value, (lengths) => this.vector(lengths)),
      );
    else if (maker.kind === "view") this.done.set(value.id, this.view(maker, value));
    else if (maker.kind === "computation") this.compute(maker);
  }

  private compute(maker: Computation): void {
    const { outputs, path } = maker;
    const { graph } = this;
    graph.scope = path;
    const { lowering, inputs } = this.form(maker);
    const varying = this.options.varying?.(maker.entry);
    const made = lowering?.({
      graph,
      inputs: inputs.map(({ id }) => this.done.get(id)!),
      attributes: this.attributesOf(maker) as never,
      results: outputs.map((value) => ({ dtype: value.dtype, shape: this.shapeOf(value) })),
      ...(varying !== undefined && { varying }),
    });
    if (made === undefined) throw notLowered(maker);
    const nodes = new Nodes(graph);
    outputs.forEach(({ id, dtype }, i) => {
      // Results may go to memory of another type: what compares, to that of what was compared.
      this.done.set(id, nodes.cast(made[i]!, dtype));
    });
  }

  private attributesOf(maker: Computation): unknown {
    return this.options.dynamic === undefined ? maker.attributes : attributesOf(maker);
  }

  /** What a value's maker is made of in the graph. */
  private needs(maker: Maker): readonly Value[] {
    return maker.kind === "computation" ? this.form(maker).inputs : inputsOf(maker);
  }

  /** How an operation is lowered: together with one that it takes the result of, where there is a form for both. */
  private form(maker: Computation): Form {
    let form = this.forms.get(maker);
    if (form === undefined) {
      form = this.fused(maker) ?? { lowering: lowerings[maker.name], inputs: maker.inputs };
      this.forms.set(maker, form);
    }
    return form;
  }

  private fused({ name, inputs, outputs }: Computation): Form | undefined {
    for (const { outer, operand, inner, types, lowering } of fusions) {
      const value = inputs[operand];
      if (outer !== name || value === undefined || value.maker.kind !== "computation") continue;
      if (!types.includes(value.dtype)) continue;
      const isAlone = value.maker.name === inner && this.options.isUsedOnce(value) && !this.isGiven(value);
      const others = inputs.filter((_, i) => i !== operand);
      const isAsLarge = [value, ...others].every(({ shape }) => sameShape(shape, outputs[0]!.shape));
      if (isAlone && isAsLarge) return { lowering, inputs: [...others, ...value.maker.inputs] };
    }
    return undefined;
  }

  private shapeOf(value: Value): readonly Length[] {
    return this.options.dynamic?.shapeOf(value) ?? value.shape;
  }

  /** Lengths as a vector of integers, worked out in the graph where they depend on dynamic ones. */
  private vector(lengths: readonly Length[]): GraphValue {
    const { graph } = this;
    if (lengths.every((length) => typeof length === "number")) return graph.integers(lengths as number[]);
    const parts = lengths.map((length) =>
      typeof length === "number" ? graph.integers([length]) : this.lengthOf(length),
    );
    if (parts.length === 1) return parts[0]!;
    return graph.node("Concat", parts, { dtype: int64, shape: [parts.length] }, { axis: 0 });
  }

  private lengthOf(text: string): GraphValue {
    let value = this.lengths.get(text);
    if (value === undefined) {
      value = this.workedOut(text);
      this.lengths.set(text, value);
    }
    return value;
  }

  private workedOut(text: string): GraphValue {
    const { graph } = this;
    const { dynamic, dimension } = this.options;
    const expression = dynamic?.lengths.expression(text);
    if (expression === undefined || dimension === undefined) throw new UnknownLength(text);
    const one = { dtype: int64, shape: [1] };
    const terms = expression.flatMap((factor, bits) => {
      if (factor === 0) return [];
      const names = dynamic!.lengths.sizes.names.filter((_, i) => (bits >> i) & 1);
      const parts = names.map(dimension);
      if (factor !== 1 || parts.length === 0) parts.push(graph.integers([factor]));
      return [parts.reduce((a, b) => graph.node("Mul", [a, b], one))];
    });
    return terms.reduce((a, b) => graph.node("Add", [a, b], one));
  }

  private view(maker: View, value: Value): GraphValue {
    const { dtype } = value;
    const { graph } = this;
    graph.scope = maker.path;
    const inputs = maker.inputs.map(({ id }) => this.done.get(id)!);
    const context: ViewContext = {
      graph,
      inputs,
      dtype,
      shape: this.shapeOf(value),
      numbers: this.options.dynamic?.numbersOf(maker) ?? maker.numbers,
      vector: (lengths) => this.vector(lengths),
    };
    return dtype.kind === "complex" ? viewOfPairs(maker.name, context) : views[maker.name](context);
  }
}

function notLowered({ name, path, inputs }: Computation): NotImplementedError {
  const types = inputs.map(({ dtype, shape }) => `${dtype.name}[${shape.join(", ")}]`).join(", ");
  const place = path === "" ? "" : ` in the module "${path}"`;
  return new NotImplementedError(
    `"${name}" of ${types}${place} has no form in ONNX: compute it outside of what is compiled, or run the model as it is`,
  );
}

interface ViewContext {
  readonly graph: GraphBuilder;
  readonly inputs: readonly GraphValue[];
  readonly dtype: DType;
  readonly shape: readonly Length[];
  readonly numbers: readonly (readonly Length[])[];
  /** Lengths as a vector of integers. */
  readonly vector: (lengths: readonly Length[]) => GraphValue;
}

/** The target of a reshape: a length that the operand has at the same place is copied (0), one other may be worked out (-1). */
function targetOf(from: readonly Length[], to: readonly Length[]): readonly Length[] {
  const copied = to.map((length, axis) => (typeof length === "string" && length === from[axis] ? 0 : length));
  const named = copied.filter((length) => typeof length === "string");
  if (named.length !== 1 || to.includes(0)) return named.length === 0 ? copied : to;
  return copied.map((length) => (typeof length === "string" ? -1 : length));
}

/** The types that the library stretches; bfloat16 is carried by another. */
const expandedTypes: readonly DType[] = [bool, float16, ...reals];

/** What is added to a view's numbers where its values are pairs, whose last axis stays where it is. */
const ofPairs: Partial<Record<View["name"], (rank: number) => readonly number[]>> = {
  reshape: () => [2],
  transpose: (rank) => [rank],
  slice: () => [0, 2],
  expand: () => [2],
};

/** A view of complex numbers, through the pairs that carry them. */
function viewOfPairs(name: View["name"], context: ViewContext): GraphValue {
  const { dtype, shape, numbers } = context;
  const inputs = context.inputs.map((input) => ({ ...input, ...carriedAs(input) }));
  const type = carriedAs({ dtype, shape });
  const more = ofPairs[name]?.(shape.length);
  const all = numbers.map((each, i) => (more === undefined ? each : [...each, more[i]!]));
  return { name: views[name]({ ...context, ...type, inputs, numbers: all }).name, dtype, shape };
}

/** The nodes that views are. */
const views: Readonly<Record<View["name"], (context: ViewContext) => GraphValue>> = {
  reshape: ({ graph, inputs: [x], shape, numbers, vector }) =>
    graph.reshaped(x!, vector(targetOf(x!.shape, numbers[0]!)), shape),
  transpose: ({ graph, inputs, dtype, shape, numbers }) =>
    graph.node("Transpose", inputs, { dtype, shape }, { perm: allKnown(numbers[0]!) }),
  slice: ({ graph, inputs: [x], dtype, shape, numbers: [starts, ends], vector }) => {
    const cut = starts!.map((_, axis) => axis).filter((axis) => x!.shape[axis] !== shape[axis]);
    const parts = [starts!, ends!].map((each) => vector(cut.map((axis) => each[axis]!)));
    return graph.node("Slice", [x, ...parts, graph.integers(cut)], { dtype, shape });
  },
  expand: ({ graph, inputs: [x], dtype, shape, numbers, vector }) => {
    const nodes = new Nodes(graph);
    const type = carrierOf(dtype, expandedTypes) ?? dtype;
    const carried = [nodes.cast(x!, type), vector(numbers[0]!)];
    return nodes.cast(graph.node("Expand", carried, { dtype: type, shape }), dtype);
  },
  gather: ({ graph, inputs, dtype, shape, numbers }) => {
    const [places, lengths] = numbers.map(allKnown);
    return graph.node("Gather", [inputs[0], graph.constant(int64, lengths!, places!)], { dtype, shape });
  },
  scatter: ({ graph, inputs: [x, updates], dtype, shape, numbers }) => {
    // Of pairs both parts go to a place.
    const rest = allKnown(x!.shape.slice(1));
    const places = allKnown(numbers[0]!).flatMap((place) => new Array<number>(product(rest)).fill(place));
    const index = graph.constant(int64, [numbers[0]!.length, ...rest], places);
    return graph.node("ScatterElements", [x, index, updates], { dtype, shape });
  },
  apart: ({ inputs: [x], dtype, shape }) => ({ name: x!.name, dtype, shape }),
  joined: ({ inputs: [x], dtype, shape }) => ({ name: x!.name, dtype, shape }),
  concat: ({ graph, inputs, dtype, shape }) => graph.node("Concat", inputs, { dtype, shape }, { axis: 0 }),
};
