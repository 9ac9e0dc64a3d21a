// compile: what a module may be called with, what it may give back, and what is known to have changed since it was traced.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type CompileOptions, compile } from "../../src/compile/index.ts";
import * as np from "../../src/numpy/index.ts";
import * as torch from "../../src/torch/index.ts";
import { assertClose } from "./support.ts";

type Tensor = torch.Tensor;
const { nn } = torch;

/** A function as a module. */
class Calls<Arguments extends readonly never[], Result> extends nn.Module {
  private readonly run: (...args: Arguments) => Result;

  constructor(run: (...args: Arguments) => Result) {
    super();
    this.run = run;
  }

  override forward(...args: Arguments): Result {
    return this.run(...args);
  }
}

/** Calls a module compiled. */
type Call = ((...args: readonly unknown[]) => unknown) & {
  readonly counts: { readonly graphs: number; readonly repacked: number };
};

/** Compiles a module for a while. */
function using(
  module: torch.nn.Module,
  use: (call: Call) => void,
  options: CompileOptions<"native"> = {},
): void {
  const compiled = compile(module, options);
  try {
    use(compiled as unknown as Call);
  } finally {
    compiled.release();
  }
}

const x = torch.arange(12).float().reshape([3, 4]);

test("records, lists and options within arguments", () => {
  interface Input {
    readonly pair: readonly [Tensor, Tensor];
    readonly factor: number;
  }
  const nested = (input: Input, options: { readonly mask?: Tensor; readonly negates?: boolean } = {}) => {
    const sum = input.pair[0].add(input.pair[1]).mul(input.factor);
    const masked = options.mask === undefined ? sum : sum.mul(options.mask);
    return { sum: [options.negates === true ? masked.neg() : masked], note: "as it is", nothing: null };
  };
  const mask = torch.tensor([1, 0, 1, 0]).float();
  const calls: readonly Parameters<typeof nested>[] = [
    [{ pair: [x, x], factor: 2 }],
    [{ pair: [x, x.neg()], factor: 3 }],
    [{ pair: [x, x], factor: 2 }, {}],
    [{ pair: [x, x], factor: 2 }, { mask }],
    [
      { pair: [x, x], factor: 2 },
      { mask, negates: true },
    ],
    [{ pair: [x.at("0:1") as Tensor, x], factor: -0 }],
    [{ pair: [x, x], factor: 2 }, { mask: mask.mul(3) }],
  ];
  using(new Calls(nested as (...args: never[]) => unknown), (call) => {
    for (const args of calls) {
      const got = call(...args) as ReturnType<typeof nested>;
      const want = nested(...args);
      assertClose(got.sum[0]!, want.sum[0]!, JSON.stringify(args[0].factor));
      assert.deepEqual([got.note, got.nothing], [want.note, want.nothing]);
    }
    // The last one has the form of one before.
    assert.equal(call.counts.graphs, calls.length - 1);
    assert.throws(() => call(new Date()), /takes tensors, numbers, texts, and lists and records of them/);
  });
});

test("a map is another form than a record of its names", () => {
  const first = (input: Map<string, Tensor> | { readonly a: Tensor }) =>
    input instanceof Map ? input.get("a")!.add(1) : input.a.mul(2);
  using(new Calls(first as (...args: never[]) => unknown), (call) => {
    assertClose(call(new Map([["a", x]])) as Tensor, x.add(1), "map");
    assertClose(call({ a: x }) as Tensor, x.mul(2), "record");
  });
});

test("of many forms the ones that were used last are kept", () => {
  using(new Calls(((each: Tensor) => each.mul(2)) as (...args: never[]) => unknown), (call) => {
    const rows = (count: number): void => {
      const given = torch.ones([count, 2]);
      assertClose(call(given) as Tensor, given.mul(2), `${count} rows`);
    };
    for (let count = 1; count <= 10; count++) rows(count);
    assert.equal(call.counts.graphs, 10);
    for (let count = 3; count <= 10; count++) rows(count);
    assert.equal(call.counts.graphs, 10);
    rows(1);
    assert.equal(call.counts.graphs, 11);
    rows(0);
    assert.equal(call.counts.graphs, 12);
  });
});

const layouts: Readonly<Record<string, (wide: Tensor) => Tensor>> = {
  turned: (wide) => wide.t(),
  stepped: (wide) => wide.at("1::2", "2:11:3") as Tensor,
  stretched: (wide) => (wide.at(0) as Tensor).expand([4, 15]),
  offset: (wide) => wide.narrow(0, 3, 2),
  scalar: (wide) => wide.at(2, 3) as Tensor,
  nothing: (wide) => wide.narrow(0, 3, 0),
};

