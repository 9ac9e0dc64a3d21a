// A network that reads a drawn digit: it looks at the drawing turned, narrowed and moved in many ways, and takes the mean of what
// the digits network (examples/page/digits.safetensors) sees in each. All of it is one module, so all of it compiles.

import * as torch from "weightbridge/torch";
import { digitsNetwork } from "../page/digits.mjs";

const { nn } = torch;
const { functional } = nn;

/** Ways to look: angles in radians, widths and heights as parts of the drawing's, all with one another. */
const angles = [-0.3, -0.15, 0, 0.15, 0.3];
const widths = [0.75, 0.9, 1.05, 1.2, 1.4];
const heights = [1, 1.1, 1.2];

/** The matrices of all views, for `affineGrid`: shape [views, 2, 3]. */
function views() {
  const rows = angles.flatMap((angle) =>
    widths.flatMap((width) =>
      heights.map((height) => [
        [width * Math.cos(angle), -width * Math.sin(angle), 0],
        [height * Math.sin(angle), height * Math.cos(angle), 0],
      ]),
    ),
  );
  return torch.tensor(rows);
}

/** Reads drawings. */
export class Reader extends nn.Module {
  constructor() {
    super();
    this.network = digitsNetwork();
    const grid = functional.affineGrid(views(), [views().shape[0], 1, 32, 32], { alignCorners: false });
    this.registerBuffer("grid", grid);
  }

  /** How many views there are. */
  get count() {
    return this.grid.shape[0];
  }

  /** @param drawing ink from 0 to 1, shape [1, 1, 32, 32] @returns how likely each digit is, shape [10] */
  forward(drawing) {
    const seen = functional.gridSample(drawing.expand(this.count, 1, 32, 32), this.grid, {
      alignCorners: false,
    });
    const small = functional.avgPool2d(seen, 4);
    return this.network.call(small).softmax(1).mean(0);
  }
}

/** The reader with the weights of a file. @param file the address of digits.safetensors */
export async function openReader(file) {
  const reader = new Reader().eval();
  reader.network.loadStateDict(await torch.load(file));
  return reader;
}
