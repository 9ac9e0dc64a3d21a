// torch.optim.Optimizer: parameter groups, state, hooks, and the state dict that PyTorch loads.

import { bind, isOptions, type Signature } from "../../core/arguments.ts";
import { NotImplementedError, PythonTypeError, ValueError } from "../../core/errors.ts";
import { warn } from "../../core/warnings.ts";
import { detach_ } from "../autograd.ts";
import { typeName } from "../errors.ts";
import { type RemovableHandle, registered } from "../node.ts";
import { enableGrad, setGradEnabled } from "../tape.ts";
import { Tensor } from "../tensor.ts";
import { groupLines, isFloatSetting, plainSetting, type Rate, refuseCapturable } from "./settings.ts";
import { type OptimizerStateDict, type ParameterState, readState, writtenState } from "./state.ts";

/** A group of parameters with its settings, in camelCase. */
export type ParameterGroup<Settings> = Settings & {
  params: Tensor[];
  /** The parameters' names, where they were given with names. */
  paramNames?: string[];
};

type Members = Iterable<Tensor | readonly [name: string, parameter: Tensor]> | Tensor;

/** Settings as they may be given: a learning rate may be a tensor of one element. */
export type Given<Settings> = {
  readonly [Name in keyof Settings]?: Settings[Name] | (Name extends "lr" ? Rate : never);
};

/** A group as it is given. */
export type GivenGroup<Settings> = Given<Settings> & { readonly params: Members };

/** Parameters, or pairs of a name and a parameter, or groups of them with settings of their own. */
export type ParametersOf<Settings> =
  | Iterable<Tensor>
  | Iterable<readonly [name: string, parameter: Tensor]>
  | Iterable<GivenGroup<Settings>>;

/** What a constructor takes: the parameters, some settings by position, and any by name. */
export type OptimizerArguments<Settings, Positions extends readonly unknown[]> = Signature<
  [params: ParametersOf<Settings>, ...Positions],
  Given<Settings> & { readonly params?: ParametersOf<Settings> }
>;

/** Computes the loss and its gradients again. */
export type Closure = () => Tensor | number;

/** Called before a step with what `step` was given; a list that it returns takes its place. */
export type StepPreHook<O> = (
  optimizer: O,
  args: readonly unknown[],
  kwargs: object,
) => readonly [args: readonly unknown[], kwargs: object] | undefined;

/** Called after a step with what `step` was given. */
export type StepPostHook<O> = (optimizer: O, args: readonly unknown[], kwargs: object) => void;

/** Called with a state dict, which it may change; one that it returns takes its place. */
export type StateDictHook<O> = (
  optimizer: O,
  stateDict: OptimizerStateDict,
) => OptimizerStateDict | undefined;

/** Reads a constructor's arguments by PyTorch's names and defaults. */
export function readSettings<Settings extends object>(
  name: string,
  positions: readonly (keyof Settings & string)[],
  args: readonly unknown[],
  defaults: Partial<Settings>,
): { params: ParametersOf<Settings>; settings: Settings } {
  const { params, ...settings } = bind<{ params: ParametersOf<Settings> } & Settings>(
    `${name}.__init__`,
    ["params", ...positions],
    args,
    defaults as Partial<{ params: ParametersOf<Settings> } & Settings>,
  );
  return { params, settings: settings as unknown as Settings };
}

/** What optimizers have in common. A subclass says how one parameter is updated. */
export abstract class Optimizer<Settings extends object> {
  /** The groups; their settings may be changed between steps. */
  readonly paramGroups: ParameterGroup<Settings>[] = [];
  /** What is kept for each parameter. */
  readonly state: Map<Tensor, ParameterState> = new Map();
  /** Settings of groups that do not say otherwise. */
  readonly defaults: Settings;
  /** True iff a step was taken since the first schedule of the learning rate was made (PyTorch's `_opt_called`). */
  _optCalled = false;
  /** For each group the settings that print as floats though they may be whole. */
  private readonly floats: ReadonlySet<string>[] = [];
  private readonly givenDefaults: Settings;
  private readonly stepPreHooks: StepPreHook<never>[] = [];
  private readonly stepPostHooks: StepPostHook<never>[] = [];
  private readonly stateDictPreHooks: ((optimizer: never) => void)[] = [];
  private readonly stateDictPostHooks: StateDictHook<never>[] = [];
  private readonly loadPreHooks: StateDictHook<never>[] = [];
  private readonly loadPostHooks: ((optimizer: never) => void)[] = [];

  constructor(params: ParametersOf<Settings>, defaults: Settings) {
    this.givenDefaults = defaults;
    this.defaults = plainSettings(defaults) as Settings;
    if (params instanceof Tensor) {
      throw new PythonTypeError(
        `params argument given to the optimizer should be an iterable of Tensors or dicts, but got ${typeName(params)}`,
      );
    }
    const all = [...(params as Iterable<unknown>)];
    if (all.length === 0) throw new ValueError("optimizer got an empty parameter list");
    const groups = isOptions(all[0]) ? all : [{ params: all }];
    for (const group of groups) this.addParamGroup(group as GivenGroup<Settings>);
  }

