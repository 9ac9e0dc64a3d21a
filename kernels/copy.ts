// Copies within the kernels' memory.

/** Copies `lines` lines of `length` bytes, `step` bytes apart, to lines `toStep` bytes apart. */
export function copyLines(from: usize, step: usize, to: usize, toStep: usize, lines: i32, length: usize): void {
  for (let i = 0; i < lines; i++, from += step, to += toStep) memory.copy(to, from, length);
}
