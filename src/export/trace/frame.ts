// One module's forward pass while it runs: which tensor goes by which name there, and the steps that were made.

import { NotImplementedError } from "../../core/errors.ts";
import type { Shape } from "../../core/layout.ts";
import { snakeCase } from "../../core/names.ts";
import type { StepSpec } from "../../port/spec.ts";
import type { nn, Tensor } from "../../torch/index.ts";
import { tensorsIn } from "./values.ts";

/** A forward pass that was seen. */
export interface Seen {
  readonly inputs: readonly string[];
  readonly steps: readonly StepSpec[];
  readonly outputs: readonly unknown[];
  /** The shape of each value by its name. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Tensors that were there before the call, by the names under which steps read them as buffers. */
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** Names of the parameters of a method; "" for those that are taken apart, none for a list of all. */
function parameterNames(module: nn.Module): string[] {
  const text = module.forward.toString();
  const found = /^\s*\w+\s*\(([^)]*)\)/.exec(text)?.[1] ?? "";
  if (found.includes("...")) return [];
  const apart = found.replace(/\{[^}]*\}/g, "{}");
  return apart.split(",").map((each) => {
    const name = each.replace(/=.*/, "").trim().replace(/^_+/, "");
    // Minified code has letters in their place.
    return /^\w{2,}$|^[xyqkv]$/.test(name) ? snakeCase(name) : "";
  });
}

/** What came in: its name, and whether a step has read it. */
interface Given {
  readonly name: string;
  isRead: boolean;
}

/** A module that is being called. */
export class Frame {
  readonly module: nn.Module;
  /** Where the module stands in its model, for errors. */
  readonly path: string;
  readonly parent: Frame | null;
  readonly steps: StepSpec[] = [];
  readonly shapes: Map<string, Shape> = new Map();
  readonly constants: Map<string, Tensor> = new Map();
  /** What came in and stands for itself still. */
  private readonly given: Map<Tensor, Given> = new Map();
  /** All that came in. */
  private readonly kept: { readonly tensor: Tensor; readonly entry: Given }[] = [];
  private readonly names: Map<Tensor, string> = new Map();
  private readonly taken: Set<string> = new Set(["self"]);
  private entries: Map<Tensor, string> | undefined;
  private modules: Map<nn.Module, string> | undefined;

  constructor(module: nn.Module, path: string, parent: Frame | null) {
    this.module = module;
    this.path = path;
    this.parent = parent;
  }

  /** What goes wrong here, with its place. */
  refusal(reason: string): NotImplementedError {
    const place = this.path === "" ? "the model" : this.path;
    return new NotImplementedError(`${place} (${this.module.constructor.name}): ${reason}`);
  }

  /** Takes what the module is called with. @param names of the arguments, where they are known */
  take(inputs: readonly unknown[], names: readonly string[] = parameterNames(this.module)): void {
    inputs.forEach((input, i) => {
      for (const [field, tensor] of tensorsIn(input)) {
        if (!this.given.has(tensor)) this.give(tensor, field === "" ? names[i] || "x" : snakeCase(field));
      }
    });
  }

  private give(tensor: Tensor, wanted: string): Given {
    const name = this.free(wanted);
    const entry: Given = { name, isRead: false };
    this.given.set(tensor, entry);
    this.kept.push({ tensor, entry });
    this.names.set(tensor, name);
    this.shapes.set(name, tensor.shape);
    return entry;
  }

  private free(wanted: string): string {
    let name = wanted === "" ? "x" : wanted;
    for (let i = 2; this.taken.has(name); i++) name = `${wanted}_${i}`;
    this.taken.add(name);
    return name;
  }

  /** True iff the tensor was made by a step, or came in. */
  has(tensor: Tensor): boolean {
    return this.names.has(tensor);
  }

  /** True iff the tensor was made on the way, here or in a module around. */
  knows(tensor: Tensor): boolean {
    return this.has(tensor) || (this.parent?.knows(tensor) ?? false);
  }

  /** How steps refer to a tensor. @throws NotImplementedError where it is one that they cannot */
  readonly nameOf = (tensor: Tensor): string => {
    const given = this.given.get(tensor);
    if (given !== undefined) given.isRead = true;
    const name = this.names.get(tensor);
    if (name !== undefined) return `$${name}`;
    const entry = this.entryOf(tensor);
    if (entry !== undefined) return `@${entry}`;
    if (this.parent?.knows(tensor) === true) {
      const captured = this.give(tensor, "value");
      captured.isRead = true;
      return `$${captured.name}`;
    }
    return `@${this.constantOf(tensor)}`;
  };

  private entryOf(tensor: Tensor): string | undefined {
    if (this.entries === undefined) {
      const options = { removeDuplicate: false };
      const all = [...this.module.namedParameters(options), ...this.module.namedBuffers(options)];
      this.entries = new Map(all.toReversed().map(([name, each]) => [each as Tensor, name]));
    }
    return this.entries.get(tensor);
  }

  private constantOf(tensor: Tensor): string {
    for (const [name, each] of this.constants) if (each === tensor) return name;
    this.checkForeign(tensor);
    const field = Object.entries(this.module).find(([, value]) => value === tensor)?.[0];
    const { _buffers, _parameters, _modules } = this.module;
    const wanted = field === undefined ? "constant" : snakeCase(field);
    let name = wanted;
    const isTaken = (each: string): boolean =>
      [this.constants, _buffers, _parameters, _modules].some((members) => members.has(each));
    for (let i = 2; isTaken(name); i++) name = `${wanted}_${i}`;
    this.constants.set(name, tensor);
    return name;
  }

  /** @throws NotImplementedError for memory of a parameter that is not read as one */
  private checkForeign(tensor: Tensor): void {
    let root: Frame = this;
    while (root.parent !== null) root = root.parent;
    const owners = [
      ...root.module.namedParameters({ removeDuplicate: false }),
      ...root.module.namedBuffers({ removeDuplicate: false }),
    ];
    for (const [name, each] of owners) {
      if (each === tensor) {
        throw this.refusal(`it reads ${name}, which is another module's: give it as an argument`);
      }
      if (each.storage === tensor.storage)
        throw this.refusal(`it reads the memory of ${name} otherwise than as ${name}: use detach()`);
    }
  }

  /** The path from here to a module that is called. */
  pathOf(callee: nn.Module): string {
    this.modules ??= new Map(
      [...this.module.namedModules({ removeDuplicate: false })]
        .toReversed()
        .map(([name, each]) => [each, name]),
    );
    const path = this.modules.get(callee);
    if (path === undefined)
      throw this.refusal(`it calls a ${callee.constructor.name} that is no submodule of its own`);
    return path;
  }

  /** Adds a step. @param wanted a name for its value @returns the name that it has */
  add(wanted: string, step: Omit<StepSpec, "set">): string {
    const set = this.free(wanted);
    this.steps.push({ set, ...step });
    return set;
  }

  /** Says by which name a value goes from now on. */
  name(tensor: Tensor, name: string): void {
    this.names.set(tensor, name);
    this.given.delete(tensor);
    this.shapes.set(name, tensor.shape);
  }

  /** What came in and was read, in order. @param all also what was not */
  inputs(all: boolean): (readonly [name: string, tensor: Tensor])[] {
    return this.kept
      .filter(({ entry }) => all || entry.isRead)
      .map(({ entry, tensor }) => [entry.name, tensor]);
  }
}
