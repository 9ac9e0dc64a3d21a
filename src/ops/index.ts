// All operations by name. A device's table has a row for each: a missing one does not compile.

import { add, divide, equal, multiply, power, subtract } from "./binary.ts";
import {
  absolute,
  conjugate,
  copy,
  exp,
  isnan,
  log,
  logicalNot,
  negative,
  reciprocal,
  sigmoid,
  sign,
  sqrt,
  square,
  tanh,
} from "./unary.ts";

/** The declarations, by name. */
export interface Operations {
  readonly absolute: typeof absolute;
  readonly add: typeof add;
  readonly conjugate: typeof conjugate;
  readonly copy: typeof copy;
  readonly divide: typeof divide;
  readonly equal: typeof equal;
  readonly exp: typeof exp;
  readonly isnan: typeof isnan;
  readonly log: typeof log;
  readonly logicalNot: typeof logicalNot;
  readonly multiply: typeof multiply;
  readonly negative: typeof negative;
  readonly power: typeof power;
  readonly reciprocal: typeof reciprocal;
  readonly sigmoid: typeof sigmoid;
  readonly sign: typeof sign;
  readonly sqrt: typeof sqrt;
  readonly square: typeof square;
  readonly subtract: typeof subtract;
  readonly tanh: typeof tanh;
}

export const operations: Operations = {
  absolute,
  add,
  conjugate,
  copy,
  divide,
  equal,
  exp,
  isnan,
  log,
  logicalNot,
  multiply,
  negative,
  power,
  reciprocal,
  sigmoid,
  sign,
  sqrt,
  square,
  subtract,
  tanh,
};
