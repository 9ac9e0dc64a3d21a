// PyTorch's face: `import * as torch from "weightbridge/torch"`. The documentation of PyTorch is its documentation.

import "./more-methods.ts";

export * from "./core.ts";
