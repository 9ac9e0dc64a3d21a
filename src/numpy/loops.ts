// The types that ufuncs compute in, as NumPy's letters, in the order in which they are tried.

export const integers = "bBhHiIlL";
export const floats = "efd";
export const complexes = "FD";
/** All but bool. */
export const numbers: string = integers + floats + complexes;
export const all: string = `?${numbers}`;
