// The unpickler, on pickles written here opcode by opcode.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../src/core/errors.ts";
import { pythonGlobals } from "../../src/files/pickle/globals.ts";
import { unpickle } from "../../src/files/pickle/machine.ts";
import { numpyGlobals } from "../../src/files/pickle/numpy.ts";
import {
  ArrayValue,
  ByteArrayValue,
  ComplexValue,
  DictValue,
  GlobalValue,
  ObjectValue,
  RangeValue,
  SetValue,
  TupleValue,
  type Value,
} from "../../src/files/values.ts";

/** A character is a byte. */
function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function load(text: string): Value {
  return unpickle(bytes(text), { known: [pythonGlobals, numpyGlobals] }).value;
}

const plain: [about: string, pickle: string, value: Value][] = [
  ["None", "N.", null],
  ["True and False", "\x88\x890.", true],
  ["Python 2's True", "I01\n.", true],
  ["an integer in text", "I-7\n.", -7],
  ["a long in text", "L12345678901234567890L\n.", 12345678901234567890n],
  ["one byte", "K\xff.", 255],
  ["two bytes", "M\x00\x01.", 256],
  ["four bytes, signed", "J\xff\xff\xff\xff.", -1],
  ["two's complement", "\x8a\x02\x00\xff.", -256],
  ["two's complement beyond 2^53", "\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.", 2n ** 64n],
  ["no bytes are 0", "\x8a\x00.", 0],
  ["a float", "G\x3f\xe0\x00\x00\x00\x00\x00\x00.", 0.5],
  ["a whole float", "G\x40\x00\x00\x00\x00\x00\x00\x00.", 2],
  ["a float in text", "F-1.5e3\n.", -1500],
  ["infinity in text", "Finf\n.", Number.POSITIVE_INFINITY],
  ["UTF-8", "X\x02\x00\x00\x00\xc3\xa9.", "é"],
  ["a lone surrogate", "X\x04\x00\x00\x00a\xed\xa0\x80.", "a\ud800"],
  ["escapes", "V\\u00e9\\U0001f702x\n.", "é🜂x"],
  ["Python 2's text", "S'a\\n\\x41'\n.", "a\nA"],
  ["Python 2's bytes are Latin-1", "U\x01\xe9.", "é"],
  ["a list", "](K\x01K\x02e.", [1, 2]],
  ["a list of a mark", "(K\x01K\x02l.", [1, 2]],
  ["bytes", "C\x02\x00\xff.", new Uint8Array([0, 255])],
  ["what the memo holds", "]q\x00K\x01a0h\x00.", [1]],
  ["DUP", "K\x012\x86\x94.", new TupleValue([1, 1])],
  [
    "encoded bytes",
    "c_codecs\nencode\nX\x02\x00\x00\x00\xc3\xa9X\x06\x00\x00\x00latin1\x86R.",
    new Uint8Array([0xe9]),
  ],
  ["a complex", "c__builtin__\ncomplex\nK\x01K\x02\x86R.", new ComplexValue(1, 2)],
  ["a bytearray", "\x96\x01\x00\x00\x00\x00\x00\x00\x00a.", new ByteArrayValue(bytes("a"))],
  ["a set", "\x8f(K\x01\x90.", new SetValue([1], false)],
  ["a frozenset", "(K\x01\x91.", new SetValue([1], true)],
  ["a range", "cbuiltins\nrange\nK\x03\x85R.", new RangeValue("range", 0, 3, 1)],
  ["a slice", "cbuiltins\nslice\nK\x01K\x05N\x87R.", new RangeValue("slice", 1, 5, null)],
];

for (const [about, pickle, value] of plain) {
  test(`${about}`, () => assert.deepEqual(load(pickle), value));
}

test("a dict keeps its order and any key", () => {
  const dict = load("}(U\x09__proto__K\x01U\x0210K\x02U\x011K\x03K\x01K\x04\x88K\x05K\x01K\x02\x86K\x06u.");
  assert.ok(dict instanceof DictValue);
  assert.deepEqual(
    [...dict].map(([key, value]) => [key instanceof TupleValue ? key.items : key, value]),
    [
      ["__proto__", 1],
      ["10", 2],
      ["1", 3],
      [1, 5],
      [[1, 2], 6],
    ],
  );
});

test("a list may hold itself", () => {
  const list = load("]q\x00h\x00a.") as Value[];
  assert.equal(list[0], list);
});

test("a class that is not known is an object with its state", () => {
  const object = load("cmine.parts\nConfig\n)\x81}U\x05depthK\x03sb.");
  assert.ok(object instanceof ObjectValue);
  assert.equal(object.className, "mine.parts.Config");
  assert.equal(object.attributes?.get("depth"), 3);
  assert.equal(object.module, undefined);
});

test("a name that is not known is a name", () => {
  const name = load("\x80\x04\x8c\x04mine\x8c\x08Net.<lam\x93.".replace("\x08Net.<lam", "\x0cNet.<lambda>"));
  assert.ok(name instanceof GlobalValue);
  assert.equal(name.path, "mine.Net.<lambda>");
});

test("classes made from list and dict keep what was put in them", () => {
  const list = load("cmine\nRow\n)\x81K\x01aK\x02a.");
  assert.deepEqual((list as ObjectValue).items, [1, 2]);
  const dict = load("cmine\nTable\n)\x81U\x01aK\x02s.");
  assert.deepEqual([...(dict as ObjectValue).entries!], [["a", 2]]);
});

const int16 = "cnumpy\ndtype\nU\x02i2K\x00K\x01\x87R(K\x03U\x01>NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb";
const empty = "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R";

