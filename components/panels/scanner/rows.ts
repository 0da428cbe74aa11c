import type { Frame } from '../../../src/frame/frame.ts';
import { absent, live, type Reading, stale } from '../../../src/model/reading.ts';
import { cleanText, fitted } from '../../format/cell-width.ts';
import { compactUsd, fixed, percent } from '../../format/number.ts';
import { age, duration } from '../../format/time.ts';
import { cell, chosenRow } from '../copied.ts';
import { chosenAt } from '../cursor.ts';
import { noneAdmitted, scrolled } from '../document.ts';
import { sparkline } from '../graphs.ts';
import { type Brush, blank, line, type Part, wrapped } from '../line.ts';
import type { Panel, PanelInput, Picture } from '../panel.ts';
import { regimeRole } from '../roles.ts';
import { oldestAge, shown, shownWord, signRole } from '../shown.ts';
import { type Column, table } from '../table.ts';
import { scannedDetail } from './detail.ts';
import {
  SCANNER_SORTS,
  type ScannerRow,
  type ScannerRows,
  type ScannerSort,
  selectScanner,
} from './select.ts';

/** The title of the column that a sort goes by. */
const TITLES: Readonly<Record<ScannerSort, string>> = {
  rank: '#',
  symbol: 'symbol',
  abs8h: '8h %',
  '8h': '8h %',
  '24h': '24h %',
  '1h': '1h %',
  volume: 'volume',
  oi: 'OI',
  oi1h: 'OI 1h %',
  oi24h: 'OI 24h %',
  liq: 'liq 1h',
  basis: 'basis %',
  spread: 'spread',
  oib: 'OIB',
};

/** Cells before a symbol for the sign of those that are watched. */
const SIGN_CELLS = 2;
const MOST_NAME_CELLS = 14;
const MOST_VENUE_CELLS = 11;

type Look = 'sign' | 'plain' | 'dim';

const usd = (value: number, width: number): string => compactUsd(value, width);
const share =
  (decimals: number) =>
  (value: number, width: number): string =>
    percent(value, width, decimals, { sign: true, unit: '' });

/** What of an asset that is watched no scan knows; absent of every other. */
function ofWatched<T>(frame: Frame | undefined, read: (frame: Frame) => Reading<T>): Reading<T> {
  return frame === undefined ? absent('not watched') : read(frame);
}

function countdown(next: Reading, now: number): Reading {
  if (next.state === 'absent') return absent(next.reason);
  const left = next.value - now;
  return next.state === 'live' ? live(left) : stale(left, next.age);
}

