// Recorded whole models (test/reference/models): their arrays, and what is compared with them.

import assert from "node:assert/strict";
import { dtypeByName } from "../../src/core/dtype.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { read } from "../../src/files/index.ts";
import { type nn, Tensor, toTorch } from "../../src/torch/index.ts";
import { referenceFile, referenceJson } from "../support/reference.ts";

/** An array as it is recorded: base64 of its bytes. */
export interface RecordedArray {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: string;
}

type Arrays = Readonly<Record<string, RecordedArray>>;

/** What is read here of a case.json. */
export interface RecordedModel {
  readonly target: {
    readonly state_dict: readonly { readonly name: string; readonly shape: readonly number[] }[];
  };
  readonly files: readonly { readonly file: string }[];
  readonly inputs: Arrays;
  readonly outputs: Arrays;
  readonly activations: Arrays;
  readonly tolerance: { readonly atol: number; readonly rtol: number };
  readonly greedy?: {
    readonly inputs: Arrays;
    readonly new_tokens: number;
    readonly sequences: RecordedArray;
  };
  readonly finetune?: {
    readonly optimizer_args: { readonly lr: number; readonly weight_decay: number };
    readonly targets: RecordedArray;
    readonly losses: readonly number[];
    readonly final_state: string;
    readonly final_output_in_eval_mode: RecordedArray;
    readonly tolerance: {
      readonly losses_atol: number;
      readonly state_atol: number;
      readonly output_atol: number;
    };
  };
}

/** The case of a name. */
export function recordedModel(name: string): RecordedModel {
  return referenceJson<RecordedModel>(`models/${name}/case.json`);
}

/** A recorded array as a tensor. */
export function tensorOf({ dtype, shape, data }: RecordedArray): Tensor {
  const bytes = Uint8Array.from(Buffer.from(data, "base64"));
  return new Tensor(new Storage(bytes), Layout.contiguous(dtypeByName(dtype)!, shape));
}

/** Recorded arrays by the names that calls here have: `input_ids` as `inputIds`. */
export function inputsOf(arrays: Arrays): Record<string, Tensor> {
  const named = (name: string): string =>
    name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [named(name), tensorOf(array)]));
}

/** The state dict in a recorded file. */
export async function stateOf(path: string): Promise<Map<string, Tensor>> {
  const { tree } = await read(referenceFile(`models/${path}`));
  return toTorch(tree) as Map<string, Tensor>;
}

/** |got - want| <= atol + rtol |want|, and the same shape. */
export function assertClose(
  got: Tensor,
  want: Tensor,
  { atol, rtol = 0 }: { readonly atol: number; readonly rtol?: number },
  name: string,
): void {
  assert.deepEqual(got.shape, want.shape, name);
  const over = got.detach().sub(want).abs().sub(want.abs().mul(rtol)).max().item() as number;
  assert.ok(over <= atol, `${name}: ${over} more than ${rtol} of what was recorded, ${atol} is allowed`);
}

/** Calls the model and keeps what its submodules gave, by path. */
export function withActivations<Output>(
  model: nn.Module,
  paths: readonly string[],
  call: () => Output,
): { readonly output: Output; readonly activations: ReadonlyMap<string, Tensor> } {
  const activations = new Map<string, Tensor>();
  const handles = paths.map((path) =>
    model.getSubmodule(path).registerForwardHook((_module, _inputs, output) => {
      activations.set(path, output as Tensor);
    }),
  );
  const output = call();
  for (const handle of handles) handle.remove();
  return { output, activations };
}
