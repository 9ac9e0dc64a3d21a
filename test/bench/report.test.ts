// The benchmark's report: verdicts, tables, charts and the page made of it; and its protocol with an engine that is there
// and one that is not.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../house/sources.ts";

interface Row {
  readonly group: string;
  readonly name: string;
  readonly times: Readonly<Record<string, number>>;
  readonly bars: readonly { readonly beside: string; readonly most: number; readonly ratio: number | null }[];
  readonly verdict: string;
  readonly why?: string;
  readonly comparedTo?: string;
  readonly ratios?: Readonly<Record<string, number>>;
}

interface Report {
  readonly node: string;
  readonly machine: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
  readonly rows: readonly Row[];
}

/** What a program of the benchmark exports. */
const load = async <T>(path: string): Promise<T> => (await import(new URL(path, import.meta.url).href)) as T;

const rows: readonly Row[] = [
  {
    group: "copy",
    name: "a < b",
    times: { weightbridge: 2000, PyTorch: 1000, NumPy: 4000 },
    bars: [
      { beside: "PyTorch", most: 3, ratio: 2 },
      { beside: "tfjs-wasm", most: 0.5, ratio: null },
    ],
    verdict: "no peer",
  },
  {
    group: "layout",
    name: "1x4x7 backward [in, out]",
    times: { weightbridge: 3, PyTorch: 20 },
    bars: [],
    verdict: "",
    comparedTo: "1x4x7 backward [out, in]",
    ratios: { weightbridge: 1.5, PyTorch: 1.01 },
  },
];
const report: Report = {
  node: "v20",
  machine: "a machine",
  engines: { weightbridge: "weightbridge 0" },
  missing: ["tfjs-wasm"],
  rows,
};

test("a table has every peer, what is not installed, and the bars", async () => {
  const { best, cells } = await load<{
    best(row: Row): { name: string; ratio: number };
    cells(rows: readonly Row[], missing: readonly string[]): string[][];
  }>("../../bench/table.mjs");
  assert.deepEqual(best(rows[0]!), { name: "PyTorch", ratio: 2 });
  assert.deepEqual(cells(rows.slice(0, 1), report.missing), [
    ["", "ours", "to the best", "PyTorch", "NumPy", "tfjs-wasm", "bars", ""],
    [
      "a < b",
      "2000",
      "2",
      "1000 (2)",
      "4000 (0.5)",
      "not installed",
      "2 <= 3 PyTorch; no peer <= 0.5 tfjs-wasm",
      "no peer",
    ],
  ]);
  const [, row] = cells(rows.slice(1), report.missing);
  assert.equal(row!.at(-2), "to 1x4x7 backward [out, in]: weightbridge 1.5, PyTorch 1");
});

