// weightbridge port: fit weights into a model and prove it.

import { ValueError } from "../core/errors.ts";
import { saveFile, saveSafetensors } from "../files/node.ts";
import { type Examination, examine } from "../port/examine.ts";
import { applyPlan } from "../port/filling.ts";
import { convertedMetadata } from "../port/match/converted.ts";
import { emitModel } from "../port/model/emit/emit.ts";
import { outline } from "../port/model/outline.ts";
import { examineRules, type KnownRules } from "../port/replay.ts";
import { reportHtml } from "../port/report/page.ts";
import { picturesOf } from "../port/report/pictures.ts";
import { type Report, reportOf } from "../port/report/report.ts";
import { reportText } from "../port/report/text.ts";
import type { PortVerdict } from "../port/report/verdict.ts";
import { parsePlan, planJson, planOf } from "../port/rules/plan.ts";
import { targetsOf } from "../port/target.ts";
import {
  type Command,
  checkTargets,
  parse,
  print,
  printJson,
  status,
  UsageError,
  writingOptions,
} from "./arguments.ts";
import { modelIn, type ReadModel, readModel, readText } from "./models.ts";
import { Progress, wantsProgress } from "./progress.ts";
import { type Probe, readProbe, tolerances } from "./recorded.ts";
import { readWeights } from "./weights.ts";

const help = `weightbridge port WEIGHTS [--into SPEC] [--probe PROBE.npz] [--out MODEL.safetensors]
                    [--plan PLAN.json] [--save-plan PLAN.json] [--report REPORT.html]
                    [--emit MODEL.ts]
                    [--layout NAME] [--allow KIND]... [--atol A] [--rtol R] [--force]
                    [--json] [--quiet] [--progress]

Fits the arrays of a file into a PyTorch-shaped model: finds which array is which
parameter and what must be done to it, says for each how it is known, and proves it
with a recorded input and output, or searches for the changes that make it true.

  WEIGHTS      any file that weightbridge inspect opens, its http address, or a
               folder of .npy files or with one file of weights in it
  --into       the model: a .json description of its modules (and of its forward
               pass), or a JavaScript module whose default export is a Module or a
               function that gives one. A .keras file needs none, nor does a module
               that was saved whole: they have their own
  --probe      a .npz with what Python recorded: "input" and "output", or
               "inputs/NAME" and "outputs/NAME"; "activations/PATH" and "labels" if
               there are any. weightbridge probe prints the Python that writes it
  --out        writes the parameters under the model's names, and settings that the
               model needs in the header
  --save-plan  writes the rules as JSON; --plan carries such rules out on another file
  --report     writes a page with everything that was found, for people
  --emit       writes the model as TypeScript, as one would have written it
  --layout     whose layout the arrays are in (torch, keras, flax, sklearn);
               found out when not given
  --allow      a repair that loses or makes up numbers: "padded" cuts spare rows off,
               "missing" puts zeros in the place of missing biases
  --atol, --rtol   tolerance of the proof: |got - want| <= atol + rtol |want|,
               1e-5 each unless given
  --force      replaces files that are there already
  --json       the report as JSON
  --quiet      prints nothing but errors
  --progress   draws a bar though standard error is no terminal

Nothing is written unless all parameters are filled, and not where something is known
to be wrong.

Exit status: 0 proved right; 1 wrong, the outputs differ or a mistake is known that
nothing makes good; 2 refused, or called wrongly; 3 undecidable, it fits and nothing
proves it.`;

const options = {
  into: { type: "string" },
  probe: { type: "string" },
  out: { type: "string" },
  plan: { type: "string" },
  "save-plan": { type: "string" },
  report: { type: "string" },
  emit: { type: "string" },
  layout: { type: "string" },
  allow: { type: "string", multiple: true, default: [] as string[] },
  atol: { type: "string" },
  rtol: { type: "string" },
  ...writingOptions,
} as const;

type Values = ReturnType<typeof parse<typeof options>>["values"];

/** The exit status of each verdict. */
export const verdictStatus: Readonly<Record<PortVerdict, number>> = {
  right: status.ok,
  wrong: status.failed,
  refused: status.refused,
  undecidable: status.undecided,
};

/** How many layers of a model hold parameters. */
export const layersOf = ({ model }: ReadModel): number =>
  new Set(targetsOf(model).map(({ path }) => path)).size;

/** What was found out, and what it is reported with. */
interface Ported {
  readonly examination: Examination;
  readonly report: Report;
  readonly target: ReadModel;
}

