// A line on standard error for compilations that take long, in Node.

import { countText, sizeText } from "../core/words.ts";
import type { CompileProgress, CompileStage, Listener } from "./progress.ts";

/** From so many milliseconds on somebody wants to know. */
const long = 400;
/** What the engine takes for a megabyte of weights (measured: ResNet-18 20 ms, BERT-base 12), and for a node. */
const perByte = 12e-6;
const perNode = 0.1;

const doing: Readonly<Record<CompileStage, (progress: CompileProgress) => string>> = {
  tracing: () => "tracing its operations",
  building: () => "building its graph",
  optimizing: ({ nodes = 0, bytes = 0 }) =>
    `ONNX Runtime optimizes ${countText(nodes, "node")}${bytes === 0 ? "" : ` and ${sizeText(bytes)} of weights`}`,
  ready: ({ milliseconds }) => `ready after ${(milliseconds / 1000).toFixed(1)} s`,
};

/** What is written to: standard error. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A line that is drawn over itself; where there is no terminal, a line for each stage. */
class Line implements Listener {
  private readonly terminal: Terminal;
  private readonly isAsked: boolean;
  private isDrawn = false;

  constructor(terminal: Terminal, isAsked: boolean) {
    this.terminal = terminal;
    this.isAsked = isAsked;
  }

  tell(progress: CompileProgress): void {
    const { stage, name, milliseconds, nodes = 0, bytes = 0 } = progress;
    const expected = milliseconds + nodes * perNode + bytes * perByte;
    if (!this.isAsked && expected < long) return;
    const { isTTY, columns = 80 } = this.terminal;
    const text = `compiling ${name}: ${doing[stage](progress)}`;
    if (isTTY !== true) this.terminal.write(`${text}\n`);
    else if (stage !== "ready") {
      this.terminal.write(`\r\x1b[K${text.slice(0, columns - 1)}`);
      this.isDrawn = true;
    }
  }

  end(): void {
    if (this.isDrawn) this.terminal.write("\r\x1b[K");
    this.isDrawn = false;
  }
}

/**
 * A line on standard error.
 * @param isAsked whether it is wanted; undefined: where there is a terminal, for what takes long
 */
export function progressLine(
  isAsked: boolean | undefined,
  terminal: Terminal = process.stderr,
): Listener | undefined {
  if (isAsked !== true && terminal.isTTY !== true) return undefined;
  return new Line(terminal, isAsked === true);
}
