// The parts of a report's page: how each is written as HTML.

import { countText, namesText, shapeText, smallText } from "../../core/words.ts";
import type { Finding } from "../finding.ts";
import { type Content, html, Markup } from "./markup.ts";
import type { LessonReport, ParameterReport, ProofReport, Report } from "./report.ts";
import { arrayText, evidenceTexts, groupedFindings, verdictText } from "./text.ts";

const paths = {
  check: "M4 13l5 5L20 6",
  cross: "M6 6l12 12M18 6L6 18",
  question: "M9 9a3 3 0 1 1 4.2 2.7c-.8.4-1.2 1-1.2 2M12 17.5v.2",
  wrench: "M4 12a8 8 0 0 1 14-5.3L20 9M20 4v5h-5M20 12a8 8 0 0 1-14 5.3L4 15M4 20v-5h5",
  stop: "M6.5 6.5l11 11M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18",
  note: "M12 11v6M12 7v.2M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18",
  arrows: "M5 9h13l-3-3M19 15H6l3 3",
};

/** Which icon goes with which class of verdict or severity. */
const icons: Readonly<Record<string, keyof typeof paths>> = {
  right: "check",
  wrong: "cross",
  undecidable: "question",
  repaired: "wrench",
  refused: "stop",
  mistake: "cross",
  suspicion: "question",
  conversion: "arrows",
  note: "note",
};

