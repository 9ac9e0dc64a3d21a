// What is told while something is compiled: by a callback, and on a terminal's line.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type CompileProgress, compile, compileStep } from "../../src/compile/index.ts";
import { progressLine } from "../../src/compile/progress-line.ts";
import * as torch from "../../src/torch/index.ts";

const { nn, optim } = torch;

const model = (): torch.nn.Module => new nn.Sequential(new nn.Linear(32, 64), new nn.Tanh()).eval();
const x = torch.ones(2, 32);

test("a module's compilation tells its stages, with the graph's size once it is built", () => {
  const told: CompileProgress[] = [];
  const compiled = compile(model(), { frozen: true, onProgress: (each) => told.push(each) });
  assert.equal(told.length, 0, "nothing is compiled before the first call");
  compiled(x);
  const stages = ["tracing", "building", "optimizing", "ready"];
  assert.deepEqual(
    told.map(({ stage }) => stage),
    stages,
  );
  assert.ok(told.every(({ name }) => name === "Sequential"));
  assert.ok(told[2]!.nodes! >= 3);
  assert.equal(told[2]!.bytes, 32 * 64 * 4);
  assert.ok(told.every(({ milliseconds }, i) => i === 0 || milliseconds >= told[i - 1]!.milliseconds));
  compiled(x);
  assert.equal(told.length, stages.length, "what is compiled is not compiled again");
  compiled(torch.ones(3, 32));
  assert.equal(told.length, 2 * stages.length);
  compiled.release();
});

test("a step's compilation goes by the function's name", () => {
  const told: string[] = [];
  const net = new nn.Linear(3, 1);
  const optimizer = new optim.SGD(net.parameters(), { lr: 0.1 });
  const step = compileStep(
    function descend(given: torch.Tensor) {
      optimizer.zeroGrad();
      net.call(given).sum().backward();
      optimizer.step();
    },
    { onProgress: ({ stage, name }) => told.push(`${name} ${stage}`) },
  );
  for (let i = 0; i < 4; i++) step(torch.ones(2, 3));
  assert.deepEqual(told, ["descend building", "descend optimizing", "descend ready"]);
  step.release();
});

test("on WebAssembly it is ready when the promise is kept; what is refused is never ready", async () => {
  const told: string[] = [];
  const onProgress = ({ stage }: CompileProgress): void => {
    told.push(stage);
  };
  const compiled = compile(model(), { device: "wasm", onProgress });
  await compiled(x);
  assert.deepEqual(told.splice(0), ["tracing", "building", "optimizing", "ready"]);
  compiled.release();
  const refused = compile(new nn.Dropout(0.5), { onProgress });
  assert.throws(() => refused(x), /eval\(\)/);
  assert.deepEqual(told, ["tracing"]);
  refused.release();
});

/** What a terminal is sent. */
function terminal(isTTY: boolean): {
  isTTY: boolean;
  columns: number;
  sent: string;
  write(text: string): void;
} {
  return {
    isTTY,
    columns: 60,
    sent: "",
    write(text) {
      this.sent += text;
    },
  };
}

const optimizing = {
  stage: "optimizing",
  name: "BertModel",
  milliseconds: 120,
  nodes: 612,
  bytes: 438e6,
} as const;

test("a terminal's line is drawn for what takes long, cut at its width, and taken away", () => {
  const place = terminal(true);
  const line = progressLine(undefined, place)!;
  line.tell({ stage: "optimizing", name: "Small", milliseconds: 1, nodes: 5, bytes: 1000 });
  line.end();
  assert.equal(place.sent, "");
  line.tell(optimizing);
  assert.equal(
    place.sent,
    `\r\x1b[K${"compiling BertModel: ONNX Runtime optimizes 612 nodes and 438 MB of weights".slice(0, 59)}`,
  );
  line.tell({ stage: "ready", name: "BertModel", milliseconds: 5600 });
  line.end();
  assert.ok(place.sent.endsWith("\r\x1b[K"));
});

test("where there is no terminal nothing is written unless it is asked for, and then lines", () => {
  assert.equal(progressLine(undefined, terminal(false)), undefined);
  const place = terminal(false);
  const line = progressLine(true, place)!;
  line.tell({ stage: "tracing", name: "Small", milliseconds: 0 });
  line.tell({ stage: "ready", name: "Small", milliseconds: 70 });
  line.end();
  assert.equal(place.sent, "compiling Small: tracing its operations\ncompiling Small: ready after 0.1 s\n");
});