test("a NumPy array, big-endian and in Fortran order", () => {
  const array = load(`${empty}(K\x01K\x01K\x02\x86${int16}\x88U\x04\x00\x01\x00\x02tb.`);
  assert.ok(array instanceof ArrayValue);
  assert.deepEqual([...array.storage.view(array.layout.dtype)], [1, 2]);
  assert.equal(array.layout.dtype.name, "int16");
  assert.equal(array.facts.bigEndian, true);
});

test("two arrays of the same bytes do not share them", () => {
  const first = `${empty}(K\x01K\x01\x85${int16}\x89U\x02\x00\x01q\x09tb`;
  const second = `${empty}(K\x01K\x01\x85${int16}\x89h\x09tb`;
  const { items } = load(`${first}${second}\x86.`) as TupleValue;
  const [a, b] = items as [ArrayValue, ArrayValue];
  a.storage.view(a.layout.dtype)[0] = 9;
  assert.equal(b.storage.view(b.layout.dtype)[0], 1);
});

const refused: [about: string, pickle: string, says: RegExp][] = [
  ["os.system", "cos\nsystem\nU\x02ls\x85R.", /names os\.system.*Nothing was run/],
  ["exec, even where it is not called", "cbuiltins\nexec\n.", /names builtins\.exec/],
  ["eval under Python 2's name", "c__builtin__\neval\n.", /names builtins\.eval/],
  [
    "a dotted way to os.system",
    "\x80\x04\x8c\x09posixpath\x8c\x09os.system\x93.",
    /names posixpath\.os\.system/,
  ],
  ["an unknown function of a library", "ctorch.utils.collect_env\nrun\nU\x02ls\x85R.", /calls torch\.utils/],
  ["a function of anybody's", "cmine\nrun\n)R.", /calls mine\.run/],
  ["INST", "(U\x02lsios\nsystem\n.", /names os\.system/],
  ["OBJ", "(cos\nsystem\nU\x02lso.", /names os\.system/],
  ["a call that is thrown away", "}cos\nsystem\nU\x02ls\x85R0.", /names os\.system/],
  ["map by NEWOBJ", "cbuiltins\nmap\n)\x81.", /names builtins\.map/],
  ["an inner module of Python", "c_io\nopen\n.", /names _io\.open/],
  ["a partial of exec", "cfunctools\npartial\ncbuiltins\nexec\n\x85R.", /names builtins\.exec/],
  ["a partial that is called", "cfunctools\npartial\ncmine\nrun\n\x85R)R.", /calls what is no class/],
  ["max that is called", "cbuiltins\nmax\nK\x01\x85R.", /calls builtins\.max/],
  ["a call of what is no class", "K\x01)R.", /calls what is no class/],
  ["a name that is none", "\x80\x04\x8c\x03a\nb\x8c\x01c\x93.", /which is no name/],
  ["a bytearray of a length", "cbuiltins\nbytearray\nJ\x00\x00\x00\x7f\x85R.", /made from something other/],
  ["an empty stack", "R.", /empty stack/],
  ["a mark that is not there", "t.", /no mark|none/],
  ["taking from below a mark", "K\x01(a.", /empty stack/],
  ["a memo that was never put", "h\x05.", /memo 5/],
  ["an unknown opcode", "\xf1.", /opcode/],
  ["protocol 6", "\x80\x06N.", /protocol 6/],
  ["an odd number for SETITEMS", "}(K\x01u.", /without a value/],
  ["appending to a number", "K\x01K\x02a.", /no list/],
  ["a list as a key", "}]K\x01s.", /key is a list/],
  ["a length beyond the end", "X\xff\xff\xff\x7fabc.", /cut short/],
  ["a negative length", "T\xff\xff\xff\xffabc.", /negative/],
  ["a frame beyond the end", "\x95\xff\x00\x00\x00\x00\x00\x00\x00N.", /frame/],
  ["text that is no UTF-8", "X\x01\x00\x00\x00\xff.", /UTF-8/],
  ["digits beyond Python's limit", `L${"9".repeat(4301)}L\n.`, /4300 digits/],
  ["a persistent id", "U\x01aQ.", /persistent id/],
  ["an extension code", "\x82\x01.", /extension/],
  ["an array of too few bytes", `${empty}(K\x01K\x09\x85${int16}\x89U\x02\x00\x01tb.`, /takes 18 bytes/],
  ["an array of a negative shape", `${empty}(K\x01J\xff\xff\xff\xff\x85${int16}\x89U\x00tb.`, /counts/],
  ["an array used before its contents", `${empty}]\x86.`, /before it has its contents/],
  ["no end", "N", /cut short/],
];

for (const [about, pickle, says] of refused) {
  test(`refused: ${about}`, () => {
    assert.throws(
      () => load(pickle),
      (error) => error instanceof FormatError && says.test(error.message),
    );
  });
}

const endless: [about: string, pickle: string][] = [
  ["60 levels of pairs of one tuple", `K\x01${"2\x86".repeat(60)}.`],
  ["such a tuple as a key", `}K\x01${"2\x86".repeat(60)}K\x01s.`],
  ["100,000 lists within lists", `${"]".repeat(100_000)}${"a".repeat(99_999)}.`],
  ["100,000 tuples within tuples", `)${"\x85".repeat(100_000)}.`],
  ["100,000 marks", `${"(".repeat(100_000)}.`],
];

for (const [about, pickle] of endless) {
  test(`refused promptly: ${about}`, { timeout: 2000 }, () => {
    assert.throws(() => load(pickle), FormatError);
  });
}
