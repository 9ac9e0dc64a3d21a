// Graphs for all lengths: what a module makes of the lengths themselves is made anew for each, and what no graph can make is
// refused, and not kept as it was when it was traced.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, exportOnnx, importOnnx } from "../../src/compile/index.ts";
import { tensorsOf } from "../../src/compile/module.ts";
import { BytesSink } from "../../src/files/index.ts";
import { arange, nn, ones, randn, type Tensor, tensor, zeros } from "../../src/torch/index.ts";
import { assertClose } from "./support.ts";

/** Whatever can be made of a length. */
class Lengths extends nn.Module {
  readonly bias: nn.Parameter = new nn.Parameter(randn(3));

  override forward(x: Tensor): Readonly<Record<string, Tensor>> {
    const [rows, columns] = x.shape as [number, number];
    return {
      positions: arange(columns),
      later: arange(2, columns + 2)
        .unsqueeze(0)
        .add(x),
      filled: zeros([rows, columns, 2]),
      halves: ones([columns]).mul(-0.5),
      count: tensor(columns),
      all: tensor([rows, columns, 7, rows * columns - 1]),
      share: x.sum(1).div(columns),
      scaled: x.mul(1 / Math.sqrt(columns)),
      root: x.mul(Math.sqrt(rows)),
      mean: x.mean(),
      variance: x.var(1),
      repeated: this.bias.repeat(rows),
      power: x.abs().pow(columns),
      interleaved: this.bias.repeatInterleave(columns),
      parameter: this.bias,
      fixed: ones([2]),
      given: x,
    };
  }
}

const sizes = [
  [2, 5],
  [5, 2],
  [3, 11],
  [1, 4],
] as const;

test("what is made of lengths is made of those that are there", async () => {
  const module = new Lengths().eval();
  const compiled = compile(module, { dynamic: { x: [0, 1] } });
  const sink = new BytesSink();
  await exportOnnx(module, randn(2, 4), sink, { dynamic: { input: [0, 1] } });
  const imported = await importOnnx(sink.bytes());
  for (const [rows, columns] of sizes) {
    const x = randn(rows, columns);
    const wanted = Object.entries(module.call(x));
    const found = compiled(x);
    const again = tensorsOf(imported.call(x));
    for (const [i, [name, each]] of wanted.entries()) {
      assertClose(found[name]!, each, name, 1e-6);
      assertClose(again[i]!, each, name, 1e-6);
    }
    assert.equal(found.given, x);
    assert.equal(found.parameter, module.bias);
  }
  assert.equal(compiled.counts.graphs, 1);
  compiled.release();
});

class Run extends nn.Module {
  readonly run: (x: Tensor) => unknown;
  constructor(run: (x: Tensor) => unknown) {
    super();
    this.run = run;
  }
  override forward(x: Tensor): unknown {
    return this.run(x);
  }
}

const refusals: readonly (readonly [run: (x: Tensor) => unknown, reason: RegExp])[] = [
  [(x) => x.mul(Math.log(x.shape[1]!)), /a constant of shape \[\] .* is no pattern that a graph can make/],
  [
    (x) => x.add(tensor(Array.from({ length: x.shape[1]! }, (_, i) => i ** 2))),
    /a constant of shape \[columns\] .* is no pattern that a graph can make/,
  ],
  [(x) => x.unbind(1), /how many tensors the module gives depends on a dynamic length/],
];

test("what no graph can make for any length is refused", async () => {
  for (const [run, reason] of refusals) {
    const compiled = compile(new Run(run).eval(), { dynamic: { x: { 1: "columns" } } });
    assert.throws(() => compiled(randn(2, 4)), { name: "NotImplementedError", message: reason });
    compiled.release();
    const exported = exportOnnx(new Run(run).eval(), randn(2, 4), new BytesSink(), {
      dynamic: { input: { 1: "columns" } },
    });
    await assert.rejects(exported, { name: "NotImplementedError", message: reason });
  }
});

test("lengths that do not go together, and shapes that a file does not say, are told by their axes", async () => {
  class Two extends nn.Module {
    override forward(first: Tensor, second: Tensor): Tensor {
      return first.add(second);
    }
  }
  const compiled = compile(new Two(), { dynamic: { first: { 0: "batch" }, second: { 0: "batch" } } });
  compiled(randn(2, 3), randn(2, 3));
  assert.throws(() => compiled(randn(4, 3), randn(5, 3)), {
    name: "ValueError",
    message: "the length batch is 4 and 5: axis 0 of second is to be as long",
  });
  compiled.release();
  const sink = new BytesSink();
  await exportOnnx(new nn.Linear(3, 2).eval(), randn(4, 6, 3), sink, { dynamic: { input: { 0: "batch" } } });
  const imported = await importOnnx(sink.bytes());
  assert.deepEqual((imported.call(randn(9, 6, 3)) as Tensor).shape, [9, 6, 2]);
  assert.throws(() => imported.call(randn(9, 5, 3)), {
    name: "ValueError",
    message:
      "the input input has the shape [batch, 6, 3], and was given [9, 5, 3]: its axis 1 is 6 long, and not 5; " +
      "{ anyLength: true } lets the graph try",
  });
});
