// All ufuncs.

export * from "./ufuncs-binary.ts";
export * from "./ufuncs-unary.ts";
