import { describe, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { HOUR, micros } from '../../src/model/units.ts';
import { expectNoLookAhead } from '../support/prefix.ts';
import { TAPE_START, tape } from '../support/tape.ts';

/** A tape of two minutes across a close, and two ways in which it goes on. */
function forked() {
  const whole = tape({ seconds: 150, start: micros(TAPE_START), historyHours: 200 });
  const at = TAPE_START + 90e6;
  const before = whole.filter(({ tsLocal }) => tsLocal <= at);
  const after = whole.filter(({ tsLocal }) => tsLocal > at);
  // The other future: nothing but the clock, and a past that the venue tells otherwise.
  const other = after.filter(({ kind }) => kind === 'tick');
  const rewritten = whole.flatMap((event) =>
    event.kind === 'historyPage'
      ? [
          {
            ...event,
            rows: event.rows.map((row) => ({ ...row, ts: micros(row.ts + HOUR), value: 1 })),
            tsLocal: micros(at + 1),
          },
        ]
      : [],
  );
  return { before, futures: [after, [...rewritten, ...other]] };
}

describe('what a feature reads at an instant', () => {
  test('does not depend on what comes after it', () => {
    const { before, futures } = forked();
    expectNoLookAhead(before, futures);
  });

  test('does not depend on it under the notional clock either', () => {
    const { before, futures } = forked();
    const settings = {
      ...DEFAULT_SETTINGS,
      sampling: { clock: 'notional', notional: 50_000 },
    } as const;
    expectNoLookAhead(before, futures, { settings });
  });
});
