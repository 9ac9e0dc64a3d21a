// The classes and functions that a pickle may name. What is known to be plain data is made here, as data; a class
// that is not known becomes an opaque object; and whatever would do something when Python loads it is refused.

import { FormatError } from "../../core/errors.ts";
import { latin1Bytes } from "../latin1.ts";
import {
  ByteArrayValue,
  ComplexValue,
  DictValue,
  GlobalValue,
  ObjectValue,
  RangeValue,
  SetValue,
  TupleValue,
  type Value,
} from "../values.ts";
import type { Draft, Later } from "./draft.ts";

/** What stands behind a name in a pickle. */
export interface Known {
  /** What the name itself stands for, where it is a value (`torch.float32`). */
  readonly value?: Value;
  /**
   * What calling it with these arguments gives. Nothing of Python is called.
   * @param hasWholeFloat whether an argument is a float of integer value, which is no count
   */
  readonly construct?: (args: readonly Value[], hasWholeFloat: boolean) => Value | Draft | Later;
}

/** Known names, by `module.name`. */
export type KnownGlobals = ReadonlyMap<string, Known>;

/** Names under which Python 2 and older libraries knew their modules. */
const renamed: ReadonlyMap<string, string> = new Map([
  ["__builtin__", "builtins"],
  ["copy_reg", "copyreg"],
  ["UserDict", "collections"],
]);

/** The module's present name. */
export function modernModule(module: string): string {
  const known = renamed.get(module);
  if (known !== undefined) return known;
  return module.startsWith("numpy.core.") ? `numpy._core.${module.slice("numpy.core.".length)}` : module;
}

/**
 * Builtin names that do nothing but compute: types of data, and functions of numbers. They may be named; only those
 * known below may be called.
 */
const harmlessBuiltins: ReadonlySet<string> = new Set(
  (
    "object int long float complex bool str unicode bytes bytearray list tuple dict set frozenset range xrange slice " +
    "type NoneType abs len max min round sum"
  ).split(" "),
);

/**
 * Modules of Python itself. A pickle of parameters has no use for them but for the classes known here, and
 * most attacks go through them.
 */
const standardModules: ReadonlySet<string> = new Set(
  (
    "__future__ abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop " +
    "base64 bdb binascii bisect builtins bz2 calendar cgi cgitb chunk cmath cmd code codecs codeop " +
    "collections colorsys compileall concurrent configparser contextlib contextvars copy copyreg " +
    "cProfile crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest " +
    "email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions " +
    "ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq " +
    "hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword " +
    "lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder " +
    "msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator " +
    "optparse os ossaudiodev pathlib pdb pickle pickletools pip pipes pkg_resources pkgutil platform " +
    "plistlib popen2 poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc " +
    "pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy sched " +
    "secrets select selectors setuptools shelve shlex shutil signal site smtpd smtplib sndhdr socket " +
    "socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string " +
    "stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib " +
    "tempfile termios textwrap this threading time timeit tkinter token tokenize tomllib trace " +
    "traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib urllib2 uu " +
    "uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc xxlimited " +
    "zipapp zipfile zipimport zlib zoneinfo"
  ).split(" "),
);

/**
 * Classes of the standard library that hold data: kept as objects, by name and arguments. A `partial` holds a
 * function, which must be one that may be named; it cannot be called.
 */
const dataClasses: ReadonlySet<string> = new Set(
  (
    "datetime.date datetime.datetime datetime.time datetime.timedelta datetime.timezone decimal.Decimal fractions.Fraction " +
    "uuid.UUID pathlib.PurePath pathlib.PurePosixPath pathlib.PureWindowsPath pathlib.Path pathlib.PosixPath pathlib.WindowsPath " +
    "pathlib._local.PurePosixPath pathlib._local.PosixPath pathlib._local.PureWindowsPath pathlib._local.WindowsPath pathlib._local.Path pathlib._local.PurePath " +
    "argparse.Namespace functools.partial types.SimpleNamespace collections.deque collections.UserDict collections.UserList zoneinfo.ZoneInfo"
  ).split(" "),
);

