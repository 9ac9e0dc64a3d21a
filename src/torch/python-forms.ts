// What a Map or an array was in Python, where that is more than a dict or a list: kept beside the value, so that what
// was loaded, or made as PyTorch makes it, is saved as the same.

/** A class of Python's that is a Map or an array here. */
export interface PythonForm {
  /** `tuple`, `torch.Size`, `collections.OrderedDict`, `collections.Counter`. */
  readonly className: string;
  /** Attributes of the object itself: a state dict's `_metadata`. */
  readonly attributes?: ReadonlyMap<unknown, unknown>;
}

const forms: WeakMap<object, PythonForm> = new WeakMap();

/** What the value was in Python; undefined where it is no more than a dict or list. */
export function formOf(value: object): PythonForm | undefined {
  return forms.get(value);
}

/** Says what a value is in Python. @returns the value */
export function withForm<T extends object>(value: T, form: PythonForm): T {
  forms.set(value, form);
  return value;
}
