// What a compiled program holds of its engine is given back when it is asked to, else when nobody can reach the program any more.

import { RuntimeError } from "../core/errors.ts";
import type { Engine } from "./engines/engine.ts";

const registry: FinalizationRegistry<Held> = new FinalizationRegistry((held) => held.release());

/** What a compiled program holds. */
export class Held {
  private readonly engine: Engine;
  private readonly releaseGraphs: () => void;
  private isReleased = false;

  /** @param releaseGraphs must not refer to the program, nor to a function of the user's, or nothing is ever collected */
  constructor(engine: Engine, releaseGraphs: () => void) {
    this.engine = engine;
    this.releaseGraphs = releaseGraphs;
  }

  /** Gives it back when that program is collected. */
  watch<Program extends object>(program: Program): Program {
    registry.register(program, this, this);
    return program;
  }

  /** @throws RuntimeError when it was given back */
  check(): void {
    if (this.isReleased) throw new RuntimeError("the compiled program was released: compile it again");
  }

  /** Gives it back, once. */
  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    registry.unregister(this);
    this.releaseGraphs();
    this.engine.release();
  }
}
