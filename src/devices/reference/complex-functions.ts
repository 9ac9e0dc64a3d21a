// Functions of a complex number, in double precision. Inverse functions follow Kahan, "Branch cuts for complex elementary
// functions" (1987): right on the cuts, on the side that the sign of a zero says.

/** Writes a result's parts at `out[o]` and `out[o + 1]`. */
export type ComplexUnary = (out: Float64Array, o: number, re: number, im: number) => void;

const put = (out: Float64Array, o: number, re: number, im: number): void => {
  out[o] = re;
  out[o + 1] = im;
};

/** A scratch for results on the way. */
const part: Float64Array = new Float64Array(4);

/** i x of a factor that is exactly 0 stays 0, also where x is infinite. */
const scaled = (factor: number, size: number): number => (factor === 0 ? factor : factor * size);

export const complexExp: ComplexUnary = (out, o, re, im) => {
  const size = Math.exp(re);
  if (im === 0) put(out, o, size, im);
  else if (size === 0 && !Number.isFinite(im)) put(out, o, 0, 0);
  else if (re === Infinity && !Number.isFinite(im)) put(out, o, Infinity, NaN);
  else put(out, o, scaled(Math.cos(im), size), scaled(Math.sin(im), size));
};

export const complexLog: ComplexUnary = (out, o, re, im) => {
  const angle = Math.atan2(im, re);
  const size = Math.hypot(re, im);
  if (size > 0.5 && size < 2) {
    // log |z| through log1p, from the larger part: exact where |z| is near 1.
    const large = Math.max(Math.abs(re), Math.abs(im));
    const small = Math.min(Math.abs(re), Math.abs(im));
    put(out, o, 0.5 * Math.log1p((large - 1) * (large + 1) + small * small), angle);
  } else put(out, o, Math.log(size), angle);
};

export const complexSqrt: ComplexUnary = (out, o, re, im) => {
  if (re === 0 && im === 0) put(out, o, 0, im);
  else if (Math.abs(im) === Infinity) put(out, o, Infinity, im);
  else if (re === Infinity) put(out, o, re, Number.isNaN(im) ? im : Math.sign(im) === 0 ? im : 0 * im);
  else if (re === -Infinity) put(out, o, Number.isNaN(im) ? im : 0, copysign(Infinity, im));
  else {
    // Halved on the way where the length would overflow.
    const scale = Math.max(Math.abs(re), Math.abs(im)) > 1e300 ? 0.25 : 1;
    const length = Math.hypot(re * scale, im * scale);
    const root = Math.sqrt((Math.abs(re * scale) + length) / 2);
    const back = scale === 1 ? 1 : 2;
    if (re >= 0) put(out, o, root * back, (im * scale * back) / (2 * root));
    else put(out, o, (Math.abs(im * scale) * back) / (2 * root), copysign(root * back, im));
  }
};

/** The magnitude of the first with the sign of the second. */
export function copysign(magnitude: number, sign: number): number {
  const isNegative = sign < 0 || Object.is(sign, -0);
  const size = Math.abs(magnitude);
  return isNegative ? -size : size;
}

export const complexSinh: ComplexUnary = (out, o, re, im) => {
  if (im === 0) put(out, o, Math.sinh(re), im);
  else put(out, o, scaled(Math.cos(im), Math.sinh(re)), scaled(Math.sin(im), Math.cosh(re)));
};

export const complexCosh: ComplexUnary = (out, o, re, im) => {
  if (im === 0) put(out, o, Math.cosh(re), im * Math.sign(re));
  else
    put(
      out,
      o,
      scaled(Math.cos(im), Math.cosh(re)),
      re === 0 ? re * Math.sin(im) : Math.sin(im) * Math.sinh(re),
    );
};

export const complexTanh: ComplexUnary = (out, o, re, im) => {
  if (Math.abs(re) > 20) {
    const decay = 4 * Math.exp(-2 * Math.abs(re));
    const turn = Number.isFinite(im) ? Math.sin(im) * Math.cos(im) : 0;
    put(out, o, Math.sign(re), decay === 0 ? copysign(0, turn) : turn * decay);
    return;
  }
  const t = Math.tan(im);
  const sinh = Math.sinh(re);
  const beta = 1 + t * t;
  const rho = Math.sqrt(1 + sinh * sinh);
  if (Math.abs(t) === Infinity) put(out, o, rho / sinh, 1 / t);
  else put(out, o, (beta * rho * sinh) / (1 + beta * sinh * sinh), t / (1 + beta * sinh * sinh));
};