function columnsOf(
  { nameCells, venueCells, sort, scan }: ScannerRows,
  { frame, frames }: PanelInput,
  w: number,
  brush: Brush,
): Column<ScannerRow>[] {
  const { ascii } = brush;
  const now = scan?.tsLocal ?? frame.tsLocal;
  const number = (
    title: string,
    w: number,
    drop: number,
    of: (row: ScannerRow) => Reading,
    format: (value: number, width: number) => string,
    look: Look = 'plain',
  ): Column<ScannerRow> => ({
    title,
    w,
    drop,
    cell: (row, width) => {
      const reading = of(row);
      const role = look === 'sign' ? signRole(reading) : look === 'dim' ? 'dim' : 'text';
      return shown(reading, width, format, brush, { role });
    },
  });
  const watchedOf = ({ asset }: ScannerRow): Frame | undefined => frames.get(asset);
  const mark = ascii ? '* ' : '● ';
  const all: Column<ScannerRow>[] = [
    { title: '#', w: 4, drop: 12, cell: ({ rank }, width) => [fixed(rank, width, 0), 'dim'] },
    {
      title: 'symbol',
      w: SIGN_CELLS + Math.min(nameCells, w < 40 ? 9 : MOST_NAME_CELLS),
      grow: Math.max(0, Math.min(nameCells - MOST_NAME_CELLS, 8)),
      drop: 0,
      align: 'left',
      cell: (row, width): Part => {
        // Where nothing but watched assets is shown, none of them stands out.
        const isWatched = scan !== null && frames.has(row.asset);
        const name = fitted(row.name, width - SIGN_CELLS, { ascii });
        const parts: Part[] = isWatched
          ? [
              [mark, 'accent'],
              [name, 'accent'],
            ]
          : [' '.repeat(SIGN_CELLS), name];
        return { painted: line(parts, width, brush), cells: width };
      },
    },
    ...(venueCells === 0
      ? []
      : [
          {
            title: 'venue',
            w: Math.min(venueCells, MOST_VENUE_CELLS),
            drop: 4,
            align: 'left' as const,
            cell: ({ venue }: ScannerRow, width: number): Part => [
              fitted(venue, width, { ascii }),
              'dim',
            ],
          },
        ]),
    {
      title: 'price',
      w: 10,
      drop: 1,
      cell: (row, width) =>
        shown(
          row.price,
          width,
          (value, cells) => fixed(value, cells, row.priceDecimals, { thousands: true }),
          brush,
        ),
    },
    number('1h %', 7, 6, ({ change1h }) => change1h, share(2), 'sign'),
    number('24h %', 7, 2, ({ change24h }) => change24h, share(2), 'sign'),
    {
      title: scan === null ? '15 min' : '60 min',
      w: 10,
      drop: 5,
      grow: 20,
      align: 'left',
      // Dots, because bars of rows below one another would grow together.
      cell: ({ trend }, width) => sparkline(trend, width, brush, 'dim', { braille: true }),
    },
    number('8h %', 8, 3, ({ funding8h }) => funding8h, share(4), 'sign'),
    number('p.a. %', 8, 15, ({ fundingAnnual }) => fundingAnnual, share(2), 'sign'),
    number('settles', 8, 18, ({ nextFundingTs }) => countdown(nextFundingTs, now), duration, 'dim'),
    number('OI', 8, 4, ({ oiUsd }) => oiUsd, usd),
    number('OI 1h %', 8, 7, ({ oiChange1h }) => oiChange1h, share(2), 'sign'),
    number('OI 4h %', 7, 19, ({ oiChange4h }) => oiChange4h, share(2), 'sign'),
    number('OI 24h %', 9, 16, ({ oiChange24h }) => oiChange24h, share(2), 'sign'),
    ...(scan === null ? [] : [number('volume', 8, 8, ({ volume24hUsd }) => volume24hUsd, usd)]),
    number(
      'days',
      5,
      20,
      ({ oiNorm }) => oiNorm,
      (value, cells) => fixed(value, cells, 2),
      'dim',
    ),
    number('liq 1h', 8, 9, ({ liquidated1h }) => liquidated1h, usd),
    number('basis %', 8, 10, ({ basisFair }) => basisFair, share(3), 'sign'),
    number(
      'spread',
      7,
      14,
      ({ spreadBps }) => spreadBps,
      (value, cells) => fixed(value, cells, 2),
    ),
    number(
      'OIB',
      6,
      13,
      ({ oib }) => oib,
      (value, cells) => fixed(value, cells, 2, { sign: true }),
      'sign',
    ),
    {
      title: 'D',
      w: 6,
      drop: 11,
      cell: (row, width) =>
        shown(
          ofWatched(watchedOf(row), ({ drift }) => drift.d),
          width,
          (value, cells) => fixed(value, cells, 2),
          brush,
        ),
    },
    {
      title: 'μ',
      w: 7,
      drop: 11,
      cell: (row, width) => {
        const mu = ofWatched(watchedOf(row), ({ drift }) => drift.mu);
        return shown(mu, width, (value, cells) => fixed(value, cells, 2, { sign: true }), brush, {
          role: signRole(mu),
        });
      },
    },
    {
      title: 'gate',
      w: 7,
      drop: 17,
      align: 'left',
      cell: (row, width): Part => {
        const active = ofWatched(watchedOf(row), ({ drift }) => drift.active);
        const word =
          active.state === 'absent' ? active : { ...active, value: gateWord(active.value) };
        return shownWord(word, width, brush, active.value === true ? 'accent' : 'dim');
      },
    },
    {
      title: 'regime',
      w: 19,
      drop: 17,
      align: 'left',
      cell: (row, width) => {
        const label = ofWatched(watchedOf(row), ({ regime }) => regime.label);
        return shownWord(label, width, brush, regimeRole(label));
      },
    },
    {
      title: 'says',
      w: 16,
      drop: 21,
      align: 'left',
      cell: ({ oiChangeType }, width) => shownWord(oiChangeType, width, brush, 'dim'),
    },
  ];
  // What rows are sorted by can always be seen; of ranks the order itself tells.
  const kept = sort === 'rank' ? null : TITLES[sort];
  return all.map((column) => (column.title === kept ? { ...column, drop: 0 } : column));
}

const gateWord = (isOpen: boolean): string => (isOpen ? 'OPEN' : 'closed');

/** From here on an old scan is no news any more; the engine makes one every few seconds unless told otherwise. */
const OLD_SCAN = 30e6;

