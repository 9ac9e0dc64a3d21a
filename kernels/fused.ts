// The kernels of products once more, for where the module may have relaxed vector instructions: see `multiplyAdd`.

export { multiplyPanels32, productBlocks } from "./product";
export { rowsByColumns32, rowsByRows32 } from "./vector";
