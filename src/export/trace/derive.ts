// The forward passes of a model as descriptions: seen with inputs of two sizes, in both modes, and run again as they are
// described, on inputs of further sizes, beside the model itself.

import { NotImplementedError } from "../../core/errors.ts";
import { buildModel } from "../../port/model/build.ts";
import type { ModelSpec, ModuleSpec, StateSpec } from "../../port/spec.ts";
import { getRngState, manualSeed, type nn, noGrad, setRngState, type Tensor } from "../../torch/index.ts";
import { type Derived, describeModule, isTorchLayer } from "../modules.ts";
import { align, isSameTensor, joinModes, Unlike } from "./align.ts";
import { callModel } from "./calling.ts";
import type { Seen } from "./frame.ts";
import { type AxisGroup, batchGroup, furtherGroups, resized } from "./sizes.ts";
import { type Trace, trace } from "./tracer.ts";

/** A model whose forward passes are known. */
export interface DerivedModel {
  /** The tree of modules with their forward passes in both modes. */
  readonly tree: ModuleSpec;
  readonly state: readonly StateSpec[];
  readonly inputNames: readonly string[];
  /** Axes that may have any length. */
  readonly free: readonly AxisGroup[];
  /** Axes whose length has to be the example's: numbers that follow from it may stand in the steps. */
  readonly fixed: readonly AxisGroup[];
  /** Values that no state dict has, by path: buffers that are not saved, and tensors that are none. */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** What the model gives for the example. */
  readonly outputs: readonly Tensor[];
}

/** How models are derived. */
export interface DeriveOptions {
  /** The inputs' names; those of the parameters of `forward` where they are not given. */
  readonly names?: readonly string[];
  /** Called as the work goes on. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Whether a model is trained. */
export type Mode = "training" | "otherwise";

/** Runs something in a mode; the modules' modes, buffers and the generator are then as they were. */
export function inMode<T>(model: nn.Module, mode: Mode, run: () => T): T {
  const modes = [...model.modules()].map((module) => [module, module.training] as const);
  const buffers =
    mode === "training" ? [...model.buffers()].map((each) => [each, each.clone()] as const) : [];
  const random = getRngState();
  model.train(mode === "training");
  try {
    return run();
  } finally {
    setRngState(random);
    noGrad(() => {
      for (const [buffer, before] of buffers) buffer.copy_(before);
    });
    for (const [module, before] of modes) module.training = before;
  }
}

class Deriver {
  private readonly model: nn.Module;
  private readonly inputs: readonly Tensor[];
  private readonly names: readonly string[];
  private readonly paths: ReadonlyMap<nn.Module, string>;

  constructor(model: nn.Module, inputs: readonly Tensor[], names: readonly string[]) {
    this.model = model;
    this.inputs = inputs;
    this.names = names;
    this.paths = new Map([...model.namedModules()].map(([path, module]) => [module, path]));
  }

  private trace(groups: readonly AxisGroup[], by: number): Trace {
    manualSeed(by);
    const inputs = resized(this.inputs, groups, by);
    // Of a layer of torch.nn it is seen whether it takes them.
    if (isTorchLayer(this.model)) noGrad(() => callModel(this.model, inputs, this.names));
    return trace(this.model, inputs, this.names);
  }

  private refusal(module: nn.Module, reason: string): NotImplementedError {
    const path = this.paths.get(module);
    const place = path === undefined || path === "" ? "the model" : path;
    return new NotImplementedError(`${place} (${module.constructor.name}): ${reason}`);
  }

  /** The forward passes of a mode. @throws Unlike where they do not fit the sizes; NotImplementedError where it is none */
  passes(groups: readonly AxisGroup[], mode: Mode): Map<nn.Module, Seen> {
    return inMode(this.model, mode, () => {
      const [first, second] = [this.trace(groups, 0), this.trace(groups, 1)];
      return new Map(
        [...first].map(([module, calls]) => {
          const others = second.get(module) ?? [];
          if (others.length !== calls.length)
            throw new Unlike("it is called otherwise with inputs of another size");
          try {
            return [module, oneOf(calls.map((call, i) => align(call, others[i]!)))] as const;
          } catch (error) {
            if (error instanceof Unlike) throw new Unlike(this.refusal(module, error.message).message);
            throw error;
          }
        }),
      );
    });
  }

