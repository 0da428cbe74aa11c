import { describe, expect, test } from 'vitest';
import { emptyHistory, remember } from '../../../components/history.ts';
import { panels } from '../../../components/panels/index.ts';
import type { InstrumentId, Venue } from '../../../src/model/instrument.ts';
import { absent, live } from '../../../src/model/reading.ts';
import { drawn, picture, plain } from '../../support/drawn.ts';
import { emptyFrame, frame, mapReadings, staleFrame, warmingFrame } from '../../support/frames.ts';

const words = (parts: readonly unknown[] = []): string =>
  parts.map((part) => (Array.isArray(part) ? part[0] : part)).join('');

describe('at 80×24', () => {
  test('funding', () => {
    expect(drawn(panels.funding, frame(), 25, 5)).toEqual([
      ' +0.0085 moderate bullish',
      'venue▾      8h %     next',
      'binance  +0.0100 03:25:04',
      'bybit    +0.0132 03:25:04',
      'okx      -0.0021 03:25:04',
    ]);
  });

  test('funding says its longest word whole where venues leave a row for it', () => {
    const one = frame();
    const word = 'strong bullish (overheated)';
    const interpretation = live(word, {});
    const byVenue = { binance: one.funding.byVenue['binance' as Venue]! };
    const funding = { ...one.funding, interpretation, byVenue };
    const rows = (w: number, h: number) => drawn(panels.funding, { ...one, funding }, w, h);
    expect(rows(27, 4).slice(0, 2)).toEqual(['OI-weighted 8h % +0.0085', word]);
    expect(rows(25, 5).slice(0, 3)).toEqual([
      'OI-weighted 8h % +0.0085',
      'strong bullish',
      '(overheated)',
    ]);
  });

  test('a venue with no rate shows a dash, not a zero', () => {
    const one = frame();
    const byVenue = mapReadings(one.funding.byVenue, (reading, path) =>
      path.startsWith('.bybit.') ? absent('no feed: bybit') : reading,
    );
    const rows = drawn(panels.funding, { ...one, funding: { ...one.funding, byVenue } }, 25, 5);
    expect(rows[3]).toBe('bybit          —        —');
  });

  test('open interest', () => {
    expect(drawn(panels.openInterest, frame(), 25, 5)).toEqual([
      '  $5.72B   92,431.2 BTC',
      '1h   +1.23 % 4h   +3.11 %',
      '24h  -2.42 % z      +1.52',
      'long build',
      'bullish, new longs',
    ]);
  });

  test('liquidations, marked as lower bounds', () => {
    expect(drawn(panels.liquidations, frame(), 25, 5)).toEqual([
      '          long      short',
      '1m    ≥$182.0K   ≥$24.30K',
      '5m     ≥$1.20M   ≥$310.0K',
      '1h     ≥$8.63M    ≥$5.11M',
      '24h   ≥$84.20M   ≥$61.70M',
    ]);
  });

  test('basis', () => {
    expect(drawn(panels.basis, frame(), 25, 5)).toEqual([
      'fair    +2.10 bps z +0.84',
      'venue   +4.21 bps z -1.11',
      'dated  +91.00 bps z +0.42',
      'mark      61,834.25',
      'index     61,822.51',
    ]);
  });

  test('signals: the gate, the sum, the sentence, the last event', () => {
    const rows = drawn(panels.signals, frame(), 52, 5);
    expect(rows[0]).toMatch(/^D {2}\*2\.68 ━+┃━*─+ q {2}2\.31 {2}gate OPEN$/);
    expect(rows[1]).toBe('μ  -2.68 = μ1  -1.29 μ2  -1.39 μ3   0.00');
    expect(rows.slice(2, 4).join(' ')).toBe(
      'funding rich (z +0.8) while OI builds (z +1.5) and basis falls (z −1.1): pressure down',
    );
  });

  test('the sum is whole on the smallest screen too', () => {
    expect(drawn(panels.signals, frame(), 38, 8)[2]).toBe('μ -2.68 = μ1 -1.29 μ2 -1.39 μ3  0.00');
  });

  test('trust', () => {
    expect(drawn(panels.trust, frame(), 24, 5)).toEqual([
      '● binance-usdm    412/s',
      '● binance-spot    214/s',
      '● bybit-linear    146/s',
      '● binance perp   whole',
      '● binance spot   whole',
    ]);
  });
});

