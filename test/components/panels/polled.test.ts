import { describe, expect, test } from 'vitest';
import { panels } from '../../../components/panels/index.ts';
import { frameOf } from '../../../src/engine/frame-of.ts';
import { step } from '../../../src/engine/step.ts';
import { micros, SECOND } from '../../../src/model/units.ts';
import { drawn } from '../../support/drawn.ts';
import { engineFor } from '../../support/engine.ts';
import { polledRound } from '../../support/polled.ts';
import { TAPE_START } from '../../support/tape.ts';

/** What is seen of a venue that is polled, a second after a round. */
function polledFrame() {
  const engine = engineFor({ assets: ['BTC'] });
  const now = micros(TAPE_START + SECOND);
  for (const event of polledRound(TAPE_START)) step(engine, event);
  step(engine, { kind: 'tick', tsLocal: now });
  return frameOf(engine, 'BTC', now);
}

describe('a polled venue on screen', () => {
  test('has a sign before each of its numbers', () => {
    const rows = drawn(panels.openInterest, polledFrame(), 25, 5);
    expect(rows[0]).toMatch(/¦\$300\.0M +¦5,000\.0 BTC/);
    const funding = drawn(panels.funding, polledFrame(), 40, 5).join('\n');
    expect(funding).toMatch(/gate +¦\+0\.0100/);
  });

  test('says in the trust panel how often it is asked', () => {
    const rows = drawn(panels.trust, polledFrame(), 80, 24);
    expect(rows.join('\n')).toMatch(/gate-polled +info +polled every 10 s/);
    expect(rows.join('\n')).not.toMatch(/resync|waiting/);
    // Where there are few rows it comes before what is missing, and once.
    const few = drawn(panels.trust, polledFrame(), 42, 11);
    expect(few[2]).toBe('  gate polled every 10 s');
    expect(few.filter((row) => row.includes('polled every'))).toHaveLength(1);
  });

  test('has no book to show, and says why', () => {
    const rows = drawn(panels.book, polledFrame(), 40, 12);
    expect(rows[0]).toMatch(/gate perp BTC +polled$/);
    expect(rows.join('\n')).toContain('polled: best bid and ask only');
  });
});