  /** The forward passes that were seen last, and with which axes free. */
  private last: { readonly groups: string; readonly passes: Map<nn.Module, Seen> } | undefined;

  /** The axes on whose lengths the forward passes do not depend, and those on which they may. */
  axes(): { readonly free: AxisGroup[]; readonly fixed: AxisGroup[] } {
    const batch = batchGroup(this.inputs);
    const free: AxisGroup[] = [];
    const fixed: AxisGroup[] = [];
    for (const group of [...(batch === undefined ? [] : [batch]), ...furtherGroups(this.inputs)])
      (this.fits([...free, group]) ? free : fixed).push(group);
    return { free, fixed };
  }

  private fits(groups: readonly AxisGroup[]): boolean {
    try {
      this.last = { groups: JSON.stringify(groups), passes: this.passes(groups, "otherwise") };
      return true;
    } catch (error) {
      if (error instanceof NotImplementedError) throw error;
      // The model takes no inputs of such a size, or computes otherwise with them.
      return false;
    }
  }

  /** The forward passes of both modes. */
  all(groups: readonly AxisGroup[]): Record<Mode, Map<nn.Module, Seen>> {
    try {
      const isKnown = this.last?.groups === JSON.stringify(groups);
      const otherwise = isKnown ? this.last!.passes : this.passes(groups, "otherwise");
      return { otherwise, training: this.passes(groups, "training") };
    } catch (error) {
      if (error instanceof Unlike) throw new NotImplementedError(error.message);
      throw error;
    }
  }

  /** The forward passes that are right in both modes. */
  joined({ training, otherwise }: Record<Mode, Map<nn.Module, Seen>>): Map<nn.Module, Seen> {
    const modules = new Set([...otherwise.keys(), ...training.keys()]);
    return new Map(
      [...modules].map((module) => {
        const [one, other] = [training.get(module), otherwise.get(module)];
        try {
          return [module, one === undefined ? other! : other === undefined ? one : joinModes(one, other)];
        } catch (error) {
          if (error instanceof Unlike) throw this.refusal(module, error.message);
          throw error;
        }
      }),
    );
  }
}

/** The one forward pass that several calls of a module are. @throws Unlike where they are several */
function oneOf(calls: readonly Seen[]): Seen {
  const [first, ...others] = calls;
  const text = ({ inputs, steps, outputs }: Seen): string => JSON.stringify([inputs, steps, outputs]);
  for (const other of others) {
    const isSame =
      text(other) === text(first!) &&
      [...other.constants].every(([name, each]) => {
        const own = first!.constants.get(name);
        return own !== undefined && isSameTensor(each, own);
      });
    if (!isSame) throw new Unlike("it is called several times, and computes not the same each time");
  }
  return first!;
}

const derivedOf =
  (passes: ReadonlyMap<nn.Module, Seen>, constants: ReadonlyMap<nn.Module, Seen>) =>
  (module: nn.Module): Derived | undefined => {
    const seen = passes.get(module);
    const held = constants.get(module);
    if (seen === undefined && held === undefined) return undefined;
    const { inputs, steps, outputs } = seen ?? held!;
    return { forward: { inputs, steps, outputs }, constants: held?.constants ?? new Map() };
  };

/** Entries of the state dict, with those that are one tensor. */
function stateOf(model: nn.Module): StateSpec[] {
  const first = new Map<Tensor, string>();
  return [...model.stateDict({ keepVars: true })].map(([name, tensor]) => {
    const tied = first.get(tensor);
    if (tied === undefined) first.set(tensor, name);
    return {
      name,
      shape: [...tensor.shape],
      dtype: tensor.dtype.name,
      ...(tied === undefined ? {} : { tied_to: tied }),
    };
  });
}

/** Values that no state dict has. */
function constantsOf(model: nn.Module, passes: ReadonlyMap<nn.Module, Seen>): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  for (const [path, module] of model.namedModules({ removeDuplicate: false })) {
    const prefix = path === "" ? "" : `${path}.`;
    for (const name of module._nonPersistentBuffers) {
      const buffer = module._buffers.get(name) ?? null;
      if (buffer !== null) found.set(prefix + name, buffer.detach());
    }
    for (const [name, tensor] of passes.get(module)?.constants ?? []) found.set(prefix + name, tensor);
  }
  return found;
}

