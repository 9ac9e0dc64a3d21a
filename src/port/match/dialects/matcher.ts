// Arrays under another library's names for the same parts: joined on what the names mean, with shapes as a check; weights in
// parts put together; what an exporter folded made good. What no pattern knows is matched as PyTorch's names are.

import type { Finding } from "../../finding.ts";
import type { Alternative, Matcher, Matching } from "../../matching.ts";
import type { Rule } from "../../rules/rule.ts";
import type { Source } from "../../source.ts";
import { inOrderOf, type Model, withEntries } from "../../target.ts";
import { listText } from "../fitting.ts";
import { matchNamed } from "../named.ts";
import { pairByName } from "../prefixes.ts";
import { withFolded } from "./folded.ts";
import { type Join, joinNames, readArrays } from "./join.ts";
import { libraryOf } from "./parts.ts";
import { withHalves } from "./rotary.ts";
import { tiedRules } from "./tied.ts";
import { type MadeWeight, madeFindings, madeWeights } from "./weight-parts.ts";

/** A source whose weights in parts are whole. */
function whole(source: Source, made: readonly MadeWeight[]): Source {
  const parts = new Set(made.flatMap(({ rule }) => rule.from.map(({ name }) => name)));
  const arrays = source.arrays.filter(({ name }) => !parts.has(name));
  return { ...source, arrays: [...arrays, ...made.map(({ name, array }) => ({ name, array }))] };
}

/** Rules that name a weight in parts name its parts instead. */
function inParts(rules: readonly Rule[], made: readonly MadeWeight[]): Rule[] {
  const byName = new Map(made.map((each) => [each.name, each]));
  return rules.map((rule) => {
    const [part, ...others] = rule.from;
    const found = part === undefined || others.length > 0 ? undefined : byName.get(part.name);
    if (found === undefined) return rule;
    const { from, combine, kind, why } = found.rule;
    return {
      target: rule.target,
      from,
      ...(combine === undefined ? {} : { combine }),
      ops: [...(part!.ops ?? []), ...(rule.ops ?? [])],
      kind,
      ...(why === undefined ? {} : { why }),
    };
  });
}

function joinOf(source: Source, model: Model): Join {
  const names = new Set(source.arrays.map(({ name }) => name));
  const own = new Set(model.targets.filter(({ name }) => names.has(name)).map(({ name }) => name));
  // Where every name is the model's there is nothing to be joined; where some are, the others may still be.
  const arrays = source.arrays.filter(({ name }) => !own.has(name));
  const join = joinNames(
    model.targets.filter(({ name }) => !own.has(name)),
    readArrays(arrays),
  );
  // One part alone that means the same is chance.
  return join.rules.length < 2 ? { ...join, rules: [], used: new Set() } : join;
}

function renamedFindings(join: Join, source: Source, model: Model): Finding[] {
  const library = libraryOf(source.arrays.map(({ name }) => name));
  const other = libraryOf(model.targets.map(({ name }) => name));
  const whose =
    library === undefined ? "Other names for the same parts" : `The names are those of ${library}`;
  const into = other === undefined || other === library ? "" : `, the model's those of ${other}`;
  const say = (kind: string, rules: readonly Rule[], text: string): Finding[] =>
    rules.length === 0
      ? []
      : [
          {
            kind,
            parameters: rules.map(({ target }) => target),
            severity: "conversion",
            evidence: "names",
            text,
            isRepaired: true,
          },
        ];
  const joined = join.rules.filter(({ combine }) => combine !== undefined);
  const cut = join.rules.filter(({ kind }) => kind === "split");
  const rest = join.rules.filter((rule) => !joined.includes(rule) && !cut.includes(rule));
  const examples = rest.map(({ target, from }) => `${from[0]!.name} is ${target}`);
  const split = joined.flatMap(({ from }) => from.map(({ name }) => name));
  return [
    ...say("renamed", rest, `${whose}${into}: ${listText(examples, 3)}.`),
    ...say(
      "split",
      joined,
      `Queries, keys and values are arrays of their own (${listText(split, 3)}) and together have the shape: they are joined along the first axis in this order.`,
    ),
    ...say(
      "joined",
      cut,
      `Queries, keys and values are one array in the file (${listText([...new Set(cut.map(({ from }) => from[0]!.name))], 2)}); it is cut into three.`,
    ),
  ];
}

