// Forward passes as the body of a method: a local for each step, submodules by their fields, loops over lists of blocks.

import { camelCase } from "../../../core/names.ts";
import { type ForwardSpec, isJsonObject, type ModuleSpec, type StepSpec } from "../../spec.ts";
import { moduleAt } from "../calls.ts";
import { type Call, callOf, pythonOperators } from "../operations.ts";
import { namesRead } from "../steps.ts";
import { containerOf, freeName, isLayer } from "./classes.ts";
import type { Constants } from "./constants.ts";
import { type Kind, kindOfCall, kindOfModule, kindOfOutputs, tensor, typeText } from "./kinds.ts";
import { indented, isIdentifier, memberText, numberText, objectText, reservedNames } from "./text.ts";

/** What the source of a forward pass needs to know. */
export interface Around {
  /** The module whose forward pass it is. */
  readonly spec: ModuleSpec;
  readonly constants: Constants;
  /** True iff the names of its inputs say nothing: those of steps of the model around it. */
  readonly isInner: boolean;
  /** The name of a module's class in the source. */
  readonly classOf: (spec: ModuleSpec) => string;
}

/** Operators between numbers. */
const symbols: Readonly<Record<string, string>> = {
  add: "+",
  eq: "===",
  ge: ">=",
  gt: ">",
  le: "<=",
  lt: "<",
  mod: "%",
  mul: "*",
  ne: "!==",
  pow: "**",
  sub: "-",
  truediv: "/",
};

/** Pooling gives positions too where it is asked for them, which its type leaves open. */
const isLayerOfTwo = (name: string): boolean => /maxpool/i.test(name);

const numberWords = new Set(["Infinity", "-Infinity", "NaN"]);

/** Without items and attributes that nothing reads, as unpacking in Python leaves them. */
function withoutSpare(forward: ForwardSpec): ForwardSpec {
  const read = new Set(namesRead(forward.outputs));
  const kept = forward.steps.toReversed().filter(({ set, op, in: args, kw }) => {
    if (!read.has(set) && (op === "operator.getitem" || op === "getattr")) return false;
    for (const name of [...namesRead(args), ...namesRead(kw)]) read.add(name);
    return true;
  });
  return { ...forward, steps: kept.toReversed() };
}

/** Writes one forward pass. */
class Writer {
  private readonly locals = new Map<string, string>();
  private readonly kinds = new Map<string, Kind>();
  private readonly taken = reservedNames();
  readonly forward: ForwardSpec;
  private readonly around: Around;

  constructor(forward: ForwardSpec, around: Around) {
    this.forward = withoutSpare(forward);
    this.around = around;
  }

  private local(name: string, kind: Kind, meaning: string = name): string {
    // Exports number what they compute through the whole model; a method has few of each kind.
    const wanted = camelCase(meaning.replace(/\W/g, "_").replace(/(?<=[a-z])_\d+$/, ""));
    const local = freeName(isIdentifier(wanted) ? wanted : `value${wanted}`, this.taken);
    this.locals.set(name, local);
    this.kinds.set(name, kind);
    return local;
  }

  private readonly kindOf = (value: unknown): Kind => {
    if (typeof value === "number" || (isJsonObject(value) && "taken" in value)) return { is: "number" };
    if (typeof value === "string" && value.startsWith("$")) return this.kinds.get(value.slice(1)) ?? tensor;
    if (Array.isArray(value))
      return { is: "list", of: value.length === 0 ? { is: "number" } : this.kindOf(value[0]) };
    return tensor;
  };

  /** A value of the description. */
  private value(value: unknown): string {
    if (typeof value === "number") return numberText(value);
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return `[${value.map((each) => this.value(each)).join(", ")}]`;
    if (!isJsonObject(value)) return String(value);
    if ("slice" in value) return this.slice(value.slice as readonly unknown[]);
    if ("ellipsis" in value) return '"..."';
    if ("taken" in value) return `this.${String(value.taken)}`;
    if (Object.keys(value).join() === "dtype") return `torch.${String(value.dtype)}`;
    return objectText(Object.entries(value).map(([name, each]) => [name, this.value(each)]));
  }

  private text(text: string): string {
    if (text.startsWith("$")) return this.locals.get(text.slice(1))!;
    if (text.startsWith("@")) return this.entry(text.slice(1));
    if (text.startsWith("#")) {
      const name = text.slice(1);
      return this.around.constants.nameOf(this.forward.constants?.[name], `constants.${name}`);
    }
    return numberWords.has(text) ? numberText(Number(text)) : JSON.stringify(text);
  }

