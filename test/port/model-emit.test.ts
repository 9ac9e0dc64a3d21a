// Described models as TypeScript: the source runs and gives the recorded outputs, and its types hold under strict.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { emitModel, type ForwardSpec } from "../../src/port/index.ts";
import * as torch from "../../src/torch/index.ts";
import { type RecordedModel, recordedModels } from "../conformance/models/case.ts";
import { checkOutputs, load, run } from "../conformance/models/model.ts";
import { referenceFolder } from "../support/reference.ts";

const { nn } = torch;
const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "weightbridge-emit-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a source beside the package. @returns its path */
function written(name: string, source: string): string {
  const path = join(folder, `${name}.ts`);
  const entry = pathToFileURL(join(root, "src/torch/index.ts")).href.replace(/^file:\/\//, "");
  writeFileSync(path, source.replaceAll('"weightbridge/torch"', JSON.stringify(entry)));
  return path;
}

async function imported(name: string, source: string): Promise<torch.nn.Module> {
  const { default: build } = (await import(pathToFileURL(written(name, source)).href)) as {
    default: () => torch.nn.Module;
  };
  return build();
}

function sourceOf(recorded: RecordedModel): string {
  const { tree, state_dict, forward } = recorded.file.target;
  const steps =
    forward !== "sequential" && forward.steps_in !== undefined
      ? (JSON.parse(readFileSync(join(recorded.folder, forward.steps_in), "utf8")) as ForwardSpec)
      : forward;
  return emitModel({ tree, forward: steps, state_dict });
}

writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
const names = [
  "a-digits-cnn-torch",
  "a-digits-lstm-torch",
  "c-flax-rmsnorm-tied-lm",
  "c-keras-mha-cross",
  "c-keras-dense",
  "d-bert-to-torch-encoder",
  "d-gpt2",
  "d-llama",
  "d-resnet18",
];
const models = recordedModels(referenceFolder).filter(({ name }) => names.includes(name));

for (const recorded of models) {
  test(`${recorded.name} is written so that it gives the recorded outputs`, async () => {
    const model = await imported(recorded.name, sourceOf(recorded));
    assert.deepEqual(
      [...model.stateDict().keys()],
      recorded.file.target.state_dict.map(({ name }) => name),
    );
    load(model, await recorded.expected());
    model.eval();
    checkOutputs(recorded, run(model, recorded.inputs()));
  });
}

test("blocks that repeat are one class, made and called in a loop", () => {
  const source = sourceOf(models.find(({ name }) => name === "d-gpt2")!);
  assert.match(
    source,
    /h: nn\.ModuleList = new nn\.ModuleList\(Array\.from\(\{ length: 2 \}, \(\) => new GPT2Block\(\)\)\);/,
  );
  assert.match(source, /for \(const block of this\.h as Iterable<GPT2Block>\)/);
  assert.match(source, /this\.lm_head\.weight = this\.transformer\.wte\.weight;/);
});

test("a live Sequential is written as one", async () => {
  const model = new nn.Sequential(new nn.Linear(4, 7), new nn.Tanh(), new nn.Linear(7, 3, { bias: false }));
  const source = emitModel(model);
  assert.match(
    source,
    /return new nn\.Sequential\(new nn\.Linear\(4, 7\), new nn\.Tanh\(\), new nn\.Linear\(7, 3, \{ bias: false \}\)\);/,
  );
  const again = await imported("sequential", source);
  again.loadStateDict(model.stateDict());
  const x = torch.randn(2, 4);
  assert.ok(torch.equal((again as typeof model).call(x), model.call(x)));
});

test("the types hold under strict", () => {
  for (const recorded of models) written(recorded.name, sourceOf(recorded));
  const configuration = join(folder, "tsconfig.json");
  const compilerOptions = {
    noEmit: true,
    rootDir: "/",
    declaration: false,
    isolatedDeclarations: false,
    rewriteRelativeImportExtensions: false,
    typeRoots: [join(root, "node_modules/@types")],
  };
  writeFileSync(
    configuration,
    JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: ["*.ts"] }),
  );
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", configuration], {
    encoding: "utf8",
  });
  assert.equal(stdout, "");
  assert.equal(status, 0);
});
