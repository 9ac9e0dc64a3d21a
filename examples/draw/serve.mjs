// Serves the page on this machine alone, with the built package and onnxruntime-web: npm run draw

import { readFileSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { exports: entries } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

/** The package's entries as a page has them, and onnxruntime-web. */
const imports = {
  ...Object.fromEntries(
    Object.entries(entries).flatMap(([name, target]) =>
      target.default === undefined
        ? []
        : [[posix.join("weightbridge", name), posix.join("/", target.browser ?? target.default)]],
    ),
  ),
  "onnxruntime-web": "/node_modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs",
};

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
const served = /^\/(dist|examples\/(draw|page)|node_modules\/onnxruntime-web\/dist)\/[\w./-]+$/;

/** What a page needs to share memory among threads. */
const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

async function fileAt(path) {
  if (path === "/") {
    const page = await readFile(`${root}examples/draw/index.html`, "utf8");
    return page.replace("<!--imports-->", `<script type="importmap">${JSON.stringify({ imports })}</script>`);
  }
  return served.test(path) ? readFile(root + path).catch(() => undefined) : undefined;
}

/** Puts the page up. @param port 0 for one that is free @returns its address, and how it is taken down */
export async function serve(port = 0) {
  const server = createServer(async (request, response) => {
    const path = posix.normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    const body = await fileAt(path);
    const type = types[path === "/" ? ".html" : posix.extname(path)] ?? "application/octet-stream";
    response.writeHead(body === undefined ? 404 : 200, { ...isolation, "content-type": type });
    response.end(body);
  });
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${server.address().port}/`, close };
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { address } = await serve(Number(process.env.PORT ?? 8080));
  console.log(address);
}
