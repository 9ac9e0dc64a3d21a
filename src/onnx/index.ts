// The graph format ONNX: its messages as plain objects, read from and written to the wire.

export { type DecodeOptions, decode } from "./decode.ts";
export { bytesElements, fillElements } from "./elements.ts";
export { encode, encodeTo } from "./encode.ts";
export * from "./messages.ts";
export { type Glance, glances } from "./scan.ts";
export { Cursor, type Later, longestHead, Records, type Source, Span } from "./source.ts";