test("arguments of any strides, and of many element types", () => {
  const work = (each: Tensor): Tensor => each.add(each).sub(1);
  for (const dtype of [torch.int64, torch.int32, torch.uint8, torch.float64, torch.float32, torch.float16]) {
    const wide = torch.arange(120, { dtype }).reshape([8, 15]);
    using(new Calls(work as (...args: never[]) => unknown), (call) => {
      for (const [name, view] of Object.entries(layouts))
        assertClose(call(view(wide)) as Tensor, work(view(wide)), `${dtype.name}, ${name}`);
    });
  }
});

test("arguments that are read as the conjugate or the negative of their memory", () => {
  const z = torch.viewAsComplex(torch.arange(8).float().reshape([2, 2, 2]));
  const twice = (each: Tensor): Tensor => torch.viewAsReal(each.mul(2).resolveConj());
  using(new Calls(twice as (...args: never[]) => unknown), (call) => {
    for (const given of [z, z.conj(), z.t().conj(), z.conj().neg()])
      assertClose(call(given) as Tensor, twice(given), "complex");
    assert.equal(call.counts.graphs, 1);
  });
  using(new Calls(((each: Tensor) => each.add(1)) as (...args: never[]) => unknown), (call) => {
    const imaginary = z.conj().imag;
    assertClose(call(imaginary.contiguous()) as Tensor, imaginary.add(1), "imaginary parts");
    assertClose(call(imaginary) as Tensor, imaginary.add(1), "imaginary parts");
  });
});

test("indices are integers of either width, and one outside is refused", () => {
  const net = new nn.Embedding(5, 3);
  using(net, (call) => {
    for (const index of [torch.tensor([1, 4]), torch.tensor([[0, 2]]), torch.tensor([3, 3]).int()])
      assertClose(call(index) as Tensor, torch.noGrad(() => net.call(index)).detach(), "embedding");
    assert.throws(() => call(torch.tensor([7])), /ONNX Runtime: .*out of .*bounds, idx=7/s);
    // A call that failed leaves the graph as it was.
    assertClose(call(torch.tensor([1, 4])) as Tensor, net.call(torch.tensor([1, 4])).detach(), "afterwards");
  });
});

test("results that are arguments, parts of them, parameters and constants", () => {
  class Gives extends nn.Module {
    readonly weight: torch.Tensor = new nn.Parameter(torch.ones([4]));
    private readonly shift: Tensor = torch.ones([4]);

    override forward(each: Tensor): Record<string, Tensor> {
      const { weight, shift } = this;
      const made = each.add(weight);
      return {
        each,
        part: each.narrow(1, 1, 2),
        turned: each.t(),
        weight,
        made,
        row: made.at(0) as Tensor,
        shift,
      };
    }
  }
  const net = new Gives();
  using(net, (call) => {
    const given = x.clone();
    const got = call(given) as Record<string, Tensor>;
    assert.equal(got.each, given);
    assert.equal(got.weight, net.weight);
    for (const name of ["part", "turned"]) assert.equal(got[name]!.storage, given.storage, name);
    assert.deepEqual(got.turned!.stride(), [1, 4]);
    assert.equal(got.row!.storage, got.made!.storage);
    // Writing to a constant that came back does not change the next call's.
    got.shift!.fill_(7);
    got.made!.fill_(7);
    const again = call(given) as Record<string, Tensor>;
    assertClose(again.shift!, torch.ones([4]), "constant");
    assertClose(again.made!, given.add(1), "computed");
    assert.notEqual(again.made!.storage, got.made!.storage);
    // What is no row-major tensor is copied: results over it are another memory.
    const turned = call(x.reshape([4, 3]).t()) as Record<string, Tensor>;
    assertClose(turned.part!, x.reshape([4, 3]).t().narrow(1, 1, 2), "part of a turned one");
  });
});

