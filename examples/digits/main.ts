// A network that Keras trained and saved, brought over: weights.npz holds Keras's arrays (kernels HWIO, Dense
// [in, out], Flatten over height, width, channels), probe.npz 40 test digits and the outputs that Python gave.
//
//     npm run digits

import { readFile } from "node:fs/promises";
import * as np from "weightbridge/numpy";
import { loadParameters, reportOf, reportText } from "weightbridge/port";
import * as torch from "weightbridge/torch";
import digits from "./model.ts";

const open = async (name: string): Promise<Map<string, np.NDArray>> => {
  const bytes = await readFile(new URL(name, import.meta.url));
  return (await np.load(bytes)) as Map<string, np.NDArray>;
};

const weights = await open("weights.npz");
const probe = await open("probe.npz");
const input = torch.fromNumpy(probe.get("input")!);
const output = torch.fromNumpy(probe.get("output")!);
const labels = torch.fromNumpy(probe.get("labels")!);

const recorded = { inputs: [input], outputs: [output] };
const examination = loadParameters(digits(), weights, { recorded });
const report = reportOf(examination, { recorded, labels });
console.log(reportText(report));
process.exitCode = report.proof?.holds && report.labels?.right === report.labels?.recorded ? 0 : 1;
