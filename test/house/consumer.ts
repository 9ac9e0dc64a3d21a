// A folder somewhere else with the built package installed in it by a link: how the package looks to those who use it.

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "./sources.ts";

/** What a program printed and how it ended. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The surroundings of a user's process: nothing that the test runner has set. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...rest } = process.env;
  return { ...rest, NO_COLOR: "1" };
}

/** Runs Node in a process of its own. */
export function node(parameters: readonly string[], cwd: string = root): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      parameters,
      { cwd, env: plainEnvironment(), maxBuffer: 2 ** 26, timeout: 120_000 },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ status, stdout, stderr });
      },
    );
  });
}

/** A temporary folder in which `weightbridge` and Node's types can be imported. */
export class Consumer {
  readonly folder: string = mkdtempSync(join(tmpdir(), "weightbridge-consumer-"));

  constructor() {
    const modules = join(this.folder, "node_modules");
    mkdirSync(modules);
    symlinkSync(root, join(modules, "weightbridge"), "junction");
    symlinkSync(join(root, "node_modules", "@types"), join(modules, "@types"), "junction");
    this.write("package.json", JSON.stringify({ type: "module", private: true }));
  }

  /** Writes a file; its whole path comes back. */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** Checks the types of every TypeScript file in the folder, as strictly as can be. */
  checkTypes(moduleResolution: "nodenext" | "bundler"): Promise<Outcome> {
    const compilerOptions = {
      target: "es2023",
      lib: ["es2023", "dom"],
      module: moduleResolution === "nodenext" ? "nodenext" : "preserve",
      moduleResolution,
      types: ["node"],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
    };
    const configuration = this.write(
      `tsconfig.${moduleResolution}.json`,
      JSON.stringify({ compilerOptions, include: ["*.ts"] }),
    );
    return node([join(root, "node_modules", "typescript", "bin", "tsc"), "-p", configuration], this.folder);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
