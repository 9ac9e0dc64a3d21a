// Operations that answer true or false, and those on bits. None has a gradient.

import type { Operation } from "../core/op.ts";
import { boolean, elementwise } from "./elementwise.ts";

export const isnan: Operation = elementwise("isnan", { result: boolean });
export const isinf: Operation = elementwise("isinf", { result: boolean });
export const isfinite: Operation = elementwise("isfinite", { result: boolean });
/** True iff the sign bit is set: for -0 and negative NaN too. */
export const signbit: Operation = elementwise("signbit", { result: boolean });

export const equal: Operation = elementwise("equal", { result: boolean });
export const notEqual: Operation = elementwise("notEqual", { result: boolean });
/** Complex operands are ordered by real, then imaginary part. */
export const less: Operation = elementwise("less", { result: boolean });
export const lessEqual: Operation = elementwise("lessEqual", { result: boolean });
export const greater: Operation = elementwise("greater", { result: boolean });
export const greaterEqual: Operation = elementwise("greaterEqual", { result: boolean });

/** Zero is false, everything else, NaN too, is true. */
export const logicalNot: Operation = elementwise("logicalNot", { result: boolean });
export const logicalAnd: Operation = elementwise("logicalAnd", { result: boolean });
export const logicalOr: Operation = elementwise("logicalOr", { result: boolean });
export const logicalXor: Operation = elementwise("logicalXor", { result: boolean });

/** Of bool operands the logical not. */
export const bitwiseNot: Operation = elementwise("bitwiseNot");
export const bitwiseAnd: Operation = elementwise("bitwiseAnd");
export const bitwiseOr: Operation = elementwise("bitwiseOr");
export const bitwiseXor: Operation = elementwise("bitwiseXor");
/** A shift by less than 0 or by the type's width or more is one by the whole width. */
export const leftShift: Operation = elementwise("leftShift");
export const rightShift: Operation = elementwise("rightShift");
