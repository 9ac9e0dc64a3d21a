// The module torch.random.

export { forkRng } from "./fork-rng.ts";
export { getRngState, initialSeed, manualSeed, seed, setRngState } from "./random.ts";
