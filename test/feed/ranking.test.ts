import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { nextBooks } from '../../src/feed/ranking.ts';

const names = (count: number) => Array.from({ length: count }, (_, i) => `S${i + 1}`);

/** The same ranking with one symbol at another place. */
const moved = (ranked: readonly string[], symbol: string, rank: number): string[] => {
  const others = ranked.filter((other) => other !== symbol);
  return [...others.slice(0, rank - 1), symbol, ...others.slice(rank - 1)];
};

describe('the books that are carried', () => {
  const ranked = names(100);
  const first = nextBooks(ranked, new Set(), 40);

  test('are of those that trade most, by rank', () => {
    expect(first).toEqual(names(40));
  });

  test('are kept by a symbol that falls a little below the last place', () => {
    const later = moved(ranked, 'S40', 50);
    expect(nextBooks(later, new Set(first), 40)).toContain('S40');
    expect(nextBooks(later, new Set(first), 40)).not.toContain('S41');
  });

  test('are lost below 1.25 times their number, to the next in rank', () => {
    const later = nextBooks(moved(ranked, 'S40', 51), new Set(first), 40);
    expect(later).not.toContain('S40');
    expect(later).toContain('S41');
  });

  test('have a place at once for a symbol that jumps to the top', () => {
    const later = nextBooks(moved(ranked, 'S90', 3), new Set(first), 40);
    expect(later[2]).toBe('S90');
    expect(later).toHaveLength(40);
    expect(later).not.toContain('S40');
  });

  test('do not change hands while symbols trade places about the last one', () => {
    let held = first;
    for (let minute = 0; minute < 20; minute += 1) {
      const now = minute % 2 === 0 ? moved(ranked, 'S41', 38) : ranked;
      held = nextBooks(now, new Set(held), 40);
      expect(new Set(held)).toEqual(new Set(first));
    }
  });

  test.prop([
    fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 60 }),
    fc.uniqueArray(fc.integer({ min: 1, max: 80 }), { maxLength: 60 }),
    fc.integer({ min: 0, max: 50 }),
  ])(
    'are as many as wanted or as there are, by rank, of listed symbols only',
    (order, held, wanted) => {
      const symbols = order.map((n) => `S${n}`);
      const next = nextBooks(symbols, new Set(held.map((n) => `S${n}`)), wanted);
      expect(next).toHaveLength(Math.min(wanted, symbols.length));
      expect(next).toEqual(symbols.filter((symbol) => next.includes(symbol)));
      for (const symbol of symbols.slice(0, Math.floor(wanted * 0.8)))
        expect(next).toContain(symbol);
    },
  );
});
