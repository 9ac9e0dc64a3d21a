// A report for a terminal.

import { tableLines } from "../../core/text.ts";
import { countText, namesText, shapeText, smallText, wrapped } from "../../core/words.ts";
import type { Evidence, Finding, Severity } from "../finding.ts";
import type { ParameterReport, Report } from "./report.ts";

/** Characters in a line of running text. */
const width = 96;

/** How each kind of evidence is called in a sentence. */
export const evidenceTexts: Readonly<Record<Evidence, string>> = {
  names: "names",
  format: "the file's format",
  shapes: "shapes",
  dtype: "the element type",
  values: "impossible values",
  statistics: "statistics",
  io: "recorded outputs",
};

/** The verdict on a parameter in a word or two. */
export function verdictText({
  verdict,
  isRepaired,
}: Pick<ParameterReport, "verdict" | "isRepaired">): string {
  return verdict === "wrong" && isRepaired ? "made good" : verdict;
}

/** Where a parameter comes from, in one line. */
export function arrayText({ arrays, steps, tiedTo, rule }: ParameterReport): string {
  if (rule === undefined) return tiedTo === undefined ? "(the model's own)" : `(the same as ${tiedTo})`;
  return arrays.length === 1 ? `${arrays[0]}${steps}` : steps;
}

const severityTitles: readonly (readonly [Severity, string])[] = [
  ["mistake", "Mistakes"],
  ["suspicion", "Doubts"],
  ["conversion", "Conversions"],
  ["note", "Notes"],
];

/** Findings by how much they matter, with a title for each kind. */
export function groupedFindings(
  findings: readonly Finding[],
): (readonly [title: string, found: Finding[]])[] {
  return severityTitles
    .map(([severity, title]) => [title, findings.filter((each) => each.severity === severity)] as const)
    .filter(([, found]) => found.length > 0);
}

/** The report as lines of text. */
export function reportText(report: Report): string {
  const { unused, missing, problems } = report;
  const blocks = [
    [headline(report), ...wrapped(report.sentence, width)],
    problems.length === 0 ? [] : ["Why it was refused:", ...problems.map((problem) => `  ${problem}`)],
    mappingLines(report),
    ...groupedFindings(report.findings).map(([title, found]) => findingLines(title, found)),
    proofLines(report),
    changeLines(report),
    lessonLines(report),
    settingLines(report),
    alternativeLines(report),
    missing.length === 0 ? [] : [`nothing fills: ${namesText(missing)}`],
    unused.length === 0 ? [] : [`not used: ${namesText(unused)}`],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function headline({ model, source, layout, parameters }: Report): string {
  const from = source.file === undefined ? "" : ` of ${source.file}`;
  return `${model}: ${countText(parameters.length, "parameter")} from ${countText(source.arrays, "array")}${from}, in ${layout.title}'s layout`;
}

function mappingLines({ parameters }: Report): string[] {
  if (parameters.length === 0) return [];
  const rows = parameters.map((parameter) => [
    parameter.name,
    shapeText(parameter.shape),
    verdictText(parameter),
    parameter.confidence.toFixed(2),
    arrayText(parameter),
  ]);
  return tableLines([["parameter", "shape", "verdict", "sure", "from"], ...rows]).map((line) => `  ${line}`);
}

function findingLines(title: string, found: readonly Finding[]): string[] {
  return [
    `${title}:`,
    ...found.flatMap(({ kind, parameters, evidence, text, repair, isRepaired, settle, severity }) => {
      const made = repair === undefined ? [] : [`${isRepaired ? "made good" : "to do"}: ${repair}`];
      const open =
        repair === undefined && severity === "mistake"
          ? ["nothing here makes it good: save the weights again"]
          : [];
      const settles = settle === undefined ? [] : [`settled by: ${settle}`];
      const about = `${kind} (${evidenceTexts[evidence]})${parameters.length === 0 ? "" : `: ${namesText(parameters)}`}`;
      return [
        `  ${about}`,
        ...[text, ...made, ...open, ...settles]
          .flatMap((each) => wrapped(each, width - 4))
          .map((line) => `    ${line}`),
      ];
    }),
  ];
}

function proofLines({ proof, labels }: Report): string[] {
  if (proof === undefined) return [];
  const { holds, outputs, before, shapes, changes, firstDivergence, unseen } = proof;
  const what = holds ? "the same as Python's" : "NOT the same as Python's";
  const lines = [
    `outputs   ${shapes.map(shapeText).join(", ")}, ${what}: at most ${smallText(outputs.absolute)} apart, ${smallText(outputs.relative)} of the largest`,
  ];
  if (changes.length > 0)
    lines.push(`before    ${smallText(before.absolute)} apart without the changes below`);
  if (labels !== undefined) {
    const comparison = labels.right === labels.recorded ? "as in Python" : `in Python ${labels.recorded}`;
    lines.push(`labels    ${labels.right} of ${labels.count} right, ${comparison}`);
  }
  if (firstDivergence !== undefined) lines.push(`diverges  first in ${firstDivergence}`);
  if (unseen.length > 0) lines.push(`unseen    ${namesText(unseen.map(({ parameter }) => parameter))}`);
  return lines;
}

function changeLines({ proof }: Report): string[] {
  if (proof === undefined || proof.changes.length === 0) return [];
  return [
    `${countText(proof.changes.length, "change")} found, of ${proof.tried} tried:`,
    ...proof.changes.flatMap(({ kind, parameters, text, repair }) => [
      `  ${kind}: ${namesText(parameters)}`,
      ...[text, `made good: ${repair}`]
        .flatMap((each) => wrapped(each, width - 4))
        .map((line) => `    ${line}`),
    ]),
  ];
}

function lessonLines({ lessons, labels }: Report): string[] {
  if (lessons.length === 0) return [];
  return [
    "What would have gone wrong silently: without each of these the model loads, runs, raises nothing, and:",
    ...lessons.flatMap(({ kind, difference, parameters, mistake, right, absolute }) => {
      const off = `outputs up to ${smallText(absolute)} off`;
      const score =
        right === undefined || labels === undefined ? off : `${right} of ${labels.count} right, ${off}`;
      return [`  ${kind}: ${difference} (${namesText(parameters)})`, `    ${mistake}: ${score}`];
    }),
  ];
}

function settingLines({ settings }: Report): string[] {
  if (settings.length === 0) return [];
  const rows = settings.map(({ module, name, value }) => `  ${module}.${name} = ${JSON.stringify(value)}`);
  return ["Settings that the model needs:", ...rows];
}

function alternativeLines({ alternatives, proof }: Report): string[] {
  if (alternatives.length === 0 || proof?.holds === true) return [];
  return [
    "What fits as well:",
    ...alternatives.flatMap(({ kind, text }) =>
      wrapped(`${kind}: ${text}`, width - 2).map((line) => `  ${line}`),
    ),
  ];
}
