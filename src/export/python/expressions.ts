// Steps of a forward pass as Python expressions.

import { isJsonObject, type ModuleSpec, type StepSpec } from "../../port/spec.ts";
import { isByMode } from "../trace/align.ts";
import { entryText, moduleText } from "./places.ts";
import { callText, isNumberWord, keywordText, numberOf, plainText, textOf, tupleText } from "./text.ts";

/** What stands between two values: of methods and functions that have a symbol. */
const symbols: Readonly<Record<string, string>> = {
  add: "+",
  bitwise_and: "&",
  bitwise_or: "|",
  bitwise_xor: "^",
  div: "/",
  eq: "==",
  floor_divide: "//",
  ge: ">=",
  gt: ">",
  le: "<=",
  lt: "<",
  matmul: "@",
  mul: "*",
  ne: "!=",
  pow: "**",
  sub: "-",
  true_divide: "/",
};

/** Functions that make a tensor of nothing: where it is made has to be said. */
export const creating: ReadonlySet<string> = new Set(
  "arange empty eye full linspace ones rand randn zeros".split(" ").map((name) => `torch.${name}`),
);

/** Methods whose only argument, a list, is given one by one. */
const spreading: ReadonlySet<string> = new Set(
  "view reshape permute expand repeat tile".split(" ").map((name) => `Tensor.${name}`),
);

/** What expressions need to know around them. */
export interface Surroundings {
  readonly spec: ModuleSpec;
  /** The local of a value, or what it is made of. */
  readonly valueOf: (name: string) => string;
  /** The device on which tensors are made. */
  readonly device: string;
}

/** Writes expressions. */
export class Expressions {
  private readonly around: Surroundings;

  constructor(around: Surroundings) {
    this.around = around;
  }

  /** A value of the description. */
  value(value: unknown): string {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return `[${value.map((each) => this.value(each)).join(", ")}]`;
    if (!isJsonObject(value)) return plainText(value);
    if (isByMode(value)) return this.byMode(value.training);
    if ("slice" in value) return this.slice(value.slice as readonly unknown[]);
    if ("ellipsis" in value) return "...";
    if ("taken" in value) return `self.${String(value.taken)}`;
    if (Object.keys(value).join() === "dtype") return `torch.${String(value.dtype)}`;
    return `{${Object.entries(value)
      .map(([name, each]) => `${textOf(name)}: ${this.value(each)}`)
      .join(", ")}}`;
  }

  private byMode([training, otherwise]: readonly [unknown, unknown]): string {
    if (training === true && otherwise === false) return "self.training";
    if (training === false && otherwise === true) return "not self.training";
    return `${this.value(training)} if self.training else ${this.value(otherwise)}`;
  }

  private text(text: string): string {
    if (text.startsWith("$")) return this.around.valueOf(text.slice(1));
    if (text.startsWith("@")) return entryText(this.around.spec, "self", text.slice(1));
    return isNumberWord(text) ? numberOf(text) : textOf(text);
  }

  private slice(bounds: readonly unknown[]): string {
    const [start, stop, step] = bounds.map((each) => (each === null ? "" : this.value(each)));
    return step === "" ? `${start}:${stop}` : `${start}:${stop}:${step}`;
  }

  private index(index: unknown): string {
    if (!Array.isArray(index)) return this.value(index);
    const items = index.map((each) => this.value(each));
    return items.length === 1 ? `${items[0]},` : items.join(", ");
  }

  private list(args: readonly unknown[], kw: Readonly<Record<string, unknown>>): string[] {
    const named = Object.entries(kw).map(([name, each]): [string, string] => [name, this.value(each)]);
    return [...args.map((each) => this.value(each)), ...keywordText(named)];
  }

  /** What a step computes. */
  step({ module, get, op = "", in: args = [], kw = {} }: StepSpec): string {
    if (get !== undefined) return this.value(`@${get}`);
    if (module !== undefined)
      return callText(`${moduleText(this.around.spec, "self", module)}(`, this.list(args, kw));
    const [family, name = ""] = op.split(".");
    const [first, second] = args;
    if (op === "getattr") return `${this.operand(first)}.${String(second)}`;
    if (op === "operator.getitem") return `${this.operand(first)}[${this.index(second)}]`;
    if (op === "Tensor.size") return `${this.operand(first)}.shape[${this.value(second)}]`;
    const symbol = Object.hasOwn(symbols, name) ? symbols[name] : undefined;
    if (symbol !== undefined && args.length === 2 && Object.keys(kw).length === 0)
      return `${this.operand(first)} ${symbol} ${this.operand(second)}`;
    if (name === "neg" && family === "Tensor" && args.length === 1) return `-${this.operand(first)}`;
    if (family === "Tensor") return this.method(op, name, args, kw);
    if (!creating.has(op)) return callText(`${op}(`, this.list(args, kw));
    const shaped = args.map((each) =>
      Array.isArray(each) ? tupleText(each.map((length) => this.value(length))) : this.value(each),
    );
    const device = "device" in kw ? [] : [`device=${this.around.device}`];
    return callText(`${op}(`, [...shaped, ...this.list([], kw), ...device]);
  }

  private method(
    op: string,
    name: string,
    [self, ...args]: readonly unknown[],
    kw: Readonly<Record<string, unknown>>,
  ): string {
    const [only] = args;
    const given = spreading.has(op) && args.length === 1 && Array.isArray(only) ? only : args;
    return callText(`${this.operand(self)}.${name}(`, this.list(given, kw));
  }

  /** A value beside a symbol, or before a dot. */
  private operand(value: unknown): string {
    const text = this.value(value);
    const isPlain = /^[\w.[\]"]+$/.test(text) || /^\d[\d.e+-]*$/.test(text);
    return isPlain ? text : `(${text})`;
  }
}
