// torch.load: what torch.save wrote, with tensors as Tensors, state dicts as Maps and whole modules as modules.
// Nothing in the file is executed: a class is looked up by its name in a table of the layers that are here.

import { FormatError } from "../core/errors.ts";
import type { OpenOptions } from "../files/format.ts";
import { readAnywhere } from "../files/paths.ts";
import type { ByteSource } from "../files/reader.ts";
import {
  type ArrayValue,
  DictValue,
  isArrayLike,
  type ModuleParts,
  ObjectValue,
  TupleValue,
  type Value,
} from "../files/values.ts";
import { Module } from "./nn/module.ts";
import { Parameter } from "./nn/parameter.ts";
import { fill, type ModuleTensors, rebuilt } from "./nn/rebuild-members.ts";
import { SavedModule } from "./nn/saved-module.ts";
import { withForm } from "./python-forms.ts";
import { Tensor } from "./tensor.ts";

/**
 * Reads a file of `torch.save` (or any file of arrays).
 * @param f a path (in Node), an address (`https://...`, or a URL), bytes, a Blob, or a reader of a file
 * @returns what was saved: dicts are Maps, lists and tuples arrays, tensors Tensors over the bytes that were read
 *   (tied ones stay tied), modules saved whole modules (of a class that is not here a `SavedModule`); everything else
 *   as `weightbridge/files` has it
 * @throws FormatError when the file is damaged, hostile, or of another format
 */
export async function load(f: string | ByteSource, options: OpenOptions = {}): Promise<unknown> {
  return toTorch((await readAnywhere(f, options)).tree);
}

/** A tree of a file with its tensors, dicts and modules as this face has them. */
export function toTorch(tree: Value): unknown {
  return new Conversion().convert(tree);
}

/** One conversion: what stands in the tree twice becomes one object. */
class Conversion {
  private readonly made: Map<Value, unknown> = new Map();
  private readonly open: Set<Value> = new Set();

  convert(value: Value): unknown {
    if (typeof value !== "object" || value === null) return value;
    const known = this.made.get(value);
    if (known !== undefined) return known;
    if (isArrayLike(value)) return value.kind === "array" ? this.remember(value, tensorOf(value)) : value;
    if (value instanceof DictValue) return this.dict(value);
    if (Array.isArray(value)) return this.list(value, value);
    if (value instanceof TupleValue) {
      return withForm(this.list(value, value.items), { className: value.className });
    }
    if (value instanceof ObjectValue && value.module !== undefined) return this.module(value, value.module);
    return value;
  }

  private remember<T>(value: Value, result: T): T {
    this.made.set(value, result);
    return result;
  }

  private dict(value: DictValue): Map<unknown, unknown> {
    const result = this.remember(value, new Map<unknown, unknown>());
    for (const [key, item] of value) result.set(this.convert(key), this.convert(item));
    if (value.className === "dict") return result;
    const { className, attributes } = value;
    return withForm(result, {
      className,
      ...(attributes === undefined ? {} : { attributes: this.dict(attributes) }),
    });
  }

  private list(value: Value, items: readonly Value[]): unknown[] {
    const result = this.remember(value, [] as unknown[]);
    for (const item of items) result.push(this.convert(item));
    return result;
  }

  /** The module; where its class is not here, one that can be looked into and not called. */
  private module(value: ObjectValue, parts: ModuleParts): Module {
    if (this.open.has(value)) throw new FormatError(`a ${value.className} in the file holds itself`);
    this.open.add(value);
    const children = new Map<string, Module | null>();
    for (const [name, child] of parts.children) {
      const built = child === null ? null : this.convert(child);
      if (built === null || built instanceof Module) children.set(name, built);
    }
    this.open.delete(value);
    const tensors = this.members(parts);
    const isWhole = children.size === parts.children.size && tensors !== undefined;
    const module =
      (isWhole ? rebuilt(value, parts, tensors) : undefined) ??
      new SavedModule(value.className, parts.settings);
    fill(module, parts, tensors ?? { parameters: new Map(), buffers: new Map() }, children);
    return this.remember(value, module);
  }

  /** Parameters and buffers as tensors; undefined where some are quantized, sparse or otherwise no tensors here. */
  private members({ parameters, buffers }: ModuleParts): ModuleTensors | undefined {
    const result: ModuleTensors = { parameters: new Map(), buffers: new Map() };
    for (const [name, value] of parameters) {
      const tensor = value === null ? null : this.convert(value);
      if (tensor !== null && !(tensor instanceof Tensor)) return undefined;
      result.parameters.set(
        name,
        tensor === null || tensor instanceof Parameter ? tensor : new Parameter(tensor),
      );
    }
    for (const [name, value] of buffers) {
      const tensor = value === null ? null : this.convert(value);
      if (tensor !== null && !(tensor instanceof Tensor)) return undefined;
      result.buffers.set(name, tensor);
    }
    return result;
  }
}

function tensorOf(value: ArrayValue): Tensor {
  const { parameter = false, requiresGrad = false } = value.facts;
  const tensor = new Tensor(value.storage, value.layout);
  if (parameter) return new Parameter(tensor, requiresGrad);
  if (requiresGrad) tensor.requiresGrad = true;
  return tensor;
}
