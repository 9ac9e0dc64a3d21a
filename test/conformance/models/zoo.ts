// Models of a library, made from its own configuration by its own class name: with the recorded weights they give the
// recorded outputs, and decode greedily what was recorded.

import { camelCase } from "../../../src/core/names.ts";
import * as models from "../../../src/models/index.ts";
import { fromNumpy, nn, noGrad, type Tensor } from "../../../src/torch/index.ts";
import { caseEngine, isAsWritten } from "../engine.ts";
import { type Case, Failure } from "../suite.ts";
import { type RecordedModel, tensorOf } from "./case.ts";
import { checkOutputs } from "./model.ts";

type Named = Readonly<Record<string, Tensor>>;
type Pretrained = nn.Module & {
  generate(inputIds: Tensor, options: models.GenerateOptions): Tensor;
};
type PretrainedClass = new (config: models.Config) => Pretrained;

/** The model of the case's class and configuration, with the recorded weights. */
async function pretrained(recorded: RecordedModel, config: models.Config): Promise<Pretrained> {
  const name = recorded.file.source.class!;
  const Class = (models as unknown as Readonly<Record<string, PretrainedClass>>)[name];
  if (Class === undefined) throw new Failure(`there is no ${name}`);
  const model = nn.utils.skipInit(Class, config).eval();
  const state = [...(await recorded.expected())].map(([entry, array]): [string, Tensor] => [
    entry,
    fromNumpy(array.copy()),
  ]);
  model.loadStateDict(new Map(state));
  return model;
}

export function* zooCases(recorded: RecordedModel): Iterable<Case> {
  const config = recorded.config();
  const { greedy, source, part } = recorded.file;
  if (config === undefined || source.class === undefined || part === "B") return;
  yield {
    name: `${recorded.name} from its config`,
    group: "zoo",
    run: async () => {
      const model = await pretrained(recorded, config);
      const { inputs, outputs } = recorded.file;
      const given = Object.fromEntries(
        Object.entries(inputs).map(([name, array]) => [camelCase(name), tensorOf(array)]),
      );
      const tensors = [...Object.values(given), ...model.parameters(), ...model.buffers()];
      const got = caseEngine().run(() => noGrad(() => model.call(given as never)) as Named, tensors);
      checkOutputs(
        recorded,
        Object.keys(outputs).map((name) => got[camelCase(name)]!),
      );
    },
  };
  if (greedy === undefined || !isAsWritten()) return;
  yield {
    name: `${recorded.name} greedy`,
    group: "greedy",
    run: async () => {
      const model = await pretrained(recorded, config);
      const { inputs, new_tokens: count, sequences } = greedy;
      const [ids] = Object.values(inputs).map(tensorOf);
      const options = { maxNewTokens: count, minNewTokens: count, padTokenId: 0 };
      const got = JSON.stringify(model.generate(ids!, options).tolist());
      const want = JSON.stringify(tensorOf(sequences).tolist());
      if (got !== want) throw new Failure(`decoded ${got}, recorded ${want}`);
    },
  };
}
