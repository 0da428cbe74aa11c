import type { EngineEvent } from '../../src/model/event.ts';
import type { Instrument, Venue } from '../../src/model/instrument.ts';
import { HOUR, type Micros, micros } from '../../src/model/units.ts';
import { listingOf, randomOf } from './tape.ts';

/** A dated future of the tape's asset that expires at `expiry`. */
export const futureOf = (venue: Venue, expiry: Micros, asset = 'BTC'): Instrument => ({
  ...listingOf(venue, asset, 'perp'),
  id: `${venue}:${asset}/USDT:USDT-${Math.round(expiry / HOUR)}`,
  symbol: `${asset}USDT_${Math.round(expiry / HOUR)}`,
  kind: 'future',
  expiry,
});

/**
 * The tape with these dated futures besides: a listing before everything else, hours of back-filled marks, and a mark of each before every tick. Their basis
 * wanders by the seed.
 */
export function withFutures(
  events: readonly EngineEvent[],
  futures: readonly Instrument[],
  { seed = 5, historyHours = 200 }: { readonly seed?: number; readonly historyHours?: number } = {},
): EngineEvent[] {
  const random = randomOf(seed);
  const start = events[0]!.tsLocal;
  const last = Math.floor(start / HOUR);
  const all: EngineEvent[] = futures.map((instrument) => ({
    kind: 'listing',
    instrument,
    tsLocal: start,
  }));
  const basis = () => 0.004 + random() * 0.002;
  const said = ({ id }: Instrument, tsLocal: Micros) => ({
    instrument: id,
    tsExchange: null,
    tsLocal,
  });
  const history = (instrument: Instrument, tsLocal: Micros): EngineEvent[] => {
    const rows = Array.from({ length: historyHours }, (_, i) => ({
      ts: micros((last - historyHours + 1 + i) * HOUR),
      value: 100 * (1 + basis()),
    }));
    return [
      { kind: 'historyPage', series: 'mark1h', rows, ...said(instrument, tsLocal) },
      {
        kind: 'historyPage',
        series: 'index1h',
        rows: rows.map(({ ts }) => ({ ts, value: 100 })),
        ...said(instrument, tsLocal),
      },
    ];
  };
  let hasHistory = historyHours === 0;
  for (const event of events) {
    if (event.kind === 'tick')
      for (const instrument of futures)
        if (instrument.expiry! > event.tsLocal)
          all.push({
            kind: 'markPrice',
            markPrice: 100 * (1 + basis()),
            indexPrice: 100,
            ...said(instrument, event.tsLocal),
          });
    all.push(event);
    if (hasHistory || event.kind !== 'historyPage') continue;
    hasHistory = true;
    all.push(...futures.flatMap((instrument) => history(instrument, event.tsLocal)));
  }
  return all;
}
