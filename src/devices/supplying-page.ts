// Kernels that come with the functions that need them: a bundled page's device has no others of these families.

const supplied: (() => object)[] = [];
let listener: (() => void) | undefined;

/** Operations whose kernels are in the program with them. */
export function withKernels<Operations>(operations: Operations, kernels: () => object): Operations {
  supplied.push(kernels);
  listener?.();
  return operations;
}

/** The tables of kernels that came with functions. */
export function suppliedKernels(): readonly object[] {
  return supplied.map((kernels) => kernels());
}

/** Says when further ones come: with a part of the page that is loaded later. */
export function onSupply(tell: () => void): void {
  listener = tell;
}
