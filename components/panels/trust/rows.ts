import type { Role } from '../../../themes/theme.ts';
import { cellWidth, cleanText, fitted } from '../../format/cell-width.ts';
import { fixed } from '../../format/number.ts';
import { age, duration, instant } from '../../format/time.ts';
import type { TerminalLoad } from '../../screen-store.ts';
import { cell, chosenRow } from '../copied.ts';
import { chosenAt } from '../cursor.ts';
import { type DetailLine, heardSection, linesAt, wordLine } from '../detail.ts';
import { type Block, beside, heading, scrolled, stacked } from '../document.ts';
import { type Brush, blank, line, type Part } from '../line.ts';
import type { Panel, PanelInput, Picture } from '../panel.ts';
import { isWholeSide, shown } from '../shown.ts';
import { meter } from '../strips.ts';
import { type Column, table } from '../table.ts';
import { type FeedRow, selectTrust, type TrustRows } from './select.ts';

type BookRow = TrustRows['books'][number];
type PoolRow = TrustRows['pools'][number];

const FEED_SIGNS: Readonly<Record<FeedRow['state'], readonly [string, string, Role]>> = {
  live: ['●', '*', 'live'],
  connecting: ['◌', '.', 'warn'],
  disconnected: ['✕', 'x', 'error'],
  stale: ['○', 'o', 'stale'],
};

const BOOK_SIGNS: Readonly<Record<BookRow['status'], readonly [string, string, Role]>> = {
  whole: ['●', '*', 'live'],
  resyncing: ['◌', '.', 'warn'],
  waiting: ['○', 'o', 'absent'],
};

/** A sign and the name it belongs to, in `w` cells. */
function signed(
  [glyph, plain, role]: readonly [string, string, Role],
  name: string,
  w: number,
  brush: Brush,
): Part {
  const parts: Part[] = [[brush.ascii ? plain : glyph, role], ' ', name];
  return { painted: line(parts, w, brush), cells: w };
}

const count = (value: number, width: number, role: Role): Part => [
  fixed(value, width, 0),
  value > 0 ? role : 'dim',
];

/** Microseconds as milliseconds with a sign where it matters. */
const millis = (value: number, width: number): string =>
  fixed(value / 1000, width, 0, { unit: 'ms' });

const feedKey = ({ feed }: Pick<FeedRow, 'feed'>): string => `feed ${feed}`;
const bookKey = ({ instrument }: Pick<BookRow, 'instrument'>): string => `book ${instrument}`;

/** What can be chosen: feeds, then books. */
const keysOf = ({ feeds, books }: TrustRows): string[] => [
  ...feeds.map(feedKey),
  ...books.map(bookKey),
];

function feedTable(
  rows: TrustRows,
  chosen: string | undefined,
  w: number,
  brush: Brush,
  header = true,
): Block {
  const longest = Math.max(6, ...rows.feeds.map(({ feed }) => feed.length));
  const columns: Column<FeedRow>[] = [
    {
      title: '  feed',
      w: 2 + Math.min(longest, w < 36 ? 14 : 18),
      drop: 0,
      align: 'left',
      cell: (row, width) => signed(FEED_SIGNS[row.state], row.feed, width, brush),
    },
    {
      title: 'state',
      w: 12,
      drop: 6,
      align: 'left',
      cell: (row, width) => [fitted(row.state, width), FEED_SIGNS[row.state][2]],
    },
    {
      title: 'msg/s',
      w: 6,
      drop: 0,
      cell: (row, width) =>
        shown(
          row.messagesPerSecond,
          width,
          (v, room) => fixed(v, room, 0, header ? {} : { unit: '/s' }),
          brush,
        ),
    },
    { title: 'age', w: 4, drop: 1, cell: (row, width) => shown(row.age, width, age, brush) },
    { title: 'lag', w: 7, drop: 2, cell: (row, width) => shown(row.lag, width, millis, brush) },
    {
      title: 'clock',
      w: 7,
      drop: 7,
      cell: (row, width) => shown(row.clockOffset, width, millis, brush),
    },
    { title: 'reconn', w: 6, drop: 5, cell: (row, width) => count(row.reconnects, width, 'warn') },
    { title: 'reject', w: 6, drop: 3, cell: (row, width) => count(row.rejected, width, 'error') },
    { title: 'new', w: 4, drop: 8, cell: (row, width) => count(row.unfamiliar, width, 'warn') },
    { title: 'dropped', w: 7, drop: 4, cell: (row, width) => count(row.dropped, width, 'error') },
    { title: 'streams', w: 7, drop: 9, cell: (row, width) => fixed(row.streams, width, 0) },
  ];
  // Without a header only what explains itself is left.
  const keys = rows.feeds.map(feedKey);
  const shownColumns = header ? columns : [columns[0]!, columns[2]!];
  const at = chosen === undefined ? -1 : keys.indexOf(chosen);
  return tableBlock(
    table(shownColumns, rows.feeds, w, brush, { header, chosen: at }),
    keys,
    header,
  );
}

