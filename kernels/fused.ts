// The kernels of products and of functions once more, for where the module may have relaxed vector instructions: see
// `multiplyAdd`.

export { multiplyPanels32, productBlocks } from "./product";
export { rowsByColumns32, rowsByRows32 } from "./vector";
export { gelu32 } from "./gelu-fused";
export { normalizeGroups32 } from "./groups";
export * from "./maps";
export { logSoftmax32, softmax32 } from "./rows";
export { scratchStart } from "./start";
