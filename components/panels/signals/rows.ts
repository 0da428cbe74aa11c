import type { Reading } from '../../../src/model/reading.ts';
import type { RegimeLabel } from '../../../src/model/regime.ts';
import type { Role } from '../../../themes/theme.ts';
import { cleanText, fitted } from '../../format/cell-width.ts';
import { bps, compactUsd, fixed, percent } from '../../format/number.ts';
import { age, clock, duration, instant } from '../../format/time.ts';
import { worded } from '../../format/words.ts';
import { chosenRow } from '../copied.ts';
import { chosenAt } from '../cursor.ts';
import { plainLine, wordLine } from '../detail.ts';
import {
  type Block,
  besideBlock,
  firstRows,
  heading,
  reasonRows,
  scrolled,
  stacked,
  stateCorner,
} from '../document.ts';
import { chart } from '../graphs.ts';
import { type Brush, blank, cellsOf, flowed, line, type Part, spread, wrapped } from '../line.ts';
import type { Panel, PanelInput, Picture } from '../panel.ts';
import { cascadeRole, regimeRole } from '../roles.ts';
import { markSign, roleIn, shown, shownWord, signRole, wordCells } from '../shown.ts';
import { interval, meter, ribbon, type Stretch } from '../strips.ts';
import { type GateFlipRow, type SignalRows, selectHours, selectSignals } from './select.ts';

const signed2 = (value: number, width: number): string => fixed(value, width, 2, { sign: true });
const plain2 = (value: number, width: number): string => fixed(value, width, 2);

const numberIn = (reading: Reading): number | null =>
  reading.state === 'absent' ? null : reading.value;

function regimeRow(rows: SignalRows, w: number, brush: Brush): string {
  const regime = shownWord(rows.regime, wordCells(rows.regime), brush, regimeRole(rows.regime));
  const since: Part[] =
    rows.regimeFor === null ? [] : [[`for ${duration(rows.regimeFor, 8).trim()}`, 'dim']];
  const cascade: Part[] = [
    ['cascade ', 'dim'],
    shownWord(rows.cascade, 9, brush, cascadeRole(rows.cascade)),
    ...(w < 64
      ? []
      : [['  dOI/depth', 'dim'] as const, shown(rows.cascadeRatio, 7, plain2, brush)]),
  ];
  return spread([regime, ' ', ...since], cascade, w, brush);
}

/** The word for the gate and its role; why it cannot say when it is absent. */
function gateWord(rows: SignalRows): readonly [string, Role] {
  const { active } = rows;
  if (active.state === 'absent') return [cleanText(active.reason), 'absent'];
  return active.value
    ? ['gate OPEN  ', roleIn(active, 'accent')]
    : ['gate closed', roleIn(active, 'dim')];
}

function gateRow(rows: SignalRows, w: number, brush: Brush): string {
  const d = numberIn(rows.d);
  const quantile = numberIn(rows.quantile);
  const left: Part[] = [
    ['D', 'dim'],
    shown(rows.d, 7, plain2, brush, { role: gateWord(rows)[1] === 'accent' ? 'accent' : 'text' }),
    ' ',
  ];
  const right: Part[] = [
    [' q', 'dim'],
    shown(rows.quantile, 6, plain2, brush),
    '  ',
    gateWord(rows),
  ];
  const used = cellsOf([...left, ...right]);
  const room = w - used;
  if (room < 6) return spread(left, [gateWord(rows)], w, brush);
  const full = Math.max(1, (d ?? 0) * 1.15, (quantile ?? 0) * 1.5);
  const isOpen = rows.active.state !== 'absent' && rows.active.value;
  return line(
    [
      ...left,
      meter(
        d === null ? null : d / full,
        quantile === null ? null : quantile / full,
        room,
        brush,
        roleIn(rows.d, isOpen ? 'accent' : 'dim'),
      ),
      ...right,
    ],
    w,
    brush,
  );
}

/** μ and its three parts on one row, for panels without room for bars. */
function sumRow(rows: SignalRows, w: number, brush: Brush): string {
  const [mu1, mu2, mu3, mu] = rows.waterfall;
  const [one, two, three, all] = brush.ascii
    ? ['mu1', 'mu2', 'mu3', 'mu']
    : ['μ1', 'μ2', 'μ3', 'μ'];
  // The smallest screen has 38 cells; a cut digit would be another number.
  const cells = w < 40 ? 6 : 7;
  const item = (label: string, value: Reading): Part[] => [
    [label, 'dim'],
    shown(value, cells, signed2, brush, { role: signRole(value), hasSign: false }),
  ];
  const parts: Part[] = [
    ...item(all!, mu!.value),
    [' = ', 'dim'],
    ...item(one!, mu1!.value),
    ' ',
    ...item(two!, mu2!.value),
    ' ',
    ...item(three!, mu3!.value),
  ];
  return line(parts, w, brush);
}

