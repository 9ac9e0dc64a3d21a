// The ways in which arrays become parameters, in the order in which they are preferred where nothing tells them apart.

import type { Matcher } from "../matching.ts";
import { dialectMatcher } from "./dialects/matcher.ts";
import { flaxMatcher } from "./flax.ts";
import { kerasMatcher } from "./keras.ts";
import { scaledMatcher } from "./scaled.ts";
import { sklearnMatcher } from "./sklearn.ts";
import { inOutMatcher, torchMatcher } from "./torch.ts";

/** All matchers. */
export const matchers: readonly Matcher[] = [
  flaxMatcher,
  kerasMatcher,
  sklearnMatcher,
  torchMatcher,
  inOutMatcher,
  dialectMatcher,
  scaledMatcher,
];
