// Graphs as ONNX Runtime has rewritten them, kept on disk for the next start: a folder for each, named by a digest of all that
// they depend on. What is found there is checked before it is used, and made anew where it is not whole.

import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { warn } from "../../core/warnings.ts";
import type { Runtime } from "../runtime.ts";
import type { Session } from "../session.ts";
import type { SavedOptions, SessionOptions } from "../session-options.ts";

/**
 * Graphs with fewer bytes of constants are not kept. Rewriting those takes no longer than reading them (measured: ResNet-18 and
 * BERT-base whose weights are inputs, 30 to 90 ms either way).
 */
const leastBytes = 1 << 20;
/** A folder that is not finished after so many milliseconds never will be: whoever wrote it was ended. */
const longest = 3_600_000;
/** Changes where what is written here does. */
const version = 1;

const names = { model: "model.onnx", weights: "weights", check: "check.json" } as const;
const entryName = /^[0-9a-f]{64}$/;

/** A file's length and digest. */
interface Check {
  readonly bytes: number;
  readonly sha256: string;
}
type Checks = Readonly<Record<string, Check>>;

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** What the processor is: graphs are rewritten for it. */
function processorText(): string {
  const model = cpus()[0]?.model ?? "";
  if (process.platform !== "linux" || !existsSync("/proc/cpuinfo")) return model;
  const features = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
  return `${model} ${features.trim().split(" ").sort().join(" ")}`;
}

let processor: string | undefined;

/** A digest of a graph, its constants, and what the library makes of them here. */
function keyOf(runtime: Runtime, model: Uint8Array, { initializers = [], ...rest }: SessionOptions): string {
  processor ??= processorText();
  const { platform, arch } = process;
  const about = { version, library: runtime.version, bytes: statSync(runtime.path).size, platform, arch };
  const constants = initializers.flatMap(({ name, dtype, shape, data }) => [
    JSON.stringify([name, dtype.name, shape]),
    data,
  ]);
  return digest([JSON.stringify({ ...about, processor, rest }), model, ...constants]);
}

/** How many bytes the files of a folder have. */
const bytesIn = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

/** A file's length and digest, a megabyte at a time: reading it whole would take memory that the graph wants. */
function checkOf(path: string): Check {
  const hash = createHash("sha256");
  const part = new Uint8Array(1 << 20);
  const file = openSync(path, "r");
  let bytes = 0;
  try {
    for (;;) {
      const read = readSync(file, part);
      if (read === 0) break;
      bytes += read;
      hash.update(part.subarray(0, read));
    }
  } finally {
    closeSync(file);
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** What is wrong with a kept graph; undefined where it is whole. */
function whatIsWrong(folder: string): string | undefined {
  try {
    const checks = JSON.parse(readFileSync(join(folder, names.check), "utf8")) as Checks;
    if (checks[names.model] === undefined) return `${names.check} names no ${names.model}`;
    for (const [name, wanted] of Object.entries(checks)) {
      const found = checkOf(join(folder, name));
      if (found.bytes !== wanted.bytes || found.sha256 !== wanted.sha256)
        return `${name} is not what was written`;
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Sessions whose graphs are kept in a folder. */
export class SavedSessions {
  private readonly runtime: Runtime;
  private readonly folder: string;
  private readonly mostBytes: number;

  constructor(runtime: Runtime, { folder, mostBytes = 4e9 }: SavedOptions) {
    this.runtime = runtime;
    this.folder = resolve(folder);
    this.mostBytes = mostBytes;
  }

  /**
   * A session: of the kept graph where there is one, else of the given one, which is kept. What goes wrong with the folder is a
   * warning, and the session is made without it.
   * @throws RuntimeError in the library's words when it does not take the graph
   */
  session(model: Uint8Array, options: SessionOptions): Session {
    const size = (options.initializers ?? []).reduce((sum, { data }) => sum + data.byteLength, 0);
    if (size < leastBytes) return this.runtime.session(model, options);
    const entry = join(this.folder, keyOf(this.runtime, model, options));
    return this.kept(entry, options) ?? this.made(entry, model, options);
  }

  /** The session of a kept graph. */
  private kept(entry: string, options: SessionOptions): Session | undefined {
    if (!existsSync(entry)) return undefined;
    let problem = whatIsWrong(entry);
    if (problem === undefined) {
      try {
        const { initializers: _, ...others } = options;
        const session = this.runtime.session(readFileSync(join(entry, names.model)), {
          ...others,
          optimization: "none",
          settings: { ...options.settings, "session.model_external_initializers_file_folder_path": entry },
        });
        this.touch(entry);
        return session;
      } catch (error) {
        problem = (error as Error).message;
      }
    }
    warn("UserWarning", `${entry} holds no compiled graph that can be used, and is made anew: ${problem}`);
    return undefined;
  }

  /** Notes that it was used now. */
  private touch(entry: string): void {
    const now = new Date();
    try {
      utimesSync(join(entry, names.check), now, now);
    } catch {
      // A folder that may only be read is used as well.
    }
  }

  private made(entry: string, model: Uint8Array, options: SessionOptions): Session {
    let folder: string;
    try {
      mkdirSync(this.folder, { recursive: true });
      folder = mkdtempSync(join(this.folder, ".new-"));
    } catch (error) {
      return this.without(model, options, error);
    }
    let session: Session | undefined;
    try {
      session = this.runtime.session(model, { ...options, saveTo: join(folder, names.model) });
      this.keep(folder, entry);
      return session;
    } catch (error) {
      return session ?? this.without(model, options, error);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** A session of a graph that cannot be kept. */
  private without(model: Uint8Array, options: SessionOptions, error: unknown): Session {
    // A graph that the library does not take is refused here again, in its words.
    const session = this.runtime.session(model, options);
    warn("UserWarning", `a compiled graph cannot be kept in ${this.folder}: ${(error as Error).message}`);
    return session;
  }

  /** Gives what was written its name, once it is whole. */
  private keep(folder: string, entry: string): void {
    const files = readdirSync(folder);
    const checks = Object.fromEntries(files.map((name) => [name, checkOf(join(folder, name))]));
    writeFileSync(join(folder, names.check), JSON.stringify(checks));
    // What lies there was found not to be whole, or another process has just written the same.
    rmSync(entry, { recursive: true, force: true });
    renameSync(folder, entry);
    this.forget(entry);
  }

  /** Removes what is too much, and what was never finished. */
  private forget(newest: string): void {
    const entries: { readonly path: string; readonly bytes: number; readonly used: number }[] = [];
    for (const name of readdirSync(this.folder)) {
      const path = join(this.folder, name);
      const used = statSync(existsSync(join(path, names.check)) ? join(path, names.check) : path).mtimeMs;
      if (name.startsWith(".new-") && Date.now() - used > longest) rmSync(path, { recursive: true });
      if (!entryName.test(name) || path === newest) continue;
      entries.push({ path, bytes: bytesIn(path), used });
    }
    let rest = this.mostBytes - bytesIn(newest);
    for (const { path, bytes } of entries.sort((a, b) => b.used - a.used)) {
      rest -= bytes;
      if (rest < 0) rmSync(path, { recursive: true, force: true });
    }
  }
}

/** A digest of texts and bytes, one after another. */
export function digest(parts: readonly (string | ArrayBufferView)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(typeof part === "string" ? `${part.length}:${part}` : bytesOf(part));
  return hash.digest("hex");
}

/** The folder that the environment names, of WEIGHTBRIDGE_CACHE. */
export const environmentFolder = (): string | undefined => process.env.WEIGHTBRIDGE_CACHE || undefined;
