// Makes a program of a graph: names become places, operators are looked up, and all that is not here is noted, before any
// tensor is read.

import { float32, int64 } from "../../core/dtype.ts";
import { FormatError, NotImplementedError, RuntimeError } from "../../core/errors.ts";
import type { FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto } from "../../onnx/messages.ts";
import { tensor } from "../../torch/interop.ts";
import { attributeValues, type Makers } from "./attributes.ts";
import { Constant, type Operator } from "./operator.ts";
import type { Program, Step } from "./program.ts";
import { operatorNamed } from "./table.ts";

/** A tensor of the file that belongs to the model: what a parameter or buffer is made of. */
export interface Initializer {
  readonly name: string;
  readonly proto: TensorProto;
  /** Its place among the values of the outermost program. */
  readonly place: number;
  /** True iff nothing takes it but as a setting or a statistic. */
  isSetting: boolean;
}

/** A model as a program. */
export interface Built {
  readonly program: Program;
  readonly initializers: readonly Initializer[];
  /** Tensors of nodes, to be read. */
  readonly constants: readonly (readonly [constant: Constant, proto: TensorProto, name: string])[];
}

/** Nodes that all graphs and calls of functions come to, at most: more than any model has. */
const mostSteps = 2 ** 20;
/** How deep graphs and functions may lie in one another. */
const mostDepth = 32;

const domainOf = (domain: string | undefined): string => (domain === "ai.onnx" ? "" : (domain ?? ""));
const shown = (domain: string, name: string): string => `${domain === "" ? "ai.onnx" : domain}.${name}`;

/** The values of one graph, in the making. */
class Scope {
  readonly names: Map<string, number> = new Map();
  readonly captures: [number, number][] = [];
  readonly constants: [number, Constant][] = [];
  readonly steps: Step[] = [];
  /** Places that rest on constants and shapes alone. */
  readonly fixed: Set<number> = new Set();
  /** For each place that an initializer is at, which. */
  readonly initializers: Map<number, Initializer> = new Map();
  readonly outer: Scope | undefined;
  size = 0;

  constructor(outer?: Scope) {
    this.outer = outer;
  }

  define(name: string): number {
    if (this.names.has(name))
      throw new FormatError(`two values of a graph have the name ${JSON.stringify(name)}`);
    const place = this.size++;
    this.names.set(name, place);
    return place;
  }

  /** The place of a value, of a graph around this one too. */
  find(name: string): number | undefined {
    const own = this.names.get(name);
    if (own !== undefined || this.outer === undefined) return own;
    const outer = this.outer.find(name);
    if (outer === undefined) return undefined;
    const place = this.define(name);
    this.captures.push([outer, place]);
    if (this.outer.fixed.has(outer)) this.fixed.add(place);
    const initializer = this.outer.initializers.get(outer);
    if (initializer !== undefined) this.initializers.set(place, initializer);
    return place;
  }
}

/** What nodes of a graph or a function are made with. */
interface Context {
  readonly scope: Scope;
  readonly versions: ReadonlyMap<string, number>;
  /** Attributes of the function's call. */
  readonly bound: ReadonlyMap<string, NonNullable<NodeProto["attribute"]>[number]> | undefined;
  readonly depth: number;
  /** What stands before the names of the graph's own tensors. */
  readonly prefix: string;
}

/**
 * Makes a program of a model.
 * @throws NotImplementedError naming every operator and attribute that is not here; FormatError where the graph is damaged
 */
export function build(model: ModelProto): Built {
  const builder = new Builder(model);
  return builder.build();
}

class Builder {
  private readonly model: ModelProto;
  private readonly functions: Map<string, FunctionProto> = new Map();
  private readonly root: Scope = new Scope();
  private readonly initializers: Initializer[] = [];
  private readonly constants: [Constant, TensorProto, string][] = [];
  /** What is not here, with the nodes that ask for it. */
  private readonly missing: Map<string, string[]> = new Map();
  private count = 0;

  constructor(model: ModelProto) {
    this.model = model;
    for (const each of model.functions ?? []) {
      this.functions.set(`${domainOf(each.domain)}/${each.name ?? ""}/${each.overload ?? ""}`, each);
    }
  }

  build(): Built {
    const { graph, opsetImport } = this.model;
    if (graph === undefined) throw new FormatError("the model has no graph");
    const versions = versionsOf(opsetImport ?? []);
    const context = { scope: this.root, versions, bound: undefined, depth: 0, prefix: "" };
    const program = this.graph(graph, context);
    this.refuse();
    return { program, initializers: this.initializers, constants: this.constants };
  }

  /** @throws NotImplementedError where something was not here */
  private refuse(): void {
    if (this.missing.size === 0) return;
    const lines = [...this.missing].map(([what, [first, ...others]]) => {
      const more = others.length === 0 ? "" : ` and ${others.length} more`;
      return `\n  ${what}, at ${first}${more}`;
    });
    throw new NotImplementedError(
      `the model asks for what importOnnx does not have, and nothing of it was loaded:${lines.join("")}\n` +
        "Export it with other operators or another opset, or run the file itself in ONNX Runtime.",
    );
  }

