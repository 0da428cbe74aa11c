import type { Kept } from '../../src/model/kept.ts';
import { HOUR, type Micros } from '../../src/model/units.ts';
import { Store } from '../../src/store/store.ts';

/** Cells of one batch of a child: the first is that of this hour. */
export const FIRST_HOUR = 490_000;
export const BATCH_HOURS = 40;

/** Batch `number` of the writer `name`: cells in a row and an event, which tell whether all of it was written. */
export function batchOf(name: string, number: number): Kept[] {
  const from = FIRST_HOUR + number * BATCH_HOURS;
  const instrument = `toy:${name}`;
  return [
    {
      kind: 'listing',
      instrument,
      feed: 'toy',
      venue: 'toy',
      asset: 'BTC',
      product: 'perp',
      symbol: name,
    },
    {
      kind: 'hours',
      instrument,
      series: 'openInterest',
      from,
      values: Array.from({ length: BATCH_HOURS }, (_, i) => number + i / 1000),
    },
    // Of all writers the same one: who comes first has said it.
    {
      kind: 'hours',
      instrument: 'toy:shared',
      series: 'close',
      from,
      values: Array.from({ length: BATCH_HOURS }, (_, i) => number + i),
    },
    {
      kind: 'event',
      name: 'gateOpened',
      tsLocal: (from * HOUR) as Micros,
      asset: 'BTC',
      subject: name,
      text: 'x'.repeat(200),
      data: '{}',
    },
  ];
}

/** A process that writes batches until it is killed, and says after each one how the store did. */
const [file, name, most = 'Infinity'] = process.argv.slice(2);
if (file !== undefined && name !== undefined) {
  const notices: string[] = [];
  const store = new Store({ file, settings: 's', onNotice: (text) => notices.push(text) });
  store.write(
    [
      {
        kind: 'listing',
        instrument: 'toy:shared',
        feed: 'toy',
        venue: 'toy',
        asset: 'BTC',
        product: 'perp',
        symbol: 'shared',
      },
    ],
    1 as Micros,
  );
  for (let number = 0; number < Number(most); number += 1) {
    // Beyond every pause before the next try.
    const isWritten = store.write(batchOf(name, number), ((number + 1) * HOUR) as Micros);
    const { state, reason } = store.report;
    process.stdout.write(`${JSON.stringify({ number, isWritten, state, reason, notices })}\n`);
  }
  store.close();
}
