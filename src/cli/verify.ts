// weightbridge verify: run a model with weights that are under its own names, and compare with what Python recorded.

import { smallText } from "../core/words.ts";
import { examineRules, namedRules } from "../port/replay.ts";
import { reportOf } from "../port/report/report.ts";
import { type Command, parse, print, printJson, UsageError } from "./arguments.ts";
import { readModel } from "./models.ts";
import { layersOf, verdictStatus } from "./port.ts";
import { readProbe, tolerances } from "./recorded.ts";
import { readWeights } from "./weights.ts";

const help = `weightbridge verify MODEL.safetensors --into SPEC --probe PROBE.npz
                    [--atol A] [--rtol R] [--json] [--quiet]

Runs a model with weights that are under its own names and compares the outputs with
the recorded ones. Nothing is changed and nothing is searched for.

  MODEL.safetensors   what weightbridge port --out wrote, or any file with the names
                      of the model
  --into, --probe, --atol, --rtol   as of weightbridge port
  --json              the report as JSON
  --quiet             prints nothing but errors

Exit status: 0 the outputs are the recorded ones, 1 they are others, 2 refused.`;

const options = {
  into: { type: "string" },
  probe: { type: "string" },
  atol: { type: "string" },
  rtol: { type: "string" },
  json: { type: "boolean", default: false },
  quiet: { type: "boolean", default: false },
} as const;

export const verify: Command = {
  help,
  run: async (args) => {
    const { values, positionals } = parse(args, options);
    const [weights] = positionals;
    if (weights === undefined || positionals.length > 1) throw new UsageError("expected MODEL.safetensors");
    if (values.into === undefined || values.probe === undefined) {
      throw new UsageError("expected --into SPEC and --probe PROBE.npz");
    }
    const limits = tolerances(values);
    const target = await readModel(values.into);
    const probe = await readProbe(values.probe, target.inputs);
    const source = (await readWeights(weights)).source(layersOf(target));
    const recorded = { ...probe.recorded, ...limits };
    const known = namedRules({ module: target.model }, source);
    const examination = examineRules(target.model, source, known, { recorded, search: false });
    const { labels } = probe;
    const report = reportOf(examination, {
      file: weights,
      model: target.name,
      recorded,
      ...(labels === undefined ? {} : { labels }),
    });
    if (values.json) printJson(report);
    else if (!values.quiet) {
      print(report.sentence);
      for (const problem of [...report.problems, ...report.missing.map((name) => `nothing fills ${name}`)])
        print(`  ${problem}`);
      if (report.proof !== undefined)
        print(`outputs   at most ${smallText(report.proof.outputs.absolute)} apart`);
      if (report.proof?.firstDivergence !== undefined)
        print(`diverges  first in ${report.proof.firstDivergence}`);
      if (report.labels !== undefined)
        print(
          `labels    ${report.labels.right} of ${report.labels.count} right, in Python ${report.labels.recorded}`,
        );
    }
    return verdictStatus[report.verdict];
  },
};
