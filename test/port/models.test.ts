// Models that Python trained and saved, in every form in which the arrays come as .npz, .npy or PyTorch's zip: each
// file fills the model that the case describes, and the outputs are the recorded ones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dtypeByName } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { read } from "../../src/files/index.ts";
import {
  buildModule,
  compareOutputs,
  loadParameters,
  type ParameterSource,
  type PlanOptions,
  predict,
} from "../../src/port/index.ts";
import { weightsOf } from "../../src/port/weights.ts";
import { Tensor } from "../../src/torch/index.ts";
import { referenceFiles, referenceJson } from "../support/reference.ts";

interface RecordedArray {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: string;
}

interface Case {
  readonly source: { readonly library: string };
  readonly target: { readonly tree: { readonly type: string }; readonly forward: unknown };
  readonly files: readonly { readonly file: string; readonly format: string }[];
  readonly inputs: { readonly input: RecordedArray };
  readonly outputs: { readonly output: RecordedArray };
  readonly tolerance: { readonly atol: number; readonly rtol: number };
}

const files = referenceFiles("models");
const names = new Set(
  [...files.keys()].map((path) => path.split("/")[0]!).filter((name) => name.startsWith("a-")),
);
const formats = new Set(["npz", "npy", "npy-object", "npy-folder", "pt", "pt-module"]);

/** Cases and files for which the rule is not to be had from the file, or that are of a form read elsewhere. */
const left: Readonly<Record<string, string>> = {
  "a-digits-mlp-sklearn": "scikit-learn's names",
  "a-iris-logreg-sklearn": "scikit-learn's names",
  "a-iris-linear-numpy": "W and b, in no library's naming",
  "a-iris-mlp-torch/state_dict_legacy.pt": "the stream that PyTorch wrote before 1.6",
};

function tensorOf({ dtype, shape, data }: RecordedArray): Tensor {
  const bytes = Uint8Array.from(Buffer.from(data, "base64"));
  return new Tensor(new Storage(bytes), Layout.contiguous(dtypeByName(dtype)!, shape));
}

async function sourceOf(path: string): Promise<ParameterSource> {
  const bytes = files.get(path);
  if (bytes !== undefined) return weightsOf((await read(bytes)).tree);
  const inside = [...files].filter(([name]) => name.startsWith(`${path}/`));
  const arrays = inside.map(async ([name, content]): Promise<[string, Operand]> => {
    const stem = name.slice(path.length + 1, -".npy".length);
    return [stem, (await read(content)).tree as unknown as Operand];
  });
  return new Map(await Promise.all(arrays));
}

let count = 0;
for (const name of [...names].sort()) {
  const recorded = referenceJson<Case>(`models/${name}/case.json`);
  if (name in left || recorded.target.forward !== "sequential") continue;
  for (const { file, format } of recorded.files) {
    const path = `${name}/${file}`;
    if (!formats.has(format) || path in left) continue;
    count++;
    test(`port ${path}`, async () => {
      const model = buildModule(recorded.target.tree);
      const input = tensorOf(recorded.inputs.input);
      const isList = recorded.source.library === "keras" && !file.includes("named");
      const options: PlanOptions = { input, ...(isList ? { layout: "keras" } : {}) };
      loadParameters(model, await sourceOf(path), options);
      const { isWithin, absolute } = compareOutputs(
        predict(model, input),
        tensorOf(recorded.outputs.output),
        recorded.tolerance,
      );
      assert.ok(isWithin, `outputs differ by ${absolute}`);
    });
  }
}

test("all the files were tried", () => assert.ok(count >= 25, `${count} files`));
