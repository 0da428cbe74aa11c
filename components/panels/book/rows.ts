import type { Reading } from '../../../src/model/reading.ts';
import { fitted } from '../../format/cell-width.ts';
import { compact, compactUsd, fixed } from '../../format/number.ts';
import { beside, heading, reasonRows, stateCorner } from '../document.ts';
import { type Brush, blank, exactly, line, type Part, spread } from '../line.ts';
import type { Panel, PanelInput, Picture } from '../panel.ts';
import { isWholeSide, markSign, roleIn, shown, signRole } from '../shown.ts';
import { bar, bipolar, split } from '../strips.ts';
import { heatRows, SHAPE_ROWS, shapeRows } from './heat.ts';
import { type BookView, type LadderRow, selectBook } from './select.ts';

/** Narrowest ladder that is still readable beside another one. */
const LADDER_CELLS = 25;

const signed2 = (value: number, width: number): string => fixed(value, width, 2, { sign: true });

const numberIn = (reading: Reading): number | null =>
  reading.state === 'absent' ? null : reading.value;

function titleRow(view: BookView, w: number, brush: Brush): string {
  const { entry } = view;
  const { status } = entry;
  return spread(
    [
      [view.title, 'header'],
      [` ${view.asset}`, 'dim'],
    ],
    status === 'whole'
      ? [['whole', 'live']]
      : status === 'none'
        ? [[entry.reason?.startsWith('polled') ? 'polled' : 'touch only', 'dim']]
        : [[status, 'warn']],
    w,
    brush,
  );
}

function oibRow(view: BookView, w: number, brush: Brush): string {
  const { oib, oibEwma } = view.entry;
  const parts: Part[] = [
    ['OIB', 'dim'],
    shown(oib, 7, signed2, brush, {
      role: oib.state !== 'absent' && oib.value < 0 ? 'ask' : 'bid',
    }),
    ' ',
  ];
  const average: Part[] = w < 44 ? [] : [['  30s', 'dim'], shown(oibEwma, 7, signed2, brush)];
  const room = w - 11 - (average.length > 0 ? 12 : 0);
  if (room >= 7) {
    parts.push(
      bipolar(numberIn(oib), room % 2 === 0 ? room - 1 : room, brush, [
        roleIn(oib, 'ask'),
        roleIn(oib, 'bid'),
      ]),
    );
  }
  return line([...parts, ...average], w, brush);
}

function depthRow(view: BookView, w: number, brush: Brush): string {
  const { depthBid, depthAsk, bandBps } = view.entry;
  const band = brush.ascii ? `+-${bandBps}` : `±${bandBps}`;
  const bid = shown(depthBid, 8, compactUsd, brush, { role: 'bid' });
  const ask = shown(depthAsk, 8, compactUsd, brush, { role: 'ask' });
  const label: Part[] = w < 34 ? [] : [[`${band} bps `, 'dim']];
  const room = w - 18 - (label.length > 0 ? band.length + 5 : 0);
  return line(
    [
      ...label,
      bid,
      ' ',
      split(numberIn(depthBid), numberIn(depthAsk), Math.max(3, room), brush, [
        roleIn(depthBid, 'bid'),
        roleIn(depthAsk, 'ask'),
      ]),
      ' ',
      ask,
    ],
    w,
    brush,
  );
}

const coin = (value: number, width: number): string => compact(value, width);
const signedCoin = (value: number, width: number): string => compact(value, width, { sign: true });

function flowRows(view: BookView, w: number, h: number, brush: Brush): string[] {
  const { flow } = view;
  if (flow === null) return [line([['no trades heard', 'absent']], w, brush)];
  const net: Part[] = [
    ['net 1m', 'dim'],
    shown(flow.net1m, 8, signedCoin, brush, { role: signRole(flow.net1m) }),
  ];
  const cvd: Part[] = [['CVD', 'dim'], shown(flow.cvd, 8, signedCoin, brush)];
  const rows = [w >= 26 ? spread(net, cvd, w, brush) : line(net, w, brush)];
  if (w < 44 || h < 24) return rows;
  const taken: Part[] = [
    ['buy', 'dim'],
    shown(flow.buy1m, 8, coin, brush, { role: 'bid' }),
    ['  sell', 'dim'],
    shown(flow.sell1m, 8, coin, brush, { role: 'ask' }),
  ];
  const prints: Part[] = [
    ['trades', 'dim'],
    shown(flow.trades1m, 7, (v, width) => fixed(v, width, 0), brush),
  ];
  return [...rows, spread(taken, prints, w, brush)];
}

