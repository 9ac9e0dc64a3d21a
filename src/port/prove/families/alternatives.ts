// What the matching itself left open: rules that fit as well.

import type { Change, ChangeFamily } from "../change.ts";

/** The alternatives of the matching. */
export const alternativesFamily: ChangeFamily = {
  name: "other matching",
  source: "the matching of names and shapes",
  changes: ({ matching }) =>
    matching.alternatives.map(
      ({ kind, text, rules, severity }): Change => ({
        kind,
        way: text,
        parameters: rules.map(({ target }) => target),
        text,
        repair: `take it so: ${text}`,
        edits: rules.map((rule) => ({ edit: "rule", rule })),
        settings: [],
        isAlone: true,
        ...(severity === undefined ? {} : { severity }),
      }),
    ),
};