  private graph(graph: GraphProto, context: Context): Program {
    const { scope } = context;
    if (context.depth > mostDepth)
      throw new FormatError(`graphs and functions lie more than ${mostDepth} deep`);
    if ((graph.sparseInitializer ?? []).length > 0)
      this.note("sparse initializers", `the graph ${graph.name ?? ""}`);
    const held = new Set<string>();
    for (const proto of graph.initializer ?? []) {
      held.add(proto.name ?? "");
      this.initializer(proto, context);
    }
    // Before IR version 4 initializers stand among the inputs.
    const inputs = (graph.input ?? []).filter(({ name = "" }) => !held.has(name));
    const places = inputs.map(({ name = "" }) => scope.define(name));
    this.nodes(graph.node ?? [], context);
    const names = (graph.output ?? []).map(({ name = "" }) => name);
    return this.program(scope, places, names);
  }

  private program(scope: Scope, inputs: readonly number[], names: readonly string[]): Program {
    const outputs = names.map((name) => {
      const place = scope.find(name);
      if (place === undefined)
        throw new FormatError(`nothing gives the output ${JSON.stringify(name)} of a graph`);
      return place;
    });
    const { steps, constants, captures, size } = scope;
    setDropped(scope, outputs);
    return { inputs, outputs, steps, constants, captures, size };
  }

  /** A tensor of the model: at a place of the outermost program, from where graphs within take it. */
  private initializer(proto: TensorProto, { scope, prefix }: Context): void {
    const name = proto.name ?? "";
    const full = prefix + name;
    const place = this.root.define(full);
    const initializer: Initializer = { name: full, proto, place, isSetting: true };
    this.initializers.push(initializer);
    this.root.initializers.set(place, initializer);
    // Integers may be shapes, which are reckoned with at once.
    if (isWhole(proto)) this.root.fixed.add(place);
    if (scope === this.root) return;
    const own = scope.find(full);
    if (own === undefined) this.note("initializers of a graph in a function", JSON.stringify(full));
    scope.names.set(name, own ?? scope.define(full));
  }

  private nodes(nodes: readonly NodeProto[], context: Context): void {
    for (const [index, node] of nodes.entries()) {
      if (++this.count > mostSteps)
        throw new FormatError(`its graphs and functions come to more than ${mostSteps} nodes`);
      this.node(node, index, context);
    }
  }

  private node(node: NodeProto, index: number, context: Context): void {
    const { scope, versions } = context;
    const { opType = "", overload = "" } = node;
    const domain = domainOf(node.domain);
    const given = (node.name ?? "") !== "" ? node.name! : (node.output?.[0] ?? `${opType} ${index}`);
    const label = `node ${JSON.stringify(given)}, ${opType}`;
    const version = versions.get(domain) ?? 1;
    const called = this.functions.get(`${domain}/${opType}/${overload}`);
    const row = called === undefined ? operatorNamed(domain, opType) : undefined;
    const inputs = (node.input ?? []).map((name) => this.inputPlace(name, label, scope));
    const outputNames = node.output ?? [];
    const attributes = withBound(node.attribute ?? [], context.bound);
    let operator: Operator | Program | undefined = row;
    let values: Readonly<Record<string, unknown>> = {};
    if (called !== undefined)
      operator = this.called(called, attributes, context, `${context.prefix}${given}/`);
    else if (row === undefined) this.note(`${shown(domain, opType)} (opset ${version})`, label);
    else values = this.attributes(row, { attributes, version, label, inputs, given, context });
    if (row !== undefined && row.name === "Constant") {
      const place = scope.define(outputNames[0] ?? "");
      const constant = constantOf(values);
      if (constant === undefined) this.note("a Constant of text or of a sparse tensor", label);
      else scope.constants.push([place, constant]);
      scope.fixed.add(place);
      return;
    }
    inputs.forEach((place, at) => {
      const initializer = scope.initializers.get(place);
      if (initializer !== undefined && !(row?.settings.includes(at) ?? false)) initializer.isSetting = false;
    });
    const isShape = row !== undefined && row.domain === "" && (row.name === "Shape" || row.name === "Size");
    const seen = [...inputs.filter((place) => place >= 0), ...innerUses(values)];
    const isFixed = seen.length > 0 && row !== undefined && seen.every((place) => scope.fixed.has(place));
    const outputs = outputNames.map((name) => (name === "" ? -1 : scope.define(name)));
    if (isFixed || isShape) for (const place of outputs) scope.fixed.add(place);
    if (operator === undefined) return;
    const wanted = outputs.map((place) => place >= 0);
    const step = {
      operator,
      attributes: values,
      version,
      inputs,
      outputs,
      wanted,
      isFixed,
      label,
      dropped: [],
    };
    scope.steps.push(step);
  }