/** How far the book is known, and the microprice. */
function knownRow(view: BookView, w: number, brush: Brush): string {
  const { microprice, knownBidBps, knownAskBps, priceDecimals } = view.entry;
  const bpsOf = (value: number, width: number): string => fixed(value, width, 0);
  const side = (known: Reading): Part =>
    isWholeSide(known) ? ['  all', 'text'] : shown(known, 5, bpsOf, brush);
  return spread(
    [
      ['micro', 'dim'],
      shown(
        microprice,
        13,
        (v, width) => fixed(v, width, priceDecimals + 2, { thousands: true }),
        brush,
      ),
    ],
    [['known', 'dim'], side(knownBidBps), [' /', 'dim'], side(knownAskBps), [' bps', 'dim']],
    w,
    brush,
  );
}

function middleRow(view: BookView, w: number, brush: Brush): string {
  const { entry } = view;
  const decimals = entry.priceDecimals + 1;
  // One decimal more than a level has, one cell wider: the decimal points stand in one column.
  const price: Part = shown(
    entry.mid,
    Math.min(priceCells(view) + 1, w),
    (v, width) => fixed(v, width, decimals, { thousands: true }),
    brush,
    { role: 'title' },
  );
  const spreadPart: Part[] = [
    shown(entry.spreadBps, 6, (v, width) => fixed(v, width, 2), brush),
    [' bps', 'dim'],
  ];
  return spread([price], spreadPart, w, brush);
}

/** Cells of a price column: as wide as the best prices, so that it only moves when they gain a digit. */
function priceCells({ entry, asks, bids }: BookView): number {
  const lengths = [asks[0], bids[0]].map((row) =>
    row === undefined
      ? 0
      : fixed(row.price, 14, entry.priceDecimals, { thousands: true }).trim().length,
  );
  return Math.max(6, ...lengths);
}

const SIZE_CELLS = 9;

function ladderRow(view: BookView, row: LadderRow, w: number, brush: Brush): string {
  const { priceDecimals, sizeDecimals, status, mid } = view.entry;
  const isSure = status === 'whole' && mid.state === 'live';
  const role = isSure ? row.side : 'stale';
  const cells = priceCells(view);
  const price: Part = [fixed(row.price, cells, priceDecimals, { thousands: true }), role];
  const size: Part = [
    fixed(row.size, SIZE_CELLS, Math.min(4, sizeDecimals)),
    isSure ? 'text' : 'stale',
  ];
  const total: Part[] =
    w < 44 ? [] : [' ', [fixed(row.cumulative, 10, Math.min(3, sizeDecimals)), 'dim']];
  const room = w - cells - 1 - SIZE_CELLS - (total.length > 0 ? 11 : 0);
  const depth: Part[] = room < 2 ? [] : [' ', bar(row.ofLargest, room - 1, brush, role)];
  return line([price, ' ', size, ...total, ...depth], w, brush);
}

/** Asks above, bids below, the middle in a fixed row; `scroll` rows away from there. */
function ladderRows(view: BookView, w: number, h: number, scroll: number, brush: Brush): string[] {
  const all = [...view.asks].reverse();
  const middle = all.length;
  const from = middle - (h >> 1) + scroll;
  return Array.from({ length: h }, (_, y) => {
    const at = from + y;
    if (at === middle) return middleRow(view, w, brush);
    const row = at < middle ? all[at] : view.bids[at - middle - 1];
    return row === undefined ? blank(w) : ladderRow(view, row, w, brush);
  });
}

function bookColumn(view: BookView, w: number, h: number, scroll: number, brush: Brush): string[] {
  const { entry } = view;
  const head = [titleRow(view, w, brush), oibRow(view, w, brush)];
  if (entry.status !== 'whole' && entry.reason !== null) {
    head.push(line([[entry.reason, 'warn']], w, brush));
  }
  const foot = h >= 9 ? [depthRow(view, w, brush)] : [];
  if (h >= 16) foot.push(...flowRows(view, w, h, brush));
  if (h >= 24 && w >= 44) foot.push(knownRow(view, w, brush));
  const room = Math.max(0, h - head.length - foot.length);
  return exactly([...head, ...ladderRows(view, w, room, scroll, brush), ...foot], w, h);
}

/** Rows that a ladder can move up and down from its middle before it leaves the known levels. */
function reach(views: readonly BookView[], ladderCells: number): { up: number; down: number } {
  const half = ladderCells >> 1;
  const most = (side: 'asks' | 'bids') => Math.max(0, ...views.map((view) => view[side].length));
  return { up: Math.max(0, most('asks') - half), down: Math.max(0, most('bids') - half + 1) };
}

