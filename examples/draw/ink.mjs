// Ink: strokes as lists of points, and the small picture that they make.

/** Pixels along a side of the picture. */
const side = 32;
/** Half of a stroke's width there, in pixels. */
const reach = 2.2;

/** How far a point is from the line between two others. */
function distance([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** Strokes in the middle of the picture and as high as it, or as wide where they are wider. */
function fitted(strokes) {
  const points = strokes.flat();
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = (side - 2 * reach) / Math.max(bottom - top, right - left, 1);
  const place = ([x, y]) => [
    side / 2 + (x - (left + right) / 2) * scale,
    side / 2 + (y - (top + bottom) / 2) * scale,
  ];
  return strokes.map((stroke) => stroke.map(place));
}

/**
 * The picture of strokes.
 * @param strokes each a list of points [x, y], in any unit
 * @returns ink from 0 to 1 of 32 rows of 32 pixels
 */
export function picture(strokes) {
  const ink = new Float32Array(side * side);
  if (strokes.length === 0) return ink;
  for (const stroke of fitted(strokes)) {
    const ends = stroke.length === 1 ? [stroke[0], stroke[0]] : stroke;
    for (let i = 1; i < ends.length; i++) {
      for (let row = 0; row < side; row++) {
        for (let column = 0; column < side; column++) {
          const far = distance([column + 0.5, row + 0.5], ends[i - 1], ends[i]);
          const full = Math.max(0, Math.min(1, reach + 0.5 - far));
          const at = row * side + column;
          if (full > ink[at]) ink[at] = full;
        }
      }
    }
  }
  return ink;
}