  private inputPlace(name: string, label: string, scope: Scope): number {
    if (name === "") return -1;
    const place = scope.find(name);
    if (place === undefined) {
      throw new FormatError(
        `${label} takes the value ${JSON.stringify(name)}, which nothing gives before it`,
      );
    }
    return place;
  }

  private attributes(
    row: Operator,
    about: {
      readonly attributes: NonNullable<NodeProto["attribute"]>;
      readonly version: number;
      readonly label: string;
      readonly inputs: readonly number[];
      readonly given: string;
      readonly context: Context;
    },
  ): Readonly<Record<string, unknown>> {
    const { attributes, version, label, inputs, given, context } = about;
    const makers: Makers = {
      tensor: (proto) => {
        const constant = new Constant();
        this.constants.push([constant, proto, `${context.prefix}${given}`]);
        return constant;
      },
      graph: (proto, attribute) => {
        const prefix = `${context.prefix}${given}/${attribute}/`;
        const scope = new Scope(context.scope);
        return this.graph(proto, { ...context, scope, depth: context.depth + 1, prefix });
      },
    };
    try {
      const values = attributeValues(row.attributes, attributes, makers);
      const facts = { attributes: values, version, inputs: inputs.length };
      const refusal = row.refusal(facts);
      if (refusal !== undefined)
        this.note(`${shown(row.domain, row.name)} (opset ${version}): ${refusal}`, label);
      return values;
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      this.note(`${shown(row.domain, row.name)} (opset ${version}): ${error.message}`, label);
      return {};
    }
  }

  /** A function of the model, with the attributes of this call. */
  private called(
    { input = [], output = [], node = [], opsetImport = [], attributeProto = [] }: FunctionProto,
    attributes: NonNullable<NodeProto["attribute"]>,
    { depth }: Context,
    prefix: string,
  ): Program {
    if (depth >= mostDepth) throw new FormatError(`graphs and functions lie more than ${mostDepth} deep`);
    const scope = new Scope();
    const places = input.map((name) => scope.define(name));
    const bound = new Map([...attributeProto, ...attributes].map((each) => [each.name ?? "", each]));
    const versions = versionsOf(opsetImport);
    this.nodes(node, { scope, versions, bound, depth: depth + 1, prefix });
    return this.program(scope, places, output);
  }

  private note(what: string, where: string): void {
    const places = this.missing.get(what);
    if (places === undefined) this.missing.set(what, [where]);
    else places.push(where);
  }
}

function versionsOf(imports: NonNullable<ModelProto["opsetImport"]>): Map<string, number> {
  return new Map(imports.map(({ domain, version = 1 }) => [domainOf(domain), Number(version)]));
}

/** Attributes of a node in a function, where some are those of the call. */
function withBound(
  attributes: NonNullable<NodeProto["attribute"]>,
  bound: Context["bound"],
): NonNullable<NodeProto["attribute"]> {
  if (bound === undefined) return attributes;
  return attributes.flatMap((each) => {
    if ((each.refAttrName ?? "") === "") return [each];
    const value = bound.get(each.refAttrName!);
    return value === undefined ? [] : [{ ...value, name: each.name ?? "" }];
  });
}

/** The tensor that a Constant node is; undefined where it is none that is here. */
function constantOf(values: Readonly<Record<string, unknown>>): Constant | undefined {
  if (values.value !== undefined) return values.value as Constant;
  for (const name of ["value_float", "value_floats", "value_int", "value_ints"]) {
    const numbers = values[name] as number | readonly number[] | undefined;
    if (numbers === undefined) continue;
    const constant = new Constant();
    constant.value = tensor(numbers, { dtype: name.startsWith("value_int") ? int64 : float32 });
    return constant;
  }
  return undefined;
}

const wholeTypes: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 7, 9, 12, 13]);

/** True iff a tensor is of integers or truth values. */
const isWhole = ({ dataType = 0 }: TensorProto): boolean => wholeTypes.has(dataType);

/** Says for each step which values nothing asks for after it, so that their memory is free again. */
function setDropped({ steps, captures }: Scope, outputs: readonly number[]): void {
  const kept = new Set([...outputs, ...captures.map(([, place]) => place)]);
  const made = new Set(steps.flatMap((step) => step.outputs));
  for (let index = steps.length - 1; index >= 0; index--) {
    const step = steps[index]!;
    const used = [...step.inputs, ...step.outputs, ...innerUses(step.attributes)];
    const dropped = new Set(used.filter((place) => place >= 0 && made.has(place) && !kept.has(place)));
    for (const place of dropped) kept.add(place);
    step.dropped = [...dropped];
  }
}

/** Places that graphs among a node's attributes look at. */
function innerUses(attributes: Step["attributes"]): number[] {
  return Object.values(attributes).flatMap((value) =>
    typeof value === "object" && value !== null && "captures" in value
      ? (value as Program).captures.map(([outer]) => outer)
      : [],
  );
}
