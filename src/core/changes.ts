// How often things were changed that others are made of, in the whole program. Whoever has gone through many of them and found
// them as they were need not do so again as long as the count has not moved: one place in memory is looked at, not thousands.

/** Counts of changes, by what was changed. */
export interface Changes {
  /** Bytes of a storage, written in place through a tensor or by NumPy's generators. */
  bytes: number;
  /** The storage or the layout of a tensor that was there. */
  tensors: number;
  /** The members of a module. */
  members: number;
  /** The mode of a module. */
  modes: number;
}

/** The counts as they are now. */
export const changes: Changes = { bytes: 0, tensors: 0, members: 0, modes: 0 };
