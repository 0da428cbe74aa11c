import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { emptyHistory } from '../../../components/history.ts';
import { isMoment, type Moment, type NoMoment, type PastQuery } from '../../../components/past.ts';
import type { Derivation } from '../../../src/app/past/derivation.ts';
import { ScreenPast } from '../../../src/app/past/past.ts';
import { Tape } from '../../../src/app/past/tape.ts';
import type { EventLine } from '../../../src/frame/frame.ts';
import { micros, SECOND } from '../../../src/model/units.ts';
import { event, frame, T0 } from '../../support/frames.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'perpscope-screen-past-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const at = (seconds: number) => micros(T0 + seconds * SECOND);
const query = (seconds: number): PastQuery => ({
  time: at(seconds),
  asset: 'BTC',
  isForward: false,
});

/** Something that knows one instant and one turn, and answers when told to. */
class Known implements Derivation {
  readonly reachesAhead = false;
  readonly asked: number[] = [];
  givenUp = 0;
  waits = false;
  #answer: (() => void) | null = null;
  readonly #seconds: number;
  readonly #turn: EventLine | null;

  constructor(seconds: number, turn: EventLine | null = null) {
    this.#seconds = seconds;
    this.#turn = turn;
  }

  async at({ time }: PastQuery): Promise<Moment | NoMoment> {
    this.asked.push((time - T0) / SECOND);
    if (this.waits)
      await new Promise<void>((resolve) => {
        this.#answer = resolve;
      });
    return time === at(this.#seconds)
      ? {
          ...{ at: time, frames: new Map([['BTC', frame()]]), history: emptyHistory() },
          ...{ scan: null, origin: 'store', everySeconds: 60 },
        }
      : { reason: `not ${this.#seconds}` };
  }

  async turn(): Promise<EventLine | null> {
    return this.#turn;
  }

  giveUp(): void {
    this.givenUp += 1;
    this.#answer?.();
    this.#answer = null;
  }

  async close(): Promise<void> {}
}

function open(...derivations: readonly Derivation[]): ScreenPast {
  const tape = new Tape({ origin: 'tape', dir, capacity: 2 ** 20, onTrouble: () => {} });
  const past = new ScreenPast(tape, derivations);
  for (const seconds of [100, 101, 102]) past.note(frame({ seconds }));
  return past;
}

const nothing = (): void => {};

test('what the screen was sent is shown as it came, and nobody is asked to make it anew', async () => {
  const store = new Known(101);
  const past = open(store);
  const found = await past.at(query(101), nothing);
  expect(isMoment(found) && found.origin).toBe('tape');
  expect(store.asked).toEqual([]);
  await past.close();
});

test('what it was not sent is made anew by the first that can, else the last one says why not', async () => {
  const [recording, store] = [new Known(7), new Known(5)];
  const past = open(recording, store);
  const found = await past.at(query(5), nothing);
  expect(isMoment(found) && found.origin).toBe('store');
  expect(await past.at(query(6), nothing)).toEqual({ reason: 'not 5' });
  expect([recording.asked, store.asked]).toEqual([
    [5, 6],
    [5, 6],
  ]);
  await past.close();
});

test('without anything to make it from it says from when on there is something', async () => {
  const past = open();
  expect(await past.at(query(5), nothing)).toEqual({
    reason: 'nothing is kept before 2026-11-20 12:36:36',
  });
  await past.close();
});

test('who asks next leaves what is under way, and is not held up by what others would make of it', async () => {
  const [recording, store] = [new Known(7), new Known(5)];
  recording.waits = true;
  const past = open(recording, store);
  const first = past.at(query(6), nothing);
  recording.waits = false;
  const second = await past.at(query(5), nothing);
  expect(isMoment(second)).toBe(true);
  expect(isMoment(await first)).toBe(false);
  expect(store.asked).toEqual([5]);
  await past.close();
});

test('the next turn is the nearest that anybody knows, and that of the tape where it has no hole', async () => {
  const store = new Known(5, event('gateOpened', 'stored', 50));
  const past = open(store);
  past.note(event('regimeChanged', 'shown', 101));
  expect((await past.turn({ time: at(40), asset: 'BTC', direction: 1 }, nothing))?.text).toBe(
    'stored',
  );
  expect((await past.turn({ time: at(100), asset: 'BTC', direction: 1 }, nothing))?.text).toBe(
    'shown',
  );
  expect((await past.turn({ time: at(101), asset: 'BTC', direction: -1 }, nothing))?.text).toBe(
    'stored',
  );
  await past.close();
});
