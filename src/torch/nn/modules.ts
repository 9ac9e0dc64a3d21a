// torch.nn.modules: the namespace of what stands in files of that package.

export * as module from "./global-hooks.ts";
