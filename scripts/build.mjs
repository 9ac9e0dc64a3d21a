// `npm run build`: the package in dist/. Its modules and their declarations file by file, by tsc: what browsers load and
// bundlers take apart. For Node, which takes no parts away and pays for every file, dist/node/ has the same entries, and
// bundles of which it loads what a program uses.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleForNode } from "./bundle/node.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Writes modules and declarations. */
async function compile() {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const child = spawn(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], { stdio: "inherit" });
  const [status] = await once(child, "exit");
  if (status !== 0) throw new Error(`tsc ended with status ${status}`);
}

rmSync(join(root, "dist"), { recursive: true, force: true });
await compile();
await bundleForNode(root);
