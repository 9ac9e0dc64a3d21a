// torch.nn.modules.module: hooks of all modules, and of what modules register.

import { type RemovableHandle, registered } from "../node.ts";
import type { Tensor } from "../tensor.ts";
import {
  type ForwardHook,
  type ForwardHookOptions,
  type ForwardHookWithKwargs,
  type ForwardPreHook,
  type FullBackwardHook,
  type FullBackwardPreHook,
  globalHooks,
  type RegistrationHook,
  registrationHooks,
} from "./hooks.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";

export { Module };

/** A hook that runs before every `forward` (torch.nn.modules.module.register_module_forward_pre_hook). */
export function registerModuleForwardPreHook(hook: ForwardPreHook): RemovableHandle {
  return globalHooks.addForwardPre(hook, {});
}

/** A hook that runs after every `forward` (torch.nn.modules.module.register_module_forward_hook). */
export function registerModuleForwardHook(
  hook: ForwardHookWithKwargs,
  options: Omit<ForwardHookOptions, "prepend"> & { readonly withKwargs: true },
): RemovableHandle;
export function registerModuleForwardHook(
  hook: ForwardHook,
  options?: Omit<ForwardHookOptions, "prepend">,
): RemovableHandle;
export function registerModuleForwardHook(
  hook: ForwardHook | ForwardHookWithKwargs,
  options: Omit<ForwardHookOptions, "prepend"> = {},
): RemovableHandle {
  return globalHooks.addForward(hook, options);
}

/** A hook that sees the gradients of every module's inputs and outputs. */
export function registerModuleFullBackwardHook(hook: FullBackwardHook): RemovableHandle {
  return registered(globalHooks.backward, hook);
}

/** A hook that sees the gradients of every module's outputs before the module's own are computed. */
export function registerModuleFullBackwardPreHook(hook: FullBackwardPreHook): RemovableHandle {
  return registered(globalHooks.backwardPre, hook);
}

/** A hook that sees every parameter that is registered, and may put another in its place. */
export function registerModuleParameterRegistrationHook(hook: RegistrationHook<Parameter>): RemovableHandle {
  return registered(registrationHooks.parameter, hook);
}

/** A hook that sees every buffer that is registered, and may put another in its place. */
export function registerModuleBufferRegistrationHook(hook: RegistrationHook<Tensor | null>): RemovableHandle {
  return registered(registrationHooks.buffer, hook);
}

/** A hook that sees every submodule that is registered, and may put another in its place. */
export function registerModuleModuleRegistrationHook(hook: RegistrationHook<Module | null>): RemovableHandle {
  return registered(registrationHooks.module, hook);
}
