// The targets themselves: the described model has the entries it should have, and with the true weights it gives the
// recorded outputs.

import type { NDArray } from "../../../src/numpy/ndarray.ts";
import { compareOutputs } from "../../../src/port/verify.ts";
import type { nn, Tensor } from "../../../src/torch/index.ts";
import { fromNumpy, noGrad } from "../../../src/torch/index.ts";
import { caseEngine } from "../engine.ts";
import { type Case, Failure } from "../suite.ts";
import type { RecordedModel } from "./case.ts";

/** Fills a model entry by entry. */
export function load(module: nn.Module, arrays: ReadonlyMap<string, NDArray>): void {
  noGrad(() => {
    for (const [name, tensor] of module.stateDict({ keepVars: true })) {
      const array = arrays.get(name);
      if (array !== undefined) tensor.copy_(fromNumpy(array.copy()));
    }
  });
}

/** Runs a model, without gradients. */
export function run(module: nn.Module, inputs: readonly Tensor[]): Tensor[] {
  const given = [...inputs, ...module.parameters(), ...module.buffers()];
  return caseEngine().run(() => noGrad(() => forward(module, inputs)), given);
}

/** What a model gives, as a list. */
export function forward(module: nn.Module, inputs: readonly Tensor[]): Tensor[] {
  const result = (module as unknown as { call(...x: readonly Tensor[]): unknown }).call(...inputs);
  return (Array.isArray(result) ? result : [result]) as Tensor[];
}

/** @throws Failure where outputs are not the recorded ones */
export function checkOutputs(recorded: RecordedModel, got: readonly Tensor[]): void {
  const names = Object.keys(recorded.file.outputs);
  recorded.outputs().forEach((want, i) => {
    const { isWithin, absolute } = compareOutputs(got[i]!, want, recorded.file.tolerance);
    if (!isWithin) throw new Failure(`output ${names[i]} differs by ${absolute}`);
  });
}

export function* modelCases(recorded: RecordedModel): Iterable<Case> {
  yield {
    name: `${recorded.name} model`,
    group: "model",
    run: async () => {
      const module = recorded.build();
      const wanted = recorded.file.target.state_dict;
      const given = [...module.stateDict()].map(
        ([name, { shape, dtype }]) => `${name} [${shape.join()}] ${dtype.name}`,
      );
      const names = wanted.map(({ name, shape, dtype }) => `${name} [${shape.join()}] ${dtype}`);
      const off = names.findIndex((name, i) => name !== given[i]);
      if (off >= 0 || given.length !== names.length) {
        throw new Failure(`entry ${off}: expected ${names[off]}, got ${given[off]}`);
      }
      if (recorded.file.part === "B") return;
      load(module, await recorded.expected());
      module.eval();
      checkOutputs(recorded, run(module, recorded.inputs()));
    },
  };
}
