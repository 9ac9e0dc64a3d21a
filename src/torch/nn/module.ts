// torch.nn.Module: a tree of named parameters, buffers and submodules. A field that holds a Parameter or a Module is
// one of them, as in Python; `registerBuffer` names buffers.

import type { DType } from "../../core/dtype.ts";
import { AttributeError, KeyError, NotImplementedError, PythonTypeError } from "../../core/errors.ts";
import { camelCase } from "../../core/names.ts";
import { typeName } from "../errors.ts";
import { noGrad } from "../tape.ts";
import { Tensor } from "../tensor.ts";
import { Parameter } from "./parameter.ts";
import { moduleText } from "./print.ts";
import {
  type IncompatibleKeys,
  type LoadOptions,
  loadStateDict,
  type StateDict,
  stateDict,
} from "./state.ts";

type Kind = "parameter" | "buffer" | "module";

/** What a hook registration gives back. */
export interface RemovableHandle {
  /** Takes the hook away. */
  remove(): void;
}

/** Called before `forward` with its inputs; what it returns, if anything, takes their place. */
export type ForwardPreHook = (module: Module, inputs: readonly unknown[]) => readonly unknown[] | undefined;

/** Called after `forward`; what it returns, if anything, takes the output's place. */
export type ForwardHook = (module: Module, inputs: readonly unknown[], output: unknown) => unknown;

/** Base class of all layers and models (torch.nn.Module). */
export class Module {
  /** True iff the module is in training mode. */
  training = true;
  /** Parameters by name, in order of registration; null where one is declared and absent (a bias switched off). */
  readonly _parameters: Map<string, Parameter | null> = new Map();
  /** Buffers by name. */
  readonly _buffers: Map<string, Tensor | null> = new Map();
  /** Submodules by name. */
  readonly _modules: Map<string, Module | null> = new Map();
  /** Names of the buffers that `stateDict` leaves out. */
  readonly _nonPersistentBuffers: Set<string> = new Set();
  private readonly forwardPreHooks: Set<ForwardPreHook> = new Set();
  private readonly forwardHooks: Set<ForwardHook> = new Set();

  /** What the module computes. Subclasses define it; `call` runs it with the hooks. */
  forward(..._inputs: never[]): unknown {
    throw new NotImplementedError(
      `Module [${this.constructor.name}] is missing the required "forward" function`,
    );
  }

  /** Runs hooks and `forward`: Python's `module(x)`. */
  call(...inputs: Parameters<this["forward"]>): ReturnType<this["forward"]> {
    if (this.forwardPreHooks.size === 0 && this.forwardHooks.size === 0) {
      return this.forward(...(inputs as never[])) as ReturnType<this["forward"]>;
    }
    let given: readonly unknown[] = inputs;
    for (const hook of this.forwardPreHooks) given = hook(this, given) ?? given;
    let output: unknown = this.forward(...(given as never[]));
    for (const hook of this.forwardHooks) output = hook(this, given, output) ?? output;
    return output as ReturnType<this["forward"]>;
  }

  /** A hook that runs before `forward`. */
  registerForwardPreHook(hook: ForwardPreHook): RemovableHandle {
    this.forwardPreHooks.add(hook);
    return { remove: () => this.forwardPreHooks.delete(hook) };
  }

  /** A hook that runs after `forward`. */
  registerForwardHook(hook: ForwardHook): RemovableHandle {
    this.forwardHooks.add(hook);
    return { remove: () => this.forwardHooks.delete(hook) };
  }

  /** Adds a parameter; null declares one that is absent. */
  registerParameter(name: string, parameter: Parameter | null): void {
    this.checkName(name, "parameter", this._parameters);
    if (parameter !== null && !(parameter instanceof Parameter)) {
      throw new PythonTypeError(
        `cannot assign '${typeName(parameter)}' object to parameter '${name}' (torch.nn.Parameter or None required)`,
      );
    }
    this._parameters.set(name, parameter);
    this.expose(name, "parameter");
  }

