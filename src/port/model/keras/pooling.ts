// Keras's pooling, padding, cropping and resizing (keras/src/layers/pooling, reshaping, Keras 3.15). Average pooling with
// padding='same' leaves what was added out of the means, as TensorFlow does.

import { type LayerCall, type Maker, onlyInput, placeOf, type Value } from "./scope.ts";
import { listOf, numberOf, type Settings } from "./settings.ts";
import {
  type Images,
  imagesOf,
  isSymmetric,
  lengthAfter,
  type Pads,
  padded,
  padsOf,
  type Window,
  windowsOf,
} from "./spatial.ts";

const kernels = (windows: readonly Window[]): number[] => windows.map(({ kernel }) => kernel);
const strides = (windows: readonly Window[]): number[] => windows.map(({ stride }) => stride);

const befores = (pads: Pads): number[] => pads.map(([before]) => before);

/** What pooling gives, from how the result is referred to. */
function pooled(images: Images, windows: readonly Window[], pads: Pads, ref: string): Value {
  const sizes = images.sizes.map((size, axis) => lengthAfter(size, windows[axis]!, pads[axis]!));
  return images.as(ref, images.channels, sizes);
}

function argumentsOf(windows: readonly Window[], pads: Pads): Record<string, unknown> {
  const args: Record<string, unknown> = { kernel_size: kernels(windows), stride: strides(windows) };
  if (befores(pads).some((each) => each > 0)) args.padding = befores(pads);
  return args;
}

const maxPooling =
  (axes: number): Maker =>
  (call) => {
    const { scope, settings } = call;
    const images = imagesOf(call, axes);
    const windows = windowsOf(settings, axes, "pool_size");
    const pads = padsOf(settings, windows, images.sizes);
    const own = isSymmetric(pads);
    const args = argumentsOf(windows, own ? pads : pads.map(() => [0, 0]));
    const child = scope.child(call, { type: `MaxPool${axes}d`, args });
    const ref = own ? images.value.ref : padded(scope, images.value.ref, pads, "-Infinity");
    return [pooled(images, windows, pads, scope.call(child, [ref]))];
  };

/** True iff torch's ceil_mode, which leaves what lies behind the end out of the means, gives as many windows as Keras. */
function fitsCeiling(images: Images, windows: readonly Window[], pads: Pads): boolean {
  return windows.every((window, axis) => {
    const [before, after] = pads[axis]!;
    const size = images.sizes[axis];
    if (before > 0 || typeof size !== "number") return false;
    const ceiling = Math.ceil((size - window.kernel) / window.stride) + 1;
    return ceiling === lengthAfter(size, window, [before, after]);
  });
}

const averagePooling =
  (axes: number): Maker =>
  (call) => {
    const { scope, settings } = call;
    const images = imagesOf(call, axes);
    const windows = windowsOf(settings, axes, "pool_size");
    const pads = padsOf(settings, windows, images.sizes);
    const ceils = !isSymmetric(pads) && fitsCeiling(images, windows, pads);
    const own = isSymmetric(pads) || ceils;
    const args = argumentsOf(windows, own && !ceils ? pads : pads.map(() => [0, 0]));
    if (args.padding !== undefined) args.count_include_pad = false;
    if (ceils) args.ceil_mode = true;
    const child = scope.child(call, { type: `AvgPool${axes}d`, args });
    const { ref } = images.value;
    if (own) return [pooled(images, windows, pads, scope.call(child, [ref]))];
    // The mean over what is there: that of the padded images by that of padded ones.
    const ones = scope.op("ones", "torch.ones_like", [ref]);
    const sums = scope.call(child, [padded(scope, ref, pads)]);
    const shares = scope.call(child, [padded(scope, ones, pads)]);
    return [pooled(images, windows, pads, scope.op("mean", "operator.truediv", [sums, shares]))];
  };

const globalPooling =
  (axes: number, op: string): Maker =>
  (call) => {
    const { scope, settings } = call;
    const images = imagesOf(call, axes);
    const keeps = settings.flag("keepdims", false);
    const dims = Array.from({ length: axes }, (_, axis) => axis + 2);
    const ref = scope.op("pooled", op, [images.value.ref], { dim: dims, keepdim: keeps });
    if (keeps)
      return [
        images.as(
          ref,
          images.channels,
          dims.map(() => 1),
        ),
      ];
    return [{ ref, shape: [images.value.shape[0]!, images.channels], axes: "last" }];
  };

