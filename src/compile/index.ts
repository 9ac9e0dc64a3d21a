// The entry `weightbridge/compile` in Node: what a page has (page.ts), and the devices of ONNX Runtime's own library.

import { provideNative } from "./engines/choose.ts";
import { nativeEngine } from "./engines/native.ts";
import { provideLine } from "./progress.ts";
import { progressLine } from "./progress-line.ts";

provideNative(nativeEngine);
provideLine(progressLine);

export {
  type ExplainOptions,
  type Explanation,
  explain,
  type TimedModule,
  type TimedPart,
} from "./explain.ts";
export * from "./page.ts";
