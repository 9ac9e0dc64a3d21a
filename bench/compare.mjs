// Works measured on every engine that is there, in turns: each round runs every row of a set on every engine, so that a
// slow moment of the machine falls on all alike, and work on one thread on the same processors, so that a slow one does. What
// counts is the median of the rounds.

import { setTimeout } from "node:timers/promises";
import { engineNames } from "./engines.mjs";
import { processors } from "./processors.mjs";
import { ours, works } from "./works.mjs";

const ROUNDS = Number(process.env.WEIGHTBRIDGE_BENCH_ROUNDS ?? 21);
/** A turn lasts at least so long on each processor, in microseconds. */
const TURN = 8000;
/** Work on one thread has its turn on so many processors, the next ones in each round. */
const PLACES = 2;
const available = processors();
/** Threads of an engine wait awake for more work before they sleep: so long, in milliseconds, until the next one's turn. */
const PAUSE = 100;
/**
 * How long a candidate runs before anything counts. JavaScript engines compile what runs often, in steps, on threads of their
 * own: for most of a second these take a core from a work that has two threads for two cores.
 */
const WARM_UP = 1_000_000;
/** A candidate takes part in so many rounds that they last no longer than this, but in one at least; one that no bar names
 *  in fewer. */
const LONGEST = 1_500_000;
const LONGEST_BESIDE = 300_000;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Tells of a peer whose process ended. @throws when it is ours */
function ended(engineName, row) {
  if (engineName === ours) throw new Error(`${engineName} ended in the middle of ${row.name}`);
  console.error(`${engineName} ended in the middle of ${row.name}`);
  return undefined;
}

/** Makes one row's work ready on one engine. @returns the candidate; undefined where the engine does not have it */
async function candidateOf(engines, engineName, row) {
  if (row.without?.includes(engineName)) return undefined;
  const engine = await engines.get(engineName, row.threads ?? 1);
  if (engine === undefined) return undefined;
  const id = `${row.name} ${engineName}`;
  const answer = await engine.ask({ id, work: row.work });
  if (!answer?.ok) return undefined;
  let microseconds = (await engine.ask({ id, count: 1 }))?.microseconds;
  for (let spent = microseconds; spent < WARM_UP; ) {
    const count = Math.max(1, Math.min(1000, Math.floor(TURN / microseconds)));
    microseconds = (await engine.ask({ id, count }))?.microseconds;
    spent += microseconds * count;
  }
  if (microseconds === undefined) return ended(engineName, row);
  const places = row.threads > 1 ? 1 : Math.max(1, Math.min(PLACES, available.length));
  const count = Math.max(1, Math.round(TURN / microseconds));
  const isNamed = engineName === ours || row.bars.some((bar) => bar.engine === engineName);
  const longest = isNamed ? LONGEST : LONGEST_BESIDE;
  return {
    hasEnded: false,
    engine,
    id,
    row,
    engineName,
    count,
    places,
    rounds: Math.max(1, Math.min(ROUNDS, Math.floor(longest / (places * count * microseconds)))),
    times: [],
  };
}

/** A turn of a candidate, after that of another. A peer whose process ended is told of, and has no time; ours must not end. */
async function turn(candidate, before, round) {
  const { engine, engineName, id, count, places, row, times } = candidate;
  if (row.threads > 1 || before?.row.threads > 1) await setTimeout(PAUSE);
  // A turn that does not count wakes the threads, and brings back what the others' turns have driven out of the caches.
  if (row.threads > 1) await engine.ask({ id, count });
  let sum = 0;
  for (let place = 0; place < places; place++) {
    if (places > 1) {
      engine.placeOn(available[(round * places + place) % available.length]);
      // Nothing of the work is in this processor's caches yet: a run that does not count.
      await engine.ask({ id, count: 1 });
    }
    const answer = await engine.ask({ id, count });
    if (answer === undefined) {
      ended(engineName, row);
      candidate.hasEnded = true;
      return;
    }
    sum += answer.microseconds;
  }
  times.push(sum / places);
}

async function measuredSet(engines, rows) {
  const candidates = [];
  for (const row of rows) {
    for (const engineName of row.engines ?? engineNames) {
      const candidate = await candidateOf(engines, engineName, row);
      if (candidate !== undefined) candidates.push(candidate);
    }
  }
  let before;
  for (let round = 0; round < ROUNDS; round++) {
    for (const candidate of candidates) {
      if (round >= candidate.rounds || candidate.hasEnded) continue;
      await turn(candidate, before, round);
      before = candidate;
    }
  }
  for (const { engine, id } of candidates) await engine.ask({ id });
  return rows.map((row) => ({
    row,
    times: Object.fromEntries(
      candidates
        .filter((one) => one.row === row && !one.hasEnded)
        .map(({ engineName, times }) => [engineName, median(times)]),
    ),
  }));
}

/** A bar with its ratio; null where what it is beside is not there. */
function judged({ engine, row, most }, times, all) {
  const against = row === undefined ? times[engine] : all.find((one) => one.row.name === row)?.times[ours];
  const ratio = against === undefined || times[ours] === undefined ? null : times[ours] / against;
  return { beside: row ?? engine, most, ratio };
}

/** For each engine how many times as long a row takes as another. */
function comparedRows(times, name, all) {
  const others = all.find((one) => one.row.name === name).times;
  return Object.fromEntries(Object.entries(times).map(([engine, time]) => [engine, time / others[engine]]));
}

/**
 * The rows of a group: microseconds by engine, and bars.
 * @param engines what runs them
 */
export async function compared(group, engines) {
  const rows = [];
  for (const set of works[group]) {
    const all = await measuredSet(engines, set);
    for (const { row, times } of all) {
      rows.push({
        group,
        name: row.name,
        threads: row.threads ?? 1,
        times,
        bars: row.bars.map((bar) => judged(bar, times, all)),
        why: row.why,
        ...(row.comparedTo && {
          comparedTo: row.comparedTo,
          ratios: comparedRows(times, row.comparedTo, all),
        }),
      });
    }
  }
  return rows;
}