/** How often feeds without streams are asked. */
const polledRows = (rows: TrustRows, w: number, brush: Brush): string[] =>
  rows.feeds.flatMap(({ venue, polledEveryMs }) =>
    polledEveryMs === undefined
      ? []
      : [line([[`  ${venue} polled every ${polledEveryMs / 1000} s`, 'dim']], w, brush)],
  );

/** `binance perp`, for where the id does not fit; the id's own symbol where that would name two books alike. */
function shortName(rows: TrustRows, row: BookRow): string {
  const nameOf = ({ instrument }: BookRow): string => {
    const [venue, , settled] = instrument.split(':');
    // A dated future settles like a perp and is none.
    return settled?.includes('-') === true
      ? instrument
      : `${venue} ${settled === undefined ? 'spot' : 'perp'}`;
  };
  const name = nameOf(row);
  const isAlone = rows.books.filter((other) => nameOf(other) === name).length === 1;
  return isAlone ? name : row.instrument.slice(row.instrument.indexOf(':') + 1);
}

/** Narrower, a book goes by its short name. */
const ID_CELLS = 48;

const mismatches = (row: BookRow): number =>
  row.quoteMismatches + row.snapshotMismatches + row.checksumMismatches;

/** A table as a block: its rows can be chosen, its header cannot. */
const tableBlock = (rows: readonly string[], keys: readonly string[], header: boolean): Block => ({
  rows,
  keys,
  lines: keys.map((_, at) => at + Number(header)),
});

