// A derived model as a Python file: its classes, which one would have written so by hand, and functions that build it.

import { NotImplementedError } from "../../core/errors.ts";
import { snakeCase } from "../../core/names.ts";
import {
  Classes,
  containerOf,
  isLayer,
  numberAt,
  type WrittenClass,
  withTaken,
} from "../../port/model/emit/classes.ts";
import { positional, sizes } from "../../port/model/emit/emit.ts";
import { type EntrySpec, type ForwardSpec, isJsonObject, type ModuleSpec } from "../../port/spec.ts";
import { argumentNames } from "../../torch/nn/rebuild.ts";
import type { DerivedModel } from "../trace/derive.ts";
import { forwardLines } from "./forward.ts";
import { entryText } from "./places.ts";
import {
  callText,
  indented,
  isIdentifier,
  keywordText,
  numberOf,
  plainText,
  textOf,
  tupleText,
} from "./text.ts";

/** Text of the number at a place of a module's description. */
type NumberText = (place: string) => string | undefined;

/** Layers that copy a layer which they are given. */
const copying: Readonly<Record<string, string>> = {
  TransformerEncoder: "num_layers",
  TransformerDecoder: "num_layers",
};

class Emitter {
  private readonly classes: Classes;
  private readonly model: DerivedModel;

  constructor(model: DerivedModel) {
    this.model = model;
    this.classes = new Classes(model.tree, new Set(["Path", "F"]));
  }

  private readonly classOf = (spec: ModuleSpec): string => {
    const container = containerOf(spec);
    if (container !== undefined) return `nn.${container}`;
    return isLayer(spec) ? `nn.${spec.type}` : this.classes.of(spec).name;
  };

  private argument(value: unknown, place: string, number: NumberText): string {
    if (typeof value === "number") return number(place) ?? numberOf(value);
    if (!Array.isArray(value)) return plainText(value);
    return tupleText(value.map((each, i) => this.argument(each, `${place}/${i}`, number)));
  }

  private size(name: string, value: unknown, place: string, number: NumberText): string {
    const isOne = name === "normalized_shape" && Array.isArray(value) && value.length > 1;
    if (!sizes.has(name) || !Array.isArray(value) || value.length === 0 || isOne)
      return this.argument(value, place, number);
    const texts = value.map((each, i) => this.argument(each, `${place}/${i}`, number));
    return texts.every((text) => text === texts[0]) ? texts[0]! : tupleText(texts);
  }

  private layer(spec: ModuleSpec, place: string, number: NumberText): string {
    const { type, args = {}, children = {} } = spec;
    if (Object.hasOwn(copying, type)) return this.copied(spec, place, number);
    if (Object.keys(children).length > 0)
      throw new NotImplementedError(`a ${type} does not tell what it was made with`);
    const entries = Object.entries(args).map(([name, value]): [string, string] => [
      name,
      this.size(name, value, `${place}/args/${name}`, number),
    ]);
    const order = argumentNames(type);
    const split = entries.findIndex(([name], i) => !positional.has(name) || (order?.[i] ?? name) !== name);
    const first = split < 0 ? entries : entries.slice(0, split);
    return callText(`nn.${type}(`, [
      ...first.map(([, text]) => text),
      ...keywordText(entries.slice(first.length)),
    ]);
  }

  /** A layer that is made with another, of which it has copies. */
  private copied({ type, children = {} }: ModuleSpec, place: string, number: NumberText): string {
    const layers = Object.values(children.layers?.children ?? {});
    const at = (name: string): string => `${place}/children/${name}`;
    const norm =
      children.norm === undefined ? [] : [`norm=${this.module(children.norm, at("norm"), number)}`];
    const first = this.module(layers[0]!, `${at("layers")}/children/0`, number);
    return callText(`nn.${type}(`, [first, `${copying[type]}=${layers.length}`, ...norm]);
  }

