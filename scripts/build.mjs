// `npm run build`: the package in dist/. Its modules and their declarations file by file, by tsc: what browsers load and
// bundlers take apart. For Node, which takes no parts away and pays for every file, dist/node/ has the same entries
// bundled and minified by esbuild, with chunks for what they share.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The sources of what package.json names for Node: its exports and its command. */
function entrySources() {
  const { exports, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const built = [...Object.values(exports).flatMap((target) => target.node ?? []), ...Object.values(bin)];
  return built.map((path) => path.replace(/^\.\/dist\/node\/(.*)\.js$/, "src/$1.ts"));
}

// Before a formatted class's body is a space or a new line; behind its brace the line ends, or the body is empty.
const classHead = /^((?:export )?(?:abstract )?class (\w+)\b[\s\S]*?\s\{)(?=\}?$)/gm;

/** A class says its name itself, since minifying gives it another: printed modules and errors show it. */
const withClassNames = {
  name: "class-names",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const contents = text.replace(classHead, '$1 static get name() { return "$2"; }');
      return { contents, loader: "ts" };
    });
  },
};

/** Bundles the entries for Node. */
function bundle() {
  return build({
    absWorkingDir: root,
    entryPoints: entrySources(),
    outbase: "src",
    outdir: "dist/node",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minify: true,
    sourcemap: true,
    plugins: [withClassNames],
    logLevel: "warning",
  });
}

/** Writes modules and declarations. */
async function compile() {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const child = spawn(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], { stdio: "inherit" });
  const [status] = await once(child, "exit");
  if (status !== 0) throw new Error(`tsc ended with status ${status}`);
}

rmSync(join(root, "dist"), { recursive: true, force: true });
await Promise.all([bundle(), compile()]);
