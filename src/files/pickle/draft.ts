// What a pickle makes before it is a value: objects that BUILD completes, and values that have to be waited for.

import type { Value } from "../values.ts";

/** An object that a pickle makes in two steps, of which the second is BUILD: what `build` gives takes its place. */
export abstract class Draft {
  /** True iff it is a value already before BUILD. */
  abstract readonly finished: boolean;
  /** The value, given what BUILD hands over. */
  abstract build(state: Value): Value | Later;
}

/** A value that has to be waited for: what stands in the file behind the pickle's place, or in a file beside it. */
export class Later {
  readonly make: () => Promise<Value>;

  constructor(make: () => Promise<Value>) {
    this.make = make;
  }
}