  /** Adds a tensor that belongs to the state but is no parameter, such as running statistics. */
  registerBuffer(name: string, tensor: Tensor | null, options: { readonly persistent?: boolean } = {}): void {
    this.checkName(name, "buffer", this._buffers);
    if (tensor !== null && !(tensor instanceof Tensor)) {
      throw new PythonTypeError(
        `cannot assign '${typeName(tensor)}' object to buffer '${name}' (torch Tensor or None required)`,
      );
    }
    this._buffers.set(name, tensor);
    if (options.persistent === false) this._nonPersistentBuffers.add(name);
    this.expose(name, "buffer");
  }

  /** Adds a submodule. */
  registerModule(name: string, module: Module | null): void {
    if (module !== null && !(module instanceof Module)) {
      throw new PythonTypeError(`${typeName(module)} is not a Module subclass`);
    }
    this.checkName(name, "module", this._modules);
    this._modules.set(name, module);
    this.expose(name, "module");
  }

  /** PyTorch's older name of `registerModule`. */
  addModule(name: string, module: Module | null): void {
    this.registerModule(name, module);
  }

  private checkName(name: string, kind: Kind, own: ReadonlyMap<string, unknown>): void {
    const quoted = (text: string) => `'${text.replaceAll("'", "\\'")}'`;
    if ((name in this || camelCase(name) in this) && !own.has(name))
      throw new KeyError(`"attribute '${name}' already exists"`);
    if (name.includes(".")) {
      throw new KeyError(
        kind === "module"
          ? quoted(`module name can't contain ".", got: ${name}`)
          : quoted(`${kind} name can't contain "."`),
      );
    }
    if (name === "") throw new KeyError(quoted(`${kind} name can't be empty string ""`));
  }

  /** Makes `module.name` read and write the member; `running_mean` goes by `runningMean` too. */
  private expose(name: string, kind: Kind): void {
    const descriptor = accessor(kind, name);
    Object.defineProperty(this, name, descriptor);
    const camel = camelCase(name);
    if (camel !== name) Object.defineProperty(this, camel, { ...descriptor, enumerable: false });
  }

  /** Registers fields that were assigned a Parameter or a Module since the last look. */
  private adopt(): void {
    for (const name of Object.keys(this)) {
      if (this._modules.has(name) || this._parameters.has(name) || this._buffers.has(name)) continue;
      const value: unknown = (this as unknown as Record<string, unknown>)[name];
      if (value instanceof Module) {
        this._modules.set(name, value);
        this.expose(name, "module");
      } else if (value instanceof Parameter) {
        this._parameters.set(name, value);
        this.expose(name, "parameter");
      }
    }
  }

  /** The direct submodules with their names; a module that occurs twice comes once. */
  *namedChildren(): IterableIterator<[string, Module]> {
    this.adopt();
    const seen = new Set<Module>();
    for (const [name, module] of this._modules) {
      if (module === null || seen.has(module)) continue;
      seen.add(module);
      yield [name, module];
    }
  }

  /** The direct submodules. */
  *children(): IterableIterator<Module> {
    for (const [, module] of this.namedChildren()) yield module;
  }

  /** The module itself (under the name "") and all below it, each once. */
  *namedModules(
    options: { readonly prefix?: string; readonly removeDuplicate?: boolean } = {},
    seen: Set<Module> = new Set(),
  ): IterableIterator<[string, Module]> {
    const { prefix = "", removeDuplicate = true } = options;
    if (seen.has(this)) return;
    if (removeDuplicate) seen.add(this);
    yield [prefix, this];
    this.adopt();
    for (const [name, module] of this._modules) {
      if (module === null) continue;
      const path = prefix === "" ? name : `${prefix}.${name}`;
      yield* module.namedModules({ prefix: path, removeDuplicate }, seen);
    }
  }

  /** The module itself and all below it. */
  *modules(): IterableIterator<Module> {
    for (const [, module] of this.namedModules()) yield module;
  }

