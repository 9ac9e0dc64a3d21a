// Forward passes that are described step by step, as functions. The steps are read once: every name becomes a place in
// an array of values, every argument a function of it, every operation the function that it calls.

import { dtypeByName } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import { camelCase } from "../../core/names.ts";
import * as torch from "../../torch/index.ts";
import type { ForwardSpec, StepSpec } from "../spec.ts";
import { callOf } from "./operations.ts";
import { python } from "./python.ts";

type Values = unknown[];
type Read = (values: Values) => unknown;
type Run = (values: Values) => unknown;
type Anything = (...args: readonly unknown[]) => unknown;

/** What steps refer to besides each other. */
export interface Surroundings {
  /** The module whose forward pass it is. */
  readonly module: torch.nn.Module;
  readonly constants: ReadonlyMap<string, torch.Tensor>;
  /** Where in the description the forward pass stands, for errors. */
  readonly path: string;
}

/** The steps of a forward pass, whose options can be set. */
export interface StepOptions {
  /** The steps as they are now. */
  readonly steps: readonly StepSpec[];
  /**
   * Gives an option of a step another value, or its place among the arguments ("1"); undefined takes it away.
   * @returns the value that it had
   * @throws ValueError when there is no step of that name
   */
  setOption(step: string, option: string, value: unknown): unknown;
  /** Called with the value of every step, by its place. */
  onStep: ((at: number, value: unknown) => void) | undefined;
}

/** A forward pass as a function, and its steps. */
export interface CompiledForward {
  (...inputs: readonly unknown[]): unknown;
  readonly options: StepOptions;
}

/** A step as it runs. */
interface Compiled {
  readonly run: Run;
  readonly slot: number;
  /** Places whose values no later step reads. */
  readonly free: readonly number[];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Numbers that JSON has no words for. */
const numbers: ReadonlyMap<string, number> = new Map([
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["NaN", Number.NaN],
]);

/** Names of values that an argument reads. */
export function namesRead(value: unknown): string[] {
  if (typeof value === "string") return value.startsWith("$") ? [value.slice(1)] : [];
  if (Array.isArray(value)) return value.flatMap(namesRead);
  return isObject(value) ? Object.values(value).flatMap(namesRead) : [];
}

/** Reads steps into a function. */
class Compiler {
  private readonly slots = new Map<string, number>();

  private readonly surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
  }

  /** The place of a name that is set. */
  slotOf(name: string): number {
    const slot = this.slots.get(name) ?? this.slots.size;
    this.slots.set(name, slot);
    return slot;
  }

  get size(): number {
    return this.slots.size;
  }

  /** A value of the description: what it reads, or itself. */
  read(value: unknown, path: string): Read {
    if (typeof value === "string") return this.readText(value, path);
    if (Array.isArray(value)) return this.readList(value, path);
    if (!isObject(value)) return () => value;
    if ("slice" in value) return this.readSlice(value.slice, path);
    if ("ellipsis" in value) return () => "...";
    const keys = Object.keys(value);
    if (keys.length === 1 && keys[0] === "dtype") {
      const dtype = dtypeByName(String(value.dtype));
      if (dtype === undefined)
        throw new ValueError(`${path}: "${String(value.dtype)}" is not an element type`);
      return () => dtype;
    }
    return this.readOptions(value, path);
  }

  private readText(text: string, path: string): Read {
    const name = text.slice(1);
    if (text.startsWith("$")) {
      const slot = this.slots.get(name);
      if (slot === undefined) {
        throw new ValueError(
          `${path}: nothing is called "${name}" here; there are ${[...this.slots.keys()].join(", ")}`,
        );
      }
      return (values) => values[slot];
    }
    if (text.startsWith("@")) return this.readEntry(name, path);
    if (text.startsWith("#")) {
      const constant = this.surroundings.constants.get(name);
      if (constant === undefined) throw new ValueError(`${path}: there is no constant "${name}"`);
      return () => constant;
    }
    const value = numbers.get(text) ?? text;
    return () => value;
  }

