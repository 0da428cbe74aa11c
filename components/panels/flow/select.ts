import type { Frame } from '../../../src/frame/frame.ts';
import type { InstrumentId } from '../../../src/model/instrument.ts';
import type { Reading } from '../../../src/model/reading.ts';
import { cleanText } from '../../format/cell-width.ts';
import { numberIn, wordIn } from '../features.ts';
import type { PanelOptions } from '../panel.ts';
import { type Reason, reasonsOf } from '../shown.ts';

/** What takers did on one listing. */
export interface FlowRow {
  readonly instrument: InstrumentId;
  /** `binance perp`. */
  readonly title: string;
  readonly venue: string;
  /** Without its venue: `BTC/USDT:USDT`. */
  readonly listing: string;
  /** Base coin of the last minute. */
  readonly buy: Reading;
  readonly sell: Reading;
  readonly net: Reading;
  /** Base coin since it was first heard. */
  readonly cvd: Reading;
  readonly trades: Reading;
  /** Base coin. */
  readonly meanSize: Reading;
  readonly netZ: Reading;
  readonly netUsdHour: Reading;
  readonly vpin: Reading;
  /** bps per $M. */
  readonly lambdaBps: Reading;
  readonly volatility: Reading;
}

/** How strongly the book's imbalance foretold the mid so many seconds later. */
export interface Response {
  readonly label: string;
  readonly correlation: Reading;
}

export interface FlowRows {
  readonly asset: string;
  /** Of the leading perp and its spot; null where there is none. */
  readonly perp: FlowRow | null;
  readonly spot: FlowRow | null;
  readonly cvdPerp: Reading;
  readonly cvdSpot: Reading;
  readonly divergence: Reading;
  readonly sides: Reading<string>;
  readonly vpin: Reading;
  readonly vpinBuckets: Reading;
  readonly lambdaBps: Reading;
  readonly lambdaT: Reading;
  readonly lambdaR2: Reading;
  readonly volatility: Reading;
  readonly volatilityRegime: Reading<string>;
  readonly z60: Reading;
  readonly z240: Reading;
  readonly opportunity: Reading<string>;
  readonly halfLifeMinutes: Reading;
  readonly varianceRatio: Reading;
  readonly marketState: Reading<string>;
  readonly meanReversion: Reading<string>;
  readonly responses: readonly Response[];
  /** Seconds of the hour in which spot's book was beyond the shock threshold and the perp's was not. */
  readonly leadBid: Reading;
  readonly leadAsk: Reading;
  readonly oibDivergence: Reading;
  readonly liquidityRatio: Reading;
  readonly crowdingRatio: Reading;
  readonly dislocationMinutes: Reading;
  /** Sorted as asked for. */
  readonly listings: readonly FlowRow[];
  /** Title of the column that the listings are sorted by. */
  readonly sort: string;
  readonly reasons: readonly Reason[];
}

const NOT_HERE = 'not computed for this listing';

function rowOf(frame: Frame, instrument: InstrumentId): FlowRow | null {
  const flow = frame.flow.byInstrument[instrument];
  if (flow === undefined) return null;
  const features = frame.features.byInstrument[instrument];
  const kind = frame.book.byInstrument[instrument]?.kind ?? null;
  const [first = '', ...rest] = instrument.split(':');
  const venue = cleanText(first);
  const listing = cleanText(rest.join(':'));
  return {
    instrument: cleanText(instrument),
    title: `${venue} ${kind ?? listing}`,
    venue,
    listing,
    buy: flow.buy1m,
    sell: flow.sell1m,
    net: flow.net1m,
    cvd: flow.cvd,
    trades: flow.trades1m,
    meanSize: numberIn(features, 'meanSize1m', NOT_HERE),
    netZ: numberIn(features, 'netZ60m', NOT_HERE),
    netUsdHour: numberIn(features, 'netUsd60m', NOT_HERE),
    vpin: numberIn(features, 'vpin', NOT_HERE),
    lambdaBps: numberIn(features, 'kyleLambdaBps', NOT_HERE),
    volatility: numberIn(features, 'realisedVolatility', NOT_HERE),
  };
}

const sortable = (reading: Reading): number =>
  reading.state === 'absent' ? Number.NEGATIVE_INFINITY : reading.value;

const takenBy = (row: FlowRow): number => sortable(row.buy) + sortable(row.sell);

/** What the listings can be sorted by: the largest first, what is absent last. */
const SORTS: readonly { readonly title: string; readonly by: (row: FlowRow) => number }[] = [
  { title: 'volume', by: takenBy },
  { title: 'net 1m', by: (row) => sortable(row.net) },
  { title: 'z 60m', by: (row) => sortable(row.netZ) },
  { title: 'VPIN', by: (row) => sortable(row.vpin) },
];

