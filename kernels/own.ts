// Memory of each thread's own: threads run the same kernel at the same time, over one memory.

/** Each thread has so many bytes, a page of the machine's: no two write to the same place of a cache. */
const bytes: usize = 4096;

/** A thread's own memory, of all threads' from `own` on. */
@inline
export function ownOf(own: usize, thread: i32): usize {
  return own + <usize>thread * bytes;
}
