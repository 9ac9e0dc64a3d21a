// First and second derivatives of every differentiable operator against finite differences in double precision, over
// recorded shapes, strides and broadcasts. An operation that no recorded case reaches is named at the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Operand } from "../../src/core/elements.ts";
import type { Kernel } from "../../src/core/op.ts";
import { getDevice, setDevice } from "../../src/devices/index.ts";
import { operations } from "../../src/ops/index.ts";
import * as torch from "../../src/torch/index.ts";
import { valuesOf } from "../conformance/recorded/compare.ts";
import type { OperatorCase } from "../conformance/recorded/operators.ts";
import { isArrayRecord, type Recorded, tensorOf } from "../conformance/recorded/values.ts";
import { samples } from "../support/operation-samples.ts";
import { type OperatorCall, operatorCall, operatorFiles, sizeOf } from "./cases.ts";

type Tensor = torch.Tensor;

/** Elements that the arguments of a case have at most: for first derivatives, and for second ones of more than one case. */
const largest = { first: 130, second: 24 };
/** How many cases of a file are tried, the smallest that are not trivial. */
const perFile = 3;

/** Cases that finite differences cannot judge, for a reason of their own. */
const excluded: readonly (readonly [files: RegExp, reason: string, when?: (row: OperatorCase) => boolean])[] =
  [
    [/^(bfloat16|half|float|cfloat|to)$/, "rounds to a type in which a step of 1e-6 is lost"],
    [
      /./,
      "rounds to a type in which a step of 1e-6 is lost",
      ({ kwargs }) => /16|32|64/.test(typeNamed(kwargs.dtype)),
    ],
    [
      /^linalg\.norm\.subgradients_at_zero$/,
      "is not differentiable there: the recorded gradient is a convention",
    ],
    [/^as_strided\.partial_views$/, "reads memory around its argument, which a copy does not have"],
    [
      /^__setitem__$/,
      "writes one place twice: which value stays is open",
      (row) => JSON.stringify(row.args[1]).includes("int32"),
    ],
    [
      /^index_copy$/,
      "writes one place twice: PyTorch gives both values the gradient of the one that stays",
      (row) => hasRepeated(row.args[2]!),
    ],
    [
      /^(std|var)(_mean)?\.more$/,
      "reduces all axes by a list of none, which PyTorch's gradient takes for one element",
      (row) => JSON.stringify(row.args[1]) === '{"$tuple":[]}',
    ],
    [
      /^as_strided_scatter$/,
      "has PyTorch's gradient: the overwritten values get that of their place, the others none",
    ],
    [
      /^(max|min|aminmax)\.more$/,
      "equal values compete: which has the gradient is a convention",
      (row) => JSON.stringify(row.args[0]).includes('"strides":[0'),
    ],
  ];

/** True iff a recorded vector of positions has one of them twice. */
function hasRepeated(index: Recorded): boolean {
  const positions = isArrayRecord(index) ? valuesOf(tensorOf(index)).map(String) : [];
  return new Set(positions).size < positions.length;
}

/** Operators without a second derivative, in PyTorch as here. */
const onceDifferentiable = /^nn\.functional\.ctc_loss$/;

/**
 * What an operator takes for granted of its operand: a triangle or a Hermitian matrix, of which a step off the diagonal has
 * to be made on both sides, or log probabilities.
 */
const prepared: readonly (readonly [
  files: RegExp,
  place: number,
  prepare: (tensor: Tensor, row: OperatorCase) => Tensor,
])[] = [
  [
    /^(linalg\.)?cholesky(_ex)?$|^linalg\.(eigh|eigvalsh|pinv\.hermitian)$/,
    0,
    (tensor) => tensor.add(tensor.mH).div(2),
  ],
  [/^nn\.functional\.ctc_loss$/, 0, (tensor) => tensor.logSoftmax(-1)],
  [/^cholesky_inverse$/, 0, (tensor, row) => (row.kwargs.upper === true ? tensor.triu() : tensor.tril())],
  [/^cholesky_solve$/, 1, (tensor, row) => (row.kwargs.upper === true ? tensor.triu() : tensor.tril())],
];

function preparedFor(file: string, row: OperatorCase, tensors: readonly Tensor[]): readonly Tensor[] {
  const rule = prepared.find(([files]) => files.test(file));
  if (rule === undefined) return tensors;
  const [, place, prepare] = rule;
  return tensors.map((tensor, i) => (i === place ? prepare(tensor, row) : tensor));
}

/** Operations of which torch's database has no case, and the test that holds their gradients. */
const heldElsewhere: Readonly<Record<string, string>> = { eig: "test/torch/linalg.test.ts" };

/** The recorded name of a type below double precision; empty for others. */
function typeNamed(value: Recorded | undefined): string {
  const { $dtype: name } = (value ?? {}) as { readonly $dtype?: string };
  return name === undefined || name === "float64" || name === "complex128" ? "" : name;
}

function isExcluded(file: string, row: OperatorCase): boolean {
  return excluded.some(([files, , when]) => files.test(file) && (when?.(row) ?? true));
}