function bookTable(
  rows: TrustRows,
  chosen: string | undefined,
  w: number,
  brush: Brush,
  header = true,
): Block {
  if (rows.books.length === 0) return { rows: [], keys: [], lines: [] };
  const longest = Math.max(10, ...rows.books.map(({ instrument }) => instrument.length));
  const longestShort = Math.max(10, ...rows.books.map((row) => shortName(rows, row).length));
  const known = (row: BookRow, width: number): Part => {
    const side = (reading: BookRow['knownBidBps']): string => {
      if (reading.state !== 'absent') return fixed(reading.value, 5, 0).trim();
      return isWholeSide(reading) ? 'all' : '—';
    };
    const text = `${side(row.knownBidBps)}/${side(row.knownAskBps)}`;
    return [
      fitted(brush.ascii ? text.replaceAll('—', '-') : text, width, {
        align: 'right',
        ascii: brush.ascii,
      }),
      'text',
    ];
  };
  const columns: Column<BookRow>[] = [
    {
      title: '  book',
      w: 2 + (w < ID_CELLS ? Math.min(longestShort, w < 28 ? 14 : 16) : Math.min(longest, 26)),
      drop: 0,
      align: 'left',
      cell: (row, width) =>
        signed(
          BOOK_SIGNS[row.status],
          w < ID_CELLS ? shortName(rows, row) : row.instrument,
          width,
          brush,
        ),
    },
    {
      title: 'status',
      w: header ? 9 : 7,
      drop: 6,
      align: 'left',
      cell: (row, width) => [
        fitted(row.status.length <= width ? row.status : 'resync', width),
        BOOK_SIGNS[row.status][2],
      ],
    },
    { title: 'known bps', w: 9, drop: 1, cell: known },
    { title: 'age', w: 4, drop: 5, cell: (row, width) => shown(row.age, width, age, brush) },
    { title: 'levels', w: 7, drop: 8, cell: (row, width) => fixed(row.levels, width, 0) },
    { title: 'gaps', w: 5, drop: 3, cell: (row, width) => count(row.gaps, width, 'warn') },
    { title: 'resync', w: 6, drop: 4, cell: (row, width) => count(row.resyncs, width, 'warn') },
    { title: 'crossed', w: 7, drop: 7, cell: (row, width) => count(row.crossed, width, 'error') },
    {
      title: 'wrong',
      w: 5,
      drop: 2,
      cell: (row, width) => count(mismatches(row), width, 'error'),
    },
    {
      title: 'checks',
      w: 7,
      drop: 9,
      cell: (row, width) =>
        fixed(row.quoteChecks + row.snapshotChecks + row.checksumChecks, width, 0),
    },
    {
      title: 'error',
      w: 6,
      drop: 10,
      cell: (row, width) =>
        shown(row.errorRate, width, (v, room) => fixed(v * 100, room, 2, { unit: '%' }), brush),
    },
    {
      title: 'broken',
      w: 6,
      drop: 11,
      cell: (row, width) => [age(row.broken, width), row.broken > 0 ? 'warn' : 'dim'],
    },
    { title: 'applied', w: 8, drop: 12, cell: (row, width) => fixed(row.applied, width, 0) },
  ];
  const keys = rows.books.map(bookKey);
  const shownColumns = header ? columns : columns.slice(0, 2);
  const at = chosen === undefined ? -1 : keys.indexOf(chosen);
  return tableBlock(
    table(shownColumns, rows.books, w, brush, { header, chosen: at }),
    keys,
    header,
  );
}

const poolName = ({ feed, venue, pool }: PoolRow): string =>
  pool.startsWith(venue) ? pool : `${feed} ${pool}`;

/** Without the venue, where all are of one. */
function shortPoolName({ pools }: TrustRows, row: PoolRow): string {
  const { venue, pool } = row;
  const isAlone = pools.every((other) => other.venue === venue);
  return isAlone && pool.startsWith(`${venue}-`) ? pool.slice(venue.length + 1) : poolName(row);
}

/** Longest word for the state of a budget, with its gap. */
const POOL_STATE_CELLS = 9;
const LEAST_METER = 5;

/** REST budgets: the name whole before anything else, then what is used of what is allowed, then a bar of it. */
function poolRows(rows: TrustRows, w: number, brush: Brush): string[] {
  const { pools } = rows;
  const whole = (value: number): string => fixed(value, 6, 0).trim();
  const most = Math.max(0, ...pools.map(({ limit }) => 2 * whole(limit).length + 1));
  const numberCells = Math.min(13, Math.max(8, most));
  const longest = (nameOf: (row: PoolRow) => string): number =>
    Math.max(6, ...pools.map((row) => nameOf(row).length));
  const isTight = longest(poolName) + 1 + numberCells > w;
  const nameOf = isTight ? (row: PoolRow) => shortPoolName(rows, row) : poolName;
  const column = Math.min(longest(nameOf), 40);
  return pools.map((row) => {
    const { used, limit, state } = row;
    const share = limit > 0 ? used / limit : null;
    const role: Role = state === 'ok' ? ((share ?? 0) > 0.8 ? 'warn' : 'dim') : 'error';
    const stateCells = state === 'ok' ? 0 : POOL_STATE_CELLS;
    const numbers = `${whole(used)}/${whole(limit)}`;
    // Where a column for both is too wide, a row gives its name what its own numbers leave.
    const isShared = column + 1 + numberCells + stateCells > w;
    const rest = Math.max(6, w - stateCells - numbers.length - 1);
    const nameCells = isShared ? rest : column;
    const name = fitted(nameOf(row), nameCells, { ascii: brush.ascii });
    const cells = isShared ? numbers.length : numberCells;
    const room = w - nameCells - cells - 2 - stateCells;
    return line(
      [
        [name, 'dim'],
        ' ',
        [fitted(numbers, cells, { align: 'right' }), role],
        ...(room >= LEAST_METER ? [' ', meter(share, null, Math.min(30, room), brush, role)] : []),
        ...(stateCells > 0 ? [[` ${state}`, 'error'] as const] : []),
      ],
      w,
      brush,
    );
  });
}

