// Described models as TypeScript: the classes that a person would have written, over `weightbridge/torch`.

import { camelCase } from "../../../core/names.ts";
import { nn } from "../../../torch/index.ts";
import { argumentNames } from "../../../torch/nn/rebuild.ts";
import {
  type EntrySpec,
  type ForwardSpec,
  isJsonObject,
  type ModelSpec,
  type ModuleSpec,
  modelSpecOf,
} from "../../spec.ts";
import { specOfModel } from "../describe.ts";
import { outline } from "../outline.ts";
import { buildTree } from "../tree.ts";
import { Classes, containerOf, isLayer, numberAt, type WrittenClass, withTaken } from "./classes.ts";
import { Constants } from "./constants.ts";
import { forwardLines } from "./forward.ts";
import { indented, keyText, memberText, numberText, objectText, plainText } from "./text.ts";

/** Arguments that are given by position where they come first, as one writes them. */
export const positional: ReadonlySet<string> = new Set(
  (
    "in_features out_features in_channels out_channels kernel_size num_features normalized_shape num_embeddings " +
    "embedding_dim input_size hidden_size embed_dim num_heads num_groups num_channels d_model nhead p output_size " +
    "dim upscale_factor downscale_factor groups"
  ).split(" "),
);

/** Arguments for which a number stands for as many equal ones as there are axes. */
export const sizes: ReadonlySet<string> = new Set(
  "kernel_size stride padding dilation output_size output_padding normalized_shape".split(" "),
);

/** Text of the number at a place of a module's description. */
type NumberText = (place: string) => string | undefined;

/** Writes the source of a model. */
class Emitter {
  private readonly constants = new Constants();
  private readonly classes: Classes;
  private readonly tree: ModuleSpec;

  constructor(tree: ModuleSpec) {
    this.tree = tree;
    this.classes = new Classes(tree, new Set(["Tensor", "Array", "Iterable", "Math", "Number"]));
  }

  /** The name of a module's class. */
  readonly classOf = (spec: ModuleSpec): string => {
    const container = containerOf(spec);
    if (container !== undefined) return `nn.${container}`;
    return isLayer(spec) ? `nn.${spec.type}` : this.classes.of(spec).name;
  };

  /** A value among a module's arguments; numbers that its class takes go by their names. */
  private argument(value: unknown, place: string, number: NumberText): string {
    if (typeof value === "number") return number(place) ?? numberText(value);
    if (!Array.isArray(value)) return plainText(value);
    return `[${value.map((each, i) => this.argument(each, `${place}/${i}`, number)).join(", ")}]`;
  }

  private size(name: string, value: unknown, place: string, number: NumberText): string {
    if (!sizes.has(name) || !Array.isArray(value) || value.length === 0)
      return this.argument(value, place, number);
    if (name === "normalized_shape" && value.length > 1) return this.argument(value, place, number);
    const texts = value.map((each, i) => this.argument(each, `${place}/${i}`, number));
    return texts.every((text) => text === texts[0]) ? texts[0]! : `[${texts.join(", ")}]`;
  }

  /** `new nn.Linear(4, 7, { bias: false })`. */
  private layer({ type, args = {} }: ModuleSpec, place: string, number: NumberText): string {
    const entries = Object.entries(args).map(([name, value]): [string, string] => [
      name,
      isJsonObject(value) && typeof value.type === "string"
        ? this.module(value as unknown as ModuleSpec, `${place}/args/${name}`, number)
        : this.size(name, value, `${place}/args/${name}`, number),
    ]);
    const order = argumentNames(type);
    const split = entries.findIndex(([name], i) => !positional.has(name) || (order?.[i] ?? name) !== name);
    const first = split < 0 ? entries : entries.slice(0, split);
    const named = entries
      .slice(first.length)
      .map(([name, text]): [string, string] => [camelCase(name), text]);
    const options = named.length === 0 ? [] : [objectText(named)];
    return `new nn.${type}(${[...first.map(([, text]) => text), ...options].join(", ")})`;
  }

  private container(spec: ModuleSpec, place: string, number: NumberText): string {
    const type = containerOf(spec)!;
    const children = Object.entries(spec.children ?? {}).map(([name, child]): [string, string] => [
      name,
      this.module(child, `${place}/children/${name}`, number),
    ]);
    const texts = children.map(([, text]) => text);
    const isNumbered = children.every(([name], i) => name === String(i));
    if (type === "ModuleDict" || (type === "Sequential" && !isNumbered))
      return `new nn.${type}(${objectText(children)})`;
    if (type === "Sequential") return `new nn.Sequential(${wrapped(texts)})`;
    if (texts.length > 1 && texts.every((text) => text === texts[0]))
      return `new nn.ModuleList(Array.from({ length: ${texts.length} }, () => ${texts[0]}))`;
    return `new nn.ModuleList([${wrapped(texts)}])`;
  }