function sorted(rows: readonly FlowRow[], { sort, reversed }: PanelOptions): FlowRow[] {
  const { by } = SORTS[sort % SORTS.length]!;
  const order = [...rows].sort(
    (a, b) => compared(by(b), by(a)) || (a.instrument < b.instrument ? -1 : 1),
  );
  return reversed ? order.reverse() : order;
}

/** Two of minus infinity are equal; their difference is no number. */
const compared = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/** Flow of an asset: spot against the leading perp, what the flow does to the price, and every listing. */
export function selectFlow(frame: Frame, options: PanelOptions): FlowRows {
  const { perpInstrument, spotInstrument } = frame.basis;
  const { asset, byInstrument } = frame.features;
  const ofPerp = perpInstrument === null ? undefined : byInstrument[perpInstrument];
  const none = perpInstrument === null ? 'no leading perp' : 'not computed yet';
  const number = (name: string): Reading => numberIn(ofPerp, name, none);
  const word = (name: string): Reading<string> => wordIn(ofPerp, name, none);
  const across = (name: string): Reading => numberIn(asset, name, none);
  const perp = perpInstrument === null ? null : rowOf(frame, perpInstrument);
  const spot = spotInstrument === null ? null : rowOf(frame, spotInstrument);
  const rows: Omit<FlowRows, 'reasons'> = {
    asset: cleanText(frame.asset),
    perp,
    spot,
    cvdPerp: across('cvdPerp'),
    cvdSpot: across('cvdSpot'),
    divergence: across('cvdSpotPerpDivergence'),
    sides: wordIn(asset, 'cvdSpotPerpSides', none),
    vpin: number('vpin'),
    vpinBuckets: number('vpinBuckets'),
    lambdaBps: number('kyleLambdaBps'),
    lambdaT: number('kyleLambdaT'),
    lambdaR2: number('kyleLambdaR2'),
    volatility: number('realisedVolatility'),
    volatilityRegime: word('volatilityRegime'),
    z60: number('priceZ60'),
    z240: number('priceZ240'),
    opportunity: word('opportunity'),
    halfLifeMinutes: number('halfLifeMinutes'),
    varianceRatio: number('varianceRatio'),
    marketState: word('marketState'),
    meanReversion: word('meanReversion'),
    responses: [5, 30, 60].map((seconds) => ({
      label: `${seconds}s`,
      correlation: number(`oibResponse${seconds}s`),
    })),
    leadBid: across('leadLagBid'),
    leadAsk: across('leadLagAsk'),
    oibDivergence: across('oibDivergence'),
    liquidityRatio: across('liquidityRatio'),
    crowdingRatio: across('crowdingRatio'),
    dislocationMinutes: across('basisDislocationMinutes'),
    listings: sorted(
      Object.keys(frame.flow.byInstrument).flatMap((id) => rowOf(frame, id) ?? []),
      options,
    ),
    sort: SORTS[options.sort % SORTS.length]!.title,
  };
  return { ...rows, reasons: reasonsIn(rows) };
}

const reasonsIn = (rows: Omit<FlowRows, 'reasons'>): Reason[] =>
  reasonsOf([
    ...[rows.perp, rows.spot].flatMap((row) =>
      row === null
        ? []
        : [[`${row.title} net 1m`, row.net] as const, [`${row.title} z 60m`, row.netZ] as const],
    ),
    ['CVD perp', rows.cvdPerp],
    ['CVD spot', rows.cvdSpot],
    ['divergence', rows.divergence],
    ['sides', rows.sides],
    ['VPIN', rows.vpin],
    ['λ', rows.lambdaBps],
    ['λ t', rows.lambdaT],
    ['λ R²', rows.lambdaR2],
    ['volatility', rows.volatility],
    ['its regime', rows.volatilityRegime],
    ['z 60m', rows.z60],
    ['z 240m', rows.z240],
    ['opportunity', rows.opportunity],
    ['half-life', rows.halfLifeMinutes],
    ['variance ratio', rows.varianceRatio],
    ['market state', rows.marketState],
    ...rows.responses.map(
      ({ label, correlation }) => [`OIB response ${label}`, correlation] as const,
    ),
    ['spot leads', rows.leadBid],
    ['OIB divergence', rows.oibDivergence],
    ['liquidity ratio', rows.liquidityRatio],
    ['crowding ratio', rows.crowdingRatio],
    ['dislocation', rows.dislocationMinutes],
  ]);
