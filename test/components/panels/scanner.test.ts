import { fc, test } from '@fast-check/vitest';
import stringWidth from 'string-width';
import { describe, expect } from 'vitest';
import { emptyHistory } from '../../../components/history.ts';
import { panels } from '../../../components/panels/index.ts';
import type { PanelOptions } from '../../../components/panels/panel.ts';
import { SCANNER_SORTS, selectScanner } from '../../../components/panels/scanner/select.ts';
import type { InstrumentId } from '../../../src/model/instrument.ts';
import { absent, live, stale } from '../../../src/model/reading.ts';
import type { Micros } from '../../../src/model/units.ts';
import {
  brushOf,
  type DrawOptions,
  drawn,
  picture,
  plain,
  UNTOUCHED,
} from '../../support/drawn.ts';
import { chaosFrame, frame, HOSTILE } from '../../support/frames.ts';
import { scan, scanId } from '../../support/scans.ts';

const FRAMES = new Map([
  ['BTC', frame()],
  ['ETH', frame({ asset: 'ETH' })],
  ['SOL', frame({ asset: 'SOL' })],
]);
const select = (options: Partial<PanelOptions>, of: ReturnType<typeof scan> | null = scan(40)) =>
  selectScanner(
    { scan: of, frames: FRAMES, history: emptyHistory() },
    { ...UNTOUCHED, ...options },
  );
/** The ground of the selection, and the end of whatever was begun. */
const GROUND = '\u001B[48;2;32;48;63m';
const END = '\u001B[0m';

const sortOf = (name: (typeof SCANNER_SORTS)[number]): number => SCANNER_SORTS.indexOf(name);
const rowsOf = (w: number, h: number, more: DrawOptions = {}) =>
  drawn(panels.scanner, frame(), w, h, { scan: scan(120), frames: FRAMES, ...more });

describe('the rows of a scan', () => {
  test('come by rank, and the other way round', () => {
    expect(select({}).keys.slice(0, 3)).toEqual([1, 2, 3].map(scanId));
    expect(select({ reversed: true }).keys[0]).toBe(scanId(40));
  });

  test.prop([fc.nat(60), fc.boolean(), fc.constantFrom('', 'c1', '!btc', 'nothing')])(
    'are sorted by the column asked for, the largest first, rows without the number last',
    (presses, reversed, filter) => {
      const holes = scan(40, (n) =>
        n % 5 === 0 ? { oib: absent('x'), funding8h: absent('x') } : {},
      );
      const { rows, sort, keys } = select({ sort: presses, reversed, filter }, holes);
      expect(sort).toBe(SCANNER_SORTS[presses % SCANNER_SORTS.length]);
      expect(keys).toEqual(rows.map(({ key }) => key));
      expect(new Set(keys).size).toBe(keys.length);
      if (sort !== 'abs8h' && sort !== 'oib' && sort !== 'liq') return;
      const values = rows.map(({ funding8h, oib, liquidated1h }) => {
        if (sort === 'oib') return oib.value;
        if (sort === 'liq') return liquidated1h.value;
        return funding8h.value === null ? null : Math.abs(funding8h.value);
      });
      const known = values.filter((value) => value !== null);
      expect(values.slice(known.length).every((value) => value === null)).toBe(true);
      const order = known.toSorted((a, b) => (reversed ? a - b : b - a));
      expect(known).toEqual(order);
    },
  );

  test('are filtered by symbol, and by venue where there are several', () => {
    expect(select({ filter: 'eth' }).keys).toEqual([scanId(2)]);
    expect(select({ filter: '!btc' }).rows).toHaveLength(39);
    const two = scan(9, (n) => (n === 4 ? { instrument: 'okx:C4/USDT:USDT' as InstrumentId } : {}));
    expect(select({ filter: 'okx' }, two).rows).toHaveLength(1);
    expect(select({ filter: 'binance' }).rows).toHaveLength(0);
    expect(select({ filter: 'nowhere' })).toMatchObject({ rows: [], all: 40 });
  });

  test('are the same object until they are wanted in another way, so that drawing costs no sort', () => {
    const one = scan(500);
    const first = select({ sort: 3 }, one);
    expect(select({ sort: 3 }, one)).toBe(first);
    expect(select({ sort: 3, cursor: { key: 'x', at: 4, follows: true } }, one)).toBe(first);
    expect(select({ sort: 4 }, one)).not.toBe(first);
    expect(select({ sort: 3 }, scan(500))).not.toBe(first);
  });

  test('of hundreds, only those that are seen are built', () => {
    let built = 0;
    const counting = scan(600, () => ({
      get nextFundingTs() {
        built += 1;
        return live(0 as Micros);
      },
    }));
    const options = { scroll: 300 };
    rowsOf(196, 30, { scan: counting, options });
    built = 0;
    rowsOf(196, 30, { scan: counting, options });
    expect(built).toBe(0);
  });
});

