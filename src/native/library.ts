// Opening ONNX Runtime's library: its functions by their names, or a line that says what is wrong with the file.

import { RuntimeError } from "../core/errors.ts";
import { formatBytes, isHere, nativeFormat } from "./format.ts";
import { type Functions, pointer, table } from "./interface.ts";
import { fileSize, head, type Koffi, libraryPath, type NativeFunction, openKoffi } from "./node.ts";

/** The version of the table that is asked for. That of ONNX Runtime 1.18 has every function, and 1.18 every operator used. */
const tableVersion = 18;

/** How many places of the table are read. */
const places = 1 + Math.max(...Object.values(table).map(([place]) => place));

/** An opened library. */
export interface OpenedLibrary {
  readonly koffi: Koffi;
  readonly functions: Functions;
  /** The library's version, "1.22.0". */
  readonly version: string;
  readonly path: string;
}

/**
 * Opens ONNX Runtime.
 * @param named the library's path; default: WEIGHTBRIDGE_ONNXRUNTIME, or the one of onnxruntime-node
 * @param least the version of its table that it has to have (18 is that of ONNX Runtime 1.18)
 * @throws RuntimeError when koffi or the library is missing, or it is one of another platform, processor or version
 */
export function openLibrary(named?: string, least: number = tableVersion): OpenedLibrary {
  const path = libraryPath(named);
  const koffi = openKoffi();
  const base = opened(koffi, path);
  const [getTable, getVersion] = pointersAt(koffi, base, 2);
  const version = functionAt(koffi, getVersion!, "version", ["const char *"])() as string;
  const functionTable = functionAt(koffi, getTable!, "table", [pointer, "uint32_t"])(least);
  if (Number(functionTable) === 0) {
    throw new RuntimeError(
      `${path} is ONNX Runtime ${version}, which is too old: 1.${least} or newer is needed ` +
        "(npm install --ignore-scripts onnxruntime-node@latest)",
    );
  }
  const pointers = pointersAt(koffi, functionTable, places);
  const functions = Object.entries(table).map(([name, [place, ...types]]) => [
    name,
    functionAt(koffi, pointers[place]!, name, types),
  ]);
  return { koffi, functions: Object.fromEntries(functions) as Functions, version, path };
}

/** Libraries that were opened: koffi closes one that nothing refers to, and its functions go with it. */
const opens: unknown[] = [];

/** The address of the library's first table. */
function opened(koffi: Koffi, path: string): unknown {
  const here = `${process.platform} on ${process.arch}`;
  const format = nativeFormat(head(path, formatBytes));
  if (format === undefined) {
    throw new RuntimeError(
      `${path} is no native library: ONNX Runtime's for ${here} is expected, the file is none for any platform`,
    );
  }
  if (!isHere(format)) {
    const is = `${format.platform} on ${format.processors.join(" and ")}`;
    throw new RuntimeError(`${path} is a library for ${is}: one for ${here} is needed`);
  }
  const size = fileSize(path);
  if (size < format.leastBytes) {
    throw new RuntimeError(`${path} is cut short: it has ${size} bytes of at least ${format.leastBytes}`);
  }
  try {
    const library = koffi.load(path);
    opens.push(library);
    return library.func("OrtGetApiBase", pointer, [])();
  } catch (error) {
    throw new RuntimeError(`${path} is no ONNX Runtime library for ${here}: ${(error as Error).message}`);
  }
}

function pointersAt(koffi: Koffi, address: unknown, count: number): unknown[] {
  return Array.from(koffi.decode(address, koffi.array(pointer, count)) as ArrayLike<unknown>);
}

let types = 0;

function functionAt(
  koffi: Koffi,
  address: unknown,
  name: string,
  [result, ...parameters]: readonly string[],
): NativeFunction {
  // A type's name is taken once.
  const type = koffi.proto(`weightbridge_${name}_${types++}`, result!, parameters);
  return koffi.decode(address, type) as NativeFunction;
}
