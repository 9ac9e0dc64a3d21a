// Axes of any length. A trace has lengths as numbers; which of a graph's numbers depend on a length, and how, is found by
// tracing at several lengths and comparing the graphs: they have the same nodes, and numbers that differ are polynomials of the
// lengths (of degree 2: a batch times a sequence, a sequence by itself twice), which nodes then compute from the inputs' shapes.

import { float32 } from "../../core/dtype.ts";
import { NotImplementedError, ValueError } from "../../core/errors.ts";
import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  ValueInfoProto,
} from "../../onnx/messages.ts";
import { onnxNumber } from "../../onnx/types.ts";
import { zeros } from "../../torch/creation.ts";
import type { Tensor } from "../../torch/tensor.ts";
import { tensorsOf } from "../module.ts";
import { mapTensors } from "../tree.ts";
import { type Computed, computedNodes, lengthNodes, numbersIn, sameBytes } from "./lengths.ts";
import { type Polynomial, pointsOf, polynomialOf, textOf } from "./polynomial.ts";

/** Axes by number, with or without names for them. */
export type DynamicAxes = readonly number[] | Readonly<Record<number, string>>;

/** A length that may be any, and where it is found. */
export interface Dimension {
  readonly name: string;
  readonly input: string;
  readonly axis: number;
  /** The lengths that it is traced at begin here. */
  readonly base: number;
}

/** An axis of an input that is one. */
interface Place {
  readonly index: number;
  readonly axis: number;
  readonly name: string;
}

/** The axes that are dynamic. @throws ValueError for an input or axis that is not there */
function placesOf(
  inputs: readonly string[],
  given: readonly Tensor[],
  dynamic: Readonly<Record<string, DynamicAxes>>,
): Place[] {
  return Object.entries(dynamic).flatMap(([input, axes]) => {
    const index = inputs.indexOf(input);
    if (index < 0) throw new ValueError(`dynamic names ${input}, and the inputs are ${inputs.join(", ")}`);
    const rank = given[index]!.shape.length;
    const entries = Array.isArray(axes)
      ? (axes as readonly number[]).map((axis) => [axis, `${input}_${axis}`] as const)
      : Object.entries(axes as Readonly<Record<number, string>>).map(
          ([axis, name]) => [Number(axis), name] as const,
        );
    return entries.map(([axis, name]): Place => {
      const place = axis < 0 ? axis + rank : axis;
      if (!(place >= 0 && place < rank))
        throw new ValueError(`the input ${input} has no axis ${axis}: it has ${rank}`);
      return { index, axis: place, name };
    });
  });
}

/** The dimensions of the places, each once. */
function dimensionsOf(
  places: readonly Place[],
  inputs: readonly string[],
  given: readonly Tensor[],
  shift: number,
): Dimension[] {
  const found = new Map<string, Dimension & { readonly length: number }>();
  for (const { index, axis, name } of places) {
    const length = given[index]!.shape[axis]!;
    const known = found.get(name);
    if (known !== undefined && known.length !== length) {
      throw new ValueError(
        `axes of the name ${name} have the lengths ${known.length} and ${length} in the example`,
      );
    }
    // Lengths of 1 are stretched, and small ones are often others' too. A model may have a greatest length: below is safer.
    const base = length >= 24 ? length - 20 + shift : length + 2 + shift;
    found.set(name, { name, input: inputs[index]!, axis, base, length });
  }
  return [...found.values()];
}

/** Sets of lengths that are tried, one after another, where two axes happen to have one length. */
const shifts = [0, 4, 11];

/** The graphs do not have the same nodes. */
class Differs extends Error {}

/**
 * A model whose inputs have axes of any length.
 * @param make makes the model of arguments @param args the example
 * @throws NotImplementedError where the graph depends on a length in a way that is not here
 */
export function dynamicModel(
  make: (args: readonly unknown[]) => ModelProto,
  args: readonly unknown[],
  inputs: readonly string[],
  dynamic: Readonly<Record<string, DynamicAxes>>,
): ModelProto {
  const given = tensorsOf(args);
  const places = placesOf(inputs, given, dynamic);
  if (places.length === 0) return make(args);
  let reason = "";
  for (const shift of shifts) {
    const dimensions = dimensionsOf(places, inputs, given, shift);
    const points = pointsOf(dimensions.map(({ base }) => base));
    const models = points.map((lengths) => make(resized(args, places, dimensions, lengths)));
    try {
      return new Unified(models, points, dimensions, places).model(inputs);
    } catch (error) {
      if (!(error instanceof Differs)) throw error;
      reason = error.message;
    }
  }
  throw new NotImplementedError(
    `what the module does depends on the lengths ${places.map(({ name }) => name).join(", ")}: ${reason}; ` +
      "export it without dynamic axes, or make it do the same at every length",
  );
}