  private container(spec: ModuleSpec, place: string, number: NumberText): string {
    const type = containerOf(spec)!;
    const children = Object.entries(spec.children ?? {}).map(([name, child]): [string, string] => [
      name,
      this.module(child, `${place}/children/${name}`, number),
    ]);
    const texts = children.map(([, text]) => text);
    const pairs = children.map(([name, text]) => `${textOf(name)}: ${text}`);
    if (type === "ModuleDict") return callText("nn.ModuleDict({", pairs, "})");
    if (!children.every(([name], i) => name === String(i)))
      return callText(`nn.${type}(OrderedDict({`, pairs, "}))");
    if (type === "Sequential") return callText("nn.Sequential(", texts);
    if (texts.length > 1 && texts.every((text) => text === texts[0]))
      return `nn.ModuleList(${texts[0]} for _ in range(${texts.length}))`;
    return callText("nn.ModuleList([", texts, "])");
  }

  /** The expression that makes a module. */
  private module(spec: ModuleSpec, place: string, number: NumberText): string {
    if (containerOf(spec) !== undefined) return this.container(spec, place, number);
    if (isLayer(spec)) return this.layer(spec, place, number);
    const { name, takes } = this.classes.of(spec);
    const given = takes.map((each): [string, string] => {
      const at = each.places[0]!;
      return [snakeCase(each.name), number(`${place}${at}`) ?? numberOf(numberAt(spec, at))];
    });
    return callText(`${name}(`, given.length > 3 ? keywordText(given) : given.map(([, text]) => text));
  }

  private entry(kind: "parameters" | "buffers", name: string, entry: EntrySpec, number: NumberText): string {
    const { shape, dtype = "float32", persistent = true } = entry;
    const type = dtype === "float32" ? [] : [`dtype=torch.${dtype}`];
    const lengths = this.argument(shape, `/${kind}/${name}/shape`, number);
    const made = callText("torch.empty(", [lengths, ...type]);
    if (kind === "buffers") {
      const rest = persistent ? [] : ["persistent=False"];
      return callText("self.register_buffer(", [textOf(name), made, ...rest]);
    }
    const isPlain = /^(float|bfloat|complex)/.test(dtype);
    const parameter = callText("nn.Parameter(", [made, ...(isPlain ? [] : ["requires_grad=False"])]);
    return isIdentifier(name)
      ? `self.${name} = ${parameter}`
      : callText("self.register_parameter(", [textOf(name), parameter]);
  }

  private members(spec: ModuleSpec, number: NumberText): string[] {
    const entries = (["parameters", "buffers"] as const).flatMap((kind) =>
      Object.entries(spec[kind] ?? {}).map(([name, entry]) => this.entry(kind, name, entry, number)),
    );
    const children = Object.entries(spec.children ?? {}).map(([name, child]) => {
      const made = this.module(child, `/children/${name}`, number);
      return isIdentifier(name) ? `self.${name} = ${made}` : `self.add_module(${textOf(name)}, ${made})`;
    });
    return [...entries, ...children];
  }

  private class({ name, spec, takes }: WrittenClass): string {
    const taken = new Map(
      takes.flatMap((each) => each.places.map((place) => [place, snakeCase(each.name)] as const)),
    );
    const number: NumberText = (place) => taken.get(place);
    const isRoot = spec === this.model.tree;
    const kept = takes
      .filter(({ places }) => places.some((place) => place.startsWith("/forward/")))
      .map((each) => `self.${snakeCase(each.name)} = ${snakeCase(each.name)}`);
    const ties = isRoot ? this.ties(spec, "self") : [];
    const head = `def __init__(${["self", ...takes.map((each) => snakeCase(each.name))].join(", ")}):`;
    const made = [head, ...indented(["super().__init__()", ...kept, ...this.members(spec, number), ...ties])];
    const { forward } = spec;
    const runs = isJsonObject(forward)
      ? forwardLines(withNames(withTaken(forward as unknown as ForwardSpec, (place) => taken.get(place))), {
          spec,
          classOf: this.classOf,
          checks: (nameOf) => (isRoot ? this.checks(nameOf) : []),
        })
      : ["# It was not called in the example: what it computes is not known."];
    return [`class ${name}(nn.Module):`, ...indented([...made, "", ...runs])].join("\n");
  }

