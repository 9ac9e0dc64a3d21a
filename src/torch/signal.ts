// torch.signal as a namespace.

export * as windows from "./signal-windows.ts";
