#!/usr/bin/env node
// The program `weightbridge`: finds the command, runs it, and turns what went wrong into one clear line.

import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Command, print, status, UsageError } from "./arguments.ts";

/** A command that is loaded when it is called: `inspect` need not wait for the layers to load. */
interface Entry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

const commands: readonly Entry[] = [
  {
    name: "inspect",
    summary: "what is in a file",
    load: async () => (await import("./inspect.ts")).inspect,
  },
  {
    name: "convert",
    summary: "the tensors of a file in a file of another kind",
    load: async () => (await import("./convert.ts")).convert,
  },
  {
    name: "diff",
    summary: "where the tensors of two files differ",
    load: async () => (await import("./diff.ts")).diff,
  },
  {
    name: "extract",
    summary: "one tensor of a file",
    load: async () => (await import("./extract.ts")).extract,
  },
  {
    name: "port",
    summary: "fit weights into a model and prove it",
    load: async () => (await import("./port.ts")).port,
  },
  {
    name: "verify",
    summary: "run a model and compare with what Python recorded",
    load: async () => (await import("./verify.ts")).verify,
  },
  {
    name: "probe",
    summary: "the Python that records an input and an output",
    load: async () => (await import("./probe.ts")).probe,
  },
  {
    name: "export",
    summary: "a model for a bigger place: PyTorch source, ONNX, a Triton repository",
    load: async () => (await import("./export.ts")).exporting,
  },
  {
    name: "explain",
    summary: "what a compiled model is to ONNX Runtime, and where the time goes",
    load: async () => (await import("./explain.ts")).explaining,
  },
  {
    name: "engines",
    summary: "what operations run on here, and how to get faster ones",
    load: async () => (await import("./engines.ts")).engines,
  },
  {
    name: "claims",
    summary: "nineteen statements about arrays and weights, tried",
    load: async () => (await import("./claims.ts")).claims,
  },
];

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
  const entry = commands.find((each) => each.name === name);
  if (entry === undefined) return complain(`there is no command "${name}"; weightbridge --help lists them`);
  const command = await entry.load();
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
  // Whoever reads may have enough before the end (`weightbridge claims | head`).
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
  main(process.argv.slice(2)).then((exitStatus) => {
    process.exitCode = exitStatus;
  });
}
