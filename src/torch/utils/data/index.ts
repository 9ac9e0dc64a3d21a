// torch.utils.data: datasets, samplers, and the loader that makes batches of them.

export { type Collated, defaultCollate, defaultConvert } from "./collate.ts";
export {
  ChainDataset,
  ConcatDataset,
  Dataset,
  IterableDataset,
  type MapDataset,
  type Sized,
  StackDataset,
  Subset,
  TensorDataset,
} from "./dataset.ts";
export { DataLoader, type DataLoaderOptions } from "./loader.ts";
export {
  BatchSampler,
  RandomSampler,
  type RandomSamplerOptions,
  Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
  type WeightedSamplerOptions,
} from "./sampler.ts";
export { randomSplit } from "./split.ts";
