// Errors that carry the name Python gives them, so that what people search the web for is what they see.

/** Python's exception types that NumPy and PyTorch raise. `error.name` is the Python name. */
export class PythonError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** `RuntimeError`, PyTorch's usual one. */
export class RuntimeError extends PythonError {
  constructor(message: string) {
    super("RuntimeError", message);
  }
}

/** `ValueError`. */
export class ValueError extends PythonError {
  constructor(message: string) {
    super("ValueError", message);
  }
}

/** `TypeError`, under Python's meaning: an argument of the wrong type. */
export class PythonTypeError extends PythonError {
  constructor(message: string) {
    super("TypeError", message);
  }
}

/** `IndexError`. */
export class IndexError extends PythonError {
  constructor(message: string) {
    super("IndexError", message);
  }
}

/** `KeyError`. */
export class KeyError extends PythonError {
  constructor(message: string) {
    super("KeyError", message);
  }
}

/** `NotImplementedError`: the operation is known and this device, dtype or mode does not have it. */
export class NotImplementedError extends PythonError {
  constructor(message: string) {
    super("NotImplementedError", message);
  }
}

/** `AttributeError`. */
export class AttributeError extends PythonError {
  constructor(message: string) {
    super("AttributeError", message);
  }
}

/** `AssertionError`: what a function takes for granted does not hold. */
export class AssertionError extends PythonError {
  constructor(message: string) {
    super("AssertionError", message);
  }
}

/** `OverflowError`. */
export class OverflowError extends PythonError {
  constructor(message: string) {
    super("OverflowError", message);
  }
}

/** `ZeroDivisionError`. */
export class ZeroDivisionError extends PythonError {
  constructor(message: string) {
    super("ZeroDivisionError", message);
  }
}

/** NumPy's `AxisError`, a kind of both ValueError and IndexError. */
export class AxisError extends PythonError {
  constructor(message: string) {
    super("AxisError", message);
  }
}

/** Where in a file something was found to be wrong. */
export interface FormatPlace {
  /** The file's name or address, where known. */
  readonly file?: string | undefined;
  /** The tensor or member that was being read. */
  readonly tensor?: string | undefined;
  /** Byte offset in the file. */
  readonly offset?: number | undefined;
}

/** A name that a file gives, which may be of any length, as a line of text has room for. */
function beginningOf(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}...` : name;
}

/** A file that is refused: what was expected, what came, where, and what to do. One line. */
export class FormatError extends Error {
  readonly place: FormatPlace;
  /** The reason without the place. */
  readonly reason: string;

  constructor(reason: string, place: FormatPlace = {}) {
    const where = [
      place.file === undefined ? "" : place.file,
      place.tensor === undefined ? "" : `tensor ${JSON.stringify(beginningOf(place.tensor))}`,
      place.offset === undefined ? "" : `byte ${place.offset}`,
    ].filter((part) => part !== "");
    super(where.length === 0 ? reason : `${where.join(", ")}: ${reason}`);
    this.name = "FormatError";
    this.reason = reason;
    this.place = place;
  }
}