  /** Lines that refuse lengths with which the forward pass was not seen. */
  private checks(nameOf: (input: number) => string): string[] {
    return this.model.fixed.flatMap(({ axes }) =>
      axes.map(({ input, axis, length }) => {
        const name = nameOf(input);
        const message = textOf(`${name}: axis ${axis} has to be ${length} long, as in the example`);
        return `if ${name}.shape[${axis}] != ${length}:\n    raise ValueError(${message})`;
      }),
    );
  }

  private ties(spec: ModuleSpec, object: string): string[] {
    return this.model.state.flatMap(({ name, tied_to }) =>
      tied_to === undefined ? [] : [`${entryText(spec, object, name)} = ${entryText(spec, object, tied_to)}`],
    );
  }

  /** The type of all floating weights, where they are not float32. */
  private castLines(): string[] {
    const types = new Set(
      this.model.state.map(({ dtype = "" }) => dtype).filter((each) => each.includes("float")),
    );
    const [dtype = "float32"] = types;
    if (types.size > 1)
      throw new NotImplementedError(
        `weights of several floating types, ${[...types].join(", ")}, are not exported`,
      );
    return dtype === "float32" ? [] : [`model.to(torch.${dtype})`];
  }

  /** The whole file. */
  source(): string {
    const root = this.model.tree;
    const isClass = containerOf(root) === undefined && !isLayer(root);
    const classes = this.classes.all.map((each) => this.class(each));
    const type = isClass ? this.classes.of(root).name : this.classOf(root);
    const constants = this.model.constants.size === 0 ? [] : constantLines;
    const build = [
      `def build() -> ${type}:`,
      ...indented([
        '"""The model, its weights not loaded."""',
        `model = ${this.module(root, "", () => undefined)}`,
        ...(isClass ? [] : this.ties(root, "model")),
        ...this.castLines(),
        ...constants,
        "return model",
      ]),
    ].join("\n");
    const body = [...classes, build, loadLines(type)].join("\n\n\n");
    const uses = (pattern: RegExp): boolean => pattern.test(body);
    return [
      '"""A model, exported by weightbridge. `load()` gives it with its weights."""',
      "",
      ...(uses(/\bOrderedDict\(/) ? ["from collections import OrderedDict"] : []),
      "from pathlib import Path",
      "",
      ...(uses(/\btorch\./) ? ["import torch"] : []),
      uses(/\bload_file\(/)
        ? "from safetensors.torch import load_file, load_model"
        : "from safetensors.torch import load_model",
      "from torch import nn",
      ...(uses(/\bF\./) ? ["from torch.nn import functional as F"] : []),
      "",
      "HERE = Path(__file__).resolve().parent",
      "",
      "",
      `${body}\n`,
    ].join("\n");
  }
}

/** Numbers that the constructor takes go by Python's names. */
function withNames<T>(value: T): T {
  if (Array.isArray(value)) return value.map((each: unknown) => withNames(each)) as T;
  if (!isJsonObject(value)) return value;
  if (typeof value.taken === "string") return { taken: snakeCase(value.taken) } as T;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withNames(each)])) as T;
}

const constantLines: readonly string[] = [
  "# Values that no state dict has.",
  'for name, value in load_file(HERE / "constants.safetensors").items():',
  '    owner, _, role = name.rpartition(".")',
  "    setattr(model.get_submodule(owner), role, value)",
];

const loadLines = (type: string): string =>
  [
    `def load(path=HERE / "model.safetensors") -> ${type}:`,
    ...indented([
      '"""The model with the weights of a file."""',
      "model = build()",
      "load_model(model, path)",
      "return model",
    ]),
  ].join("\n");

/**
 * The source of a model in Python: its classes, `build()`, and `load()` which reads model.safetensors beside the file.
 * @throws NotImplementedError for a layer that does not tell what it was made with
 */
export const pythonSource = (model: DerivedModel): string => new Emitter(model).source();
