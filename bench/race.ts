import type { Random } from '../src/stats/random.ts';
import { collectYoung } from './collect.ts';
import type { Contender, Run } from './contenders/contender.ts';
import { type Comparison, differencesOf } from './gate.ts';
import { shuffled } from './shuffled.ts';
import { type Spread, spreadOf } from './spread.ts';
import type { Tape } from './tapes/tape.ts';

export interface RaceOptions {
  readonly rounds: number;
  /** Messages that each contender takes before the next one has its turn. */
  readonly chunk: number;
  readonly random: Random;
}

/** What came of a contender. */
export interface Ranked {
  readonly name: string;
  /** ms per turn, in the order of chunks and rounds. */
  readonly times: readonly number[];
  /** Why it does not count; empty when it has done the work. */
  readonly differences: readonly string[];
  /** Compared imbalances; 0 where it is exempt. */
  readonly imbalances: number;
}

/** Time of one ÷ time of the other, turn by turn. */
export const ratioOf = (one: Ranked, other: Ranked): Spread =>
  spreadOf(one.times.map((ms, i) => ms / other.times[i]!));

/** A contender on its way through one round. */
interface Runner {
  readonly contender: Contender;
  readonly run: Run;
  readonly times: number[];
  readonly compared: Comparison;
}

/** Compares the imbalances of all books with the truth where a turn ends on a sample; nobody is timed meanwhile. */
function compareImbalances({ run, compared }: Runner, tape: Tape, sample: number): void {
  const values = run.made?.imbalances() ?? null;
  if (values === null) return;
  const { length } = tape.listings;
  for (const [i, value] of values.entries()) {
    compared.difference += Math.abs(value - tape.truth.imbalances[sample * length + i]!);
    compared.count += 1;
  }
}

function round(contenders: readonly Contender[], tape: Tape, options: RaceOptions): Runner[] {
  const { chunk, random } = options;
  const runners = contenders.map(
    (contender): Runner => ({
      contender,
      run: contender.start(tape),
      times: [],
      compared: { difference: 0, count: 0 },
    }),
  );
  let samples = 0;
  const count = tape.messages.length;
  for (let from = 0; from < count; from += chunk) {
    const to = Math.min(count, from + chunk);
    for (const { run, times } of shuffled(runners, random)) {
      collectYoung();
      const start = performance.now();
      run.turn(from, to);
      times.push(performance.now() - start);
    }
    for (let i = from; i < to; i++) samples += tape.samples[i]!;
    if (tape.samples[to - 1] === 1)
      for (const runner of runners) compareImbalances(runner, tape, samples - 1);
  }
  return runners;
}

/**
 * Lets all contenders have every chunk of the tape before any has the next, in an order that changes each time, so that whatever the machine does
 * meanwhile befalls all of them. Each round begins with new books.
 */
export function race(
  contenders: readonly Contender[],
  tape: Tape,
  options: RaceOptions,
): Map<Contender, Ranked> {
  const ranked = new Map<
    Contender,
    { name: string; times: number[]; differences: string[]; imbalances: number }
  >();
  for (const contender of contenders)
    ranked.set(contender, { name: contender.name, times: [], differences: [], imbalances: 0 });
  for (let i = 0; i < options.rounds; i++)
    for (const { contender, run, times, compared } of round(contenders, tape, options)) {
      const entry = ranked.get(contender)!;
      entry.times.push(...times);
      entry.imbalances += compared.count;
      const { made } = run;
      if (made !== undefined && entry.differences.length === 0)
        entry.differences.push(...differencesOf(made, tape, compared));
    }
  return ranked;
}