test("what a module writes to its arguments is written, whatever their strides", () => {
  const work = (each: Tensor, other?: Tensor): Tensor => {
    each.narrow(0, 1, 1).add_(1);
    return each.mul(other ?? 2);
  };
  using(new Calls(work as (...args: never[]) => unknown), (call) => {
    const views = [(wide: Tensor) => wide, layouts.turned!, layouts.stepped!, layouts.offset!];
    for (const view of views) {
      const [one, other] = [0, 1].map(() => torch.arange(120).float().reshape([8, 15]));
      const want = work(view(one!));
      const given = view(other!);
      const before = given._version;
      assertClose(call(given) as Tensor, want, "result");
      assertClose(other!, one!, "argument");
      assert.equal(given._version, before + 1);
    }
    const given = torch.ones([3, 3]);
    assert.throws(
      () => call(given, given),
      /writes to its arguments, and two of these are views of one memory/,
    );
  });
  const compiled = compile(new Calls(work as (...args: never[]) => unknown), { dynamic: { 0: [0] } });
  assert.throws(() => compiled(...([torch.ones([3, 3])] as never[])), /leave the option dynamic out/);
  compiled.release();
});

/** What may become of a module after it was compiled. */
const changes: Readonly<Record<string, (net: torch.nn.Sequential) => void>> = {
  "values written": (net) => torch.noGrad(() => (net.at(0) as torch.nn.Linear).weight.fill_(0.5)),
  "values of a buffer written": (net) => (net.at(1) as torch.nn.BatchNorm1d).runningMean!.fill_(2),
  "other memory": (net) => {
    (net.at(0) as torch.nn.Linear).weight.data = torch.ones([4, 4]);
  },
  "a state dict's tensors": (net) => {
    const linear = net.at(0) as torch.nn.Linear;
    linear.loadStateDict(new nn.Linear(4, 4).stateDict(), { assign: true });
  },
  "values written through a view": (net) =>
    torch.noGrad(() => ((net.at(0) as torch.nn.Linear).weight.at(1, "1:3") as Tensor).mul_(3)),
  "values that another tensor shares": (net) => {
    new nn.Parameter((net.at(0) as torch.nn.Linear).weight.data).data.add_(1);
  },
  "a buffer that is of other memory": (net) => {
    (net.at(1) as torch.nn.BatchNorm1d).runningMean!.set_(torch.full([4], 3).float());
  },
  "a parameter in another order": (net) => {
    (net.at(0) as torch.nn.Linear).weight.data = (net.at(0) as torch.nn.Linear).weight.data.t();
  },
  "another layer": (net) => net.setSubmodule("0", new nn.Linear(4, 4)),
  "a layer more": (net) => net.append(new nn.Tanh()),
  "a parameter less": (net) => {
    (net.at(0) as torch.nn.Linear).bias = null as never;
  },
};

/** Whether weights are constants, and whether the module is a copy. */
const ways = [false, true].flatMap((frozen) => [false, true].map((isCopied) => ({ frozen, isCopied })));

for (const { frozen, isCopied } of ways) {
  const way = `${frozen ? ", frozen" : ""}${isCopied ? ", copied" : ""}`;
  test(`a module that has changed gives what it is now${way}`, () => {
    for (const [what, change] of Object.entries(changes)) {
      torch.manualSeed(1);
      const made = new nn.Sequential(new nn.Linear(4, 4), new nn.BatchNorm1d(4)).eval();
      const net = isCopied ? torch.deepcopy(made) : made;
      const want = (): Tensor => torch.noGrad(() => net.call(x) as Tensor);
      using(
        net,
        (call) => {
          assertClose(call(x) as Tensor, want(), `before ${what}`);
          assertClose(call(x) as Tensor, want(), `before ${what}`);
          assert.equal(call.counts.graphs, 1);
          change(net);
          assertClose(call(x) as Tensor, want(), what);
          assertClose(call(x) as Tensor, want(), what);
          const isSame = !frozen && what.startsWith("values");
          assert.deepEqual(
            call.counts,
            isSame ? { graphs: 1, repacked: 0 } : { graphs: 2, repacked: 1 },
            what,
          );
        },
        { frozen },
      );
    }
  });
}

/** A layer whose mode is a field of its own, as a program in JavaScript may have it. */
class OwnMode extends nn.Module {
  constructor() {
    super();
    Object.defineProperty(this, "training", { value: false, writable: true, enumerable: true });
  }

  override forward(each: Tensor): Tensor {
    return this.training ? each.mul(2) : each;
  }
}

test("the mode of one layer, set by itself", () => {
  for (const layer of [new OwnMode(), torch.deepcopy(new OwnMode())]) {
    using(new nn.Sequential(new nn.Linear(4, 4), layer).eval(), (call) => {
      const eager = call(x) as Tensor;
      layer.training = true;
      assertClose(call(x) as Tensor, eager.mul(2), "training");
      assertClose(call(x) as Tensor, eager.mul(2), "training, again");
      layer.training = false;
      assertClose(call(x) as Tensor, eager, "not training");
      assert.equal(call.counts.repacked, 2);
    });
  }
});

