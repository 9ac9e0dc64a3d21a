// What all pages have around what they say: one HTML file in which everything is, and which fetches nothing.

import { type Content, html, Markup } from "./markup.ts";
import { style } from "./style.ts";

/** Nothing is loaded from anywhere, whatever a name in a file says. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** What a page says. */
export interface PageContent {
  readonly title: string;
  readonly header: Content;
  readonly content: Content;
  readonly footer: Content;
  readonly scripts?: Content;
}

/** A page of HTML that needs nothing but itself. */
export function pageHtml({ title, header, content, footer, scripts }: PageContent): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="weightbridge">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${header}
<main>
${content}
</main>
<footer>${footer}</footer>
${scripts}
</body>
</html>
`.text;
}
