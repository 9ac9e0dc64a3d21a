// The order of a product of several matrices (Cormen and others, Introduction to Algorithms, chapter on dynamic programming).

/** In which order a chain of matrices is multiplied with the fewest multiplications: where each part is cut. */
export function cheapestCuts(sizes: readonly number[]): number[][] {
  const count = sizes.length - 1;
  const costs = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  const cuts = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  for (let span = 1; span < count; span++) {
    for (let first = 0; first + span < count; first++) {
      const last = first + span;
      costs[first]![last] = Number.POSITIVE_INFINITY;
      for (let cut = first; cut < last; cut++) {
        const cost =
          costs[first]![cut]! + costs[cut + 1]![last]! + sizes[first]! * sizes[cut + 1]! * sizes[last + 1]!;
        if (cost < costs[first]![last]!) {
          costs[first]![last] = cost;
          cuts[first]![last] = cut;
        }
      }
    }
  }
  return cuts;
}
