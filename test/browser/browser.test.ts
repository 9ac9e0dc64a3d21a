// The built package in a browser: nothing of Node's is imported, and a headless Chromium computes what Node computes.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { test } from "node:test";
import { root, textOf } from "../house/sources.ts";
import { browserArguments, chromium, endBrowser, skipBrowser } from "../support/chromium.ts";
import { referenceFiles } from "../support/reference.ts";
import { entries, openSite, type Result } from "./site.ts";

/** What a built file imports, statically or by a call with a text. */
function importsOf(path: string): string[] {
  const text = textOf(path).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return [
    ...text.matchAll(/(?:^(?:import|export)\s(?:[^"';]*?\sfrom\s)?|\bimport\()\s*["']([^"']+)["']/gm),
  ].map((match) => match[1]!);
}

/** Everything that an entry brings along. */
function reachable(start: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(start)) return found;
  found.add(start);
  for (const name of importsOf(start)) {
    if (name.startsWith(".")) reachable(posix.join(posix.dirname(start), name), found);
    else found.add(name);
  }
  return found;
}

test("what the entries for browsers import is the package's own, and not the files for Node", () => {
  assert.ok(entries.size >= 5);
  for (const [name, path] of entries) {
    const found = reachable(path.slice(1));
    assert.ok(found.size > 3, `${name} imports ${found.size} files`);
    const wrong = [...found].filter((file) => !file.startsWith("dist/") || file === "dist/files/node.js");
    assert.deepEqual(wrong, [], name);
  }
});

/** Starts the browser on a page. */
function browse(executable: string, address: string, profile: string): ChildProcess {
  return spawn(executable, [...browserArguments(profile), address], { stdio: "ignore", detached: true });
}

/** What the page tells, or an error when it does not in time. */
function inTime(result: Promise<Result>, browser: ChildProcess): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the page told nothing in 60 s")), 60_000);
    browser.once("error", reject);
    browser.once("exit", (status) => reject(new Error(`the browser ended with status ${status}`)));
    result.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const digitsFolder = join(root, "examples", "digits");

interface Program {
  program(read: (name: string) => Promise<Blob>): Promise<unknown>;
}

interface Files {
  readonly names: readonly string[];
  hashes(source: Uint8Array): Promise<unknown[]>;
}

test("the package computes in Chromium what it computes in Node", {
  skip: skipBrowser,
  timeout: 120_000,
}, async () => {
  assert.ok(chromium !== undefined, "Chromium is needed: apt-get install chromium");
  assert.ok(existsSync(join(root, "dist")), "the package must be built: npm run build");
  const site = await openSite();
  const profile = mkdtempSync(join(tmpdir(), "weightbridge-browser-"));
  const browser = browse(chromium, site.address, profile);
  try {
    const found = await inTime(site.result, browser);
    assert.equal(found.error, undefined);
    assert.equal(found.path, "there are no paths in a browser: give bytes, a Blob or a reader");
    const { program } = (await import(new URL("./program.mjs", import.meta.url).href)) as Program;
    const expected = await program(async (name) => new Blob([readFileSync(join(digitsFolder, name))]));
    assert.deepEqual(found.value, JSON.parse(JSON.stringify(expected)));
    const { digits } = found.value as { readonly digits: Readonly<Record<string, unknown>> };
    assert.equal(digits.isWithin, true);
    assert.equal(digits.isAsRecorded, true);
    const files = (await import(new URL("./files.mjs", import.meta.url).href)) as Files;
    const recorded = referenceFiles();
    const inNode = await Promise.all(
      files.names.map(async (name) => {
        const held = await files.hashes(recorded.get(name)!);
        assert.ok(held.length > 1, `${name} has no tensors`);
        return [name, held, held];
      }),
    );
    assert.deepEqual(found.files, JSON.parse(JSON.stringify(inNode)));
    assert.ok(site.asked.some((line) => /^\/recorded\/.* bytes=\d+-\d+$/.test(line)));
    assert.ok(!site.asked.includes("/dist/files/node.js"));
    assert.deepEqual(
      site.missing.filter((path) => path !== "/favicon.ico"),
      [],
    );
  } finally {
    await endBrowser(browser);
    site.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});
