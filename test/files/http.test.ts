// Files at an address: how many requests they take, that what is read is what lies on disk, and what is said of servers
// that answer otherwise than they should.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { float32 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { FormatError } from "../../src/core/errors.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { writeHdf5 } from "../../src/files/hdf5/write.ts";
import {
  type ArrayValue,
  contentBytes,
  inspect,
  load,
  type Opened,
  type OpenOptions,
  open,
  read,
  tensorsOf,
  urlReader,
  writeNpy,
  writeNpz,
  writeSafetensors,
} from "../../src/files/index.ts";
import { besideAddress } from "../../src/files/source.ts";
import { writeTorch } from "../../src/files/torch/write.ts";
import { referenceFiles } from "../support/reference.ts";
import { type FileServer, type Habits, serve } from "../support/server.ts";

/** A server for the time of a test. */
async function up(
  context: TestContext,
  files: ReadonlyMap<string, Uint8Array>,
  habits: Habits = {},
): Promise<FileServer> {
  const server = await serve(files, habits);
  context.after(() => server.close());
  return server;
}

const count = 100;
/** Tensors that are longer than a block, so that no two headers of an archive lie in one. */
const shape = [150, 200];

function tensors(): [string, Operand][] {
  return Array.from({ length: count }, (_, index) => {
    const values = Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => Math.sin(i * (index + 1)));
    return [
      `layers.${index}.weight`,
      { storage: new Storage(values), layout: Layout.contiguous(float32, shape) },
    ];
  });
}

