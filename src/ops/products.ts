// Matrix products. Operands may have any strides: a transposed matrix is multiplied as it lies.

import type { Operand } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { broadcastShapes, Layout, product } from "../core/layout.ts";
import type { Operation, Run } from "../core/op.ts";
import { conjugated } from "./conjugated.ts";
import { sum } from "./reductions.ts";
import { adjoint, transposed } from "./transposed.ts";
import { reshape } from "./views.ts";

/** All axes but the last merged into one. */
function rows<Value extends Operand>(run: Run<Value>, value: Value): Value {
  const { shape, rank } = value.layout;
  if (rank === 2) return value;
  return reshape(run, value, [product(shape.slice(0, -1)), shape[rank - 1] ?? 1]);
}

/**
 * matmul(a[..., M, K], b[..., K, N]) -> [..., M, N]; the leading axes are stretched to one another.
 * @throws RuntimeError when inner lengths differ or leading axes do not go together
 */
export const matmul: Operation = {
  name: "matmul",
  label: "Mm",
  promotion: "common",
  infer: ([a, b], dtype) => {
    const [m, k] = [a!.shape[a!.rank - 2]!, a!.shape[a!.rank - 1]!];
    const [inner, n] = [b!.shape[b!.rank - 2]!, b!.shape[b!.rank - 1]!];
    if (k !== inner) {
      throw new RuntimeError(`mat1 and mat2 shapes cannot be multiplied (${m}x${k} and ${inner}x${n})`);
    }
    if (a!.rank === 2 && b!.rank === 2) return [Layout.contiguous(dtype, [m, n])];
    const batch = broadcastShapes([a!.shape.slice(0, -2), b!.shape.slice(0, -2)]);
    if (batch !== undefined) return [Layout.contiguous(dtype, [...batch, m, n])];
    throw new RuntimeError(
      `matmul: the leading axes of [${a!.shape.join(", ")}] and [${b!.shape.join(", ")}] do not go together`,
    );
  },
  saves: { inputs: [0, 1] },
  gradient: ({ inputs, grads, needs, run }) => {
    const [a, b] = [inputs[0]!, inputs[1]!];
    const g = grads[0]!;
    return [
      needs(0) ? leftGradient(run, a, b, g) : undefined,
      needs(1) ? rightGradient(run, a, b, g) : undefined,
    ];
  },
};

function areMatrices(a: Operand, b: Operand): boolean {
  return a.layout.rank === 2 && b.layout.rank === 2;
}

/** True iff a batch of products uses this operand's one matrix again and again. */
function isReused(operand: Operand, result: Operand): boolean {
  const { rank, size } = result.layout;
  return rank > 2 && size > 0 && product(operand.layout.shape.slice(0, -2)) === 1;
}

/** What flows to a single matrix under a batch is one product over all rows, in place of a batch of products summed. */
function rightGradient<Value extends Operand>(run: Run<Value>, a: Value, b: Value, g: Value): Value {
  if (areMatrices(a, b)) return run(transposedMatmul, [conjugated(run, a), g]);
  if (!isReused(b, g)) return run(matmul, [adjoint(run, a), g]);
  return reshape(run, run(matmul, [adjoint(run, rows(run, a)), rows(run, g)]), b.layout.shape);
}

function leftGradient<Value extends Operand>(run: Run<Value>, a: Value, b: Value, g: Value): Value {
  if (areMatrices(a, b)) return run(linear, [g, conjugated(run, b)]);
  if (!isReused(a, g)) return run(matmul, [g, adjoint(run, b)]);
  const flow = transposed(run, rows(run, transposed(run, g)));
  return reshape(run, run(matmul, [flow, rows(run, adjoint(run, b))]), a.layout.shape);
}

/**
 * linear(x[..., K], weight[N, K], bias[N]?) -> [..., N]: x @ weight.T + bias. `torch.nn.functional.linear`.
 * @throws RuntimeError when the lengths do not meet
 */
export const linear: Operation = {
  name: "linear",
  label: "Addmm",
  promotion: "common",
  infer: ([x, weight, bias], dtype) => {
    const [n, k] = [weight!.shape[0]!, weight!.shape[1]!];
    const last = x!.shape[x!.rank - 1];
    if (last !== k) {
      const m = product(x!.shape.slice(0, -1));
      throw new RuntimeError(`mat1 and mat2 shapes cannot be multiplied (${m}x${last} and ${k}x${n})`);
    }
    if (bias !== undefined && bias.size !== 1 && bias.shape[bias.rank - 1] !== n) {
      throw new RuntimeError(`linear: a bias of [${bias.shape.join(", ")}] was given for ${n} outputs`);
    }
    return [Layout.contiguous(dtype, x!.rank === 2 ? [x!.shape[0]!, n] : x!.shape.with(-1, n))];
  },
  saves: { inputs: [0, 1] },
  gradient: ({ inputs, grads, needs, run }) => {
    const x = inputs[0]!;
    const weight = inputs[1]!;
    const g = grads[0]!;
    return [
      needs(0) ? linearInputGradient(run, g, weight) : undefined,
      needs(1) ? run(transposedMatmul, [rows(run, g), conjugated(run, rows(run, x))]) : undefined,
      inputs.length > 2 && needs(2) ? run(sum, [rows(run, g)], overRows) : undefined,
    ];
  },
};

const overRows = { axes: [0], keepdims: false };

function linearInputGradient<Value extends Operand>(run: Run<Value>, g: Value, weight: Value): Value {
  if (g.layout.rank === 2) return run(matmul, [g, conjugated(run, weight)]);
  return run(linear, [g, adjoint(run, weight)]);
}

/**
 * transposedMatmul(a[K, M], b[K, N]) -> [M, N]: a.T @ b, which is what flows to the weight of a linear map.
 * @throws RuntimeError when the first lengths differ
 */
export const transposedMatmul: Operation = {
  name: "transposedMatmul",
  label: "Mm",
  promotion: "common",
  infer: ([a, b], dtype) => {
    const [k, m] = [a!.shape[0]!, a!.shape[1]!];
    const [inner, n] = [b!.shape[0]!, b!.shape[1]!];
    if (k !== inner) {
      throw new RuntimeError(`mat1 and mat2 shapes cannot be multiplied (${m}x${k} and ${inner}x${n})`);
    }
    return [Layout.contiguous(dtype, [m, n])];
  },
  saves: { inputs: [0, 1] },
  gradient: ({ inputs, grads, needs, run }) => {
    const [a, b, g] = [inputs[0]!, inputs[1]!, grads[0]!];
    return [
      needs(0) ? run(linear, [conjugated(run, b), g]) : undefined,
      needs(1) ? run(matmul, [conjugated(run, a), g]) : undefined,
    ];
  },
};