function waterfallRows(rows: SignalRows, w: number, brush: Brush): string[] {
  const ends = rows.waterfall.flatMap(({ from, to }) => [from ?? 0, to ?? 0]);
  const reach = Math.max(1, ...ends.map((end) => Math.abs(end)));
  const says = w >= 60 ? 20 : 0;
  return rows.waterfall.map(({ label, says: words, value, from, to }) => {
    const name = brush.ascii ? label.replace('μ', 'mu') : label;
    const room = Math.max(5, w - 12 - says);
    const role = roleIn(value, (to ?? 0) - (from ?? 0) < 0 ? 'falling' : 'rising');
    const span = from === null || to === null ? null : ([from / reach, to / reach] as const);
    return line(
      [
        [fitted(name, 4), label === 'μ' ? 'title' : 'dim'],
        shown(value, 7, signed2, brush, { role: signRole(value) }),
        ' ',
        interval(span, room % 2 === 0 ? room - 1 : room, brush, role),
        ...(says > 0 ? [' ', [words, 'dim'] as const] : []),
      ],
      w,
      brush,
    );
  });
}

function inputRows(rows: SignalRows, zoomed: boolean, w: number, brush: Brush): string[] {
  const zs = rows.inputs.map(({ label, z }): Part[] => [
    [`${label} `, 'dim'],
    shown(z, 6, signed2, brush, { hasSign: false }),
  ]);
  const closes: Part[] = [
    ['cell closes in ', 'dim'],
    [duration(rows.closesIn, 8), 'dim'],
  ];
  const cells: Part[] = [
    ['cells ', 'dim'],
    [fixed(rows.cells, 4, 0), 'text'],
  ];
  // Outside of the zoom a row is worth more than the clock of the open cell.
  const market: Part[] = [
    ['market ', 'dim'],
    shown(rows.market.drift, 7, signed2, brush, { hasSign: false }),
  ];
  const items = zoomed
    ? [...zs, closes, cells]
    : [...zs, ...(w >= 64 ? [market] : []), ...(w >= 92 ? [closes] : [])];
  return flowed(items, w, brush);
}

function regimeInputRows(rows: SignalRows, w: number, brush: Brush): string[] {
  const items = rows.regimeInputs.map(({ label, kind, value }): Part[] => [
    [`${label} `, 'dim'],
    shown(
      value,
      kind === 'fraction' ? 8 : 6,
      (v, width) =>
        kind === 'z'
          ? signed2(v, width)
          : percent(v, width, kind === 'rank' ? 0 : 2, { sign: kind !== 'rank' }),
      brush,
    ),
  ]);
  return flowed(items, w, brush);
}

const share = (value: number, width: number): string => percent(value, width, 0);

/** What the asset's own drift stands beside: the market's, the dated future, and the book under the regimes of the week. */
function besideRows(rows: SignalRows, w: number, brush: Brush): string[] {
  const { market, dated, conditional } = rows;
  const item = (label: string, value: Part, unit = ''): Part[] => [
    [`${label} `, 'dim'],
    value,
    unit,
  ];
  const days = (value: number, width: number) => fixed(value, width, 1);
  return flowed(
    [
      item('market', shown(market.drift, 7, signed2, brush, { hasSign: false })),
      item('gates up', shown(market.breadthUp, 5, share, brush)),
      item('down', shown(market.breadthDown, 5, share, brush)),
      item('of', [fixed(market.assets, 2, 0), 'text']),
      item('dated in', shown(dated.daysToExpiry, 6, days, brush), ' d'),
      item('z', shown(dated.zBasis, 6, signed2, brush, { hasSign: false })),
      item(
        'spread q90 in carry',
        shown(conditional.spreadQ90Carry, 9, (v, width) => bps(v, width, 2), brush),
      ),
      item('least depth in stress', shown(conditional.depthMinStress, 7, compactUsd, brush)),
      item('OIB persists in carry', shown(conditional.oibPersistenceCarry, 5, share, brush)),
    ],
    w,
    brush,
  );
}

