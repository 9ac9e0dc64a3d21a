// Short-time Fourier transforms: torch.stft and torch.istft (ATen/native/SpectralOps.cpp, torch/functional.py).

import { bind, type Signature } from "../core/arguments.ts";
import { complex128, float32, float64 } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { warn } from "../core/warnings.ts";
import { fourier as operations } from "../devices/families/fourier.ts";
import { embedView } from "../ops/views.ts";
import { ones } from "./creation.ts";
import { scalarTypeName, shapeText } from "./errors.ts";
import { pad } from "./nn/functional/padding.ts";
import { isHalf } from "./promotion.ts";
import { viewAsReal } from "./reshaping.ts";
import { run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** What `stft` takes by name. */
export interface StftOptions {
  readonly nFft?: number;
  readonly hopLength?: number | null;
  readonly winLength?: number | null;
  readonly window?: Tensor | null;
  readonly center?: boolean;
  readonly padMode?: "constant" | "reflect" | "replicate" | "circular";
  readonly normalized?: boolean;
  readonly onesided?: boolean | null;
  readonly returnComplex?: boolean | null;
  readonly alignToWindow?: boolean | null;
}

type StftBound = { readonly [Name in keyof StftOptions]-?: Exclude<StftOptions[Name], undefined> };

const stftNames = [
  "nFft",
  "hopLength",
  "winLength",
  "window",
  "center",
  "padMode",
  "normalized",
  "onesided",
  "returnComplex",
  "alignToWindow",
] as const;

/** As C++ prints a flag. */
function flagText(flag: boolean | null): string {
  return flag === null ? "None" : String(Number(flag));
}

function windowText(window: Tensor | null): string {
  return window === null ? "None" : `torch.${scalarTypeName(window.dtype)}Tensor{${shapeText(window.shape)}}`;
}

/** The window at the middle of a frame, ones where none is given; null where every frame is taken as it is. */
function centered(window: Tensor | null, length: number, frame: number, like: Tensor): Tensor | null {
  if (length === frame) return window;
  const left = Math.floor((frame - length) / 2);
  const whole = window ?? ones([length], { dtype: like.dtype });
  return pad(whole, [left, frame - length - left]);
}

/**
 * The frequencies of overlapping frames of a signal (torch.stft).
 * @param input shape [length] or [batch, length]
 * @returns shape [batch, frequencies, frames], complex, or pairs of reals along an axis more
 */
export function stft(
  input: Tensor,
  ...args: Signature<
    [nFft: number, hopLength?: number | null, winLength?: number | null, window?: Tensor | null],
    StftOptions
  >
): Tensor {
  const bound = bind<StftBound>("stft", stftNames, args, {
    hopLength: null,
    winLength: null,
    window: null,
    center: true,
    padMode: "reflect",
    normalized: false,
    onesided: null,
    returnComplex: null,
    alignToWindow: null,
  });
  const { nFft, window, normalized, onesided } = bound;
  const hop = bound.hopLength ?? Math.floor(nFft / 4);
  const length = bound.winLength ?? nFft;
  const signal = bound.center ? bordered(input, Math.floor(nFft / 2), bound.padMode) : input;
  const isComplex = input.dtype.isComplex || (window?.dtype.isComplex ?? false);
  const returnComplex = bound.returnComplex ?? isComplex;
  if (!returnComplex) warnOfReals(bound.returnComplex);
  checkFrames(signal, { ...bound, hopLength: hop, winLength: length });
  const batch = signal.ndim === 1 ? signal.unsqueeze(0) : signal;
  const weights = centered(window, length, nFft, signal);
  let frames = batch.unfold(1, nFft, hop);
  if (weights !== null) frames = frames.mul(weights);
  const isHalfGiven = onesided ?? !frames.dtype.isComplex;
  if (frames.dtype.isComplex && isHalfGiven)
    throw new RuntimeError("Cannot have onesided output if window or input is complex");
  if (isHalf(frames.dtype))
    throw new RuntimeError(`MKL FFT doesn't support tensors of type: ${scalarTypeName(frames.dtype)}`);
  const scale = normalized ? 1 / Math.sqrt(nFft) : 1;
  const attributes = { axes: [2], inverse: false, scale, half: isHalfGiven };
  const label = frames.dtype.isComplex ? "FftC2CBackward0" : "FftR2CBackward0";
  const spectrum = run(operations.fourier, [frames], attributes, label).transpose(1, 2);
  const result = input.ndim === 1 ? spectrum.squeeze(0) : spectrum;
  return returnComplex ? result : viewAsReal(result);
}

/** The signal with a border on both sides. */
function bordered(input: Tensor, border: number, mode: StftBound["padMode"]): Tensor {
  const lead = new Array<number>(Math.max(3 - input.ndim, 0)).fill(1);
  const padded = pad(input.reshape([...lead, ...input.shape]), [border, border], mode);
  return padded.reshape(padded.shape.slice(padded.ndim - input.ndim));
}

/** @throws RuntimeError unless it was said that pairs of reals are wanted */
function warnOfReals(returnComplex: boolean | null): void {
  if (returnComplex === null) {
    throw new RuntimeError(
      "stft requires the return_complex parameter be given for real inputs, and will further require that " +
        "return_complex=True in a future PyTorch release.",
    );
  }
  warn(
    "UserWarning",
    "stft with return_complex=False is deprecated. In a future pytorch release, stft will return complex tensors for " +
      "all inputs, and return_complex=False will raise an error.\nNote: you can still call torch.view_as_real on the " +
      "complex output to recover the old return format.",
  );
}

/** @throws RuntimeError for a signal that the frames do not fit */
function checkFrames(signal: Tensor, settings: StftBound): void {
  const { nFft, hopLength, winLength, window, normalized, onesided, returnComplex, alignToWindow } = settings;
  const fail = (what: string): never => {
    throw new RuntimeError(
      `stft(torch.${scalarTypeName(signal.dtype)}Tensor${shapeText(signal.shape)}, n_fft=${nFft}, ` +
        `hop_length=${hopLength}, win_length=${winLength}, window=${windowText(window)}, ` +
        `normalized=${flagText(normalized)}, onesided=${flagText(onesided)}, ` +
        `return_complex=${flagText(returnComplex)}, align_to_window=${flagText(alignToWindow)}) : expected ${what}`,
    );
  };
  const length = signal.shape.at(-1)!;
  if (!signal.dtype.isFloatingPoint && !signal.dtype.isComplex)
    fail("a tensor of floating point or complex values");
  if (signal.ndim < 1 || signal.ndim > 2) fail("a 1D or 2D tensor");
  if (nFft <= 0 || nFft > length) fail(`0 < n_fft < ${length}, but got n_fft=${nFft}`);
  if (hopLength! <= 0) fail(`hop_length > 0, but got hop_length=${hopLength}`);
  if (winLength! <= 0 || winLength! > nFft) fail(`0 < win_length <= n_fft, but got win_length=${winLength}`);
  if (window !== null && (window.ndim !== 1 || window.shape[0] !== winLength)) {
    fail(
      `a 1D window tensor of size equal to win_length=${winLength}, but got window with size ${shapeText(window.shape)}`,
    );
  }
}

/** What `istft` takes by name. */
export interface IstftOptions {
  readonly nFft?: number;
  readonly hopLength?: number | null;
  readonly winLength?: number | null;
  readonly window?: Tensor | null;
  readonly center?: boolean;
  readonly normalized?: boolean;
  readonly onesided?: boolean | null;
  readonly length?: number | null;
  readonly returnComplex?: boolean;
}

type IstftBound = { readonly [Name in keyof IstftOptions]-?: Exclude<IstftOptions[Name], undefined> };

const istftNames = [
  "nFft",
  "hopLength",
  "winLength",
  "window",
  "center",
  "normalized",
  "onesided",
  "length",
  "returnComplex",
] as const;

/**
 * The signal whose frames have these frequencies: what `stft` gave, turned back, frames that overlap being averaged by
 * the squares of the window (torch.istft; Griffin and Lim 1984).
 * @param input shape [frequencies, frames] or [batch, frequencies, frames], complex
 */
export function istft(
  input: Tensor,
  ...args: Signature<
    [nFft: number, hopLength?: number | null, winLength?: number | null, window?: Tensor | null],
    IstftOptions
  >
): Tensor {
  const bound = bind<IstftBound>("istft", istftNames, args, {
    hopLength: null,
    winLength: null,
    window: null,
    center: true,
    normalized: false,
    onesided: null,
    length: null,
    returnComplex: false,
  });
  const { nFft, window, center } = bound;
  const hop = bound.hopLength ?? Math.floor(nFft / 4);
  const width = bound.winLength ?? nFft;
  const settings: Settings = { ...bound, hopLength: hop, winLength: width };
  const isHalfGiven = checkSpectrum(input, settings);
  const weights = centered(
    window ?? ones([width], { dtype: input.dtype === complex128 ? float64 : float32 }),
    width,
    nFft,
    input,
  )!;
  const batch = (input.ndim === 2 ? input.unsqueeze(0) : input).transpose(1, 2);
  const frames = framesOf(batch, settings, isHalfGiven).mul(weights.reshape([1, 1, nFft]));
  const frameCount = frames.shape[1]!;
  const total = nFft + hop * (frameCount - 1);
  const added = overlapped(frames, total, hop);
  const squares = weights.pow(2).expand([1, frameCount, nFft]);
  const envelope = overlapped(squares, total, hop);
  const start = center ? Math.floor(nFft / 2) : 0;
  const end = bound.length !== null ? start + bound.length : center ? total - Math.floor(nFft / 2) : total;
  const kept = (signal: Tensor): Tensor => signal.narrow(1, start, Math.max(Math.min(end, total) - start, 0));
  const divisor = kept(envelope);
  if (divisor.numel() > 0 && Number(divisor.abs().min().item()) < 1e-11)
    throw new RuntimeError(`${calledWith(input, settings)} window overlap add min: 1\n[ CPUBoolType{} ]`);
  let signal = kept(added).div(divisor);
  if (input.ndim === 2) signal = signal.squeeze(0);
  if (end <= total) return signal;
  warn(
    "UserWarning",
    "The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail. Please " +
      "check your center, hop_length, and length settings.",
  );
  return pad(signal, [0, end - total]);
}

type Settings = IstftBound & { readonly hopLength: number; readonly winLength: number };

/** The call as C++ words it. */
function calledWith(input: Tensor, settings: Settings): string {
  const { nFft, hopLength, winLength, window, center, normalized, onesided, length, returnComplex } =
    settings;
  return (
    `istft(CPU${scalarTypeName(input.dtype)}Type${shapeText(input.shape)}, n_fft=${nFft}, hop_length=${hopLength}, ` +
    `win_length=${winLength}, window=${windowText(window)}, center=${flagText(center)}, ` +
    `normalized=${flagText(normalized)}, onesided=${flagText(onesided)}, length=${length ?? "None"}, ` +
    `return_complex=${flagText(returnComplex)})`
  );
}

/** @throws RuntimeError for frequencies that no signal can have @returns true iff half of them are given */
function checkSpectrum(input: Tensor, settings: Settings): boolean {
  if (!input.dtype.isComplex) {
    throw new RuntimeError(
      "istft requires a complex-valued input tensor matching the output from stft with return_complex=True.",
    );
  }
  const { nFft, hopLength, winLength, window } = settings;
  const check = (holds: boolean, words: string): void => {
    if (!holds) throw new RuntimeError(`${calledWith(input, settings)} : ${words}`);
  };
  check(input.numel() > 0, "input tensor cannot be empty.");
  // The two parts of complex numbers are counted as an axis.
  const rank = input.ndim + 1;
  check(rank === 3 || rank === 4, `expected a tensor with 3 or 4 dimensions, but got ${rank}`);
  const count = input.shape.at(-2)!;
  const isHalfGiven = settings.onesided ?? count !== nFft;
  const wanted = isHalfGiven ? Math.floor(nFft / 2) + 1 : nFft;
  check(
    count === wanted,
    "expected the frequency dimension (3rd to the last) of the input tensor to match " +
      `${isHalfGiven ? "n_fft / 2 + 1 when onesided=True" : "n_fft when onesided=False"}, but got ${count}`,
  );
  check(hopLength > 0 && hopLength <= winLength, "expected 0 < hop_length <= win_length");
  check(winLength > 0 && winLength <= nFft, "expected 0 < win_length <= n_fft");
  check(
    window === null || (window.ndim === 1 && window.shape[0] === winLength),
    "Invalid window shape. window has to be 1D and length of `win_length`",
  );
  return isHalfGiven;
}

/** The frames, shape [batch, frames, n], from their frequencies. */
function framesOf(spectrum: Tensor, settings: Settings, isHalfGiven: boolean): Tensor {
  const { nFft, normalized, window, returnComplex } = settings;
  const scale = normalized ? 1 / Math.sqrt(nFft) : 1 / nFft;
  if (returnComplex) {
    if (isHalfGiven) throw new RuntimeError("Cannot have onesided output if window or input is complex");
    return run(operations.fourier, [spectrum], { axes: [2], inverse: true, scale }, "FftC2CBackward0");
  }
  if (window?.dtype.isComplex)
    throw new RuntimeError("Complex windows are incompatible with return_complex=False");
  const half = isHalfGiven ? spectrum : spectrum.narrow(2, 0, Math.floor(nFft / 2) + 1);
  return run(operations.hermitianFourier, [half], { axes: [2], length: nFft, scale }, "FftC2RBackward0");
}

/** Frames, each `hop` further on, added up: shape [batch, total]. */
function overlapped(frames: Tensor, total: number, hop: number): Tensor {
  const shape = [frames.shape[0]!, total];
  return run(embedView, [frames], { shape, strides: [total, hop, 1], offset: 0 }, "UnfoldBackward0");
}
