// A stretch of a file that is read from one request, in order: what lies between two reads is passed over.

import type { Body, RemoteFile } from "./request.ts";

/** Bytes between two parts that are fetched along rather than left out. */
export const largestGap: number = 2 ** 16;
/** Bytes that are passed over when they have been asked for, rather than asked for anew behind them. */
const largestSkip = 2 ** 20;

/** A stretch of a file, asked for when its first byte is wanted. Reads are served one after another. */
export class Run {
  readonly start: number;
  readonly end: number;
  private readonly remote: RemoteFile;
  private body: Body | undefined = undefined;
  /** Where the request under way stands. */
  private cursor: number;
  private last: Promise<void> = Promise.resolve();
  private isOver = false;

  constructor(remote: RemoteFile, start: number, end: number) {
    this.remote = remote;
    this.start = start;
    this.end = end;
    this.cursor = start;
  }

  /** True iff a read of these bytes goes on from where the run stands. */
  serves(start: number, end: number): boolean {
    return !this.isOver && start >= this.cursor && start < this.end && end <= this.end;
  }

  /** Fills `target` with the bytes from `start` on. @throws FormatError as `RemoteFile` does */
  read(start: number, target: Uint8Array): Promise<void> {
    const turn = this.last.then(() => this.fill(start, target));
    // A read that failed is the caller's to know of; the next one asks anew.
    this.last = turn.catch(() => this.close());
    return turn;
  }

  private async fill(start: number, target: Uint8Array): Promise<void> {
    if (this.body === undefined || start < this.cursor || start - this.cursor > largestSkip) {
      await this.close();
      this.body = await this.remote.part(start, this.end);
      this.cursor = start;
    }
    const { body } = this;
    await body.skip(start - this.cursor);
    await body.fill(target);
    this.cursor = start + target.byteLength;
    if (this.cursor < this.end) return;
    await body.finish();
    this.body = undefined;
  }

  private async close(): Promise<void> {
    const { body } = this;
    this.body = undefined;
    await body?.cancel();
  }

  /** Ends the run: what has not come is let go of. */
  async drop(): Promise<void> {
    this.isOver = true;
    await this.last;
    await this.close();
  }
}