test("changes of other modules and tensors make no graph anew, nor hide a change that does", () => {
  for (const frozen of [false, true]) {
    const [one, two] = [new nn.Linear(4, 4), new nn.Sequential(new nn.Linear(4, 4))];
    const shared = two.at(0) as torch.nn.Linear;
    using(
      one,
      (first) => {
        using(
          two,
          (second) => {
            const check = (what: string, graphs: number): void => {
              for (const [call, net] of [[first, one] as const, [second, two] as const]) {
                const want = torch.noGrad(() => (net as torch.nn.Module).call(x) as Tensor);
                assertClose(call(x) as Tensor, want, what);
              }
              assert.deepEqual([first.counts.graphs, second.counts.graphs], [1, graphs], what);
            };
            check("as made", 1);
            torch.ones([3]).add_(1);
            two.train();
            two.train(one.training);
            torch.ones([2, 3]).t_();
            new nn.Linear(2, 2);
            check("others have changed", 1);
            torch.noGrad(() => shared.weight.add_(1));
            // The first program looks at what has changed before the second does.
            check("a weight of the second", frozen ? 2 : 1);
            shared.bias = null as never;
            check("a parameter of the second", frozen ? 3 : 2);
          },
          { frozen },
        );
      },
      { frozen },
    );
  }
});

test("a second call with other tensors of the form, and with what only looks like it", () => {
  using(new Calls(((a: Tensor, b?: Tensor) => a.mul(b ?? 2)) as (...args: never[]) => unknown), (call) => {
    for (const given of [x, x.clone(), x.add(1), x.reshape([4, 3]).t(), x.reshape([4, 3]).t()])
      assertClose(call(given) as Tensor, given.mul(2), "of a form");
    assert.equal(call.counts.graphs, 1);
    const long = torch.arange(24).float().reshape([2, 3, 4]);
    for (const given of [long.at(1) as Tensor, x, long.at(1) as Tensor])
      assertClose(call(given) as Tensor, given.mul(2), "part of another");
    assertClose(call(x.double()) as Tensor, x.double().mul(2), "another type");
    assertClose(call(x, x) as Tensor, x.mul(x), "one more");
    assertClose(call(x) as Tensor, x.mul(2), "one less");
    assert.throws(() => call(np.arange(12).reshape(3, 4)), /takes tensors, numbers, texts/);
    assert.equal(call.counts.graphs, 3);
  });
});

test("tensors that are no members are constants, until they are written to", () => {
  const factor = torch.full([4], 2);
  const work = (each: Tensor): Tensor => each.mul(factor);
  using(new Calls(work as (...args: never[]) => unknown), (call) => {
    assertClose(call(x) as Tensor, x.mul(2), "as traced");
    factor.fill_(3);
    assertClose(call(x) as Tensor, x.mul(3), "written");
  });
});

test("another element type, and the mode", () => {
  const net = new nn.Sequential(new nn.Linear(4, 2), new nn.Dropout(0.5)).eval();
  using(net, (call) => {
    assertClose(
      call(x) as Tensor,
      torch.noGrad(() => net.call(x) as Tensor),
      "float32",
    );
    net.double();
    assertClose(
      call(x.double()) as Tensor,
      torch.noGrad(() => net.call(x.double()) as Tensor),
      "float64",
    );
    assert.throws(() => call(x), /mat1 and mat2 must have the same dtype/);
    net.train();
    assert.throws(() => call(x.double()), /draws random numbers .* call module\.eval\(\) first/);
    net.eval();
    assertClose(
      call(x.double()) as Tensor,
      torch.noGrad(() => net.call(x.double()) as Tensor),
      "again",
    );
  });
  // What computes the same in either mode can be compiled in training mode.
  using(new nn.Linear(4, 2), (call) => assert.deepEqual((call(x) as Tensor).shape, [3, 2]));
  using(new nn.BatchNorm1d(4), (call) => assert.throws(() => call(x), /call module\.eval\(\) first/));
});

test("results have no history, and arguments may have one", () => {
  const net = new nn.Linear(4, 2);
  using(net, (call) => {
    const given = x.clone().requiresGrad_(true).mul(2);
    const result = call(given) as Tensor;
    assert.equal(result.requiresGrad, false);
    assertClose(result, net.call(given).detach(), "result");
  });
});
