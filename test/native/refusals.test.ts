// What is no library of ONNX Runtime, or one that cannot be used here, is refused with a line that says what was expected,
// what came and what to do. Libraries of other platforms and processors are those in the package onnxruntime-node.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { getDevice } from "../../src/devices/index.ts";
import { formatBytes, nativeFormat } from "../../src/native/format.ts";
import { releaseNative, useNative } from "../../src/native/index.ts";
import { openLibrary } from "../../src/native/library.ts";
import { head, libraryPath } from "../../src/native/node.ts";
import { Runtime } from "../../src/native/runtime.ts";
import * as torch from "../../src/torch/index.ts";

const folder = mkdtempSync(join(tmpdir(), "native-"));
after(() => rmSync(folder, { recursive: true }));

/** Folders with libraries by platform and processor. */
const libraries = join(dirname(libraryPath()), "../..");
const here = `${process.platform} on ${process.arch}`;

/** A file in the folder. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const refused = (library: string, message: RegExp): void => {
  const before = getDevice();
  assert.throws(() => useNative({ library }), { name: "RuntimeError", message });
  assert.equal(getDevice(), before);
};

test("what is no library is refused", () => {
  refused(join(folder, "none.so"), /^there is no ONNX Runtime library at .*none\.so$/);
  mkdirSync(join(folder, "folder.so"));
  refused(
    join(folder, "folder.so"),
    /folder\.so is no file: the path of ONNX Runtime's library is expected$/,
  );
  for (const content of ["", "no library", new Uint8Array(5000).fill(77)]) {
    refused(
      file("libonnxruntime.so", content),
      /libonnxruntime\.so is no native library: ONNX Runtime's for /,
    );
  }
});

test("a library of another platform or processor is refused, with what it is for", () => {
  const others = [
    ["linux/arm64/libonnxruntime.so.1", "linux on arm64"],
    ["darwin/arm64/libonnxruntime.1.dylib", "darwin on arm64"],
    ["win32/x64/onnxruntime.dll", "win32 on x64"],
    ["win32/arm64/onnxruntime.dll", "win32 on arm64"],
    ["linux/x64/libonnxruntime.so.1", "linux on x64"],
  ] as const;
  for (const [name, is] of others.filter(([, is]) => is !== here)) {
    refused(join(libraries, name), new RegExp(`is a library for ${is}: one for ${here} is needed$`));
  }
});

test("the formats of libraries tell platform and processor", () => {
  const ofFile = (name: string): unknown => nativeFormat(head(join(libraries, name), formatBytes));
  assert.deepEqual(ofFile("darwin/arm64/libonnxruntime.1.dylib"), {
    platform: "darwin",
    processors: ["arm64"],
    leastBytes: 0,
  });
  assert.deepEqual(ofFile("win32/arm64/DirectML.dll"), {
    platform: "win32",
    processors: ["arm64"],
    leastBytes: 0,
  });
  const both = new DataView(new ArrayBuffer(formatBytes));
  for (const [at, word] of [0xcafebabe, 2, 0x01000007, 3, 0, 0, 0, 0x0100000c].entries())
    both.setUint32(4 * at, word);
  assert.deepEqual(nativeFormat(both), { platform: "darwin", processors: ["x64", "arm64"], leastBytes: 0 });
  const foreign = new DataView(new ArrayBuffer(formatBytes));
  foreign.setUint32(0, 0x7f454c46);
  foreign.setUint8(5, 2);
  foreign.setUint16(18, 999);
  assert.deepEqual(nativeFormat(foreign)?.processors, ["a processor of number 999"]);
});

test("a library that is cut short, and one of something else, are refused", () => {
  const whole = readFileSync(libraryPath());
  if (process.platform === "linux") {
    for (const length of [100, 4096, whole.length >> 1]) {
      refused(
        file("short.so", whole.subarray(0, length)),
        /short\.so is cut short: it has \d+ bytes of at least \d+$/,
      );
    }
  }
  // The same without the function that everything begins with.
  const other = Buffer.from(whole);
  for (let at = other.indexOf("OrtGetApiBase"); at >= 0; at = other.indexOf("OrtGetApiBase", at))
    other[at] = 88;
  refused(
    file("other.so", other),
    new RegExp(`other\\.so is no ONNX Runtime library for ${here}: .*OrtGetApiBase`),
  );
});

test("a library whose table is older than what is asked for is refused with its version", () => {
  assert.throws(() => openLibrary(undefined, 1000), {
    name: "RuntimeError",
    message: /is ONNX Runtime 1\.\d+\.\d+, which is too old: 1\.1000 or newer is needed \(npm install /,
  });
});

/** What a program says that uses the native device, with a package in the place of another. */
function without(name: string, content: string | undefined): string {
  const place = mkdtempSync(join(folder, "program-"));
  const preload = join(place, "preload.cjs");
  // Packages are looked for from the program's folder and from this one: the name leads elsewhere in both.
  writeFileSync(join(place, "other.cjs"), content ?? "");
  writeFileSync(
    preload,
    `const Module = require("node:module");
    const resolve = Module._resolveFilename;
    Module._resolveFilename = function (request, ...rest) {
      if (request !== ${JSON.stringify(name)}) return resolve.call(this, request, ...rest);
      ${content === undefined ? 'throw new Error("not found");' : `return ${JSON.stringify(join(place, "other.cjs"))};`}
    };`,
  );
  const program = `
    import { useNative } from ${JSON.stringify(new URL("../../src/native/index.ts", import.meta.url).href)};
    try { useNative(); console.log("opened"); } catch (error) { console.log(error.name + ": " + error.message); }`;
  const parameters = ["--require", preload, "--import", "tsx", "--input-type=module", "-e", program];
  const { stdout, stderr } = spawnSync(process.execPath, parameters, { encoding: "utf8", timeout: 60_000 });
  assert.equal(stderr, "");
  return stdout;
}