function sentenceRows(
  { sentence }: { readonly sentence: string | null },
  w: number,
  max: number,
  brush: Brush,
): string[] {
  if (sentence === null || max < 1) return [];
  return wrapped(sentence, w, max, brush.ascii).map((text) => line([text], w, brush));
}

const FLIP_CELLS = { rate: 11, coin: 11, fraction: 12 } as const;

/** A number with its unit, as wide as the largest one that is likely, so that the words behind it stay. */
function flipPart({ unit, value }: GateFlipRow, asset: string, brush: Brush): Part[] {
  const write = (v: number, width: number): string => {
    if (unit === 'rate') return percent(v, width, 4, { sign: true });
    if (unit === 'coin') return fixed(v, width, 1, { thousands: true });
    return bps(v * 1e4, width, 2, { sign: true });
  };
  const number = shown(value, FLIP_CELLS[unit], write, brush);
  return unit === 'coin' ? [number, [` ${asset}`, 'dim']] : [number];
}

/** What would open or close the gate, each input by itself; nothing while the gate cannot be judged. */
function flipRows(rows: SignalRows, w: number, brush: Brush): string[] {
  const { active, flips, asset } = rows;
  if (active.state === 'absent' || flips.every(({ value }) => value.state === 'absent')) return [];
  const verb = active.value ? 'gate closes if' : 'gate opens if';
  const items = flips.map((flip, i): Part[] => {
    const { label, value, direction } = flip;
    const join: Part = [i === 0 ? `${verb} ` : 'or ', 'dim'];
    if (value.state === 'absent') return [join, label, [` ${cleanText(value.reason)}`, 'absent']];
    const moves =
      direction === 'above' ? ' rises above' : direction === 'below' ? ' falls below' : ' comes to';
    return [join, label, [moves, 'dim'], ...flipPart(flip, asset, brush)];
  });
  return flowed(items, w, brush);
}

type SignalEvent = SignalRows['events'][number];

/** What an event is recognised by. */
const keyOf = ({ tsLocal, kind, subject }: SignalEvent): string => `${tsLocal} ${kind} ${subject}`;

/** When and what, each event in at most so many rows. The chosen one is an index among the events, −1 for none. */
function eventRows(rows: SignalRows, chosen: number, w: number, brush: Brush, most = 1): Block {
  const made: string[] = [];
  const lines: number[] = [];
  for (const [at, { tsLocal, text }] of rows.events.entries()) {
    const [first = '', ...more] = wrapped(text, Math.max(1, w - 9), most, brush.ascii);
    lines.push(made.length);
    const own = [
      line([[clock(tsLocal, 8), 'dim'], ' ', first], w, brush),
      ...more.map((rest) => line([' '.repeat(9), rest], w, brush)),
    ];
    made.push(...(at === chosen ? own.map((row) => brush.painter.laid('selection', row)) : own));
  }
  return { rows: made, keys: rows.events.map(keyOf), lines };
}

const GATES: Readonly<Record<'up' | 'down' | 'closed', Stretch>> = {
  up: { glyph: '▲', ascii: '^', role: 'rising', gravity: 1 },
  down: { glyph: '▼', ascii: 'v', role: 'falling', gravity: 1 },
  closed: { glyph: '─', ascii: '-', role: 'grid', gravity: 0 },
};

const REGIMES: Readonly<Record<RegimeLabel, Stretch>> = {
  'deleveraging stress': { glyph: '█', ascii: '#', role: 'error', gravity: 2 },
  'crowded carry long': { glyph: '▲', ascii: '^', role: 'long', gravity: 1 },
  'crowded carry short': { glyph: '▼', ascii: 'v', role: 'short', gravity: 1 },
  neutral: { glyph: '─', ascii: '-', role: 'grid', gravity: 0 },
};

const RIBBON_LABEL = 8;

/** Gate and regime hour by hour over the hours of the charts, with what their signs mean. */
function ribbonRows(input: PanelInput, w: number, brush: Brush): string[] {
  const { frame, history, chartHours } = input;
  const hours = selectHours(frame, history, chartHours);
  const room = Math.max(0, w - RIBBON_LABEL);
  const row = (label: string, stretches: readonly (Stretch | null)[]): string =>
    line([[fitted(label, RIBBON_LABEL), 'dim'], ribbon(stretches, room, brush)], w, brush);
  const sign = ({ glyph, ascii, role }: Stretch, says: string): Part[] => [
    [brush.ascii ? ascii : glyph, role],
    [` ${says}`, 'dim'],
  ];
  const span = chartHours === 24 ? '24 h' : `${chartHours / 24} d`;
  return [
    heading(`by the hour, last ${span}: gate and regime`, w, brush),
    row(
      'D gate',
      hours.map(({ gate }) => (gate === null ? null : GATES[gate])),
    ),
    row(
      'regime',
      hours.map(({ regime }) => (regime === null ? null : REGIMES[regime])),
    ),
    ...flowed(
      [
        sign(GATES.up, 'open up, crowded long'),
        sign(GATES.down, 'open down, crowded short'),
        sign(REGIMES['deleveraging stress'], 'stress'),
        sign(GATES.closed, 'closed, neutral'),
        [['blank: not known', 'dim']],
      ],
      w,
      brush,
    ),
  ];
}

