// What stands in a pickle for values that it has no opcode for: calls, names, things outside it.

import { GlobalValue } from "../values.ts";

/** How a value that a pickle has no opcode for is made: `callable(*args)`, to which `state` is then given. */
export class Call {
  readonly callable: GlobalValue;
  readonly args: readonly unknown[];
  readonly state: unknown;

  constructor(callable: GlobalValue, args: readonly unknown[], state?: unknown) {
    this.callable = callable;
    this.args = args;
    this.state = state;
  }
}

/** A class or function that this program itself names, and knows to be loaded. */
export class OwnGlobal extends GlobalValue {
  /** @param path `module.name` */
  constructor(path: string) {
    const dot = path.lastIndexOf(".");
    super(path.slice(0, dot), path.slice(dot + 1));
  }
}

/** Text that is an object of its own: it is not taken for the same text elsewhere, which Python keeps apart too. */
export class OwnText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Something outside the pickle, by its id. */
export class Persistent {
  /** The items of the tuple that is the id. */
  readonly id: readonly unknown[];

  constructor(id: readonly unknown[]) {
    this.id = id;
  }
}

/** What stands for a library's value in a pickle. */
export type Reduced = Call | Persistent | GlobalValue;