describe('at 200 columns, zoomed', () => {
  test('funding has every column', () => {
    const [, , header, binance] = drawn(panels.funding, frame(), 196, 50, { zoomed: true });
    expect(header!.split(/\s{1,}(?=\S)/).join(' ')).toBe(
      'venue▾ 8h % annual % z next every spend cap predicted settled paid 7d paid p.a. bps/h reads age',
    );
    expect(binance).toMatch(
      /^binance +\+0\.0100 .*\+10\.95 +\+1\.40 +03:25:04 +8h +\+\$285\.8K +3 % +\+0\.0100 +\+0\.0082 +[▁-█ ]{21} +\+8\.98 +\+0\.021 +moderate bullish$/,
    );
  });

  test('funding tells who pays whom, what is due and when, and what is left between venues after fees', () => {
    const text = drawn(panels.funding, frame(), 196, 50, { zoomed: true }).join('\n');
    expect(text).toMatch(
      /^paid in 8 h +\+\$485\.\dK longs pay shorts +okx → bybit +~\+14\.1 % net p\.a\.$/m,
    );
    expect(text).toMatch(/okx +16:00 +03:25:04 +-0\.0021 +-\$\S+ +—/);
    expect(text).toMatch(/bybit +16:00 +03:25:04 +\+0\.0132 +\+\$\S+ +near/);
    expect(text).toMatch(/okx +bybit +\+0\.0153 +\+16\.75 +~21\.0 +~\+14\.13 +~4d 13h/);
    expect(text).toMatch(/okx +binance +\+0\.0121 +\+13\.25 +— +— +—/);
    expect(text).toMatch(/binance:BTC\/USD:BTC +\+0\.0041 +-0\.44/);
    expect(text).toMatch(/okx:BTC\/USDT:USDT +8h → 4h +5h ago/);
  });

  test('open interest has all perps above the venues, and the last hour among those before it', () => {
    const rows = drawn(panels.openInterest, frame(), 196, 50, { zoomed: true });
    const text = rows.join('\n');
    expect(rows[0]).toMatch(/^all +½\$5\.72B +½92,431\.2 BTC +½rising +z +\*\+1\.52$/);
    expect(rows[1]).toMatch(/^lead long build {2}bullish, new longs +~56 % sure$/);
    expect(text).toMatch(/^all +½\$5\.72B +½92\.43K +\+1\.23 +\+3\.11 +-2\.42 +\*\+1\.52$/m);
    expect(text).toMatch(
      /^bybit +\$1\.71B +27\.73K +\+1\.23 +\+3\.11 +-2\.42 +\+1\.52 +30\.0% +▄/m,
    );
    expect(text).toContain('left out: hyperliquid: no open interest');
    expect(text).toMatch(/^short build +│ +long build/m);
    expect(text).toMatch(/^long liquidation +│ +short squeeze/m);
    expect(
      rows.filter((row) => row.slice(0, 64).includes('●') && !row.includes('now')),
    ).toHaveLength(1);
    expect(text).toMatch(/price ±\S+ %, OI ±\S+ %, ● now, • last 6 h/);
  });

  test('basis has three kinds with their day, the curve by venue, carry in words and the mark made anew', () => {
    const rows = drawn(panels.basis, frame(), 196, 60, { zoomed: true });
    const text = rows.join('\n');
    expect(rows[2]).toMatch(/^dated +\+91\.00 bps z +\+0\.42 .* 24h [▁-█]{24} +\(future - spot\)/);
    expect(text).toMatch(/^curve contango +\+8\.65 % p\.a\. +carry +~\+6\.04 % binance$/m);
    expect(text).toMatch(/term structure, % a year by days to expiry/);
    expect(text).toMatch(/okx +2026-11-22 +1\.8 +61,850\.9 +mid +\+0\.04 +— +—/);
    expect(text).toMatch(/binance +2026-12-28 +38\.4 .* \+0\.91 +\+8\.65/);
    expect(text).toMatch(/~\+6\.04 +buy BTC\/USDT on binance, sell the future of 2026-03-27/);
    expect(text).toMatch(/ours +~61,832\.40 +venue +61,834\.25 +off by +~-0\.30 bps/);
    expect(text).toMatch(/no index weights set +our index/);
  });

  test('the curve joins the expiries of a venue and marks them by venue, with zero below', () => {
    const rows = drawn(panels.basis, frame(), 116, 60, { zoomed: true }).map((row) =>
      row.slice(0, 56),
    );
    const from = rows.findIndex((row) => row.startsWith('term structure'));
    const plot = rows.slice(from + 2, from + 12).join('\n');
    expect(rows[from + 1]).toMatch(/^● okx +◆ binance|^● binance +◆ okx/);
    expect(plot.match(/[●◆]/g)!.length).toBeGreaterThanOrEqual(2);
    expect(plot).toMatch(/·{5,}/);
    expect(rows[from + 12]).toMatch(/0 d +129 d$/);
  });

  test('without a dated future there is neither a curve nor a row for it', () => {
    const one = frame();
    const none = absent('no dated future');
    const basis = {
      ...one.basis,
      dated: none,
      datedAnnual: none,
      datedZ: none,
      datedInstrument: null,
      term: [],
      curve: none,
      curves: {},
      carry: [],
    };
    const text = drawn(panels.basis, { ...one, basis }, 116, 40, { zoomed: true }).join('\n');
    expect(text).not.toMatch(/^dated|term structure|curve /m);
    expect(text).toMatch(/no dated future +dated, dated z, curve/);
  });

  test('the book has two ladders with sizes, sums and bars around one middle row', () => {
    const rows = drawn(panels.book, frame(), 196, 40, { zoomed: true });
    expect(rows[0]).toMatch(
      /^binance perp BTC +whole {2}binance spot BTC +whole {2}binance perp: resting size by price and time ─+$/,
    );
    const middle = rows.find((row) => row.startsWith('61,832.40'));
    expect(middle).toMatch(/^61,832\.40 +0\.03 bps {2}61,806\.40 +0\.03 bps/);
    const best = rows[rows.indexOf(middle!) + 1]!;
    expect(best).toMatch(/^61,832\.3 +0\.240 +0\.240 [▄▖]/);
    expect(rows.join('\n')).toMatch(/micro.*known +142 \/ +137 bps/);
    expect(rows.join('\n')).toMatch(/±25 bps +\$21\.40M ━+ +\$19\.80M/);
    expect(rows.join('\n')).toMatch(/OIB 1h +[─━┃●│]+ +-0\.44 +\+0\.02 +\+0\.47/);
    expect(rows.join('\n')).toMatch(/slope \$\/bp +\$1\.43M +\$1\.10M +top 5 +\+0\.18/);
    expect(rows.join('\n')).toMatch(/side kept +93 % now +19 s +shocks +31 \/ +12 s of the hour/);
  });

  test('the book’s past is a map of sizes around the newest mid, the mid a line through it', () => {
    const history = emptyHistory();
    for (let seconds = 0; seconds < 900; seconds += 5) remember(history, frame({ seconds }));
    const last = frame({ seconds: 895 });
    const rows = drawn(panels.book, last, 196, 40, { zoomed: true, history });
    const map = rows.slice(1, 25).map((row) => row.slice(94));
    const { mid } = last.book.byInstrument['binance:BTC/USDT:USDT' as InstrumentId]!;
    expect(map.join('\n')).toContain(mid.value!.toFixed(1).replace(/(\d{2})(\d{3})/, '$1,$2'));
    expect(map.join('').match(/─/g)!.length).toBeGreaterThan(40);
    expect(map.join('').match(/[░▒▓█]/g)!.length).toBeGreaterThan(40);
    expect(rows.join('\n')).toMatch(/-15m +-10m +-5m +now/);
  });

  test('signals decompose the drift and say what is committed', () => {
    const text = drawn(panels.signals, frame(), 196, 50, { zoomed: true }).join('\n');
    expect(text).toMatch(/μ1 +\*-1\.29 .*━.*crowd unwinding/);
    expect(text).toMatch(/cell closes in 00:25:04 +cells +691/);
    expect(text).toMatch(/medium\/high\/critical at \$100\.0M \/ \$200\.0M \/ \$500\.0M/);
    expect(text).toMatch(/committed 12:00 +μ +-2\.71 +D +2\.71 +q +2\.29 +gate OPEN/);
    expect(text).toContain('D and its gate');
  });

  test('signals have gate and regime hour by hour', () => {
    const rows = drawn(panels.signals, frame(), 196, 60, { zoomed: true, chartHours: 24 });
    const from = rows.findIndex((row) => row.startsWith('by the hour, last 24 h: gate and regime'));
    expect(rows[from + 1]).toMatch(/^D gate +[▲▼─]+▼+$/);
    expect(rows[from + 2]).toMatch(/^regime +▲+$/);
    expect(rows[from + 3]).toBe(
      '▲ open up, crowded long  ▼ open down, crowded short  █ stress  ─ closed, neutral  blank: not known',
    );
  });

  test('signals stand beside the market, the dated future and the book under its regimes', () => {
    const text = drawn(panels.signals, frame(), 196, 50, { zoomed: true }).join('\n');
    expect(text).toContain('closes if funding z falls below +0.4 (+0.0080 % per 8 h)');
    expect(text).toMatch(/market +-1\.84/);
    expect(text).toMatch(/gates up +\*0 % +down +\*67 % +of +3/);
    expect(text).toMatch(/dated in +38\.4 d +z +-0\.71/);
    expect(text).toMatch(/spread q90 in carry +0\.21 bps/);
    expect(text).toMatch(/OIB persists in carry +83 %/);
  });

  test('signals say what would close an open gate, each input on its side of what it is now', () => {
    const one = frame();
    const rate = one.funding.byVenue['binance' as Venue]!.rate8h;
    const now = rate.state === 'absent' ? 0 : rate.value;
    const saying = (flip: Partial<typeof one.drift.flip>, active = true): string =>
      drawn(
        panels.signals,
        {
          ...one,
          drift: { ...one.drift, active: live(active, {}), flip: { ...one.drift.flip, ...flip } },
        },
        196,
        50,
        { zoomed: true },
      ).find((row) => row.startsWith('gate ')) ?? '';
    expect(saying({ funding8h: live(now - 0.0005, { provisional: true }) })).toMatch(
      /^gate closes if funding 8h falls below +\*-0\.0400 % +or OI /,
    );
    expect(saying({ funding8h: live(now + 0.0005, {}) }, false)).toMatch(
      /^gate opens if funding 8h rises above +\+0\.0600 % +or OI .* BTC +or basis .* bps$/,
    );
    expect(saying({ basis: absent('out of reach') })).toMatch(/or basis out of reach$/);
    // Between predicted and settled funding only the settings know which of them the input is.
    const paid = one.funding.byVenue['binance' as Venue]!.settledAnnual;
    const settled = paid.state === 'absent' ? Number.NaN : (paid.value * 8) / 8760;
    expect(saying({ funding8h: live((now + settled) / 2, {}) })).toContain('funding 8h comes to');
    const none = absent('out of reach');
    expect(saying({ funding8h: none, openInterest: none, basis: none })).toBe('');
  });

  test('liquidations say what every feed leaves out', () => {
    const text = drawn(panels.liquidations, frame(), 196, 60, { zoomed: true }).join('\n');
    expect(text).toMatch(/binance +largest per second and symbol/);
    expect(text).toMatch(/12:34:55 +binance +short +61,881\.1/);
    expect(text).toMatch(/binance +≥\$5\.00M +≥\$3\.00M +≥\$51\.00M +≥\$38\.00M +~\$180\.0M/);
    expect(text).toMatch(/^okx +— +— +— +— +~\$131\.0M +~\$83\.00M +44 %/m);
  });

  test('the estimate stands with its thresholds, its band and how often it was right', () => {
    const text = drawn(panels.liquidations, frame(), 196, 60, { zoomed: true }).join('\n');
    expect(text).toMatch(/^~high +━+┃━+┃━*─+┃─+ \$100\.0M \/ \$200\.0M \/ \$500\.0M/m);
    expect(text).toMatch(/long +~\$311\.0M +from +\$204\.0M to +\$402\.0M by the mix of leverage/);
    expect(text).toMatch(/foretold +~62 % of what died, +~41 % by chance, of +214/);
    expect(text).toContain('without hyperliquid: warming 3/25 % of entries known');
  });

  test('the map has longs below the price, shorts above it, each with its band', () => {
    const rows = drawn(panels.liquidations, frame(), 196, 60, { zoomed: true });
    const map = rows.map((row) => row.slice(98).trim());
    const price = map.findIndex((row) => /^61,832\.4 ─+$/.test(row));
    expect(map.find((row) => row.startsWith('~where positions die'))).toBeDefined();
    expect(map[price - 1]).toMatch(/^6\d,\d{3}\.\d █+▓*░* +\$\d/);
    expect(map[price + 1]).toMatch(/^6\d,\d{3}\.\d █+▓*░* +\$\d/);
    const prices = map.flatMap((row) => /^(\d\d,\d{3}\.\d) [█▓░]/.exec(row)?.[1] ?? []);
    const numbers = prices.map((text) => Number(text.replace(',', '')));
    expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
    expect(numbers.length).toBeGreaterThan(20);
  });

  test('trust has feeds, books, budgets and notes', () => {
    const text = drawn(panels.trust, frame(), 196, 50, { zoomed: true }).join('\n');
    expect(text).toMatch(/● binance-usdm +live +412 +0\.0s +38ms +-1ms/);
    expect(text).toMatch(/● binance:BTC\/USDT:USDT +whole +142\/137/);
    expect(text).toMatch(/bybit-linear ip +320\/2400 ━/);
    expect(text).toMatch(/bybit-linear +info +never seen before: tickers\.fundingCap/);
  });

  test('trust has the store, what the history lacks and what the screen sends', () => {
    const terminal = {
      bytes: live(1_234_567),
      bytesPerSecond: live(12_340),
      framesPerSecond: live(2.2),
      linkBytesPerSecond: live(30_100),
      roundTripMs: live(41.2),
      heldBelow: 10,
    };
    const more = { zoomed: true, terminal };
    const text = drawn(panels.trust, frame(), 116, 50, more).join('\n');
    expect(text).toMatch(/^store on disk {2}48213 rows {2}newest \S+ 12:00/m);
    expect(text).toMatch(/^binance:BTC\/USDT:USDT +openInterest +2 +03:00:00 +11-19 08:34/m);
    expect(text).toMatch(/^to the terminal +12\.3 kB\/s +in all +1\.23 MB$/m);
    expect(text).toMatch(/^frames sent +2\.2 \/s +round trip +41 ms$/m);
    expect(text).toMatch(/^link carries +30\.1 kB\/s$/m);
    const narrow = drawn(panels.trust, frame(), 40, 50, more).join('\n');
    expect(narrow).toMatch(/^to the terminal +12\.3 kB\/s$/m);
    expect(narrow).toMatch(/^link carries +30\.1 kB\/s$/m);
    const uncounted = drawn(panels.trust, frame(), 116, 50, { zoomed: true }).join('\n');
    expect(uncounted).not.toContain('to the terminal');
  });

  test('trust says `all` of a side that is known to its end, and counts in whole numbers', () => {
    const one = frame();
    const books = one.trust.books.map((book) => ({
      ...book,
      quoteChecks: 30,
      knownBidBps: absent('whole side known'),
      knownAskBps: absent('book resyncing'),
    }));
    const text = drawn(panels.trust, { ...one, trust: { ...one.trust, books } }, 196, 50, {
      zoomed: true,
    }).join('\n');
    expect(text).toMatch(/binance:BTC\/USDT:USDT +whole +all\/— /);
    expect(text).toMatch(/ 33 /);
    expect(text).not.toContain('30.00');
  });

  test.each([24, 31, 36])(
    'trust in %i cells names every REST budget in a way that tells them apart',
    (w) => {
      const one = frame();
      const [first] = one.trust.feeds;
      const names = ['binance-futures', 'binance-futures-funding', 'binance-futures-data'];
      const rest = names.map((pool) => ({ ...first!.rest[0]!, pool, used: 120, limit: 2400 }));
      const trust = { ...one.trust, feeds: [{ ...first!, rest }], books: [] };
      const rows = drawn(panels.trust, { ...one, quality: [], trust }, w, 9);
      const budgets = rows.filter((row) => row.includes('120/2400'));
      const written = budgets.map((row) => row.split(' ')[0]!);
      const expected = w < 32 ? names.map((name) => name.slice('binance-'.length)) : names;
      expect(written).toEqual(expected);
    },
  );

  test('a wide liquidations panel keeps no half free for a tape that has no print', () => {
    const one = frame();
    const silent = { ...one, liquidations: { ...one.liquidations, tape: [] } };
    const rows = drawn(panels.liquidations, silent, 76, 16);
    expect(rows[0]).toMatch(/long +short .*count +largest$/);
    expect(rows.join('\n')).toMatch(/no liquidation heard of yet/);
    expect(rows.join('\n')).toMatch(/~estimated levels, tallest \$\S+ ─+/);
  });
});

