// numpy.random: engines, their states, sizes, types, `out`, lists in place, and what NumPy refuses. Values were printed
// by NumPy 2.4; the long lists of streams are in the conformance suite `random`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { PythonError } from "../../src/core/errors.ts";
import * as np from "../../src/numpy/index.ts";
import { logarithm } from "../../src/random/index.ts";

const { random } = np;
const engines = ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"] as const;

function refuses(run: () => unknown, name: string, message: string): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof PythonError, String(error));
    assert.equal(`${error.name}: ${error.message}`, `${name}: ${message}`);
    return true;
  });
}

test("the numbers that NumPy's documentation prints", () => {
  const rng = random.defaultRng(42);
  assert.equal(rng.random(), 0.7739560485559633);
  assert.deepEqual(random.defaultRng(0).integers(0, 10, 5).tolist(), [8, 6, 5, 2, 3]);
  random.seed(0);
  assert.deepEqual(random.rand(3).tolist(), [0.5488135039273248, 0.7151893663724195, 0.6027633760716439]);
});

for (const name of engines) {
  test(`${name}: a state that is set goes on where it was read, at every place of a block`, () => {
    const engine = new random[name](7);
    for (const count of [0, 1, 2, 3, 127, 128, 129, 300, 623, 624, 625]) {
      engine.randomRaw(count);
      const rng = new random.Generator(engine);
      if (name !== "MT19937") rng.random(1, "float32");
      const other = new random[name](8);
      other.state = engine.state;
      const [mine, its] = [engine, other].map((each) => {
        const drawing = new random.Generator(each);
        return [drawing.random(2, "float32").tolist(), drawing.random(2).tolist()];
      });
      assert.deepEqual(its, mine, `after ${count} more`);
    }
  });

  test(`${name}: children differ from their parent and from each other, and are the same each time`, () => {
    const draw = (): string[] => {
      const parent = new random.Generator(new random[name](5));
      return [parent, ...parent.spawn(2), ...parent.spawn(1)].map((rng) => String(rng.random()));
    };
    assert.equal(new Set(draw()).size, 4);
    assert.deepEqual(draw(), draw());
  });
}

test("the state of another engine is refused", () => {
  const engine = new random.PCG64(1);
  refuses(
    () => {
      engine.state = new random.SFC64(1).state;
    },
    "ValueError",
    "state must be for a PCG64 PRNG",
  );
});

test("PCG64: moving on is drawing, and moving back undoes it", () => {
  const drawn = new random.PCG64(3);
  drawn.randomRaw(1000);
  const moved = new random.PCG64(3).advance(1000);
  assert.equal(moved.randomRaw(), drawn.randomRaw());
  const first = new random.PCG64(3).randomRaw();
  assert.equal(moved.advance(-1001).randomRaw(), first);
});

test("RandomState: the normal that waits is a part of the state", () => {
  const old = new random.RandomState(9);
  old.randn(3);
  const state = old.getState();
  assert.equal(state[3], 1);
  const expected = old.randn(4).tolist();
  const other = new random.RandomState(1);
  other.setState(state);
  assert.deepEqual(other.randn(4).tolist(), expected);
  const dict = new random.RandomState(2);
  dict.setState(old.getState({ legacy: false }));
  assert.deepEqual(dict.randn(2).tolist(), old.randn(2).tolist());
});

test("the functions of the module are one RandomState", () => {
  random.seed(11);
  const shared = [random.normal(), random.randint(100), random.standardGamma(2)];
  const own = new random.RandomState(11);
  assert.deepEqual(shared, [own.normal(), own.randint(100), own.standardGamma(2)]);
  const before = random.getState();
  const next = random.random(3).tolist();
  random.setState(before);
  assert.deepEqual(random.random(3).tolist(), next);
});

test("without a size comes a number, with one an array; options by name", () => {
  const rng = random.defaultRng(1);
  assert.equal(typeof rng.normal(), "number");
  assert.equal(typeof rng.normal({ loc: 5 }), "number");
  assert.deepEqual(rng.normal(0, 1, [2, 3]).shape, [2, 3]);
  assert.deepEqual(rng.uniform({ low: [0, 1, 2], high: 5, size: [4, 3] }).shape, [4, 3]);
  assert.deepEqual(rng.poisson([1, 2]).shape, [2]);
  assert.equal(rng.poisson(3, 2).dtype, np.int64);
  assert.equal(rng.integers(5).isScalar, true);
  assert.deepEqual(rng.random([]).shape, []);
});

test("out is filled in the order of memory, and given back", () => {
  const rows = np.empty([2, 3]);
  assert.equal(random.defaultRng(4).random({ out: rows }), rows);
  const columns = np.empty([3, 2]).T;
  random.defaultRng(4).random({ out: columns });
  assert.deepEqual(columns.ravel({ order: "F" }).tolist(), rows.ravel().tolist());
  const rng = random.defaultRng(4);
  refuses(
    () => rng.random({ out: np.empty([4, 4]).at(":", "::2") }),
    "ValueError",
    "Supplied output array must be contiguous, writable, aligned, and in machine byte-order.",
  );
  refuses(
    () => rng.random({ out: np.empty([2], np.float32) }),
    "TypeError",
    "Supplied output array has the wrong type. Expected float64, got float32",
  );
});

