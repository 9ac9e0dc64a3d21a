// random/torch.json `orders`: in which order loaders and samplers go through a dataset, and how it is split.

import { difference, type Json } from "../json.ts";
import { type Case, type Counts, Failure, NotCovered } from "../suite.ts";
import { compareState, nameOf, type Row, runPython, torchRecord } from "./torch-record.ts";

interface Order extends Row {
  readonly kind: string;
  readonly n?: number;
  readonly batch?: number;
  readonly ownGenerator?: boolean;
  readonly dropLast?: boolean;
  readonly sampler?: string;
  readonly parts?: readonly number[];
  readonly epochs?: Json;
  readonly order?: Json;
  readonly indices?: Json;
}

const head = "torch.manual_seed(seed)\n";
const epochs = "[[b.tolist() for b in loader] for _ in range(count)]";

/** What is run, and which field holds what it must give. */
const kinds: Readonly<
  Record<string, readonly [program: (row: Order) => string, field: "epochs" | "order" | "indices"]>
> = {
  DataLoader: [
    ({ ownGenerator, dropLast }) =>
      `g = ${ownGenerator === true ? "torch.Generator().manual_seed(seed)" : "None"}\n` +
      `loader = D.DataLoader(torch.arange(n), batch_size=batch, shuffle=True, generator=g, drop_last=${dropLast === true ? "True" : "False"})\n${epochs}`,
    "epochs",
  ],
  "DataLoader without shuffle": [
    () => `loader = D.DataLoader(torch.arange(n), batch_size=batch)\n${epochs}`,
    "epochs",
  ],
  sampler: [
    ({ sampler }) => `[i for i in D.${sampler!.replace(/(?<=\()RandomSampler/, "D.RandomSampler")}]`,
    "order",
  ],
  random_split: [() => "[list(part.indices) for part in D.random_split(range(n), parts)]", "indices"],
};

function runOrder(row: Order): Counts {
  const kind = kinds[row.kind];
  if (kind === undefined) throw new NotCovered(`orders of the kind ${row.kind}`);
  const [program, field] = kind;
  const expected = row[field]!;
  const { n, batch, parts } = row;
  const count = (expected as readonly Json[]).length;
  const got = runPython(head + program(row), { seed: BigInt(row.seed), n, batch, parts, count });
  const found = difference(expected, JSON.parse(JSON.stringify(got)) as Json, field);
  if (found !== undefined) throw new Failure(found);
  return compareState(row.after);
}

/** The recorded orders. */
export function* torchOrderCases(folder: string): Iterable<Case> {
  const record = torchRecord<{ readonly orders: readonly Order[] }>(folder);
  for (const [i, row] of record?.orders.entries() ?? []) {
    const what = `seed ${row.seed}, ${row.sampler ?? `${row.kind} n ${row.n} ${row.batch ?? row.parts}`}`;
    yield { name: nameOf("orders", i, what), group: row.kind, run: () => runOrder(row) };
  }
}
