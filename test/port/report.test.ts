// Reports of examinations: the data, the text, the page, and the page in a browser.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import * as np from "../../src/numpy/index.ts";
import type { Examination } from "../../src/port/examine.ts";
import { reportHtml } from "../../src/port/report/page.ts";
import { picturesOf } from "../../src/port/report/pictures.ts";
import { reportOf } from "../../src/port/report/report.ts";
import { reportText } from "../../src/port/report/text.ts";
import { portVerdict } from "../../src/port/report/verdict.ts";
import { identityRule } from "../../src/port/rules/rule.ts";
import { sourceOf } from "../../src/port/source.ts";
import { modelOf } from "../../src/port/target.ts";
import { nn } from "../../src/torch/index.ts";
import { chromium, openPage, skipBrowser } from "../support/chromium.ts";
import { digitsExamination, digitsProbe } from "../support/examinations.ts";

const folder = mkdtempSync(join(tmpdir(), "report-test-"));
after(() => rmSync(folder, { recursive: true }));

const probe = await digitsProbe();
const examination = await digitsExamination(probe);
const report = reportOf(examination, { ...probe, file: "weights.npz" });

test("a report is plain data", () => {
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  assert.equal(report.version, 1);
  assert.equal(report.verdict, "right");
  assert.deepEqual(
    report.parameters.map(({ name }) => name),
    examination.model.targets.map(({ name }) => name),
  );
  assert.deepEqual(report.labels, { right: 39, recorded: 39, count: 40 });
});

test("what would have gone wrong silently is tried out", () => {
  assert.deepEqual(
    report.lessons.map(({ kind, parameters }) => [kind, parameters]),
    [
      ["kernel axes", ["0.weight", "3.weight"]],
      ["flatten order", ["6.weight"]],
      ["dense axes", ["8.weight"]],
    ],
  );
  for (const { right, absolute } of report.lessons) assert.ok(right! < 39 && absolute > 1);
  // The model is as it was.
  assert.deepEqual(reportOf(examination, probe).lessons, report.lessons);
});

test("the text tells verdict, mapping, proof and lessons", () => {
  const text = reportText(report);
  for (const words of [
    /^Sequential: 8 parameters from 8 arrays of weights\.npz, in Keras's layout\nProved: /,
    /6\.weight +\[16, 192\] +made good +1\.00 +dense\/kernel\.reshape\(4, 4, 12, 16\)\.transpose\(3, 2, 0, 1\)/,
    /outputs +\[40, 10\], the same as Python's: at most .* apart/,
    /labels +39 of 40 right, as in Python/,
    /transposed alone, which fits: \d+ of 40 right, outputs up to .* off/,
    /2\.ceilMode = false/,
  ])
    assert.match(text, words);
});

test("verdicts on the whole", () => {
  const { proof } = examination;
  const without = (changed: Partial<Examination>): Examination => {
    const { proof: _, ...rest } = examination;
    return { ...rest, ...changed };
  };
  assert.equal(portVerdict(without({})), "undecidable");
  assert.equal(portVerdict(without({ problems: ["a: expected [1], got [2]"] })), "refused");
  assert.equal(portVerdict(without({ missing: ["a"] })), "refused");
  assert.equal(portVerdict({ ...examination, proof: { ...proof!, holds: false } }), "wrong");
  const lost = { ...examination.findings[1]!, isRepaired: false };
  assert.equal(portVerdict(without({ findings: [lost] })), "wrong");
  const refused = reportOf(without({ problems: ["a: expected [1], got [2]"] }));
  assert.match(reportText(refused), /Refused: .*\(1 reason\)[\s\S]*a: expected \[1\], got \[2\]/);
});

const hostile = `<script>alert(1)</script><img src=x onerror="alert(2)">'&\u202e`;

