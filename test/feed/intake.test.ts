import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { advance, closingTick, createTickState, Intake, withTicks } from '../../src/feed/intake.ts';
import { type RawRecord, SELF_FEED, textOf } from '../../src/model/record.ts';
import { HOUR, type Micros, SECOND } from '../../src/model/units.ts';
import { ManualClock } from './support/manual-clock.ts';

const START = 1_700_000_000 * SECOND;
const at = (seconds: number) => Math.round(START + seconds * SECOND) as Micros;
const record = (t: Micros, chan = 'x'): RawRecord => ({ t, feed: 'toy', chan, msg: '' });
const isTick = ({ feed, chan }: RawRecord) => feed === SELF_FEED && chan === 'tick';

function ticked(records: readonly RawRecord[]): RawRecord[] {
  const state = createTickState();
  const out: RawRecord[] = [];
  for (const each of records) withTicks(state, each, (due) => out.push(due));
  return out;
}

describe('ticks', () => {
  test('the first record announces nothing: no second has been seen to pass', () => {
    expect(advance(createTickState(), at(0.3))).toEqual([]);
  });

  test('every whole second that has passed is told once, the one that begins now included', () => {
    const state = createTickState();
    advance(state, at(0.3));
    expect(advance(state, at(0.9))).toEqual([]);
    expect(advance(state, at(3))).toEqual([at(1), at(2), at(3)]);
    expect(advance(state, at(3.5))).toEqual([]);
  });

  test('a gap of 900 s is told in full', () => {
    const state = createTickState();
    advance(state, at(0));
    const due = advance(state, at(900));
    expect(due).toHaveLength(900);
    expect(due.at(-1)).toBe(at(900));
  });

  test('a longer gap tells the hours that closed in it and the newest second', () => {
    const state = createTickState();
    const hour = Math.ceil(START / HOUR) * HOUR;
    advance(state, (hour - 10 * SECOND) as Micros);
    const wake = (hour + 2 * HOUR + 5.4 * SECOND) as Micros;
    expect(advance(state, wake)).toEqual([
      hour,
      hour + HOUR,
      hour + 2 * HOUR,
      hour + 2 * HOUR + 5 * SECOND,
    ]);
  });

  test('a gap of years tells its last 30 days', () => {
    const state = createTickState();
    advance(state, at(0));
    const due = advance(state, at(4 * 365 * 86_400 + 0.5));
    expect(due.length).toBeLessThanOrEqual(721);
    expect(due.at(-1)! - due[0]!).toBeLessThanOrEqual(30 * 24 * HOUR);
  });

  const steps = fc.array(fc.integer({ min: 0, max: 2_000 * SECOND }), { maxLength: 15 });
  const timesOf = (spans: readonly number[]) => {
    let t = START + 123_456;
    return spans.map((span) => {
      t += span;
      return t as Micros;
    });
  };

  test.prop([steps])(
    'ticks are whole seconds, ascending, and never later than what follows',
    (spans) => {
      const out = ticked(timesOf(spans).map((t) => record(t)));
      let last = 0;
      for (const each of out) {
        expect(each.t).toBeGreaterThanOrEqual(last);
        if (isTick(each)) {
          expect(each.t % SECOND).toBe(0);
          expect(each.t).toBeGreaterThan(last - 1);
        }
        last = each.t;
      }
      expect(new Set(out.filter(isTick).map(({ t }) => t)).size).toBe(out.filter(isTick).length);
    },
  );

  test.prop([steps])('a recording that holds its ticks replays into itself', (spans) => {
    const once = ticked(timesOf(spans).map((t) => record(t)));
    expect(ticked(once)).toEqual(once);
  });

  test('a tick that was announced already is left out', () => {
    const tick: RawRecord = { t: at(1), feed: SELF_FEED, chan: 'tick', msg: '' };
    expect(ticked([record(at(0.5)), record(at(1)), tick, tick]).filter(isTick)).toHaveLength(1);
  });

  test('the last whole second is closed once, and not when a tick was the end', () => {
    const state = createTickState();
    withTicks(state, record(at(0.5)), () => undefined);
    expect(closingTick(state, at(0.5))?.t).toBe(at(1));
    expect(closingTick(state, at(0.5))).toBeUndefined();
    expect(closingTick(createTickState(), at(0))).toBeUndefined();
  });
});