  /** The expression that makes a module. @param place where the module stands in the description of the class around it */
  module(spec: ModuleSpec, place: string, number: NumberText): string {
    if (containerOf(spec) !== undefined) return this.container(spec, place, number);
    if (isLayer(spec)) return this.layer(spec, place, number);
    const { name, takes } = this.classes.of(spec);
    const given = takes.map(
      ({ places: [first] }) => number(`${place}${first!}`) ?? numberText(numberAt(spec, first!)),
    );
    return `new ${name}(${given.join(", ")})`;
  }

  private entry(kind: "Parameter" | "Buffer", entry: EntrySpec, place: string, number: NumberText): string {
    const { shape, dtype = "float32", persistent = true } = entry;
    const type = dtype === "float32" ? "" : `, { dtype: torch.${dtype} }`;
    const made = `torch.empty(${this.argument(shape, `${place}/shape`, number)}${type})`;
    const isPlain = /^(float|bfloat|complex)/.test(dtype) || kind === "Buffer";
    const rest = kind === "Buffer" && !persistent ? ", { persistent: false }" : isPlain ? "" : ", false";
    return `new nn.${kind}(${made}${rest})`;
  }

  /** The fields of a class: name, type and value. */
  private fields(spec: ModuleSpec, number: NumberText): [name: string, type: string, value: string][] {
    const own = (["parameters", "buffers"] as const).flatMap((key) =>
      Object.entries(spec[key] ?? {}).map(([name, entry]): [string, string, string] => {
        const kind = key === "parameters" ? "Parameter" : "Buffer";
        return [name, `nn.${kind}`, this.entry(kind, entry, `/${key}/${name}`, number)];
      }),
    );
    const children = Object.entries(spec.children ?? {}).map(([name, child]): [string, string, string] => [
      name,
      this.classOf(child),
      this.module(child, `/children/${name}`, number),
    ]);
    return [...own, ...children];
  }

  private class({ name, spec, takes }: WrittenClass, ties: readonly string[]): string[] {
    const taken = new Map(takes.flatMap((each) => each.places.map((place) => [place, each.name] as const)));
    const fields = this.fields(spec, (place) => taken.get(place));
    const declared = fields.map(([field, type, value]) =>
      takes.length === 0 ? `${keyText(field)}: ${type} = ${value};` : `${keyText(field)}: ${type};`,
    );
    const set =
      takes.length === 0 ? [] : fields.map(([field, , value]) => `${memberText("this", field)} = ${value};`);
    const parameters = takes.map((each) => `${each.name}: number`).join(", ");
    const numbers = takes.filter(({ places }) => places.some((place) => place.startsWith("/forward/")));
    const kept = numbers.map((each) => `readonly ${each.name}: number;`);
    set.unshift(...numbers.map((each) => `this.${each.name} = ${each.name};`));
    const made =
      set.length + ties.length === 0
        ? []
        : ["", `constructor(${parameters}) {`, ...indented(["super();", ...set, ...ties]), "}"];
    const runs = this.forwardOf(spec, (place) => taken.get(place));
    // Of a file that holds no code the class has to be completed by hand.
    const lacking =
      spec === this.tree ? ["// The description does not say what it computes: write forward() here."] : [];
    const forward = runs.length === 0 ? lacking : ["", ...runs];
    const from = spec.from === undefined ? [] : [`/** ${spec.type} of ${spec.from}. */`];
    const body = [...kept, ...declared, ...made, ...forward];
    if (body[0] === "") body.shift();
    return [...from, `export class ${name} extends nn.Module {`, ...indented(body), "}"];
  }

  private forwardOf(spec: ModuleSpec, nameAt: (place: string) => string | undefined): string[] {
    const { forward, children = {} } = spec;
    const around = { spec, constants: this.constants, classOf: this.classOf, isInner: spec !== this.tree };
    if (isJsonObject(forward))
      return forwardLines(withTaken(forward as unknown as ForwardSpec, nameAt), around);
    if (forward !== "sequential" && spec.extends !== "Sequential") return [];
    const steps = Object.keys(children).map((name, i, all) => ({
      set: i === all.length - 1 ? "output" : `x_${i}`,
      module: name,
      in: [i === 0 ? "$x" : `$x_${i - 1}`],
    }));
    return forwardLines({ inputs: ["x"], steps, outputs: [steps.length === 0 ? "$x" : "$output"] }, around);
  }