  /** A parameter or buffer: read anew every time, as another may be put in its place. */
  readEntry(name: string, path: string): Read {
    const dot = name.lastIndexOf(".");
    const owner = this.submodule(name.slice(0, Math.max(dot, 0)), path);
    const role = name.slice(dot + 1);
    const { _parameters, _buffers } = owner;
    if (_parameters.has(role)) return () => _parameters.get(role);
    if (_buffers.has(role)) return () => _buffers.get(role);
    throw new ValueError(`${path}: the model has no entry "${name}"`);
  }

  private submodule(name: string, path: string): torch.nn.Module {
    try {
      return this.surroundings.module.getSubmodule(name);
    } catch {
      throw new ValueError(`${path}: the model has no module "${name}"`);
    }
  }

  private readList(list: readonly unknown[], path: string): Read {
    const reads = list.map((each, i) => this.read(each, `${path}[${i}]`));
    return (values) => reads.map((read) => read(values));
  }

  private readSlice(bounds: unknown, path: string): Read {
    if (!Array.isArray(bounds) || bounds.length !== 3)
      throw new ValueError(`${path}: a slice has three bounds, got ${JSON.stringify(bounds)}`);
    const reads = bounds.map((each, i) => this.read(each, `${path}.slice[${i}]`));
    const text = (values: Values): string => {
      const [start, stop, step] = reads.map((read) => String(read(values) ?? ""));
      return step === "" ? `${start}:${stop}` : `${start}:${stop}:${step}`;
    };
    if (namesRead(bounds).length > 0) return text;
    const fixed = text([]);
    return () => fixed;
  }

  private readOptions(options: Readonly<Record<string, unknown>>, path: string): Read {
    const reads = Object.entries(options).map(
      ([name, value]) => [name, this.read(value, `${path}.${name}`)] as const,
    );
    return (values) => Object.fromEntries(reads.map(([name, read]) => [name, read(values)]));
  }

  /** What a step does. */
  step(step: StepSpec, path: string): Run {
    if (step.get !== undefined) return this.readEntry(step.get, path);
    if (step.module !== undefined) return this.moduleStep(step.module, step, path);
    if (step.op === undefined)
      throw new ValueError(`${path}: expected "module", "get" or "op", got ${JSON.stringify(step)}`);
    const call = callOf(step.op, step.in, step.kw);
    if (call === undefined) throw new ValueError(`${path}: there is no operation ${step.op} here`);
    const reads = call.args.map((each, i) => this.read(each, `${path}.in[${i}]`));
    const options = this.optionsOf(call.options, path);
    const { name } = call;
    if (call.space === "Tensor") {
      const [self, ...rest] = [...reads, ...options];
      if (self === undefined) throw new ValueError(`${path}: ${step.op} needs the tensor whose method it is`);
      return (values) => {
        const object = self(values) as Readonly<Record<string, Anything>>;
        return object[name]!(...rest.map((read) => read(values)));
      };
    }
    const space = { torch, F: torch.nn.functional, python }[call.space];
    return called((space as unknown as Readonly<Record<string, Anything>>)[name]!, [...reads, ...options]);
  }

  private moduleStep(name: string, step: StepSpec, path: string): Run {
    const module = this.submodule(name, path);
    if (module === this.surroundings.module) throw new ValueError(`${path}: a module does not call itself`);
    const inputs = (step.in ?? []).map((each, i) => this.read(each, `${path}.in[${i}]`));
    const named = Object.entries(step.kw ?? {}).map(([key, value]) => [camelCase(key), value] as const);
    const options = this.optionsOf(Object.fromEntries(named), path);
    const parent = this.submodule(name.slice(0, Math.max(name.lastIndexOf("."), 0)), path);
    const members = parent._modules;
    const role = name.slice(name.lastIndexOf(".") + 1);
    const reads = [...inputs, ...options];
    return (values) => {
      const callee = members.get(role) as unknown as { call: Anything };
      return callee.call(...reads.map((read) => read(values)));
    };
  }

  /** The trailing object of arguments by name, where there are any. */
  private optionsOf(options: Readonly<Record<string, unknown>>, path: string): Read[] {
    return Object.keys(options).length === 0 ? [] : [this.readOptions(options, `${path}.kw`)];
  }
}