  /** Parameters with their names; one that two names share comes once, unless `removeDuplicate` is false. */
  namedParameters(
    options: {
      readonly prefix?: string;
      readonly recurse?: boolean;
      readonly removeDuplicate?: boolean;
    } = {},
  ): IterableIterator<[string, Parameter]> {
    return namedMembers(this, (module) => module._parameters, options);
  }

  /** The parameters, for an optimizer. */
  *parameters(recurse: boolean | { readonly recurse?: boolean } = true): IterableIterator<Parameter> {
    const options = typeof recurse === "boolean" ? { recurse } : recurse;
    for (const [, parameter] of this.namedParameters(options)) yield parameter;
  }

  /** Buffers with their names. */
  namedBuffers(
    options: {
      readonly prefix?: string;
      readonly recurse?: boolean;
      readonly removeDuplicate?: boolean;
    } = {},
  ): IterableIterator<[string, Tensor]> {
    return namedMembers(this, (module) => module._buffers, options);
  }

  /** The buffers. */
  *buffers(recurse: boolean | { readonly recurse?: boolean } = true): IterableIterator<Tensor> {
    const options = typeof recurse === "boolean" ? { recurse } : recurse;
    for (const [, buffer] of this.namedBuffers(options)) yield buffer;
  }

  /** The submodule at a dotted path; "" is the module itself. */
  getSubmodule(target: string): Module {
    let module: Module = this;
    for (const name of target === "" ? [] : target.split(".")) {
      module.adopt();
      const next: Module | null | undefined = module._modules.get(name);
      if (next === undefined || next === null) {
        throw new AttributeError(`${module.constructor.name} has no attribute \`${name}\``);
      }
      module = next;
    }
    return module;
  }

  /** The parameter at a dotted path. */
  getParameter(target: string): Parameter {
    const dot = target.lastIndexOf(".");
    const module = this.getSubmodule(dot < 0 ? "" : target.slice(0, dot));
    module.adopt();
    const parameter = module._parameters.get(target.slice(dot + 1));
    if (parameter === undefined || parameter === null) {
      throw new AttributeError(`${module.constructor.name} has no attribute \`${target.slice(dot + 1)}\``);
    }
    return parameter;
  }

  /** Parameters and persistent buffers by dotted name, in PyTorch's order. They share the module's memory. */
  stateDict(options: { readonly prefix?: string; readonly keepVars?: boolean } = {}): StateDict {
    return stateDict(this, options);
  }

  /**
   * Copies values from a state dict (`assign`: takes its tensors).
   * @param strict whether names that are missing or unexpected are an error
   * @throws RuntimeError listing everything that did not fit; the rest is loaded, as in PyTorch
   */
  loadStateDict(
    state: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>,
    strict: boolean | LoadOptions = true,
    assign = false,
  ): IncompatibleKeys {
    const options = typeof strict === "boolean" ? { strict, assign } : strict;
    return noGrad(() => loadStateDict(this, state, options));
  }

  /** Training mode on or off, here and below. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Training mode off. */
  eval(): this {
    return this.train(false);
  }

  /** Whether gradients are recorded for all parameters. */
  requiresGrad_(requiresGrad = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad_(requiresGrad);
    return this;
  }

  /** Forgets the gradients (`setToNone: false` fills them with zeros). */
  zeroGrad(setToNone = true): void {
    for (const parameter of this.parameters()) {
      if (setToNone || parameter.grad === null) parameter.grad = null;
      else parameter.grad = parameter.grad.detach().zero_();
    }
  }

  /** Calls `fn` on every module, the innermost first. */
  apply(fn: (module: Module) => void): this {
    for (const module of this.children()) module.apply(fn);
    fn(this);
    return this;
  }

  /** Floating parameters and buffers in another element type. The Parameter objects stay. */
  to(dtype: DType): this {
    return this.convert((tensor) =>
      tensor.dtype.isFloatingPoint || tensor.dtype.isComplex ? tensor.to(dtype) : tensor,
    );
  }