test("a row that is short says why, where it can", async () => {
  const { reasons } = await load<{ reasons(rows: readonly Row[]): Row[] }>("../../bench/table.mjs");
  const { page } = await load<{ page(report: Report): string }>("../../scripts/performance.mjs");
  const [first, second] = rows as readonly [Row, Row];
  const short: Row = { ...first, name: "slow", verdict: "short", why: "it is large" };
  const all = [{ ...first, verdict: "ok", why: "it is large" }, short, { ...second, verdict: "short" }];
  assert.deepEqual(reasons(all), [short]);
  assert.match(page({ ...report, rows: all }), /\n\n- slow is short: it is large\.\n\n## layout/);
});

test("a chart has a bar for each engine, the longest for the slowest", async () => {
  const { amountText, chart, timeText } = await load<{
    amountText(amount: number, unit?: string): string;
    chart(group: string, rows: readonly Row[]): string;
    timeText(microseconds: number): string;
  }>("../../bench/chart.mjs");
  const text = chart("copy", rows);
  assert.match(text, /a &lt; b/);
  const widths = [...text.matchAll(/width="([\d.]+)" height="11".*?<title>(.*?)</g)];
  assert.deepEqual(
    widths.map(([, , name]) => name),
    ["PyTorch", "weightbridge", "NumPy"],
  );
  const sizes = widths.map(([, width]) => Number(width));
  assert.deepEqual(
    sizes,
    sizes.toSorted((a, b) => a - b),
  );
  assert.deepEqual([0.5, 999, 1234, 2.5e6].map(timeText), ["0.5 us", "999 us", "1.23 ms", "2.5 s"]);
  assert.deepEqual([amountText(41.14, "kB"), amountText(1234)], ["41.1 kB", "1.23 ms"]);
});

test("the page tells machine, engines, times and the statement that is measured", async () => {
  const { page, withStatement } = await load<{
    page(report: Report): string;
    withStatement(text: string, rows: readonly Row[]): string;
  }>("../../scripts/performance.mjs");
  const text = page(report);
  assert.match(text, /on a machine, with Node v20\./);
  assert.match(text, /Not installed for this run: tfjs-wasm\./);
  assert.match(
    text,
    /\| a < b \| 2 ms \| 1 ms \(2\) \| 4 ms \(0\.5\) \| 2 \| 2, at most 3 of PyTorch; not measured/,
  );
  const statement = "a\n<!-- measured: layout -->\nold\n<!-- measured: end -->\nb";
  assert.match(
    withStatement(statement, report.rows),
    /^a\n<!-- measured: layout -->\n\n\|.*\| Weightbridge \| PyTorch \|\n.*\n\| 1x4x7 backward \| 1\.5 \| 1 \|\n\n<!-- measured: end -->\nb$/,
  );
});

test("of several reports a group's last counts, beside the range of its bars in all", async () => {
  const { joined, page } = await load<{
    joined(reports: readonly Report[]): Report;
    page(report: Report): string;
  }>("../../scripts/performance.mjs");
  const [first] = rows as readonly [Row];
  const fast: Row = { ...first, bars: [{ beside: "PyTorch", most: 3, ratio: 1.25 }] };
  const text = page(joined([{ ...report, rows: [fast] }, report]));
  assert.match(text, /\| 2 \(1\.25 to 2 in 2 runs\), at most 3 of PyTorch; not measured, at most 0\.5/);
  assert.match(page(joined([report])), /\| 2, at most 3 of PyTorch;/);
});

test("engines answer, and those that are not installed are told of", {
  skip: existsSync(join(root, "dist")) ? false : "the package is not built: npm run build",
}, async () => {
  const { Engines } = await load<{
    Engines: new () => {
      about: Record<string, string>;
      get(
        name: string,
        threads: number,
      ): Promise<{ ask(request: unknown): Promise<Record<string, unknown>> } | undefined>;
      end(): void;
    };
  }>("../../bench/engines.mjs");
  process.env.WEIGHTBRIDGE_PEERS = join(root, "nowhere");
  const engines = new Engines();
  try {
    assert.equal(await engines.get("tfjs-wasm", 1), undefined);
    assert.equal(await engines.get("jax-js", 1), undefined);
    const ours = (await engines.get("weightbridge", 1))!;
    const work = { kind: "matmul", n: 8, transposed: "b" };
    assert.deepEqual(await ours.ask({ id: "work", work }), { ok: true });
    const { microseconds } = await ours.ask({ id: "work", count: 10 });
    assert.ok((microseconds as number) > 0);
    assert.deepEqual(await ours.ask({ id: "other", work: { kind: "unknown" } }), { ok: false });
    assert.deepEqual(await ours.ask({ id: "work" }), { ok: true });
    assert.deepEqual(Object.keys(engines.about), ["weightbridge"]);
  } finally {
    engines.end();
  }
});

test("a group that there is not is refused", () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, "bench", "main.mjs"), "nothing"], {
    encoding: "utf8",
  });
  assert.equal(status, 2);
  assert.match(stderr, /^no group nothing; there are: files, .*matmul.*layout.*compiled\n$/);
});