describe('intake', () => {
  const open = (clock: ManualClock) => {
    const records: RawRecord[] = [];
    const intake = new Intake(clock, [(each) => records.push(each)]);
    return { intake, records };
  };

  test('stamps are strictly increasing even while the clock stands still', () => {
    const { intake, records } = open(new ManualClock(at(0.5)));
    for (let i = 0; i < 5; i += 1) intake.push('toy', 'x', `${i}`);
    const times = records.map(({ t }) => t);
    expect(new Set(times).size).toBe(5);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    intake.close();
  });

  test('ticks come by themselves when nothing else does', () => {
    const clock = new ManualClock(at(0.5));
    const { intake, records } = open(clock);
    clock.advance(3000);
    expect(records.map(({ t }) => t)).toEqual([at(1), at(2), at(3)]);
    expect(records.every(isTick)).toBe(true);
    intake.close();
    expect(clock.pending).toBe(0);
    clock.advance(3000);
    expect(records).toHaveLength(3);
  });

  test('a record that comes exactly on the second follows its tick', () => {
    const clock = new ManualClock(at(0.5));
    const { intake, records } = open(clock);
    clock.sleep(500);
    intake.push('toy', 'x', '');
    expect(records.map(({ chan, t }) => [chan, t])).toEqual([
      ['tick', at(1)],
      ['x', at(1) + 1],
    ]);
    clock.advance(0);
    expect(records).toHaveLength(2);
    intake.close();
  });

  test('a machine that slept for hours wakes to a few ticks, not to thousands', () => {
    const clock = new ManualClock(at(0.5));
    const { intake, records } = open(clock);
    clock.sleep(8 * 3_600_000);
    clock.advance(1000);
    expect(records.length).toBeGreaterThanOrEqual(8);
    expect(records.length).toBeLessThan(15);
    intake.close();
  });

  test('what a sink pushes waits until the record at hand has reached every sink', () => {
    const seen: string[] = [];
    const clock = new ManualClock(at(0.5));
    const intake: Intake = new Intake(clock, [
      ({ msg }) => seen.push(`recorder ${msg}`),
      ({ msg }) => {
        seen.push(`engine ${msg}`);
        if (msg === 'gap') intake.push('toy', 'x', 'snapshot');
      },
    ]);
    intake.push('toy', 'x', 'gap');
    expect(seen).toEqual(['recorder gap', 'engine gap', 'recorder snapshot', 'engine snapshot']);
    intake.close();
  });

  test('a sink that throws is not hidden, and the next record still passes', () => {
    const seen: string[] = [];
    let isBroken = true;
    const intake = new Intake(new ManualClock(at(0.5)), [
      ({ msg }) => {
        if (isBroken) throw new Error('broken');
        seen.push(textOf(msg));
      },
    ]);
    expect(() => intake.push('toy', 'x', 'one')).toThrow('broken');
    isBroken = false;
    intake.push('toy', 'x', 'two');
    expect(seen).toEqual(['two']);
    intake.close();
  });

  test('a replay of what an intake handed on gives the same records', () => {
    const clock = new ManualClock(at(0.2));
    const { intake, records } = open(clock);
    const gaps = [10, 900, 1500, 30, 2_000_000, 999, 4000];
    for (const gap of gaps) {
      clock.advance(gap);
      intake.push('toy', 'x', `${gap}`);
    }
    clock.sleep(5_000_000);
    clock.advance(10);
    intake.push('toy', 'x', 'awake');
    intake.close();
    expect(ticked(records)).toEqual(records);
  });
});