/** The example at other lengths. */
function resized(
  args: readonly unknown[],
  places: readonly Place[],
  dimensions: readonly Dimension[],
  lengths: readonly number[],
): readonly unknown[] {
  let index = -1;
  return mapTensors(args, (tensor) => {
    index++;
    const shape = [...tensor.shape];
    for (const place of places) {
      if (place.index === index)
        shape[place.axis] = lengths[dimensions.findIndex(({ name }) => name === place.name)]!;
    }
    return zeros(shape, { dtype: tensor.dtype });
  }) as readonly unknown[];
}

const constantOf = ({ opType, attribute }: NodeProto): AttributeProto | undefined =>
  opType === "Constant" ? attribute![0] : undefined;

/** Graphs of one program at several lengths, as one. */
class Unified {
  private readonly models: readonly ModelProto[];
  private readonly points: readonly (readonly number[])[];
  private readonly dimensions: readonly Dimension[];
  private readonly places: readonly Place[];
  /** Constants that only say what shape something is to have. */
  private readonly shapes: ReadonlySet<string>;

  constructor(
    models: readonly ModelProto[],
    points: readonly (readonly number[])[],
    dimensions: readonly Dimension[],
    places: readonly Place[],
  ) {
    this.models = models;
    this.points = points;
    this.dimensions = dimensions;
    this.places = places;
    const nodes = models[0]!.graph!.node!;
    const uses = nodes.flatMap(({ opType, input }) =>
      (input ?? []).map((name, at) => [name, opType === "Reshape" && at === 1] as const),
    );
    const others = new Set(uses.filter(([, isShape]) => !isShape).map(([name]) => name));
    this.shapes = new Set(uses.map(([name]) => name).filter((name) => !others.has(name)));
  }

  model(inputs: readonly string[]): ModelProto {
    const first = this.models[0]!;
    const graphs = this.models.map(({ graph }) => graph!);
    const used = new Set<string>();
    const node = this.nodes(graphs, used);
    const wanted = this.dimensions.filter(({ name }) => used.has(name));
    const graph: GraphProto = {
      ...first.graph,
      node: [...lengthNodes(wanted), ...node],
      input: first.graph!.input!.map((value) => this.input(value, inputs)),
      output: first.graph!.output!.map((_, index) => this.output(graphs, index)),
    };
    return { ...first, graph };
  }

  private nodes(graphs: readonly GraphProto[], used: Set<string>): NodeProto[] {
    const all = graphs.map(({ node }) => node!);
    const first = all[0]!;
    const other = all.find((each) => each.length !== first.length);
    if (other !== undefined)
      throw new Differs(`it takes ${first.length} operations at one length and ${other.length} at another`);
    return first.flatMap((node, i) => {
      const same = all.map((each) => each[i]!);
      for (const each of same) requireAlike(node, each);
      if (constantOf(node) === undefined) return [node];
      return this.constant(node, same, used);
    });
  }

  private constant(node: NodeProto, same: readonly NodeProto[], used: Set<string>): NodeProto[] {
    const tensors = same.map((each) => constantOf(each)!.t!);
    const first = tensors[0]!;
    if (tensors.every((each) => sameBytes(first, each))) return [node];
    const name = node.output![0]!;
    const series = tensors.map(numbersIn);
    const made = series.every((each) => each !== undefined)
      ? this.computed(name, tensors, series)
      : undefined;
    if (made === undefined) {
      throw new NotImplementedError(
        `the constant ${name} depends on the length of ${this.dimensions.map((each) => each.name).join(", ")} in a way that ` +
          "is no polynomial of it: make it from the input, or export without that dynamic axis",
      );
    }
    for (const dimension of this.dimensions) used.add(dimension.name);
    return computedNodes(made, this.dimensions);
  }