test("lists, typed arrays and views are shuffled in place", () => {
  const list = ["a", "b", "c", "d", "e"];
  random.defaultRng(2).shuffle(list);
  const numbers = np.arange(5);
  random.defaultRng(2).shuffle(numbers);
  assert.deepEqual(
    (numbers.tolist() as number[]).map((i) => "abcde"[i]),
    list,
  );
  const data = Float64Array.of(0, 1, 2, 3, 4);
  random.defaultRng(2).shuffle(data);
  assert.deepEqual(Array.from(data), numbers.tolist());
  const grid = np.arange(10).reshape(5, 2);
  random.defaultRng(2).shuffle(grid.at(":", 0));
  assert.deepEqual(
    grid.at(":", 0).tolist(),
    (numbers.tolist() as number[]).map((i) => 2 * i),
  );
  assert.deepEqual(grid.at(":", 1).tolist(), [1, 3, 5, 7, 9]);
});

test("samples without repetition repeat nothing, whatever way they are drawn", () => {
  for (const [population, count] of [
    [50, 50],
    [20000, 10],
    [20000, 5000],
  ] as const) {
    const sample = random.defaultRng(6).choice(population, count, false).tolist() as number[];
    assert.equal(new Set(sample).size, count);
    assert.ok(sample.every((value) => value >= 0 && value < population));
  }
});

test("integers of every type reach their bounds and stay in them", () => {
  for (const [dtype, low, high] of [
    ["int8", -128, 128],
    ["uint8", 0, 256],
    ["int16", -5, 7],
    ["uint16", 3, 9],
    ["int32", -3, 4],
    ["uint32", 0, 5],
    ["int64", -4, 4],
    ["uint64", 1, 6],
  ] as const) {
    for (const source of ["integers", "randint"] as const) {
      const drawn =
        source === "integers"
          ? random.defaultRng(3).integers(low, high, 20000, dtype)
          : new random.RandomState(3).randint(low, high, 20000, dtype);
      assert.equal(drawn.dtype.name, dtype);
      assert.equal(Number(drawn.min().item()), low);
      assert.equal(Number(drawn.max().item()), high - 1);
    }
  }
});

test("what NumPy refuses", () => {
  const rng = random.defaultRng(0);
  refuses(() => rng.integers(5, 5), "ValueError", "low >= high");
  refuses(() => rng.integers(0, [5, 0]), "ValueError", "high <= 0");
  refuses(() => rng.integers(5, 3, { endpoint: true }), "ValueError", "low > high");
  refuses(() => rng.normal([0, 1], -1), "ValueError", "scale < 0");
  refuses(() => rng.poisson([1, -1]), "ValueError", "lam < 0 or lam contains NaNs");
  refuses(() => rng.hypergeometric(5, 5, 11), "ValueError", "ngood + nbad < nsample");
  refuses(() => rng.triangular(1, 0, 2), "ValueError", "left > mode");
  refuses(() => rng.uniform(3, 1), "ValueError", "high - low < 0");
  refuses(
    () => rng.normal([0, 1], [1, 2], 3),
    "ValueError",
    "shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is between arg 0 with shape (3,) and arg 1 with shape (2,).",
  );
  refuses(
    () => rng.shuffle([1, 2], { axis: 1 }),
    "NotImplementedError",
    "Axis argument is only supported on ndarray objects",
  );
  refuses(
    () => new random.SeedSequence(1, { poolSize: 2 }),
    "ValueError",
    "The size of the entropy pool should be at least 4",
  );
  refuses(() => new random.RandomState([]), "ValueError", "Seed must be non-empty");
  refuses(() => new random.Philox({ key: -1 }), "ValueError", "key must be positive and less than 2**128.");
});

test("SeedSequence prints and describes itself as NumPy's", () => {
  const sequence = new random.SeedSequence([1, 2], { spawnKey: [3], poolSize: 8 });
  assert.equal(
    sequence.repr(),
    "SeedSequence(\n    entropy=[1, 2],\n    spawn_key=(3,),\n    pool_size=8,\n)",
  );
  assert.deepEqual(new random.SeedSequence(1).state, {
    entropy: 1,
    spawn_key: [],
    pool_size: 4,
    n_children_spawned: 0,
  });
});

/** ln x times 2^200 in whole numbers: twice the area tangent of (m - 1) / (m + 1), and multiples of ln 2. */
function exactLog(x: number): bigint {
  const one = 1n << 200n;
  const areaTangent = (above: bigint, below: bigint): bigint => {
    const step = (above * one) / below;
    const square = (step * step) >> 200n;
    let sum = 0n;
    let power = step;
    for (let n = 1n; power > 2n || power < -2n; n += 2n) {
      sum += power / n;
      power = (power * square) >> 200n;
    }
    return 2n * sum;
  };
  const exponent = Math.floor(Math.log2(x));
  const whole = BigInt(x * 2 ** (52 - exponent));
  const unit = 1n << 52n;
  return BigInt(exponent) * areaTangent(1n, 3n) + areaTangent(whole - unit, whole + unit);
}

test("the logarithm is the float64 number next to the true one", () => {
  const rng = random.defaultRng(8);
  const uniform = rng.random(600).tolist() as number[];
  const arguments_ = [
    ...uniform,
    ...uniform.map((u) => 1 - u * 1e-6),
    ...uniform.map((u) => 1 + u / 3),
    ...uniform.map((u) => u * 1e6),
    ...uniform.map((u) => u * 1e-30),
  ].filter((x) => x !== 1);
  for (const x of arguments_) {
    const exact = exactLog(x);
    const value = logarithm(x);
    const scale = 2 ** Math.floor(Math.log2(Math.abs(value)));
    const ulp = scale * 2 ** -52;
    const got = BigInt(value / ulp) * BigInt(ulp * 2 ** 200);
    const apart = Number(got - exact) / (ulp * 2 ** 200);
    assert.ok(Math.abs(apart) <= 0.5001, `log of ${x}: ${apart} units away`);
  }
  assert.equal(logarithm(1), 0);
});
