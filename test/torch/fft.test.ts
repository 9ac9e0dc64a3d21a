// torch.fft, spectrograms and windows beyond the recorded calls: nodes, errors, what is shared, round trips.

import assert from "node:assert/strict";
import { test } from "node:test";
import { collectWarnings } from "../../src/core/warnings.ts";
import * as torch from "../../src/torch/index.ts";

const { fft } = torch;
const x = torch.arange(6).float().reshape(2, 3);

test("the nodes are PyTorch's", () => {
  const real = torch.randn(4, 5, { requiresGrad: true });
  const nodes: Readonly<Record<string, string>> = {
    fft: "FftR2C",
    ifft: "Conj",
    rfft: "FftR2C",
    irfft: "FftC2R",
    hfft: "FftC2R",
    ihfft: "Conj",
    fft2: "FftC2C",
    rfftn: "FftR2C",
    hfftn: "FftC2R",
    ihfft2: "FftC2C",
    fftshift: "Roll",
  };
  for (const [name, node] of Object.entries(nodes)) {
    const transform = Reflect.get(fft, name) as (input: torch.Tensor) => torch.Tensor;
    assert.equal(transform(real).gradFn?.name, `${node}Backward0`, name);
  }
  assert.ok(fft.ifft(real).isConj());
});

test("what does not fit is refused in PyTorch's words", () => {
  const complex = fft.fft(x);
  const refusals: readonly (readonly [() => unknown, string])[] = [
    [() => fft.fft(x.half()), "Unsupported dtype Half"],
    [() => fft.rfft(complex), "rfft expects a real input tensor, but got ComplexFloat"],
    [() => fft.rfft2(complex), "rfftn expects a real-valued input tensor, but got ComplexFloat"],
    [() => fft.ihfftn(complex), "Only supports floating-point dtypes, but found: ComplexFloat"],
    [() => fft.fft(x, 0), "Invalid number of data points (0) specified"],
    [() => fft.irfft(x.at(":", ":1")), "Invalid number of data points (0) specified"],
    [() => fft.fft(x, { norm: "bad" as never }), 'Invalid normalization mode: "bad"'],
    [() => fft.fftn(x, { dim: [0, 0] }), "FFT dims must be unique"],
    [() => fft.fftn(x, [2], [0, 1]), "When given, dim and shape arguments must have the same length"],
    [() => fft.fftn(x, [2, 2, 2]), "Got shape with 3 values but input tensor only has 2 dimensions."],
    [() => fft.irfftn(x, { dim: [] }), "irfftn must transform at least one axis"],
    [() => fft.fft(x, { out: torch.empty(0) }), "fft expects a complex output tensor, but got Float"],
    [
      () => fft.irfft2(x, { out: torch.empty(0, { dtype: torch.int32 }) }),
      "irfftn expects a floating point output tensor, but got Int",
    ],
    [() => fft.fftfreq(4, { dtype: torch.int64 }), "fftfreq requires a floating point or complex dtype"],
  ];
  for (const [run, message] of refusals) assert.throws(run, { name: "RuntimeError", message });
  assert.throws(() => fft.fft2(x.at(0)), {
    name: "IndexError",
    message: "Dimension out of range (expected to be in range of [-1, 0], but got -2)",
  });
});

test("-1 leaves an axis as it is, no axes leave everything", () => {
  assert.deepEqual(fft.irfftn(x, [2, -1]).shape, [2, 4]);
  const same = fft.fftn(x, { dim: [] });
  assert.equal(same.dtype, torch.complex64);
  assert.notEqual(same.storage, x.storage);
});

test("frequencies, and results in given tensors", () => {
  assert.deepEqual(fft.fftfreq(4, 2, { dtype: torch.float64 }).tolist(), [0, 0.125, -0.25, -0.125]);
  assert.deepEqual(fft.rfftfreq(5, { d: 0.5 }).shape, [3]);
  const out = torch.empty(0, { dtype: torch.complex128 });
  assert.equal(fft.rfft(x, { out }), out);
  assert.deepEqual(out.shape, [2, 2]);
});