/** The tensors of a file, by the name that each was given. HDF5's begin with a slash. */
function byName({ tree }: Opened): (name: string) => ArrayValue {
  const found = new Map(
    tensorsOf(tree).map(([name, array]) => [name.replace(/^\//, ""), array as ArrayValue]),
  );
  return (name) => found.get(name)!;
}

const arrays = tensors();
const made = new Map<string, Uint8Array>([
  ["a.npz", await writeNpz(arrays)],
  ["packed.npz", await writeNpz(arrays, { compressed: true })],
  ["a.safetensors", await writeSafetensors(arrays)],
  ["a.pt", await writeTorch(new Map(arrays))],
  ["a.h5", await writeHdf5(arrays)],
]);

for (const name of made.keys()) {
  test(`${name} of ${count} tensors: opening and one tensor are four requests, all of it three more`, async (context) => {
    const server = await up(context, made);
    const opened = await open(new URL(name, server.address));
    const tensor = byName(opened)("layers.50.weight");
    await load(tensor);
    assert.ok(server.asked.length <= 4, server.asked.join("\n"));
    assert.ok(server.sent() < 0.1 * made.get(name)!.byteLength, `${server.sent()} bytes were sent`);
    assert.deepEqual(contentBytes(tensor), contentBytes(arrays[50]![1]));
    const before = server.asked.length;
    await opened.load();
    // Two stretches: what lies before that tensor and what lies behind.
    assert.ok(server.asked.length <= before + 3, server.asked.join("\n"));
    for (const [name, array] of arrays) {
      assert.deepEqual(contentBytes(byName(opened)(name)), contentBytes(array));
    }
    await opened.close();
  });

  test(`${name} from a server that gives one part at a time, and from one that gives none`, async (context) => {
    for (const ranges of ["one", "none"] as const) {
      const server = await up(context, made, { ranges });
      const opened = await read(server.address + name);
      assert.ok(server.asked.length <= (ranges === "one" ? count + 5 : 1), `${server.asked.length} requests`);
      assert.deepEqual(contentBytes(byName(opened)("layers.99.weight")), contentBytes(arrays[99]![1]));
    }
  });
}

test("tensors that are asked for at one moment are one request where they are neighbours", async (context) => {
  const server = await up(context, made);
  const opened = await open(`${server.address}a.safetensors`);
  const before = server.asked.length;
  // In the order of the file, which is that of the names: 10, 11, 12, 13 are neighbours, and so are 40, 41.
  const wanted = [10, 11, 12, 13, 40, 41].map((index) => byName(opened)(`layers.${index}.weight`));
  await Promise.all(wanted.toReversed().map((tensor) => tensor.stored.load()));
  assert.equal(server.asked.length - before, 2, server.asked.join("\n"));
  assert.deepEqual(contentBytes(wanted[2]!), contentBytes(arrays[12]![1]));
  assert.deepEqual(contentBytes(wanted[5]!), contentBytes(arrays[41]![1]));
});

/** What comes of a file: all that can be said of it, or why it is refused. */
async function outcome(source: Uint8Array | string, options: OpenOptions): Promise<unknown> {
  try {
    const opened = await read(source, options);
    return { ...(await inspect(opened, { statistics: true, hash: true })), file: null };
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
    return { refused: error.reason };
  }
}

test("every recorded file is at an address what it is on disk, and is refused for the same reason", async (context) => {
  const files = referenceFiles();
  const server = await up(context, files, { ranges: "one" });
  let refused = 0;
  for (const [path, bytes] of files) {
    if (path.endsWith(".json") && !path.includes(".index.")) continue;
    const expected = await outcome(bytes, { sibling: async (name) => Promise.reject(new FormatError(name)) });
    const address = server.address + encodeURI(path).replace(/[?#]/g, encodeURIComponent);
    const blocks = {
      http: { blockSize: 1024 },
      sibling: async (name: string) => Promise.reject(new FormatError(name)),
    };
    const found = await outcome(address, blocks);
    // Which of two faults of an archive is met first depends on what is read first.
    if ("refused" in (expected as object)) {
      refused++;
      assert.ok("refused" in (found as object), `${path} is read from its address`);
    } else assert.deepEqual(found, expected, path);
  }
  assert.ok(refused > 100, `${refused} were refused`);
});

const array: Operand = arrays[0]![1];
const npy = writeNpy(array);
const one: ReadonlyMap<string, Uint8Array> = new Map([["a.npy", npy]]);

/** Answers every request so. */
function answers(status: number, body: Uint8Array | string = ""): Habits {
  return {
    answer: (_, response) => {
      response.writeHead(status).end(body);
      return true;
    },
  };
}

const wrong: [about: string, habits: Habits, says: RegExp][] = [
  ["no such file", answers(404), /404 Not Found: there is no such file/],
  ["a file that may not be read", answers(403, "no"), /403 Forbidden: .*headers/],
  ["a broken server", answers(503), /503 .*try later/],
  [
    "another part than was asked for",
    {
      answer: (_, response) => {
        response.writeHead(206, { "content-range": "bytes 5-104/120128" }).end(npy.subarray(5, 105));
        return true;
      },
    },
    /bytes 0 to 65536 were asked for, and 5 to 105 of 120128 came/,
  ],
  [
    "a body that is shorter than the part",
    {
      answer: (_, response) => {
        response
          .writeHead(206, { "content-range": `bytes 0-65535/${npy.byteLength}` })
          .end(npy.subarray(0, 100));
        return true;
      },
    },
    /gave 100 bytes of the part/,
  ],
  [
    "a body that is longer than the part",
    {
      answer: (_, response) => {
        response.writeHead(206, { "content-range": `bytes 0-65535/${npy.byteLength}` }).end(npy);
        return true;
      },
    },
    /gave more bytes than were asked for/,
  ],
  [
    "a part that is packed",
    {
      answer: (_, response) => {
        response.writeHead(206, { "content-encoding": "br", "content-range": "bytes 0-65535/120128" }).end();
        return true;
      },
    },
    /packs parts of the file \(Content-Encoding: br\)/,
  ],
  [
    "a part of a file of unknown length",
    {
      answer: (request, response) => {
        response.writeHead(request.method === "HEAD" ? 405 : 206).end("abc");
        return true;
      },
    },
    /does not say how long the file is/,
  ],
  [
    "a connection that breaks off",
    {
      answer: (_, response) => {
        response.writeHead(206, { "content-range": "bytes 0-65535/120128", "content-length": "65536" });
        response.write("abc", () => response.destroy());
        return true;
      },
    },
    /broke off|gave 3 bytes|cannot be reached/,
  ],
  ["no answer", { answer: () => true }, /gave nothing for 0\.2 s/],
  [
    "an answer that stops",
    {
      answer: (_, response) => {
        response.writeHead(206, { "content-range": "bytes 0-65535/120128", "content-length": "65536" });
        response.write("abc");
        return true;
      },
    },
    /gave nothing for 0\.2 s/,
  ],
  [
    "a file that is changed while it is read",
    {
      answer: (_, response, asked) => {
        response.setHeader("etag", asked === 1 ? '"one"' : '"two"');
        return false;
      },
    },
    /changed on the server while it was read/,
  ],
  [
    "a file that is rewritten without a tag",
    {
      answer: (_, response, asked) => {
        response.setHeader("last-modified", `Mon, 0${asked} Jan 2024 00:00:00 GMT`);
        return false;
      },
    },
    /changed on the server while it was read/,
  ],
  [
    "parts that end",
    {
      answer: (_, response, asked) => {
        if (asked > 1) response.writeHead(200).end("all of it");
        return asked > 1;
      },
    },
    /answers 200 OK for a part: it gave parts before/,
  ],
  [
    "a file that is too long to be fetched whole",
    { ranges: "none" },
    /gives 120128 bytes, more than the 100000 allowed.*maxBytes/,
  ],
  [
    "a file too long of which the server does not say it",
    answers(200, npy),
    /gives at least 100001 bytes, more than the 100000 allowed.*maxBytes/,
  ],
];

for (const [about, habits, says] of wrong) {
  test(`${about} is one clear error with the address`, async (context) => {
    const server = await up(context, one, habits);
    const address = `${server.address}a.npy`;
    await assert.rejects(
      read(`${address}?token=secret`, { http: { timeout: 200, maxBytes: 100_000 } }),
      (error) => {
        assert.ok(error instanceof FormatError, String(error));
        assert.match(error.message, says);
        assert.ok(error.message.startsWith(address), error.message);
        assert.doesNotMatch(error.message, /\n|secret/);
        return true;
      },
    );
  });
}

test("a server that is not there, and an address that is none", async () => {
  await assert.rejects(
    open("http://127.0.0.1:1/a.npy"),
    /^FormatError: http:\/\/127\.0\.0\.1:1\/a\.npy: .*reached/,
  );
  await assert.rejects(open("http://"), /is no address of http/);
  await assert.rejects(urlReader("ftp://host/a.npy"), /is no address of http/);
  await assert.rejects(open("http://me:word@localhost/a.npy"), (error: Error) => {
    assert.match(error.message, /user and password: give headers/);
    assert.doesNotMatch(error.message, /word@/);
    return true;
  });
  await assert.rejects(open("a.npy"), /openFile of weightbridge\/files\/node/);
});

test("an empty file is one", async (context) => {
  const server = await up(context, new Map([["empty.npy", new Uint8Array(0)]]));
  await assert.rejects(open(`${server.address}empty.npy`), /the file is empty/);
});

test("headers are sent, redirects followed, and a caller's own fetch is called", async (context) => {
  const given: (string | undefined)[] = [];
  const server = await up(context, one, {
    answer: (request, response) => {
      given.push(request.headers.authorization);
      if (!request.url!.startsWith("/moved")) return false;
      response.writeHead(302, { location: "/a.npy" }).end();
      return true;
    },
  });
  const addresses: string[] = [];
  const { tree } = await read(`${server.address}moved`, {
    http: {
      headers: { authorization: "Bearer x" },
      fetch: (address, init) => {
        addresses.push(address);
        return fetch(address, init);
      },
    },
  });
  assert.deepEqual(contentBytes(tree as ArrayValue), contentBytes(array));
  assert.deepEqual(new Set(given), new Set(["Bearer x"]));
  assert.deepEqual(new Set(addresses), new Set([`${server.address}moved`]));
});

test("a caller's signal ends it with the caller's reason", async (context) => {
  const controller = new AbortController();
  const server = await up(context, one, {
    answer: () => {
      controller.abort(new Error("enough"));
      return true;
    },
  });
  await assert.rejects(
    open(`${server.address}a.npy`, { http: { signal: controller.signal } }),
    /^Error: enough$/,
  );
  await assert.rejects(
    open(`${server.address}a.npy`, { http: { signal: controller.signal } }),
    /^Error: enough$/,
  );
  assert.equal(server.asked.length, 1);
});

test("a reader of an address gives parts, small ones from one block", async (context) => {
  const server = await up(context, one);
  const reader = await urlReader(`${server.address}a.npy`, { blockSize: 4096 });
  assert.equal(reader.byteLength, npy.byteLength);
  for (const start of [0, 100, 50_000, 50_100, 51_000]) {
    assert.deepEqual(
      Buffer.from(await reader.slice(start, start + 90)),
      Buffer.from(npy.subarray(start, start + 90)),
    );
  }
  assert.equal(server.asked.length, 2);
  await reader.close();
});

test("files beside a file are of its folder and its server", () => {
  const address = new URL("https://host/models/a/model.index.json?key=1#top");
  assert.equal(besideAddress(address, "b/c d.bin").href, "https://host/models/a/b/c%20d.bin?key=1");
  assert.equal(besideAddress(address, "x%2e?.bin").href, "https://host/models/a/x%252e%3F.bin?key=1");
  for (const name of ["../x", "/x", "//evil/x", "https://evil/x", "a/../../x", "a\\..\\x", ".", ""]) {
    assert.throws(() => besideAddress(address, name), FormatError, name);
  }
});

test("shards are fetched from beside their index", async (context) => {
  const [first, second] = [arrays.slice(0, 2), arrays.slice(2, 4)];
  const index = (file: string): Uint8Array => {
    const map = Object.fromEntries(
      [...first, ...second].map(([name], i) => [name, i < 2 ? "one.safetensors" : file]),
    );
    return Buffer.from(JSON.stringify({ metadata: { total_size: 480_000 }, weight_map: map }));
  };
  const files = new Map([
    ["model/good.safetensors.index.json", index("more/two.safetensors")],
    ["model/bad.safetensors.index.json", index("../two.safetensors")],
    ["model/one.safetensors", await writeSafetensors(first)],
    ["model/more/two.safetensors", await writeSafetensors(second)],
    ["two.safetensors", await writeSafetensors(second)],
  ]);
  const server = await up(context, files);
  const opened = await read(`${server.address}model/good.safetensors.index.json`);
  assert.deepEqual(contentBytes(byName(opened)("layers.3.weight")), contentBytes(arrays[3]![1]));
  await assert.rejects(read(`${server.address}model/bad.safetensors.index.json`), FormatError);
  assert.ok(!server.asked.some((line) => line.includes(" /two.")));
});

test("a Blob, a File, what fetch gave and a stream are read alike", async (context) => {
  const server = await up(context, one);
  const blob = new Blob([npy as Uint8Array<ArrayBuffer>]);
  const sources = [
    blob,
    new File([blob], "a.npy"),
    await fetch(`${server.address}a.npy`),
    blob.stream() as ReadableStream<Uint8Array>,
    URL.createObjectURL(blob),
  ];
  const names = [undefined, "a.npy", `${server.address}a.npy`, undefined, undefined];
  for (const [index, source] of sources.entries()) {
    const opened = await read(source);
    assert.equal(opened.file, names[index]);
    assert.deepEqual(contentBytes(opened.tree as ArrayValue), contentBytes(array));
  }
  const bound = { http: { maxBytes: 1000 } };
  await assert.rejects(read(blob.stream() as ReadableStream<Uint8Array>, bound), /more than 1000 bytes/);
  await assert.rejects(read(await fetch(`${server.address}none.npy`)), /answered 404/);
  const broken = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new Error("cut")) });
  await assert.rejects(read(broken), /the stream broke off: cut/);
});
