// Packs recorded reference values into the few compressed files that the project keeps in test/reference/.
//
//   node scripts/pack-reference.mjs FROM-DIR [TO-DIR]
//
// Tables of cases and arrays become one .gz each, under their own names; folders of small files become one .tar.gz
// (POSIX ustar). Nothing that changes from run to run goes in: no times, no owners, no order of the file system.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** Folders whose files stay files of their own, and which of them. */
const tables = [
  { folder: "layout", names: /\.(jsonl|json)$/ },
  { folder: "text", names: /\.jsonl$/ },
  { folder: "seeds", names: /\.json$/ },
  { folder: "random", names: /^(numpy|training|torch)\.json$|\.npy$/ },
];

/** Folders that become one archive, and which of the paths in them. */
const archives = [
  { folder: "files", paths: /^(?!README)/ },
  { folder: "models", paths: /^(?!README)/ },
  { folder: "ops", paths: /\.(json|jsonl)$/ },
];

/** The most that the packed files may take together, in bytes. */
const limit = 25_000_000;

/** gzip without a time and without the name of an operating system. */
function gzip(bytes) {
  const packed = gzipSync(bytes, { level: 9 });
  packed[9] = 255;
  return packed;
}

/** Paths of all files below a folder, relative to it, with slashes, in order. */
function filesBelow(folder, prefix = "") {
  return readdirSync(join(folder, prefix), { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(folder, `${prefix}${entry.name}/`) : [`${prefix}${entry.name}`],
    );
}

/** The 512 bytes before a file in an archive. */
function tarHeader(name, size) {
  if (Buffer.byteLength(name) > 100) throw new Error(`too long a name for the archive: ${name}`);
  const header = Buffer.alloc(512);
  const octal = (value, at, length) =>
    header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  header.write(name, 0);
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  header.write("        0", 148, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

function tar(folder, paths) {
  const parts = paths.flatMap((path) => {
    const bytes = readFileSync(join(folder, path));
    return [tarHeader(path, bytes.length), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function main([from, to = join(dirname(fileURLToPath(import.meta.url)), "..", "test", "reference")]) {
  if (from === undefined || !existsSync(from) || !statSync(from).isDirectory()) {
    console.error("usage: node scripts/pack-reference.mjs FROM-DIR [TO-DIR]");
    return 2;
  }
  for (const { folder } of tables) rmSync(join(to, folder), { recursive: true, force: true });
  let total = 0;
  const write = (path, bytes) => {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    writeFileSync(join(to, path), bytes);
    total += bytes.length;
    console.log(`${String(bytes.length).padStart(9)}  ${path}`);
  };
  for (const { folder, names } of tables) {
    for (const path of filesBelow(join(from, folder)).filter((path) => names.test(path))) {
      write(`${folder}/${path}.gz`, gzip(readFileSync(join(from, folder, path))));
    }
  }
  for (const { folder, paths } of archives) {
    const inside = filesBelow(join(from, folder)).filter((path) => paths.test(path));
    write(`${folder}.tar.gz`, gzip(tar(join(from, folder), inside)));
  }
  console.log(`${String(total).padStart(9)}  in all`);
  if (total <= limit) return 0;
  console.error(`more than ${limit} bytes`);
  return 1;
}

process.exitCode = main(process.argv.slice(2));