const NOTE_ROLES: Readonly<Record<TrustRows['quality'][number]['state'], Role>> = {
  suspect: 'error',
  stale: 'stale',
  resyncing: 'warn',
  absent: 'absent',
  limited: 'warn',
  warming: 'provisional',
  info: 'dim',
};

/** Told beside the feeds already, where there are few rows. */
const isPollNote = ({ state, reason }: TrustRows['quality'][number]): boolean =>
  state === 'info' && reason.startsWith('polled every ');

function noteRows(rows: TrustRows, w: number, brush: Brush): string[] {
  const oddities = rows.feeds.flatMap(({ feed, suspects, unfamiliarNames }) => [
    ...suspects.map((what) => ({ subject: feed, state: 'suspect' as const, reason: what })),
    ...unfamiliarNames.map((what) => ({
      subject: feed,
      state: 'info' as const,
      reason: `never seen before: ${what}`,
    })),
  ]);
  const notes = [...oddities, ...rows.quality];
  const longest = Math.max(0, ...notes.map(({ subject }) => subject.length));
  const subjectCells = Math.min(22, longest, Math.floor(w * 0.4));
  return notes.map(({ subject, state, reason }) =>
    line(
      [
        [fitted(subject, subjectCells, { ascii: brush.ascii }), 'text'],
        ' ',
        ...(w < 50 ? [] : [[fitted(state, 10), NOTE_ROLES[state]] as const]),
        [reason, NOTE_ROLES[state]],
      ],
      w,
      brush,
    ),
  );
}

/** The store in one row, then what the history lacks: what of which listing, how often, how long together and since when. */
function historyRows({ store, gaps }: TrustRows, w: number, brush: Brush): string[] {
  const rows: string[] = [];
  if (store !== null) {
    const { state, reason, rows: kept, newest, waiting, lost } = store;
    const isOk = state === 'ok';
    const parts: Part[] = ['store ', isOk ? ['on disk', 'live'] : ['memory only', 'error']];
    if (reason !== null) parts.push([`: ${reason}`, 'error']);
    parts.push([`  ${fixed(kept, 12, 0).trim()} rows`, 'dim']);
    if (newest !== null) parts.push([`  newest ${instant(newest, 16).trim()}`, 'dim']);
    if (waiting > 0) parts.push([`  ${fixed(waiting, 9, 0).trim()} waiting`, 'warn']);
    if (lost > 0) parts.push([`  ${fixed(lost, 9, 0).trim()} lost`, 'error']);
    rows.push(line(parts, w, brush));
  }
  return gaps.length === 0 ? rows : [...rows, ...gapTable(gaps, w, brush)];
}

/** What of which listing is missing, how often, how long together and until when. */
function gapTable(gaps: TrustRows['gaps'], w: number, brush: Brush): string[] {
  const longest = Math.max(8, ...gaps.map(({ subject }) => cellWidth(subject)));
  const columns: Column<TrustRows['gaps'][number]>[] = [
    {
      title: 'missing of',
      w: Math.min(longest, 30, Math.max(10, w - 24)),
      drop: 0,
      align: 'left',
      cell: ({ subject }, width) => fitted(subject, width, { ascii: brush.ascii }),
    },
    {
      title: 'series',
      w: 13,
      drop: 1,
      align: 'left',
      cell: ({ series }, width) => [fitted(series, width, { ascii: brush.ascii }), 'dim'],
    },
    { title: 'gaps', w: 5, drop: 2, cell: (row, width) => count(row.count, width, 'warn') },
    {
      title: 'in all',
      w: 9,
      drop: 0,
      cell: ({ missing }, width) => [duration(missing, width), 'warn'],
    },
    { title: 'until', w: 11, drop: 3, cell: ({ to }, width) => [instant(to, width), 'dim'] },
  ];
  return table(columns, gaps, w, brush);
}

