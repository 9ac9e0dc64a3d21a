// torch.nn.utils.parametrize: parameters that are computed from others whenever they are read.

import { AssertionError, NotImplementedError, RuntimeError, ValueError } from "../../../core/errors.ts";
import { camelCase } from "../../../core/names.ts";
import { sizeText, typeName } from "../../errors.ts";
import { noGrad } from "../../tape.ts";
import { Tensor } from "../../tensor.ts";
import { ModuleDict, ModuleList } from "../containers.ts";
import { defineMember, removeMember } from "../members.ts";
import type { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";

/**
 * A module that computes a parameter: from one tensor, or from several. `rightInverse` gives what the parameter is to be
 * computed from to have a value, so that the parameter may be assigned.
 */
export interface Parametrization {
  call(...originals: Tensor[]): Tensor;
  rightInverse?(value: Tensor): Tensor | readonly Tensor[];
}

/** The class of a module. */
export type ModuleClass = abstract new (...args: never[]) => Module;

const asParametrization = (module: Module): Parametrization => module as unknown as Parametrization;

function registerTensor(module: Module, name: string, tensor: Tensor): void {
  if (tensor instanceof Parameter) module.registerParameter(name, tensor);
  else module.registerBuffer(name, tensor);
}

/** The values before a chain of parametrizations; those that have no inverse are passed over. */
function firstOriginals(modules: readonly Module[], value: Tensor): Tensor | readonly Tensor[] {
  let result: Tensor | readonly Tensor[] = value;
  for (const module of modules.toReversed()) {
    const each = asParametrization(module);
    if (each.rightInverse === undefined) continue;
    try {
      result = each.rightInverse(result as Tensor);
    } catch (error) {
      if (!(error instanceof NotImplementedError)) throw error;
    }
  }
  return result;
}

/** The parametrizations of one tensor, in order, with what it is computed from (ParametrizationList). */
export class ParametrizationList extends ModuleList {
  /** Whether types and shapes go unchecked. */
  unsafe: boolean;
  readonly isTensor: boolean;
  readonly ntensors: number;

  constructor(modules: readonly Module[], original: Tensor, unsafe = false) {
    if (modules.length === 0) throw new ValueError("ParametrizationList requires one or more modules.");
    super(modules);
    this.unsafe = unsafe;
    const { shape, dtype } = original;
    const first = noGrad(() => firstOriginals(modules, original));
    if (!(first instanceof Tensor) && !Array.isArray(first)) {
      throw new ValueError(
        `'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got ${typeName(first)}`,
      );
    }
    this.isTensor = first instanceof Tensor;
    this.ntensors = first instanceof Tensor ? 1 : first.length;
    if (first instanceof Tensor) {
      if (first.dtype !== dtype) {
        throw new ValueError(
          "When `right_inverse` outputs one tensor, it may not change the dtype.\n" +
            `original.dtype: torch.${dtype.name}\nright_inverse(original).dtype: torch.${first.dtype.name}`,
        );
      }
      if (first !== original) original.data = first.detach();
      registerTensor(this, "original", original);
    } else this.registerSeveral(first, original);
    if (!unsafe)
      checkSame(asParametrization(this).call(), { shape, dtype }, ["unparametrized ", "parametrized "]);
  }

  private registerSeveral(values: readonly unknown[], original: Tensor): void {
    values.forEach((value, i) => {
      if (!(value instanceof Tensor)) {
        throw new ValueError(
          "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). " +
            `Got element ${i} of the sequence with type ${typeName(value)}.`,
        );
      }
      const isParameter = original instanceof Parameter;
      const each = isParameter ? new Parameter(value, original.requiresGrad) : value.detach();
      registerTensor(this, `original${i}`, each);
    });
  }

  /** What the tensor is computed from. */
  private get originals(): Tensor[] {
    const names = this.isTensor
      ? ["original"]
      : Array.from({ length: this.ntensors }, (_, i) => `original${i}`);
    return names.map((name) => (this._parameters.get(name) ?? this._buffers.get(name))!);
  }

  /** Sets what the tensor is computed from so that it has a value. @throws RuntimeError, ValueError */
  rightInverse(value: Tensor): void {
    noGrad(() => {
      let result: Tensor | readonly Tensor[] = value;
      for (const module of [...this].reverse()) {
        const each = asParametrization(module);
        if (each.rightInverse === undefined) {
          throw new RuntimeError(
            `parametrization ${module.constructor.name} does not implement right_inverse.`,
          );
        }
        result = each.rightInverse(result as Tensor);
      }
      this.take(result);
    });
  }

  private take(result: Tensor | readonly Tensor[]): void {
    const { originals } = this;
    if (this.isTensor !== result instanceof Tensor) {
      throw new ValueError(
        this.isTensor
          ? `\`right_inverse\` should return a tensor. Got ${typeName(result)}`
          : `'right_inverse' must return a sequence of tensors. Got ${typeName(result)}.`,
      );
    }
    const values = result instanceof Tensor ? [result] : result;
    if (values.length !== this.ntensors) {
      throw new ValueError(
        `'right_inverse' must return a sequence of tensors of length ${this.ntensors}. Got a sequence of length ${values.length}.`,
      );
    }
    values.forEach((each, i) => {
      const original = originals[i]!;
      if (each.dtype !== original.dtype) {
        const [what, into] = this.isTensor
          ? ["The tensor returned by `right_inverse`", "`original`"]
          : [`Tensor ${i} returned by \`right_inverse\``, `\`original${i}\``];
        throw new ValueError(
          `${what} has dtype torch.${each.dtype.name} while ${into} has dtype torch.${original.dtype.name}`,
        );
      }
      original.data = each.detach();
    });
  }

  override forward(): Tensor {
    const [first, ...rest] = [...this].map(asParametrization);
    let value = first!.call(...this.originals);
    for (const each of rest) value = each.call(value);
    return value;
  }
}

/** @throws ValueError unless a parametrization gave a tensor of the type and shape of the other */
function checkSame(
  value: unknown,
  like: Pick<Tensor, "shape" | "dtype">,
  [before, after]: readonly [before: string, after: string],
  flag = "unless `unsafe` flag is enabled",
): void {
  if (!(value instanceof Tensor))
    throw new ValueError(`A parametrization must return a tensor. Got ${typeName(value)}.`);
  const kinds = [
    ["dtype", `torch.${like.dtype.name}`, `torch.${value.dtype.name}`],
    ["shape", sizeText(like.shape), sizeText(value.shape)],
  ] as const;
  for (const [kind, expected, given] of kinds) {
    if (expected === given) continue;
    throw new ValueError(
      `Registering a parametrization may not change the ${kind} of the tensor, ${flag}.\n` +
        `${before}${kind}: ${expected}\n${after}${kind}: ${given}`,
    );
  }
}

let caching = 0;
let cache: Map<Module, Map<string, Tensor>> = new Map();

/** Within a function each parametrized tensor is computed once (`with torch.nn.utils.parametrize.cached():`). */
export function cached<T>(run: () => T): T {
  caching++;
  try {
    return run();
  } finally {
    caching--;
    if (caching === 0) cache = new Map();
  }
}

function parametrized(module: Module, name: string): Tensor {
  const list = listsOf(module)!.at(name) as ParametrizationList;
  if (caching === 0) return list.call();
  let known = cache.get(module);
  if (known === undefined) {
    known = new Map();
    cache.set(module, known);
  }
  let value = known.get(name);
  if (value === undefined) {
    value = list.call();
    known.set(name, value);
  }
  return value;
}

function listsOf(module: Module): ModuleDict | undefined {
  const lists = module._modules.get("parametrizations");
  return lists instanceof ModuleDict ? lists : undefined;
}

/** True iff a tensor of the module, or the one of that name, is parametrized. */
export function isParametrized(module: Module, tensorName: string | null = null): boolean {
  const lists = listsOf(module);
  if (lists === undefined) return false;
  return tensorName === null ? lists.length > 0 : lists.has(tensorName);
}

/** Gives a module a class of its own, below its class, on which parametrized tensors are properties. */
function injectClass(module: Module): void {
  const Base = module.constructor as new () => Module;
  const Class = class extends Base {};
  Object.defineProperty(Class, "name", { value: `Parametrized${Base.name}` });
  Object.setPrototypeOf(module, Class.prototype as object);
}

function injectProperty(module: Module, name: string): void {
  defineMember(Object.getPrototypeOf(module) as object, name, {
    configurable: true,
    get(this: Module): Tensor {
      return parametrized(this, name);
    },
    set(this: Module, value: Tensor) {
      (listsOf(this)!.at(name) as ParametrizationList).rightInverse(value);
    },
  });
}

/**
 * Computes a parameter or buffer of a module by another module from now on (register_parametrization). Several are
 * applied in the order in which they were registered.
 * @param parametrization from the tensor to the tensor, or from several to it where its `rightInverse` gives several
 * @throws ValueError where it changes type or shape, unless it is called unsafe; where there is no tensor of that name
 */
export function registerParametrization<M extends Module>(
  module: M,
  tensorName: string,
  parametrization: Module,
  { unsafe = false }: { readonly unsafe?: boolean } = {},
): M {
  parametrization.train(module.training);
  if (isParametrized(module, tensorName)) {
    if (!unsafe) checkNext(module, tensorName, parametrization);
    const list = listsOf(module)!.at(tensorName) as ParametrizationList;
    list.append(parametrization);
    list.unsafe ||= unsafe;
    return module;
  }
  const original = module._parameters.get(tensorName) ?? module._buffers.get(tensorName);
  if (original === undefined || original === null) {
    throw new ValueError(
      `Module '${module}' does not have a parameter, a buffer, or a parametrized element with name '${tensorName}'`,
    );
  }
  const list = new ParametrizationList([parametrization], original, unsafe);
  removeMember(module, tensorName);
  if (!isParametrized(module)) {
    injectClass(module);
    module.registerModule("parametrizations", new ModuleDict());
  }
  injectProperty(module, tensorName);
  listsOf(module)!.set(tensorName, list);
  return module;
}

/** Checks a parametrization that is to follow others. */
function checkNext(module: Module, name: string, parametrization: Module): void {
  const before = parametrized(module, name);
  const each = asParametrization(parametrization);
  const after: unknown = each.call(before);
  const labels = [`module.${name}.`, `parametrization(module.${name}).`] as const;
  checkSame(after, before, labels, "unless the `unsafe` flag is enabled");
  if (each.rightInverse === undefined) return;
  let back: unknown;
  try {
    back = each.rightInverse(after as Tensor);
  } catch (error) {
    if (error instanceof NotImplementedError) return;
    throw error;
  }
  if (!(back instanceof Tensor))
    throw new ValueError(`parametrization.right_inverse must return a tensor. Got: ${typeName(back)}`);
  const kinds = [
    ["dtype", `torch.${before.dtype.name}`, `torch.${back.dtype.name}`],
    ["shape", sizeText(before.shape), sizeText(back.shape)],
  ] as const;
  for (const [kind, expected, given] of kinds) {
    if (expected === given) continue;
    throw new ValueError(
      `The tensor returned by parametrization.right_inverse must have the same ${kind} as module.${name}, unless the ` +
        `\`unsafe\` flag is enabled.\nmodule.${name}.${kind}: ${expected}\nreturned ${kind}: ${given}`,
    );
  }
}

/**
 * Makes a parametrized tensor a plain one again (remove_parametrizations).
 * @param leaveParametrized it keeps the value it was computed to have; else it is what it was computed from
 */
export function removeParametrizations<M extends Module>(
  module: M,
  tensorName: string,
  leaveParametrized: boolean | { readonly leaveParametrized?: boolean } = true,
): M {
  const leaves =
    typeof leaveParametrized === "boolean"
      ? leaveParametrized
      : (leaveParametrized.leaveParametrized ?? true);
  if (!isParametrized(module, tensorName))
    throw new ValueError(`Module ${module} does not have a parametrization on ${tensorName}`);
  const lists = listsOf(module)!;
  const original = plainTensor(module, tensorName, lists.at(tensorName) as ParametrizationList, leaves);
  const { prototype } = module.constructor as { readonly prototype: object };
  for (const name of [tensorName, camelCase(tensorName)]) Reflect.deleteProperty(prototype, name);
  removeMember(lists, tensorName);
  registerTensor(module, tensorName, original);
  if (isParametrized(module)) return module;
  removeMember(module, "parametrizations");
  Object.setPrototypeOf(module, Object.getPrototypeOf(prototype) as object);
  return module;
}

function plainTensor(module: Module, name: string, list: ParametrizationList, leaves: boolean): Tensor {
  const original = list._parameters.get("original") ?? list._buffers.get("original");
  if (original !== undefined && original !== null) {
    if (leaves) original.data = noGrad(() => parametrized(module, name)).detach();
    return original;
  }
  if (!leaves) {
    throw new ValueError(
      "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of tensors.",
    );
  }
  const value = parametrized(module, name);
  return value.requiresGrad ? new Parameter(value.detach()) : value;
}

/** The class that a module had before its tensors were parametrized (type_before_parametrizations). */
export function typeBeforeParametrizations(module: Module): ModuleClass {
  const Class = module.constructor as ModuleClass;
  return isParametrized(module) ? (Object.getPrototypeOf(Class) as ModuleClass) : Class;
}

/** Gives a module the parametrizations of another, and what they compute with (transfer_parametrizations_and_params). */
export function transferParametrizationsAndParams<M extends Module>(
  fromModule: Module,
  toModule: M,
  tensorName: string | null = null,
): M {
  const lists = listsOf(fromModule);
  if (lists === undefined || lists.length === 0) return toModule;
  for (const name of tensorName === null ? [...lists.keys()] : [tensorName]) {
    if (!(name in toModule))
      toModule.registerParameter(name, new Parameter(parametrized(fromModule, name).detach()));
    const list = lists.at(name) as ParametrizationList;
    for (const each of list) registerParametrization(toModule, name, each);
    const target = listsOf(toModule)?.at(name);
    if (target === undefined)
      throw new AssertionError("Expected to_module.parametrizations to be a ModuleDict");
    for (const [key, parameter] of list._parameters) target._parameters.set(key, parameter);
    for (const [key, buffer] of list._buffers) target._buffers.set(key, buffer);
  }
  return toModule;
}
