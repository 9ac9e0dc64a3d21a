// The first line of the README: the example runs, proves the port, and prints what the README shows.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("the digits example prints what the README shows", () => {
  const { status, stdout } = spawnSync(process.execPath, ["--import", "tsx", "examples/digits/main.ts"], {
    cwd: root,
    encoding: "utf8",
  });
  assert.equal(status, 0);
  const readme = readFileSync(`${root}README.md`, "utf8");
  const shown = /## What the first line prints\n+```text\n([\s\S]*?)```/.exec(readme);
  assert.equal(stdout, shown?.[1]);
});