  /**
   * Adds a group; settings that it lacks are the optimizer's.
   * @throws TypeError, ValueError for what is no parameter, or is in a group already
   */
  addParamGroup(paramGroup: GivenGroup<Settings>): void {
    if (!isOptions(paramGroup)) {
      throw new PythonTypeError(`param_group must be a dict, but got ${typeName(paramGroup)}`);
    }
    const { params: members, ...own } = paramGroup as unknown as GivenGroup<object>;
    const { params, names } = membersOf(members);
    for (const parameter of params) this.checkParameter(parameter);
    if (new Set(params).size < params.length) {
      warn(
        "UserWarning",
        "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; see " +
          "github.com/pytorch/pytorch/issues/40967 for more information",
      );
    }
    const settings: Record<string, unknown> = { ...own };
    for (const [name, value] of Object.entries(this.givenDefaults))
      if (settings[name] === undefined) settings[name] = value;
    if (names !== undefined) settings.paramNames = names;
    this.checkNames(names !== undefined);
    const known = new Set(this.paramGroups.flatMap((each) => each.params));
    if (params.some((parameter) => known.has(parameter)))
      throw new ValueError("some parameters appear in more than one parameter group");
    this.floats.push(new Set(Object.keys(settings).filter((name) => isFloatSetting(settings[name]))));
    this.paramGroups.push({ ...plainSettings(settings), params } as ParameterGroup<Settings>);
  }

  private checkParameter(parameter: Tensor): void {
    if (!(parameter instanceof Tensor)) {
      throw new PythonTypeError(
        `optimizer can only optimize Tensors, but one of the params is ${typeName(parameter)}`,
      );
    }
    if (!parameter.isLeaf && !parameter.retainsGrad && !this.isDifferentiable())
      throw new ValueError("can't optimize a non-leaf Tensor");
  }

  private checkNames(hasNames: boolean): void {
    if (this.paramGroups.every((group) => (group.paramNames !== undefined) === hasNames)) return;
    throw new ValueError(
      "all optimizer param groups should be with/without names. cannot add param group " +
        `${hasNames ? "with names" : "without names"} to the optimizer`,
    );
  }

  private isDifferentiable(): boolean {
    return (this.defaults as { readonly differentiable?: boolean }).differentiable === true;
  }

  /** Forgets the gradients (`setToNone: false` fills them with zeros). */
  zeroGrad(...args: Signature<[setToNone?: boolean], { readonly setToNone?: boolean }>): void {
    const setToNone = args.length === 0 || isSetToNone(args);
    for (const group of this.paramGroups) {
      for (const parameter of group.params) {
        const { grad } = parameter;
        if (grad === null) continue;
        if (setToNone) {
          parameter.grad = null;
          continue;
        }
        if (grad.node !== null) detach_(grad);
        else grad.requiresGrad_(false);
        grad.zero_();
      }
    }
  }

  /**
   * Updates every parameter that has a gradient, between the hooks.
   * @param closure computes the loss and its gradients again; what it returns is returned
   */
  step<C extends Closure>(closure?: C): ReturnType<C> | undefined {
    this._optCalled = true;
    let args: readonly unknown[] = closure === undefined ? [] : [closure];
    let kwargs: object = {};
    if (this.stepPreHooks.length > 0) {
      for (const hook of [...this.stepPreHooks])
        [args, kwargs] = hook(this as never, args, kwargs) ?? [args, kwargs];
    }
    const before = setGradEnabled(this.isDifferentiable());
    let loss: unknown;
    try {
      loss = this.advance(args[0] as Closure | undefined);
    } finally {
      setGradEnabled(before);
    }
    if (this.stepPostHooks.length > 0) {
      for (const hook of [...this.stepPostHooks]) hook(this as never, args, kwargs);
    }
    return loss as ReturnType<C> | undefined;
  }

  /** One step without the hooks. Gradients are not recorded while it runs, but for the closure. */
  protected advance(closure: Closure | undefined): Tensor | number | undefined {
    const loss = closure === undefined ? undefined : enableGrad(closure);
    const { paramGroups } = this;
    for (let g = 0; g < paramGroups.length; g++) {
      const group = paramGroups[g]!;
      const { params } = group;
      for (let i = 0; i < params.length; i++) {
        const { grad } = params[i]!;
        if (grad === null) continue;
        refuseCapturable(group as { readonly capturable?: boolean });
        this.update(params[i]!, grad, group);
      }
    }
    return loss;
  }

