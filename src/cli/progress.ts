// A bar on standard error for work that takes a while, where somebody sees it.

const width = 30;
/** Milliseconds between two drawings. */
const pause = 100;

/** True iff a bar is to be drawn: on a terminal, unless what is printed is for programs; or where it is asked for. */
export function wantsProgress(values: {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly progress?: boolean;
}): boolean {
  if (values.json === true || values.quiet === true) return false;
  return values.progress === true || process.stderr.isTTY === true;
}

/** Draws how far work has come. Nothing is drawn where `isShown` is false. */
export class Progress {
  private readonly isShown: boolean;
  private readonly label: string;
  private last = 0;
  private isDrawn = false;

  constructor(label: string, isShown: boolean) {
    this.label = label;
    this.isShown = isShown;
  }

  /** Draws, if it has not just been drawn. */
  readonly update = (done: number, total: number): void => {
    const now = performance.now();
    if (!this.isShown || (this.isDrawn && now - this.last < pause)) return;
    this.last = now;
    this.isDrawn = true;
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const full = Math.round(share * width);
    const bar = "#".repeat(full) + "-".repeat(width - full);
    process.stderr.write(`\r${this.label} [${bar}] ${Math.floor(100 * share)}%`);
  };

  /** Takes the bar away. */
  finish(): void {
    if (this.isDrawn) process.stderr.write("\r\x1b[K");
    this.isDrawn = false;
  }
}
