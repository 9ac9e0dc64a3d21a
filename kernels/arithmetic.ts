// Arithmetic that the build turns into one instruction or two.

/**
 * a * b + c of four numbers: in the module of kernels/fused.ts rounded once where the machine has such an instruction, in the
 * other after each of the two steps.
 */
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}