/** A circular function from the hyperbolic one: f(z) = -i h(iz). */
const turned =
  (hyperbolic: ComplexUnary): ComplexUnary =>
  (out, o, re, im) => {
    hyperbolic(out, o, -im, re);
    put(out, o, out[o + 1]!, -out[o]!);
  };

export const complexSin: ComplexUnary = turned(complexSinh);
export const complexTan: ComplexUnary = turned(complexTanh);
export const complexCos: ComplexUnary = (out, o, re, im) => complexCosh(out, o, -im, re);

/** sqrt(1 - z) and sqrt(1 + z) into `part`. */
function roots(re: number, im: number): void {
  complexSqrt(part, 0, 1 - re, -im);
  complexSqrt(part, 2, 1 + re, im);
}

export const complexAsin: ComplexUnary = (out, o, re, im) => {
  roots(re, im);
  const [a, b, c, d] = part as unknown as readonly [number, number, number, number];
  put(out, o, Math.atan2(re, a * c - b * d), Math.asinh(a * d - b * c));
};

export const complexAcos: ComplexUnary = (out, o, re, im) => {
  roots(re, im);
  const [a, b, c, d] = part as unknown as readonly [number, number, number, number];
  put(out, o, 2 * Math.atan2(a, c), Math.asinh(c * b - d * a));
};

export const complexAcosh: ComplexUnary = (out, o, re, im) => {
  complexSqrt(part, 0, re - 1, im);
  complexSqrt(part, 2, re + 1, im);
  const [a, b, c, d] = part as unknown as readonly [number, number, number, number];
  put(out, o, Math.asinh(a * c + b * d), 2 * Math.atan2(b, c));
};

export const complexAtanh: ComplexUnary = (out, o, re, im) => {
  const below = (1 - re) * (1 - re) + im * im;
  put(out, o, 0.25 * Math.log1p((4 * re) / below), 0.5 * Math.atan2(2 * im, (1 - re) * (1 + re) - im * im));
};

export const complexAsinh: ComplexUnary = turned(complexAsin);
export const complexAtan: ComplexUnary = turned(complexAtanh);

/** Smith's division: the larger part of the divisor scales. */
export function complexDivide(
  out: Float64Array,
  o: number,
  a: number,
  aImaginary: number,
  b: number,
  bImaginary: number,
): void {
  if (Math.abs(b) >= Math.abs(bImaginary)) {
    if (b === 0 && bImaginary === 0) {
      put(out, o, a / Math.abs(b), aImaginary / Math.abs(b));
      return;
    }
    const ratio = bImaginary / b;
    const scale = 1 / (b + bImaginary * ratio);
    put(out, o, (a + aImaginary * ratio) * scale, (aImaginary - a * ratio) * scale);
  } else {
    const ratio = b / bImaginary;
    const scale = 1 / (bImaginary + b * ratio);
    put(out, o, (a * ratio + aImaginary) * scale, (aImaginary * ratio - a) * scale);
  }
}

/** Small whole powers by repeated multiplication, so that they are exact; others through the logarithm. */
export function complexPower(
  out: Float64Array,
  o: number,
  a: number,
  aImaginary: number,
  b: number,
  bImaginary: number,
): void {
  if (b === 0 && bImaginary === 0) put(out, o, 1, 0);
  else if (a === 0 && aImaginary === 0) {
    if (b > 0 && bImaginary === 0) put(out, o, 0, 0);
    else put(out, o, NaN, NaN);
  } else if (bImaginary === 0 && Number.isInteger(b) && Math.abs(b) <= 100) {
    let [re, im] = [1, 0];
    let [x, y] = [a, aImaginary];
    for (let rest = Math.abs(b); rest > 0; rest >>= 1) {
      if (rest & 1) [re, im] = [re * x - im * y, re * y + im * x];
      [x, y] = [x * x - y * y, 2 * x * y];
    }
    if (b > 0) put(out, o, re, im);
    else complexDivide(out, o, 1, 0, re, im);
  } else {
    complexLog(out, o, a, aImaginary);
    const [re, im] = [out[o]!, out[o + 1]!];
    complexExp(out, o, b * re - bImaginary * im, b * im + bImaginary * re);
  }
}
