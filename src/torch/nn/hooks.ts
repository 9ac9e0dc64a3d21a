// Hooks of modules, and how a module is called with them (torch.nn.Module.__call__).

import { isOptions } from "../../core/arguments.ts";
import { RuntimeError } from "../../core/errors.ts";
import { warn } from "../../core/warnings.ts";
import { typeName } from "../errors.ts";
import { type RemovableHandle, registered } from "../node.ts";
import { Tensor } from "../tensor.ts";
import { BackwardHooks, type FullBackwardHook, type FullBackwardPreHook } from "./backward-hooks.ts";
import type { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";
import type { IncompatibleKeys } from "./state.ts";

export type { RemovableHandle } from "../node.ts";
export type { FullBackwardHook, FullBackwardPreHook } from "./backward-hooks.ts";

/** Arguments given by name: the trailing options object. */
export type Keywords = Readonly<Record<string, unknown>>;

/**
 * Called before `forward` with the positional arguments. An array that it returns takes their place; anything else but
 * nothing becomes the only one. With `withKwargs` it is given the options too, and returns [arguments, options].
 */
export type ForwardPreHook = (module: Module, inputs: readonly unknown[], kwargs: Keywords) => unknown;

/** Called after `forward`; what it returns, if anything, takes the output's place. */
export type ForwardHook = (module: Module, inputs: readonly unknown[], output: unknown) => unknown;

/** A forward hook that is given the options too. */
export type ForwardHookWithKwargs = (
  module: Module,
  inputs: readonly unknown[],
  kwargs: Keywords,
  output: unknown,
) => unknown;

/** How a hook is registered. */
export interface HookOptions {
  /** Before the hooks that are there already. */
  readonly prepend?: boolean;
  readonly withKwargs?: boolean;
}

/** How a forward hook is registered. */
export interface ForwardHookOptions extends HookOptions {
  /** Called although `forward` raised an error; the output is then null. */
  readonly alwaysCall?: boolean;
}

/** Called before a state dict is made. */
export type StateDictPreHook = (module: Module, prefix: string, keepVars: boolean) => unknown;

/** Called with a state dict that was made; it may be changed in place. */
export type StateDictPostHook = (
  module: Module,
  stateDict: Map<string, Tensor>,
  prefix: string,
  localMetadata: Keywords,
) => unknown;

/** Called before a module takes its entries of a state dict, which may be changed in place. */
export type LoadStateDictPreHook = (
  module: Module,
  stateDict: Map<string, unknown>,
  prefix: string,
  localMetadata: Keywords,
  strict: boolean,
  missingKeys: string[],
  unexpectedKeys: string[],
  errorMsgs: string[],
) => unknown;

/** Called after a module and those below it have taken their entries; the lists may be changed in place. */
export type LoadStateDictPostHook = (module: Module, incompatibleKeys: IncompatibleKeys) => unknown;

interface PreHook {
  readonly call: ForwardPreHook;
  readonly withKwargs: boolean;
  /** What registered the hook, where that is asked later. */
  readonly owner: object | null;
}

interface PostHook {
  readonly call: (module: Module, inputs: readonly unknown[], kwargs: Keywords, output: unknown) => unknown;
  readonly alwaysCall: boolean;
}

/** All hooks of a module, in the order in which they are called. */
export class ModuleHooks {
  readonly forwardPre: PreHook[] = [];
  readonly forward: PostHook[] = [];
  readonly backwardPre: FullBackwardPreHook[] = [];
  readonly backward: FullBackwardHook[] = [];
  readonly statePre: StateDictPreHook[] = [];
  readonly statePost: StateDictPostHook[] = [];
  readonly loadPre: LoadStateDictPreHook[] = [];
  readonly loadPost: LoadStateDictPostHook[] = [];

  /** True iff calls of the module have to look at the hooks. */
  get concernCalls(): boolean {
    return this.forwardPre.length + this.forward.length + this.backwardPre.length + this.backward.length > 0;
  }

  addForwardPre(
    hook: ForwardPreHook,
    { prepend = false, withKwargs = false }: HookOptions,
    owner: object | null = null,
  ): RemovableHandle {
    return registered(this.forwardPre, { call: hook, withKwargs, owner }, prepend);
  }

  /** Takes away the hook before calls that something registered. */
  removeOwnedBy(owner: object): void {
    const at = this.forwardPre.findIndex((hook) => hook.owner === owner);
    if (at >= 0) this.forwardPre.splice(at, 1);
  }

  addForward(
    hook: ForwardHook | ForwardHookWithKwargs,
    { prepend = false, withKwargs = false, alwaysCall = false }: ForwardHookOptions,
  ): RemovableHandle {
    const call: PostHook["call"] = withKwargs
      ? (hook as ForwardHookWithKwargs)
      : (module, inputs, _, output) => (hook as ForwardHook)(module, inputs, output);
    return registered(this.forward, { call, alwaysCall }, prepend);
  }
}

/** A module's hooks, to add to. */
export function hooksOf(module: Module): ModuleHooks {
  module._hooks ??= new ModuleHooks();
  return module._hooks;
}

/** Hooks of all modules (torch.nn.modules.module). */
export const globalHooks: ModuleHooks = new ModuleHooks();

/** Called when a member is registered; what it returns, if anything, is registered instead. */
export type RegistrationHook<Member> = (module: Module, name: string, member: Member) => unknown;

/** Hooks that see what modules register. */
export const registrationHooks: {
  readonly parameter: RegistrationHook<Parameter>[];
  readonly buffer: RegistrationHook<Tensor | null>[];
  readonly module: RegistrationHook<Module | null>[];
} = { parameter: [], buffer: [], module: [] };

/** What is registered in the end. */
export function seenByHooks<Member>(
  hooks: readonly RegistrationHook<Member>[],
  module: Module,
  name: string,
  member: Member,
): Member {
  let result = member;
  for (const hook of hooks) result = (hook(module, name, result) as Member | null | undefined) ?? result;
  return result;
}

/** One call of a module on its way through the hooks. */
interface Call {
  args: readonly unknown[];
  kwargs: Keywords;
  output: unknown;
}

/** Runs the hooks and `forward`. */
export function callWithHooks(module: Module, own: ModuleHooks | null, inputs: readonly unknown[]): unknown {
  const lists = own === null ? [globalHooks] : [globalHooks, own];
  const last = inputs.at(-1);
  const call: Call = isOptions(last)
    ? { args: inputs.slice(0, -1), kwargs: last, output: null }
    : { args: inputs, kwargs: {}, output: null };
  const called = new Set<PostHook>();
  try {
    return runHooks(module, lists, call, called);
  } catch (error) {
    callAlways(module, lists, call, called);
    throw error;
  }
}

function runHooks(module: Module, lists: readonly ModuleHooks[], call: Call, called: Set<PostHook>): unknown {
  for (const hook of lists.flatMap((list) => list.forwardPre)) runPreHook(module, hook, call);
  const backward = lists.flatMap((list) => list.backward);
  const backwardPre = lists.flatMap((list) => list.backwardPre);
  const gradients =
    backward.length + backwardPre.length > 0 ? new BackwardHooks(module, backward, backwardPre) : null;
  if (gradients !== null) call.args = gradients.onInputs(call.args);
  const given = Object.keys(call.kwargs).length === 0 ? call.args : [...call.args, call.kwargs];
  call.output = module.forward(...(given as never[]));
  for (const hook of lists.flatMap((list) => list.forward)) {
    if (hook.alwaysCall) called.add(hook);
    call.output = hook.call(module, call.args, call.kwargs, call.output) ?? call.output;
  }
  if (gradients === null) return call.output;
  if (!(call.output instanceof Tensor) && !Array.isArray(call.output)) {
    warn(
      "UserWarning",
      "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received " +
        `<class '${typeName(call.output)}'>`,
    );
    return call.output;
  }
  return gradients.onOutputs(call.output);
}

function runPreHook(module: Module, hook: PreHook, call: Call): void {
  const result = hook.call(module, call.args, call.kwargs);
  if (result === undefined || result === null) return;
  if (!hook.withKwargs) call.args = Array.isArray(result) ? result : [result];
  else if (Array.isArray(result) && result.length === 2) {
    [call.args, call.kwargs] = result as [readonly unknown[], Keywords];
  } else {
    throw new RuntimeError(
      `forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got ${String(result)}.`,
    );
  }
}

/** After an error: the hooks that want to be called all the same. */
function callAlways(
  module: Module,
  lists: readonly ModuleHooks[],
  call: Call,
  called: ReadonlySet<PostHook>,
): void {
  for (const hook of lists.flatMap((list) => list.forward)) {
    if (!hook.alwaysCall || called.has(hook)) continue;
    try {
      call.output = hook.call(module, call.args, call.kwargs, call.output) ?? call.output;
    } catch (error) {
      const kind = globalHooks.forward.includes(hook) ? "global module" : "module";
      warn(
        "UserWarning",
        `${kind} forward hook with \`\`always_call=True\`\` raised an exception that was silenced as another error was ` +
          `raised in forward: ${(error as Error).message}`,
      );
    }
  }
}

/** Whether a hook goes before the others. */
export type Prepend = boolean | { readonly prepend?: boolean };

/** True iff it does. */
export function isPrepended(prepend: Prepend): boolean {
  return typeof prepend === "boolean" ? prepend : (prepend.prepend ?? false);
}
