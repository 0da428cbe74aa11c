import { compactUsd, fixed, percent } from '../../components/format/number.ts';
import { said } from '../../components/format/reading.ts';
import { ageText, instant } from '../../components/format/time.ts';
import type { BookEntry, Frame, LiquidationWindow } from '../frame/frame.ts';
import type { Micros } from '../model/units.ts';

/** A row of the snapshot: what it is called and what it says. */
interface Row {
  readonly name: string;
  readonly value: string;
}

interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** Wide enough for any of the formats; the padding is cut off again. */
const CELLS = 20;

const rate = (value: number): string => percent(value, CELLS, 4, { sign: true });
const share = (value: number): string => percent(value, CELLS, 2, { sign: true });
const part = (value: number): string => percent(value, CELLS, 1);
const bps = (value: number): string => `${value.toFixed(3)} bps`;
const usd = (value: number): string => compactUsd(value, CELLS);
const score = (value: number): string => fixed(value, CELLS, 2, { sign: true });
const chance = (value: number): string => `${Math.round(value * 100)} %`;
const hours = (value: number): string => `${value.toFixed(1)} h`;
const text = (value: string): string => value;

function fundingRows(frame: Frame): Row[] {
  const rows = Object.entries(frame.funding.byVenue).flatMap(([venue, entry]): Row[] => [
    { name: `${venue} predicted`, value: said(entry.predicted, rate) },
    { name: `${venue} 8h`, value: said(entry.rate8h, rate) },
    { name: `${venue} annual`, value: said(entry.rateAnnual, share) },
    { name: `${venue} z`, value: said(entry.z, score) },
    { name: `${venue} next`, value: said(entry.nextFundingTs, (ts) => instant(ts, CELLS)) },
    { name: `${venue} spend`, value: said(entry.spendUsd, usd) },
  ]);
  const { oiWeighted, interpretation, spend8hUsd, arbitrage, calendar } = frame.funding;
  const near = calendar.filter(({ capNear }) => capNear === true);
  return [
    ...rows,
    { name: 'OI-weighted 8h', value: said(oiWeighted, rate) },
    { name: 'reads as', value: said(interpretation, text) },
    { name: 'spend 8h', value: said(spend8hUsd, usd) },
    ...near.map(({ instrument, rate: held }) => ({
      name: 'cap near',
      value: `${instrument} at ${said(held, rate)}`,
    })),
    ...arbitrage.map((pair) => ({
      name: `${pair.long} / ${pair.short}`,
      value: `long / short ${said(pair.spread8h, rate)} per 8 h, ${said(pair.annualNet, share)} a year after fees, even after ${said(pair.breakEvenHours, hours)}`,
    })),
  ];
}

/** Dated futures by venue with the shape of each curve, then what is worth carrying. */
function carryRows({ basis }: Frame): Row[] {
  const venues = Object.entries(basis.curves).map(([venue, shape]): Row => {
    const points = basis.term.filter((point) => point.venue === venue);
    const terms = points.map(
      ({ instrument, days, annualised }) =>
        `${instrument.slice(venue.length + 1)} ${days.toFixed(1)} d ${said(annualised, share)}`,
    );
    return { name: `${venue} curve`, value: `${said(shape, text)}: ${terms.join(', ')}` };
  });
  return [
    ...venues,
    ...basis.carry.map(({ venue, strategy }) => ({ name: `${venue} carry`, value: strategy })),
  ];
}

const marketText = ({ assets, excluded }: Frame['market']): string =>
  excluded.length === 0 ? String(assets) : `${assets}, without ${excluded.join('; ')}`;

const liquidated = (window: LiquidationWindow): string =>
  window.long.state === 'absent'
    ? said(window.long, usd)
    : `long ${said(window.long, usd)}, short ${said(window.short, usd)}`;

function bookRows(id: string, book: BookEntry): Row[] {
  const price = (value: number): string => fixed(value, CELLS, book.priceDecimals);
  return [
    {
      name: `${id}`,
      value:
        book.status === 'whole' || book.status === 'none'
          ? `${said(book.bid, price)} × ${said(book.ask, price)}`
          : `${book.status} (${book.reason ?? ''})`,
    },
    { name: '  spread', value: said(book.spreadBps, bps) },
    { name: '  OIB', value: said(book.oib, score) },
    {
      name: `  depth ±${book.bandBps} bps`,
      value: `${said(book.depthBid, usd)} × ${said(book.depthAsk, usd)}`,
    },
  ];
}

function historyRows({ trust }: Frame): Row[] {
  const { store, gaps } = trust;
  const when = (ts: Micros): string => `${instant(ts, 16).trim()} UTC`;
  const rows = gaps.map(({ subject, series, count, missing, from, to }) => ({
    name: subject,
    value: `${series}: ${count} ${count === 1 ? 'gap' : 'gaps'}, ${ageText(missing)} in all, the newest ${when(from)} to ${when(to)}`,
  }));
  if (store === null) return rows;
  const { state, reason, rows: kept, newest } = store;
  const how = state === 'ok' ? 'on disk' : `in memory only (${reason})`;
  const upTo = newest === null ? '' : `, newest cell ${when(newest)}`;
  return [{ name: 'store', value: `${how}, ${kept} rows${upTo}` }, ...rows];
}

