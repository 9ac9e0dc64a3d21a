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
  predict,
  type Source,
  sourceOfFile,
} from "../../src/port/index.ts";
import { targetsOf } from "../../src/port/target.ts";
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
  readonly files: readonly {
    readonly file: string;
    readonly format: string | null;
    readonly read?: boolean;
  }[];
  readonly inputs: { readonly input: RecordedArray };
  readonly outputs: { readonly output: RecordedArray };
  readonly tolerance: { readonly atol: number; readonly rtol: number };
}

const files = referenceFiles("models");
const names = new Set(
  [...files.keys()].map((path) => path.split("/")[0]!).filter((name) => name.startsWith("a-")),
);

/** What no file tells: a flat array of a program that computes x @ W looks like one of PyTorch's. */
const untold: ReadonlySet<string> = new Set(["a-iris-linear-numpy/linear_model_params.npy"]);

function tensorOf({ dtype, shape, data }: RecordedArray): Tensor {
  const bytes = Uint8Array.from(Buffer.from(data, "base64"));
  return new Tensor(new Storage(bytes), Layout.contiguous(dtypeByName(dtype)!, shape));
}

async function sourceOf(path: string, layers: number): Promise<ParameterSource | Source> {
  const bytes = files.get(path);
  if (bytes !== undefined) return sourceOfFile(await read(bytes), layers);
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
  if (recorded.target.forward !== "sequential") continue;
  for (const { file, format, read: isReadable } of recorded.files) {
    const path = `${name}/${file}`;
    if (format === null || isReadable === false || untold.has(path)) continue;
    count++;
    test(`port ${path}`, async () => {
      const model = buildModule(recorded.target.tree);
      const input = tensorOf(recorded.inputs.input);
      const layers = new Set(targetsOf(model).map((target) => target.path)).size;
      loadParameters(model, await sourceOf(path, layers), { input });
      const { isWithin, absolute } = compareOutputs(
        predict(model, input),
        tensorOf(recorded.outputs.output),
        recorded.tolerance,
      );
      assert.ok(isWithin, `outputs differ by ${absolute}`);
    });
  }
}

test("all the files were tried", () => assert.ok(count >= 50, `${count} files`));
