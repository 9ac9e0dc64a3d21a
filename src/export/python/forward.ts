// Forward passes as methods: a local for what is computed, taken again where what it stood for is read no more, and loops
// over lists of blocks.

import { moduleAt } from "../../port/model/calls.ts";
import { containerOf, freeName } from "../../port/model/emit/classes.ts";
import { namesRead } from "../../port/model/steps.ts";
import type { ForwardSpec, ModuleSpec, StepSpec } from "../../port/spec.ts";
import { isByMode, trainingMark } from "../trace/align.ts";
import { creating, Expressions } from "./expressions.ts";
import { moduleText } from "./places.ts";
import { callText, indented, isIdentifier, keywordText, reservedNames } from "./text.ts";

/** Names of layers that say nothing of what comes out of them. */
const meaningless =
  /^(conv|bn|norm|relu|act|activation|fc|linear|layer|block|pool|maxpool|avgpool|dropout|drop|downsample|ln|layernorm|self|dense|features|classifier|lin|add|sub|mul|div|matmul|item|flatten|view|reshape|transpose|permute|unsqueeze|squeeze|getattr|contiguous|to|float|neg|x|value|c_proj|c_fc|proj)_?\d*$/i;

/** Steps that are written where they are read. */
const isInline = ({ set }: StepSpec): boolean => set.replace(trainingMark, "").startsWith(".");

/** A row of steps with what reads each of them. */
class Row {
  readonly steps: readonly StepSpec[];
  private readonly inline: Map<string, StepSpec> = new Map();
  private readonly lastRead: Map<string, number> = new Map();

  /** @param kept what is read behind the steps @param device what the steps that make tensors read */
  constructor(all: readonly StepSpec[], kept: readonly unknown[], device: string | undefined) {
    for (const step of all) if (isInline(step)) this.inline.set(step.set, step);
    this.steps = withoutSpare(
      all.filter((step) => !isInline(step)),
      kept,
    );
    this.steps.forEach((step, i) => {
      const made = device !== undefined && creating.has(step.op ?? "") ? [device] : [];
      for (const name of [...this.reads([step.in, step.kw]), ...made]) this.lastRead.set(name, i);
    });
    for (const name of this.reads(kept)) this.lastRead.set(name, this.steps.length);
  }

  /** What values read, by way of what is written in its place too. */
  reads(value: unknown): string[] {
    const direct = Array.isArray(value) ? value.flatMap((each) => namesRead(each)) : namesRead(value);
    return direct.flatMap((name) => {
      const step = this.inline.get(name);
      return step === undefined ? [name] : this.reads(step.in);
    });
  }

  inlineStep(name: string): StepSpec | undefined {
    return this.inline.get(name);
  }

  /** True iff nothing reads the value behind that step. */
  isDone(name: string, at: number): boolean {
    return (this.lastRead.get(name) ?? -1) <= at;
  }
}

/** Without items and attributes that nothing reads, as unpacking leaves them. */
function withoutSpare(steps: readonly StepSpec[], kept: readonly unknown[]): StepSpec[] {
  const read = new Set(kept.flatMap(namesRead));
  return steps
    .toReversed()
    .filter(({ set, op, in: args, kw }) => {
      if (!read.has(set) && (op === "operator.getitem" || op === "getattr")) return false;
      for (const name of [...namesRead(args), ...namesRead(kw)]) read.add(name);
      return true;
    })
    .toReversed();
}

/** What the source of a forward pass needs to know. */
export interface Around {
  readonly spec: ModuleSpec;
  /** The name of a module's class. */
  readonly classOf: (spec: ModuleSpec) => string;
  /** Lines at the beginning. */
  readonly checks: (nameOf: (input: number) => string) => readonly string[];
}

class Writer {
  private readonly forward: ForwardSpec;
  private readonly around: Around;
  private locals = new Map<string, string>();
  private readonly taken = reservedNames();
  private readonly expressions: Expressions;
  private row: Row;

  constructor(forward: ForwardSpec, around: Around) {
    this.forward = forward;
    this.around = around;
    this.row = new Row([], [], undefined);
    for (const name of forward.inputs) this.local(name, name);
    const [first] = forward.inputs;
    const { parameters = {}, buffers = {} } = around.spec;
    const [own] = [...Object.keys(parameters), ...Object.keys(buffers)];
    const writer = this;
    this.expressions = new Expressions({
      spec: around.spec,
      valueOf: (name) => this.valueOf(name),
      get device(): string {
        if (first !== undefined) return `${writer.valueOf(first)}.device`;
        return own === undefined ? "next(self.parameters()).device" : `self.${own}.device`;
      },
    });
  }

  private local(name: string, wanted: string): string {
    const plain = wanted.replace(/\W/g, "_");
    const local = freeName(isIdentifier(plain) ? plain : `${plain.replace(/^\d+/, "value")}_`, this.taken);
    this.locals.set(name, local);
    return local;
  }

  private valueOf(name: string): string {
    const step = this.row.inlineStep(name);
    return step === undefined ? this.locals.get(name)! : this.expressions.step(step);
  }

