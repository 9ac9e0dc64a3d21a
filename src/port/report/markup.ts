// HTML as values: texts become safe when they are put in, so no name of a file can become markup.

/** HTML that is safe to put into a page. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What can be put into HTML: texts are escaped, markup stands as it is, nothing stands for `false` and undefined. */
export type Content = string | number | Markup | false | undefined | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Characters that no text shows: controls, and marks that turn the direction of what stands around them. */
const invisible = /(?![\n\t])[\p{C}\u2028\u2029]/gu;

/** A text with what HTML gives a meaning to written out, and what cannot be seen shown by its number. */
function escaped(text: string): string {
  return text
    .replace(invisible, (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`)
    .replace(/[&<>"']/g, (character) => entities[character]!);
}

function textOf(content: Content): string {
  if (content === false || content === undefined) return "";
  if (content instanceof Markup) return content.text;
  return typeof content === "object" ? content.map(textOf).join("") : escaped(String(content));
}

/** HTML with values in it. Attributes must be quoted. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(parts.reduce((result, part, i) => result + textOf(values[i - 1]) + part));
}

/** Data for a script of the page, safe within a script element. */
export function jsonScript(id: string, value: unknown): Markup {
  const text = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return new Markup(`<script type="application/json" id="${id}">${text}</script>`);
}
