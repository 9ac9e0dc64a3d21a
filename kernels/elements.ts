// Arithmetic on single-precision numbers, element by element. Each kernel takes the addresses of up to three operands and of
// the result, which may be the first operand's, a factor, and how many elements there are; vectors are whole, so that up to 15
// elements behind the last are written. What takes several steps is done in double precision and rounded once.

// What is done: a constant in each call, so that each loop has a body of its own.
const ADD = 0;
const SUBTRACT = 1;
const MULTIPLY = 2;
const DIVIDE = 3;
const MAXIMUM = 4;
const MINIMUM = 5;
const NEGATIVE = 6;
const ABSOLUTE = 7;
const SQUARE = 8;
const RELU = 9;
const RELU_BACKWARD = 10;
const CLAMP = 11;

@inline
function single(what: i32, a: v128, b: v128, c: v128): v128 {
  if (what == ADD) return f32x4.add(a, b);
  if (what == SUBTRACT) return f32x4.sub(a, b);
  if (what == MULTIPLY) return f32x4.mul(a, b);
  if (what == DIVIDE) return f32x4.div(a, b);
  // Of equal ones the first; NaN where one is.
  if (what == MAXIMUM) return v128.bitselect(a, b, v128.or(f32x4.ge(a, b), f32x4.ne(a, a)));
  if (what == MINIMUM) return v128.bitselect(a, b, v128.or(f32x4.le(a, b), f32x4.ne(a, a)));
  if (what == NEGATIVE) return f32x4.neg(a);
  if (what == ABSOLUTE) return f32x4.abs(a);
  if (what == SQUARE) return f32x4.mul(a, a);
  if (what == RELU) return f32x4.max(a, f32x4.splat(0));
  if (what == RELU_BACKWARD) return v128.andnot(a, f32x4.le(b, f32x4.splat(0)));
  return f32x4.min(f32x4.max(a, b), c);
}

@inline
function each(what: i32, a: usize, b: usize, c: usize, out: usize, count: i32): void {
  const length = <usize>count << 2;
  for (let i: usize = 0; i < length; i += 16) {
    v128.store(out + i, single(what, v128.load(a + i), v128.load(b + i), v128.load(c + i)));
  }
}

export function add32(a: usize, b: usize, c: usize, out: usize, _factor: f64, count: i32): void {
  each(ADD, a, b, c, out, count);
}
export function subtract32(a: usize, b: usize, c: usize, out: usize, _factor: f64, count: i32): void {
  each(SUBTRACT, a, b, c, out, count);
}
export function multiply32(a: usize, b: usize, c: usize, out: usize, _factor: f64, count: i32): void {
  each(MULTIPLY, a, b, c, out, count);
}
export function divide32(a: usize, b: usize, c: usize, out: usize, _factor: f64, count: i32): void {
  each(DIVIDE, a, b, c, out, count);
}
export function maximum32(a: usize, b: usize, c: usize, out: usize, _factor: f64, count: i32): void {
  each(MAXIMUM, a, b, c, out, count);
}
export function minimum32(a: usize, b: usize, c: usize, out: usize, _factor: f64, count: i32): void {
  each(MINIMUM, a, b, c, out, count);
}
export function negative32(a: usize, b: usize, c: usize, out: usize, _factor: f64, count: i32): void {
  each(NEGATIVE, a, b, c, out, count);
}
export function absolute32(a: usize, b: usize, c: usize, out: usize, _factor: f64, count: i32): void {
  each(ABSOLUTE, a, b, c, out, count);
}
export function square32(a: usize, b: usize, c: usize, out: usize, _factor: f64, count: i32): void {
  each(SQUARE, a, b, c, out, count);
}
export function relu32(a: usize, b: usize, c: usize, out: usize, _factor: f64, count: i32): void {
  each(RELU, a, b, c, out, count);
}
/** The gradient a where b is above 0 or no number. */
export function reluBackward32(a: usize, b: usize, c: usize, out: usize, _factor: f64, count: i32): void {
  each(RELU_BACKWARD, a, b, c, out, count);
}
export function clamp32(a: usize, b: usize, c: usize, out: usize, _factor: f64, count: i32): void {
  each(CLAMP, a, b, c, out, count);
}

const ADD_SCALED = 0;
const ADD_PRODUCT = 1;
const ADD_QUOTIENT = 2;
const BETWEEN = 3;
const MULTIPLY_ADD = 4;
const TANH_BACKWARD = 5;