  /** All floating parameters and buffers as float32. */
  float(): this {
    return this.convert((tensor) => (tensor.dtype.isFloatingPoint ? tensor.float() : tensor));
  }

  /** All floating parameters and buffers as float64. */
  double(): this {
    return this.convert((tensor) => (tensor.dtype.isFloatingPoint ? tensor.double() : tensor));
  }

  /** All floating parameters and buffers as float16. */
  half(): this {
    return this.convert((tensor) => (tensor.dtype.isFloatingPoint ? tensor.half() : tensor));
  }

  /** All floating parameters and buffers as bfloat16. */
  bfloat16(): this {
    return this.convert((tensor) => (tensor.dtype.isFloatingPoint ? tensor.bfloat16() : tensor));
  }

  private convert(change: (tensor: Tensor) => Tensor): this {
    noGrad(() => {
      for (const module of this.modules()) {
        for (const parameter of module._parameters.values()) {
          if (parameter === null) continue;
          parameter.data = change(parameter.data);
          if (parameter.grad !== null) parameter.grad = change(parameter.grad);
        }
        for (const [name, buffer] of module._buffers) {
          if (buffer !== null) module._buffers.set(name, change(buffer));
        }
      }
    });
    return this;
  }

  /** What stands between the parentheses of the printed form. */
  extraRepr(): string {
    return "";
  }

  /** PyTorch's printed form: `str(module)`. */
  toString(): string {
    this.adopt();
    return moduleText(this);
  }
}

function* namedMembers<Member extends Tensor>(
  root: Module,
  members: (module: Module) => ReadonlyMap<string, Member | null>,
  options: { readonly prefix?: string; readonly recurse?: boolean; readonly removeDuplicate?: boolean },
): IterableIterator<[string, Member]> {
  const { prefix = "", recurse = true, removeDuplicate = true } = options;
  const seen = new Set<Member>();
  for (const [path, module] of root.namedModules({ prefix, removeDuplicate })) {
    for (const [name, member] of members(module)) {
      if (member === null || seen.has(member)) continue;
      if (removeDuplicate) seen.add(member);
      yield [path === "" ? name : `${path}.${name}`, member];
    }
    if (!recurse) return;
  }
}

const accessors: Map<string, PropertyDescriptor> = new Map();

/** The accessor through which `module.name` reads and writes a member. One for each name: objects stay of one shape. */
function accessor(kind: Kind, name: string): PropertyDescriptor {
  const key = `${kind} ${name}`;
  let descriptor = accessors.get(key);
  if (descriptor === undefined) {
    descriptor = { configurable: true, enumerable: true, ...accessorsOf[kind](name) };
    accessors.set(key, descriptor);
  }
  return descriptor;
}

const accessorsOf: Readonly<Record<Kind, (name: string) => PropertyDescriptor & ThisType<Module>>> = {
  parameter: (name) => ({
    get() {
      return this._parameters.get(name);
    },
    set(value: unknown) {
      if (value !== null && !(value instanceof Parameter)) {
        throw new PythonTypeError(
          `cannot assign '${typeName(value)}' as parameter '${name}' (torch.nn.Parameter or None expected)`,
        );
      }
      this._parameters.set(name, value);
    },
  }),
  buffer: (name) => ({
    get() {
      return this._buffers.get(name);
    },
    set(value: unknown) {
      if (value !== null && !(value instanceof Tensor)) {
        throw new PythonTypeError(
          `cannot assign '${typeName(value)}' as buffer '${name}' (torch.nn.Buffer, torch.Tensor or None expected)`,
        );
      }
      this._buffers.set(name, value);
    },
  }),
  module: (name) => ({
    get() {
      return this._modules.get(name);
    },
    set(value: unknown) {
      if (value !== null && !(value instanceof Module)) {
        throw new PythonTypeError(
          `cannot assign '${typeName(value)}' as child module '${name}' (torch.nn.Module or None expected)`,
        );
      }
      this._modules.set(name, value);
    },
  }),
};
