// HDF5: what Keras and h5py write. The reader itself is loaded when such a file is opened.

import type { Format } from "../format.ts";
import { superblockOffset } from "./superblock.ts";

/** HDF5, also behind a user block. */
export const hdf5Format: Format = {
  begins: async (_head, reader) => (await superblockOffset(reader)) !== undefined,
  open: async (reader, context) => {
    const contents = await (await import("./open.ts")).openHdf5(reader, context);
    const layers = (await import("../keras/layers.ts")).layersOfFile(contents);
    return layers === undefined ? contents : { ...contents, layers };
  },
};