/** A call of a function, without a list of arguments for the common numbers of them. */
function called(target: Anything, reads: readonly Read[]): Run {
  const [first, second, third] = reads;
  if (reads.length === 1) return (values) => target(first!(values));
  if (reads.length === 2) return (values) => target(first!(values), second!(values));
  if (reads.length === 3) return (values) => target(first!(values), second!(values), third!(values));
  return (values) => target(...reads.map((read) => read(values)));
}

/** Which places no later step reads, by step; the outputs' places are kept. */
function freedAfter(forward: ForwardSpec, slotOf: (name: string) => number): number[][] {
  const last = new Map<number, number>();
  forward.steps.forEach((step, i) => {
    for (const name of [step.set, ...namesRead(step.in), ...namesRead(step.kw)]) last.set(slotOf(name), i);
  });
  for (const name of namesRead(forward.outputs)) last.delete(slotOf(name));
  const freed: number[][] = forward.steps.map(() => []);
  for (const [slot, at] of last) freed[at]!.push(slot);
  return freed;
}

/** What a step is, for errors. */
const stepText = ({ set, module, op, get }: StepSpec): string => `step "${set}" (${module ?? op ?? get})`;

/** Steps that are compiled anew where an option of theirs is set. */
function optionsOf(
  specs: readonly StepSpec[],
  steps: Compiled[],
  compile: (spec: StepSpec, at: number) => Run,
  path: string,
): StepOptions {
  const current = [...specs];
  return {
    onStep: undefined,
    steps: current,
    setOption: (step, option, value) => {
      const at = current.findIndex(({ set }) => set === step);
      const spec = current[at];
      if (spec === undefined) throw new ValueError(`${path}: there is no step "${step}"`);
      const { changed, old } = withOption(spec, option, value);
      steps[at] = { ...steps[at]!, run: compile(changed, at) };
      current[at] = changed;
      return old;
    },
  };
}

function withOption(
  spec: StepSpec,
  option: string,
  value: unknown,
): { readonly changed: StepSpec; readonly old: unknown } {
  const place = Number(option);
  if (Number.isInteger(place)) {
    const args = spec.in ?? [];
    return { changed: { ...spec, in: args.with(place, value) }, old: args[place] };
  }
  const { [option]: old, ...others } = spec.kw ?? {};
  return { changed: { ...spec, kw: value === undefined ? others : { ...others, [option]: value } }, old };
}

/**
 * A forward pass as a function of its inputs, in their order. One output is given as it is, several in a list.
 * @throws ValueError naming the place in the description
 */
export function compileForward(forward: ForwardSpec, surroundings: Surroundings): CompiledForward {
  const { path } = surroundings;
  const compiler = new Compiler(surroundings);
  for (const name of forward.inputs) compiler.slotOf(name);
  const compile = (step: StepSpec, at: number): Run => compiler.step(step, `${path}.steps[${at}]`);
  const runs = forward.steps.map((step, i) => {
    const run = compile(step, i);
    return { run, slot: compiler.slotOf(step.set) };
  });
  const outputs = forward.outputs.map((output, i) => compiler.read(output, `${path}.outputs[${i}]`));
  const freed = freedAfter(forward, (name) => compiler.slotOf(name));
  const steps: Compiled[] = runs.map((each, i) => ({ ...each, free: freed[i]! }));
  const { size } = compiler;
  const options = optionsOf(forward.steps, steps, compile, path);
  const run = (...inputs: readonly unknown[]): unknown => {
    if (inputs.length < forward.inputs.length) {
      throw new ValueError(`${path}: expected ${forward.inputs.join(", ")}, got ${inputs.length} inputs`);
    }
    const values: Values = new Array(size);
    forward.inputs.forEach((_, i) => {
      values[i] = inputs[i];
    });
    let at = 0;
    try {
      for (; at < steps.length; at++) {
        const { run, slot, free } = steps[at]!;
        values[slot] = run(values);
        options.onStep?.(at, values[slot]);
        for (const each of free) values[each] = undefined;
      }
    } catch (error) {
      if (error instanceof Error) error.message = `${stepText(forward.steps[at]!)}: ${error.message}`;
      throw error;
    }
    return outputs.length === 1 ? outputs[0]!(values) : outputs.map((read) => read(values));
  };
  return Object.assign(run, { options });
}