function hasFiniteValues(tensor: Tensor): boolean {
  return valuesOf(tensor).every((value) =>
    typeof value === "object"
      ? Number.isFinite(value.re) && Number.isFinite(value.im)
      : Number.isFinite(Number(value)),
  );
}

/** True iff a step of 1e-6 moves every element a little, but not out of all proportion. */
function isModerate(tensor: Tensor): boolean {
  if (!tensor.requiresGrad) return true;
  return valuesOf(tensor).every((value) => {
    const parts = typeof value === "object" ? [value.re, value.im] : [Number(value)];
    return parts.every((part) => part === 0 || (Math.abs(part) > 1e-4 && Math.abs(part) < 1e4));
  });
}

/** The device in use, which notes the operations that it runs. */
function watched(seen: Set<string>): () => void {
  const device = getDevice();
  const kernels = Object.fromEntries(
    Object.entries(device.kernels).map(([name, kernel]) => {
      const noting: Kernel<never> = (inputs: readonly Operand[], outputs: readonly Operand[], attributes) => {
        seen.add(name);
        kernel!(inputs, outputs, attributes);
      };
      return [name, noting];
    }),
  );
  setDevice({ name: device.name, kernels });
  return () => setDevice(device);
}

/** A tensor in double precision, as a leaf in memory of the same order. */
function doubled(tensor: Tensor): Tensor {
  const { isComplex, isFloatingPoint } = tensor.dtype;
  if (!isComplex && !isFloatingPoint) return tensor;
  const wide = tensor.detach().to(isComplex ? torch.complex128 : torch.float64, { copy: true });
  return wide.requiresGrad_(tensor.requiresGrad);
}

interface Differentiable {
  readonly call: OperatorCall;
  readonly tensors: readonly Tensor[];
}

/** Cases whose gradients are recorded, the smallest first. */
function differentiable(file: string, rows: readonly OperatorCase[]): Differentiable[] {
  return (
    rows
      .filter((row) => !isExcluded(file, row))
      .filter(
        ({ grads, dtype }) =>
          grads?.some((grad) => grad !== null) && dtype !== "float16" && dtype !== "bfloat16",
      )
      .flatMap((row) => {
        const call = operatorCall(row, true);
        return call === undefined ? [] : [{ call, tensors: call.tensors.map(doubled) }];
      })
      .filter(({ tensors }) => tensors.some((tensor) => tensor.requiresGrad && tensor.numel() > 1))
      .filter(({ tensors }) => sizeOf(tensors) <= largest.first && tensors.every(isModerate))
      // Of what is infinite or NaN differences say nothing.
      .filter(({ call, tensors }) => call.run(tensors).every(hasFiniteValues))
      .sort((a, b) => sizeOf(a.tensors) - sizeOf(b.tensors))
  );
}

/** The tensors whose gradient is asked for, as arguments of a function. */
function functionOf(
  file: string,
  { call, tensors }: Differentiable,
): {
  readonly leaves: readonly Tensor[];
  readonly run: (...leaves: Tensor[]) => Tensor[];
} {
  const places = tensors.flatMap((tensor, i) => (tensor.requiresGrad ? [i] : []));
  return {
    leaves: places.map((i) => tensors[i]!),
    run: (...leaves) => {
      const given = tensors.map((tensor, i) => leaves[places.indexOf(i)] ?? tensor);
      return call.run(preparedFor(file, call.row, given)).filter((output) => output.requiresGrad);
    },
  };
}

const seen = new Set<string>();

for (const { name, rows } of operatorFiles()) {
  const cases = differentiable(name, rows);
  if (cases.length === 0) continue;
  const chosen = [...cases.filter(({ call }) => call.row.dtype?.startsWith("float")).slice(0, perFile - 1)];
  chosen.push(...cases.filter(({ call }) => call.row.dtype?.startsWith("complex")).slice(0, 1));
  test(`${name}: gradients and second derivatives`, () => {
    const restore = watched(seen);
    try {
      for (const each of chosen) {
        const { leaves, run } = functionOf(name, each);
        const about = `sample ${each.call.row.sample} of ${each.call.row.dtype}`;
        try {
          torch.autograd.gradcheck(run as never, leaves);
          const isSecond = each === chosen[0] || sizeOf(each.tensors) <= largest.second;
          if (isSecond && !onceDifferentiable.test(name)) torch.autograd.gradgradcheck(run as never, leaves);
        } catch (error) {
          assert.fail(`${about}: ${error}`);
        }
      }
    } finally {
      restore();
    }
  });
}

test("every declared operation with a gradient was reached", () => {
  // Elementwise ones that only NumPy has are held by test/ops/elementwise.test.ts.
  const elementwise = new Set(samples.map(({ operation }) => operation.name));
  const missed = Object.values(operations)
    .filter(({ name, gradient }) => gradient !== undefined && !seen.has(name) && !elementwise.has(name))
    .filter(({ name }) => !(name in heldElsewhere))
    .map((operation) => operation.name);
  assert.deepEqual(missed, []);
});
