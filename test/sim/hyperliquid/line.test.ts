import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/feed/random.ts';
import { textOf } from '../../../src/model/record.ts';
import { seedOf } from '../../../src/sim/seed.ts';
import { HyperliquidLine } from './support/line.ts';
import { STORIES, type Story } from './support/stories.ts';

/** `FAULT_SEED=7 vitest run test/sim/hyperliquid/line.test.ts` tells the same stories of other markets, struck at other moments. */
const SEED = Number(process.env['FAULT_SEED'] ?? 20_260_711);

/** A line from its start to its end, whatever happens in between. */
async function onLine(
  name: string,
  options: Omit<Parameters<typeof HyperliquidLine.start>[0], 'seed'>,
  tell: (line: HyperliquidLine) => Promise<void>,
): Promise<void> {
  const seed = seedOf(SEED, name);
  const line = await HyperliquidLine.start({ seed, ...options });
  try {
    await line.live();
    await line.pass(2 * createRandom(seed)());
    await tell(line);
    await line.live();
    // Two frames of the fast view later, whatever came last.
    await line.pass(1.1);
    line.prove();
  } finally {
    await line.close();
  }
}

/** Strikes, waits for what has to be said, mends, and waits until the book is the venue's again. */
async function tellStory(line: HyperliquidLine, story: Story): Promise<void> {
  const { faults, expected, warm = 0 } = story;
  await line.pass(warm);
  const rejected = line.trust.feed.rejected;
  for (const fault of faults) line.sim.faults.inject(fault);
  const isDropped = () => line.of('bookResyncing').length > 0;
  switch (expected.what) {
    case 'nothing':
      // Time for three frames of the slowest view.
      await line.pass(18);
      expect(line.of('bookResyncing')).toEqual([]);
      expect(line.of('streamSuspect')).toEqual([]);
      expect(line.of('feedLost')).toEqual([]);
      expect(line.trust.feed).toMatchObject({ rejected, reconnects: 0, unfamiliar: 0 });
      break;
    case 'dropped':
      await line.until('dropped', isDropped);
      expect(line.of('bookResyncing')[0]!.data).toEqual({
        reason: `resyncing: ${expected.reason}`,
      });
      break;
    case 'rejected':
      await line.until('rejected', () => line.notes('hyperliquid').includes(expected.reason));
      await line.pass(6);
      expect(line.of('bookResyncing')).toEqual([]);
      expect(line.notes('hyperliquid')).toContain(expected.reason);
      break;
    case 'noted':
      await line.until('noted', () =>
        line.frame.quality.some(
          ({ subject, reason }) =>
            subject === 'hyperliquid' && new RegExp(expected.reason).test(reason),
        ),
      );
      break;
    case 'failed':
      await line.until('failed', () =>
        line.reports('restFailed').some(({ reason }) => reason === expected.reason),
      );
      break;
  }
  line.sim.faults.clear();
}

describe(`whatever goes wrong at Hyperliquid, seed ${SEED}`, () => {
  test.each(STORIES.map((story) => [story.name, story] as const))('%s', async (name, story) => {
    await onLine(name, { faults: story.before ?? [] }, (line) => tellStory(line, story));
  });
});

describe(`the line on a simulated Hyperliquid, seed ${SEED}`, () => {
  test('is whole with the fast view, and as deep as the default one within its clock', async () => {
    const line = await HyperliquidLine.start({ seed: SEED });
    try {
      await line.until('whole', () => line.trust.book?.status === 'whole', 2);
      await line.live();
      expect(line.seconds).toBeLessThan(8);
      line.prove();
      expect(line.frame.liquidations.h1.long).toMatchObject({
        state: 'absent',
        reason: 'no liquidation feed',
      });
      expect(line.trust.feed).toMatchObject({ rejected: 0, unfamiliar: 0, suspects: [] });
    } finally {
      await line.close();
    }
  });

  test('takes in no trade that was history when it subscribed', async () => {
    await onLine('history', {}, async (line) => {
      await line.pass(10);
      line.sim.faults.inject({ kind: 'disconnect' });
      await line.until('lost', () => line.reports('disconnected').length >= 2);
      await line.live();
      await line.pass(5);
      const { t: since } = line.records.findLast(
        ({ chan, msg }) =>
          chan === 'feed' &&
          textOf(msg).includes('"subscribed"') &&
          textOf(msg).includes('trades:BTC'),
      )!;
      const frames = line.records.filter(({ t, chan }) => chan === 'trades:BTC' && t > since);
      const times = frames.map(({ msg }) =>
        (JSON.parse(textOf(msg)) as { data: { time: number }[] }).data.map(({ time }) => time),
      );
      // The first frame of the new subscription holds what was said before.
      expect(times[0]!.length).toBeGreaterThan(1);
      expect(times[0]!.every((time) => time * 1000 < since)).toBe(true);
      const live = times.flat().filter((time) => time * 1000 >= since);
      expect(live.length).toBeGreaterThan(0);
      expect(line.frame.quality).not.toContainEqual(expect.objectContaining({ state: 'suspect' }));
    });
  });

  test('keeps a touch and no live depth while the default view is silent', async () => {
    await onLine('depth', {}, async (line) => {
      await line.pass(100);
      line.sim.faults.inject({ kind: 'silent', target: 'l2Book:BTC' });
      await line.until('stale depth', () => line.book.depthBid.state === 'stale', 25);
      expect(line.book).toMatchObject({
        mid: { state: 'live' },
        oib: { state: 'stale' },
        depthAsk: { state: 'stale' },
      });
      await line.until('suspect', () => line.trust.feed.suspects.length > 0, 20);
      expect(line.trust.feed.suspects[0]).toMatch(/^l2Book:BTC: silent for \d+ s$/);
      line.sim.faults.clear();
    });
  });

  test('has no book of a coin that is delisted under way', async () => {
    await onLine('delisted', {}, async (line) => {
      line.sim.faults.inject({ kind: 'delisted', symbol: 'BTC' });
      await line.until('empty', () => line.book.mid.state === 'absent');
      expect(line.book.mid).toMatchObject({ reason: 'one-sided book' });
      expect(line.trust.book.status).toBe('whole');
      line.sim.faults.clear();
      // A default frame that is not empty.
      await line.pass(6);
    });
  });

  test('begins again with a venue that sets its clock back', async () => {
    await onLine('clock', {}, async (line) => {
      line.sim.faults.inject({ kind: 'clockSkew', offsetMs: -120_000 });
      await line.until('frozen', () => line.book.mid.state === 'stale', 10);
      await line.until('live', () => line.book.mid.state === 'live', 20);
      expect(line.of('bookResyncing')).toEqual([]);
      line.sim.faults.clear();
      // A default frame by the right clock.
      await line.pass(6);
    });
  });
});
