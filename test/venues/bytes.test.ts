import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  createTexts,
  decimalAt,
  decimalsOfScale,
  endOfText,
  found,
  matches,
  patternOf,
  reading,
  stepsAt,
  take,
  textAt,
  wholeAt,
} from '../../src/venues/bytes.ts';
import { stepsIn } from '../../src/venues/decimal.ts';

const digits = (least: number, most: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: least, maxLength: most })
    .map((all) => all.join(''));

/** What stands behind a number in a message, or does not belong there. */
const behind = fc.constantFrom('', ',', '}', '"', ' ', '.', 'e5', '-', 'x', 'é', '\u0000');

describe('a message in hand', () => {
  test('is taken as text or as bytes, and not when it is no ASCII or too long', () => {
    expect(take('{"a":1}')).toBe(true);
    expect(reading.length).toBe(7);
    expect(take(Buffer.from('{"b":22}'))).toBe(true);
    expect(reading.length).toBe(8);
    expect(matches(0, patternOf('{"b":22}'))).toBe(true);
    expect(take('{"é":1}')).toBe(false);
    expect(take('x'.repeat(2 ** 18 + 1))).toBe(false);
    expect(take(Buffer.alloc(2 ** 18 + 1))).toBe(false);
  });

  test('is the last one taken, also when the one before comes again', () => {
    const first = Buffer.from('12');
    const second = Buffer.from('34');
    for (const [message, value] of [
      [first, 12],
      [second, 34],
      ['56', 56],
      [second, 34],
    ] as const) {
      expect(take(message)).toBe(true);
      expect(wholeAt(0)).toBe(2);
      expect(found[0]).toBe(value);
    }
    expect(take('é')).toBe(false);
    expect(take(second)).toBe(true);
    expect(wholeAt(0)).toBe(2);
  });

  test.prop([fc.string({ unit: 'grapheme-ascii' }), fc.string({ unit: 'grapheme-ascii' })])(
    'holds a text where it holds it',
    (before, text) => {
      expect(take(`${before}${text}~`)).toBe(true);
      expect(matches(before.length, patternOf(text))).toBe(true);
      expect(matches(before.length, patternOf(`${text}!`))).toBe(false);
    },
  );

  test.each([
    ['plain"', 5],
    ['"', 0],
    ['a\\"b"', -1],
    ['tab\t"', -1],
    ['never ends', -1],
  ])('finds the end of %j at %i', (text, end) => {
    expect(take(text)).toBe(true);
    expect(endOfText(0)).toBe(end);
  });
});

describe('a whole number', () => {
  test.prop([digits(1, 15), behind])(
    'of up to 15 digits is what Number makes of it',
    (text, after) => {
      fc.pre(!after.includes('é'));
      expect(take(text + after)).toBe(true);
      const isNumber = text.length === 1 || !text.startsWith('0');
      expect(wholeAt(0)).toBe(isNumber ? text.length : -1);
      if (isNumber) expect(found[0]).toBe(Number(text));
    },
  );

  test.each(['', '-1', '.5', 'x', '1234567890123456', '12345678901234567890'])(
    'is not %j',
    (text) => {
      expect(take(`${text}}`)).toBe(true);
      expect(wholeAt(0)).toBe(-1);
    },
  );
});

describe('a decimal', () => {
  test.prop([digits(1, 8), digits(0, 7)])(
    'is the double that Number makes of it',
    (whole, fraction) => {
      const text = fraction === '' ? whole : `${whole}.${fraction}`;
      expect(take(`${text}"`)).toBe(true);
      expect(decimalAt(0)).toBe(Number(text));
      expect(reading.end).toBe(text.length);
    },
  );

  test.each(['', '.5', '5."', '-5', '1234567.890123456'])('is not %j', (text) => {
    expect(take(`${text}"`)).toBe(true);
    expect(decimalAt(0)).toBe(-1);
  });

  test.prop([
    digits(1, 12),
    digits(0, 10),
    fc.integer({ min: 0, max: 8 }),
    fc.constantFrom(1, 1, 1, 5, 25, 10),
  ])(
    'is as many steps as its text is, or is left to the text',
    (whole, fraction, decimals, units) => {
      const text = fraction === '' ? whole : `${whole}.${fraction}`;
      expect(take(`${text}"`)).toBe(true);
      const steps = stepsAt(0, decimals, units);
      // Digits behind the grid that are not zeros end the reading where they begin.
      const isRead = steps >= 0 && reading.end === text.length;
      const expected = stepsIn(text, { units, scale: 10 ** decimals });
      if (isRead) expect(steps).toBe(expected);
      else if (whole.length + decimals <= 15) expect(expected).toBe(-1);
    },
  );

  test('has the decimals of its grid', () => {
    for (let decimals = 0; decimals <= 15; decimals += 1)
      expect(decimalsOfScale(10 ** decimals)).toBe(decimals);
    for (const scale of [2, 50, 10 ** 16]) expect(decimalsOfScale(scale)).toBe(-1);
  });
});

describe('texts that come again', () => {
  test.prop([fc.array(fc.stringMatching(/^[a-z0-9@!_]{1,30}$/), { minLength: 1, maxLength: 50 })])(
    'are the strings that their bytes spell',
    (names) => {
      const table = createTexts();
      for (const name of [...names, ...names]) {
        expect(take(`"${name}","U"`)).toBe(true);
        expect(textAt(table, 1, 1 + name.length)).toBe(name);
      }
      expect(table.count).toBe(new Set(names).size);
    },
  );

  test('are kept in bounded memory, however many a venue invents', () => {
    const table = createTexts();
    for (let i = 0; i < 20_000; i += 1) {
      const name = `coin${i}usdt@depth@100ms`;
      expect(take(name)).toBe(true);
      expect(textAt(table, 0, name.length)).toBe(name);
      expect(table.count).toBeLessThanOrEqual(4096);
    }
    expect(table.texts).toHaveLength(8192);
  });
});
