// Kernels that come with the functions that need them. Here they are part of every program; bundlers for pages put
// supplying-page.ts in this file's place (package.json, "browser").

/** Operations whose kernels are in the program with them. */
export function withKernels<Operations>(operations: Operations, _kernels: () => object): Operations {
  return operations;
}

/** The tables of kernels that came with functions. */
export function suppliedKernels(): readonly object[] {
  return [];
}

/** Says when further ones come. */
export function onSupply(_listener: () => void): void {}
