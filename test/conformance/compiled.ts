// Cases as compiled programs: the call of a case and its gradients are one graph of ONNX Runtime, in which all tensors that
// the case is given are read when it runs.

import type { Engine } from "../../src/compile/engines/engine.ts";
import { nativeEngine } from "../../src/compile/engines/native.ts";
import { compileStep } from "../../src/compile/index.ts";
import { Replay } from "../../src/compile/replay.ts";
import type { Operand } from "../../src/core/elements.ts";
import { type CaseEngine, NotCompiled } from "./engine.ts";

/** Why a program cannot be compiled, by the error's words: the kind of reason, and what it is about. */
const reasons: readonly (readonly [words: RegExp, kind: string, group: string])[] = [
  [/^(".+?") of .* has no form in ONNX/, "not lowered", "$1"],
  [/^ONNX Runtime: .*Could not find an implementation for (\w+)/, "not lowered", "no kernel for $1"],
  [/^ONNX has no element type (.*)/, "not lowered", "the element type $1"],
  [/^a value of a compiled program was looked at/, "depends on values", "looks at a value"],
  [/^memory of (?:\w+) was read as (?:\w+)/, "not lowered", "views of another element type"],
];

/** The error in the place of one that says why a program cannot be compiled; the same one where it says something else. */
function reasonOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  for (const [words, kind, group] of reasons) {
    const found = words.exec(error.message);
    if (found !== null) return new NotCompiled(kind, group.replace("$1", found[1] ?? ""), error.message);
  }
  return error;
}

/** Runs cases as compiled programs. */
export function compiledCases(): CaseEngine {
  const native = nativeEngine();
  let graphs = 0;
  const engine: Engine = {
    name: native.name,
    takesConstants: native.takesConstants,
    ready: (graph) => {
      graphs++;
      return native.ready(graph);
    },
    release: () => native.release(),
  };
  return {
    graphs: () => graphs,
    run: (work, given) => {
      const roots = new Set(given.map(({ storage }) => storage));
      const isRoot = ({ storage }: Operand): boolean => roots.has(storage);
      const replay = new Replay(work, engine, { keepGradients: true, isEager: true, isRoot });
      try {
        // The native engine answers at once.
        return replay.call() as ReturnType<typeof work>;
      } catch (error) {
        throw reasonOf(error);
      } finally {
        replay.release();
      }
    },
    step: (step) => {
      const compiled = compileStep(step, { keepGradients: true });
      return (...args) => {
        graphs++;
        try {
          return compiled(...args);
        } catch (error) {
          throw reasonOf(error);
        }
      };
    },
  };
}
