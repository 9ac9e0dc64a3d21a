// The opcodes of pickle, protocols 0 to 5, each as what it does to the machine. Names are those of pickletools.

import { FormatError } from "../../core/errors.ts";
import { latin1 } from "../latin1.ts";
import { ByteArrayValue, DictValue, SetValue, TupleValue, type Value } from "../values.ts";
import type { Machine } from "./machine.ts";
import { decimal, float, quotedText, rawUnicode } from "./source.ts";

type Action = (machine: Machine) => void;

const named: Readonly<Record<string, readonly [code: number, action: Action]>> = {
  // Control
  PROTO: [
    0x80,
    (m) => {
      const protocol = m.source.unsigned(1);
      if (protocol > 5) throw new FormatError(`pickle protocol ${protocol} is not one of 0 to 5`);
    },
  ],
  FRAME: [
    0x95,
    (m) => {
      const { source } = m;
      const length = source.unsigned(8);
      if (source.position + length > source.byteLength) {
        throw new FormatError("a frame reaches beyond the pickle: it is cut short or damaged");
      }
    },
  ],
  STOP: [0x2e, (m) => m.stop()],
  MARK: [0x28, (m) => m.mark()],
  POP: [0x30, (m) => m.discard()],
  POP_MARK: [0x31, (m) => void m.popMark()],
  DUP: [0x32, (m) => m.push(m.top())],
  // Memo
  PUT: [0x70, (m) => m.memoPut(index(decimal(m.source.line())))],
  BINPUT: [0x71, (m) => m.memoPut(m.source.unsigned(1))],
  LONG_BINPUT: [0x72, (m) => m.memoPut(m.source.unsigned(4))],
  MEMOIZE: [0x94, (m) => m.memoPut()],
  GET: [0x67, (m) => m.memoGet(index(decimal(m.source.line())))],
  BINGET: [0x68, (m) => m.memoGet(m.source.unsigned(1))],
  LONG_BINGET: [0x6a, (m) => m.memoGet(m.source.unsigned(4))],
  // Constants and numbers
  NONE: [0x4e, (m) => m.push(null)],
  NEWTRUE: [0x88, (m) => m.push(true)],
  NEWFALSE: [0x89, (m) => m.push(false)],
  INT: [0x49, (m) => m.push(intLine(m))],
  BININT: [0x4a, (m) => m.push(m.source.signed32())],
  BININT1: [0x4b, (m) => m.push(m.source.unsigned(1))],
  BININT2: [0x4d, (m) => m.push(m.source.unsigned(2))],
  LONG: [0x4c, (m) => m.push(decimal(m.source.line()))],
  LONG1: [0x8a, (m) => m.push(m.source.long(m.source.unsigned(1)))],
  LONG4: [0x8b, (m) => m.push(m.source.long(m.source.signed32()))],
  FLOAT: [0x46, (m) => m.pushFloat(float(m.source.line()))],
  BINFLOAT: [0x47, (m) => m.pushFloat(m.source.float64())],
  // Text and bytes. Python 2's strings are taken as Latin-1: each byte is a character.
  STRING: [
    0x53,
    (m) => {
      const text = quotedText(m.source.line().trim());
      if (text === undefined) throw new FormatError("a string in the pickle is not quoted");
      m.push(text);
    },
  ],
  BINSTRING: [0x54, (m) => m.push(latin1(m.source.take(m.source.signed32())))],
  SHORT_BINSTRING: [0x55, (m) => m.push(latin1(m.source.take(m.source.unsigned(1))))],
  UNICODE: [0x56, (m) => m.push(rawUnicode(m.source.line()))],
  SHORT_BINUNICODE: [0x8c, (m) => m.push(m.source.text(m.source.unsigned(1)))],
  BINUNICODE: [0x58, (m) => m.push(m.source.text(m.source.unsigned(4)))],
  BINUNICODE8: [0x8d, (m) => m.push(m.source.text(m.source.unsigned(8)))],
  SHORT_BINBYTES: [0x43, (m) => m.push(m.source.copy(m.source.unsigned(1)))],
  BINBYTES: [0x42, (m) => m.push(m.source.copy(m.source.unsigned(4)))],
  BINBYTES8: [0x8e, (m) => m.push(m.source.copy(m.source.unsigned(8)))],
  BYTEARRAY8: [0x96, (m) => m.push(new ByteArrayValue(m.source.copy(m.source.unsigned(8))))],
  // Collections
  EMPTY_LIST: [0x5d, (m) => m.push([])],
  LIST: [0x6c, (m) => m.push(m.popMark())],
  APPEND: [0x61, (m) => m.append([m.pop()])],
  APPENDS: [0x65, (m) => m.append(m.popMark())],
  EMPTY_TUPLE: [0x29, (m) => m.push(new TupleValue([]))],
  TUPLE: [0x74, (m) => m.pushTuple()],
  TUPLE1: [0x85, (m) => m.pushTuple(1)],
  TUPLE2: [0x86, (m) => m.pushTuple(2)],
  TUPLE3: [0x87, (m) => m.pushTuple(3)],
  EMPTY_DICT: [0x7d, (m) => m.push(new DictValue())],
  DICT: [
    0x64,
    (m) => {
      const pairs = m.popMark();
      m.push(new DictValue());
      m.setItems(pairs);
    },
  ],
  SETITEM: [0x73, (m) => m.setItems(popMany(m, 2))],
  SETITEMS: [0x75, (m) => m.setItems(m.popMark())],
  EMPTY_SET: [0x8f, (m) => m.push(new SetValue([], false))],
  ADDITEMS: [0x90, (m) => m.addItems(m.popMark())],
  FROZENSET: [0x91, (m) => m.push(new SetValue(m.popMark(), true))],
  // Names and objects
  GLOBAL: [0x63, (m) => m.name(m.source.textLine(), m.source.textLine())],
  STACK_GLOBAL: [
    0x93,
    (m) => {
      const [module, name] = popMany(m, 2);
      if (typeof module !== "string" || typeof name !== "string") {
        throw new FormatError("the pickle names a class by something other than text");
      }
      m.name(module, name);
    },
  ],
  REDUCE: [
    0x52,
    (m) => {
      const [callable, args] = popMany(m, 2);
      if (!(args instanceof TupleValue))
        throw new FormatError("the pickle calls with what is no tuple of arguments");
      m.call(callable!, args);
    },
  ],
  BUILD: [0x62, (m) => m.build()],
  INST: [
    0x69,
    (m) => {
      const module = m.source.textLine();
      const name = m.source.textLine();
      const args = m.popMark();
      m.name(module, name);
      m.call(m.pop(), new TupleValue(args));
    },
  ],
  OBJ: [
    0x6f,
    (m) => {
      const [callable, ...args] = m.popMark();
      if (callable === undefined) throw new FormatError("the pickle makes an object of no class");
      m.call(callable, new TupleValue(args));
    },
  ],
  NEWOBJ: [
    0x81,
    (m) => {
      const [type, args] = popMany(m, 2);
      m.make(type!, args!);
    },
  ],
  NEWOBJ_EX: [
    0x92,
    (m) => {
      const [type, args, keywords] = popMany(m, 3);
      m.make(type!, args!, keywords!);
    },
  ],
  PERSID: [0x50, (m) => m.persistent(m.source.line())],
  BINPERSID: [0x51, (m) => m.persistent(m.pop())],
  // What needs something outside the pickle
  EXT1: [0x82, refuseExtension],
  EXT2: [0x83, refuseExtension],
  EXT4: [0x84, refuseExtension],
  NEXT_BUFFER: [0x97, refuseBuffer],
  READONLY_BUFFER: [0x98, refuseBuffer],
};

function refuseExtension(): void {
  throw new FormatError("the pickle uses a code of Python's extension registry, which is not in the file");
}

function refuseBuffer(): void {
  throw new FormatError("the pickle refers to a buffer that is not in the file");
}

function index(value: number | bigint): number {
  return Number(value);
}

/** `I00` and `I01` are how protocols 0 and 1 write False and True. */
function intLine(machine: Machine): Value {
  const line = machine.source.line();
  return line === "00" || line === "01" ? line === "01" : decimal(line);
}

function popMany(machine: Machine, count: number): Value[] {
  const values: Value[] = [];
  for (let i = 0; i < count; i++) values.push(machine.pop());
  return values.reverse();
}

/** The action of each opcode. */
export const opcodes: ReadonlyMap<number, Action> = new Map(Object.values(named));
