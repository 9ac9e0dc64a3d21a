// The kernels: what the module exports. Each takes addresses in bytes of its memory and counts of elements.

export * from "./casts";
export * from "./elements";
export * from "./convolution";
export { copyLines } from "./copy";
export { depthwise32, depthwiseByWeight32 } from "./depthwise";
export { isFinite32 } from "./finite";
export { gelu32 } from "./gelu";
export { normalizeGroups32 } from "./groups";
export * from "./maps";
export { packPanels32 } from "./pack";
export { multiplyPanels32, productBlocks } from "./product";
export { padPlanes32 } from "./planes";
export * from "./pooling";
export * from "./reductions";
export * from "./rows";
export { scan32 } from "./scan";
export { scratchStart } from "./start";
export * from "./transpose";
export { rowsByColumns32, rowsByRows32 } from "./vector";
export { normals32, twisterUniforms32 } from "./twister";
export * from "./winograd";
