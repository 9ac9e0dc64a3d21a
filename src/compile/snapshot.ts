// What a module was when it was traced. A graph is of that: when a member was replaced, given other memory or set to another
// mode since, the module is traced anew; when memory that lies in the graph was written to, it is packed anew.

import type { Layout } from "../core/layout.ts";
import type { Storage } from "../core/storage.ts";
import type { Module } from "../torch/nn/module.ts";
import type { Tensor } from "../torch/tensor.ts";

/** Memory and how often it had been written to. */
class Written {
  private readonly storages: readonly Storage[];
  private readonly versions: readonly number[];

  constructor(storages: readonly Storage[]) {
    this.storages = storages;
    this.versions = storages.map(({ version }) => version);
  }

  /** True iff it was not written to since, through a tensor. */
  isCurrent(): boolean {
    for (let i = 0; i < this.storages.length; i++) {
      if (this.storages[i]!.version !== this.versions[i]) return false;
    }
    return true;
  }
}

/** A module with all below it, at a moment. */
export class Snapshot {
  private readonly modules: readonly Module[];
  private readonly modes: readonly boolean[];
  /** Members of all modules, one after another; how many each has is in `counts`. */
  private readonly members: readonly (Module | Tensor | null)[];
  private readonly counts: readonly number[];
  /** Memory and layouts of the tensors among the members. */
  private readonly storages: readonly (Storage | undefined)[];
  private readonly layouts: readonly (Layout | undefined)[];
  private readonly written: Written;

  /** @param held memory that the graph does not read again */
  constructor(module: Module, held: readonly Storage[]) {
    this.modules = [...module.modules()];
    this.modes = this.modules.map(({ training }) => training);
    this.counts = this.modules.map(countOf);
    this.members = this.modules.flatMap(({ _modules, _parameters, _buffers }) => [
      ..._modules.values(),
      ..._parameters.values(),
      ..._buffers.values(),
    ]);
    const tensors = this.members.map((member) =>
      member === null || "_modules" in member ? undefined : (member as Tensor),
    );
    this.storages = tensors.map((tensor) => tensor?.storage);
    this.layouts = tensors.map((tensor) => tensor?.layout);
    this.written = new Written(held);
  }

  /** True iff the graph of then is that of now. */
  isCurrent(): boolean {
    const { modules, modes, counts } = this;
    let at = 0;
    for (let i = 0; i < modules.length; i++) {
      const module = modules[i]!;
      if (module.training !== modes[i] || countOf(module) !== counts[i]) return false;
      for (const child of module._modules.values()) if (child !== this.members[at++]) return false;
      for (const tensor of module._parameters.values()) if (!this.isTensor(at++, tensor)) return false;
      for (const tensor of module._buffers.values()) if (!this.isTensor(at++, tensor)) return false;
    }
    return this.written.isCurrent();
  }

  private isTensor(at: number, tensor: Tensor | null): boolean {
    if (tensor !== this.members[at]) return false;
    return tensor === null || (tensor.storage === this.storages[at] && tensor.layout === this.layouts[at]);
  }
}

const countOf = ({ _modules, _parameters, _buffers }: Module): number =>
  _modules.size + _parameters.size + _buffers.size;
