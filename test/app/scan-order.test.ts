import { describe, expect, test } from 'vitest';
import { arranged, BY_RANK, scanOrder } from '../../src/app/scan-order.ts';
import { scanOf } from '../../src/engine/scan-of.ts';
import { step } from '../../src/engine/step.ts';
import { engineFor } from '../support/engine.ts';
import { universe } from '../support/universe.ts';

const engine = engineFor({ assets: [], universe: true });
for (const event of universe({ perps: 5, seconds: 10, books: [2, 4] })) step(engine, event);
const scan = scanOf(engine, engine.now);
const assetsBy = (order: string, top = 99) =>
  arranged(scan, scanOrder(order)!, top).rows.map(({ asset }) => asset);

describe('the rows of a scan', () => {
  test('stay by rank unless told otherwise', () => {
    expect(arranged(scan, BY_RANK, 99)).toBe(scan);
    expect(assetsBy('rank', 2)).toEqual(['C1', 'C2']);
    expect(assetsBy('rank:desc', 2)).toEqual(['C5', 'C4']);
  });

  test('fall by a number, or rise by it', () => {
    expect(assetsBy('funding8h', 3)).toEqual(['C5', 'C4', 'C3']);
    expect(assetsBy('funding8h:asc', 3)).toEqual(['C1', 'C2', 'C3']);
    expect(assetsBy('asset')).toEqual(['C1', 'C2', 'C3', 'C4', 'C5']);
  });

  test('without the number come last either way, by rank', () => {
    expect(assetsBy('depthBid').slice(2)).toEqual(['C1', 'C3', 'C5']);
    expect(assetsBy('depthBid:asc').slice(2)).toEqual(['C1', 'C3', 'C5']);
    expect(assetsBy('depthBid').slice(0, 2)).toEqual(
      assetsBy('depthBid:asc').slice(0, 2).reverse(),
    );
  });

  test('keep what else the scan says', () => {
    expect({ ...arranged(scan, scanOrder('oiUsd')!, 1), rows: scan.rows }).toEqual(scan);
  });

  test.each(['', 'beauty', 'oiUsd:', 'oiUsd:up', 'oiUsd:asc:desc', 'trend', 'book'])(
    'cannot be sorted by %j',
    (text) => {
      expect(scanOrder(text)).toBeUndefined();
    },
  );
});
