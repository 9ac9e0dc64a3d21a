// Where ONNX Runtime's library lies, and how it is opened: the one inside the package `onnxruntime-node`, or one that is
// named. Its functions are called by koffi. Both packages are optional; what is missing is named.

import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { RuntimeError } from "../core/errors.ts";

/** What is used of koffi. */
export interface Koffi {
  load(path: string | null): {
    func(name: string, result: string, parameters: readonly string[]): NativeFunction;
  };
  decode(pointer: unknown, type: unknown): unknown;
  array(type: string, length: number): unknown;
  proto(name: string, result: string, parameters: readonly string[]): unknown;
  address(pointer: unknown): bigint;
}

/** A function of the library. */
export type NativeFunction = (...parameters: readonly unknown[]) => unknown;

/** The variable of the environment that names a library. */
export const variable = "WEIGHTBRIDGE_ONNXRUNTIME";

/** The library's file by platform. */
const fileNames: Readonly<Record<string, RegExp>> = {
  linux: /^libonnxruntime\.so(\.[\d.]+)?$/,
  darwin: /^libonnxruntime(\.[\d.]+)?\.dylib$/,
  win32: /^onnxruntime\.dll$/,
};

/** From the program's folder, and from this package's own. */
function resolved(name: string): string | undefined {
  for (const from of [join(process.cwd(), "package.json"), import.meta.url]) {
    try {
      return createRequire(from).resolve(name);
    } catch {
      // The next place is tried; the caller tells when there is none.
    }
  }
  return undefined;
}

/**
 * The package koffi.
 * @throws RuntimeError when it is not installed
 */
export function openKoffi(): Koffi {
  const path = resolved("koffi");
  if (path === undefined) {
    throw new RuntimeError(
      "the native device calls ONNX Runtime through the package koffi: npm install koffi",
    );
  }
  try {
    return createRequire(import.meta.url)(path) as Koffi;
  } catch (error) {
    throw new RuntimeError(
      `the package koffi does not load for ${process.platform} on ${process.arch}; npm install koffi again: ` +
        (error as Error).message,
    );
  }
}

/** The library's file in a package's folder: `bin/napi-v*` / platform / processor. */
function libraryIn(folder: string): string | undefined {
  const pattern = fileNames[process.platform];
  const bin = join(folder, "bin");
  if (pattern === undefined || !existsSync(bin)) return undefined;
  for (const version of readdirSync(bin)) {
    const place = join(bin, version, process.platform, process.arch);
    const name = existsSync(place) ? readdirSync(place).find((file) => pattern.test(file)) : undefined;
    if (name !== undefined) return join(place, name);
  }
  return undefined;
}

/** The folder of a package, found from the file that its name leads to. */
function folderOf(file: string): string | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) && existsSync(join(folder, "bin"))) return folder;
  }
  return undefined;
}

/**
 * The path of ONNX Runtime's library: the one that is named, or that of the environment's WEIGHTBRIDGE_ONNXRUNTIME, or the
 * one in the package onnxruntime-node.
 * @throws RuntimeError when there is none
 */
export function libraryPath(named: string | undefined = process.env[variable]): string {
  if (named !== undefined) {
    if (!existsSync(named)) throw new RuntimeError(`there is no ONNX Runtime library at ${named}`);
    if (statSync(named).isFile()) return named;
    throw new RuntimeError(`${named} is no file: the path of ONNX Runtime's library is expected`);
  }
  const main = resolved("onnxruntime-node");
  if (main === undefined) {
    throw new RuntimeError(
      "the native device needs ONNX Runtime: npm install onnxruntime-node --ignore-scripts " +
        `(the processor's library lies in the package; its script would fetch others), or name a library in ${variable}`,
    );
  }
  const folder = folderOf(main);
  const path = folder === undefined ? undefined : libraryIn(folder);
  if (path !== undefined) return path;
  throw new RuntimeError(
    `onnxruntime-node has no library for ${process.platform} on ${process.arch}; name one in ${variable}`,
  );
}

/** The first bytes of a file; zeros behind its end. */
export function head(path: string, length: number): DataView {
  const bytes = new Uint8Array(length);
  const file = openSync(path, "r");
  try {
    readSync(file, bytes, 0, length, 0);
  } finally {
    closeSync(file);
  }
  return new DataView(bytes.buffer);
}

/** How long a file is, in bytes. */
export const fileSize = (path: string): number => statSync(path).size;

/** Runs something with a folder of its own, which is there as long as it runs. */
export function withFolder<T>(run: (folder: string) => T): T {
  const folder = openFolder();
  try {
    return run(folder);
  } finally {
    removeFolder(folder);
  }
}

/** A folder for files that the library writes. */
export const openFolder = (): string => mkdtempSync(join(tmpdir(), "weightbridge-"));

/** Removes such a folder with what is in it. */
export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** A path in a folder. */
export const pathIn = (folder: string, name: string): string => join(folder, name);

/** A file's bytes. */
export const readBytes = (path: string): Uint8Array => readFileSync(path);
