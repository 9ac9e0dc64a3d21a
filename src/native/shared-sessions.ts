// Sessions that several programs have together: of graphs that are the same, whose weights are inputs.

import { encode, type ModelProto } from "../onnx/index.ts";
import type { Runtime } from "./runtime.ts";
import { digest, SavedSessions } from "./saved/node.ts";
import type { Session } from "./session.ts";
import type { SavedOptions, SessionOptions } from "./session-options.ts";

/** A session, and how it is let go of. */
export interface SessionHold {
  readonly session: Session;
  /** Lets go of it, once: it is released when nobody holds it. */
  release(): void;
}

/** So many bytes of constants are copied and compared. A graph with more has its weights in it, and a session of its own. */
const mostBytes = 1 << 16;

/** The sessions of an environment that may be shared. */
export class SharedSessions {
  private readonly runtime: Runtime;
  private readonly known: Map<string, { readonly session: Session; users: number }> = new Map();

  private constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  private static readonly all: WeakMap<Runtime, SharedSessions> = new WeakMap();

  /** Those of an environment. */
  static of(runtime: Runtime): SharedSessions {
    let found = SharedSessions.all.get(runtime);
    if (found === undefined) {
      found = new SharedSessions(runtime);
      SharedSessions.all.set(runtime, found);
    }
    return found;
  }

  /**
   * A session of a graph: one that there is, where it is of the same graph and options.
   * @param saved where graphs are kept on disk
   * @throws RuntimeError in the library's words when it does not take the graph
   */
  hold(model: ModelProto, options: SessionOptions, saved?: SavedOptions): SessionHold {
    const bytes = encode("ModelProto", model);
    const { initializers = [], ...rest } = options;
    const size = initializers.reduce((sum, { data }) => sum + data.byteLength, 0);
    if (size > mostBytes) {
      const session =
        saved === undefined
          ? this.runtime.session(bytes, options)
          : new SavedSessions(this.runtime, saved).session(bytes, options);
      return { session, release: () => session.release() };
    }
    const about = initializers.map(({ name, dtype, shape }) => [name, dtype.name, shape]);
    const key = digest([JSON.stringify([rest, about]), bytes, ...initializers.map(({ data }) => data)]);
    let entry = this.known.get(key);
    if (entry === undefined) {
      // Whoever asks first may write to its constants, or go, before the others do.
      const own = initializers.map((each) => ({ ...each, data: each.data.slice() }));
      entry = { session: this.runtime.session(bytes, { ...rest, initializers: own }), users: 0 };
      this.known.set(key, entry);
    }
    return this.user(key, entry);
  }

  private user(key: string, entry: { readonly session: Session; users: number }): SessionHold {
    entry.users++;
    let isHeld = true;
    return {
      session: entry.session,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        if (--entry.users > 0) return;
        this.known.delete(key);
        entry.session.release();
      },
    };
  }
}
