// Ways past scanners of pickles that have become known, written opcode by opcode: each is refused here, or is inert data.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../src/core/errors.ts";
import { bytesReader, read } from "../../src/files/index.ts";
import { ObjectValue } from "../../src/files/values.ts";

/** A character is a byte. */
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const short = (text: string): string => `\x8c${String.fromCharCode(text.length)}${text}`;

/** Names that scanners did not know, with what a call of them does in Python. */
const callables: readonly string[] = [
  // picklescan before 0.0.31: CVE-2025-10157, submodules of what it did know.
  "asyncio.unix_events._UnixSubprocessTransport._start",
  // Calls of the standard library that run a command, a program or Python.
  "builtins.eval",
  "builtins.getattr",
  "builtins.__import__",
  "builtins.breakpoint",
  "bdb.Bdb.run",
  "cProfile.runctx",
  "code.InteractiveInterpreter.runcode",
  "distutils.file_util.write_file",
  "doctest.debug_script",
  "ensurepip._run_pip",
  "idlelib.pyshell.ModifiedInterpreter.runcommand",
  "imaplib.IMAP4_stream",
  "importlib.import_module",
  "lib2to3.pgen2.grammar.Grammar.loadgrammar",
  "marshal.loads",
  "operator.attrgetter",
  "operator.methodcaller",
  "pickle.loads",
  "pip.main",
  "profile.Profile.runctx",
  "pty.spawn",
  "pydoc.pipepager",
  "runpy._run_code",
  "ssl.get_server_certificate",
  "timeit.timeit",
  "trace.Trace.runctx",
  "types.CodeType",
  "types.FunctionType",
  "uuid._get_command_stdout",
  "webbrowser.open",
  "_aix_support._read_cmd_output",
  "_osx_support._read_output",
  "_posixsubprocess.fork_exec",
  "_pyrepl.pager.pipe_pager",
  "test.support.script_helper.assert_python_ok",
  // Of libraries that are everywhere.
  "numpy.f2py.crackfortran.getlincoef",
  "numpy.f2py.crackfortran.myeval",
  "numpy.testing._private.utils.runstring",
  "numpy.load",
  "torch._dynamo.guards.GuardBuilder.get",
  "torch._inductor.codecache.compile_file",
  "torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression",
  "torch.hub.load",
  "torch.jit.unsupported_tensor_ops.execWrapper",
  "torch.load",
  "torch.utils._config_module.ConfigModule.load_config",
  "torch.utils.bottleneck.__main__.run_cprofile",
  "torch.utils.collect_env.run",
  "torch.utils.data.datapipes.utils.decoder.basichandlers",
  "joblib.load",
  "joblib.numpy_pickle_utils._read_fileobject",
  "pandas.read_pickle",
  "sklearn.utils._testing.check_skip_network",
  "keras.models.load_model",
  "site.addsitedir",
];

for (const path of callables) {
  const at = path.lastIndexOf(".");
  const [module, name] = [path.slice(0, at), path.slice(at + 1)];
  const forms: readonly [about: string, pickle: string][] = [
    ["GLOBAL and REDUCE", `\x80\x02c${module}\n${name}\nX\x01\x00\x00\x00x\x85R.`],
    [
      "STACK_GLOBAL from the memo",
      `\x80\x04${short(module)}\x940${short(name)}\x940h\x00h\x01\x93${short("x")}\x85R.`,
    ],
    ["INST", `(X\x01\x00\x00\x00xi${module}\n${name}\n.`],
    ["OBJ", `(c${module}\n${name}\nX\x01\x00\x00\x00xo.`],
    ["a partial of it that a list calls", `\x80\x02cfunctools\npartial\nc${module}\n${name}\n\x85R)R.`],
  ];
  test(`${path} is not called`, async () => {
    for (const [about, pickle] of forms) {
      await assert.rejects(
        read(bytes(pickle)),
        (error) =>
          error instanceof FormatError && /no data|is no class|no file that Python/.test(error.message),
        about,
      );
    }
  });
}

test("a name in two parts leads nowhere else: a dotted name under a module that does nothing", async () => {
  for (const [module, name] of [
    ["collections", "abc.sys.modules"],
    ["torch.nn", "functional.os.system"],
    ["numpy", "core.multiarray.sys.modules"],
    ["datetime", "sys.modules"],
  ] as const) {
    await assert.rejects(read(bytes(`\x80\x04${short(module)}${short(name)}\x93)R.`)), FormatError);
  }
});