test("a signal comes back from its spectrogram", () => {
  torch.manualSeed(1);
  const signal = torch.randn(2, 50, { dtype: torch.float64 });
  const window = torch.hannWindow(16, { dtype: torch.float64 });
  const settings = { hopLength: 4, window };
  const spectrum = signal.stft(16, { ...settings, returnComplex: true });
  assert.deepEqual(spectrum.shape, [2, 9, 13]);
  const back = torch.istft(spectrum, 16, { ...settings, length: 50 });
  assert.ok(Number(back.sub(signal).abs().max().item()) < 1e-12);
  const { result, warnings } = collectWarnings(() => torch.istft(spectrum, 16, { ...settings, length: 60 }));
  assert.deepEqual(result.shape, [2, 60]);
  assert.match(warnings[0]!.message, /^The length of signal is shorter than the length parameter/);
});

test("spectrograms that cannot be are refused in PyTorch's words", () => {
  const signal = torch.ones(16);
  const spectrum = torch.stft(signal, 8, { window: torch.hannWindow(8), returnComplex: true });
  const call = "stft(torch.FloatTensor[24], n_fft=8, ";
  const end = "window=None, normalized=0, onesided=None, return_complex=1, align_to_window=None) : expected";
  const refusals: readonly (readonly [() => unknown, string])[] = [
    [
      () => torch.stft(signal, 8),
      "stft requires the return_complex parameter be given for real inputs, and will further require that " +
        "return_complex=True in a future PyTorch release.",
    ],
    [
      () => torch.stft(signal, 8, { hopLength: 0, returnComplex: true }),
      `${call}hop_length=0, win_length=8, ${end} hop_length > 0, but got hop_length=0`,
    ],
    [
      () => torch.stft(signal, 8, { winLength: 9, returnComplex: true }),
      `${call}hop_length=2, win_length=9, ${end} 0 < win_length <= n_fft, but got win_length=9`,
    ],
    [
      () => torch.istft(torch.viewAsReal(spectrum), 8),
      "istft requires a complex-valued input tensor matching the output from stft with return_complex=True.",
    ],
    [
      () => torch.istft(spectrum, 8, { hopLength: 9 }),
      "istft(CPUComplexFloatType[5, 9], n_fft=8, hop_length=9, win_length=8, window=None, center=1, normalized=0, " +
        "onesided=None, length=None, return_complex=0) : expected 0 < hop_length <= win_length",
    ],
  ];
  for (const [run, message] of refusals) assert.throws(run, { name: "RuntimeError", message });
  assert.throws(() => torch.istft(spectrum, 8, { window: torch.hannWindow(8), center: false }), {
    message: /window overlap add min: 1/,
  });
});

test("windows", () => {
  const round = (window: torch.Tensor): number[] =>
    (window.tolist() as number[]).map((each) => Math.round(each * 1e4) / 1e4);
  assert.deepEqual(round(torch.hannWindow(5)), [0, 0.3455, 0.9045, 0.9045, 0.3455]);
  assert.deepEqual(round(torch.hammingWindow(5, true, 0.6, 0.4)), [0.2, 0.4764, 0.9236, 0.9236, 0.4764]);
  assert.deepEqual(round(torch.bartlettWindow(5, false)), [0, 0.5, 1, 0.5, 0]);
  assert.deepEqual(
    round(torch.kaiserWindow(5, { beta: 3, periodic: false })),
    [0.2049, 0.7269, 1, 0.7269, 0.2049],
  );
  assert.deepEqual(torch.blackmanWindow(1).tolist(), [1]);
  assert.equal(torch.hannWindow(3, { dtype: torch.float16 }).dtype, torch.float16);
  assert.throws(() => torch.hannWindow(-1), {
    message: "hann_window requires non-negative window_length, got window_length=-1",
  });
  assert.throws(() => torch.hannWindow(5, { dtype: torch.int64 }), {
    message:
      "hann_window expects floating point dtypes, got: TensorOptions(dtype=long int, device=cpu, layout=Strided " +
      "(default), requires_grad=false (default), pinned_memory=false, memory_format=(nullopt))",
  });
});