/** An examination of a layer of one's own whose arrays have names that attack a page. */
function hostileExamination(): Examination {
  const module = new nn.Linear(3, 2);
  const model = modelOf(module);
  const arrays = new Map([
    [hostile, np.zeros([2, 3])],
    [`</script>${hostile}`, np.full([2], Number.NaN)],
  ]);
  const source = sourceOf(arrays, 1, { nesting: [hostile] });
  const text = `it says ${hostile}`;
  return {
    ...examination,
    model,
    source,
    layout: { name: "x", title: hostile, reasons: [hostile] },
    rules: model.targets.map(({ name }, i) => ({
      ...identityRule(name, source.arrays[i]!.name),
      why: hostile,
      ops: [{ op: "add", value: 1 }],
    })),
    findings: [
      {
        kind: hostile,
        parameters: [hostile],
        severity: "mistake",
        evidence: "names",
        text,
        isRepaired: false,
      },
    ],
    judgements: model.targets.map(({ name }) => ({
      parameter: name,
      verdict: "wrong",
      confidence: 1,
      reasons: [{ evidence: "names", text }],
      settle: hostile,
      isRepaired: false,
    })),
    settings: [{ path: hostile, name: hostile, value: hostile }],
    unused: [hostile],
    missing: [hostile],
  };
}

test("names of a file never become markup", () => {
  const bad = hostileExamination();
  const page = reportHtml(reportOf(bad, { file: hostile, model: hostile }), picturesOf(bad));
  assert.doesNotMatch(page, /<script>alert|<img/);
  assert.equal(page.match(/<script/g)!.length, 2);
  assert.doesNotMatch(page, /\u202e/);
  assert.match(page, /&lt;script&gt;alert\(1\)/);
});

test("a page of two hundred parameters stays small", () => {
  const module = new nn.Sequential(...Array.from({ length: 100 }, () => new nn.Linear(64, 64)));
  const model = modelOf(module);
  const arrays = new Map(model.targets.map(({ name, tensor }) => [`x/${name}`, tensor.detach().t()]));
  const source = sourceOf(arrays, 100);
  const rules = model.targets.map(({ name, tensor }) => ({
    ...identityRule(name, `x/${name}`),
    ops: tensor.ndim === 2 ? [{ op: "transpose", axes: [1, 0] } as const] : [],
  }));
  const judgements = model.targets.map(({ name }) => ({ ...examination.judgements[0]!, parameter: name }));
  const large = { ...examination, model, source, rules, judgements, settings: [] };
  const page = reportHtml(reportOf(large), picturesOf(large));
  assert.equal(page.match(/<tr data-verdict/g)!.length, 200);
  assert.ok(page.length < 500_000, `${page.length} characters`);
});

test("in a browser", { skip: skipBrowser, timeout: 120_000 }, async (t) => {
  assert.ok(chromium !== undefined, "Chromium is needed: apt-get install chromium");
  const bad = hostileExamination();
  const cases = [
    ["digits", report, picturesOf(examination)],
    ["hostile", reportOf(bad, { file: hostile }), picturesOf(bad)],
  ] as const;
  for (const [name, each, pictures] of cases) {
    const path = join(folder, `${name}.html`);
    writeFileSync(path, reportHtml(each, pictures));
    const { page, end } = await openPage(chromium, pathToFileURL(path).href);
    try {
      for (const width of [1280, 400]) {
        for (const scheme of ["light", "dark"] as const) {
          await t.test(`${name} at ${width} pixels, ${scheme}`, async () => {
            await page.view({ width, scheme });
            const wide = await page.evaluate("document.documentElement.scrollWidth");
            assert.ok((wide as number) <= width, `${wide} pixels wide`);
            const rows = await page.evaluate(
              "[...document.querySelectorAll('tr[data-verdict] td:first-child code')].map((each) => each.textContent)",
            );
            assert.deepEqual(
              rows,
              each.parameters.map((parameter) => parameter.name),
            );
            const cells = "[...document.querySelectorAll('canvas.cells')]";
            const drawn = pictures.reduce((sum, { before }) => sum + before.length + 1, 0);
            assert.equal(await page.evaluate(`${cells}.length`), drawn);
            const lit = `${cells}.every((each) => each.toDataURL() !== Object.assign(document.createElement('canvas'), { width: each.width, height: each.height }).toDataURL())`;
            assert.equal(await page.evaluate(lit), true);
            assert.equal(await page.evaluate("document.images.length"), 0);
          });
        }
      }
      assert.deepEqual(page.complaints, []);
      assert.deepEqual(page.asked, []);
    } finally {
      await end();
    }
  }
});
