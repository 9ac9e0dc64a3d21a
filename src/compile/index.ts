// The entry `weightbridge/compile` in Node: what a page has (page.ts), and the devices of ONNX Runtime's own library.

import { provideNative } from "./engines/choose.ts";
import { nativeEngine } from "./engines/native.ts";

provideNative(nativeEngine);

export { type ExplainOptions, type Explanation, explain, type TimedPart } from "./explain.ts";
export * from "./page.ts";
