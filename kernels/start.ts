/** Where the memory is free: the kernels' own tables lie before it. */
export function scratchStart(): usize {
  // At the beginning of a page of the machine: blocks that begin in the midst of one are copied a tenth more slowly.
  return (__heap_base + 4095) & ~4095;
}
