// Runs a module once and writes down, for each module of a class of its own, what its forward pass calls with what:
// torch's functions and methods, and its submodules. Layers of torch.nn are called, not looked into.

import type { StepSpec } from "../../port/spec.ts";
import { type FunctionMode, functionMode } from "../../torch/function-mode.ts";
import { nn, noGrad, Tensor } from "../../torch/index.ts";
import { containerKind, isTorchLayer } from "../modules.ts";
import { callArguments } from "./calling.ts";
import { Frame, type Seen } from "./frame.ts";
import {
  described,
  indexOf,
  mapTensors,
  pythonName,
  splitArguments,
  tensorsIn,
  Unwritable,
} from "./values.ts";

type Callee<Result> = (...args: never) => Result;

/** Methods that give a tensor's numbers: what is done with them is not seen. */
const reading: ReadonlySet<string> = new Set(
  "item tolist numpy equal isNonzero allclose set".split(" ").map((name) => `Tensor.${name}`),
);

/** The forward passes that were seen, by module, one for each call. */
export type Trace = ReadonlyMap<nn.Module, readonly Seen[]>;

/** A tensor object of its own over the same memory. */
function alias(tensor: Tensor): Tensor {
  const other = new Tensor(tensor.storage, tensor.layout);
  other.bits = tensor.bits;
  return other;
}

class Tracer implements FunctionMode {
  readonly seen: Map<nn.Module, Seen[]> = new Map();
  private frame: Frame;

  constructor(root: nn.Module) {
    this.frame = new Frame(root, "", null);
  }

  /** Runs something without looking at it. */
  private unseen<Result>(run: () => Result): Result {
    functionMode.now = null;
    try {
      return run();
    } finally {
      functionMode.now = this;
    }
  }

  call<Result>(name: string, target: Callee<Result>, args: readonly unknown[]): Result {
    const { frame } = this;
    if (reading.has(name) && args[0] instanceof Tensor && frame.knows(args[0])) {
      throw frame.refusal(
        `${pythonName(name.slice("Tensor.".length))}() takes numbers out of a tensor: what follows from them cannot be derived`,
      );
    }
    const result = this.unseen(() => (target as (...all: readonly unknown[]) => Result)(...args));
    // A size, a type, a truth value: what it is is seen where it is used.
    if ([...tensorsIn(result)].length === 0) return result;
    const step = this.stepOf(name, args);
    const words = name.split(".");
    const wanted = pythonName(words.at(-1)!).replace(/_+$/, "");
    return this.settle(wanted === "at" ? "item" : wanted, step, result, name.endsWith("_")) as Result;
  }

  private stepOf(name: string, given: readonly unknown[]): Omit<StepSpec, "set"> {
    const { frame } = this;
    const read = (value: unknown): unknown => this.described(value);
    const [family, called] = name.split(".") as [string, string];
    if (family === "getattr") return { op: "getattr", in: [read(given[0]), pythonName(called)] };
    if (name === "Tensor.at") {
      const [self, ...items] = given;
      return { op: "operator.getitem", in: [read(self), read(this.index(items))] };
    }
    const { args, kw } = splitArguments(given);
    const named = Object.fromEntries(Object.entries(kw).map(([key, value]) => [key, read(value)]));
    const self = args[0];
    if (family === "Tensor" && !(self instanceof Tensor))
      throw frame.refusal(`${called} is called on no tensor`);
    return {
      op: `${family}.${pythonName(called)}`,
      in: args.map(read),
      ...(Object.keys(named).length === 0 ? {} : { kw: named }),
    };
  }

  private index(items: readonly unknown[]): unknown {
    try {
      return indexOf(items);
    } catch (error) {
      throw error instanceof Unwritable ? this.frame.refusal(error.message) : error;
    }
  }

  private described(value: unknown): unknown {
    try {
      return described(value, this.frame.nameOf);
    } catch (error) {
      throw error instanceof Unwritable ? this.frame.refusal(error.message) : error;
    }
  }

  /** Adds a step, and names what it gave; a tensor that was there before is given as another object, save in place. */
  private settle(wanted: string, step: Omit<StepSpec, "set">, result: unknown, isInPlace: boolean): unknown {
    const { frame } = this;
    const fresh = isInPlace
      ? result
      : mapTensors(result, (tensor) => (this.isKnown(tensor) ? alias(tensor) : tensor));
    // Named tuples keep their names.
    const given = [...tensorsIn(result)].every(([, tensor], i) => [...tensorsIn(fresh)][i]![1] === tensor)
      ? result
      : fresh;
    const set = frame.add(wanted, step);
    this.nameParts(given, set);
    return given;
  }

  private isKnown(tensor: Tensor): boolean {
    return this.frame.knows(tensor) || tensor.isParameter || tensor instanceof nn.Buffer;
  }

