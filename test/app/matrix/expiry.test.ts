import { expect, test } from 'vitest';
import { simulatedVenues } from '../../../src/sim/venues.ts';
import { VenueLine } from '../../support/venue-line.ts';

/** The last Friday of a quarter: every dated contract of that day is delivered at once. */
const DELIVERY_MS = Date.UTC(2026, 11, 25, 8);
const GONE = /-261225$/;

const isDated = (venue: string): boolean => !['hyperliquid'].includes(venue);

test.for(simulatedVenues.filter(isDated))(
  'contracts that are delivered at %s are missed by nobody, and their successors heard',
  { timeout: 120_000 },
  async (venue) => {
    const startMs = DELIVERY_MS - 60_000;
    const line = await VenueLine.start({
      seed: 3,
      venues: [venue],
      startMs,
      lacks: /no spot of this venue|no open.interest/,
    });
    try {
      await line.live(50);
      const ids = () => [...line.instruments.keys()].filter((id) => /-\d{6}$/.test(id));
      const before = ids();
      expect(before.some((id) => GONE.test(id))).toBe(true);
      line.noted.clear();
      await line.pass(180);
      expect([...line.noted].filter(([note, state]) => line.isTrouble(state, note))).toEqual([]);
      // Whatever began in their place is known by now, and heard.
      const fresh = ids().filter((id) => !before.includes(id));
      const unheard = fresh.filter((id) => {
        const { feed, symbol } = line.instruments.get(id)!;
        const isOf = (chan: string) => chan.toLowerCase().includes(symbol.toLowerCase());
        return !line.records.some(
          (record) => record.feed === feed && !record.chan.startsWith('rest:') && isOf(record.chan),
        );
      });
      expect(fresh).not.toEqual([]);
      expect(unheard).toEqual([]);
      line.proven();
    } finally {
      await line.close();
    }
  },
);
