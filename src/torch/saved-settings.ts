// Which settings are floats and tuples in Python. JavaScript has one type of numbers, so that 1 says int as well as
// float; in the state dicts of optimizers and schedules PyTorch's own annotations say which is meant (torch/optim/*.py).

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

/** Names of Python's types that a dict's entries have, whatever the numbers look like. */
export interface EntryTypes {
  /** Whole numbers under these names, alone or in a list, are floats. */
  readonly floats: ReadonlySet<string>;
  /** Lists under these names are tuples. */
  readonly tuples: ReadonlySet<string>;
  /** Dicts under these names are Counters. */
  readonly counters: ReadonlySet<string>;
}

/** Settings whose default is a whole int in PyTorch (weight_decay=0, momentum=0) stay what they are. */
const groupTypes: EntryTypes = {
  floats: words(
    "lr initial_lr max_lr min_lr swa_lr betas eps rho alpha lambd t0 etas beta2_decay d momentum_decay max_momentum " +
      "base_momentum tolerance_grad tolerance_change",
  ),
  tuples: words("betas etas step_sizes eps"),
  counters: new Set(),
};

const scheduleTypes: EntryTypes = {
  floats: words(
    "base_lrs _last_lr gamma eta_min factor start_factor end_factor power threshold eps total_size step_ratio max_lrs " +
      "base_momentums max_momentums best mode_worse",
  ),
  tuples: new Set(),
  counters: words("milestones"),
};

/** Of what types a dict's entries are, where it is the state of a schedule; else undefined. */
export function scheduleEntries(has: (name: string) => boolean): EntryTypes | undefined {
  return has("last_epoch") && has("_last_lr") ? scheduleTypes : undefined;
}

/** Of what types the entries of dicts in a list are, by the name that the list has. */
export function listedEntries(name: unknown): EntryTypes | undefined {
  return name === "param_groups" ? groupTypes : undefined;
}
