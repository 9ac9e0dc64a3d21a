// What `forward` takes when all of it may be given by position or by name.

import type { Signature } from "../core/arguments.ts";

type Spread<List extends readonly unknown[]> = List extends unknown ? [...List] : never;

/** `Signature` as the parameters of a module's `forward`, from which those of its `call` are found. */
export type CallArguments<Positions extends readonly unknown[], Options> = Spread<
  Signature<Positions, Options>
>;
