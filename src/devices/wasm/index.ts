// The WebAssembly device: vectors of 128 bits on any CPU, in a browser and in Node, with nothing to install.

import type { Device } from "../../core/run.ts";
import { gradients } from "../reference/gradients.ts";
import { reference } from "../reference/index.ts";
import { arithmeticRows } from "./arithmetic.ts";
import { castRows } from "./casts.ts";
import { convolutionRows } from "./convolution.ts";
import { deviceOver, type Rows } from "./device.ts";
import { mapRows } from "./maps.ts";
import { normalizationRows } from "./normalization.ts";
import { poolingRows } from "./pooling.ts";
import { positionRows } from "./positions.ts";
import { productRows } from "./products.ts";
import { reductionRows } from "./reductions.ts";
import { softmaxRows } from "./softmax.ts";

const rows: Rows = {
  ...mapRows,
  ...arithmeticRows,
  ...castRows,
  ...convolutionRows,
  ...normalizationRows,
  ...poolingRows,
  ...positionRows,
  ...productRows,
  ...reductionRows,
  ...softmaxRows,
};

/** The device over another's kernels, with its own from where they pay, and gradients of little work in one go. */
export const fasterThan = (device: Device): Device => ({ ...deviceOver(device, rows), gradients });

/** The device with its kernels in use from so much work on, for tests: 0 is always. */
export const wasmFrom = (least: number): Device => deviceOver(reference, rows, least);
