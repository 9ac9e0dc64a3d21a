// Writes docs/not-here.md: what PyTorch has and this project has not, read off the lists of PyTorch's own names
// (test/reference/names.json) and the names that are exported.
//
//   node --import tsx scripts/not-here.ts

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { notHerePage } from "../test/house/not-here.ts";
import { root } from "../test/house/sources.ts";

writeFileSync(join(root, "docs", "not-here.md"), notHerePage());
