// What an operator of ONNX is to the importer: the attributes it has, and what it computes, through torch's functions. Facts
// of all operators are those of ONNX 1.23 (docs/Operators.md, docs/Changelog.md) and, for the domain com.microsoft, of
// ONNX Runtime's docs/ContribOperators.md.

import { RuntimeError } from "../../core/errors.ts";
import type { attributeTypes } from "../../onnx/messages.ts";
import type { Tensor } from "../../torch/tensor.ts";
import type { Program } from "./program.ts";

/** A tensor that stands in a node. It is read when all operators have been found. */
export class Constant {
  value: Tensor | undefined = undefined;

  /** The tensor, which has been read. */
  get tensor(): Tensor {
    return this.value!;
  }
}

/** Every type of attribute, by its name in `attributeTypes`. */
export interface AttributeValues {
  readonly int: number;
  readonly float: number;
  readonly string: string;
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  readonly strings: readonly string[];
  readonly tensor: Constant;
  readonly graph: Program;
}

export type AttributeType = keyof AttributeValues & keyof typeof attributeTypes;

/** An attribute: its type, and what it is where a node does not give it. */
export interface Kind<T> {
  readonly type: AttributeType;
  readonly fallback: T;
}

type Kinds = Readonly<Record<string, Kind<unknown>>>;
type ValuesOf<K extends Kinds> = { readonly [name in keyof K]: K[name]["fallback"] };

function kind<Type extends AttributeType, T = AttributeValues[Type]>(type: Type) {
  function of(fallback: T): Kind<T>;
  function of(): Kind<T | undefined>;
  function of(fallback?: T): Kind<T | undefined> {
    return { type, fallback };
  }
  return of;
}

interface KindOf<T> {
  (fallback: T): Kind<T>;
  (): Kind<T | undefined>;
}

/** An integer attribute. */
export const int: KindOf<number> = kind("int");
/** A number. */
export const float: KindOf<number> = kind("float");
/** A text. */
export const text: KindOf<string> = kind("string");
/** Integers. */
export const ints: KindOf<readonly number[]> = kind("ints");
/** Numbers. */
export const floats: KindOf<readonly number[]> = kind("floats");
/** Texts. */
export const texts: KindOf<readonly string[]> = kind("strings");
/** A tensor. */
export const constant: KindOf<Constant> = kind("tensor");
/** A graph, to be run. */
export const graph: KindOf<Program> = kind("graph");

/** What a node gives: one value, or several in order. */
export type Results = Tensor | readonly Tensor[];

/** What is said of a node before anything runs. */
export interface NodeFacts<A> {
  readonly attributes: A;
  /** The version of the domain's operators that the model is written in. */
  readonly version: number;
  /** How many inputs are named. */
  readonly inputs: number;
}

/** A node that is run: its inputs and attributes. */
export class Call<A> {
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes: A;
  readonly version: number;
  /** For each output whether it is asked for. */
  readonly wanted: readonly boolean[];
  /** Runs a graph among the attributes, which sees the values around it. */
  readonly run: (program: Program, inputs: readonly Tensor[]) => Tensor[];

  constructor(
    inputs: readonly (Tensor | undefined)[],
    { attributes, version }: { readonly attributes: A; readonly version: number },
    wanted: readonly boolean[],
    run: (program: Program, inputs: readonly Tensor[]) => Tensor[],
  ) {
    this.inputs = inputs;
    this.attributes = attributes;
    this.version = version;
    this.wanted = wanted;
    this.run = run;
  }

  /** An input. @throws RuntimeError where the node does not name it */
  tensor(index: number): Tensor {
    const value = this.inputs[index];
    if (value === undefined) throw new RuntimeError(`its input ${index} is missing`);
    return value;
  }

  /** An input that may be left out. */
  maybe(index: number): Tensor | null {
    return this.inputs[index] ?? null;
  }

  /** All inputs, of an operator that takes any number. */
  all(): Tensor[] {
    return this.inputs.map((_, index) => this.tensor(index));
  }

  /** An input's elements as numbers: a shape, axes, bounds. */
  numbers(index: number): number[] {
    return numbersOf(this.tensor(index));
  }

  /** The same of an input that may be left out. */
  maybeNumbers(index: number): number[] | undefined {
    const value = this.inputs[index];
    return value === undefined ? undefined : numbersOf(value);
  }

  /** The only element of an input that may be left out. */
  number(index: number): number | undefined {
    return this.maybeNumbers(index)?.[0];
  }
}

/** The elements of a tensor as numbers, row-major. */
export function numbersOf(tensor: Tensor): number[] {
  return (tensor.detach().reshape(-1).tolist() as (number | bigint | boolean)[]).map(Number);
}

/** A row of the table. */
export interface Operator<A = unknown> {
  readonly domain: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, Kind<unknown>>>;
  /** Inputs that are settings or statistics and not weights: what the file holds for them is no parameter. */
  readonly settings: readonly number[];
  /** What of a node is not here; undefined where all is. */
  readonly refusal: (facts: NodeFacts<A>) => string | undefined;
  run(call: Call<A>): Results;
}

/** What a row may say besides. */
export interface OperatorOptions<A> {
  readonly domain?: string;
  readonly settings?: readonly number[];
  readonly refusal?: (facts: NodeFacts<A>) => string | undefined;
}

/** Operators of ONNX Runtime's own. */
export const microsoft = "com.microsoft";

/** A row of the table. */
export function operator<K extends Kinds>(
  name: string,
  attributes: K,
  run: (call: Call<ValuesOf<K>>) => Results,
  options: OperatorOptions<ValuesOf<K>> = {},
): Operator {
  const { domain = "", settings = [], refusal = () => undefined } = options;
  const row: Operator<ValuesOf<K>> = { domain, name, attributes, settings, refusal, run };
  return row as Operator<never> as Operator;
}
