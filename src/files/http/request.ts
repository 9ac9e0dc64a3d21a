// Requests for parts of a file at an address (RFC 9110, section 14, range requests): what the server answers is held
// against what was asked for, and everything else is one clear error with the address.

import { FormatError } from "../../core/errors.ts";
import type { Part } from "../reader.ts";
import { type ContentRange, type FoundPart, multipartOf, parseRange, rangeText } from "./ranges.ts";

/** How a file is fetched from an address. */
export interface UrlOptions {
  /** Sent with each request: `{ authorization: "Bearer ..." }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends everything that is under way when it is aborted; its reason is then thrown. */
  readonly signal?: AbortSignal;
  /** What is called in place of the platform's `fetch`. */
  readonly fetch?: (address: string, init: RequestInit) => Promise<Response>;
  /** Bytes that are fetched at least, where headers are read; 65,536 unless given. */
  readonly blockSize?: number;
  /** Milliseconds to wait for an answer, and for each piece of it; 60,000 unless given. */
  readonly timeout?: number;
  /** Bytes that are kept in memory of a file whose server gives no parts of it; 1 GiB unless given. */
  readonly maxBytes?: number;
}

const defaultTimeout = 60_000;
export const defaultMaxBytes: number = 2 ** 30;

/** The address as messages show it: without what may be secret in it. */
export function shownAddress(url: URL): string {
  return url.protocol.startsWith("http") ? url.origin + url.pathname : url.href.slice(0, 80);
}

/** What tells one version of a file from another. */
interface Version {
  readonly length: number;
  readonly etag: string | null;
  readonly modified: string | null;
}

/** What the first request gave: the file's length and its first bytes, or its whole body where the server has no ranges. */
export type First =
  | { readonly length: number; readonly head: Uint8Array<ArrayBuffer> }
  | { readonly body: Body; readonly declared: number | undefined };

/** A file at an address. */
export class RemoteFile {
  readonly name: string;
  private readonly url: URL;
  private readonly options: UrlOptions;
  private version: Version | undefined = undefined;
  /** False once the server has shown that it gives one range at a time. In a page, several are asked of its own server alone. */
  private givesSeveral: boolean;

  constructor(url: URL, options: UrlOptions) {
    this.url = url;
    this.options = options;
    this.name = shownAddress(url);
    if (url.username !== "" || url.password !== "") {
      throw this.error('the address holds a user and password: give headers, { authorization: "..." }');
    }
    this.givesSeveral = typeof location === "undefined" || location.origin === url.origin;
  }

  /** An error that says the address. */
  error(reason: string, offset?: number): FormatError {
    return new FormatError(reason, { file: this.name, offset });
  }

  /**
   * Asks for the first bytes, and with them for the length.
   * @throws FormatError when there is no such file, or the answer makes no sense
   */
  async first(count: number): Promise<First> {
    const body = await this.ask("GET", `bytes=0-${count - 1}`);
    const { status, headers } = body.response;
    if (status === 416 && /^bytes \*\/0$/.test(headers.get("content-range") ?? "")) {
      await body.cancel();
      return { length: 0, head: new Uint8Array(0) };
    }
    if (status === 200) return { body, declared: declaredLength(headers) };
    await this.expectStatus(body, 206);
    const range = rangeOf(headers);
    const length = range === undefined ? await this.lengthByHead() : range.total;
    if (length === undefined) throw await this.mismatch(body, "the server does not say how long the file is");
    const end = Math.min(count, length);
    if (range !== undefined && (range.start !== 0 || range.end !== end)) {
      throw await this.mismatch(body, `bytes 0 to ${end} were asked for, and ${rangeText(range)} came`);
    }
    this.version = { length, etag: headers.get("etag"), modified: headers.get("last-modified") };
    const head = new Uint8Array(end);
    await body.fill(head);
    await body.finish();
    return { length, head };
  }

  /** The length by a second request: pages may not see Content-Range of another site that does not allow it. */
  private async lengthByHead(): Promise<number | undefined> {
    const body = await this.ask("HEAD", undefined);
    await body.cancel();
    return body.response.ok ? declaredLength(body.response.headers) : undefined;
  }

  /**
   * Asks for one part. Its body is to be read or cancelled.
   * @throws FormatError when another part comes, or one of another version of the file
   */
  async part(start: number, end: number): Promise<Body> {
    const body = await this.ask("GET", `bytes=${start}-${end - 1}`);
    await this.expectStatus(body, 206);
    await this.expectVersion(body);
    const range = rangeOf(body.response.headers);
    if (range !== undefined && (range.start !== start || range.end !== end)) {
      const came = `bytes ${start} to ${end} were asked for, and ${rangeText(range)} came`;
      throw await this.mismatch(body, came, start);
    }
    body.start = start;
    return body;
  }

