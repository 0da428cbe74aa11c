import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { emptyHistory, remember } from '../../../components/history.ts';
import { admits } from '../../../components/panels/filter.ts';
import { selectFunding } from '../../../components/panels/funding/select.ts';
import { panels } from '../../../components/panels/index.ts';
import { selectLiquidations } from '../../../components/panels/liquidations/select.ts';
import { selectOpenInterest } from '../../../components/panels/open-interest/select.ts';
import { selectSignals } from '../../../components/panels/signals/select.ts';
import { selectTrust } from '../../../components/panels/trust/select.ts';
import { drawn, UNTOUCHED } from '../../support/drawn.ts';
import { event, frame } from '../../support/frames.ts';

const with_ = (filter: string) => ({ ...UNTOUCHED, filter });

describe('a filter', () => {
  test.prop([fc.string(), fc.array(fc.string(), { minLength: 1, maxLength: 3 })])(
    'and its inverse part the rows between them',
    (filter, words) => {
      fc.pre(filter !== '' && !filter.startsWith('!'));
      expect(admits(`!${filter}`, ...words)).toBe(!admits(filter, ...words));
    },
  );

  test('is any part of any word, whatever the case', () => {
    expect(admits('NAN', 'okx', 'Binance')).toBe(true);
    expect(admits('nan', 'okx', null)).toBe(false);
    expect(admits('!', 'okx') && admits('', 'okx') && admits(undefined, 'okx')).toBe(true);
  });
});

describe('filtered rows', () => {
  test('of funding and open interest are venues', () => {
    const venues = (filter: string) =>
      selectFunding(frame(), with_(filter)).venues.map(({ venue }) => venue);
    expect(venues('b')).toEqual(['binance', 'bybit']);
    expect(venues('!b')).toEqual(['okx']);
    expect(selectOpenInterest(frame(), with_('OKX')).venues.map(({ venue }) => venue)).toEqual([
      'okx',
    ]);
  });

  test('of liquidations are prints by venue or side; how many there are stays known', () => {
    const all = selectLiquidations(frame(), UNTOUCHED);
    const short = selectLiquidations(frame(), with_('short'));
    expect(new Set(short.tape.map(({ side }) => side))).toEqual(new Set(['short']));
    expect(short.prints).toBe(all.tape.length);
    expect(short.windows).toEqual(all.windows);
  });

  test('of signals are events', () => {
    const history = emptyHistory();
    remember(history, event('gateOpened', 'gate opened: pressure down'));
    remember(history, event('feedLost', 'okx-swap lost'));
    const texts = selectSignals(frame(), history, { filter: 'gate' }).events.map(
      ({ text }) => text,
    );
    expect(texts).toEqual(['gate opened: pressure down']);
  });

  test('of trust are feeds, books and notes, and the counts are of all', () => {
    const all = selectTrust(frame());
    const one = selectTrust(frame(), { filter: 'okx' });
    expect(one.feeds.map(({ feed }) => feed)).toEqual(
      all.feeds.map(({ feed }) => feed).filter((feed) => feed.includes('okx')),
    );
    expect(one.allFeeds).toBe(all.feeds.length);
    expect(one.liveFeeds).toBe(all.liveFeeds);
  });

  test.each(['funding', 'openInterest', 'liquidations'] as const)(
    'say in %s that none is left',
    (id) => {
      expect(
        drawn(panels[id], frame(), 76, 30, { options: with_('nowhere') }).join('\n'),
      ).toContain("no row has 'nowhere'");
    },
  );
});