  /** Names the tensors of what a step gave: those of a list by their places. */
  private nameParts(value: unknown, name: string): void {
    if (value instanceof Tensor) this.frame.name(value, name);
    else if (Array.isArray(value)) {
      value.forEach((each: unknown, i) => {
        if ([...tensorsIn(each)].length === 0) return;
        const set = this.frame.add(name, { op: "operator.getitem", in: [`$${name}`, i] });
        this.nameParts(each, set);
      });
    }
  }

  module<Result>(callee: object, target: Callee<Result>, inputs: readonly unknown[]): Result {
    const module = callee as nn.Module;
    const { frame } = this;
    if (module._hooks?.concernCalls === true)
      throw frame.refusal(`${module.constructor.name} has hooks, which are functions of your own`);
    if (isTorchLayer(module)) return this.layer(module, inputs) as Result;
    const path = frame.pathOf(module);
    const inner = this.run(module, frame.path === "" ? path : `${frame.path}.${path}`, target, inputs);
    const outputs = [...tensorsIn(inner.result)].map(([, tensor]) => tensor);
    if (outputs.length === 0) throw frame.refusal(`${path} gives no tensor`);
    const step = { module: path, in: inner.inputs.map(([, tensor]) => frame.nameOf(tensor)) };
    const result = mapTensors(inner.result, (tensor) => (this.isKnown(tensor) ? alias(tensor) : tensor));
    const fresh = [...tensorsIn(result)].map(([, tensor]) => tensor);
    this.nameParts(fresh.length === 1 ? fresh[0] : fresh, frame.add(lastName(path), step));
    return result as Result;
  }

  private layer(module: nn.Module, inputs: readonly unknown[]): unknown {
    const { frame } = this;
    const { args, kw } = splitArguments(inputs);
    const path = frame.pathOf(module);
    const named = Object.fromEntries(Object.entries(kw).map(([key, value]) => [key, this.described(value)]));
    const step = {
      module: path,
      in: args.map((each) => this.described(each)),
      ...(Object.keys(kw).length === 0 ? {} : { kw: named }),
    };
    const result = this.unseen(() =>
      (module as unknown as { call(...all: unknown[]): unknown }).call(...inputs),
    );
    return this.settle(lastName(path), step, result, false);
  }

  /** Runs a module of its own class, whose calls are its own. */
  run<Result>(
    module: nn.Module,
    path: string,
    target: Callee<Result>,
    inputs: readonly unknown[],
    names?: readonly string[],
  ): { readonly result: Result; readonly inputs: readonly (readonly [string, Tensor])[] } {
    const around = this.frame;
    const isRoot = path === "";
    const frame = new Frame(module, path, isRoot ? null : around);
    this.frame = frame;
    try {
      frame.take(inputs, names);
      const result = (target as (...all: readonly unknown[]) => Result).apply(module, inputs as unknown[]);
      const outputs = [...tensorsIn(result)].map(([, tensor]) => frame.nameOf(tensor));
      const read = frame.inputs(isRoot);
      if (containerKind(module) === "Sequential") this.checkRow(frame, read.length);
      else {
        const { steps, shapes, constants } = frame;
        const seen: Seen = { inputs: read.map(([name]) => name), steps, outputs, shapes, constants };
        this.seen.set(module, [...(this.seen.get(module) ?? []), seen]);
      }
      return { result, inputs: read };
    } finally {
      this.frame = around;
    }
  }

  /** @throws NotImplementedError where what stands in a row takes more than what the one before it gives */
  private checkRow(frame: Frame, inputs: number): void {
    const isRow = frame.steps.every(({ in: args = [] }) => args.length === 1);
    if (inputs > 1 || !isRow) throw frame.refusal("modules in a row take one value each");
  }
}

const lastName = (path: string): string => {
  const name = path.split(".").findLast((part) => !/^\d+$/.test(part));
  return name === undefined ? "x" : name;
};

/**
 * Runs a model and gives the forward passes that were seen; of a layer of torch.nn alone there are none.
 * @param names of the inputs; none: those of the parameters of its forward pass
 * @throws NotImplementedError naming the module and what of it cannot be derived
 */
export function trace(model: nn.Module, inputs: readonly Tensor[], names: readonly string[]): Trace {
  const tracer = new Tracer(model);
  if (isTorchLayer(model)) return tracer.seen;
  const before = functionMode.now;
  functionMode.now = tracer;
  try {
    const given = callArguments(model, inputs, names);
    const known = names.length === 0 || given !== inputs ? undefined : names;
    noGrad(() => tracer.run(model, "", model.forward as Callee<unknown>, given, known));
    return tracer.seen;
  } finally {
    functionMode.now = before;
  }
}