  /**
   * Asks for several parts at once, in order and apart from each other.
   * @returns undefined where the server does not give several; it is not asked so again
   */
  async several(parts: readonly Part[]): Promise<FoundPart[] | undefined> {
    if (!this.givesSeveral) return undefined;
    let body: Body;
    try {
      body = await this.ask("GET", `bytes=${parts.map(([start, end]) => `${start}-${end - 1}`).join(", ")}`);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.givesSeveral = false;
      return undefined;
    }
    const type = body.response.headers.get("content-type") ?? "";
    if (body.response.status !== 206 || !/^multipart\/byteranges/i.test(type)) {
      await body.cancel();
      this.givesSeveral = false;
      return undefined;
    }
    await this.expectVersion(body);
    const most = parts.reduce((sum, [start, end]) => sum + end - start + 1024, 1024);
    const bytes = await body.whole(most);
    const found = multipartOf(bytes, type, this.version?.length);
    if (found instanceof FormatError) throw this.error(found.reason);
    return found;
  }

  private async expectStatus(body: Body, expected: number): Promise<void> {
    const { status, statusText, headers } = body.response;
    if (status === expected) {
      const encoding = headers.get("content-encoding") ?? "identity";
      if (encoding === "identity" || encoding === "") return;
      throw await this.mismatch(
        body,
        `the server packs parts of the file (Content-Encoding: ${encoding.slice(0, 40)}), which cannot be unpacked one by one`,
      );
    }
    const answer = `the server answers ${status}${statusText === "" ? "" : ` ${statusText.slice(0, 60)}`}`;
    throw await this.mismatch(body, `${answer}${meaningOf(status, this.version !== undefined)}`);
  }

  private async expectVersion({ response }: Body): Promise<void> {
    if (this.version === undefined) return;
    const { length, etag, modified } = this.version;
    const { headers } = response;
    const total = rangeOf(headers)?.total;
    const differs = (before: string | null, now: string | null): boolean =>
      before !== null && now !== null && before !== now;
    const isOther =
      (total !== undefined && total !== length) ||
      differs(etag, headers.get("etag")) ||
      (etag === null && differs(modified, headers.get("last-modified")));
    if (!isOther) return;
    await response.body?.cancel().catch(() => undefined);
    throw this.error("the file was changed on the server while it was read: open it again");
  }

  private async mismatch(body: Body, reason: string, offset?: number): Promise<FormatError> {
    await body.cancel();
    return this.error(reason, offset);
  }

  private async ask(method: "GET" | "HEAD", range: string | undefined): Promise<Body> {
    const { headers = {}, signal, timeout = defaultTimeout } = this.options;
    const fetched = this.options.fetch ?? ((address, init) => fetch(address, init));
    signal?.throwIfAborted();
    const exchange = new Exchange(this, timeout, signal);
    const asked = range === undefined ? {} : { range, "accept-encoding": "identity" };
    const response = await exchange.inTime(
      fetched(this.url.href, { method, headers: { ...headers, ...asked }, signal: exchange.signal }),
      "the server cannot be reached",
    );
    return new Body(response, exchange);
  }
}

/** One request under way: a limit on each wait for it, and the caller's own signal. */
class Exchange {
  private readonly remote: RemoteFile;
  private readonly timeout: number;
  private readonly outer: AbortSignal | undefined;
  private readonly controller: AbortController = new AbortController();
  private readonly stop = (): void => this.controller.abort(this.outer?.reason);