/** Builds what a description says, with the model's own values. */
function rebuilt(model: nn.Module, spec: ModelSpec, constants: ReadonlyMap<string, Tensor>): nn.Module {
  const other = buildModel(spec);
  const state = model.stateDict({ keepVars: true });
  noGrad(() => {
    for (const [name, tensor] of other.stateDict({ keepVars: true })) tensor.copy_(state.get(name)!);
    for (const [name, tensor] of constants) other.getBuffer(name).copy_(tensor);
  });
  return other;
}

/** What a model gives in a mode, with draws that are the same each time. */
function outputsOf(
  model: nn.Module,
  inputs: readonly Tensor[],
  mode: Mode,
  names: readonly string[] = [],
): Tensor[] {
  return inMode(model, mode, () => {
    manualSeed(7);
    return noGrad(() => callModel(model, inputs, names).map((tensor) => tensor.detach().clone()));
  });
}

function isSame(a: Tensor, b: Tensor): boolean {
  if (a.dtype !== b.dtype || String(a.shape) !== String(b.shape)) return false;
  if (isSameTensor(a, b)) return true;
  // NaN is unlike itself.
  return a.dtype.isFloatingPoint && a.eq(b).logicalOr(a.isnan().logicalAnd(b.isnan())).all().item() === true;
}

/**
 * Derives the forward passes of a model and of all modules below it that are of classes of their own, and runs them as
 * they are described, on the example and on inputs of other sizes, in both modes, beside the model: bit for bit the same.
 * @param inputs an example of what the model takes
 * @throws NotImplementedError naming the module and what of it cannot be derived
 */
export function derive(
  model: nn.Module,
  inputs: readonly Tensor[],
  options: DeriveOptions = {},
): DerivedModel {
  const { names = [], onProgress = () => {} } = options;
  const steps = 6;
  onProgress(0, steps);
  // What the model says of inputs that it does not take is the first thing to be told.
  const outputs = outputsOf(model, inputs, "otherwise", names);
  onProgress(1, steps);
  const deriver = new Deriver(model, inputs, names);
  const { free, fixed } = deriver.axes();
  onProgress(2, steps);
  const passes = deriver.all(free);
  onProgress(3, steps);
  const joined = deriver.joined(passes);
  const state = stateOf(model);
  const constants = constantsOf(model, joined);
  for (const [at, mode] of (["otherwise", "training"] as const).entries()) {
    const tree = describeModule(model, derivedOf(passes[mode], joined));
    const other = rebuilt(model, { tree, state_dict: state }, constants);
    const samples = [...(mode === "otherwise" ? [inputs] : []), resized(inputs, free, 2)];
    for (const sample of samples) check(model, other, sample, mode, names);
    onProgress(4 + at, steps);
  }
  onProgress(steps, steps);
  const root = joined.get(model);
  return {
    tree: describeModule(model, derivedOf(joined, joined)),
    state,
    inputNames: root?.inputs ?? inputs.map((_, i) => names[i] ?? (i === 0 ? "x" : `x_${i + 1}`)),
    free,
    fixed,
    constants,
    outputs,
  };
}

/** @throws NotImplementedError where the model as it is described gives anything else than the model itself */
function check(
  model: nn.Module,
  other: nn.Module,
  inputs: readonly Tensor[],
  mode: Mode,
  names: readonly string[],
): void {
  const [wanted, given] = [model, other].map((each) => outputsOf(each, inputs, mode, names)) as [
    Tensor[],
    Tensor[],
  ];
  if (wanted.length === given.length && wanted.every((each, i) => isSame(each, given[i]!))) return;
  const when = mode === "training" ? "while training" : "in evaluation";
  throw new NotImplementedError(
    `the model (${model.constructor.name}): what was seen of it gives other outputs than the model itself ${when}, with ` +
      "other inputs: it depends on something that is no call of torch's functions",
  );
}