  /** Updates one parameter by its gradient. A subclass defines it, or `advance`. */
  protected update(_parameter: Tensor, _grad: Tensor, _settings: Settings): void {
    throw new NotImplementedError(`${this.constructor.name} does not say how a parameter is updated`);
  }

  /** PyTorch's printed form. */
  toString(): string {
    const groups = this.paramGroups.map((group, i) =>
      [`Parameter Group ${i}`, ...groupLines(group, this.floats[i]!)].join("\n"),
    );
    return `${this.constructor.name} (\n${groups.join("\n\n")}\n)`;
  }

  /** What is kept for a parameter; `begin` makes it at the first step. */
  protected stateOf(parameter: Tensor, begin: () => ParameterState): ParameterState {
    let state = this.state.get(parameter);
    if (state === undefined) {
      state = begin();
      this.state.set(parameter, state);
    }
    return state;
  }

  /** State and settings in PyTorch's form and names. The tensors are the optimizer's own. */
  stateDict(): OptimizerStateDict {
    for (const hook of [...this.stateDictPreHooks]) hook(this as never);
    let result = writtenState(this.paramGroups, this.state);
    for (const hook of [...this.stateDictPostHooks]) result = hook(this as never, result) ?? result;
    return result;
  }

  /**
   * Takes over state and settings. Tensors of the parameters' type are shared with the dict, as in PyTorch.
   * @throws ValueError when the groups do not match; then nothing is changed
   */
  loadStateDict(stateDict: OptimizerStateDict): void {
    let given = stateDict;
    if (this.loadPreHooks.length > 0) {
      given =
        stateDict instanceof Map ? (new Map(stateDict) as unknown as OptimizerStateDict) : { ...stateDict };
      for (const hook of [...this.loadPreHooks]) given = hook(this as never, given) ?? given;
    }
    const { groups, state } = readState(given, this.paramGroups);
    this.state.clear();
    for (const [parameter, kept] of state) this.state.set(parameter, kept);
    groups.forEach((loaded, i) => {
      const own = this.paramGroups[i]!;
      this.paramGroups[i] = {
        ...loaded,
        ...missing(own, loaded),
        params: own.params,
      } as unknown as ParameterGroup<Settings>;
    });
    this.restore();
    for (const hook of [...this.loadPostHooks]) hook(this as never);
  }

  /** What a subclass insists on after loading. */
  protected restore(): void {}

  /** Registers a hook that runs before each step. */
  registerStepPreHook(hook: StepPreHook<this>): RemovableHandle {
    return registered(this.stepPreHooks, hook);
  }

  /** Registers a hook that runs after each step. */
  registerStepPostHook(hook: StepPostHook<this>): RemovableHandle {
    return registered(this.stepPostHooks, hook);
  }

  /** Registers a hook that runs before a state dict is made. */
  registerStateDictPreHook(hook: (optimizer: this) => void, prepend = false): RemovableHandle {
    return registered(this.stateDictPreHooks, hook, prepend);
  }

  /** Registers a hook that is given each state dict made. */
  registerStateDictPostHook(hook: StateDictHook<this>, prepend = false): RemovableHandle {
    return registered(this.stateDictPostHooks, hook, prepend);
  }

  /** Registers a hook that is given each state dict before it is loaded. */
  registerLoadStateDictPreHook(hook: StateDictHook<this>, prepend = false): RemovableHandle {
    return registered(this.loadPreHooks, hook, prepend);
  }

  /** Registers a hook that runs after a state dict was loaded. */
  registerLoadStateDictPostHook(hook: (optimizer: this) => void, prepend = false): RemovableHandle {
    return registered(this.loadPostHooks, hook, prepend);
  }
}

function isSetToNone(args: readonly unknown[]): boolean {
  return bind<{ setToNone: boolean }>("zero_grad", ["setToNone"], args, { setToNone: true }).setToNone;
}

function plainSettings(settings: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, plainSetting(value)]));
}

/** Settings that a loaded group lacks: older versions of PyTorch had fewer. */
function missing(own: object, loaded: object): object {
  return Object.fromEntries(Object.entries(own).filter(([name]) => !(name in loaded)));
}

/** The parameters of a group, and their names where they come in pairs. */
function membersOf(members: Members): { params: Tensor[]; names: string[] | undefined } {
  if (members instanceof Set) {
    throw new PythonTypeError(
      "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets will " +
        "change between runs. Please use a list instead.",
    );
  }
  const all = members instanceof Tensor ? [members] : [...members];
  const isNamed = (item: unknown): item is readonly [string, Tensor] => Array.isArray(item);
  const params = all.map((item) => (isNamed(item) ? item[1] : item));
  const names = all.flatMap((item) => (isNamed(item) ? [item[0]] : []));
  if (names.length === 0) return { params, names: undefined };
  if (names.length < params.length) {
    throw new ValueError("all optimizer params should be with/without names. Some param names are missing");
  }
  return { params, names };
}