function driftChart(input: PanelInput, w: number, h: number, brush: Brush): readonly string[] {
  const { frame, history, chartHours } = input;
  return chart(
    {
      history,
      asset: frame.asset,
      now: frame.tsLocal,
      hours: chartHours,
      curves: [
        { name: 'D', of: (cell) => cell.d, track: 'd' },
        { name: 'quantile', of: (cell) => cell.quantile },
      ],
      format: plain2,
      fromZero: true,
    },
    w,
    h,
    brush,
  );
}

function committedRow(rows: SignalRows, w: number, brush: Brush): string[] {
  const { committed } = rows;
  if (committed === null) return [];
  return [
    line(
      [
        ['committed ', 'dim'],
        [clock(committed.cellClose, 5), 'text'],
        [brush.ascii ? '  mu' : '  μ', 'dim'],
        shown(committed.mu, 7, signed2, brush, { role: signRole(committed.mu) }),
        ['  D', 'dim'],
        shown(committed.d, 7, plain2, brush),
        ['  q', 'dim'],
        shown(committed.quantile, 7, plain2, brush),
        committed.active.state !== 'absent' && committed.active.value
          ? ['  gate OPEN', 'accent']
          : '',
      ],
      w,
      brush,
    ),
  ];
}

function cascadeRow(rows: SignalRows, w: number, brush: Brush): string {
  const { long, short } = rows.within5;
  const most = Math.max(numberIn(long) ?? 0, numberIn(short) ?? 0);
  const left: Part[] = [
    [`${markSign({ estimated: true }, brush.ascii)}within 5 % `, 'dim'],
    shown(long, 8, compactUsd, brush, { hasSign: false }),
    [' long ', 'long'],
    shown(short, 8, compactUsd, brush, { hasSign: false }),
    [' short ', 'short'],
  ];
  const right = thresholdWords(rows, w);
  const used = cellsOf([...left, ...right]);
  const room = Math.min(30, w - used);
  const gauge: Part[] =
    room < 8 || rows.thresholds === null
      ? []
      : [
          meter(
            most / (rows.thresholds.critical * 1.25),
            rows.thresholds.high / (rows.thresholds.critical * 1.25),
            room,
            brush,
            gaugeRole(rows),
          ),
        ];
  return line([...left, ...gauge, ...right], w, brush);
}

function thresholdWords(rows: SignalRows, w: number): Part[] {
  if (w < 90 || rows.thresholds === null) return [];
  const { medium, high, critical } = rows.thresholds;
  const steps = [medium, high, critical].map((usd) => compactUsd(usd, 7).trim()).join(' / ');
  return [[`  medium/high/critical at ${steps}`, 'dim']];
}

/** The filled part of a bar needs a foreground, which the badge of the highest risk does not have. */
const gaugeRole = (rows: SignalRows): Role => {
  const role = cascadeRole(rows.cascade);
  if (role === 'absent') return 'dim';
  return roleIn(rows.cascade, role === 'riskCritical' ? 'error' : role);
};

type Body = readonly (Block | readonly string[])[];

/** A panel of few rows: the verdicts, the sum, the sentence, the last events. */
function compactBody(rows: SignalRows, chosen: number, w: number, h: number, brush: Brush): Body {
  // The header says regime and cascade as well, so they are what gives way.
  const verdict = h >= 7 ? [regimeRow(rows, w, brush)] : [];
  const top = [...verdict, gateRow(rows, w, brush), sumRow(rows, w, brush)];
  const sentence = sentenceRows(rows, w, Math.max(1, Math.min(2, h - top.length)), brush);
  return [[...top, ...sentence], eventRows(rows, chosen, w, brush)];
}

/** Rows that the sentence of one event may take in the zoom. */
const MOST_EVENT_ROWS = 3;

