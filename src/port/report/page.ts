// A report as one HTML file: everything is in it, nothing is fetched.

import { countText, shapeText, smallText } from "../../core/words.ts";
import { pageHtml } from "./frame.ts";
import { html, jsonScript, Markup } from "./markup.ts";
import type { ParameterPictures, Picture } from "./pictures.ts";
import type { ParameterReport, Report } from "./report.ts";
import { script } from "./script.ts";
import {
  findingSection,
  header,
  lessonSection,
  mappingSection,
  otherSections,
  problemSection,
  proofSection,
  section,
} from "./sections.ts";

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

const pictureData = ({
  rows,
  columns,
  allRows,
  allColumns,
  cells,
  rowSizes,
  columnSizes,
}: Picture): unknown[] => [
  rows,
  columns,
  allRows,
  allColumns,
  base64(cells),
  base64(rowSizes),
  base64(columnSizes),
];

function plot(kind: string, { title, shape, allRows, allColumns }: Picture, at: string): Markup {
  const label = `${kind}: ${title}, ${allRows} rows and ${allColumns} columns`;
  return html`<div class="plot"><p><b>${kind}</b> ${kind !== "after" && title} ${shapeText(shape)}</p><div class="map" data-at="${at}" data-label="${label}"></div></div>`;
}

function figure({ parameter, scale, before, hidden, after }: ParameterPictures, index: number): Markup {
  const isPlain = before.length === 0;
  const plots = isPlain
    ? plot("as it is", { ...after, title: "" }, `${index}.0`)
    : [
        ...before.map((picture, i) => plot("before", picture, `${index}.${i}`)),
        plot("after", after, `${index}.${before.length}`),
      ];
  const rest = hidden > 0 && html`<p class="key">and ${countText(hidden, "array")} more</p>`;
  const role = parameter.slice(parameter.lastIndexOf(".") + 1);
  return html`<figure><figcaption><code>${role}</code> <small>&plusmn;${smallText(scale)}</small></figcaption><div class="pair">${plots}</div>${rest}<p class="readout" aria-hidden="true"></p></figure>`;
}

/** The pictures of one layer's parameters, in a card. */
function layerCard(path: string, module: string, figures: readonly Markup[]): Markup {
  return html`<article class="card layer"><h3>${path === "" ? "(the model itself)" : path} <small>${module}</small></h3><div>${figures}</div></article>`;
}

function layerCards(
  pictures: readonly ParameterPictures[],
  parameters: readonly ParameterReport[],
): Markup[] {
  const modules = new Map(parameters.map(({ name, module }) => [name, module]));
  const layers = new Map<string, { module: string; figures: Markup[] }>();
  pictures.forEach((picture, index) => {
    const path = picture.parameter.slice(0, Math.max(0, picture.parameter.lastIndexOf(".")));
    const layer = layers.get(path) ?? { module: modules.get(picture.parameter) ?? "", figures: [] };
    layer.figures.push(figure(picture, index));
    layers.set(path, layer);
  });
  return [...layers].map(([path, { module, figures }]) => layerCard(path, module, figures));
}

function pictureSection(
  pictures: readonly ParameterPictures[],
  parameters: readonly ParameterReport[],
): Markup | undefined {
  if (pictures.length === 0) return undefined;
  const lead =
    "Rows are the first axes of an array, columns the others, cut where the picture is most nearly square. Of large arrays every n-th row and column is shown. Colours reach from minus to plus the number beside each name; bars at the right and below are the root mean squares of all rows and columns.";
  return section("weights", "The weights, before and after", lead, [
    html`<div class="legend"><span>negative</span><span class="ramp" role="img" aria-label="from blue for negative over pale for zero to orange for positive"></span><span>positive</span><span><span class="odd"></span>not a finite number</span></div>
<noscript><p>The pictures are drawn by a script, which does not run here.</p></noscript>
<div class="pictures">${layerCards(pictures, parameters)}</div>`,
  ]);
}

/**
 * The report as a page of HTML that needs nothing but itself.
 * @param pictures of the weights, as `picturesOf` gives them
 */
export function reportHtml(report: Report, pictures: readonly ParameterPictures[] = []): string {
  const data = pictures.map(({ scale, before, after }) => [scale, [...before, after].map(pictureData)]);
  const content = html`${problemSection(report)}
${proofSection(report)}
${findingSection(report)}
${lessonSection(report)}
${mappingSection(report)}
${otherSections(report)}
${pictureSection(pictures, report.parameters)}`;
  return pageHtml({
    title: `${report.model}: ${report.verdict} (weightbridge)`,
    header: header(report),
    content,
    footer: `Made by weightbridge, form ${report.version} of the report. Nothing was fetched, and nothing in the weights' file was run.`,
    scripts: html`${jsonScript("pictures", data)}
<script>${new Markup(script)}</script>`,
  });
}