function refusal(global: GlobalValue, does: string): FormatError {
  return new FormatError(
    `the pickle ${does} ${global.path}, which is no data: loading it in Python could run a command. Nothing was run here`,
  );
}

/**
 * The class or function of that name, as a value.
 * @throws FormatError when it belongs to Python itself and is not known to be data
 */
export function nameGlobal(module: string, name: string): GlobalValue {
  if (!/^[\p{L}\p{N}_.-]+$/u.test(module) || !/^[\p{L}\p{N}_.<>]+$/u.test(name)) {
    throw new FormatError(
      `the pickle names ${JSON.stringify(`${module}.${name}`.slice(0, 100))}, which is no name`,
    );
  }
  const global = new GlobalValue(module, name);
  const top = module.split(".")[0]!;
  const isData = module === "builtins" ? harmlessBuiltins.has(name) : dataClasses.has(global.path);
  // Modules of one leading underscore are Python's own inner ones; of two, the user's program (`__main__`).
  if ((standardModules.has(top) || /^_[^_]/.test(top)) && !isData) throw refusal(global, "names");
  return global;
}

/** Libraries whose callable names are all known: what is not in their tables is refused. */
const closedLibraries: ReadonlySet<string> = new Set(["builtins", "torch", "numpy"]);

/**
 * An opaque object for a call of a class that is not known.
 * @throws FormatError when what is called is a function, or belongs to a library whose functions are all known
 */
export function callUnknown(global: GlobalValue, args: readonly Value[]): ObjectValue {
  const top = global.module.split(".")[0]!;
  const last = global.name.split(".").pop()!;
  const isClass =
    /^_*\p{Lu}/u.test(last) || last.startsWith("__pyx_unpickle_") || dataClasses.has(global.path);
  if (closedLibraries.has(top) || !isClass) throw refusal(global, "calls");
  return new ObjectValue(global.path, [...args]);
}

/** An opaque object of a class that is not known, made without calling its `__init__`. */
export function newUnknown(global: GlobalValue, args: readonly Value[], keywords?: DictValue): ObjectValue {
  if (global.module === "builtins" && global.name !== "object") throw refusal(global, "makes an object of");
  return new ObjectValue(global.path, [...args], keywords);
}

/** The items of a list, tuple, set or dict's keys, or of text; what `list(x)` gives. */
function itemsOf(value: Value | undefined): Value[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return [...value];
  if (value instanceof TupleValue || value instanceof SetValue) return [...value.items];
  if (value instanceof Map) return [...value.keys()];
  if (typeof value === "string") return [...value];
  throw new FormatError("a collection in the pickle is made from something that has no items");
}

function dictOf(className: string, value: Value | undefined): DictValue {
  const result = new DictValue();
  result.className = className;
  if (value instanceof Map) {
    for (const [key, item] of value) result.set(key, item);
    return result;
  }
  for (const pair of itemsOf(value)) {
    const items = itemsOf(pair);
    if (items.length !== 2)
      throw new FormatError("a dict in the pickle is made from something other than pairs");
    result.set(items[0]!, items[1]!);
  }
  return result;
}

function bytesOf(args: readonly Value[]): Uint8Array {
  const [source, encoding] = args;
  if (source === undefined) return new Uint8Array(0);
  if (source instanceof Uint8Array) return source;
  if (source instanceof ByteArrayValue) return source.bytes;
  if (typeof source === "string") return encodeText(source, encoding);
  if (!Array.isArray(source) && !(source instanceof TupleValue)) {
    throw new FormatError("bytes in the pickle are made from something other than bytes, text or a list");
  }
  const items = itemsOf(source);
  if (!items.every((item) => typeof item === "number" && Number.isInteger(item) && item >= 0 && item < 256)) {
    throw new FormatError("bytes in the pickle are made from a list of something else");
  }
  return Uint8Array.from(items as number[]);
}