test("a class that nobody knows is made as data, whatever it would do", async () => {
  const { tree } = await read(
    bytes("\x80\x02cevil.module\nPopen\nX\x02\x00\x00\x00ls\x85R}X\x01\x00\x00\x00aK\x01sb."),
  );
  assert.ok(tree instanceof ObjectValue);
  assert.deepEqual([tree.className, tree.args], ["evil.module.Popen", ["ls"]]);
});

test("the format is that of the content, whatever the file is called (CVE-2025-10155)", async () => {
  const pickle = bytes("cposix\nsystem\n(X\x02\x00\x00\x00lstR.");
  for (const name of ["model.bin", "model.safetensors", "model.npy", "config.json", "weights.h5"]) {
    await assert.rejects(read(bytesReader(pickle, name), { name }), /names posix\.system.*Nothing was run/);
  }
});

test("what follows a pickle is no second pickle that nobody looks at", async () => {
  await assert.rejects(read(bytes("\x80\x02N.\x80\x02cos\nsystem\n)R.")), /bytes follow the pickle/);
});

test("a call before the end that breaks off is refused as one (the pickle need not be whole to have run)", async () => {
  await assert.rejects(read(bytes("\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R")), /names os\.system/);
});

test("a storage within a plain pickle is opened by the same rules", async () => {
  const inner = "\x80\x02cos\nsystem\n)R.";
  const length = String.fromCharCode(inner.length);
  const within = `\x80\x03ctorch.storage\n_load_from_bytes\nC${length}${inner}\x85R.`;
  await assert.rejects(read(bytes(within)), /names os\.system/);
  await assert.rejects(read(bytes("\x80\x03ctorch.storage\n_load_from_bytes\nC\x02N.\x85R.")), /no storage/);
  let nested = within;
  for (let level = 0; level < 6; level++) {
    const size = [0, 8, 16, 24].map((bits) => String.fromCharCode((nested.length >>> bits) & 255)).join("");
    nested = `\x80\x03ctorch.storage\n_load_from_bytes\nB${size}${nested}\x85R.`;
  }
  await assert.rejects(read(bytes(nested)), /deep/);
});

const limited: [about: string, pickle: string, limits: object, says: RegExp][] = [
  ["opcodes", `\x80\x02${"N0".repeat(50)}N.`, { opcodes: 40 }, /raise limits\.opcodes/],
  ["memo", "\x80\x04N\x94N\x94N\x94\x87.", { memo: 2 }, /raise limits\.memo/],
  ["depth", `\x80\x02${"]".repeat(20)}${"a".repeat(19)}.`, { depth: 10 }, /raise limits\.depth/],
];

for (const [about, pickle, limits, says] of limited) {
  test(`the limit of ${about} can be set, and its error names it`, async () => {
    await read(bytes(pickle));
    await assert.rejects(
      read(bytes(pickle), { limits }),
      (error) => error instanceof FormatError && says.test(error.message),
    );
  });
}

const old: [about: string, pickle: string, value: unknown][] = [
  ["None", "N.", null],
  ["a list of protocol 0", "(lp0\nI1\naI01\na.", [1, true]],
  ["a list of protocol 1", "]q\x00(K\x01K\x02e.", [1, 2]],
  ["text of Python 2", "S'ab\\xe9'\np0\n.", "abé"],
];

for (const [about, pickle, value] of old) {
  test(`told by its opcodes: ${about}`, async () => {
    const opened = await read(bytes(pickle));
    assert.deepEqual([opened.format, opened.tree], ["pickle", value]);
  });
}

for (const text of [
  "This is a text.",
  "(see below).",
  "Name,Value\n1,2\n.",
  "I am a file.",
  "{}",
  "}",
  "[1, 2]",
  "Version 1.\n",
]) {
  test(`no pickle: ${JSON.stringify(text)}`, async () => {
    await assert.rejects(read(bytes(text)), FormatError);
  });
}

for (const [start, length] of [
  ["\x80\x02\x00", 640],
  ["\x78\x01\x00", 376],
  ["\x78\x01\x01", 65_912],
] as const) {
  test(`a safetensors file whose header has ${length} bytes is one, whatever else begins so`, async () => {
    const header = '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'.padEnd(length);
    const opened = await read(bytes(`${start}\x00\x00\x00\x00\x00${header}\x07`));
    assert.equal(opened.format, "safetensors");
  });
}