async function examined(weights: string, values: Values): Promise<Ported> {
  const read = await readWeights(weights);
  const target = values.into === undefined ? modelIn(read.opened) : await readModel(values.into);
  const probe = values.probe === undefined ? undefined : await readProbe(values.probe, target.inputs);
  const recorded = probe === undefined ? undefined : { ...probe.recorded, ...tolerances(values) };
  const source = read.source(layersOf(target));
  const known = values.plan === undefined ? target.known : await readPlan(values.plan);
  const progress = new Progress("proving", wantsProgress(values));
  const limits = {
    ...(recorded === undefined ? {} : { recorded }),
    onProgress: progress.update,
  };
  try {
    const examination =
      known === undefined
        ? examine(target.model, source, {
            ...limits,
            allow: values.allow,
            ...(values.layout === undefined ? {} : { layout: values.layout }),
          })
        : examineRules(target.model, source, known, limits);
    return { examination, report: reported(examination, weights, target, probe, recorded), target };
  } finally {
    progress.finish();
  }
}

function reported(
  examination: Examination,
  file: string,
  { name }: ReadModel,
  probe: Probe | undefined,
  recorded: Probe["recorded"] | undefined,
): Report {
  return reportOf(examination, {
    file,
    model: name,
    ...(recorded === undefined ? {} : { recorded }),
    ...(probe?.labels === undefined ? {} : { labels: probe.labels }),
  });
}

async function readPlan(path: string): Promise<KnownRules> {
  const text = await readText(path);
  try {
    const { source, rules, settings } = parsePlan(text);
    const layout = { name: source.library, title: source.library, reasons: [`the plan ${path} says so`] };
    return { layout, rules, settings };
  } catch (error) {
    if (error instanceof ValueError) throw new ValueError(`${path}: ${error.message}`);
    throw error;
  }
}

/** Writes what was asked for: the page and the model's source always, plan and weights where nothing is known to be wrong. */
async function write(
  { examination, report, target }: Ported,
  weights: string,
  values: Values,
): Promise<string[]> {
  const notes: string[] = [];
  const { report: page, out, emit, "save-plan": plan } = values;
  if (page !== undefined) {
    const text = reportHtml(report, picturesOf(examination));
    await saveFile(page, new TextEncoder().encode(text));
  }
  if (emit !== undefined) await saveFile(emit, new TextEncoder().encode(sourceOf(target)));
  if (report.verdict === "wrong" || report.verdict === "refused") {
    for (const path of [plan, out]) if (path !== undefined) notes.push(`${path} was not written`);
    return notes;
  }
  if (plan !== undefined) {
    await saveFile(plan, new TextEncoder().encode(planJson(planOf(examination, weights))));
  }
  if (out !== undefined) await saveWeights(out, examination);
  return notes;
}

/** The model as TypeScript: from its description, or from the layers that it is made of. */
const sourceOf = ({ spec, model }: ReadModel): string =>
  emitModel(spec === undefined ? model : outline(spec));

async function saveWeights(path: string, examination: Examination): Promise<void> {
  const { model, source, layout, settings, rules } = examination;
  // Settings go into the header: the file holds weights alone.
  applyPlan(
    model.module,
    { rules, settings: [] },
    new Map(source.arrays.map(({ name, array }) => [name, array])),
  );
  const metadata = convertedMetadata(layout.title);
  metadata.set("format", "pt");
  if (settings.length > 0) metadata.set("settings", JSON.stringify(settings));
  const seen = new Set<unknown>();
  const tensors = [...model.module.stateDict()].filter(([, { storage }]) => {
    const isNew = !seen.has(storage);
    seen.add(storage);
    return isNew;
  });
  await saveSafetensors(path, tensors, { metadata });
}

/** @throws UsageError where a file is there already, or what is asked for does not go together */
async function check(values: Values): Promise<void> {
  const { out, plan, layout, report, emit, "save-plan": saved } = values;
  if (out !== undefined && !out.endsWith(".safetensors")) {
    throw new UsageError(
      `--out writes .safetensors, got ${out}; weightbridge convert makes other files of it`,
    );
  }
  if (plan !== undefined && layout !== undefined) {
    throw new UsageError("--plan has its own layout: leave --layout out");
  }
  await checkTargets(
    [out, saved, report, emit].filter((path) => path !== undefined),
    values.force,
  );
}

export const port: Command = {
  help,
  run: async (args) => {
    const { values, positionals } = parse(args, options);
    const [weights] = positionals;
    if (weights === undefined || positionals.length > 1) throw new UsageError("expected WEIGHTS");
    if (values.probe === undefined && (values.atol !== undefined || values.rtol !== undefined)) {
      throw new UsageError("--atol and --rtol are for a proof: give --probe");
    }
    await check(values);
    const ported = await examined(weights, values);
    const notes = await write(ported, weights, values);
    if (values.json) printJson(ported.report);
    else if (!values.quiet) {
      print(reportText(ported.report));
      for (const note of notes) print(`\nnote: ${note}`);
    }
    return verdictStatus[ported.report.verdict];
  },
};
