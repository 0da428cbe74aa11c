import { describe, expect, test } from 'vitest';
import { contradictions, LIQUIDATIONS, notePrint } from '../../src/market/contradiction.ts';
import {
  createFeedState,
  type FeedState,
  noteCoverage,
  noteHeard,
} from '../../src/market/feed-state.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { type Micros, micros } from '../../src/model/units.ts';

const START = micros(1_700_000_000_000_000);
const at = (seconds: number): Micros => micros(START + seconds * 1e6);

/** A feed that has carried liquidations since `since` and lives at `now`. */
function feedOf(name: string, since: number, now: number): FeedState {
  const feed = createFeedState(name);
  noteCoverage(feed, {
    kind: 'liquidationCoverage',
    feed: name,
    completeness: 'all',
    note: '',
    tsLocal: at(since),
  });
  for (let second = since; second <= now; second++) noteHeard(feed, 'x', null, at(second));
  return feed;
}

const print = (feed: FeedState, from: number, count: number) => {
  for (let i = 0; i < count; i++) notePrint(feed, at(from + i));
};
const judge = (now: number, ...feeds: FeedState[]) =>
  contradictions(feeds, at(now), DEFAULT_SETTINGS).map(({ feed, reason }) => [feed.feed, reason]);

describe('a feed that prints nothing', () => {
  test('is suspect while another prints one liquidation after the other, and says so once', () => {
    const loud = feedOf('loud', 0, 400);
    const quiet = feedOf('quiet', 0, 400);
    print(loud, 340, 34);
    const reason = 'none in 5 min while loud printed 34';
    expect(judge(400, loud, quiet)).toEqual([['quiet', reason]]);
    expect(judge(410, loud, quiet)).toEqual([]);
    expect(quiet.suspects.get(LIQUIDATIONS)).toBe(reason);
  });

  test('is trusted again when it speaks, or when the others rest', () => {
    const loud = feedOf('loud', 0, 400);
    const quiet = feedOf('quiet', 0, 400);
    print(loud, 340, 34);
    judge(400, loud, quiet);
    notePrint(quiet, at(401));
    expect(quiet.suspects.size).toBe(0);
    const other = feedOf('other', 0, 700);
    print(loud, 401, 40);
    for (let second = 401; second <= 705; second++) noteHeard(loud, 'x', null, at(second));
    judge(450, loud, other);
    expect(other.suspects.has(LIQUIDATIONS)).toBe(true);
    noteHeard(other, 'x', null, at(745));
    noteHeard(loud, 'x', null, at(745));
    judge(745, loud, other);
    expect(other.suspects.size).toBe(0);
  });

  test('is left alone for few prints, without coverage, before it was heard for the whole window, and while it is lost', () => {
    const loud = feedOf('loud', 0, 400);
    print(loud, 370, 29);
    expect(judge(400, loud, feedOf('quiet', 0, 400))).toEqual([]);
    print(loud, 399, 20);
    expect(judge(420, loud, createFeedState('none'))).toEqual([]);
    expect(judge(420, loud, feedOf('late', 200, 420))).toEqual([]);
    expect(judge(420, loud, feedOf('lost', 0, 300))).toEqual([]);
  });
});