  /** The local of what a step gives: that of what it reads first, where nothing reads that later. */
  private target(step: StepSpec, at: number): string {
    const [first] = namesRead(step.in?.[0]);
    const before = first === undefined ? undefined : this.locals.get(first);
    const named = step.module?.split(".").findLast((name) => !/^\d+$/.test(name)) ?? step.set;
    const wanted = named.replace(trainingMark, "").replace(/_\d+$/, "");
    const isNamed = step.module !== undefined && !meaningless.test(wanted);
    const isOver = typeof step.in?.[0] === "string" && first !== undefined && this.row.isDone(first, at);
    if (before !== undefined && isOver && !isNamed) {
      this.locals.set(step.set, before);
      return before;
    }
    return this.local(step.set, meaningless.test(wanted) ? "out" : wanted.toLowerCase());
  }

  /** A loop over a list of blocks; undefined where the steps from there on are none. */
  private loop(at: number): { readonly lines: string[]; readonly length: number } | undefined {
    const { steps } = this.row;
    const first = steps[at]!;
    const path = first.module?.slice(0, Math.max(first.module.lastIndexOf("."), 0));
    const spec = path === undefined || path === "" ? undefined : moduleAt(this.around.spec, path);
    const blocks = Object.keys(spec?.children ?? {});
    if (spec === undefined || containerOf(spec) !== "ModuleList" || blocks.length < 2) return undefined;
    const run = steps.slice(at, at + blocks.length);
    const [input, ...shared] = first.in ?? [];
    const isRun = run.every((step, i) => {
      const [given, ...others] = step.in ?? [];
      const isNext = i === 0 ? given === input : given === `$${run[i - 1]!.set}`;
      const isSame = JSON.stringify([others, step.kw]) === JSON.stringify([shared, first.kw]);
      return step.module === `${path}.${blocks[i]}` && isNext && isSame;
    });
    const between = run.slice(0, -1).every(({ set }, i) => this.row.isDone(set, at + i + 1));
    if (
      run.length < blocks.length ||
      !isRun ||
      !between ||
      typeof input !== "string" ||
      !input.startsWith("$")
    )
      return undefined;
    const last = run.at(-1)!.set;
    const start = this.valueOf(input.slice(1));
    const isOver = this.row.isDone(input.slice(1), at);
    if (isOver) this.locals.set(last, start);
    const result = isOver ? start : this.local(last, "out");
    const named = Object.entries(first.kw ?? {}).map(([name, each]): [string, string] => [
      name,
      this.expressions.value(each),
    ]);
    const args = [result, ...shared.map((each) => this.expressions.value(each)), ...keywordText(named)];
    const begin = isOver ? [] : [`${result} = ${start}`];
    return {
      lines: [
        ...begin,
        `for block in ${moduleText(this.around.spec, "self", path!)}:`,
        ...indented([`${result} = ${callText("block(", args)}`]),
      ],
      length: run.length,
    };
  }

  private device(): string | undefined {
    return this.forward.inputs[0];
  }

  /** The lines of a row of steps and what they return. */
  private lines(steps: readonly StepSpec[], outputs: readonly unknown[]): string[] {
    this.row = new Row(steps, outputs, this.device());
    const before = new Map(this.locals);
    const lines: string[] = [];
    for (let at = 0; at < this.row.steps.length; ) {
      const loop = this.loop(at);
      if (loop === undefined) {
        const step = this.row.steps[at]!;
        const code = this.expressions.step(step);
        lines.push(`${this.target(step, at)} = ${code}`);
      } else lines.push(...loop.lines);
      at += loop?.length ?? 1;
    }
    const texts = outputs.map((each) => this.expressions.value(each));
    const result = texts.join(", ");
    const last = lines.at(-1);
    // What is computed last is returned as it is.
    if (last?.startsWith(`${result} = `) === true && texts.length === 1)
      lines[lines.length - 1] = `return ${last.slice(result.length + 3)}`;
    else lines.push(`return ${result}`);
    this.locals = before;
    return lines;
  }

  write(): string[] {
    const { inputs, steps, outputs } = this.forward;
    const names = inputs.map((name) => this.locals.get(name)!);
    const [only] = outputs;
    const checks = this.around.checks((input) => names[input]!);
    let body: string[];
    if (isByMode(only)) {
      const [training, otherwise] = only.training as readonly [readonly unknown[], readonly unknown[]];
      const isTraining = ({ set }: StepSpec): boolean => set.startsWith(trainingMark);
      body = [
        "if self.training:",
        ...indented(this.lines(steps.filter(isTraining), training)),
        ...this.lines(
          steps.filter((step) => !isTraining(step)),
          otherwise,
        ),
      ];
    } else body = this.lines(steps, outputs);
    return [`def forward(${["self", ...names].join(", ")}):`, ...indented([...checks, ...body])];
  }
}

/** The method of a forward pass. */
export const forwardLines = (forward: ForwardSpec, around: Around): string[] =>
  new Writer(forward, around).write();
