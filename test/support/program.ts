// The program as it is built and called from a shell: its exit status, and what it prints where.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** How a call of the program ended. */
export interface Called {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as it came. */
  readonly bytes: Buffer;
}

/** Calls `weightbridge` with arguments. The caller's own servers go on while it runs. */
export async function weightbridge(...args: string[]): Promise<Called> {
  const child = spawn(process.execPath, ["dist/node/cli/main.js", ...args], { cwd: root });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (part: Buffer) => out.push(part));
  child.stderr.on("data", (part: Buffer) => err.push(part));
  const [status] = (await once(child, "close")) as [number | null];
  const bytes = Buffer.concat(out);
  return { status, stdout: bytes.toString(), stderr: Buffer.concat(err).toString(), bytes };
}