  private slice(bounds: readonly unknown[]): string {
    const isFixed = namesRead(bounds).length === 0;
    const parts = bounds.map((each) =>
      each === null ? "" : isFixed ? String(each) : `\${${this.value(each)}}`,
    );
    const text = parts[2] === "" ? `${parts[0]}:${parts[1]}` : parts.join(":");
    return isFixed ? JSON.stringify(text) : `\`${text}\``;
  }

  /** The submodule at a path, with its class where only the description knows it. */
  module(path: string): string {
    let code = "this";
    let spec = this.around.spec;
    for (const name of path === "" ? [] : path.split(".")) {
      const child = moduleAt(spec, name);
      const container = containerOf(spec);
      if (child === undefined) return `${code}.getSubmodule(${JSON.stringify(name)})`;
      if (container === undefined) code = memberText(code, isLayer(spec) ? camelCase(name) : name);
      else {
        const at =
          container === "ModuleDict" ? JSON.stringify(name) : Object.keys(spec.children!).indexOf(name);
        code = `(${code}.at(${at}) as ${this.around.classOf(child)})`;
      }
      spec = child;
    }
    return code;
  }

  /** A parameter or buffer. */
  private entry(name: string): string {
    const dot = name.lastIndexOf(".");
    const path = name.slice(0, Math.max(dot, 0));
    const role = name.slice(dot + 1);
    const owner = moduleAt(this.around.spec, path);
    const code = this.module(path);
    if (owner === undefined || !isLayer(owner)) return memberText(code, role);
    if (role === "weight" || role === "bias") return `${code}.${role}`;
    return `${code}.get${/^(running|num_batches)_/.test(role) ? "Buffer" : "Parameter"}("${role}")`;
  }

  private list(values: readonly unknown[], options: Readonly<Record<string, unknown>>): string {
    const entries = Object.entries(options).map(([name, each]): [string, string] => [name, this.value(each)]);
    const named = entries.length === 0 ? [] : [objectText(entries)];
    return [...values.map((each) => this.value(each)), ...named].join(", ");
  }

  /** What a step computes. */
  private expression(step: StepSpec): string {
    if (step.get !== undefined) return this.entry(step.get);
    if (step.module !== undefined) {
      const options = Object.entries(step.kw ?? {}).map(([name, each]) => [camelCase(name), each]);
      const code = `${this.module(step.module)}.call(${this.list(step.in ?? [], Object.fromEntries(options))})`;
      const type = moduleAt(this.around.spec, step.module)?.type ?? "";
      return isLayerOfTwo(type) ? `${code} as Tensor` : code;
    }
    const call = callOf(step.op!, step.in, step.kw)!;
    if (call.space === "python") return this.python(call);
    if (call.space !== "Tensor") {
      const code = `${call.space}.${call.name}(${this.list(call.args, call.options)})`;
      return isLayerOfTwo(call.name) ? `${code} as Tensor` : code;
    }
    const [self, ...rest] = call.args;
    // The name of a type is clearer as the type.
    const args = step.op === "cast" ? `torch.${String(rest[0])}` : this.list(rest, call.options);
    return `${this.value(self)}.${call.name}(${args})`;
  }

  private python({ name, args }: Call): string {
    const [first, second] = args;
    if (name === "getattr") return `${this.value(first)}.${camelCase(String(second))}`;
    if (name === "getitem") return this.item(first, second);
    const isTensor = args.map((each) => this.kindOf(each).is === "tensor");
    const method = pythonOperators[name]!;
    if (isTensor[0])
      return `${this.value(first)}.${method}(${args
        .slice(1)
        .map((each) => this.value(each))
        .join(", ")})`;
    if (isTensor[1]) return `torch.${method}(${this.value(first)}, ${this.value(second)})`;
    if (this.kindOf(first).is !== "number") return `[...${this.value(first)}, ...${this.value(second)}]`;
    if (name === "floordiv") return `Math.floor(${this.value(first)} / ${this.value(second)})`;
    if (name === "neg") return `-${this.value(first)}`;
    return `${this.value(first)} ${symbols[name] ?? "+"} ${this.value(second)}`;
  }

  private item(of: unknown, index: unknown): string {
    const kind = this.kindOf(of);
    const code = this.value(of);
    if (kind.is !== "list" && kind.is !== "tuple") {
      const items = Array.isArray(index) ? index : [index];
      return `${code}.at(${items.map((each) => this.value(each)).join(", ")})`;
    }
    if (typeof index !== "number") {
      const { slice } = index as { readonly slice: readonly [unknown, unknown, unknown] };
      const [start, stop] = slice;
      return `${code}.slice(${[start ?? 0, ...(stop === null ? [] : [stop])].map((each) => this.value(each)).join(", ")})`;
    }
    if (kind.is === "tuple") return `${code}[${index < 0 ? index + kind.of.length : index}]`;
    return index < 0 ? `${code}.at(${index})!` : `${code}[${index}]!`;
  }