describe('honesty', () => {
  test.each(['funding', 'openInterest', 'liquidations', 'basis', 'signals'] as const)(
    'the zoomed %s panel gives the reason of what is absent',
    (id) => {
      const text = drawn(panels[id], emptyFrame(), 116, 40, { zoomed: true }).join('\n');
      expect(text).toContain('not live');
      expect(text).toContain('no feed: binance');
    },
  );

  test.each(['funding', 'openInterest', 'liquidations', 'basis', 'book', 'signals'] as const)(
    'the border of the %s panel tells the age of its oldest number',
    (id) => {
      const { corner } = picture(panels[id], staleFrame({}, 42), 36, 10);
      expect(words(corner)).toContain('stale 42s');
    },
  );

  test('the border tells why there is no number, and until when history is short', () => {
    expect(words(picture(panels.basis, emptyFrame(), 36, 10).corner)).toContain('no feed: binance');
    expect(words(picture(panels.signals, warmingFrame(), 76, 10).corner)).toContain('warming 3/24');
  });

  test('a book that is not whole says why and is not drawn as if it were', () => {
    const one = frame();
    const [[id, entry]] = Object.entries(one.book.byInstrument) as [
      [string, (typeof one.book.byInstrument)[string]],
    ];
    const byInstrument = {
      ...one.book.byInstrument,
      [id]: { ...entry, status: 'resyncing' as const, reason: 'gap after 50093421584' },
    };
    const rows = drawn(panels.book, { ...one, book: { byInstrument } }, 36, 14);
    expect(rows[0]).toMatch(/^binance perp BTC +resyncing$/);
    expect(rows[2]).toBe('gap after 50093421584');
  });

  test('before there are closed cells a chart says so instead of drawing an axis', () => {
    const history = { live: new Map(), cells: new Map(), events: [] };
    const text = drawn(panels.funding, frame(), 76, 17, { history }).join('\n');
    expect(text).toContain('no hourly cells yet');
    expect(text).not.toContain('┤');
  });
});

describe('scrolling', () => {
  test('keeps the header of a table and shows what is below', () => {
    const rows = (scroll: number) =>
      picture(panels.liquidations, frame(), 36, 12, { options: { scroll } });
    const top = rows(0);
    const lower = rows(3);
    expect(lower.rows.slice(0, 6)).toEqual(top.rows.slice(0, 6));
    expect(lower.rows[7]).toBe(top.rows[10]);
    expect(words(top.corner)).toMatch(/^↓\d+$/);
    expect(words(lower.corner)).toMatch(/^↑3 ↓\d+$/);
  });

  test('the book moves around its middle', () => {
    const at = (scroll: number) => picture(panels.book, frame(), 36, 16, { options: { scroll } });
    const middle = (rows: readonly string[]) =>
      rows.findIndex((row) => plain(row).startsWith('61,832.40'));
    const { extent, rows } = at(0);
    expect(middle(at(2).rows)).toBe(middle(rows) - 2);
    expect(middle(at(-2).rows)).toBe(middle(rows) + 2);
    expect(extent!.min).toBeLessThan(0);
    expect(extent!.max).toBeGreaterThan(0);
  });
});
