// A server of files on this machine that counts what it is asked for, and can be told to answer wrongly.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a server answers. */
export interface Habits {
  /** `several`: any number of ranges in one request; `one`: one; `none`: the whole file always. */
  readonly ranges?: "several" | "one" | "none";
  /** Answers a request in its own way. @returns false where the usual answer is to be given */
  readonly answer?: (request: IncomingMessage, response: ServerResponse, count: number) => boolean;
  readonly headers?: () => Readonly<Record<string, string>>;
}

/** A server that is up. */
export interface FileServer {
  readonly address: string;
  /** What was asked for, in order: "GET /a.npz bytes=0-99". */
  readonly asked: string[];
  /** Bytes of bodies that were sent. */
  sent(): number;
  close(): Promise<void>;
}

type Range = readonly [start: number, end: number];

function rangesOf(text: string | undefined, length: number): Range[] | undefined {
  if (text === undefined) return undefined;
  return text
    .replace(/^bytes=/, "")
    .split(",")
    .map((part): Range => {
      const [first, last] = part.trim().split("-");
      return [Number(first), Math.min(length, Number(last) + 1)];
    });
}

function several(bytes: Uint8Array, ranges: readonly Range[], response: ServerResponse): Uint8Array {
  response.setHeader("content-type", "multipart/byteranges; boundary=between");
  return Buffer.concat([
    ...ranges.flatMap(([start, end]) => [
      Buffer.from(
        `\r\n--between\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${start}-${end - 1}/${bytes.byteLength}\r\n\r\n`,
      ),
      bytes.subarray(start, end),
    ]),
    Buffer.from("\r\n--between--\r\n"),
  ]);
}

function bodyFor(
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
  ranges: Habits["ranges"],
): Uint8Array {
  const wanted = ranges === "none" ? undefined : rangesOf(request.headers.range, bytes.byteLength);
  if (wanted === undefined || (wanted.length > 1 && ranges === "one")) return bytes;
  const [[start, end]] = wanted as [Range];
  if (start >= bytes.byteLength) {
    response.statusCode = 416;
    response.setHeader("content-range", `bytes */${bytes.byteLength}`);
    return new Uint8Array(0);
  }
  response.statusCode = 206;
  if (wanted.length > 1) return several(bytes, wanted, response);
  response.setHeader("content-range", `bytes ${start}-${end - 1}/${bytes.byteLength}`);
  return bytes.subarray(start, end);
}

/** Answers with a file, or the parts of it that are asked for. @returns bytes of the body */
export function give(
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
  ranges: Habits["ranges"] = "several",
): number {
  const body = bodyFor(bytes, request, response, ranges);
  response.setHeader("content-length", body.byteLength);
  const isHead = request.method === "HEAD";
  response.end(isHead ? undefined : body);
  return isHead ? 0 : body.byteLength;
}

/** Serves files by their names. */
export async function serve(
  files: ReadonlyMap<string, Uint8Array>,
  habits: Habits = {},
): Promise<FileServer> {
  const asked: string[] = [];
  let sent = 0;
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname.slice(1));
    asked.push(`${request.method} /${path} ${request.headers.range ?? ""}`.trimEnd());
    for (const [name, value] of Object.entries(habits.headers?.() ?? {})) response.setHeader(name, value);
    if (habits.answer?.(request, response, asked.length) === true) return;
    const bytes = files.get(path);
    if (bytes === undefined) {
      response.statusCode = 404;
      response.end();
      return;
    }
    sent += give(bytes, request, response, habits.ranges);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    asked,
    sent: () => sent,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
