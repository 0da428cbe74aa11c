/** Written into the header of every store, so that no other database is taken for one: `pscp`. */
export const APPLICATION_ID = 0x70736370;

/**
 * How a store of each version becomes one of the next. A released step is never changed: a store is as old as the version it was made by.
 *
 * Times are µs since the epoch, hours are closes since it, series are the positions of their names in `model/kept.ts`. Features by the second, for time
 * travel, are to be a table like `minute` (listing, feature, ts, value) with a line of its own in `ROLL_UPS`: a further step here.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE listing (
    id INTEGER PRIMARY KEY,
    instrument TEXT NOT NULL UNIQUE,
    feed TEXT NOT NULL,
    venue TEXT NOT NULL,
    asset TEXT NOT NULL,
    product TEXT NOT NULL,
    symbol TEXT NOT NULL
  ) STRICT;

  -- lag: how long before the close of its hour a value was known. Of two the later stands.
  CREATE TABLE hour (
    listing INTEGER NOT NULL,
    series INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    lag INTEGER NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (listing, series, hour)
  ) STRICT, WITHOUT ROWID;

  -- period: of a funding rate, the settlement that it was an estimate of.
  CREATE TABLE minute (
    listing INTEGER NOT NULL,
    series INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    value REAL NOT NULL,
    period INTEGER,
    PRIMARY KEY (listing, series, ts)
  ) STRICT, WITHOUT ROWID;

  -- ts: the venue's time where it sends one, so that a liquidation which several processes heard is one row; heard: ours.
  CREATE TABLE liquidation (
    listing INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    side TEXT NOT NULL,
    price REAL NOT NULL,
    size REAL NOT NULL,
    heard INTEGER NOT NULL,
    exchange INTEGER,
    PRIMARY KEY (listing, ts, side, price, size)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX liquidation_heard ON liquidation (heard);

  CREATE TABLE liquidation_hour (
    listing INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    side TEXT NOT NULL,
    notional REAL NOT NULL,
    prints INTEGER NOT NULL,
    largest REAL NOT NULL,
    PRIMARY KEY (listing, hour, side)
  ) STRICT, WITHOUT ROWID;

  -- settings: digest of what the cell was judged by. What has been committed once stays as it is.
  CREATE TABLE cell (
    asset TEXT NOT NULL,
    settings TEXT NOT NULL,
    hour INTEGER NOT NULL,
    listing INTEGER NOT NULL,
    openInterest REAL, funding8h REAL, basis REAL, oiChange REAL,
    zFunding REAL, zOiChange REAL, zBasis REAL,
    mu1 REAL, mu2 REAL, mu3 REAL, mu REAL, d REAL, quantile REAL,
    active INTEGER,
    PRIMARY KEY (asset, settings, hour)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE event (
    ts INTEGER NOT NULL,
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    asset TEXT,
    text TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (ts, name, subject)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE signals (
    asset TEXT NOT NULL,
    settings TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (asset, settings)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE hearing (
    feed TEXT NOT NULL,
    asset TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (feed, asset, first)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE coverage (
    feed TEXT NOT NULL,
    symbol TEXT NOT NULL,
    what TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (feed, symbol, what, first)
  ) STRICT, WITHOUT ROWID;
  `,
];

/** Tables whose rows are counted for people. */
export const COUNTED = ['hour', 'minute', 'liquidation', 'cell', 'event'] as const;