function sectionsOf(frame: Frame): Section[] {
  const price = (value: number): string => fixed(value, CELLS, frame.priceDecimals);
  const { openInterest, liquidations, cascade, basis, drift, regime, market } = frame;
  const { conditional } = regime;
  return [
    {
      title: 'Price',
      rows: [
        { name: 'mid', value: said(frame.price, price) },
        { name: 'change 1 h', value: said(frame.priceChange1h, share) },
        { name: 'change 24 h', value: said(frame.priceChange24h, share) },
      ],
    },
    { title: 'Funding', rows: fundingRows(frame) },
    {
      title: 'Open interest',
      rows: [
        { name: 'USD', value: said(openInterest.usd, usd) },
        { name: 'change 1 h', value: said(openInterest.change1h, share) },
        { name: 'change 24 h', value: said(openInterest.change24h, share) },
        { name: 'type', value: said(openInterest.changeType, text) },
        { name: 'reads as', value: said(openInterest.divergence, text) },
        { name: 'confidence', value: said(openInterest.confidence, chance) },
        { name: 'all venues USD', value: said(openInterest.totalUsd, usd) },
        { name: 'all venues 24 h', value: said(openInterest.totalChange24h, share) },
        { name: 'trend', value: said(openInterest.trend, text) },
      ],
    },
    {
      title: 'Liquidations',
      rows: [
        { name: '5 min', value: liquidated(liquidations.m5) },
        { name: '1 h', value: liquidated(liquidations.h1) },
        { name: '24 h', value: liquidated(liquidations.h24) },
        ...Object.entries(liquidations.completeness).map(([venue, note]) => ({
          name: venue,
          value: note,
        })),
      ],
    },
    {
      title: 'Cascade',
      rows: [
        { name: 'level', value: said(cascade.level, text) },
        { name: 'longs within 5 %', value: said(cascade.longWithin5, usd) },
        { name: 'shorts within 5 %', value: said(cascade.shortWithin5, usd) },
        { name: 'ratio', value: said(cascade.ratio, score) },
      ],
    },
    {
      title: 'Basis',
      rows: [
        { name: 'fair', value: said(basis.fair, rate) },
        { name: 'venue', value: said(basis.venue, rate) },
        {
          name: 'dated',
          value: `${said(basis.dated, rate)}${basis.datedInstrument === null ? '' : `, ${said(basis.datedAnnual, share)} a year: ${basis.datedInstrument}`}`,
        },
        { name: 'mark off ours', value: said(basis.markCheck.differenceBps, bps) },
        ...carryRows(frame),
      ],
    },
    {
      title: 'Drift',
      rows: [
        { name: 'μ', value: said(drift.mu, score) },
        {
          name: 'μ1 μ2 μ3',
          value: [drift.mu1, drift.mu2, drift.mu3].map((part) => said(part, score)).join('  '),
        },
        { name: 'D', value: said(drift.d, score) },
        { name: 'threshold', value: said(drift.quantile, score) },
        { name: 'gate', value: said(drift.active, (isOpen) => (isOpen ? 'open' : 'closed')) },
        ...(drift.sentence === null ? [] : [{ name: 'because', value: drift.sentence }]),
        ...(drift.flipSentence === null ? [] : [{ name: 'flips', value: drift.flipSentence }]),
      ],
    },
    {
      title: 'Market',
      rows: [
        { name: 'drift', value: said(market.drift, score) },
        { name: 'gates open upwards', value: said(market.breadthUp, part) },
        { name: 'gates open downwards', value: said(market.breadthDown, part) },
        { name: 'assets', value: marketText(market) },
      ],
    },
    {
      title: 'Regime',
      rows: [
        { name: 'label', value: said(regime.label, text) },
        { name: 'spread q90 in carry', value: said(conditional.spreadQ90Carry, bps) },
        { name: 'least depth in stress', value: said(conditional.depthMinStress, usd) },
        { name: 'OIB persistence in carry', value: said(conditional.oibPersistenceCarry, part) },
      ],
    },
    {
      title: 'Books',
      rows: Object.entries(frame.book.byInstrument).flatMap(([id, book]) => bookRows(id, book)),
    },
    { title: 'History', rows: historyRows(frame) },
    {
      title: 'Quality',
      rows: frame.quality.map((note) => ({
        name: note.subject,
        value: `${note.state}: ${note.reason}`,
      })),
    },
  ].filter((section) => section.rows.length > 0);
}

/** Where the numbers come from, so that no simulated or replayed snapshot passes for live. */
const origin = (frame: Frame): string =>
  frame.source === frame.origin ? frame.source : `${frame.source} of ${frame.origin}`;

const heading = (frame: Frame): string =>
  `${frame.asset} · ${instant(frame.tsLocal, 19).trim()} UTC · ${origin(frame)}`;

/** One frame as aligned plain text. */
export function frameAsText(frame: Frame): string {
  const sections = sectionsOf(frame);
  const width = Math.max(...sections.flatMap(({ rows }) => rows.map(({ name }) => name.length)));
  const body = sections.map(({ title, rows }) =>
    [title, ...rows.map(({ name, value }) => `  ${name.padEnd(width)}  ${value}`)].join('\n'),
  );
  return `${[heading(frame), ...body].join('\n\n')}\n`;
}

const escaped = (cell: string): string => cell.replaceAll('|', '\\|');

/** One frame as Markdown tables. */
export function frameAsMarkdown(frame: Frame): string {
  const body = sectionsOf(frame).map(({ title, rows }) =>
    [
      `### ${title}`,
      '',
      '| | |',
      '| --- | --- |',
      ...rows.map(({ name, value }) => `| ${escaped(name.trim())} | ${escaped(value)} |`),
    ].join('\n'),
  );
  return `${[`## ${heading(frame)}`, ...body].join('\n\n')}\n`;
}
