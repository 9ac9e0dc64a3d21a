// torch.nn.Module: a tree of named parameters, buffers and submodules. A field that holds a Parameter, a Buffer or a
// Module is one of them, as in Python; `registerBuffer` names buffers.

import { changes } from "../../core/changes.ts";
import type { DType } from "../../core/dtype.ts";
import { NotImplementedError, PythonTypeError, RuntimeError, ValueError } from "../../core/errors.ts";
import { emptyLike } from "../creation.ts";
import { asDtype, type DtypeLike } from "../dtypes.ts";
import { typeName } from "../errors.ts";
import { functionMode } from "../function-mode.ts";
import { registered } from "../node.ts";
import { noGrad } from "../tape.ts";
import { Tensor } from "../tensor.ts";
import type { CallInputs } from "./call.ts";
import {
  callWithHooks,
  type ForwardHook,
  type ForwardHookOptions,
  type ForwardHookWithKwargs,
  type ForwardPreHook,
  type FullBackwardHook,
  type FullBackwardPreHook,
  globalHooks,
  type HookOptions,
  hooksOf,
  isPrepended,
  type LoadStateDictPostHook,
  type LoadStateDictPreHook,
  type ModuleHooks,
  type Prepend,
  type RemovableHandle,
  registrationHooks,
  type StateDictPostHook,
  type StateDictPreHook,
  seenByHooks,
} from "./hooks.ts";
import { MemberMap } from "./member-map.ts";
import {
  checkName,
  convertMembers,
  expose,
  memberAt,
  namedMembers,
  placeSubmodule,
  submoduleAt,
} from "./members.ts";
import { Buffer, Parameter } from "./parameter.ts";
import { moduleText } from "./print.ts";
import {
  type IncompatibleKeys,
  type LoadOptions,
  loadStateDict,
  type StateDict,
  type StateDictOptions,
  stateDict,
} from "./state.ts";

/** Base class of all layers and models (torch.nn.Module). */
export class Module {
  private _training = true;
  /** Parameters by name, in order of registration; null where one is declared and absent (a bias switched off). */
  readonly _parameters: Map<string, Parameter | null> = new MemberMap();
  /** Buffers by name. */
  readonly _buffers: Map<string, Tensor | null> = new MemberMap();
  /** Submodules by name. */
  readonly _modules: Map<string, Module | null> = new MemberMap();
  /** Names of the buffers that `stateDict` leaves out. */
  readonly _nonPersistentBuffers: Set<string> = new Set();
  /** What was registered to be called; null before the first. */
  _hooks: ModuleHooks | null = null;

  /** True iff the module is in training mode. */
  get training(): boolean {
    return this._training;
  }

  set training(training: boolean) {
    this._training = training;
    changes.modes++;
  }

  /** What the module computes. Subclasses define it; `call` runs it with the hooks. */
  forward(..._inputs: never[]): unknown {
    throw new NotImplementedError(
      `Module [${this.constructor.name}] is missing the required "forward" function`,
    );
  }

  /** Runs hooks and `forward`: Python's `module(x)`. */
  call(...inputs: CallInputs<this["forward"]>): ReturnType<this["forward"]> {
    if (functionMode.now !== null) return functionMode.now.module(this, this.forward, inputs) as never;
    if (this._hooks?.concernCalls === true || globalHooks.concernCalls)
      return callWithHooks(this, this._hooks, inputs) as ReturnType<this["forward"]>;
    return this.forward(...(inputs as never[])) as ReturnType<this["forward"]>;
  }

  /** A hook that runs before `forward`. */
  registerForwardPreHook(hook: ForwardPreHook, options: HookOptions = {}): RemovableHandle {
    return hooksOf(this).addForwardPre(hook, options);
  }

  /** A hook that runs after `forward`. */
  registerForwardHook(
    hook: ForwardHookWithKwargs,
    options: ForwardHookOptions & { readonly withKwargs: true },
  ): RemovableHandle;
  registerForwardHook(hook: ForwardHook, options?: ForwardHookOptions): RemovableHandle;
  registerForwardHook(
    hook: ForwardHook | ForwardHookWithKwargs,
    options: ForwardHookOptions = {},
  ): RemovableHandle {
    return hooksOf(this).addForward(hook, options);
  }

  /** A hook that sees the gradients of inputs and outputs, and may put others in the inputs' place. */
  registerFullBackwardHook(hook: FullBackwardHook, prepend: Prepend = false): RemovableHandle {
    return registered(hooksOf(this).backward, hook, isPrepended(prepend));
  }

  /** A hook that sees the gradients of the outputs before the module's own are computed, and may put others there. */
  registerFullBackwardPreHook(hook: FullBackwardPreHook, prepend: Prepend = false): RemovableHandle {
    return registered(hooksOf(this).backwardPre, hook, isPrepended(prepend));
  }

  /** A hook that runs before `stateDict`. */
  registerStateDictPreHook(hook: StateDictPreHook): RemovableHandle {
    return registered(hooksOf(this).statePre, hook);
  }

  /** A hook that may change what `stateDict` gives. */
  registerStateDictPostHook(hook: StateDictPostHook): RemovableHandle {
    return registered(hooksOf(this).statePost, hook);
  }

  /** A hook that may change a state dict before this module's entries are taken from it. */
  registerLoadStateDictPreHook(hook: LoadStateDictPreHook): RemovableHandle {
    return registered(hooksOf(this).loadPre, hook);
  }

  /** A hook that may change which names count as missing or unexpected. */
  registerLoadStateDictPostHook(hook: LoadStateDictPostHook): RemovableHandle {
    return registered(hooksOf(this).loadPost, hook);
  }

