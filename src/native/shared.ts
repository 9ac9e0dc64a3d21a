// The one environment of ONNX Runtime in a process, for all who use it: the native device and compiled programs. It ends when
// the last of them lets go of it.

import { RuntimeError } from "../core/errors.ts";
import { Runtime } from "./runtime.ts";

/** What a user of the environment holds. */
export interface RuntimeHold {
  readonly runtime: Runtime;
  /** Lets go of it, once. What was made of it must have been released. */
  release(): void;
}

let current: { readonly runtime: Runtime; readonly library: string | undefined; users: number } | undefined;

/**
 * The environment, opened where there is none.
 * @param threads how many threads work is divided among; undefined: as many as it has, else what `otherwise` says
 * @throws RuntimeError when it is open with another number of threads or another library, or cannot be opened
 */
export function holdRuntime(
  threads: number | undefined,
  otherwise: () => number,
  library?: string,
): RuntimeHold {
  current ??= { runtime: new Runtime(threads ?? otherwise(), library), library, users: 0 };
  const here = current;
  if (threads !== undefined && threads !== here.runtime.threads) {
    throw new RuntimeError(
      `ONNX Runtime works with ${here.runtime.threads} threads in this process already, and cannot with ${threads}: it has one ` +
        "pool of threads, made when it is first used (releaseNative(), and release() of what is compiled, end it)",
    );
  }
  if (library !== undefined && library !== here.library && library !== here.runtime.path) {
    throw new RuntimeError(`ONNX Runtime is open from ${here.runtime.path}, and not from ${library}`);
  }
  here.users++;
  let isHeld = true;
  return {
    runtime: here.runtime,
    release: () => {
      if (!isHeld) return;
      isHeld = false;
      if (--here.users > 0) return;
      here.runtime.release();
      if (current === here) current = undefined;
    },
  };
}
