// How the functions that draw numbers are called: parameters by position or by name, then how many numbers. Without a
// size, and with plain numbers as parameters, one number comes back; else an array.

import type { NDArray } from "../ndarray.ts";
import type { ArrayLike, ShapeLike } from "../types.ts";

type Named<Names extends string, Value> = { readonly [Name in Names]?: Value };

/** An options object that makes an array. */
type ArrayOptions<Names extends string> = Named<Names, ArrayLike> & { readonly size: ShapeLike };

/** An options object that makes a number. */
type NumberOptions<Names extends string> = Named<Names, number> & { readonly size?: null };

/** A distribution without parameters. */
export interface NoParameter {
  (size?: null | { readonly size?: null }): number;
  (size: ShapeLike | { readonly size: ShapeLike }): NDArray;
}

/** A distribution of one parameter, which has a default. */
export interface OneParameter<A extends string> {
  (a?: number, size?: null): number;
  (a: ArrayLike | undefined, size: ShapeLike | ArrayOptions<never>): NDArray;
  (options: NumberOptions<A>): number;
  (options: ArrayOptions<A>): NDArray;
  (a: ArrayLike): NDArray;
}

/** A distribution of one parameter, which must be given. */
export interface OneRequired<A extends string> {
  (a: number, size?: null): number;
  (a: ArrayLike, size: ShapeLike | ArrayOptions<never>): NDArray;
  (options: NumberOptions<A>): number;
  (options: ArrayOptions<A>): NDArray;
  (a: ArrayLike): NDArray;
}

/** A distribution of two parameters, which have defaults. */
export interface TwoParameters<A extends string, B extends string> {
  (a?: number, b?: number, size?: null): number;
  (a: ArrayLike | undefined, b: ArrayLike | undefined, size: ShapeLike | ArrayOptions<never>): NDArray;
  (a: ArrayLike, options: ArrayOptions<B>): NDArray;
  (options: NumberOptions<A | B>): number;
  (options: ArrayOptions<A | B>): NDArray;
  (a: ArrayLike, b?: ArrayLike): NDArray;
}

/** A distribution of two parameters, which must be given. */
export interface TwoRequired<A extends string, B extends string> {
  (a: number, b: number, size?: null): number;
  (a: ArrayLike, b: ArrayLike, size: ShapeLike | ArrayOptions<never>): NDArray;
  (options: NumberOptions<A | B>): number;
  (options: ArrayOptions<A | B>): NDArray;
  (a: ArrayLike, b: ArrayLike): NDArray;
}

/** A distribution of two parameters, of which the second has a default. */
export interface TwoWithDefault<A extends string, B extends string> {
  (a: number, b?: number, size?: null): number;
  (a: ArrayLike, b: ArrayLike | undefined, size: ShapeLike | ArrayOptions<never>): NDArray;
  (a: ArrayLike, options: ArrayOptions<B>): NDArray;
  (options: NumberOptions<A | B>): number;
  (options: ArrayOptions<A | B>): NDArray;
  (a: ArrayLike, b?: ArrayLike): NDArray;
}

/** A distribution of three parameters, which must be given. */
export interface ThreeRequired<A extends string, B extends string, C extends string> {
  (a: number, b: number, c: number, size?: null): number;
  (a: ArrayLike, b: ArrayLike, c: ArrayLike, size: ShapeLike | ArrayOptions<never>): NDArray;
  (options: NumberOptions<A | B | C>): number;
  (options: ArrayOptions<A | B | C>): NDArray;
  (a: ArrayLike, b: ArrayLike, c: ArrayLike): NDArray;
}