/** Where the file's rotary embedding turns neighbours and the model's halves. */
function rotary(
  source: Source,
  model: Model,
  rules: readonly Rule[],
): Pick<Matching, "findings" | "alternatives"> & {
  readonly rules: readonly Rule[];
} {
  const isMeta = source.arrays.some(({ name }) => /(^|\.)attention\.wq\.weight$/.test(name));
  const isHalved = model.targets.some(({ name }) => /(^|\.)q_proj\.weight$/.test(name));
  const turned = isMeta && isHalved ? withHalves(model, rules) : undefined;
  if (turned === undefined) return { rules, findings: [], alternatives: [] };
  return {
    rules: turned.rules,
    alternatives: turned.alternatives,
    findings: [
      {
        kind: "rotary order",
        parameters: turned.parameters,
        severity: "conversion",
        evidence: "names",
        text: `Meta's Llama turns neighbouring rows of queries and keys, the model halves of a head: they are put in that order, head by head (${turned.size} rows each).`,
        isRepaired: true,
        ...(turned.alternatives.length === 0
          ? {}
          : { settle: "a recorded input and output: shapes do not tell the size of a head" }),
      },
    ],
  };
}

const tiedFinding = (rules: readonly Rule[]): Finding[] =>
  rules.length === 0
    ? []
    : [
        {
          kind: "tied",
          parameters: rules.map(({ target }) => target),
          severity: "conversion",
          evidence: "names",
          text: `${listText(rules.map(({ target }) => target))} is not in the file and has the shape of the tokens' embedding, with which such models share it: it is filled with that.`,
          isRepaired: true,
        },
      ];

interface Joined {
  readonly made: readonly MadeWeight[];
  readonly join: Join;
  readonly matching: Matching;
}

function joined(source: Source, model: Model): Joined {
  const made = madeWeights(source.arrays);
  const seen = whole(source, made);
  const join = joinOf(seen, model);
  const filled = new Set(join.rules.map(({ target }) => target));
  const arrays = seen.arrays.filter(({ name }) => !join.used.has(name));
  const rest = matchNamed(
    { ...seen, arrays },
    withEntries(model, (name) => !filled.has(name)),
    join.isTurned,
  );
  const turned = rotary(seen, model, join.rules);
  const rules = [...turned.rules, ...rest.rules];
  const tied = tiedRules(model, rules, rest.missing);
  const ties = new Set(tied.map(({ target }) => target));
  const all = [...rules, ...tied];
  const targetOf = new Map(
    all.flatMap(({ target, from }) => from.map(({ name }) => [name, target] as const)),
  );
  const alternatives: Alternative[] = [...turned.alternatives, ...rest.alternatives].map((each) => ({
    ...each,
    rules: inParts(each.rules, made),
  }));
  const parts = new Map(made.map(({ name, rule }) => [name, rule.from.map((part) => part.name)]));
  const findings = rest.findings.filter(
    ({ kind, parameters }) =>
      kind !== "missing" || parameters.length === 0 || !parameters.every((name) => ties.has(name)),
  );
  const matching: Matching = {
    rules: inOrderOf(model, inParts(all, made)),
    findings: [
      ...madeFindings(made, targetOf),
      ...renamedFindings(join, seen, model),
      ...turned.findings,
      ...tiedFinding(tied),
      ...findings,
    ],
    alternatives,
    missing: rest.missing.filter((name) => !ties.has(name)),
    unused: rest.unused.flatMap((name) => parts.get(name) ?? [name]),
    problems: rest.problems,
    ...(rest.proposals === undefined ? {} : { proposals: rest.proposals }),
  };
  return { made, join, matching: withFolded(seen, model, matching) };
}

/** Less than where all names are the model's. */
const most = 0.95;

/** Names of other libraries for the same parts. */
export const dialectMatcher: Matcher = {
  name: "dialects",
  title: "PyTorch, under other names",
  source:
    "the modules of transformers, timm, torch.nn.TransformerEncoderLayer; google-research/vision_transformer; Meta's Llama",
  most,
  recognise: (source, model) => {
    if (source.arrangement !== "named") return undefined;
    const { made, join, matching } = joined(source, model);
    const folded = matching.findings.filter(({ kind }) => kind === "folded" || kind === "tied").length;
    if (made.length + join.rules.length + folded === 0) return undefined;
    // Where a prefix explains all, the names are PyTorch's own.
    const own = pairByName(source.arrays, model.targets).pairs.length;
    if (own === model.targets.length) return { confidence: 0, reasons: ["a prefix explains the names"] };
    const library = libraryOf(source.arrays.map(({ name }) => name));
    return {
      confidence: Math.min(most, 0.6 + (0.4 * join.rules.length) / model.targets.length),
      reasons: [
        ...(library === undefined ? [] : [`the names are those of ${library}`]),
        `${join.rules.length} names mean what ${join.rules.length} of the model's mean`,
      ],
    };
  },
  match: (source, model) => joined(source, model).matching,
};