function icon(kind: string): Markup {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="${paths[icons[kind] ?? "note"]}"/></svg>`;
}

/** The class of a parameter's verdict: what is made good is one of its own. */
const verdictClass = ({ verdict, isRepaired }: ParameterReport): string =>
  verdict === "wrong" && isRepaired ? "repaired" : verdict;

const chip = (kind: string, text: string): Markup =>
  html`<span class="chip is-${kind}">${icon(kind)}${text}</span>`;

/** Names in code, those beyond the first few behind a button. */
function names(all: readonly string[], shown = 6): Markup {
  const codes = (some: readonly string[]): Content => some.map((name) => html`<code>${name}</code>`);
  const rest = all.slice(shown);
  const more =
    rest.length > 0 &&
    html`<details class="more"><summary>${rest.length} more</summary><span class="names">${codes(rest)}</span></details>`;
  return html`<span class="names">${codes(all.slice(0, shown))}</span>${more}`;
}

/** A section with a title; nothing where it has no content. */
export function section(id: string, title: string, lead: Content, content: Content): Markup {
  const about = lead !== undefined && lead !== false && html`<p class="lead">${lead}</p>`;
  return html`<section id="${id}"><h2>${title}</h2>${about}${content}</section>`;
}

const classTitles: readonly (readonly [kind: string, title: string])[] = [
  ["right", "right"],
  ["repaired", "made good"],
  ["undecidable", "undecidable"],
  ["wrong", "wrong"],
];

/** How many parameters have each verdict. */
function tallyOf(
  parameters: readonly ParameterReport[],
): (readonly [kind: string, title: string, count: number])[] {
  return classTitles
    .map(
      ([kind, title]) =>
        [kind, title, parameters.filter((each) => verdictClass(each) === kind).length] as const,
    )
    .filter(([, , count]) => count > 0);
}

/** Title, verdict, and what it is about. */
export function header(report: Report): Markup {
  const { verdict, sentence, model, source, layout, parameters } = report;
  const counts = tallyOf(parameters);
  const label = counts.map(([, title, count]) => `${count} ${title}`).join(", ");
  const nesting = source.nesting.length > 0 && html`, under ${names(source.nesting)}`;
  return html`<header>
<p class="kicker"><b>weightbridge</b> port report</p>
<h1>${source.file ?? "arrays"} <span>into</span> ${model}</h1>
<div class="banner is-${verdict}">${icon(verdict)}<p>${sentence}</p></div>
<div class="share" role="img" aria-label="${countText(parameters.length, "parameter")}: ${label}">${counts.map(
    ([kind, , count]) => new Markup(`<span class="is-${kind}" style="flex:${count}"></span>`),
  )}</div>
<ul class="tally">${counts.map(([kind, title, count]) => html`<li>${chip(kind, title)} ${count}</li>`)}</ul>
<dl class="facts">
<dt>Weights</dt><dd>${countText(source.arrays, "array")}${source.format !== undefined && ` (${source.format})`}, ${source.arrangement}${nesting}</dd>
<dt>Layout</dt><dd>${layout.title}${layout.reasons.length > 0 && `: ${layout.reasons.join("; ")}`}</dd>
</dl>
</header>`;
}

/** Where a distance lies on a scale of powers of ten, in percent. */
type Place = (value: number) => number;

function logarithmic(values: readonly number[]): Place {
  const finite = values.filter((value) => value > 0 && Number.isFinite(value));
  const low = Math.log10(Math.min(...finite, 1e-6)) - 0.7;
  const high = Math.log10(Math.max(...finite, 1e-3)) + 0.15;
  return (value) => {
    if (!Number.isFinite(value)) return 100;
    return value <= 0 ? 0 : Math.min(100, Math.max(0, (100 * (Math.log10(value) - low)) / (high - low)));
  };
}

interface Bar {
  readonly title: Content;
  readonly about: Content;
  readonly value: number;
  readonly note?: string | undefined;
  readonly isGood: boolean;
}

function bars(rows: readonly Bar[], tolerance: number): Markup {
  const place = logarithmic([tolerance, ...rows.map(({ value }) => value)]);
  const line = new Markup(`<u style="left:${place(tolerance).toFixed(1)}%"></u>`);
  return html`<div class="card bars">${rows.map(
    ({ title, about, value, note, isGood }) => html`<div class="row">
<p><b>${title}</b>${about}</p>
<div class="track ${isGood ? "good" : "bad"}" aria-hidden="true"><i style="width:${place(value).toFixed(1)}%"></i>${line}</div>
<div class="value">${value === 0 ? "exactly the same" : `${smallText(value)} apart`}${note !== undefined && html` <small>${note}</small>`}</div>
</div>`,
  )}<p class="key">Largest distance from the recorded outputs, on a scale of powers of ten. The dashed line is the tolerance, ${smallText(tolerance)}.</p></div>`;
}

/** What a value may be off at the size of the outputs: the tolerance as one number. */
const toleranceOf = ({ outputs }: ProofReport): number => {
  const scale = outputs.relative > 0 ? outputs.absolute / outputs.relative : 0;
  return outputs.atol + outputs.rtol * (Number.isFinite(scale) ? scale : 0);
};

/** The outputs against the recorded ones, and the changes that were found. */
export function proofSection(report: Report): Markup | undefined {
  const { proof, labels } = report;
  if (proof === undefined) return undefined;
  const { holds, outputs, before, changes, tried, firstDivergence, unseen, shapes } = proof;
  const right =
    labels === undefined
      ? undefined
      : `labels: ${labels.right} of ${labels.count} right, in Python ${labels.recorded}`;
  const rows: Bar[] = [
    ...(changes.length === 0
      ? []
      : [
          {
            title: "As it was saved",
            about: "matched, nothing changed",
            value: before.absolute,
            isGood: before.isWithin,
          },
        ]),
    {
      title: changes.length === 0 ? "As ported" : `With ${countText(changes.length, "change")}`,
      about: shapes.map(shapeText).join(", "),
      value: outputs.absolute,
      note: right,
      isGood: holds,
    },
  ];
  const lead = holds
    ? `The model was run on the recorded input; its outputs are the recorded ones (${countText(tried, "plan")} tried).`
    : `The model was run on the recorded input; its outputs are others (${countText(tried, "plan")} tried).`;
  return section("proof", "Proof", lead, [
    bars(rows, toleranceOf(proof)),
    firstDivergence !== undefined &&
      html`<p>First submodule whose output differs: <code>${firstDivergence}</code></p>`,
    unseen.length > 0 &&
      html`<p>These outputs do not depend on ${names(unseen.map(({ parameter }) => parameter))}</p>`,
    changes.length > 0 && html`<h3>Changes that make the outputs true</h3>`,
    changes.map(
      ({ kind, parameters, text, repair }) => html`<article class="card finding conversion">
<h3>${chip("repaired", "made good")} ${kind}</h3><p>${text}</p><p>${names(parameters)}</p><p><span>Repair:</span> ${repair}</p></article>`,
    ),
  ]);
}

/** What the model does without each conversion. */
export function lessonSection(report: Report): Markup | undefined {
  const { lessons, proof, labels } = report;
  if (lessons.length === 0 || proof === undefined) return undefined;
  const rows = lessons.map(
    ({ kind, difference, mistake, parameters, absolute, right }: LessonReport): Bar => ({
      title: kind,
      about: html`${difference}; instead: ${mistake} (${namesText(parameters)})`,
      value: absolute,
      note:
        right === undefined || labels === undefined ? undefined : `${right} of ${labels.count} labels right`,
      isGood: false,
    }),
  );
  return section(
    "lessons",
    "What would have gone wrong silently",
    "Without each of these conversions the model loads, runs, raises nothing, and gives other outputs.",
    bars(rows, toleranceOf(proof)),
  );
}

/** Everything that was found out. */
export function findingSection({ findings }: Report): Markup | undefined {
  if (findings.length === 0) return undefined;
  const titles = groupedFindings(findings).map(([title, found]) =>
    countText(found.length, title.toLowerCase().replace(/s$/, "")),
  );
  const cards = groupedFindings(findings).flatMap(([, found]) => found.map(findingCard));
  return section("findings", "Findings", `${titles.join(", ")}.`, cards);
}

function findingCard(finding: Finding): Markup {
  const { kind, severity, evidence, parameters, text, repair, isRepaired, settle } = finding;
  const words = severity === "suspicion" ? "doubt" : severity;
  return html`<article class="card finding ${severity}">
<h3>${chip(severity, words)} ${kind} <span class="chip plain">known from ${evidenceTexts[evidence]}</span>${
    severity === "mistake" && isRepaired && chip("repaired", "made good")
  }</h3>
<p>${text}</p>${parameters.length > 0 && html`<p>${names(parameters)}</p>`}${
    repair !== undefined && html`<p><span>${isRepaired ? "Made good:" : "To do:"}</span> ${repair}</p>`
  }${repair === undefined && severity === "mistake" && html`<p><span>Nothing here makes it good:</span> save the weights again.</p>`}${
    settle !== undefined && html`<p><span>Settled by:</span> ${settle}</p>`
  }</article>`;
}

/** Every parameter: where it comes from, the verdict, and what that rests on. */
export function mappingSection({ parameters }: Report): Markup {
  const counts = tallyOf(parameters);
  const tools =
    parameters.length > 12 &&
    html`<div class="tools" hidden><input type="search" placeholder="Filter by name" aria-label="Filter by name"><button type="button" value="" aria-pressed="true">all</button>${counts.map(
      ([kind, title, count]) =>
        html`<button type="button" value="${kind}" aria-pressed="false">${title} ${count}</button>`,
    )}</div>`;
  const hasSettle = parameters.some(({ settle }) => settle !== undefined);
  const lead =
    "Which array becomes which parameter, and what is done to it, as NumPy writes it. Open a verdict for what it rests on.";
  return section("mapping", "Mapping", lead, [
    tools,
    html`<div class="card"><table>
<thead><tr><th scope="col">Parameter</th><th scope="col">Shape</th><th scope="col">Array and steps</th><th scope="col">Verdict</th><th scope="col">Confidence</th>${hasSettle && html`<th scope="col">What would settle it</th>`}</tr></thead>
<tbody>${parameters.map((each) => parameterRow(each, hasSettle))}</tbody></table></div>`,
  ]);
}

function parameterRow(parameter: ParameterReport, hasSettle: boolean): Markup {
  const { name, shape, dtype, module, isBuffer, confidence, reasons, settle } = parameter;
  const kind = verdictClass(parameter);
  const mark = chip(kind, verdictText(parameter));
  const verdict =
    reasons.length === 0
      ? mark
      : html`<details><summary>${mark}</summary><ul>${reasons.map(
          ({ evidence, text }) => html`<li>${text} (${evidenceTexts[evidence]})</li>`,
        )}</ul></details>`;
  const settled =
    hasSettle &&
    html`<td data-label="Settled by"${settle === undefined && new Markup(' class="empty"')}><div>${settle}</div></td>`;
  return html`<tr data-verdict="${kind}"><td data-label="Parameter"><div><code>${name}</code><small>${module}${isBuffer && ", buffer"}</small></div></td><td data-label="Shape" class="number"><div>${shapeText(shape)}<small>${dtype}</small></div></td><td data-label="From"><div>${fromCell(parameter)}</div></td><td data-label="Verdict"><div>${verdict}</div></td><td data-label="Confidence" class="number"><div><span class="meter" aria-hidden="true"><i style="width:${Math.round(100 * confidence)}%"></i></span>${confidence.toFixed(2)}</div></td>${settled}</tr>`;
}

function fromCell(parameter: ParameterReport): Markup {
  const { arrays, steps, rule } = parameter;
  if (rule === undefined) return html`${arrayText(parameter)}`;
  const why = rule.why !== undefined && html`<small>${rule.why}</small>`;
  return arrays.length === 1
    ? html`<code>${arrays[0]}<span class="steps">${steps}</span></code>${why}`
    : html`<code>${steps}</code>${why}`;
}

/** Settings, what fits as well, what is left over, and why it was refused. */
export function otherSections(report: Report): Markup[] {
  const { settings, alternatives, unused, missing, proof } = report;
  const list = (items: readonly Content[]): Markup =>
    html`<ul class="flat">${items.map((item) => html`<li>${item}</li>`)}</ul>`;
  const parts: (readonly [boolean, string, string, Content, () => Content])[] = [
    [
      settings.length > 0,
      "settings",
      "Settings",
      "What the model needs beside its weights.",
      () =>
        list(
          settings.map(
            ({ module, name, value }) => html`<code>${module}.${name} = ${JSON.stringify(value)}</code>`,
          ),
        ),
    ],
    [
      alternatives.length > 0 && proof?.holds !== true,
      "alternatives",
      "What fits as well",
      "Nothing but a recorded output tells these from the mapping above.",
      () =>
        list(
          alternatives.map(
            ({ kind, text, parameters }) => html`<b>${kind}</b>: ${text} ${names(parameters)}`,
          ),
        ),
    ],
    [missing.length > 0, "missing", "Missing", "Parameters that nothing fills.", () => names(missing, 24)],
    [unused.length > 0, "unused", "Not used", "Arrays that no parameter takes.", () => names(unused, 24)],
  ];
  return parts
    .filter(([isThere]) => isThere)
    .map(([, id, title, lead, content]) => section(id, title, lead, content()));
}

/** Why the model cannot hold the weights. */
export function problemSection({ problems }: Report): Markup | undefined {
  if (problems.length === 0) return undefined;
  const items = problems.map((problem) => html`<li>${problem}</li>`);
  return section(
    "problems",
    "Why it was refused",
    undefined,
    html`<div class="card finding mistake"><ul class="flat">${items}</ul></div>`,
  );
}
