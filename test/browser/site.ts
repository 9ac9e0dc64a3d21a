// A site for one page: the built package, the program and its files over HTTP, and where the page tells its result.

import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { posix } from "node:path";
import { root, textOf } from "../house/sources.ts";
import { referenceFiles } from "../support/reference.ts";
import { give } from "../support/server.ts";

/** What the page found. */
export interface Result {
  readonly error?: string;
  readonly value?: unknown;
  /** What a path gives where there are none. */
  readonly path?: string;
  /** What it found in recorded files: see files.mjs. */
  readonly files?: unknown;
}

/** A site that is up. */
export interface Site {
  readonly address: string;
  /** Paths that were asked for, in order, with the part where it was one. */
  readonly asked: readonly string[];
  /** Paths that were asked for and are not there. */
  readonly missing: readonly string[];
  /** What the page tells, once it does. */
  readonly result: Promise<Result>;
  close(): void;
}

/** Entries that browsers have: all of the package's but the one for Node. */
export const entries: ReadonlyMap<string, string> = new Map(
  Object.entries(
    (JSON.parse(textOf("package.json")) as { exports: Record<string, { default?: string }> }).exports,
  ).flatMap(([name, target]): [string, string][] =>
    target.default === undefined || name.endsWith("/node")
      ? []
      : [[posix.join("weightbridge", name), posix.join("/", target.default)]],
  ),
);

const page = `<!doctype html>
<meta charset="utf-8">
<script type="importmap">${JSON.stringify({ imports: Object.fromEntries(entries) })}</script>
<script type="module">
  const tell = (result) => fetch("/result", { method: "POST", body: JSON.stringify(result) });
  try {
    await Promise.all(${JSON.stringify([...entries.keys()])}.map((name) => import(name)));
    const np = await import("weightbridge/numpy");
    const { program } = await import("/test/browser/program.mjs");
    const read = async (name) => (await fetch("/examples/digits/" + name)).blob();
    const value = await program(read);
    const path = await np.load("weights.npz").then(() => "loaded", (error) => error.message);
    const { filesFound } = await import("/test/browser/files.mjs");
    const files = await filesFound(new URL("/recorded/", location.href).href);
    await tell({ value, path, files });
  } catch (error) {
    await tell({ error: String(error?.stack ?? error) });
  }
</script>`;

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
};

/** Folders that are served. */
const served = /^\/(dist|test\/browser|examples\/digits)\/[\w./-]+$/;

/** A recorded file by the path that it is served under. */
function recordedFile(path: string): Uint8Array | undefined {
  return path.startsWith("/recorded/") ? referenceFiles().get(path.slice("/recorded/".length)) : undefined;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** Puts the site up on a free port of this machine. */
export async function openSite(): Promise<Site> {
  const asked: string[] = [];
  const missing: string[] = [];
  const { promise: result, resolve } = withResolver<Result>();
  const server = createServer(async (request, response) => {
    const path = posix.normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    const recorded = recordedFile(path);
    asked.push(`${path} ${request.headers.range ?? ""}`.trimEnd());
    if (path === "/result") {
      resolve(JSON.parse(await bodyOf(request)) as Result);
      response.end();
    } else if (path === "/") {
      response.setHeader("content-type", "text/html").end(page);
    } else if (recorded !== undefined) {
      give(recorded, request, response);
    } else {
      const bytes = served.test(path) ? await readFile(root + path).catch(() => undefined) : undefined;
      if (bytes === undefined) missing.push(path);
      response.statusCode = bytes === undefined ? 404 : 200;
      response.setHeader("content-type", types[posix.extname(path)] ?? "application/octet-stream");
      response.end(bytes);
    }
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${port}/`, asked, missing, result, close };
}

function withResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((given) => {
    resolve = given;
  });
  return { promise, resolve };
}
