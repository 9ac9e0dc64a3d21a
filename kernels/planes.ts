// Planes of images with zeros around them, so that a window over them never has to ask where it ends.

/**
 * Writes the planes [from, to) of [images, channels, depth, height, width], which lie by these steps in bytes, as dense
 * planes of `toDepth` x `toHeight` x `toWidth`. The element at the origin comes to lie at (front, top, left), which may be
 * negative; what is not covered is zero.
 */
export function padPlanes32(
  source: usize,
  imageStep: isize,
  channelStep: isize,
  depthStep: isize,
  rowStep: isize,
  step: isize,
  channels: i32,
  depth: i32,
  height: i32,
  width: i32,
  target: usize,
  toDepth: i32,
  toHeight: i32,
  toWidth: i32,
  front: i32,
  top: i32,
  left: i32,
  from: i32,
  to: i32,
  _thread: i32,
): void {
  const first = max(0, left);
  const count = max(0, min(toWidth, left + width) - first);
  const rowSize = <usize>toWidth << 2;
  let row = target + <usize>(from * toDepth * toHeight) * rowSize;
  for (let plane = from; plane < to; plane++) {
    const start =
      source +
      <usize>((plane / channels) * imageStep + (plane % channels) * channelStep) +
      <usize>((first - left) * step);
    for (let z = -front; z < toDepth - front; z++) {
      for (let y = -top; y < toHeight - top; y++, row += rowSize) {
        if (z < 0 || z >= depth || y < 0 || y >= height || count == 0) {
          clear(row, row + rowSize);
          continue;
        }
        const at = row + (<usize>first << 2);
        const end = at + (<usize>count << 2);
        clear(row, at);
        copy(start + <usize>(z * depthStep + y * rowStep), step, at, end);
        clear(end, row + rowSize);
      }
    }
  }
}

@inline
function clear(from: usize, to: usize): void {
  for (; from + 16 <= to; from += 16) v128.store(from, f32x4.splat(0));
  for (; from < to; from += 4) store<f32>(from, 0);
}

@inline
function copy(from: usize, step: isize, to: usize, end: usize): void {
  if (step == 4) for (; to + 16 <= end; to += 16, from += 16) v128.store(to, v128.load(from));
  for (; to < end; to += 4, from += step) store<f32>(to, load<f32>(from));
}
