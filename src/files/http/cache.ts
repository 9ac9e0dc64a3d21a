// Pieces of a file that were fetched, kept while there is room: the headers of many tensors are few requests.

/** A piece that was asked for. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly bytes: Promise<Uint8Array>;
}

/** Pieces of one file, the oldest forgotten first. The first piece of the file stays. */
export class Pieces {
  private kept: Piece[] = [];
  private total = 0;
  private readonly most: number;

  /** @param most bytes that are kept */
  constructor(most: number) {
    this.most = most;
  }

  /** The bytes from `start` up to `end`, where one piece has them all. They may still be on their way. */
  find(start: number, end: number): Promise<Uint8Array> | undefined {
    for (let index = this.kept.length - 1; index >= 0; index--) {
      const piece = this.kept[index]!;
      if (piece.start <= start && end <= piece.end) {
        return piece.bytes.then((bytes) => bytes.subarray(start - piece.start, end - piece.start));
      }
    }
    return undefined;
  }

  /** Keeps a piece. One that does not come is forgotten. */
  add(start: number, end: number, bytes: Promise<Uint8Array>): void {
    const piece: Piece = { start, end, bytes };
    this.kept.push(piece);
    this.total += end - start;
    while (this.total > this.most && this.kept.length > 2) this.remove(this.kept[1]!);
    bytes.catch(() => this.remove(piece));
  }

  private remove(piece: Piece): void {
    const index = this.kept.indexOf(piece);
    if (index < 0) return;
    this.kept.splice(index, 1);
    this.total -= piece.end - piece.start;
  }
}