  constructor(remote: RemoteFile, timeout: number, outer: AbortSignal | undefined) {
    this.remote = remote;
    this.timeout = timeout;
    this.outer = outer;
    outer?.addEventListener("abort", this.stop);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  error(reason: string, offset?: number): FormatError {
    return this.remote.error(reason, offset);
  }

  /** Waits for a step of it. */
  async inTime<T>(step: Promise<T>, failure: string): Promise<T> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.controller.abort();
    }, this.timeout);
    try {
      return await step;
    } catch (error) {
      this.end();
      this.outer?.throwIfAborted();
      if (isLate) throw this.error(`the server gave nothing for ${this.timeout / 1000} s`);
      throw this.error(`${failure}: ${causeOf(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Nothing more is waited for. */
  end(): void {
    this.outer?.removeEventListener("abort", this.stop);
  }

  /** Lets go of the connection. */
  abort(): void {
    this.end();
    this.controller.abort();
  }
}

/** What went wrong, as the platform tells it: Node hides the reason in `cause`. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
  const message = cause instanceof Error && cause.message !== "" ? cause.message : code || String(cause);
  return message.replace(/\s+/g, " ").slice(0, 200);
}

/** The body of an answer, read piece by piece. */
export class Body {
  readonly response: Response;
  /** Where in the file it begins, for messages. */
  start = 0;
  private readonly exchange: Exchange;
  private readonly reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** What came and was not asked for yet. */
  private rest: Uint8Array = new Uint8Array(0);
  private taken = 0;

  constructor(response: Response, exchange: Exchange) {
    this.response = response;
    this.exchange = exchange;
    this.reader = response.body?.getReader();
  }

  /** The next piece; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.rest.byteLength > 0) {
      const piece = this.rest;
      this.rest = new Uint8Array(0);
      return piece;
    }
    if (this.reader === undefined) return undefined;
    const failure = `the connection broke off after ${this.taken} bytes`;
    const { done, value } = await this.exchange.inTime(this.reader.read(), failure);
    this.taken += value?.byteLength ?? 0;
    if (done) this.exchange.end();
    return done ? undefined : value;
  }

  /** Fills `target` with what comes next. @throws FormatError when less comes */
  async fill(target: Uint8Array): Promise<void> {
    await this.take(target.byteLength, (piece, at) => target.set(piece, at));
  }

  /** Passes over bytes. */
  async skip(count: number): Promise<void> {
    await this.take(count, () => {});
  }

  private async take(count: number, put: (piece: Uint8Array, at: number) => void): Promise<void> {
    for (let filled = 0; filled < count; ) {
      const piece = await this.next();
      if (piece === undefined) {
        throw this.exchange.error(
          `the server gave ${this.taken} bytes of the part that was asked for, and it has more`,
          this.start + this.taken,
        );
      }
      const used = piece.subarray(0, count - filled);
      put(used, filled);
      filled += used.byteLength;
      this.rest = piece.subarray(used.byteLength);
    }
  }

  /** Checks that nothing more comes. @throws FormatError otherwise */
  async finish(): Promise<void> {
    for (;;) {
      const piece = await this.next();
      if (piece === undefined) return;
      if (piece.byteLength === 0) continue;
      await this.cancel();
      throw this.exchange.error("the server gave more bytes than were asked for", this.start);
    }
  }

  /**
   * All of it.
   * @param most bytes that are taken
   * @throws FormatError when there are more
   */
  async whole(most: number, declared?: number, hint = ""): Promise<Uint8Array> {
    const tooLong = (count: string): FormatError =>
      this.exchange.error(`the server gives ${count} bytes, more than the ${most} allowed${hint}`);
    if (declared !== undefined && declared > most) {
      await this.cancel();
      throw tooLong(String(declared));
    }
    const result = await collect(() => this.next(), most, declared);
    if (result !== undefined) return result;
    await this.cancel();
    throw tooLong(`at least ${most + 1}`);
  }

  /** Lets go of what has not come yet. */
  async cancel(): Promise<void> {
    this.exchange.abort();
    await this.reader?.cancel().catch(() => undefined);
  }
}

/** All pieces in one; undefined when they are longer than `most`. Memory grows with what comes. */
export async function collect(
  next: () => Promise<Uint8Array | undefined>,
  most: number,
  declared?: number,
): Promise<Uint8Array | undefined> {
  // What is declared is believed when a first part of it has come.
  let bytes = new Uint8Array(Math.min(declared ?? 2 ** 16, most, 2 ** 22));
  let length = 0;
  for (;;) {
    const piece = await next();
    if (piece === undefined) return length === bytes.byteLength ? bytes : bytes.slice(0, length);
    const needed = length + piece.byteLength;
    if (needed > most) return undefined;
    if (needed > bytes.byteLength) {
      const wider = new Uint8Array(Math.min(most, Math.max(needed, declared ?? 2 * bytes.byteLength)));
      wider.set(bytes.subarray(0, length));
      bytes = wider;
    }
    bytes.set(piece, length);
    length = needed;
  }
}

/** Content-Length, where the body is as long: it is not where it was packed. */
function declaredLength(headers: Headers): number | undefined {
  const text = headers.get("content-length") ?? "";
  const isPlain = (headers.get("content-encoding") ?? "identity") === "identity";
  return isPlain && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function rangeOf(headers: Headers): ContentRange | undefined {
  return parseRange(headers.get("content-range") ?? "");
}

/** What an answer that is none means, and what to do. */
function meaningOf(status: number, isOpen: boolean): string {
  if (status === 200 && isOpen) return " for a part: it gave parts before and no longer does";
  if (status === 401 || status === 403) return ": it may not be read, or not without headers (authorization)";
  if (status === 404 || status === 410) return ": there is no such file";
  if (status === 416) return ": the file has become shorter";
  if (status === 429) return ": too many requests; try later";
  return status >= 500 ? ": try later" : "";
}
