// Numbers of chance from a seed, the same on every machine.

/** Chance for one change of one file. */
export class Chance {
  private state: number;

  /** @param seed of the whole run; `index` of the change in it */
  constructor(seed: number, index: number) {
    this.state = (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
  }

  /** A whole number from 0, less than `limit`. */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  /** One of the items. */
  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** Beginning and end of a part, not empty and rarely long, of so many bytes. */
  part(length: number): [start: number, end: number] {
    const start = this.below(length);
    const most = Math.min(length - start, this.below(4) === 0 ? length : 16);
    return [start, start + 1 + this.below(most)];
  }
}