/** How many perps there are and how old the scan is; or that these are not all. */
function cornerOf(rows: ScannerRows, { frame }: PanelInput): readonly Part[] {
  const { scan, all } = rows;
  if (scan === null) {
    const oldest = oldestAge(rows.rows);
    const stale: readonly Part[] =
      oldest === undefined ? [] : [[`stale ${age(oldest, 4).trim()}`, 'stale'], ' '];
    return [...stale, ['all perps: --scanner', 'dim']];
  }
  const shownCount = rows.rows.length;
  const count = shownCount === all ? `${all} perps` : `${shownCount} of ${all} perps`;
  const old = frame.tsLocal - scan.tsLocal;
  const ago =
    old < 1e6 ? [] : ([[` ${age(old, 4).trim()} ago`, old > OLD_SCAN ? 'stale' : 'dim']] as const);
  return [[count, 'dim'], ...ago];
}

const HOW_TO_GET_ALL =
  'These are the assets that are watched. Start with --scanner, or set scanner.always, and every perp of the venues is here.';

/** Below the table: how to get all perps; or how many there are books of, and what is wrong. */
function notesOf({ scan }: ScannerRows, w: number, brush: Brush): string[] {
  const told = (text: string): string[] =>
    wrapped(cleanText(text), w, 3, brush.ascii).map((row) => line([[row, 'dim']], w, brush));
  if (scan === null) return [blank(w), ...told(HOW_TO_GET_ALL)];
  const { books, quality } = scan;
  return [
    blank(w),
    ...told(`${books.whole} of ${books.wanted} books whole`),
    ...quality.flatMap(({ subject, state, reason }) => told(`${subject} ${state}: ${reason}`)),
  ];
}

function draw(input: PanelInput, w: number, h: number, brush: Brush): Picture {
  const { options, zoomed, isFocused } = input;
  const found = selectScanner(input, options);
  const { rows, keys } = found;
  const columns = columnsOf(found, input, w, brush);
  const sort = { title: TITLES[found.sort], reversed: options.reversed };
  const header = h >= 3 ? table(columns, [], w, brush, { sort }) : [];
  const below = [
    ...noneAdmitted(rows, options.filter, w, brush),
    ...(zoomed ? notesOf(found, w, brush) : []),
  ];
  const chosen = isFocused ? chosenAt(keys, options.cursor) : -1;
  const lines = {
    length: rows.length + below.length,
    slice: (from: number, to: number): string[] => [
      ...table(columns, rows.slice(from, to), w, brush, { header: false, chosen: chosen - from }),
      ...below.slice(Math.max(0, from - rows.length), Math.max(0, to - rows.length)),
    ],
  };
  const list = { keys, lineOf: (at: number) => at };
  return scrolled(header, lines, w, h, options, cornerOf(found, input), brush, list);
}

/** The chosen row. */
const copied: Panel['copied'] = (input) => {
  const { rows, keys } = selectScanner(input, input.options);
  return chosenRow(rows, keys, input.options, (row) => [
    cleanText(row.key),
    cell('price', row.price, (v, cells) => fixed(v, cells, row.priceDecimals)),
    cell('24h', row.change24h, (v, cells) => percent(v, cells, 2, { sign: true })),
    cell('8h', row.funding8h, (v, cells) => percent(v, cells, 4, { sign: true })),
    cell('OI', row.oiUsd, compactUsd),
    cell('OI 1h', row.oiChange1h, (v, cells) => percent(v, cells, 2, { sign: true })),
  ]);
};

const detail: Panel['detail'] = ({ scan }, key) => {
  const row = scan?.rows.find(({ instrument }) => instrument === key);
  return scan === null || row === undefined ? null : scannedDetail(row, scan);
};

/** Whatever is watched has panels of its own. */
const leadsTo: Panel['leadsTo'] = ({ scan, frames }, key) => {
  if (scan === null) return key;
  const asset = scan.rows.find(({ instrument }) => instrument === key)?.asset;
  return asset !== undefined && frames.has(asset) ? asset : null;
};

export const scannerPanel: Panel = {
  id: 'scanner',
  title: 'scanner',
  sorts: SCANNER_SORTS,
  explains: [
    'price',
    'priceChange1h',
    'priceChange24h',
    'funding.oiWeighted',
    'openInterest',
    'liquidations.h1',
    'basis.fair',
    'drift',
    'regime.label',
  ],
  copied,
  detail,
  leadsTo,
  draw,
};