  private computed(
    name: string,
    tensors: readonly { readonly dims?: readonly (number | bigint)[]; readonly dataType?: number }[],
    series: readonly (readonly number[])[],
  ): Computed | undefined {
    const { dims = [], dataType = 0 } = tensors[0]!;
    const hasOneShape = tensors.every((each) => (each.dims ?? []).join() === dims.join());
    const fit = (values: readonly number[]): Polynomial | undefined => polynomialOf(values, this.points);
    if (!hasOneShape) {
      const shape = lineOf(tensors.map((each) => (each.dims ?? []).map(Number)));
      return shape && progression({ name, dataType, shape }, series, fit);
    }
    const varying = series[0]!.map((value, at) => series.some((each) => each[at] !== value));
    // What is left of the elements is one length, whatever it is.
    if (this.shapes.has(name) && varying.filter(Boolean).length === 1) {
      return { kind: "constant", name, values: series[0]!.map((value, at) => (varying[at] ? -1 : value)) };
    }
    const elements = series[0]!.map((_, at) => fit(series.map((each) => each[at]!)));
    if (elements.includes(undefined)) return undefined;
    return {
      kind: "polynomials",
      name,
      dataType,
      elements: elements as Polynomial[],
      isScalar: dims.length === 0,
    };
  }

  private input(value: ValueInfoProto, inputs: readonly string[]): ValueInfoProto {
    const at = inputs.indexOf(value.name ?? "");
    const dim = value.type!.tensorType!.shape!.dim!.map((length, axis) => {
      const place = this.places.find((each) => each.index === at && each.axis === axis);
      return place === undefined ? length : { dimParam: place.name };
    });
    return withShape(value, dim);
  }

  private output(graphs: readonly GraphProto[], index: number): ValueInfoProto {
    const all = graphs.map(({ output }) => output![index]!);
    const value = all[0]!;
    const lengths = all.map((each) =>
      each.type!.tensorType!.shape!.dim!.map(({ dimValue }) => Number(dimValue)),
    );
    const dim = lengths[0]!.map((length, axis) => {
      const values = lengths.map((each) => each[axis]!);
      if (values.every((each) => each === length)) return { dimValue: length };
      const fit = polynomialOf(values, this.points);
      const text =
        fit === undefined
          ? `${value.name}_${axis}`
          : textOf(
              fit,
              this.dimensions.map(({ name }) => name),
            );
      return { dimParam: text };
    });
    return withShape(value, dim);
  }
}

function withShape(value: ValueInfoProto, dim: readonly object[]): ValueInfoProto {
  return { ...value, type: { tensorType: { ...value.type!.tensorType, shape: { dim: [...dim] } } } };
}

/** A shape of which one length alone is not 1, as Reshape takes it; undefined where it is another at other lengths. */
function lineOf(shapes: readonly (readonly number[])[]): number[] | undefined {
  const [first, ...others] = shapes.map((shape) => shape.map((length) => (length === 1 ? 1 : -1)));
  const isLine = first!.filter((length) => length === -1).length === 1;
  return isLine && others.every((each) => each.join() === first!.join()) ? first : undefined;
}

/** Numbers that rise by one step, as many as a length says. */
function progression(
  about: { readonly name: string; readonly dataType: number; readonly shape: readonly number[] },
  series: readonly (readonly number[])[],
  fit: (values: readonly number[]) => Polynomial | undefined,
): Computed | undefined {
  const start = series[0]![0]!;
  const step = series[0]![1]! - start;
  const round = about.dataType === onnxNumber(float32) ? Math.fround : Number;
  const isOne = series.every((each) => each.every((value, i) => value === round(round(i * step) + start)));
  const count = fit(series.map(({ length }) => length));
  return isOne && count !== undefined ? { kind: "progression", ...about, start, step, count } : undefined;
}

/** @throws Differs where nodes are not of one operator with the same inputs, outputs and attributes */
function requireAlike(a: NodeProto, b: NodeProto): void {
  const form = ({ opType, domain, input, output, name }: NodeProto): string =>
    JSON.stringify([opType, domain, input, output, name]);
  if (form(a) !== form(b)) throw new Differs(`${a.name} is ${b.name} at another length`);
  if (constantOf(a) !== undefined) return;
  const attributes = ({ attribute = [] }: NodeProto): string =>
    JSON.stringify(attribute.map((each) => ({ ...each, s: each.s?.join() })));
  if (attributes(a) !== attributes(b)) throw new Differs(`${a.name} has other attributes at another length`);
}
