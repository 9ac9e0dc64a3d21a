// What is told while something is compiled, and to whom.

import type { Module } from "../torch/nn/module.ts";

/**
 * What is being done: the module runs without values and is written down; what it did becomes a graph; the engine rewrites the
 * graph, which takes longest and lets nothing else run on devices that answer at once; all is ready.
 */
export type CompileStage = "tracing" | "building" | "optimizing" | "ready";

/** How far a compilation is. */
export interface CompileProgress {
  readonly stage: CompileStage;
  /** What is compiled: the name of the module's class, or of the function. */
  readonly name: string;
  /** Milliseconds since it began. */
  readonly milliseconds: number;
  /** Nodes of the graph, and bytes of weights in it, once it is built. */
  readonly nodes?: number;
  readonly bytes?: number;
}

/** Who is told. */
export interface ProgressOptions {
  /** Called before each stage, and when all is ready. */
  readonly onProgress?: (progress: CompileProgress) => void;
  /**
   * In Node: whether a line on standard error tells what is being done, and is taken away afterwards. Default: where that is a
   * terminal, for what takes long.
   */
  readonly progress?: boolean;
}

/** Somebody who is told: also when it has ended without being ready. */
export interface Listener {
  tell(progress: CompileProgress): void;
  end(): void;
}

let makeLine: ((isAsked: boolean | undefined) => Listener | undefined) | undefined;

/** Says how a line is drawn, where there is a place for it. */
export function provideLine(make: (isAsked: boolean | undefined) => Listener | undefined): void {
  makeLine = make;
}

/** One program's compilations. */
export class Watch {
  private readonly name: string;
  private readonly listeners: readonly Listener[];
  private began = 0;

  constructor(name: string, { onProgress, progress }: ProgressOptions) {
    this.name = name;
    const line = progress === false ? undefined : makeLine?.(progress);
    const own = onProgress && { tell: onProgress, end: () => {} };
    this.listeners = [line, own].filter((each) => each !== undefined);
  }

  /** Watches the making of something: it is ready when that has ended well. */
  during<T>(make: () => T | Promise<T>): T | Promise<T> {
    this.began = performance.now();
    let isPending = false;
    try {
      const made = make();
      isPending = made instanceof Promise;
      if (made instanceof Promise) return made.then((each) => this.ready(each)).finally(() => this.end());
      return this.ready(made);
    } finally {
      if (!isPending) this.end();
    }
  }

  private ready<T>(made: T): T {
    this.tell("ready");
    return made;
  }

  private end(): void {
    for (const listener of this.listeners) listener.end();
  }

  /** Tells of a stage that begins. */
  tell(stage: CompileStage, more: Pick<CompileProgress, "nodes" | "bytes"> = {}): void {
    if (this.listeners.length === 0) return;
    const milliseconds = performance.now() - this.began;
    for (const listener of this.listeners) listener.tell({ stage, name: this.name, milliseconds, ...more });
  }
}

/** What a module goes by. */
export const moduleName = (module: Module): string => module.constructor.name || "module";
