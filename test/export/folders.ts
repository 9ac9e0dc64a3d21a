// Exported models in folders, and Python run on them.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PytorchFiles } from "../../src/export/index.ts";
import { saveSafetensors } from "../../src/files/node.ts";
import { whyNoPython } from "../support/written.ts";

export const interpreter: string = process.env.WEIGHTBRIDGE_PYTHON ?? "python3";

/** Why Python is not asked; false where it is. */
export const skipPython: string | false =
  whyNoPython(interpreter, ["torch", "safetensors", "numpy"]) ?? false;

async function write({ texts, tensors }: PytorchFiles, folder: string): Promise<void> {
  for (const [name, text] of texts) writeFileSync(join(folder, name), text);
  for (const [name, arrays] of tensors) await saveSafetensors(join(folder, name), arrays);
}

/** Makes a folder, and takes it away once `use` is through. */
async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "weightbridge-export-"));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes an exported model to a folder. */
export const inFolder = (files: PytorchFiles, use: (folder: string) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    await write(files, folder);
    await use(folder);
  });

/** Writes exported models to folders of one folder. */
export const inFolders = (
  all: readonly (readonly [name: string, files: PytorchFiles])[],
  use: (folder: string) => void,
): Promise<void> =>
  withFolder(async (folder) => {
    for (const [name, files] of all) {
      mkdirSync(join(folder, name));
      await write(files, join(folder, name));
    }
    use(folder);
  });

/** Runs Python in a folder. @throws Error with what it printed where it fails */
export function python(folder: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(interpreter, [...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, OMP_NUM_THREADS: "1", PYTHONDONTWRITEBYTECODE: "1" },
  });
  if (status !== 0) throw new Error(`${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}
