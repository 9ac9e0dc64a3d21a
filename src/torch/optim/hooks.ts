// Lists of hooks, as torch.optim.Optimizer keeps them: in order of registration, each with a handle that takes it away.

import type { RemovableHandle } from "../node.ts";

/** Hooks of one kind. */
export class HookList<Hook> {
  private readonly entries: { readonly hook: Hook }[] = [];

  /**
   * Registers a hook.
   * @param prepend whether it runs before those already there
   */
  add(hook: Hook, prepend = false): RemovableHandle {
    const entry = { hook };
    if (prepend) this.entries.unshift(entry);
    else this.entries.push(entry);
    return {
      remove: () => {
        const place = this.entries.indexOf(entry);
        if (place >= 0) this.entries.splice(place, 1);
      },
    };
  }

  /** The hooks as they are now; one that is registered or removed while they run changes nothing. */
  all(): readonly Hook[] {
    return this.entries.map(({ hook }) => hook);
  }

  /** True iff there are none. */
  get isEmpty(): boolean {
    return this.entries.length === 0;
  }
}