  /** Adds a parameter; null declares one that is absent. */
  registerParameter(name: string, parameter: Parameter | null): void {
    checkName(this, name, "parameter");
    if (parameter !== null && !(parameter instanceof Parameter)) {
      throw new PythonTypeError(
        `cannot assign '${typeName(parameter)}' object to parameter '${name}' (torch.nn.Parameter or None required)`,
      );
    }
    if (parameter !== null && parameter.gradFn !== null) {
      throw new ValueError(
        `Cannot assign non-leaf Tensor to parameter '${name}'. Model parameters must be created explicitly. To express ` +
          `'${name}' as a function of another Tensor, compute the value in the forward() method.`,
      );
    }
    const seen = parameter && seenByHooks(registrationHooks.parameter, this, name, parameter);
    this._parameters.set(name, seen);
    expose(this, name, "parameter");
  }

  /** Adds a tensor that belongs to the state but is no parameter, such as running statistics. */
  registerBuffer(
    name: string,
    tensor: Tensor | null,
    persistent: boolean | { readonly persistent?: boolean } = true,
  ): void {
    checkName(this, name, "buffer");
    if (tensor !== null && !(tensor instanceof Tensor)) {
      throw new PythonTypeError(
        `cannot assign '${typeName(tensor)}' object to buffer '${name}' (torch Tensor or None required)`,
      );
    }
    this._buffers.set(name, seenByHooks(registrationHooks.buffer, this, name, tensor));
    const isKept = typeof persistent === "boolean" ? persistent : (persistent.persistent ?? true);
    if (isKept) this._nonPersistentBuffers.delete(name);
    else this._nonPersistentBuffers.add(name);
    expose(this, name, "buffer");
  }

  /** Adds a submodule. */
  registerModule(name: string, module: Module | null): void {
    if (module !== null && !(module instanceof Module)) {
      throw new PythonTypeError(`${typeName(module)} is not a Module subclass`);
    }
    checkName(this, name, "module");
    this._modules.set(name, seenByHooks(registrationHooks.module, this, name, module));
    expose(this, name, "module");
  }

  /** PyTorch's older name of `registerModule`. */
  addModule(name: string, module: Module | null): void {
    this.registerModule(name, module);
  }

  /** Registers fields that were assigned a Parameter or a Module since the last look. */
  private adopt(): void {
    for (const name of Object.keys(this)) {
      if (this._modules.has(name) || this._parameters.has(name) || this._buffers.has(name)) continue;
      const value: unknown = (this as unknown as Record<string, unknown>)[name];
      if (value instanceof Module) {
        this._modules.set(name, seenByHooks(registrationHooks.module, this, name, value));
        expose(this, name, "module");
      } else if (value instanceof Parameter) {
        this._parameters.set(name, seenByHooks(registrationHooks.parameter, this, name, value));
        expose(this, name, "parameter");
      } else if (value instanceof Buffer) {
        this._buffers.set(name, seenByHooks(registrationHooks.buffer, this, name, value as Tensor));
        if (!value.persistent) this._nonPersistentBuffers.add(name);
        expose(this, name, "buffer");
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
    this.adopt();
    yield [prefix, this];
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

  /** The submodule at a dotted path; "" is the module itself. @throws AttributeError */
  getSubmodule(target: string): Module {
    return submoduleAt(this, target);
  }

  /** Puts a module at a dotted path. @param strict whether there has to be one already */
  setSubmodule(
    target: string,
    module: Module,
    strict: boolean | { readonly strict?: boolean } = false,
  ): void {
    placeSubmodule(this, target, module, typeof strict === "boolean" ? strict : (strict.strict ?? false));
  }

  /** The parameter at a dotted path. @throws AttributeError */
  getParameter(target: string): Parameter {
    return memberAt(this, target, "parameter");
  }

  /** The buffer at a dotted path. @throws AttributeError */
  getBuffer(target: string): Tensor {
    return memberAt(this, target, "buffer");
  }

  /** What the state dict holds under "_extra_state". A class that has something defines it, and `setExtraState`. */
  getExtraState(): unknown {
    throw new RuntimeError(
      "Reached a code path in Module.get_extra_state() that should never be called. Please file an issue at " +
        "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml to report this bug.",
    );
  }

  /** Takes what `getExtraState` gave. */
  setExtraState(_state: unknown): void {
    throw new RuntimeError(
      "Reached a code path in Module.set_extra_state() that should never be called. Please file an issue at " +
        "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml to report this bug.",
    );
  }

  /** Parameters and persistent buffers by dotted name, in PyTorch's order. They share the module's memory. */
  stateDict(options: StateDictOptions = {}): StateDict {
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
    if (typeof mode !== "boolean") throw new ValueError("training mode is expected to be boolean");
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

  /**
   * Floating parameters and buffers in another element type; a device may stand there too. The Parameter objects stay.
   * @throws TypeError for an integer type
   */
  to(...args: Parameters<Tensor["to"]>): this {
    return this.convert((tensor) => {
      if (!tensor.dtype.isFloatingPoint && !tensor.dtype.isComplex) return tensor;
      const result = tensor.to(...args);
      if (!result.dtype.isFloatingPoint && !result.dtype.isComplex) {
        throw new PythonTypeError(
          `nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=torch.${result.dtype.name}`,
        );
      }
      return result;
    });
  }

  /** All parameters and buffers in another element type, integers too. */
  type(dstType: DtypeLike): this {
    const dtype: DType = asDtype(dstType);
    return this.convert((tensor) => tensor.to(dtype));
  }

  /** On the CPU, where everything is. */
  cpu(): this {
    return this;
  }

  /** Other memory for all parameters and buffers; their values are lost. */
  toEmpty(_options: { readonly device?: string | null; readonly recurse?: boolean } = {}): this {
    return this.convert((tensor) => emptyLike(tensor));
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
    noGrad(() => convertMembers(this, change));
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