/** The chart of D with the events beside it, or below it where it is narrow, in `h` rows. */
function chartAndEvents(
  input: PanelInput,
  rows: SignalRows,
  chosen: number,
  w: number,
  h: number,
  brush: Brush,
): Body {
  const most = input.zoomed ? MOST_EVENT_ROWS : 1;
  if (w < 100) {
    const events = eventRows(rows, chosen, w, brush, most);
    const count = Math.min(events.rows.length, Math.max(2, Math.floor(h / 3)));
    const chart = driftChart(input, w, Math.max(4, h - count), brush);
    return [chart, input.zoomed ? events : firstRows(events, count)];
  }
  const chartCells = Math.floor(w * 0.58);
  const eventCells = w - chartCells - 2;
  const left = [
    heading('D and its gate', chartCells, brush),
    ...driftChart(input, chartCells, h - 2, brush),
  ];
  const events = firstRows(eventRows(rows, chosen, eventCells, brush, most), h - 2);
  const right = stacked([[heading('events', eventCells, brush)], events]).block;
  return [[blank(w)], besideBlock(left, right, chartCells, w)];
}

function fullBody(
  input: PanelInput,
  rows: SignalRows,
  chosen: number,
  w: number,
  h: number,
  brush: Brush,
): Body {
  const { zoomed } = input;
  const numbers = [
    regimeRow(rows, w, brush),
    gateRow(rows, w, brush),
    ...waterfallRows(rows, w, brush),
    ...(h >= 12 ? inputRows(rows, zoomed, w, brush) : []),
    ...sentenceRows(rows, w, 2, brush),
    ...(zoomed || h >= 20
      ? sentenceRows({ sentence: rows.flipSentence }, w, zoomed ? 2 : 1, brush)
      : []),
    ...(zoomed ? flipRows(rows, w, brush) : []),
    ...(h >= 16 ? [cascadeRow(rows, w, brush)] : []),
    ...(zoomed
      ? [
          ...regimeInputRows(rows, w, brush),
          ...besideRows(rows, w, brush),
          ...committedRow(rows, w, brush),
          ...ribbonRows(input, w, brush),
        ]
      : []),
  ];
  const reasons = zoomed ? reasonRows(rows.reasons, w, brush) : [];
  const below = reasons.length > 0 ? [blank(w), ...reasons] : [];
  const room = h - numbers.length - below.length;
  if (room < 6 && !zoomed) return [numbers, eventRows(rows, chosen, w, brush)];
  const rest = chartAndEvents(input, rows, chosen, w, zoomed ? Math.max(9, room) : room, brush);
  return [numbers, ...rest, below];
}

function draw(input: PanelInput, w: number, h: number, brush: Brush): Picture {
  const rows = selectSignals(input.frame, input.history, input.options);
  const { cursor } = input.options;
  const chosen = input.isFocused ? chosenAt(rows.events.map(keyOf), cursor) : -1;
  const { rows: body, list } = stacked(
    h < 9 ? compactBody(rows, chosen, w, h, brush) : fullBody(input, rows, chosen, w, h, brush),
  );
  const { waterfall, d, regime, cascade } = rows;
  const corner = stateCorner(d, { waterfall, d, regime, cascade }, brush.ascii);
  return scrolled([], body, w, h, input.options, corner, brush, list);
}

/** The chosen event. */
const copied: Panel['copied'] = ({ frame, history, options }) => {
  const { events } = selectSignals(frame, history, options);
  return chosenRow(events, events.map(keyOf), options, ({ tsLocal, kind, text }) => [
    instant(tsLocal, 19),
    kind,
    text,
  ]);
};

const detail: Panel['detail'] = ({ frame, history, options }, key) => {
  const { events } = selectSignals(frame, history, { ...options, filter: '' });
  const event = events.find((one) => keyOf(one) === key);
  if (event === undefined) return null;
  const { tsLocal, kind, subject, text, data } = event;
  const ago = age(frame.tsLocal - tsLocal, 4).trim();
  return {
    title: worded(kind),
    sections: [
      {
        heading: 'event',
        lines: [
          wordLine('when', `${instant(tsLocal, 19)} UTC, ${ago} ago`),
          wordLine('about', subject),
          wordLine('what', text),
        ],
      },
      {
        heading: 'numbers behind it',
        lines: Object.entries(data).map(([name, value]) =>
          plainLine(cleanText(worded(name)), value),
        ),
      },
    ],
  };
};

export const signalsPanel: Panel = {
  id: 'signals',
  title: 'signals',
  explains: ['drift', 'regime', 'cascade', 'market'],
  copied,
  detail,
  draw,
};