/** From here up the zoom has the past of the book beside its ladders, and where it is high below them. */
const SIDE_FROM = { w: 100, h: 16 };
const BELOW_FROM = { w: 50, h: 40 };

/** Cells of one ladder where the past stands beside it. */
const WIDEST_LADDER = 46;

/** Fewer rows make no map. */
const LEAST_MAP = 6;

/** What the book was over the last quarter of an hour and how it leans now, in `h` rows. */
function pastRows(
  input: PanelInput,
  views: readonly BookView[],
  w: number,
  h: number,
  brush: Brush,
): string[] {
  const [first] = views;
  if (first === undefined) return [];
  const fitting = views.slice(0, Math.floor((h - LEAST_MAP - 1) / (SHAPE_ROWS + 1)));
  const shapes = fitting.flatMap((view) => [blank(w), ...shapeRows(view, w, brush)]);
  const mapped = h - 1 - shapes.length;
  return [
    heading(`${first.title}: resting size by price and time`, w, brush),
    ...heatRows(first, input.history, input.frame.asset, w, mapped, brush),
    ...shapes,
  ];
}

/** Where the past of the book goes in a zoomed panel of this size: cells beside the ladders, or rows below them. */
function pastRoom(w: number, h: number, isPair: boolean): { beside: number; below: number } {
  if (w >= SIDE_FROM.w && h >= SIDE_FROM.h) {
    const count = isPair ? 2 : 1;
    const ladder = Math.min(WIDEST_LADDER, Math.max(LADDER_CELLS, Math.floor((w * 0.48) / 2) - 1));
    return { beside: w - count * ladder - 2 * count, below: 0 };
  }
  const isHigh = w >= BELOW_FROM.w && h >= BELOW_FROM.h;
  return { beside: 0, below: isHigh ? Math.floor(h * 0.4) : 0 };
}

function draw(input: PanelInput, w: number, h: number, brush: Brush): Picture {
  const { frame, options, zoomed } = input;
  const rows = selectBook(frame, options);
  const first = rows.books[rows.selected];
  if (first === undefined) {
    return { rows: exactly([line([['no book yet', 'absent']], w, brush)], w, h), corner: [] };
  }
  const reasons = zoomed ? reasonRows(rows.reasons, w, brush) : [];
  const lower = reasons.slice(0, Math.floor(h / 3));
  const isPair = rows.books.length > 1 && w >= 2 * LADDER_CELLS + 2;
  const second = isPair ? rows.books[(rows.selected + 1) % rows.books.length] : undefined;
  const past = zoomed ? pastRoom(w, h - lower.length, isPair) : { beside: 0, below: 0 };
  const room = h - lower.length - past.below;
  const left = past.beside > 0 ? w - past.beside - 2 : w;
  const views = second === undefined ? [first] : [first, second];
  const { up, down } = reach(views, room - 4);
  const scroll = Math.min(down, Math.max(-up, options.scroll));
  const cells = second === undefined ? left : (left - 2) >> 1;
  const one = bookColumn(first, cells, room, scroll, brush);
  const ladders =
    second === undefined
      ? one
      : beside(one, bookColumn(second, left - cells - 2, room, scroll, brush), cells, left);
  const upper =
    past.beside > 0
      ? beside(ladders, pastRows(input, views, past.beside, room, brush), left, w)
      : ladders;
  const below =
    past.below > 1 ? [blank(w), ...pastRows(input, views, w, past.below - 1, brush)] : [];
  return {
    rows: exactly([...upper, ...below, ...lower], w, h),
    extent: { min: -up, max: down, page: Math.max(1, room - 4) },
    corner: cornerOf(views, rows.books.length, rows.selected, brush),
  };
}

function cornerOf(
  views: readonly BookView[],
  count: number,
  selected: number,
  brush: Brush,
): readonly Part[] {
  const numbers = views.map(({ entry: { mid, oib, depthBid } }) => ({ mid, oib, depthBid }));
  const stale = stateCorner(views[0]!.entry.mid, numbers, brush.ascii);
  if (stale.length > 0) return stale;
  const isPartial = views.some(
    ({ entry }) => entry.depthBid.state !== 'absent' && entry.depthBid.partial === true,
  );
  const which = count > views.length ? `${selected + 1}/${count}` : '';
  const sign = isPartial ? `${markSign({ partial: true }, brush.ascii)} band` : '';
  const text = [which, sign].filter((one) => one !== '').join(' ');
  return text === '' ? [] : [[fitted(text, text.length), 'dim']];
}

export const bookPanel: Panel = {
  id: 'book',
  title: 'book',
  explains: ['book', 'flow'],
  draw,
};
