#!/usr/bin/env node
// The program `weightbridge`: finds the command, runs it, and turns what went wrong into one clear line.

import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Command, print, status, UsageError } from "./arguments.ts";
import { claims } from "./claims.ts";
import { inspect } from "./inspect.ts";
import { port } from "./port.ts";

const commands: readonly Command[] = [inspect, port, claims];

function usage(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "weightbridge: open what Python saved, fit it into a model, prove it.",
    "",
    ...commands.map(({ name, summary }) => `  weightbridge ${name.padEnd(width)}  ${summary}`),
    "",
    "weightbridge COMMAND --help says more.",
  ].join("\n");
}

function complain(message: string): number {
  // The first line says it all where a message has several; errors of a plan list what did not fit.
  process.stderr.write(`weightbridge: ${message}\n`);
  return status.refused;
}

/** Runs the program. @returns the exit status */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    print(usage());
    return name === undefined ? status.refused : status.ok;
  }
  const command = commands.find((each) => each.name === name);
  if (command === undefined) return complain(`there is no command "${name}"; weightbridge --help lists them`);
  if (rest.includes("--help") || rest.includes("-h")) {
    print(command.help);
    return status.ok;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    if (error instanceof UsageError)
      return complain(`${error.message} (weightbridge ${name} --help says more)`);
    if (!(error instanceof Error)) throw error;
    return complain(error.message);
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2));
}