/** What the screen itself costs; nothing where nobody counts. */
function terminalRows(load: TerminalLoad | undefined, w: number, brush: Brush): string[] {
  if (load === undefined || load.bytes.state === 'absent') return [];
  const rate = (value: number, room: number): string =>
    fixed(value / 1000, room, 1, { unit: ' kB/s' });
  const cell = (
    name: string,
    reading: TerminalLoad['bytes'],
    form: (value: number, room: number) => string,
  ): readonly Part[] => [[name, 'dim'], shown(reading, 11, form, brush)];
  const size = (value: number, room: number): string =>
    fixed(value / 1e6, room, 2, { unit: ' MB' });
  const perSecond = (value: number, room: number): string => fixed(value, room, 1, { unit: ' /s' });
  const ms = (value: number, room: number): string =>
    fixed(value, room, value < 10 ? 1 : 0, { unit: ' ms' });
  const pairs: readonly (readonly Part[])[] = [
    cell('to the terminal ', load.bytesPerSecond, rate),
    cell('  in all     ', load.bytes, size),
    cell('frames sent     ', load.framesPerSecond, perSecond),
    cell('  round trip ', load.roundTripMs, ms),
    // A line that is fast enough has no number.
    ...(load.linkBytesPerSecond.state === 'absent'
      ? []
      : [cell('link carries    ', load.linkBytesPerSecond, rate)]),
  ];
  const inRow = w < 52 ? 1 : 2;
  const isMeasured = load.framesPerSecond.state !== 'absent';
  const kept = isMeasured ? pairs : pairs.slice(0, 2);
  // Where one has to do, what the screen costs is said first.
  const chosen = inRow === 1 ? kept.filter((_, i) => i !== 1) : kept;
  return Array.from({ length: Math.ceil(chosen.length / inRow) }, (_, i) =>
    line(chosen.slice(i * inRow, (i + 1) * inRow).flat(), w, brush),
  );
}

type Body = readonly (Block | readonly string[])[];

/** Few rows: the signs and rates without headers, then what is wrong. */
function shortBody(
  rows: TrustRows,
  chosen: string | undefined,
  terminal: TerminalLoad | undefined,
  w: number,
  h: number,
  brush: Brush,
): Body {
  const header = h >= 9 || w >= 50;
  const quality = rows.quality.filter((note) => !isPollNote(note));
  return [
    feedTable(rows, chosen, w, brush, header),
    polledRows(rows, w, brush),
    bookTable(rows, chosen, w, brush, header),
    noteRows({ ...rows, quality }, w, brush),
    poolRows(rows, w, brush),
    historyRows(rows, w, brush),
    terminalRows(terminal, w, brush),
  ];
}

/** Everything: what is wrong and the budgets below each other where there is room for both, else side by side. */
function fullBody(
  rows: TrustRows,
  chosen: string | undefined,
  terminal: TerminalLoad | undefined,
  w: number,
  h: number,
  brush: Brush,
): Body {
  const notes = (cells: number): string[] => {
    const made = noteRows(rows, cells, brush);
    return made.length === 0 ? [] : [heading('quality', cells, brush), ...made];
  };
  const pools = (cells: number): string[] =>
    rows.pools.length === 0
      ? []
      : [heading('REST budget', cells, brush), ...poolRows(rows, cells, brush)];
  const books = bookTable(rows, chosen, w, brush);
  const upper: Body = [
    feedTable(rows, chosen, w, brush),
    [blank(w)],
    books,
    books.rows.length === 0 ? [] : [blank(w)],
  ];
  const wrong = notes(w);
  const kept = [...historyRows(rows, w, brush), ...terminalRows(terminal, w, brush)];
  const history =
    kept.length === 0 ? [] : [blank(w), heading('history and screen', w, brush), ...kept];
  const all: Body = [...upper, wrong, wrong.length > 0 ? [blank(w)] : [], pools(w), history];
  if (w < 70 || stacked(all).rows.length <= h) return all;
  const left = Math.floor((w - 2) * 0.55);
  return [...upper, beside(notes(left), pools(w - left - 2), left, w), history];
}