/** How much at the two ends of each axis, from one number, one for each axis, or two. */
function endsOf(settings: Settings, name: string, axes: number): Pads {
  const value = settings.json.get(name);
  const single = numberOf(value);
  if (single !== undefined) return Array.from({ length: axes }, () => [single, single] as const);
  const list = listOf(value) ?? [];
  // Of one axis the list is its two ends.
  const entries = axes === 1 && list.length === 2 ? [list] : list;
  const pads = entries.map((entry) => {
    const each = numberOf(entry as number);
    const two = (listOf(entry) ?? []).map(numberOf);
    return each === undefined ? two : [each, each];
  });
  if (pads.length !== axes || pads.some((two) => two.length !== 2 || two.some((each) => each === undefined)))
    throw settings.refusal(`the setting "${name}" should be ${axes} numbers or pairs of numbers`);
  return pads as unknown as Pads;
}

const changed = (sizes: readonly (number | null)[], pads: Pads, sign: 1 | -1): (number | null)[] =>
  sizes.map((size, axis) => (size === null ? null : size + sign * (pads[axis]![0] + pads[axis]![1])));

const zeroPadding =
  (axes: number): Maker =>
  (call) => {
    const images = imagesOf(call, axes);
    const pads = endsOf(call.settings, "padding", axes);
    const ref = padded(call.scope, images.value.ref, pads);
    return [images.as(ref, images.channels, changed(images.sizes, pads, 1))];
  };

const cropping =
  (axes: number): Maker =>
  (call) => {
    const images = imagesOf(call, axes);
    const pads = endsOf(call.settings, "cropping", axes);
    const slices = pads.map(([before, after]) => ({
      slice: [before === 0 ? null : before, after === 0 ? null : -after, null],
    }));
    const index = [{ ellipsis: true }, ...slices];
    const ref = call.scope.op("cropped", "operator.getitem", [images.value.ref, index]);
    return [images.as(ref, images.channels, changed(images.sizes, pads, -1))];
  };

const upsampling =
  (axes: number): Maker =>
  (call) => {
    const { scope, settings } = call;
    const images = imagesOf(call, axes);
    const factors = settings.sizes("size", axes);
    const mode = settings.text("interpolation", "nearest");
    if (mode !== "nearest" && !(mode === "bilinear" && axes === 2))
      throw settings.refusal(`interpolation="${mode}" is computed otherwise in torch`);
    const kw = { scale_factor: factors, mode, ...(mode === "bilinear" ? { align_corners: false } : {}) };
    const ref = scope.op("larger", "F.interpolate", [images.value.ref], kw);
    const sizes = images.sizes.map((size, axis) => (size === null ? null : size * factors[axis]!));
    return [images.as(ref, images.channels, sizes)];
  };

/** x scale + offset, numbers for all or one for each channel. */
const rescaling: Maker = (call) => {
  const { settings } = call;
  const input = onlyInput(call);
  const scaled = withNumbers(call, input, "operator.mul", settings.numbers("scale", [1]), 1);
  return [withNumbers(call, scaled, "operator.add", settings.numbers("offset", [0]), 0)];
};

function withNumbers(
  call: LayerCall,
  value: Value,
  op: string,
  numbers: readonly number[],
  neutral: number,
): Value {
  if (numbers.every((each) => each === neutral)) return value;
  const name = op === "operator.mul" ? "scaled" : "shifted";
  const [only] = numbers;
  const other =
    numbers.length === 1 ? only : call.scope.constant(name, numbers, broadcast(value, numbers.length));
  return { ...value, ref: call.scope.op(name, op, [value.ref, other]) };
}

/** The shape in which one number for each channel goes with a tensor. */
export function broadcast(value: Value, channels: number): number[] {
  const place = placeOf(value, -1);
  return [channels, ...new Array<number>(value.shape.length - 1 - place).fill(1)];
}

/** Pooling and its like by class. */
export const poolingLayers: Readonly<Record<string, Maker>> = {
  MaxPooling1D: maxPooling(1),
  MaxPooling2D: maxPooling(2),
  MaxPooling3D: maxPooling(3),
  AveragePooling1D: averagePooling(1),
  AveragePooling2D: averagePooling(2),
  AveragePooling3D: averagePooling(3),
  GlobalMaxPooling1D: globalPooling(1, "torch.amax"),
  GlobalMaxPooling2D: globalPooling(2, "torch.amax"),
  GlobalMaxPooling3D: globalPooling(3, "torch.amax"),
  GlobalAveragePooling1D: globalPooling(1, "torch.mean"),
  GlobalAveragePooling2D: globalPooling(2, "torch.mean"),
  GlobalAveragePooling3D: globalPooling(3, "torch.mean"),
  ZeroPadding1D: zeroPadding(1),
  ZeroPadding2D: zeroPadding(2),
  ZeroPadding3D: zeroPadding(3),
  Cropping1D: cropping(1),
  Cropping2D: cropping(2),
  Cropping3D: cropping(3),
  UpSampling1D: upsampling(1),
  UpSampling2D: upsampling(2),
  UpSampling3D: upsampling(3),
  Rescaling: rescaling,
};