  /** The source. @param ties entries that are one tensor with another @param dtype the type of all weights */
  source(ties: readonly (readonly [string, string])[], dtype: string): string {
    const root = this.tree;
    const isClass = containerOf(root) === undefined && !isLayer(root);
    const around = { spec: root, constants: this.constants, classOf: this.classOf, isInner: false };
    const tied = ties.map(([name, other]) => tieLine(name, other, around));
    const classes = this.classes.all.map((each) =>
      this.class(each, isClass && each.spec === root ? tied : []),
    );
    const type = isClass ? this.classes.of(root).name : this.classOf(root);
    const made = this.module(root, "", () => undefined);
    const cast = dtype === "float32" ? made : `${made}.to(torch.${dtype})`;
    const build = [
      "/** The model, its weights not loaded. */",
      `export default function build(): ${type} {`,
      `  return ${cast};`,
      "}",
    ];
    const body = [...classes, build].map((lines) => lines.join("\n")).join("\n\n");
    const constants = this.constants.lines.length === 0 ? "" : `${this.constants.lines.join("\n")}\n\n`;
    const text = `${constants}${body}\n`;
    const uses = (pattern: RegExp): boolean => pattern.test(text);
    const names = ["nn", ...(uses(/\bTensor\b/) ? ["type Tensor"] : [])].join(", ");
    return [
      ...(uses(/\btorch\./) ? ['import * as torch from "weightbridge/torch";'] : []),
      `import { ${names} } from "weightbridge/torch";`,
      "",
      ...(uses(/\bF\./) ? ["const F = nn.functional;", ""] : []),
      text,
    ].join("\n");
  }
}

/** Texts between brackets: on lines of their own where they are long. */
function wrapped(texts: readonly string[]): string {
  const line = texts.join(", ");
  if (line.length < 80) return line;
  return `\n${texts.map((text) => `  ${text.replaceAll("\n", "\n  ")},`).join("\n")}\n`;
}

/** The line that makes two entries one. */
function tieLine(name: string, other: string, around: Parameters<typeof forwardLines>[1]): string {
  // The forward pass of a step that reads an entry says how the entry is reached.
  const reached = (entry: string): string => {
    const [, line] = forwardLines(
      { inputs: [], steps: [{ set: "entry", get: entry }], outputs: ["$entry"] },
      around,
    );
    return line!
      .trim()
      .replace(/^return /, "")
      .replace(/;$/, "");
  };
  return `${reached(name)} = ${reached(other)};`;
}

/** Descriptions of classes that extend a layer say what parameters they have. */
function withEntries(spec: ModuleSpec): ModuleSpec {
  const children = Object.entries(spec.children ?? {}).map(([name, child]) => [name, withEntries(child)]);
  const below =
    children.length === 0
      ? {}
      : { children: Object.fromEntries(children) as ModuleSpec["children"] & object };
  const isPlain = spec.parameters === undefined && spec.buffers === undefined;
  if (!isPlain || spec.extends === undefined || containerOf(spec) !== undefined || isLayer(spec))
    return { ...spec, ...below };
  const module = buildTree({ ...spec, children: {} }, "model", () => {});
  const entries = (members: ReadonlyMap<string, unknown>): Record<string, EntrySpec> =>
    Object.fromEntries(
      [
        ...(members as ReadonlyMap<string, { shape: readonly number[]; dtype: { name: string } } | null>),
      ].flatMap(([name, tensor]) =>
        tensor === null ? [] : [[name, { shape: [...tensor.shape], dtype: tensor.dtype.name }]],
      ),
    );
  return { ...spec, ...below, parameters: entries(module._parameters), buffers: entries(module._buffers) };
}

/**
 * The source of a model in TypeScript: its classes, and a function that builds it as default export.
 * @param source a description, or a live model of torch.nn's modules
 * @throws ValueError where the description is none, or a live module has a class of its own
 */
export function emitModel(source: ModelSpec | ModuleSpec | nn.Module): string {
  const given = source instanceof nn.Module ? specOfModel(source) : modelSpecOf(source);
  const { tree, forward, state_dict = [] } = outline(given);
  const whole = withEntries(forward === undefined || isLayer(tree) ? tree : { ...tree, forward });
  const floating = state_dict.map(({ dtype }) => dtype).filter((dtype) => dtype?.includes("float") === true);
  const [dtype = "float32"] = floating;
  const ties = state_dict.flatMap(({ name, tied_to }) =>
    tied_to === undefined ? [] : [[name, tied_to] as const],
  );
  return new Emitter(whole).source(ties, floating.every((each) => each === dtype) ? dtype : "float32");
}
