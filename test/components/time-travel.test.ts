import { describe, expect, test } from 'vitest';
import { emptyHistory } from '../../components/history.ts';
import type {
  Moment,
  NoMoment,
  OnProgress,
  Past,
  PastQuery,
  TurnQuery,
} from '../../components/past.ts';
import { ScreenStore } from '../../components/screen-store.ts';
import { pastWords, TimeTravel } from '../../components/time-travel.ts';
import type { EventLine } from '../../src/frame/frame.ts';
import { HOUR, micros, SECOND } from '../../src/model/units.ts';
import { event, frame, T0 } from '../support/frames.ts';

const NEWEST = 600;
const at = (seconds: number) => micros(T0 + seconds * SECOND);

/** A past of a frame every so many seconds from 0 on, answered when told to. */
class FakePast implements Past {
  reachesAhead = false;
  readonly queries: PastQuery[] = [];
  readonly turns: EventLine[] = [];
  givenUp = 0;
  #answers: (() => void)[] = [];
  readonly #every: number;

  constructor(every = 1) {
    this.#every = every;
  }

  at(query: PastQuery, onProgress: OnProgress): Promise<Moment | NoMoment> {
    this.queries.push(query);
    onProgress(0.5);
    const round = query.isForward ? Math.ceil : Math.floor;
    const seconds = round((query.time - T0) / SECOND / this.#every) * this.#every;
    const found: Moment | NoMoment =
      seconds < 0
        ? { reason: 'nothing is kept' }
        : {
            at: at(seconds),
            frames: new Map([['BTC', frame({ seconds })]]),
            history: emptyHistory(),
            scan: null,
            origin: 'tape',
            everySeconds: this.#every,
          };
    return new Promise((resolve) => this.#answers.push(() => resolve(found)));
  }

  async turn({ time, direction }: TurnQuery): Promise<EventLine | null> {
    const found =
      direction > 0
        ? this.turns.find(({ tsLocal }) => tsLocal > time)
        : this.turns.findLast(({ tsLocal }) => tsLocal < time);
    return found ?? null;
  }

  giveUp(): void {
    this.givenUp += 1;
  }

  async answer(): Promise<void> {
    // A turn is found before the instant is asked for.
    await new Promise(setImmediate);
    for (const answer of this.#answers.splice(0)) answer();
    await new Promise(setImmediate);
  }
}

function open(past: FakePast | null = new FakePast()) {
  const store = new ScreenStore({ fps: 10, clock: { now: () => 0, after: () => () => {} } });
  const away: boolean[] = [];
  const time = new TimeTravel(store, past, (isAway) => away.push(isAway));
  store.receive(frame({ seconds: NEWEST }));
  store.focusAsset('BTC');
  const shown = () => (store.shownAt - T0) / SECOND;
  return { store, time, past: past!, away, shown };
}

describe('steps', () => {
  test('go back from the newest frame, and add up while earlier ones are still on their way', async () => {
    const { time, past, away, shown, store } = open();
    for (let i = 0; i < 3; i += 1) time.go({ to: 'step', seconds: -1 });
    time.go({ to: 'step', seconds: -60 });
    await past.answer();
    expect(shown()).toBe(NEWEST - 63);
    expect(store.state().past).toMatchObject({ at: at(NEWEST - 63), newest: at(NEWEST) });
    expect(away).toEqual([true]);
  });

  test('forward come to what follows, and past the last one to now', async () => {
    const { time, past, away, shown, store } = open();
    time.go({ to: 'step', seconds: -2 });
    await past.answer();
    time.go({ to: 'step', seconds: 1 });
    await past.answer();
    expect(shown()).toBe(NEWEST - 1);
    time.go({ to: 'step', seconds: 1 });
    expect(store.state().past).toBeNull();
    expect(shown()).toBe(NEWEST);
    expect(away).toEqual([true, false]);
  });

  test('where frames are far apart each one is reached, both ways', async () => {
    const { time, past, shown } = open(new FakePast(15));
    for (const expected of [585, 570]) {
      time.go({ to: 'step', seconds: -1 });
      await past.answer();
      expect(shown()).toBe(expected);
    }
    time.go({ to: 'step', seconds: 1 });
    await past.answer();
    expect(shown()).toBe(585);
  });

  test('while new frames come what is shown stands still and says how far back it is', async () => {
    const { time, past, store, shown } = open();
    time.go({ to: 'step', seconds: -5 });
    await past.answer();
    store.receive(frame({ seconds: NEWEST + 30 }));
    store.focusAsset('BTC');
    expect(shown()).toBe(NEWEST - 5);
    expect(store.state().past).toMatchObject({ newest: at(NEWEST + 30) });
  });
});

test('an instant that is not there is told of, and the screen stays where it is', async () => {
  const { time, past, store, shown } = open();
  time.go({ to: 'step', seconds: -10 });
  await past.answer();
  time.go({ to: 'instant', time: at(-100) });
  await past.answer();
  expect(store.state().notice?.text).toBe('nothing is kept');
  expect(shown()).toBe(NEWEST - 10);
  time.go({ to: 'step', seconds: -1 });
  await past.answer();
  expect(shown()).toBe(NEWEST - 11);
});

test('an answer that comes after one has gone back to now is left', async () => {
  const { time, past, store } = open();
  time.go({ to: 'ago', span: HOUR });
  time.go({ to: 'step', seconds: -1 });
  time.go({ to: 'now' });
  await past.answer();
  expect(store.state().past).toBeNull();
  expect(store.state().deriving).toBeNull();
  expect(past.givenUp).toBe(1);
});

test('events are gone to one by one, and the frame shown is the first that knows of them', async () => {
  const { time, past, shown, store } = open();
  past.turns.push(event('gateOpened', 'one', 100), event('gateClosed', 'two', 200.5));
  time.go({ to: 'turn', count: -1 });
  await past.answer();
  expect(shown()).toBe(201);
  expect(store.state().notice?.text).toContain('two');
  time.go({ to: 'turn', count: -2 });
  await past.answer();
  expect(shown()).toBe(100);
  time.go({ to: 'turn', count: -1 });
  await past.answer();
  expect(store.state().notice?.text).toBe(
    'no earlier gate, regime or cascade event of BTC is known',
  );
  expect(shown()).toBe(100);
});

test('marks are gone back to, from the first one to the newest', async () => {
  const { time, past, shown, store } = open();
  time.go({ to: 'mark' });
  expect(store.state().notice?.text).toBe('no mark; m sets one');
  for (const seconds of [-100, 50]) {
    time.go({ to: 'step', seconds });
    await past.answer();
    time.mark();
  }
  time.go({ to: 'now' });
  for (const expected of [550, 500, 550]) {
    time.go({ to: 'mark' });
    await past.answer();
    expect(shown()).toBe(expected);
  }
});

test('a screen without a past says so', () => {
  const { time, store } = open(null);
  time.go({ to: 'step', seconds: -1 });
  expect(store.state().notice?.text).toBe('this screen keeps no past');
});

test('in a replay instants after the newest frame are asked for, and told from the past', async () => {
  const { time, past, shown } = open();
  past.reachesAhead = true;
  time.go({ to: 'instant', time: at(NEWEST + 500) });
  await past.answer();
  expect(shown()).toBe(NEWEST + 500);
  expect(pastWords(at(NEWEST + 500), at(NEWEST), 'recording', 1)).toContain('AHEAD');
  expect(pastWords(at(NEWEST - 500), at(NEWEST), 'store', 60)).toMatch(/^PAST .* 00:08:20 back/);
});
