// The reference device: plain TypeScript over strides. It is the definition that every other device is tested
// against, and for small work the fastest.

import type { Kernel } from "../../core/op.ts";
import type { Device } from "../../core/run.ts";
import type { operations } from "../../ops/index.ts";
import { maps } from "./maps.ts";

type Kernels = { readonly [Name in keyof typeof operations]: Kernel<never> };

const kernels: Kernels = { ...maps };

export const reference: Device = { name: "reference", kernels };
