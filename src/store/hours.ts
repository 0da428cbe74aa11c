import type { Asset, InstrumentId, InstrumentKind, Venue } from '../model/instrument.ts';
import { HOURLY_SERIES, type KeptHourly } from '../model/kept.ts';
import { closeQuietly, openToRead } from './database.ts';

/** Cells of one hourly series, ascending. */
export interface StoredHours {
  readonly hours: readonly number[];
  readonly values: readonly number[];
}

/** A listing with some of its hourly series, as far back as they are kept. */
export interface StoredListing {
  readonly instrument: InstrumentId;
  readonly venue: Venue;
  readonly kind: InstrumentKind;
  readonly feed: string;
  readonly series: Readonly<Partial<Record<KeptHourly, StoredHours>>>;
}

/**
 * Reads the hourly series of an asset's listings from a store, up to the close of `lastHour`.
 *
 * @throws Error with words for people where there is no store to read.
 */
export function readStoredHours(
  file: string,
  asset: Asset,
  wanted: readonly KeptHourly[],
  lastHour: number,
): StoredListing[] {
  const db = openToRead(file);
  try {
    const read = db.prepare(
      'SELECT hour, value FROM hour WHERE listing = ? AND series = ? AND hour <= ? ORDER BY hour',
    );
    const listings = db.prepare('SELECT * FROM listing WHERE asset = ? ORDER BY id').all(asset);
    return listings.map((listing) => {
      const series: Partial<Record<KeptHourly, StoredHours>> = {};
      for (const name of wanted) {
        const rows = read.all(listing['id']!, HOURLY_SERIES.indexOf(name), lastHour);
        if (rows.length === 0) continue;
        series[name] = {
          hours: rows.map((row) => row['hour'] as number),
          values: rows.map((row) => row['value'] as number),
        };
      }
      return {
        instrument: String(listing['instrument']),
        venue: String(listing['venue']),
        kind: String(listing['product']) as InstrumentKind,
        feed: String(listing['feed']),
        series,
      };
    });
  } finally {
    closeQuietly(db);
  }
}
