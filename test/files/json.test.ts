// The strict JSON reader: what it takes as what, and what it refuses where JSON.parse would not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../src/core/errors.ts";
import { JsonObject, type JsonValue, parseJson, valueOfJson } from "../../src/files/json.ts";
import { DictValue } from "../../src/files/values.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string): JsonValue => parseJson(bytesOf(text), "the text", { start: 8 });

const taken: [text: string, value: JsonValue][] = [
  [" null\n", null],
  ["[true,\tfalse ]", [true, false]],
  ["0", 0n],
  ["-12", -12n],
  ["18446744073709551615", 18446744073709551615n],
  ["100000000000000000000000", 1e23],
  ["2.0", 2],
  ["1e3", 1000],
  ["-0", -0],
  ['"\\u00e9\\ud83d\\ude00\\n\\/"', "é😀\n/"],
  ['"\u2028\u007f"', "\u2028\u007f"],
  ["[]", []],
];

for (const [text, value] of taken) {
  test(`${JSON.stringify(text)} is taken`, () => assert.deepEqual(parse(text), value));
}

test("keys keep their order, and are only names", () => {
  const object = parse('{"b": 1, "__proto__": {"x": 2}, "10": 3, "2": [], "b": 4}') as JsonObject;
  assert.deepEqual([...object.keys()], ["b", "__proto__", "10", "2"]);
  assert.equal(object.get("b"), 4n);
  assert.deepEqual(object.replaced, [["b", 1n]]);
  assert.deepEqual([object.isRepeated("b"), object.isRepeated("2")], [true, false]);
  assert.equal(Object.getPrototypeOf(object), JsonObject.prototype);
});

const refused: [text: string, says: RegExp][] = [
  ["", /byte 8: the text is not JSON: expected a value, and its end came/],
  ["{", /expected a key in "quotes", and its end came/],
  ['{"a" 1}', /byte 13: .*expected ":", and "1" came/],
  ['{"a":1,}', /expected a key in "quotes", and "}" came/],
  ["[1,]", /expected a value, and "]" came/],
  ["[1 2]", /expected "," or "]", and "2" came/],
  ["{} {}", /byte 11: .*expected nothing more, and "{" came/],
  ["NaN", /expected a value, and "N" came/],
  ["-Infinity", /expected a digit, and "I" came/],
  ["01", /expected nothing more, and "1" came/],
  ["1.", /expected a digit/],
  [".5", /expected a value/],
  ["+1", /expected a value/],
  ["1e400", /number beyond floating point/],
  [`${"9".repeat(400)}`, /number beyond floating point/],
  ["'a'", /expected a value/],
  ['"a\nb"', /byte 10: .*raw control character/],
  ['"\\x41"', /has the escape "\\\\x"/],
  ['"\\u12g4"', /has the escape/],
  ['"\\ud83d"', /half a surrogate pair/],
  ['"\\ude00\\ud83d"', /half a surrogate pair/],
  ['"a', /expected the " that ends a text, and its end came/],
  ["\ufeff{}", /byte order mark/],
  ["\u00a01", /expected a value/],
  ["tru", /expected a value, and "t" came/],
  ["/**/1", /expected a value/],
];

for (const [text, says] of refused) {
  test(`${JSON.stringify(text.slice(0, 20))} is refused`, () => {
    assert.throws(
      () => parse(text),
      (error) => {
        assert.ok(error instanceof FormatError);
        assert.match(error.message, says);
        return true;
      },
    );
  });
}

test("bytes that are no UTF-8 are refused, and places count bytes", () => {
  assert.throws(() => parseJson(new Uint8Array([0x22, 0xff, 0x22]), "the text"), /the text is not UTF-8/);
  assert.throws(() => parse('{"é": ?}'), /byte 15/);
});

test("127 levels are read, 128 refused, and a hundred thousand promptly", () => {
  const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  parse(nested(127));
  assert.throws(() => parse(nested(128)), /more than 127 levels deep/);
  const start = performance.now();
  assert.throws(() => parse("[".repeat(100_000)), /levels deep/);
  assert.ok(performance.now() - start < 500);
});

test("values become those of files", () => {
  const value = valueOfJson(parse('{"a": [1, 2.5, 9007199254740993, null], "b": {"c": "d"}}')) as DictValue;
  assert.deepEqual(value.get("a"), [1, 2.5, 9007199254740993n, null]);
  assert.deepEqual(value.get("b"), new DictValue([["c", "d"]]));
});
