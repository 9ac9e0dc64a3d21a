// The bench's report as a table for people.

const time = (microseconds) => (microseconds === undefined ? "" : `${Number(microseconds.toPrecision(3))}`);

/** Prints one line a row; times in microseconds. */
export function printTable(rows, withPython) {
  const head = ["", "ours", "beside it", "ratio", "at most", "", ...(withPython ? ["NumPy", "PyTorch"] : [])];
  const body = rows.map(({ name, microseconds, against, beside, ratio, bar, verdict, python }) => [
    name,
    time(microseconds),
    `${time(against)} (${beside})`,
    ratio.toFixed(2),
    `${bar}`,
    verdict,
    ...(withPython ? [time(python.numpy), time(python.torch)] : []),
  ]);
  const table = [head, ...body];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column].length)));
  console.log("microseconds a run, medians");
  for (const row of table) {
    const cells = row.map((cell, i) =>
      i === 0 || i === 5 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]),
    );
    console.log(cells.join("  ").trimEnd());
  }
}
