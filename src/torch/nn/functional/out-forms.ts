// Functions of torch.nn.functional that put their result where `out` says.

import { type WithOut, withOut } from "../../out.ts";
import * as activation from "./activation.ts";
import * as pooling from "./pooling.ts";
import * as shrinking from "./shrinking.ts";

export const avgPool2d: WithOut<typeof pooling.avgPool2d> = /* @__PURE__ */ withOut(
  "avg_pool2d",
  pooling.avgPool2d,
);
export const avgPool3d: WithOut<typeof pooling.avgPool3d> = /* @__PURE__ */ withOut(
  "avg_pool3d",
  pooling.avgPool3d,
);
export const gelu: WithOut<typeof activation.gelu> = /* @__PURE__ */ withOut("gelu", activation.gelu);
export const hardshrink: WithOut<typeof shrinking.hardshrink> = /* @__PURE__ */ withOut(
  "hardshrink",
  shrinking.hardshrink,
);
export const logsigmoid: WithOut<typeof activation.logsigmoid> = /* @__PURE__ */ withOut(
  "log_sigmoid",
  activation.logsigmoid,
);
export const softplus: WithOut<typeof activation.softplus> = /* @__PURE__ */ withOut(
  "softplus",
  activation.softplus,
);
export const softshrink: WithOut<typeof shrinking.softshrink> = /* @__PURE__ */ withOut(
  "softshrink",
  shrinking.softshrink,
);
