// Whole models by their published names: `import { BertModel } from "weightbridge/models"`.

export type { Config } from "./config.ts";
export * from "./transformers/index.ts";
export * from "./vision/index.ts";
