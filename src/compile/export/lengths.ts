// Nodes that compute numbers of a graph from the lengths of its inputs.

import { float32, float64, int32, int64 } from "../../core/dtype.ts";
import { bytesOf } from "../../onnx/graph.ts";
import { attributeTypes, type NodeProto, type TensorProto } from "../../onnx/messages.ts";
import { onnxNumber, onnxTypes } from "../../onnx/types.ts";
import type { Dimension } from "./dynamic.ts";
import type { Polynomial } from "./polynomial.ts";

/** What stands in the place of a constant. */
export type Computed =
  | { readonly kind: "constant"; readonly name: string; readonly values: readonly number[] }
  | {
      readonly kind: "polynomials";
      readonly name: string;
      readonly dataType: number;
      readonly elements: readonly Polynomial[];
      readonly isScalar: boolean;
    }
  | {
      readonly kind: "progression";
      readonly name: string;
      readonly dataType: number;
      readonly start: number;
      readonly step: number;
      readonly count: Polynomial;
      /** As Reshape takes it. */
      readonly shape: readonly number[];
    };

const numberTypes: ReadonlySet<number> = new Set([int64, int32, float32, float64].map(onnxNumber));

/** The elements of a tensor of integers or floats; undefined for other types. */
export function numbersIn({ dataType = 0, rawData }: TensorProto): readonly number[] | undefined {
  if (!numberTypes.has(dataType) || !(rawData instanceof Uint8Array)) return undefined;
  const bytes = rawData.slice();
  const { array, itemSize } = onnxTypes.get(dataType)!.dtype!;
  return Array.from(
    new array(bytes.buffer, 0, bytes.byteLength / itemSize) as ArrayLike<number | bigint>,
    Number,
  );
}

/** True iff two tensors are the same. */
export function sameBytes(a: TensorProto, b: TensorProto): boolean {
  if (a.dataType !== b.dataType || (a.dims ?? []).join() !== (b.dims ?? []).join()) return false;
  const [left, right] = [a.rawData as Uint8Array, b.rawData as Uint8Array];
  return left.byteLength === right.byteLength && left.every((byte, i) => byte === right[i]);
}

/** The value that is a dimension's length, as a vector of one element. */
const lengthName = ({ name }: Dimension): string => `/lengths/${name}`;

/** Nodes that give the lengths of dimensions. */
export function lengthNodes(dimensions: readonly Dimension[]): NodeProto[] {
  return dimensions.map((dimension) => ({
    opType: "Shape",
    input: [dimension.input],
    output: [lengthName(dimension)],
    name: `${lengthName(dimension)}/Shape`,
    attribute: [
      { name: "start", i: dimension.axis, type: attributeTypes.int },
      { name: "end", i: dimension.axis + 1, type: attributeTypes.int },
    ],
  }));
}

const wholeNumbers = onnxNumber(int64);

function constantNode(
  name: string,
  values: readonly number[],
  isScalar = false,
  dataType: number = wholeNumbers,
): NodeProto {
  const t = {
    dims: isScalar ? [] : [values.length],
    dataType,
    rawData: bytesOf(onnxTypes.get(dataType)!.dtype!, values),
  };
  const attribute = [{ name: "value", t, type: attributeTypes.tensor }];
  return { opType: "Constant", output: [name], name: `${name}/Constant`, attribute };
}

/** Nodes one after another, whose last gives the value of a name. */
class Chain {
  readonly nodes: NodeProto[] = [];
  private readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  add(opType: string, input: readonly string[], attribute: NodeProto["attribute"] = []): string {
    const output = `${this.name}/${opType}_${this.nodes.length}`;
    this.nodes.push({ opType, input: [...input], output: [output], name: output, attribute });
    return output;
  }

  constant(values: readonly number[], isScalar = false, dataType: number = wholeNumbers): string {
    const output = `${this.name}/Constant_${this.nodes.length}`;
    this.nodes.push(constantNode(output, values, isScalar, dataType));
    return output;
  }

  cast(value: string, to: number): string {
    return this.add("Cast", [value], [{ name: "to", i: to, type: attributeTypes.int }]);
  }

  /** The elements that polynomials have, as a vector of int64. */
  polynomials(elements: readonly Polynomial[], dimensions: readonly Dimension[]): string {
    const keys = new Set(elements.flatMap((each) => [...each.keys()]));
    keys.delete("");
    let sum = this.constant(elements.map((each) => each.get("") ?? 0));
    for (const key of keys) {
      const factors = key.split(",").map((each) => lengthName(dimensions[Number(each)]!));
      const product = factors.reduce((a, b) => this.add("Mul", [a, b]));
      const coefficients = this.constant(elements.map((each) => each.get(key) ?? 0));
      sum = this.add("Add", [sum, this.add("Mul", [coefficients, product])]);
    }
    return sum;
  }

  /** Gives the chain's value its name. */
  end(value: string): NodeProto[] {
    const name = `${this.name}/Identity`;
    this.nodes.push({ opType: "Identity", input: [value], output: [this.name], name });
    return this.nodes;
  }
}

/** The nodes that compute a value. */
export function computedNodes(computed: Computed, dimensions: readonly Dimension[]): NodeProto[] {
  const { name } = computed;
  if (computed.kind === "constant") return [constantNode(name, computed.values)];
  const chain = new Chain(name);
  const { dataType } = computed;
  if (computed.kind === "polynomials") {
    const value = chain.polynomials(computed.elements, dimensions);
    return chain.end(chain.cast(computed.isScalar ? chain.add("Squeeze", [value]) : value, dataType));
  }
  const { start, step, count, shape } = computed;
  const length = chain.add("Squeeze", [chain.polynomials([count], dimensions)]);
  const [zero, one] = [chain.constant([0], true), chain.constant([1], true)];
  const places = chain.cast(chain.add("Range", [zero, length, one]), dataType);
  const scaled = chain.add("Mul", [places, chain.constant([step], true, dataType)]);
  const line = chain.add("Add", [scaled, chain.constant([start], true, dataType)]);
  return chain.end(shape.length === 1 ? line : chain.add("Reshape", [line, chain.constant(shape)]));
}