function draw(input: PanelInput, w: number, h: number, brush: Brush): Picture {
  const rows = selectTrust(input.frame, input.options);
  const bodyOf = h < 12 ? shortBody : fullBody;
  const keys = keysOf(rows);
  const chosen = input.isFocused ? keys[chosenAt(keys, input.options.cursor)] : undefined;
  const { rows: body, list } = stacked(bodyOf(rows, chosen, input.terminal, w, h, brush));
  return scrolled([], body, w, h, input.options, cornerOf(rows), brush, list);
}

function cornerOf(rows: TrustRows): readonly Part[] {
  const feeds = `${rows.liveFeeds}/${rows.allFeeds}`;
  const books = `${rows.wholeBooks}/${rows.allBooks}`;
  const isWell = rows.liveFeeds === rows.allFeeds && rows.wholeBooks === rows.allBooks;
  return [[`feeds ${feeds} books ${books}`, isWell ? 'dim' : 'warn']];
}

const copiedFeed = (row: FeedRow): string[] => [
  row.feed,
  row.state,
  cell('messages/s', row.messagesPerSecond, (v, w) => fixed(v, w, 1)),
  cell('age', row.age, age),
  cell('lag', row.lag, millis),
  `reconnects ${row.reconnects}`,
  `rejected ${row.rejected}`,
  `dropped ${row.dropped}`,
];

const copiedBook = (row: BookRow): string[] => [
  row.instrument,
  row.status,
  cell('age', row.age, age),
  `gaps ${row.gaps}`,
  `resyncs ${row.resyncs}`,
  `crossed ${row.crossed}`,
  `wrong ${mismatches(row)}`,
];

/** The chosen feed or book. */
const copied: Panel['copied'] = ({ frame, options }) => {
  const rows = selectTrust(frame, options);
  return chosenRow([...rows.feeds, ...rows.books], keysOf(rows), options, (row) =>
    'instrument' in row ? copiedBook(row) : copiedFeed(row),
  );
};

/** Spans that frames hold as plain numbers. */
const SPANS = { broken: 'µs' } as const;

const detail: Panel['detail'] = ({ frame }, key) => {
  const { feeds, books } = frame.trust;
  const feed = feeds.findIndex((one) => feedKey({ feed: cleanText(one.feed) }) === key);
  if (feed >= 0)
    return {
      title: `feed ${cleanText(feeds[feed]!.feed)}`,
      sections: [
        { heading: 'feed', lines: linesAt(frame, `trust.feeds.${feed}`) },
        { heading: 'quality', lines: notesOn(frame, feeds[feed]!.feed) },
      ],
    };
  const book = books.findIndex((one) => bookKey({ instrument: cleanText(one.instrument) }) === key);
  const instrument = books[book]?.instrument;
  if (instrument === undefined) return null;
  return {
    title: `book ${cleanText(instrument)}`,
    sections: [
      { heading: 'trust', lines: linesAt(frame, `trust.books.${book}`, SPANS) },
      { heading: 'book', lines: linesAt(frame, `book.byInstrument.${instrument}`) },
      { heading: 'quality', lines: notesOn(frame, instrument) },
      heardSection(frame, instrument),
    ],
  };
};

/** What is not right about a feed or a book. */
const notesOn = ({ quality }: PanelInput['frame'], subject: string): DetailLine[] =>
  quality
    .filter((note) => note.subject === subject)
    .map(({ state, reason }) => wordLine(state, reason, 'stale'));

export const trustPanel: Panel = {
  id: 'trust',
  title: 'trust',
  explains: ['trust'],
  copied,
  detail,
  draw,
};
