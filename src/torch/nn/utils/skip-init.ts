// torch.nn.utils.skip_init.

import { RuntimeError } from "../../../core/errors.ts";
import { defaultGenerator } from "../../../random/index.ts";
import { Module } from "../module.ts";
import { withoutDrawing } from "../skipping.ts";

/**
 * A module without initial values: nothing is drawn, and what its parameters hold means nothing
 * (torch.nn.utils.skip_init).
 * @param Class the module's class @param args what its constructor takes
 */
export function skipInit<Args extends readonly unknown[], M extends Module>(
  Class: new (...args: Args) => M,
  ...args: Args
): M {
  if (Class.prototype !== Module.prototype && !(Class.prototype instanceof Module))
    throw new RuntimeError(`Expected a Module; got ${String(Class)}`);
  const goBack = defaultGenerator().keep();
  try {
    return withoutDrawing(() => new Class(...args));
  } finally {
    goBack();
  }
}