  private kindOfStep(step: StepSpec): Kind {
    if (step.module !== undefined) return kindOfModule(this.around.spec, step);
    return step.op === undefined ? tensor : kindOfCall(callOf(step.op, step.in, step.kw)!, this.kindOf);
  }

  private statement(step: StepSpec): string[] {
    const code = this.expression(step);
    const kind = this.kindOfStep(step);
    if (step.get !== undefined) {
      this.locals.set(step.set, code);
      return [];
    }
    const named = step.module?.split(".").findLast((name) => !/^\d+$/.test(name));
    return [`const ${this.local(step.set, kind, named ?? step.set)} = ${code};`];
  }

  /** A loop over a list of blocks; undefined where the steps from there on are none. */
  private loop(at: number): { readonly lines: string[]; readonly length: number } | undefined {
    const { steps, outputs } = this.forward;
    const first = steps[at]!;
    const path = first.module?.slice(0, Math.max(first.module.lastIndexOf("."), 0));
    const spec = path === undefined || path === "" ? undefined : moduleAt(this.around.spec, path);
    const blocks = Object.entries(spec?.children ?? {});
    if (spec === undefined || containerOf(spec) !== "ModuleList" || blocks.length < 2) return undefined;
    const run = steps.slice(at, at + blocks.length);
    const [firstInput, ...shared] = first.in ?? [];
    const name = this.around.classOf(blocks[0]![1]);
    const isRun = run.every((step, i) => {
      const [input, ...others] = step.in ?? [];
      const isNext = i === 0 ? input === firstInput : input === `$${run[i - 1]!.set}`;
      const isSame = JSON.stringify([others, step.kw]) === JSON.stringify([shared, first.kw]);
      return (
        step.module === `${path}.${blocks[i]?.[0]}` &&
        isNext &&
        isSame &&
        this.around.classOf(blocks[i]![1]) === name
      );
    });
    if (run.length < blocks.length || !isRun) return undefined;
    const between = new Set(run.slice(0, -1).map(({ set }) => set));
    const others = [...steps.slice(0, at), ...steps.slice(at + run.length)];
    const read = [
      ...others.flatMap(({ in: args, kw }) => [...namesRead(args), ...namesRead(kw)]),
      ...namesRead(outputs),
    ];
    if (read.some((each) => between.has(each)) || this.kindOf(firstInput).is !== "tensor") return undefined;
    const start = this.value(firstInput);
    const options = Object.entries(first.kw ?? {}).map(([key, each]) => [camelCase(key), each]);
    const rest = this.list(shared, Object.fromEntries(options));
    const result = this.local(run.at(-1)!.set, tensor, "x");
    const call = `block.call(${[result, ...(rest === "" ? [] : [rest])].join(", ")})`;
    return {
      lines: [
        `let ${result} = ${start};`,
        `for (const block of ${this.module(path!)} as Iterable<${name}>) ${result} = ${call};`,
      ],
      length: run.length,
    };
  }

  /** The method, with its inputs' types. */
  write(inputKinds: readonly Kind[]): string[] {
    const { inputs, steps, outputs } = this.forward;
    const parameters = inputs.map((name, i) => {
      const kind = inputKinds[i] ?? tensor;
      const meaning = inputs.length === 1 && this.around.isInner ? "x" : name;
      return `${this.local(name, kind, meaning)}: ${typeText(kind)}`;
    });
    const lines: string[] = [];
    for (let at = 0; at < steps.length; ) {
      const loop = this.loop(at);
      lines.push(...(loop?.lines ?? this.statement(steps[at]!)));
      at += loop?.length ?? 1;
    }
    const kind = kindOfOutputs(outputs, this.kindOf);
    const result =
      outputs.length === 1
        ? this.value(outputs[0])
        : `[${outputs.map((each) => this.value(each)).join(", ")}]`;
    const last = lines.at(-1);
    const returned = `const ${result} = `;
    if (last?.startsWith(returned) === true && outputs.length === 1) {
      lines[lines.length - 1] = `return ${last.slice(returned.length)}`;
    } else lines.push(`return ${result};`);
    return [`override forward(${parameters.join(", ")}): ${typeText(kind)} {`, ...indented(lines), "}"];
  }
}

/** The method of a forward pass. */
export const forwardLines = (forward: ForwardSpec, around: Around): string[] =>
  new Writer(forward, around).write([]);
