// Files that are written: their bytes are pinned in test/files/written/, and Python's own libraries load the pinned ones
// where they are at hand.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

/** The folder of pinned files and of the scripts that check them. */
export const writtenFolder: string = join(dirname(fileURLToPath(import.meta.url)), "..", "files", "written");

/**
 * Holds bytes against a pinned file. With the environment variable WEIGHTBRIDGE_PIN set, the file is written anew: then
 * Python must be asked again.
 */
export function assertPinned(name: string, bytes: Uint8Array): void {
  const path = join(writtenFolder, name);
  if (process.env.WEIGHTBRIDGE_PIN !== undefined) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  assert.ok(existsSync(path), `no pinned file ${name}`);
  assert.deepEqual(new Uint8Array(bytes), new Uint8Array(readFileSync(path)), name);
}

/** Why Python cannot be asked; undefined where it can. */
export function whyNoPython(interpreter: string, modules: readonly string[]): string | undefined {
  const { status, error } = spawnSync(interpreter, ["-c", `import ${modules.join(", ")}`]);
  if (error !== undefined) return `${interpreter} cannot be run; WEIGHTBRIDGE_PYTHON names another Python`;
  return status === 0 ? undefined : `${interpreter} has not all of ${modules.join(", ")}`;
}

/**
 * A test that runs a script of the folder with Python (WEIGHTBRIDGE_PYTHON, else python3), skipped where Python has not
 * the modules. The script gets the folder as its argument and fails with an exit status other than 0.
 */
export function testWithPython(title: string, script: string, modules: readonly string[]): void {
  const interpreter = process.env.WEIGHTBRIDGE_PYTHON ?? "python3";
  const skip = whyNoPython(interpreter, modules) ?? false;
  test(title, { skip }, () => {
    const { status, stdout, stderr } = spawnSync(interpreter, [join(writtenFolder, script), writtenFolder], {
      encoding: "utf8",
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
  });
}
