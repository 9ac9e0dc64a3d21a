// What commands have in common: their arguments, their errors, their exit status.

import { dirname, resolve } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";

/** Exit statuses: everything held, something did not, the input was refused, nothing tells. */
export const status: { readonly ok: 0; readonly failed: 1; readonly refused: 2; readonly undecided: 3 } = {
  ok: 0,
  failed: 1,
  refused: 2,
  undecided: 3,
};

/** A command of the program. */
export interface Command {
  /** The whole help. */
  readonly help: string;
  /** Runs it. @returns the exit status */
  run(args: readonly string[]): Promise<number>;
}

/** A mistake in how the program was called. */
export class UsageError extends Error {}

interface Flag {
  readonly type: "boolean";
  readonly default: false;
}

const flag: Flag = { type: "boolean", default: false };

/** Options of every command that writes something and takes its time. */
export const writingOptions: {
  readonly force: Flag;
  readonly json: Flag;
  readonly quiet: Flag;
  readonly progress: Flag;
} = { force: flag, json: flag, quiet: flag, progress: flag };

/** Options and positional arguments, strictly. @throws UsageError */
export function parse<Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: Options,
): ReturnType<typeof parseArgs<{ options: Options; allowPositionals: true; args: string[] }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** @throws UsageError where there is no folder for a file that is to be written, or the file is there already */
export async function checkTargets(paths: readonly string[], force: boolean): Promise<void> {
  const { existsSync } = await import("node:fs");
  for (const path of paths) {
    if (!existsSync(dirname(resolve(path))))
      throw new UsageError(`there is no folder ${dirname(path)} to write ${path} to`);
    if (existsSync(path) && !force)
      throw new UsageError(`there is a file ${path} already; add --force to replace it`);
  }
}

/** Prints a value as JSON; integers beyond 2^53 as text, NaN and infinities as their names. */
export function printJson(value: unknown): void {
  const plain = (_: string, item: unknown): unknown => {
    if (typeof item === "bigint") return item.toString();
    if (typeof item === "number" && !Number.isFinite(item)) return String(item);
    return item;
  };
  process.stdout.write(`${JSON.stringify(value, plain, 2)}\n`);
}

/** Prints a line. */
export function print(line = ""): void {
  process.stdout.write(`${line}\n`);
}