describe('without a scan', () => {
  test('the assets that are watched are shown, and how to get all perps', () => {
    const text = rowsOf(118, 20, { scan: null, zoomed: true });
    expect(text[1]).toMatch(/^ +1 +BTC +61,8/);
    expect(text[2]).toMatch(/^ +2 +ETH/);
    expect(text.join(' ')).toMatch(/Start with --scanner/);
    expect(text.join(' ')).not.toMatch(/volume/);
    const { corner } = picture(panels.scanner, frame(), 40, 8, { frames: FRAMES });
    expect(corner).toEqual([['all perps: --scanner', 'dim']]);
  });

  test('open interest is that of all venues, funding the average that their open interest weighs', () => {
    const [row] = select({}, null).rows;
    const { openInterest, funding } = frame();
    expect(row!.oiUsd).toEqual(openInterest.totalUsd);
    expect(row!.funding8h).toEqual(funding.oiWeighted);
  });
});

describe('the table', () => {
  test('at 80×24 has what matters most, and the assets that are watched stand out', () => {
    const [header, first, , , fourth] = rowsOf(76, 19, { zoomed: true });
    expect(header).toMatch(/symbol +price +1h % +24h % +60 min +8h % +OI +OI 1h %$/);
    expect(first).toMatch(/● BTC\/USDT +60,000\.0 +\+1\.98 +\+5\.40/);
    expect(fourth).toMatch(/^ *C4\/USDT/);
  });

  test('at 200×60 has every column, and of a watched asset its drift, gate and regime', () => {
    const [header, first, , , fourth] = rowsOf(196, 55, { zoomed: true });
    for (const title of [
      'volume',
      'liq 1h',
      'basis %',
      'spread',
      'OIB',
      'D',
      'μ',
      'gate',
      'regime',
    ])
      expect(header!.split(/ {1,}/)).toContain(title.split(' ')[0]);
    expect(first).toMatch(/OPEN +\S/);
    expect(fourth).not.toMatch(/OPEN/);
  });

  test('always shows what it is sorted by', () => {
    const [header] = rowsOf(76, 19, { options: { sort: sortOf('liq') } });
    expect(header).toContain('liq 1h▾');
    const [other] = rowsOf(38, 8, { options: { sort: sortOf('spread'), reversed: true } });
    expect(other).toContain('spread▴');
  });

  test('names the venue where there are several', () => {
    const two = scan(4, (n) =>
      n === 2 ? { instrument: 'okx:BTC/USDT:USDT' as InstrumentId, asset: 'BTC' } : {},
    );
    expect(rowsOf(76, 8, { scan: two })[2]).toMatch(/● BTC\/USDT +okx/);
    expect(rowsOf(76, 8)[0]).not.toContain('venue');
  });

  test('says how old the scan is, and how many rows a filter leaves', () => {
    const old = scan(120, undefined, -65);
    const { corner } = picture(panels.scanner, frame(), 76, 8, {
      scan: old,
      options: { filter: 'c1' },
    });
    expect(corner!.flat().join('')).toMatch(/^31 of 120 perpsdim 1m agostale /);
  });

  test('the chosen row lies on its ground from end to end where the panel is focused, nowhere else', () => {
    const cursor = { key: scanId(3), at: 2, follows: true };
    const more = { scan: scan(9), frames: FRAMES, brush: brushOf(24), options: { cursor } };
    const marked = (isFocused: boolean) =>
      picture(panels.scanner, frame(), 76, 12, { ...more, isFocused })
        .rows.map((row, y) => ({ row, y }))
        .filter(({ row }) => row.includes(GROUND));
    expect(marked(false)).toEqual([]);
    expect(marked(true).map(({ y }) => y)).toEqual([3]);
    // After every end of a colour the ground begins again, but at the end of the row.
    const [chosen] = marked(true);
    const [, ...pieces] = chosen!.row.split(GROUND);
    expect(chosen!.row.startsWith(GROUND)).toBe(true);
    for (const piece of pieces) expect(piece.indexOf(END)).toBe(piece.length - END.length);
    expect(plain(chosen!.row)).toHaveLength(76);
  });

  test.prop(
    [
      fc.integer({ min: 18, max: 240 }),
      fc.integer({ min: 1, max: 60 }),
      fc.nat(30),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(0 as const, 4 as const, 24 as const),
      fc.nat(HOSTILE.length - 1),
      fc.nat(200),
    ],
    { numRuns: 50 },
  )(
    'fills its box exactly whatever exchanges call their perps and whatever is chosen',
    (w, h, sort, ascii, zoomed, level, nth, at) => {
      const bad = HOSTILE[nth]!;
      const wild = scan(60, (n) => ({
        instrument: `ven${bad}ue:${bad}${n}/USDT:USDT` as InstrumentId,
        asset: bad,
        ...(n % 3 === 0 && {
          price: live(Number.MAX_VALUE),
          change1h: live(-1e9),
          trend: [null, Number.MAX_VALUE, -1],
        }),
        ...(n % 4 === 0 && { oiUsd: stale(1, 9e12 as Micros), funding8h: absent(bad) }),
      }));
      const { rows, extent } = picture(panels.scanner, chaosFrame(at), w, h, {
        scan: wild,
        history: emptyHistory(),
        zoomed,
        isFocused: true,
        brush: brushOf(level, ascii),
        options: { sort, cursor: { key: wild.rows[at % 60]!.instrument, at, follows: true } },
      });
      expect(rows).toHaveLength(h);
      for (const row of rows) {
        const text = plain(row);
        expect(stringWidth(text), JSON.stringify(text)).toBe(w);
        expect(text).not.toMatch(/NaN|undefined|Infinity|\[object|null/);
        expect(text).not.toMatch(/\p{Cc}/u);
        if (ascii) expect(text).toMatch(/^[ -~]*$/);
      }
      expect(extent!.list!.keys).toHaveLength(60);
    },
  );
});

describe('a row', () => {
  const input = {
    frame: frame(),
    frames: FRAMES,
    scan: scan(120),
    history: emptyHistory(),
    options: UNTOUCHED,
  };
  const { leadsTo, detail, copied } = panels.scanner;

  test('of an asset that is watched leads to it, another to its detail', () => {
    expect(leadsTo!(input, scanId(2))).toBe('ETH');
    expect(leadsTo!(input, scanId(9))).toBeNull();
    expect(leadsTo!({ ...input, scan: null }, 'SOL')).toBe('SOL');
    expect(detail!(input, 'binance:GONE/USDT:USDT')).toBeNull();
  });

  test('tells all that the scan knows of it, with units and with reasons of what is absent', () => {
    const text = detail!(input, scanId(14))!
      .sections.flatMap(({ lines }) => lines.map(({ label, text }) => `${label}: ${text}`))
      .join('\n');
    expect(text).toContain('rank by 24 h volume: 14 of 120');
    expect(text).toMatch(/interval: 8\.00 h/);
    expect(text).toMatch(/next settlement: 2026-11-20 13:34:56 UTC, in 01:00:00/);
    expect(text).toContain('change 24 h: — (warming 3/24)');
    expect(text).toContain('book: none: no book: rank 14 of 500');
    expect(text).toContain('spread: — (no book: rank 14 of 500)');
    expect(text).toMatch(/longs: \$14\.00K \(sampled\)/);
    expect(text).not.toMatch(/NaN|undefined/);
  });

  test('is copied as it is chosen', () => {
    const options = { ...UNTOUCHED, cursor: { key: scanId(5), at: 0, follows: true } };
    expect(copied!({ ...input, options })).toMatch(
      /^binance:C5\/USDT:USDT\tprice 5366\.5631\t24h \+/,
    );
  });
});
