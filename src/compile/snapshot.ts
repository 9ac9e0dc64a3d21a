// What a module was when it was traced. A graph is of that: when a member was replaced, given other memory or set to another
// mode since, the module is traced anew; when memory that lies in the graph was written to, it is packed anew.
//
// This is looked at before each call, when what was computed before has taken all that was near the processor: memory that is
// touched is what it costs (a model of two hundred modules: 50 to 90 microseconds where they are gone through). So the program's
// counts of changes come first, and modules are gone through when one has moved.

import { type Changes, changes } from "../core/changes.ts";
import type { Layout } from "../core/layout.ts";
import type { Storage } from "../core/storage.ts";
import { MemberMap } from "../torch/nn/member-map.ts";
import type { Module } from "../torch/nn/module.ts";
import type { Tensor } from "../torch/tensor.ts";

/** A module with all below it, at a moment. */
export class Snapshot {
  private readonly modules: readonly Module[];
  private readonly modes: readonly boolean[];
  /** Members of all modules, one after another; how many each has is in `counts`. */
  private readonly members: readonly (Module | Tensor | null)[];
  private readonly counts: readonly number[];
  /** The tensors among the members, with their memory and layouts. */
  private readonly tensors: readonly Tensor[];
  private readonly storages: readonly Storage[];
  private readonly layouts: readonly Layout[];
  /** Memory that the graph does not read again, and how often it had been written to. */
  private readonly held: readonly Storage[];
  private readonly versions: readonly number[];
  /** True iff all changes of members and modes are counted: not where a module has maps or a mode of another kind. */
  private readonly areCounted: boolean;
  /** How many changes there had been when all was last found to be the same. */
  private readonly seen: Changes = { ...changes };

  /** @param held memory that the graph does not read again */
  constructor(module: Module, held: readonly Storage[]) {
    this.modules = [...module.modules()];
    this.modes = this.modules.map(({ training }) => training);
    this.counts = this.modules.map(countOf);
    this.members = this.modules.flatMap((each) => mapsOf(each).flatMap((members) => [...members.values()]));
    this.tensors = this.members.filter(
      (member): member is Tensor => member !== null && !("_modules" in member),
    );
    this.storages = this.tensors.map(({ storage }) => storage);
    this.layouts = this.tensors.map(({ layout }) => layout);
    this.held = held;
    this.versions = held.map(({ version }) => version);
    this.areCounted = this.modules.every(
      (each) =>
        !Object.hasOwn(each, "training") && mapsOf(each).every((members) => members instanceof MemberMap),
    );
  }

  /** True iff the graph of then is that of now. */
  isCurrent(): boolean {
    const { seen, areCounted } = this;
    const hasMembers = areCounted && seen.members === changes.members;
    const hasModes = areCounted && seen.modes === changes.modes;
    const hasMemory = seen.tensors === changes.tensors;
    const isUnwritten = seen.bytes === changes.bytes;
    if (hasMembers && hasModes && hasMemory && isUnwritten) return true;
    if (!(hasMembers || this.hasMembers()) || !(hasModes || this.hasModes())) return false;
    if (!(hasMemory || this.hasMemory()) || !(isUnwritten || this.isUnwritten())) return false;
    Object.assign(seen, changes);
    return true;
  }

  private hasMembers(): boolean {
    const { modules, counts, members } = this;
    let at = 0;
    for (let i = 0; i < modules.length; i++) {
      const { _modules, _parameters, _buffers } = modules[i]!;
      if (countOf(modules[i]!) !== counts[i]) return false;
      for (const member of _modules.values()) if (member !== members[at++]) return false;
      for (const member of _parameters.values()) if (member !== members[at++]) return false;
      for (const member of _buffers.values()) if (member !== members[at++]) return false;
    }
    return true;
  }

  private hasModes(): boolean {
    const { modules, modes } = this;
    for (let i = 0; i < modules.length; i++) if (modules[i]!.training !== modes[i]) return false;
    return true;
  }

  private hasMemory(): boolean {
    const { tensors, storages, layouts } = this;
    for (let i = 0; i < tensors.length; i++) {
      const { storage, layout } = tensors[i]!;
      if (storage !== storages[i] || layout !== layouts[i]) return false;
    }
    return true;
  }

  /** True iff what is held was not written to since, through a tensor. */
  private isUnwritten(): boolean {
    const { held, versions } = this;
    for (let i = 0; i < held.length; i++) if (held[i]!.version !== versions[i]) return false;
    return true;
  }
}

/** A module's members by their kinds, in the order in which they are gone through. */
const mapsOf = ({
  _modules,
  _parameters,
  _buffers,
}: Module): ReadonlyMap<string, Module | Tensor | null>[] => [_modules, _parameters, _buffers];

const countOf = ({ _modules, _parameters, _buffers }: Module): number =>
  _modules.size + _parameters.size + _buffers.size;
