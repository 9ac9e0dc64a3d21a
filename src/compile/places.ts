// Which module is running, as the path that its names make: for errors, and for the names of a graph's nodes.

import { registerModuleForwardHook, registerModuleForwardPreHook } from "../torch/nn/global-hooks.ts";
import type { Module } from "../torch/nn/module.ts";

/** Paths of the modules that run. */
export class Places {
  private readonly names: Map<Module, string> = new Map();
  private readonly stack: string[] = [];

  /** @param root the module that paths begin at; where there is none, each module that is not called by another is one */
  constructor(root?: Module) {
    if (root !== undefined) this.learn(root, "");
  }

  private learn(root: Module, prefix: string): void {
    for (const [name, module] of root.namedModules({ prefix })) {
      if (!this.names.has(module)) this.names.set(module, name);
    }
  }

  /** The path of the module that runs; "" for the root, and outside of modules. */
  readonly path = (): string => this.stack.at(-1) ?? "";

  /** Runs a function, and watches which modules it calls. */
  during<T>(run: () => T): T {
    this.stack.length = 0;
    const hooks = [
      registerModuleForwardPreHook((module) => {
        if (!this.names.has(module)) this.learn(module, this.path() === "" ? "" : this.path());
        this.stack.push(this.names.get(module) ?? this.path());
      }),
      registerModuleForwardHook(
        () => {
          this.stack.pop();
        },
        { alwaysCall: true },
      ),
    ];
    try {
      return run();
    } finally {
      for (const hook of hooks) hook.remove();
    }
  }
}
