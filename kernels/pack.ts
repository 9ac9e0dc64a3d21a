// Panels: lines of a matrix side by side, `width` of them, so that a tile of sums reads them one after another.

/** Rows and columns of a tile of sums, and so the widths of panels: see kernels/product.ts. */
export const tileRows: i32 = 5;
export const tileColumns: i32 = 8;
/** Bytes of an entry of a table of products: addresses of a, of its panels, of b, and of the result. */
export const entryBytes: usize = 16;

/**
 * Packs panels from `from` up to `to` of the left operands of a table. Panels are [depth, 5] and lie one behind the other, the
 * last of a matrix filled up with zeros. Steps are bytes.
 */
export function packPanels32(
  table: usize,
  line: isize,
  step: isize,
  lines: i32,
  depth: i32,
  from: i32,
  to: i32,
): void {
  const panels = (lines + tileRows - 1) / tileRows;
  while (from < to) {
    const entry = table + <usize>(from / panels) * entryBytes;
    const panel = from % panels;
    const count = min(panels - panel, to - from);
    const first = panel * tileRows;
    const target = load<u32>(entry, 4) + ((<usize>first * depth) << 2);
    const source = load<u32>(entry) + <isize>first * line;
    pack(source, line, step, min(lines - first, count * tileRows), depth, target, tileRows);
    from += count;
  }
}

/** Lines as panels of `width` (5 or 8): [lines / width, depth, width], the last one filled up with zeros. */
export function pack(
  from: usize,
  line: isize,
  step: isize,
  lines: i32,
  depth: i32,
  to: usize,
  width: i32,
): void {
  const panel = (<usize>depth * width) << 2;
  let i = 0;
  if (line == 4 && width == tileColumns) {
    for (; i + 2 * width <= lines; i += 2 * width, to += 2 * panel, from += 64) {
      copyTwo8(from, step, to, to + panel);
    }
  }
  if (line == 4 || step == 4) {
    for (; i + width <= lines; i += width, to += panel, from += <isize>width * line) {
      if (line != 4) turn(from, line, depth, to, width);
      else if (width == tileColumns) copy8(from, step, to, to + panel);
      else copy5(from, step, to, to + panel);
    }
  }
  for (; i < lines; i += width, to += panel, from += <isize>width * line) {
    packAny(from, line, step, min(width, lines - i), depth, to, width);
  }
}

function copy8(from: usize, step: isize, to: usize, end: usize): void {
  for (; to < end; to += 32, from += step) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
  }
}

/** Two panels at once: what lies in one line of a cache. */
function copyTwo8(from: usize, step: isize, to: usize, end: usize): void {
  for (let next = end; to < end; to += 32, next += 32, from += step) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(next, v128.load(from, 32));
    v128.store(next, v128.load(from, 48), 16);
  }
}

function copy5(from: usize, step: isize, to: usize, end: usize): void {
  for (; to < end; to += 20, from += step) {
    v128.store(to, v128.load(from));
    store<f32>(to, load<f32>(from, 16), 16);
  }
}

/** Dense lines side by side. */
@inline
function turn(from: usize, line: isize, depth: i32, to: usize, width: i32): void {
  turn4(from, line, depth, to, <usize>width << 2);
  if (width == tileColumns) turn4(from + 4 * line, line, depth, to + 16, 32);
  else turn1(from + 4 * line, depth, to + 16);
}

function turn1(from: usize, depth: i32, to: usize): void {
  for (const end = from + (<usize>depth << 2); from < end; from += 4, to += tileRows << 2) {
    store<f32>(to, load<f32>(from));
  }
}

/** Four dense lines side by side: 4 x 4 elements are turned at a time. */
function turn4(from: usize, line: isize, depth: i32, to: usize, width: usize): void {
  let x = 0;
  for (; x + 4 <= depth; x += 4, from += 16, to += 4 * width) {
    const r0 = v128.load(from);
    const r1 = v128.load(from + line);
    const r2 = v128.load(from + 2 * line);
    const r3 = v128.load(from + 3 * line);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store(to + width, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
    v128.store(to + 2 * width, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
    v128.store(to + 3 * width, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
  }
  for (; x < depth; x++, from += 4, to += width) {
    store<f32>(to, load<f32>(from));
    store<f32>(to, load<f32>(from + line), 4);
    store<f32>(to, load<f32>(from + 2 * line), 8);
    store<f32>(to, load<f32>(from + 3 * line), 12);
  }
}

function packAny(
  from: usize,
  line: isize,
  step: isize,
  lines: i32,
  depth: i32,
  to: usize,
  width: i32,
): void {
  for (let x = 0; x < depth; x++, from += step, to += <usize>width << 2) {
    for (let i = 0; i < width; i++) {
      store<f32>(to + (<usize>i << 2), i < lines ? load<f32>(from + <isize>i * line) : 0);
    }
  }
}
