import { fc, test } from '@fast-check/vitest';
import stringWidth from 'string-width';
import { describe, expect } from 'vitest';
import {
  cellWidth,
  cleanText,
  fitted,
  forEachGrapheme,
} from '../../../components/format/cell-width.ts';
import {
  absentMark,
  arrow,
  bps,
  compact,
  compactUsd,
  dash,
  decimalsOfTick,
  fixed,
  percent,
  rate8h,
} from '../../../components/format/number.ts';
import {
  absentReason,
  reading,
  readingRole,
  type Shown,
} from '../../../components/format/reading.ts';
import { age, ageText, clock, duration, instant } from '../../../components/format/time.ts';

const ESC = '\u001B';
const SECOND = 1e6;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

/** Text as exchanges and people write it, the troublesome kinds included. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('漢', 'é', 'e\u0301', '😀', '👨‍👩‍👧', '🇺🇸', '1️⃣', '▶', 'a', '—', '한'))
    .map((all) => all.join('')),
);
const width = fc.integer({ min: 0, max: 40 });

describe('cell width', () => {
  test.prop([fc.string({ unit: 'grapheme' })])('is what Ink lays text out with', (one) => {
    // Ink never sees what `cleanText` takes away: characters that terminals do not draw.
    const clean = cleanText(one);
    expect(cellWidth(clean)).toBe(stringWidth(clean));
  });

  test.prop([text])('is the sum of the widths of the graphemes', (one) => {
    let sum = 0;
    forEachGrapheme(one, (_, cells) => {
      sum += cells;
    });
    if (!one.includes(ESC) && !one.includes('\u009B')) expect(cellWidth(one)).toBe(sum);
  });

  test.each([
    ['60,123.4', 8],
    ['漢字', 4],
    ['e\u0301', 1],
    ['😀', 2],
    ['👨‍👩‍👧', 2],
    ['⣿█▁─', 4],
    [`${ESC}[38;2;1;2;3mred${ESC}[0m`, 3],
    [`${ESC}]8;;https://x${ESC}\\link${ESC}]8;;\u0007`, 4],
    ['\u202Eabc\u0007', 3],
  ])('%j takes %i cells', (one, cells) => {
    expect(cellWidth(one)).toBe(cells);
  });
});

describe('fitted', () => {
  test.prop([text, width, fc.constantFrom('left', 'right', 'center'), fc.boolean()])(
    'is exactly as wide as asked',
    (one, cells, align, ascii) => {
      expect(cellWidth(fitted(one, cells, { align, ascii }))).toBe(cells);
    },
  );

  test('pads and cuts', () => {
    expect(fitted('ab', 4)).toBe('ab  ');
    expect(fitted('ab', 5, { align: 'right' })).toBe('   ab');
    expect(fitted('ab', 5, { align: 'center' })).toBe(' ab  ');
    expect(fitted('abcdef', 4)).toBe('abc…');
    expect(fitted('abcdef', 4, { ascii: true })).toBe('abc~');
    expect(fitted('漢字漢', 4)).toBe('漢… ');
    expect(fitted('abc', 0)).toBe('');
  });

  test('keeps colours and closes them after a cut', () => {
    expect(fitted(`${ESC}[31mabcdef`, 4)).toBe(`${ESC}[31mabc…${ESC}[0m`);
    expect(fitted(`${ESC}[31mab${ESC}[0m`, 4)).toBe(`${ESC}[31mab${ESC}[0m  `);
  });

  test('refuses half cells', () => {
    expect(() => fitted('a', 1.5)).toThrow(RangeError);
    expect(() => fitted('a', -1)).toThrow(RangeError);
  });
});

describe('text from outside', () => {
  test.prop([text])('comes out without anything that a terminal obeys', (one) => {
    const clean = cleanText(one);
    expect(clean).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    expect([...clean].length).toBeLessThanOrEqual(256);
    expect(cleanText(clean)).toBe(clean);
  });

  test.each([
    [`${ESC}[2J${ESC}]0;owned\u0007BTC-PERP`, 'BTC-PERP'],
    ['\u202EPREP\u202C', 'PREP'],
    ['a\u200Bb\uFEFFc\u00ADd', 'abcd'],
    ['  1000\t\nPEPE  ', '1000 PEPE'],
    ['币安人生USDT', '币安人生USDT'],
    [`Z${'\u0301'.repeat(50)}`, 'Ź\u0301\u0301'],
    ['\u009B31mx', 'x'],
    ['lone \uD800 half', 'lone \uFFFD half'],
  ])('%j becomes %j', (dirty, clean) => {
    expect(cleanText(dirty)).toBe(clean);
  });

  test('is bounded before anything expensive is done to it', () => {
    const clean = cleanText('x'.repeat(10_000_000));
    expect([...clean].length).toBe(256);
    expect(clean.endsWith('…')).toBe(true);
  });
});

describe('numbers', () => {
  const numeric = fc.oneof(
    fc.double(),
    fc.double({ min: -1e6, max: 1e6 }),
    fc.constantFrom(0, -0, 999.995, 999_999.5, -999.95e9, 1e21, 1e300),
  );
  const options = fc.record(
    {
      sign: fc.boolean(),
      thousands: fc.boolean(),
      prefix: fc.constantFrom('$', ''),
      ascii: fc.boolean(),
    },
    { requiredKeys: [] },
  );

  test.prop([numeric, width, fc.integer({ min: 0, max: 8 }), options])(
    'fill exactly their cells, whatever they are',
    (value, cells, decimals, opts) => {
      for (const one of [
        fixed(value, cells, decimals, opts),
        compact(value, cells, opts),
        compactUsd(value, cells, opts),
        percent(value, cells, decimals, opts),
        bps(value, cells, decimals, opts),
        rate8h(value, cells, opts),
      ]) {
        expect(cellWidth(one)).toBe(cells);
        expect(one).toMatch(/^(?: *[^ ].*|)$/);
        expect(one).not.toMatch(/NaN|Infinity|undefined|-0(?:\.0+)?(?: |$)/);
      }
    },
  );

  test.prop([fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.integer({ min: 0, max: 6 })])(
    'are rounded like the number itself when there is room',
    (value, decimals) => {
      const shown = Number(fixed(value, 30, decimals, { thousands: true }).replaceAll(',', ''));
      expect(Math.abs(shown - value)).toBeLessThanOrEqual(0.5000001 * 10 ** -decimals);
    },
  );

  test.prop([fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.integer({ min: 1, max: 12 })])(
    'are never cut: what is shown is the number rounded, or nothing of it',
    (value, cells) => {
      const shown = fixed(value, cells, 2).trim();
      if (/^#+$/.test(shown)) return;
      const units: Record<string, number> = { K: 1e3, M: 1e6, B: 1e9 };
      const unit = units[shown.at(-1)!] ?? 1;
      const read = Number.parseFloat(shown) * unit;
      const digit = unit * 10 ** Number(shown.split('e')[1] ?? 0);
      expect(Math.abs(read - value)).toBeLessThanOrEqual(0.51 * digit);
    },
  );

  test('stand still while they change', () => {
    const seen = [60123.4, 60123.5, 9.1, -3].map((value) => fixed(value, 9, 1));
    expect(seen).toEqual(['  60123.4', '  60123.5', '      9.1', '     -3.0']);
    expect(fixed(60123.4, 9, 1, { thousands: true })).toBe(' 60,123.4');
    expect(fixed(1234567.5, 12, 1, { thousands: true })).toBe(' 1,234,567.5');
  });

  test('give up separators, then decimals, then the long form, and never digits', () => {
    const at = (cells: number) => fixed(1234567.89, cells, 2, { thousands: true });
    expect(at(12)).toBe('1,234,567.89');
    expect(at(11)).toBe(' 1234567.89');
    expect(at(9)).toBe('1234567.9');
    expect(at(7)).toBe('1234568');
    expect(at(6)).toBe(' 1.23M');
    expect(at(4)).toBe('1.2M');
    expect(at(2)).toBe('1M');
    expect(at(1)).toBe('#');
  });

  test('have a sign where direction matters, but not at zero', () => {
    expect(fixed(1.5, 6, 1, { sign: true })).toBe('  +1.5');
    expect(fixed(-1.5, 6, 1, { sign: true })).toBe('  -1.5');
    expect(fixed(0, 6, 1, { sign: true })).toBe('   0.0');
    expect(fixed(-0.001, 6, 1)).toBe('   0.0');
  });

  test.each([
    [1.234e9, '1.23B'],
    [12.344e6, '12.34M'],
    [456.7e6, '456.7M'],
    [12_345, '12.35K'],
    [987.6, '987.6'],
    [99.994, '99.99'],
    [99.996, '100.0'],
    [999.96, '1.00K'],
    [999.96e6, '1.00B'],
    [3.2e12, '3.20T'],
    [1e15, '1.0e15'],
    [0, '0'],
    [0.004, '0.00'],
  ])('%d is %s in short', (value, short) => {
    expect(compact(value, 8).trim()).toBe(short);
    expect(compactUsd(-value, 8).trim()).toBe(/[1-9]/.test(short) ? `-$${short}` : `$${short}`);
    expect(short.length).toBeLessThanOrEqual(6);
  });

  test('rates, percentages and basis points carry their units', () => {
    expect(rate8h(0.0001, 10)).toBe('  0.0100 %');
    expect(percent(0.01234, 8)).toBe('  1.23 %');
    expect(percent(-0.01234, 7, 1, { unit: '%' })).toBe('  -1.2%');
    expect(percent(0.05, 6, 1, { unit: '', sign: true })).toBe('  +5.0');
    expect(bps(1.25, 10, 2)).toBe('  1.25 bps');
  });

  test('what is not finite is absent', () => {
    expect(fixed(Number.NaN, 4, 1)).toBe('   —');
    expect(compact(Infinity, 4, { ascii: true })).toBe('   -');
    expect(dash(3)).toBe('  —');
    expect(absentMark(true)).toBe('-');
  });

  test.each([
    [0.1, 1],
    [0.01, 2],
    [0.5, 1],
    [0.25, 2],
    [0.00001, 5],
    [1e-8, 8],
    [0.0000001, 7],
    [1, 0],
    [25, 0],
    [2.5, 1],
    [1e-20, 12],
    [0, 0],
    [-1, 0],
    [Number.NaN, 0],
  ])('a tick of %d is written with %i decimals', (tick, decimals) => {
    expect(decimalsOfTick(tick)).toBe(decimals);
  });

  test('arrows point where the number goes', () => {
    expect([1, -1, 0, Number.NaN].map((change) => arrow(change))).toEqual(['▲', '▼', '=', ' ']);
    expect([1, -1, 0].map((change) => arrow(change, true))).toEqual(['^', 'v', '=']);
  });
});

describe('time', () => {
  test.each([
    [3 * HOUR + 12 * 60 * SECOND + 9.9 * SECOND, 8, '03:12:09'],
    [2 * DAY + 4 * HOUR, 8, '   2d 4h'],
    [123 * DAY, 8, '    123d'],
    [0.9 * SECOND, 8, '00:00:00'],
    [-0.9 * SECOND, 8, '00:00:00'],
    [-5 * SECOND, 9, '-00:00:05'],
    [-5 * SECOND, 8, '     -5s'],
    [3 * HOUR, 4, '  3h'],
    [26 * HOUR, 4, ' 26h'],
    [90 * SECOND, 2, '1m'],
    [90 * SECOND, 1, '#'],
    [Number.NaN, 4, '   —'],
  ])('%d µs in %i cells is %j', (micros, cells, expected) => {
    expect(duration(micros, cells)).toBe(expected);
  });

  test.each([
    [0, '0.0s'],
    [3.29 * SECOND, '3.2s'],
    [9.99 * SECOND, '9.9s'],
    [10 * SECOND, '10s'],
    [59.9 * SECOND, '59s'],
    [4 * 60 * SECOND, '4m'],
    [HOUR, '1h'],
    [47.9 * HOUR, '47h'],
    [3 * DAY, '3d'],
    [999 * DAY, '999d'],
    [9999 * DAY, '>2y'],
    [-SECOND, '0.0s'],
  ])('an age of %d µs is %s', (micros, expected) => {
    expect(ageText(micros)).toBe(expected);
    expect(age(micros, 6)).toBe(expected.padStart(6));
    expect(expected.length).toBeLessThanOrEqual(4);
  });

  test.prop([fc.double({ noDefaultInfinity: false }), width])(
    'fills exactly its cells',
    (micros, cells) => {
      for (const one of [
        duration(micros, cells),
        age(micros, cells),
        clock(micros, cells),
        instant(micros, cells),
      ]) {
        expect(cellWidth(one)).toBe(cells);
      }
    },
  );

  test('is UTC', () => {
    const micros = 1_722_839_407_999_999;
    expect(clock(micros, 8)).toBe('06:30:07');
    expect(clock(micros, 6)).toBe(' 06:30');
    expect(instant(micros, 19)).toBe('2024-08-05 06:30:07');
    expect(instant(micros, 12)).toBe(' 08-05 06:30');
    expect(instant(micros, 5)).toBe('06:30');
    expect(clock(Number.NaN, 8)).toBe('       —');
    expect(clock(1e300, 8)).toBe('       —');
    expect(clock(-8.64e18, 8)).toBe('       —');
  });
});

describe('a reading', () => {
  const live: Shown = { state: 'live', value: 0.0001 };
  const stale: Shown = { state: 'stale', value: 0.0001, age: 47 * SECOND };
  const absent: Shown = { state: 'absent', value: null, reason: 'warming 37/168' };
  const rate = (shown: Shown, options = {}) => reading(shown, 15, rate8h, options);

  test('does not move when it turns stale, and then carries its age', () => {
    expect(rate(live)).toBe('  0.0100 %     ');
    expect(rate(stale)).toBe('  0.0100 %  47s');
    expect(rate(absent)).toBe('         —     ');
    expect(rate(absent, { ascii: true })).toBe('         -     ');
  });

  test('says that it is stale even where the age has no room', () => {
    expect(rate(stale, { ageCells: 2 })).toBe('     0.0100 % !');
    expect(rate(stale, { ageCells: 0 })).toBe('       0.0100 %');
  });

  const shown: fc.Arbitrary<Shown> = fc.oneof(
    fc.record({ state: fc.constant('live' as const), value: fc.double() }),
    fc.record({
      state: fc.constant('stale' as const),
      value: fc.double(),
      age: fc.double({ min: 0 }),
    }),
    fc.record({
      state: fc.constant('absent' as const),
      value: fc.constant(null),
      reason: fc.string(),
    }),
  );
  test.prop([shown, width, fc.integer({ min: 0, max: 9 })])(
    'fills exactly its cells',
    (one, cells, ageCells) => {
      const format = (value: number, w: number) => fixed(value, w, 2);
      expect(cellWidth(reading(one, cells, format, { ageCells }))).toBe(cells);
      expect(cellWidth(absentReason(one.reason ?? '', cells))).toBe(cells);
    },
  );

  test('is drawn by its certainty first and by its meaning second', () => {
    expect(readingRole(live)).toBe('text');
    expect(readingRole(live, 'bid')).toBe('bid');
    expect(readingRole({ ...live, provisional: true }, 'bid')).toBe('provisional');
    expect(readingRole({ ...live, estimated: true }, 'bid')).toBe('estimated');
    expect(readingRole({ ...stale, provisional: true }, 'bid')).toBe('stale');
    expect(readingRole(absent, 'bid')).toBe('absent');
  });

  test('that is absent says why', () => {
    expect(absentReason('warming 37/168', 20)).toBe('— warming 37/168    ');
    expect(absentReason('warming 37/168', 8)).toBe('— warmi…');
  });
});