function encodeText(text: string, encoding: Value | undefined): Uint8Array {
  const name = typeof encoding === "string" ? encoding.toLowerCase().replace(/[-_]/g, "") : "";
  if (name === "utf8") return new TextEncoder().encode(text);
  const bytes = name === "latin1" || name === "iso88591" ? latin1Bytes(text) : undefined;
  if (bytes === undefined) {
    throw new FormatError("the pickle encodes text in a way that bytes are not pickled in (latin1)");
  }
  return bytes;
}

function numberOf(value: Value | undefined, what: string): number {
  if (typeof value !== "number")
    throw new FormatError(`${what} in the pickle is made from something other than numbers`);
  return value;
}

function rangeOf(className: "range" | "slice", args: readonly Value[]): RangeValue {
  if (args.length < 1 || args.length > 3)
    throw new FormatError(`a ${className} in the pickle has not 1 to 3 parts`);
  const [first, second, third] = args;
  const missing = className === "range" ? 1 : null;
  if (second === undefined)
    return new RangeValue(className, className === "range" ? 0 : null, first!, missing);
  return new RangeValue(className, first!, second, third === undefined ? missing : third);
}

/** `copyreg._reconstructor(class, base, state)`: how protocols 0 and 1 make objects. */
function reconstruct(args: readonly Value[]): Value {
  const [type, base, state] = args;
  if (!(type instanceof GlobalValue) || !(base instanceof GlobalValue)) {
    throw new FormatError("the pickle makes an object of something that is no class");
  }
  const object = newUnknown(type, []);
  if (base.name === "dict") object.entries = dictOf("dict", state);
  else if (base.name !== "object" && state !== undefined) object.items = itemsOf(state);
  return object;
}

/** scikit-learn's trees of neighbours are made empty by a function: `newObj(class)`, of which BUILD sets the state. */
const emptyObject: Known = {
  construct: ([type]) => {
    if (!(type instanceof GlobalValue))
      throw new FormatError("the pickle makes an object of what is no class");
    return newUnknown(type, []);
  },
};
const neighbours = ["_kd_tree", "_ball_tree", "kd_tree", "ball_tree", "_dist_metrics", "dist_metrics"];

/** Python's own types that are data, and what pickles of estimators have besides. */
export const pythonGlobals: KnownGlobals = new Map<string, Known>([
  ["collections.OrderedDict", { construct: (args) => dictOf("collections.OrderedDict", args[0]) }],
  ["collections.Counter", { construct: (args) => dictOf("collections.Counter", args[0]) }],
  ["collections.defaultdict", { construct: (args) => dictOf("collections.defaultdict", args[1]) }],
  ["builtins.dict", { construct: (args) => dictOf("dict", args[0]) }],
  ["builtins.list", { construct: (args) => itemsOf(args[0]) }],
  ["builtins.tuple", { construct: (args) => new TupleValue(itemsOf(args[0])) }],
  ["builtins.set", { construct: (args) => new SetValue(itemsOf(args[0]), false) }],
  ["builtins.frozenset", { construct: (args) => new SetValue(itemsOf(args[0]), true) }],
  ["builtins.bytes", { construct: bytesOf }],
  ["builtins.bytearray", { construct: (args) => new ByteArrayValue(bytesOf(args)) }],
  [
    "builtins.complex",
    {
      construct: (args) =>
        new ComplexValue(numberOf(args[0], "a complex"), numberOf(args[1] ?? 0, "a complex")),
    },
  ],
  ["builtins.range", { construct: (args) => rangeOf("range", args) }],
  ["builtins.xrange", { construct: (args) => rangeOf("range", args) }],
  ["builtins.slice", { construct: (args) => rangeOf("slice", args) }],
  ["_codecs.encode", { construct: (args) => bytesOf(args) }],
  ["copyreg._reconstructor", { construct: reconstruct }],
  ...neighbours.map((module): [string, Known] => [`sklearn.neighbors.${module}.newObj`, emptyObject]),
  ["sklearn.metrics._dist_metrics.newObj", emptyObject],
]);