/** Two elements in double precision. */
@inline
function double(what: i32, a: v128, b: v128, c: v128, factor: v128): v128 {
  if (what == ADD_SCALED) return f64x2.add(a, f64x2.mul(factor, b));
  if (what == ADD_PRODUCT) return f64x2.add(a, f64x2.mul(f64x2.mul(factor, b), c));
  if (what == ADD_QUOTIENT) return f64x2.add(a, f64x2.div(f64x2.mul(factor, b), c));
  if (what == MULTIPLY_ADD) return f64x2.add(f64x2.mul(a, b), c);
  const one = f64x2.splat(1);
  if (what == TANH_BACKWARD) return f64x2.mul(a, f64x2.sub(one, f64x2.mul(b, b)));
  const way = f64x2.sub(b, a);
  const near = f64x2.add(a, f64x2.mul(c, way));
  const far = f64x2.sub(b, f64x2.mul(way, f64x2.sub(one, c)));
  return v128.bitselect(near, far, f64x2.lt(f64x2.abs(c), f64x2.splat(0.5)));
}

@inline
function eachDouble(what: i32, a: usize, b: usize, c: usize, out: usize, count: i32, factor: f64): void {
  const factors = f64x2.splat(factor);
  const length = <usize>count << 2;
  for (let i: usize = 0; i < length; i += 16) {
    const low = double(what, wide(a + i), wide(b + i), wide(c + i), factors);
    const high = double(what, wide(a + i + 8), wide(b + i + 8), wide(c + i + 8), factors);
    v128.store(
      out + i,
      v128.shuffle<u64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2),
    );
  }
}

@inline
function wide(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

/** a + factor b */
export function addScaled32(a: usize, b: usize, c: usize, out: usize, factor: f64, count: i32): void {
  eachDouble(ADD_SCALED, a, b, c, out, count, factor);
}
/** a + factor b c */
export function addProduct32(a: usize, b: usize, c: usize, out: usize, factor: f64, count: i32): void {
  eachDouble(ADD_PRODUCT, a, b, c, out, count, factor);
}
/** a + factor b / c */
export function addQuotient32(a: usize, b: usize, c: usize, out: usize, factor: f64, count: i32): void {
  eachDouble(ADD_QUOTIENT, a, b, c, out, count, factor);
}
/** The number that lies at c of the way from a to b. */
export function between32(a: usize, b: usize, c: usize, out: usize, factor: f64, count: i32): void {
  eachDouble(BETWEEN, a, b, c, out, count, factor);
}
/** a b + c */
export function multiplyAdd32(a: usize, b: usize, c: usize, out: usize, factor: f64, count: i32): void {
  eachDouble(MULTIPLY_ADD, a, b, c, out, count, factor);
}
/** a (1 - b b) */
export function tanhBackward32(a: usize, b: usize, c: usize, out: usize, factor: f64, count: i32): void {
  eachDouble(TANH_BACKWARD, a, b, c, out, count, factor);
}

const LESS = 0;
const LESS_EQUAL = 1;
const EQUAL = 2;
const NOT_EQUAL = 3;

@inline
function holds(what: i32, a: v128, b: v128): v128 {
  if (what == LESS) return f32x4.lt(a, b);
  if (what == LESS_EQUAL) return f32x4.le(a, b);
  if (what == EQUAL) return f32x4.eq(a, b);
  return f32x4.ne(a, b);
}

/** Truth as bytes of 0 and 1. */
@inline
function eachTruth(what: i32, a: usize, b: usize, out: usize, count: i32): void {
  const one = i8x16.splat(1);
  const length = <usize>count;
  for (let i: usize = 0; i < length; i += 16) {
    const p = a + (i << 2);
    const q = b + (i << 2);
    const low = i16x8.narrow_i32x4_s(
      holds(what, v128.load(p), v128.load(q)),
      holds(what, v128.load(p, 16), v128.load(q, 16)),
    );
    const high = i16x8.narrow_i32x4_s(
      holds(what, v128.load(p, 32), v128.load(q, 32)),
      holds(what, v128.load(p, 48), v128.load(q, 48)),
    );
    v128.store(out + i, v128.and(i8x16.narrow_i16x8_s(low, high), one));
  }
}

export function less32(a: usize, b: usize, _c: usize, out: usize, _factor: f64, count: i32): void {
  eachTruth(LESS, a, b, out, count);
}
export function lessEqual32(a: usize, b: usize, _c: usize, out: usize, _factor: f64, count: i32): void {
  eachTruth(LESS_EQUAL, a, b, out, count);
}
export function equal32(a: usize, b: usize, _c: usize, out: usize, _factor: f64, count: i32): void {
  eachTruth(EQUAL, a, b, out, count);
}
export function notEqual32(a: usize, b: usize, _c: usize, out: usize, _factor: f64, count: i32): void {
  eachTruth(NOT_EQUAL, a, b, out, count);
}

/** b where the byte of a is not 0, else c. */
export function where32(a: usize, b: usize, c: usize, out: usize, _factor: f64, count: i32): void {
  const length = <usize>count << 2;
  const zero = i32x4.splat(0);
  for (let i: usize = 0; i < length; i += 16) {
    const bytes = v128.load32_zero(a + (i >> 2));
    const isSecond = i32x4.eq(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)), zero);
    v128.store(out + i, v128.bitselect(v128.load(c + i), v128.load(b + i), isSecond));
  }
}
