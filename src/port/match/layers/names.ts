// How alike the names of a layer and of a module are. A number belongs to the word before it: dense_1, layers.1.

/** Words for one of attention's projections. */
const sameWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    query: "q query queries q_proj wq to_q",
    key: "k key keys k_proj wk to_k",
    value: "v value values v_proj wv to_v",
    out: "o out output out_proj o_proj wo to_out attention_output proj",
  }).flatMap(([word, all]) => all.split(" ").map((each): [string, string] => [each, word])),
);

/**
 * Segments of a name, each small and without underscores; a number is one with the word before it, and the word stands by
 * itself too: "layers.0.conv_1" is layers, layers0, conv, conv1.
 */
export function segmentsOf(name: string): string[] {
  const segments: string[] = [];
  for (const raw of name.split(/[./ ]+/)) {
    const segment = raw.toLowerCase();
    if (segment === "") continue;
    const [, word = segment, number] = /^(.*?)_?(\d+)$/.exec(segment) ?? [];
    if (word === "") {
      if (segments.length > 0) segments.push(`${segments.at(-1)}${number}`);
      continue;
    }
    const same = sameWords.get(segment);
    if (same !== undefined) segments.push(same);
    else {
      const plain = word.replace(/[_-]/g, "");
      segments.push(plain);
      if (number !== undefined) segments.push(`${plain}${number}`);
    }
  }
  return segments;
}

/** What is counted where the layer's own name is the module's. */
export const sameName = 3;

/**
 * How alike two names are: 0 where they share nothing, 3 and more where the layer's own name is the module's. Names around
 * it count by themselves.
 */
export function sameness(source: string, target: string): number {
  const [left, right] = [segmentsOf(source), segmentsOf(target)];
  if (left.length === 0 || right.length === 0) return 0;
  const own = left.at(-1) === right.at(-1) ? sameName : 0;
  const around = new Set(right.slice(0, -1));
  const shared = left.slice(0, -1).filter((segment) => around.has(segment)).length;
  if (own > 0) return own + shared;
  return shared + (left.includes(right.at(-1)!) ? 2 : right.includes(left.at(-1)!) ? 1 : 0);
}
