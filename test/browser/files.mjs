// What recorded files hold, in Node and in a browser alike: dropped as a File, and fetched in parts from an address.

import { inspect, read } from "weightbridge/files";

/** A file of each format. */
export const names = [
  "npy/fortran_3d.npy",
  "npz/zip64.npz",
  "npz/streamed_deflated.npz",
  "pt/zip_torch_2_1.pt",
  "pt/legacy_state_dict.pt",
  "pickle/layers.pkl",
  "onnx/mlp.onnx",
  "hdf5/filters.h5",
  "keras/conv.keras",
  "keras/conv.weights.h5",
  "joblib/sklearn_mlp_iris.joblib",
  "safetensors/dtypes.safetensors",
];

/** Hashes of the tensors of a file. */
export async function hashes(source, options) {
  const { format, tensors } = await inspect(await read(source, options), { hash: true });
  return [format, ...tensors.map(({ name, sha256 }) => [name, sha256])];
}

/**
 * Reads every file twice.
 * @param address of the folder with the recorded files
 * @returns for each name the hashes of the one that was dropped, and of the one that was fetched in parts
 */
export async function filesFound(address) {
  const found = [];
  for (const name of names) {
    const blob = await (await fetch(address + name)).blob();
    const dropped = await hashes(new File([blob], name));
    const fetched = await hashes(new URL(name, address), { http: { blockSize: 1024 } });
    found.push([name, dropped, fetched]);
  }
  return found;
}