test("packages that are missing or damaged are named, with how to install them", () => {
  assert.match(
    without("koffi", undefined),
    /^RuntimeError: .* through the package koffi: npm install koffi\n$/,
  );
  assert.match(
    without("koffi", 'throw new Error("no binary");'),
    /^RuntimeError: the package koffi does not load for .*npm install koffi again: no binary\n$/,
  );
  assert.match(
    without("onnxruntime-node", undefined),
    /^RuntimeError: .* npm install onnxruntime-node --ignore-scripts .*WEIGHTBRIDGE_ONNXRUNTIME\n$/,
  );
  assert.match(
    without("onnxruntime-node", ""),
    /^RuntimeError: onnxruntime-node has no library for .*; name one in WEIGHTBRIDGE_ONNXRUNTIME\n$/,
  );
});

test("a library that may not be read is refused", (context) => {
  if (process.platform === "win32" || process.getuid?.() === 0) {
    context.skip("whoever runs this may read every file");
    return;
  }
  const path = file("closed.so", "");
  chmodSync(path, 0);
  assert.throws(() => useNative({ library: path }), /closed\.so/);
});

/** ONNX Runtime with what a function does with it. */
function withRuntime<T>(run: (runtime: Runtime) => T): T {
  const runtime = new Runtime(1);
  try {
    return run(runtime);
  } finally {
    runtime.release();
  }
}

test("execution providers: what the library has not is refused, with what it has", () => {
  const { available } = withRuntime((runtime) => runtime);
  assert.equal(available.at(-1), "CPU");
  const has = available.join(", ");
  for (const provider of ["Tpu", "ExecutionProvider", "", { name: "Tpu", options: { device_id: "1" } }]) {
    const name = typeof provider === "string" ? provider : provider.name;
    assert.throws(() => useNative({ providers: [provider] }), {
      name: "ValueError",
      message: new RegExp(`^ONNX Runtime at .* has no execution provider ${name}; it has: ${has}\\. `),
    });
  }
  assert.throws(() => useNative({ providers: [{ name: "cpu", options: { threads: "1" } }] }), {
    name: "ValueError",
    message: /the execution provider CPU has no options: threads/,
  });
});

test("a provider that the library knows and this machine cannot have is refused when it is asked for", (context) => {
  const { available } = withRuntime((runtime) => runtime);
  const known = available.filter((name) => /^(CUDA|Tensorrt)$/.test(name));
  if (known.length === 0)
    context.skip("this library knows none of those whose own library the package leaves out");
  for (const name of known) {
    const before = getDevice();
    for (const provider of [name.toLowerCase(), { name, options: { device_id: "0" } }]) {
      assert.throws(() => useNative({ providers: [provider] }), {
        name: "RuntimeError",
        message: new RegExp(
          `^the execution provider ${name} does not work here: ONNX Runtime: .* its install script`,
        ),
      });
    }
    assert.throws(
      () => useNative({ providers: [{ name, options: { no_such_option: "1" } }] }),
      /^RuntimeError: /,
    );
    assert.equal(getDevice(), before);
  }
  // Nothing is left open: another number of threads can be had.
  useNative({ threads: 1 });
  releaseNative();
});

test("the processor can be asked for by its name", () => {
  for (const name of ["CPU", "cpu", "CPUExecutionProvider"]) {
    const device = useNative({ providers: [name] });
    const x = torch.ones([256, 256]);
    assert.equal(x.matmul(x).at(3, 4).item(), 256);
    assert.equal(device.runtime.live.sessions, 1);
    releaseNative();
  }
});
