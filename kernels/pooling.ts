// Pooling over windows of up to three axes, plane by plane. A table for each axis says where its windows begin and end:
// pairs of 4-byte integers.

/**
 * The largest element of each window and where in the plane it lies: the first of equal ones, a NaN before all. Planes
 * [from, to).
 * @param places 8-byte integers
 */
export function maxPool32(
  x: usize,
  height: i32,
  width: i32,
  plane: i32,
  tableZ: usize,
  tableY: usize,
  tableX: usize,
  countZ: i32,
  countY: i32,
  countX: i32,
  stepZ: i32,
  stepY: i32,
  stepX: i32,
  values: usize,
  places: usize,
  from: i32,
  to: i32,
  _thread: i32,
): void {
  const total = <usize>(countZ * countY * countX);
  values += from * total * 4;
  places += from * total * 8;
  for (let p = from; p < to; p++) {
    const start = x + (<usize>(p * plane) << 2);
    for (let z = 0; z < countZ; z++) {
      const firstZ = load<i32>(tableZ + (<usize>z << 3));
      const endZ = load<i32>(tableZ + (<usize>z << 3), 4);
      for (let y = 0; y < countY; y++) {
        const firstY = load<i32>(tableY + (<usize>y << 3));
        const endY = load<i32>(tableY + (<usize>y << 3), 4);
        for (let i = 0; i < countX; i++, values += 4, places += 8) {
          const firstX = load<i32>(tableX + (<usize>i << 3));
          const endX = load<i32>(tableX + (<usize>i << 3), 4);
          let place = (firstZ * height + firstY) * width + firstX;
          let largest: f32 = -Infinity;
          for (let k = firstZ; k < endZ; k += stepZ) {
            for (let j = firstY; j < endY; j += stepY) {
              const row = (k * height + j) * width;
              for (let at = row + firstX, end = row + endX; at < end; at += stepX) {
                const value = load<f32>(start + (<usize>at << 2));
                if (value > largest || value != value) {
                  largest = value;
                  place = at;
                }
              }
            }
          }
          store<f32>(values, load<f32>(start + (<usize>place << 2)));
          store<i64>(places, <i64>place);
        }
      }
    }
  }
}

/** The mean of each window, summed in double precision: its sum divided by the double in `divisors`. Planes [from, to). */
export function meanPool32(
  x: usize,
  height: i32,
  width: i32,
  plane: i32,
  tableZ: usize,
  tableY: usize,
  tableX: usize,
  countZ: i32,
  countY: i32,
  countX: i32,
  divisors: usize,
  out: usize,
  from: i32,
  to: i32,
  _thread: i32,
): void {
  out += (<usize>(from * countZ * countY * countX) << 2);
  for (let p = from; p < to; p++) {
    const start = x + (<usize>(p * plane) << 2);
    let divisor = divisors;
    for (let z = 0; z < countZ; z++) {
      for (let y = 0; y < countY; y++) {
        for (let i = 0; i < countX; i++, out += 4, divisor += 8) {
          const firstX = load<i32>(tableX + (<usize>i << 3));
          const endX = load<i32>(tableX + (<usize>i << 3), 4);
          let sum: f64 = 0;
          for (let k = load<i32>(tableZ + (<usize>z << 3)); k < load<i32>(tableZ + (<usize>z << 3), 4); k++) {
            for (let j = load<i32>(tableY + (<usize>y << 3)); j < load<i32>(tableY + (<usize>y << 3), 4); j++) {
              const row = (k * height + j) * width;
              for (let at = row + firstX, end = row + endX; at < end; at++) {
                sum += <f64>load<f32>(start + (<usize>at << 2));
              }
            }
          }
          store<f32>(out, <f32>(sum / load<f64>(divisor)));
        }
      }
    }
  }
}

/** What flows back to each element from the means of the windows that it is in, summed in double precision. */
export function meanPoolGradient32(
  flow: usize,
  height: i32,
  width: i32,
  plane: i32,
  tableZ: usize,
  tableY: usize,
  tableX: usize,
  countZ: i32,
  countY: i32,
  countX: i32,
  divisors: usize,
  out: usize,
  sums: usize,
  from: i32,
  to: i32,
  thread: i32,
): void {
  flow += (<usize>(from * countZ * countY * countX) << 2);
  sums += <usize>(thread * plane) << 3;
  for (let p = from; p < to; p++) {
    memory.fill(sums, 0, <usize>plane << 3);
    let divisor = divisors;
    for (let z = 0; z < countZ; z++) {
      for (let y = 0; y < countY; y++) {
        for (let i = 0; i < countX; i++, flow += 4, divisor += 8) {
          const firstX = load<i32>(tableX + (<usize>i << 3));
          const endX = load<i32>(tableX + (<usize>i << 3), 4);
          const part = <f64>load<f32>(flow) / load<f64>(divisor);
          for (let k = load<i32>(tableZ + (<usize>z << 3)); k < load<i32>(tableZ + (<usize>z << 3), 4); k++) {
            for (let j = load<i32>(tableY + (<usize>y << 3)); j < load<i32>(tableY + (<usize>y << 3), 4); j++) {
              const row = (k * height + j) * width;
              for (let at = row + firstX, end = row + endX; at < end; at++) {
                const sum = sums + (<usize>at << 3);
                store<f64>(sum, load<f64>(sum) + part);
              }
            }
          }
        }
      }
    }
    const target = out + (<usize>(p * plane) << 2);
    for (let at: usize = 0; at < <usize>plane; at++) store<f32>(target + (at << 2), <f32>load<f64>(sums + (at << 3)));
  }
}
