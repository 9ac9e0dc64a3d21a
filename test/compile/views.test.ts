// Views in compiled programs: what strides read and write is what it is without compiling. Random chains of views over random
// tensors, read and written in place.

import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";
import { assertClose, compiled } from "./support.ts";

type Tensor = torch.Tensor;

/** Whole numbers that look random: a linear congruential generator. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A view; undefined where the tensor has none of the kind. */
type MakeView = (x: Tensor, next: (below: number) => number) => Tensor | undefined;

const views: Readonly<Record<string, MakeView>> = {
  transpose: (x, next) => (x.ndim < 2 ? undefined : x.transpose(next(x.ndim), next(x.ndim))),
  reversed: (x) => x.permute([...x.shape.keys()].reverse()),
  narrow: (x, next) => {
    if (x.ndim === 0) return undefined;
    const dim = next(x.ndim);
    const start = next(x.shape[dim]!);
    return x.narrow(dim, start, 1 + next(x.shape[dim]! - start));
  },
  steps: (x, next) => (x.ndim === 0 ? undefined : x.at(`${next(2)}::${1 + next(3)}`)),
  select: (x, next) => {
    if (x.ndim === 0) return undefined;
    const dim = next(x.ndim);
    return x.select(dim, next(x.shape[dim]!));
  },
  unsqueeze: (x, next) => x.unsqueeze(next(x.ndim + 1)),
  squeeze: (x) => x.squeeze(),
  diagonal: (x, next) => (x.ndim < 2 ? undefined : x.diagonal({ offset: next(2) })),
  windows: (x, next) => {
    if (x.ndim === 0) return undefined;
    const dim = next(x.ndim);
    return x.unfold(dim, 1 + next(x.shape[dim]!), 1 + next(2));
  },
  split: (x, next) => (x.ndim === 0 ? undefined : x.chunk(2, next(x.ndim))[0]),
};
/** Views in which an element may be seen more than once: they are read, and not written. */
const stretching: Readonly<Record<string, MakeView>> = {
  expand: (x) => x.unsqueeze(0).expand([3, ...x.shape]),
  strided: (x, next) => {
    const length = x.storage.length(x.dtype);
    const [rows, columns] = [1 + next(3), 1 + next(3)];
    const [down, right] = [next(4), next(3)];
    const last = (rows - 1) * down + (columns - 1) * right;
    return last >= length ? undefined : x.asStrided([rows, columns], [down, right], next(length - last));
  },
};

/** The same chain of views each time that it is called with the same seed. */
function chain(x: Tensor, seed: number, kinds: Readonly<Record<string, MakeView>>): Tensor {
  const next = numbers(seed);
  const names = Object.keys(kinds);
  let view = x;
  for (let i = 0; i < 4; i++) {
    const made = kinds[names[next(names.length)]!]!(view, next);
    if (made !== undefined && made.layout.size > 0) view = made;
  }
  return view;
}

function shapeOf(next: (below: number) => number): number[] {
  return Array.from({ length: 1 + next(4) }, () => 1 + next(5));
}

const base = (seed: number): Tensor =>
  torch
    .arange(1, 700)
    .reshape([699])
    .narrow(0, seed % 7, 625)
    .float();

test("random views of random tensors read what they read without compiling", () => {
  for (let program = 0; program < 15; program++) {
    const given = base(program);
    const work = (): Tensor[] =>
      Array.from({ length: 12 }, (_, i) => {
        const seed = program * 1000 + i;
        const next = numbers(seed + 7);
        const shape = shapeOf(next);
        const size = shape.reduce((a, b) => a * b, 1);
        const x = given.narrow(0, next(625 - size + 1), size).reshape(shape);
        return chain(next(2) === 0 ? x : x.mul(2), seed, { ...views, ...stretching }).add(1);
      });
    const want = work();
    compiled(work, [given]).forEach((got, i) => {
      assertClose(got, want[i]!, `program ${program}, view ${i}`);
    });
  }
});

test("random views of random tensors are written in place as they are without compiling", () => {
  for (let program = 0; program < 15; program++) {
    const work = (given: Tensor): Tensor[] => {
      const results: Tensor[] = [];
      for (let i = 0; i < 6; i++) {
        const seed = program * 1000 + 500 + i;
        const next = numbers(seed);
        const shape = shapeOf(next);
        const size = shape.reduce((a, b) => a * b, 1);
        const x = given.narrow(0, next(625 - size + 1), size).reshape(shape);
        const own = next(2) === 0;
        const target = own ? x.mul(3) : x;
        const kinds = Object.fromEntries(Object.entries(views).filter(([name]) => name !== "windows"));
        const view = chain(target, seed, kinds);
        if (next(2) === 0) view.mul_(2);
        else view.copy_(given.narrow(0, 3, view.layout.size).reshape(view.shape).neg());
        results.push(target.add(1), view);
        if (own) results.push(target);
      }
      return results;
    };
    const [one, other] = [base(program).clone(), base(program).clone()];
    const want = work(one);
    const got = compiled(() => work(other), [other]);
    got.forEach((each, i) => {
      assertClose(each, want[i]!, `program ${program}, result ${i}`);
    });
    assertClose(other, one, `program ${program}, what was given`);
  }
});
