import type { FundingPair } from '../features/funding-arbitrage.ts';
import type { LiquidationPrint } from '../features/liquidations.ts';
import type { OiTrend } from '../features/open-interest-total.ts';
import type { ForwardSource } from '../features/options/forward.ts';
import type { IvSource } from '../features/options/smile.ts';
import type { TermShape } from '../features/options/term.ts';
import type { Premium } from '../features/options/volatility.ts';
import type { CurveShape } from '../features/term.ts';
import type { Grounds } from '../model/definition.ts';
import type { InstrumentKind } from '../model/instrument.ts';
import { HOURLY_SERIES, type StoreReport } from '../model/kept.ts';
import type { CascadeThresholds } from '../signals/cascade.ts';
import type { BasisFrame, MarkCheck, TermEntry, VenueBasis } from './basis.ts';
import type { CalibrationFrame } from './calibration.ts';
import type { CarryEntry } from './carry.ts';
import type { CascadeFrame, CascadeVenue, LiquidationLevel } from './cascade.ts';
import {
  type BookEntry,
  type BookStatus,
  type BookTrust,
  type CascadeLevel,
  type DriftFrame,
  type DriftNumbers,
  type EventLine,
  type FeedTrust,
  type FlowEntry,
  FRAME_VERSION,
  type Frame,
  type FundingEntry,
  type GapTrust,
  type LiquidationWindow,
  type OiChangeType,
  type OpenInterestEntry,
  type QualityNote,
  type RegimeConditional,
  type RegimeFrame,
  type RegimeLabel,
  type RestTrust,
  type SeriesCell,
  type SeriesLine,
  type Source,
  type VenueLiquidations,
} from './frame.ts';
import type {
  FundingCalendarEntry,
  FundingFrame,
  FundingIntervalChange,
  FundingOther,
} from './funding.ts';
import type { Lineage, LineageInput } from './lineage.ts';
import type { MarketFrame } from './market.ts';
import type { OpenInterestFrame } from './open-interest.ts';
import type { OptionExpiry, OptionGamma, OptionInterest, OptionsFrame } from './options.ts';
import type { OptionsLine, OptionsNumber } from './options-line.ts';
import type { ScanLine, ScanRow } from './scan.ts';

/** A JSON Schema, or a part of one. */
type Schema = { readonly [keyword: string]: unknown };

const of = (schema: Schema, description: string): Schema => ({ ...schema, description });
const ref = (name: string, description?: string): Schema => ({
  $ref: `#/$defs/${name}`,
  ...(description !== undefined && { description }),
});

/** An object of fixed shape, in which only the keys of `optional` may be missing. The type makes sure that none is forgotten. */
const object = <T>(
  properties: { readonly [K in keyof Required<T>]: Schema },
  optional: readonly (string & keyof T)[] = [],
): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key as never)),
  additionalProperties: false,
});

/** An object whose keys are names that only the market knows. */
const byName = (values: Schema, keys: string): Schema => ({
  type: 'object',
  description: `By ${keys}.`,
  additionalProperties: values,
});

const list = (items: Schema, description: string): Schema => ({
  type: 'array',
  items,
  description,
});

/** One of some texts. The type makes sure that none is forgotten. */
const oneOf = <T extends string>(texts: Readonly<Record<T, true>>): Schema => ({
  enum: Object.keys(texts),
});

const nullable = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });

const number = (description: string): Schema => ({ type: 'number', description });
const count = (description: string): Schema => ({ type: 'integer', minimum: 0, description });
const text = (description: string): Schema => ({ type: 'string', description });
const flag = (description: string): Schema => ({ type: 'boolean', description });
const micros = (description: string): Schema => ({
  type: 'integer',
  minimum: 0,
  description: `${description}, microseconds since the Unix epoch, UTC`,
});

const marks: { readonly [mark: string]: Schema } = {
  provisional: of({ const: true }, 'The cell it belongs to is still open.'),
  sampled: of({ const: true }, 'The venue publishes only a part: a lower bound.'),
  partial: of({ const: true }, 'Less is known than asked for: of the band, or of the window.'),
  estimated: of({ const: true }, 'A model of ours, not something a venue published.'),
  polled: of({ const: true }, 'Asked for now and then, not streamed.'),
  nEff: of({ type: 'integer', minimum: 1 }, 'Distinct facts, where samples repeat one another.'),
};

/** A number the screen may show: live, stale with its age, or absent with a reason (SPEC §2). */
const readingOf = (value: Schema): Schema => ({
  oneOf: [
    {
      type: 'object',
      properties: { state: { const: 'live' }, value, ...marks },
      required: ['state', 'value'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: {
        state: { const: 'stale' },
        value,
        age: of({ type: 'integer', minimum: 0 }, 'Age of the oldest input, microseconds.'),
        ...marks,
      },
      required: ['state', 'value', 'age'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: {
        state: { const: 'absent' },
        value: { type: 'null' },
        reason: of({ type: 'string', minLength: 1 }, 'Why: `warming 37/168`, `no feed: okx`.'),
      },
      required: ['state', 'value', 'reason'],
      additionalProperties: false,
    },
  ],
});

const reading = (description: string): Schema => ref('reading', description);
const textReading = (description: string): Schema => ref('textReading', description);

/** Numbers at even distances in time, oldest first; null where none is known. */
const trace = (length: number, description: string): Schema => ({
  type: 'array',
  items: { type: ['number', 'null'] },
  minItems: length,
  maxItems: length,
  description,
});

const oiTrend = oneOf<OiTrend>({ rising: true, flat: true, falling: true });
const curveShape = oneOf<CurveShape>({
  contango: true,
  backwardation: true,
  mixed: true,
  flat: true,
});
const regimeLabel = oneOf<RegimeLabel>({
  'deleveraging stress': true,
  'crowded carry long': true,
  'crowded carry short': true,
  neutral: true,
});
const cascadeLevel = oneOf<CascadeLevel>({ low: true, medium: true, high: true, critical: true });
const oiChangeType = oneOf<OiChangeType>({
  'long build': true,
  'long liquidation': true,
  'short build': true,
  'short squeeze': true,
});
const bookStatus = oneOf<BookStatus>({ waiting: true, resyncing: true, whole: true });
const bookStatusOrNone = oneOf<BookEntry['status']>({
  none: true,
  waiting: true,
  resyncing: true,
  whole: true,
});
const instrumentKind = oneOf<InstrumentKind>({
  spot: true,
  perp: true,
  future: true,
  option: true,
});
const side = oneOf<'long' | 'short'>({ long: true, short: true });
const source = oneOf<Source>({ live: true, replay: true, demo: true });
const restState = oneOf<RestTrust['state']>({
  ok: true,
  limited: true,
  banned: true,
  refused: true,
});

const line = {
  v: of({ const: FRAME_VERSION }, 'Version of the lines.'),
  source: of(source, 'Where the numbers come from.'),
  origin: of(
    oneOf<Source | 'recording'>({ live: true, replay: true, demo: true, recording: true }),
    'What a replayed recording was made from; equal to `source` otherwise.',
  ),
  tsLocal: micros('The instant it is about, on the clock of the recording in a replay'),
};

const fundingEntry = object<FundingEntry>({
  instrument: text('Listing that stands for its venue.'),
  predicted: reading('Running estimate per own interval, fraction.'),
  settled: reading('Last rate that was paid, per own interval, fraction.'),
  rate8h: reading('Predicted × 8 / interval hours, fraction.'),
  rateAnnual: reading('Predicted × 8760 / interval hours, simple, fraction.'),
  settledAnnual: reading('Last settled × 8760 / interval hours, simple, fraction.'),
  z: reading('z-score of the 8h rate over the trailing 7 days of cells.'),
  accelerationPerHour: reading('Change of the predicted 8h rate per hour, fraction.'),
  intervalHours: reading('Hours between settlements.'),
  nextFundingTs: reading('Next settlement, microseconds since the Unix epoch.'),
  spendUsd: reading('Predicted rate × open interest, USD: what changes hands next.'),
  interpretation: textReading('What a trader calls the 8h rate.'),
  capShare: reading('|predicted| as a share of the cap or floor of the venue.'),
  history: trace(21, 'Settled 8h-equivalents of the last 21 stretches of 8 h.'),
});

const fundingOther = object<FundingOther>({
  instrument: text('Listing.'),
  venue: text('Exchange.'),
  rate8h: reading('Predicted × 8 / interval hours, fraction.'),
  settledAnnual: reading('Last settled × 8760 / interval hours, simple, fraction.'),
  z: reading('z-score of the 8h rate over the trailing 7 days of cells.'),
  spendUsd: reading('Predicted rate × open interest, USD.'),
});

const calendarEntry = object<FundingCalendarEntry>({
  ts: micros('When it is due'),
  venue: text('Exchange.'),
  instrument: text('Listing.'),
  rate: reading('Predicted, per own interval, fraction.'),
  usd: reading('What will change hands, USD; above 0 longs pay.'),
  capNear: nullable(flag('The rate is about to be held by its cap or floor; null: none named.')),
});

const intervalChange = object<FundingIntervalChange>({
  ts: micros('When it was heard'),
  venue: text('Exchange.'),
  instrument: text('Listing.'),
  from: number('Hours between settlements before.'),
  to: number('Hours between settlements since.'),
});

const fundingPair = object<FundingPair>({
  long: text('Exchange whose perp is bought.'),
  short: text('Exchange whose perp is sold.'),
  spread8h: reading('Difference of the 8h rates, fraction.'),
  annualGross: reading('The same × 8760 / 8, simple, fraction.'),
  feesBps: reading('Taker fees of four fills, bps of notional.'),
  annualNet: reading('A year after fees, held as long as is set, fraction.'),
  breakEvenHours: reading('Hours until the spread has paid the fees.'),
});

const openInterestEntry = object<OpenInterestEntry>({
  instrument: text('Listing that stands for its venue.'),
  coin: reading('Base coin, one side.'),
  usd: reading('USD at mark.'),
  change1h: reading('Change of coin OI over 1 h, fraction.'),
  change4h: reading('Change of coin OI over 4 h, fraction.'),
  change24h: reading('Change of coin OI over 24 h, fraction.'),
  shock: reading('z-score of the change of ln OI over the last hour.'),
  allCoin: reading('All perps of the venue, base coin.'),
  share: reading('Their share of the total.'),
});

const termEntry = object<TermEntry>({
  venue: text('Exchange.'),
  instrument: text('Dated future.'),
  expiry: micros('When it expires'),
  days: number('Days until then, fractional.'),
  nearExpiry: flag('Nothing is annualised any more.'),
  price: reading('Mid where it is quoted, else mark, quote currency.'),
  priceOf: oneOf<TermEntry['priceOf']>({ mid: true, mark: true }),
  spotOf: nullable({ enum: ['index', 'spot'], description: 'What it is held against.' }),
  basis: reading('(F − S) / S, fraction.'),
  annualised: reading('(F/S − 1) × 365 / days, fraction.'),
  roll: reading('Into the next expiry of its venue, a year, fraction.'),
});

const carryEntry = object<CarryEntry>({
  kind: oneOf<CarryEntry['kind']>({ 'cash-and-carry': true, funding: true }),
  venue: text('Exchange.'),
  instrument: text('Listing that is sold.'),
  spot: text('Listing that is bought.'),
  days: nullable(number('Days to the expiry.')),
  yield: reading('A year on capital after fees, fraction.'),
  yieldSettled: nullable(reading('The same at the settled average of seven days.')),
  strategy: text('In words.'),
});

const markCheck = object<MarkCheck>({
  price1: reading('Index with the funding still to run, quote currency.'),
  price2: reading('Index with the moving average of mid − index, quote currency.'),
  last: reading('Last trade, quote currency.'),
  ours: reading('Median of the three, quote currency.'),
  venue: reading('Mark price of the venue, quote currency.'),
  differenceBps: reading('Ours − theirs, bps.'),
  indexOurs: reading('Σ weight × spot mid by the weights that are set, quote currency.'),
  indexDifferenceBps: reading('Ours − theirs, bps.'),
});

const liquidationWindow = object<LiquidationWindow>({
  long: reading('USD of longs liquidated.'),
  short: reading('USD of shorts liquidated.'),
  count: reading('Liquidations.'),
  largest: reading('Largest of them, USD.'),
});

const venueWindow = object<VenueLiquidations['h1']>({
  long: reading('USD of longs liquidated.'),
  short: reading('USD of shorts liquidated.'),
});

const venueLiquidations = object<VenueLiquidations>({
  h1: of(venueWindow, 'Last hour.'),
  h24: of(venueWindow, 'Last 24 hours.'),
});

const liquidationPrint = object<LiquidationPrint>({
  tsLocal: micros('When it was received'),
  instrument: text('Listing.'),
  side: of(side, 'The position that died.'),
  price: number('Average fill, quote currency.'),
  size: number('Base coin.'),
  notional: number('USD.'),
});

const liquidationLevel = object<LiquidationLevel>({
  price: number('Middle of the price bin, quote currency.'),
  side: of(side, 'Whose positions die there.'),
  notional: number('Estimated USD.'),
  low: number('The least under mixes of less and more leverage, USD.'),
  high: number('The most under mixes of less and more leverage, USD.'),
});

const cascadeVenue = object<CascadeVenue>({
  longWithin5: reading('Estimated USD of longs that die within 5 % below price.'),
  shortWithin5: reading('Estimated USD of shorts that die within 5 % above price.'),
  openInterestUsd: reading('USD at mark.'),
  placedShare: reading('Share of its open interest whose entries are known.'),
  tiers: of(
    oneOf<CascadeVenue['tiers']>({ settings: true, venue: true }),
    'Who said what margin it asks for.',
  ),
});

const calibration = object<CalibrationFrame>({
  hitShare: reading('USD liquidated in bins that were foretold / USD liquidated, 24 h.'),
  baseShare: reading('Share of foretold bins among those that price went through, 24 h.'),
  prints: reading('Liquidations judged, 24 h.'),
});

const bookEntry = object<BookEntry>({
  kind: instrumentKind,
  status: bookStatusOrNone,
  reason: nullable(text('Why it is not whole.')),
  bid: reading('Best bid, quote currency.'),
  ask: reading('Best ask, quote currency.'),
  bidSize: reading('Base coin at the best bid.'),
  askSize: reading('Base coin at the best ask.'),
  mid: reading('(bid + ask) / 2.'),
  microprice: reading('Size-weighted mid of the touch.'),
  spreadBps: reading('Spread, bps of mid.'),
  oib: reading('Weighted order-book imbalance within the band, −1 … +1.'),
  oibEwma: reading('Its exponentially weighted mean, 30 s half-life.'),
  depthBid: reading('Bids within the band, quote currency.'),
  depthAsk: reading('Asks within the band, quote currency.'),
  bandBps: number('Half-width of the band, bps of mid.'),
  knownBidBps: reading('How far from mid the bids are known, bps.'),
  knownAskBps: reading('How far from mid the asks are known, bps.'),
  priceDecimals: count('Decimals of a price.'),
  sizeDecimals: count('Decimals of a size.'),
  bids: list(ref('level'), 'Best first.'),
  asks: list(ref('level'), 'Best first.'),
});

const flowEntry = object<FlowEntry>({
  buy1m: reading('Base coin bought by takers in the last 60 s.'),
  sell1m: reading('Base coin sold by takers in the last 60 s.'),
  net1m: reading('The difference of the two, base coin.'),
  cvd: reading('Cumulative volume delta since the first print, base coin.'),
  trades1m: reading('Prints in the last 60 s.'),
  lastPrice: reading('Last trade, quote currency.'),
  lastAggressor: textReading('Its taker: buy lifted the ask.'),
});

const driftNumbers: { readonly [K in keyof DriftNumbers]: Schema } = {
  mu: reading('μ = μ1 + μ2 + μ3: below 0 pressure down, above 0 pressure up.'),
  d: reading('Determinism |μ|.'),
  active: ref('flagReading', 'Whether the gate is open.'),
  mu1: reading('−α · z(OI′) · z(funding).'),
  mu2: reading('+β · z(OI′) · z(basis).'),
  mu3: reading('γ · ρ · z(basis of the front dated future).'),
  zFunding: reading('z-score of the 8h funding rate.'),
  zOiChange: reading('z-score of the hourly change of ln OI.'),
  zBasis: reading('z-score of the basis.'),
  quantile: reading('What D has to exceed.'),
};

const drift = object<DriftFrame>({
  ...driftNumbers,
  cells: count('Closed cells that the quantile rests on.'),
  cellClose: micros('Close of the open cell'),
  sentence: nullable(text('What it says, in words.')),
  flip: of(
    object<DriftFrame['flip']>({
      funding8h: reading('8h funding rate, fraction.'),
      openInterest: reading('Open interest, base coin.'),
      basis: reading('Basis, fraction.'),
      zFunding: reading('z-score of funding at that value.'),
      zOiChange: reading('z-score of the change of ln OI at that value.'),
      zBasis: reading('z-score of the basis at that value.'),
    }),
    'Nearest value of each input, the others as they are, that opens or closes the gate.',
  ),
  flipSentence: nullable(text('The nearest of them in standard deviations, in words.')),
  dated: of(
    object<DriftFrame['dated']>({
      instrument: textReading('The front dated future.'),
      daysToExpiry: reading('Days to its expiry.'),
      rho: reading('ρ: how much its expiry weighs, 0–1.'),
      zBasis: reading('z-score of its fair basis.'),
    }),
    'What μ3 rests on.',
  ),
  committed: nullable(
    object<NonNullable<DriftFrame['committed']>>({
      ...driftNumbers,
      cellClose: micros('Close of the last closed cell'),
    }),
  ),
});

const regime = object<RegimeFrame>({
  label: readingOf(regimeLabel),
  since: nullable(micros('When the label began')),
  oiShock: reading('z-score of the change of ln OI over the last hour.'),
  fundingZ: reading('z-score of the 8h funding rate.'),
  oiChange: reading('Change of ln OI over the last hour.'),
  liquidationZ: reading('z-score of the USD liquidated in the last hour.'),
  depthRank: reading('Rank (0–1) of perp depth within its trailing 7 days.'),
  conditional: of(
    object<RegimeConditional>({
      spreadQ90Carry: reading('0.9 quantile of the spread in crowded carry, bps.'),
      depthMinStress: reading('Least depth within the band in deleveraging stress, USD.'),
      oibPersistenceCarry: reading(
        'Share of the seconds of crowded carry whose OIB keeps its sign.',
      ),
      carryMinutes: count('Minutes in crowded carry.'),
      stressMinutes: count('Minutes in deleveraging stress.'),
      knownMinutes: count('Minutes in which the regime was known.'),
    }),
    'How the book of the leading perp did under a regime, over the trailing 7 days.',
  ),
});

const rest = object<RestTrust>({
  pool: text('Budget of requests.'),
  used: number('Weight used in the running window.'),
  limit: number('Documented weight per window.'),
  state: restState,
  until: nullable(micros('When requests go on')),
});

const feed = object<FeedTrust>(
  {
    feed: text('Product family of a venue.'),
    venue: text('Exchange.'),
    state: oneOf<FeedTrust['state']>({
      live: true,
      connecting: true,
      disconnected: true,
      stale: true,
    }),
    polledEveryMs: number('ms between two polls; missing where it streams.'),
    messagesPerSecond: reading('Socket messages (or answers to polls) per second, last 10 s.'),
    age: reading('Age of the newest of them, microseconds.'),
    lag: reading('Receive time − event time, median of the last second, microseconds.'),
    clockOffset: reading('Venue clock − ours, microseconds.'),
    reconnects: count('Connections lost and made again.'),
    rejected: count('Messages that nobody could read.'),
    unfamiliar: count('Fields and types never seen before.'),
    unfamiliarNames: list({ type: 'string' }, 'Some of them.'),
    dropped: count('Messages left out because a queue was full.'),
    rest: list(rest, 'Request budgets.'),
    suspects: list({ type: 'string' }, 'Streams that should speak and do not.'),
    streams: count('Streams known.'),
  },
  ['polledEveryMs'],
);

const store = of(
  object<StoreReport>({
    state: of(
      oneOf<StoreReport['state']>({ ok: true, memory: true }),
      'memory: nothing is written.',
    ),
    reason: nullable(text('Why nothing is written; null when all is well.')),
    rows: count('Rows kept.'),
    newest: nullable(micros('Close of the newest cell kept')),
    waiting: count('Rows that wait to be written.'),
    lost: count('Rows given up because too many were waiting.'),
  }),
  'How the history on disk does; null where none is kept.',
);

const gap = object<GapTrust>({
  subject: text('Listing or feed.'),
  series: { enum: [...HOURLY_SERIES, 'hearing'], description: 'What is missing.' },
  count: count('Spans longer than ten minutes.'),
  missing: count('Their length together, microseconds.'),
  from: micros('Beginning of the newest'),
  to: micros('End of the newest'),
});

const book = object<BookTrust>({
  instrument: text('Listing.'),
  status: bookStatus,
  reason: nullable(text('Why it is not whole.')),
  applied: count('Messages applied.'),
  gaps: count('Breaks of the sequence.'),
  resyncs: count('Times a whole book was dropped.'),
  crossed: count('Times best bid met best ask.'),
  quoteChecks: count("Comparisons with the venue's own best bid and ask."),
  quoteMismatches: count('Those that differed.'),
  snapshotChecks: count(
    'Comparisons of the running book with a later snapshot at the same update id.',
  ),
  snapshotMismatches: count('Those in which any level differed.'),
  checksumChecks: count('Comparisons with a checksum of the venue.'),
  checksumMismatches: count('Those that failed.'),
  errorRate: reading('Share of all comparisons that failed, as a fraction.'),
  broken: count('Microseconds for which a book that had been whole was not, all in all.'),
  lenient: flag('The numbers of the venue skip; jumps are taken.'),
  jumps: count('Jumps of the sequence that were taken.'),
  levels: count('Price levels held.'),
  knownBidBps: reading('How far from mid the bids are known, bps.'),
  knownAskBps: reading('How far from mid the asks are known, bps.'),
  age: reading('Age of the newest book message, microseconds.'),
});

const quality = object<QualityNote>({
  subject: text('What it is about.'),
  state: oneOf<QualityNote['state']>({
    stale: true,
    absent: true,
    suspect: true,
    resyncing: true,
    limited: true,
    warming: true,
    info: true,
  }),
  reason: text('Why.'),
});

const thresholds = object<CascadeThresholds>({
  medium: number('USD.'),
  high: number('USD.'),
  critical: number('USD.'),
});

const forwardSource = oneOf<ForwardSource>({ venue: true, parity: true, future: true });
const ivSource = oneOf<IvSource>({ venue: true, black76: true });

const optionExpiry = object<OptionExpiry>({
  expiry: micros('When it expires'),
  days: reading('Days to it, fractional.'),
  forward: reading('Forward to it, quote currency.'),
  forwardSource: nullable(of(forwardSource, 'Where the forward comes from.')),
  atmIv: reading('Implied volatility at the forward, fraction a year.'),
  rr25: reading('25Δ risk reversal: IV of the call − IV of the put, fraction.'),
  bf25: reading('25Δ butterfly: mean IV of both − IV at the money, fraction.'),
  ivSource: nullable(of(ivSource, 'Who says what the volatilities are.')),
  putCallOi: reading('Open interest of puts / that of calls.'),
  putCallVolume: reading('24 h volume of puts / that of calls.'),
  maxPain: reading('Strike at which holders are paid least, in dollars.'),
  maxPainTies: list({ type: 'number' }, 'Strikes that tie; empty when one stands alone.'),
  gex: reading('Gamma exposure, USD per 1 %: calls + puts −.'),
  oiCoin: reading('Open interest, base coin.'),
});

/** Rows of numbers of one length, the first of them a strike. */
const strikeRows = (description: string, ...columns: readonly Schema[]): Schema =>
  list(
    {
      type: 'array',
      prefixItems: [number('Strike, quote currency.'), ...columns],
      minItems: columns.length + 1,
      items: false,
    },
    description,
  );

const options = object<OptionsFrame>({
  asOf: micros('When the chain was looked at'),
  quotesHeardTs: nullable(micros('When the newest quote in it was heard')),
  dvolHeardTs: nullable(micros('When the volatility index was heard')),
  venue: text('Exchange.'),
  settle: text('Coin that the options are paid in.'),
  expiries: list(optionExpiry, 'The nearest expiries, ascending.'),
  atmIv7d: reading('IV at the money in 7 days, fraction a year.'),
  atmIv30d: reading('IV at the money in 30 days, fraction a year.'),
  atmIv90d: reading('IV at the money in 90 days, fraction a year.'),
  atmIv180d: reading('IV at the money in 180 days, fraction a year.'),
  termShape: readingOf(oneOf<TermShape>({ contango: true, flat: true, backwardation: true })),
  putCallOi: reading('Open interest of puts / that of calls, all expiries.'),
  putCallOiSays: textReading('What a trader calls that.'),
  putCallOiPercentile: reading('Share of the trailing hours in which it was lower.'),
  putCallVolume: reading('24 h volume of puts / that of calls, all expiries.'),
  putCallVolumeSays: textReading('What a trader calls that.'),
  putCallVolumePercentile: reading('Share of the trailing hours in which it was lower.'),
  dvol: reading("The venue's index of implied volatility over 30 days, fraction a year."),
  ivRank: reading('Its place between the least and the greatest close of a year, 0 … 1.'),
  ivPercentile: reading('Share of the days of a year that closed below it, 0 … 1.'),
  premium: readingOf(oneOf<Premium>({ 'premium rich': true, fair: true, 'premium cheap': true })),
  gex: reading('Gamma exposure of all expiries, USD per 1 %: calls + puts −.'),
  oiCoin: reading('Open interest of all expiries, base coin.'),
  oiByStrike: list(
    object<OptionInterest>({
      expiry: micros('When it expires'),
      strikes: strikeRows('By rising strike.', number('Calls, coins.'), number('Puts, coins.')),
    }),
    'Open interest of the nearest expiry and of the largest.',
  ),
  gexByStrike: list(
    object<OptionGamma>({
      expiry: micros('When it expires'),
      strikes: strikeRows('By rising strike.', nullable(number('USD per 1 %.'))),
    }),
    'Gamma exposure of the nearest expiry and of the largest.',
  ),
  excluded: list({ type: 'string' }, 'What was left out, with the reason.'),
});

const groundsProperties: { readonly [K in keyof Required<Grounds>]: Schema } = {
  window: object<NonNullable<Grounds['window']>>(
    {
      span: count('How far back it reaches, microseconds.'),
      count: count('Samples in it.'),
      full: count('Samples of a full one.'),
      nEff: count('Distinct facts among them.'),
    },
    ['nEff'],
  ),
  parameters: {
    type: 'object',
    description: 'Thresholds in force, means, weights.',
    additionalProperties: { type: ['number', 'string', 'null'] },
  },
  excluded: list({ type: 'string' }, 'What was left out, with the reason.'),
};

const grounds = object<Grounds>(groundsProperties, ['window', 'parameters', 'excluded']);

/** Apart, so that what may be missing is named beside it and not around it. */
const frameProperties: { readonly [K in keyof Required<Frame>]: Schema } = {
  ...line,
  type: { const: 'frame' },
  asset: text('What is traded.'),
  price: reading('Mid of the leading perp, quote currency.'),
  priceChange1h: reading('Fraction over the last hour.'),
  priceChange24h: reading('Fraction over the last 24 h.'),
  priceDecimals: count('Decimals of a price.'),
  funding: object<FundingFrame>({
    byVenue: byName(fundingEntry, 'venue'),
    oiWeighted: reading('Σ rate·OI / Σ OI of the 8h rates of venues that are live, fraction.'),
    excluded: list({ type: 'string' }, 'Venues left out of it, with the reason.'),
    interpretation: textReading('What a trader calls this rate.'),
    others: list(fundingOther, 'Further perps of venues that list several.'),
    spend8hUsd: reading('What longs pay shorts in 8 h at these rates, all perps, USD.'),
    calendar: of(
      { type: 'array', items: calendarEntry, maxItems: 12 },
      'Settlements of the next 8 h, the nearest first.',
    ),
    intervalChanges: of(
      { type: 'array', items: intervalChange, maxItems: 6 },
      'Intervals that changed within 24 h, the newest first.',
    ),
    arbitrage: of(
      { type: 'array', items: fundingPair, maxItems: 6 },
      'Pairs of venues whose 8h rates differ enough, the widest first.',
    ),
    arbitrageExcluded: list({ type: 'string' }, 'Venues left out of it, with the reason.'),
  }),
  openInterest: object<OpenInterestFrame>({
    byVenue: byName(openInterestEntry, 'venue'),
    coin: reading('Leading perp, base coin, one side.'),
    usd: reading('The same in USD at mark.'),
    change1h: reading('Change of coin OI over 1 h, fraction.'),
    change4h: reading('Change of coin OI over 4 h, fraction.'),
    change24h: reading('Change of coin OI over 24 h, fraction.'),
    change1hUsd: reading('What the change of 1 h is worth at mark, USD.'),
    changeType: readingOf(oiChangeType),
    divergence: textReading('What price and OI say together.'),
    shock: reading('z-score of the change of ln OI over the last hour.'),
    norm: reading('OI / 24 h volume: days to cover.'),
    priceZ: reading('z-score of the change of ln price over the last hour.'),
    confidence: reading('(2Φ(|z of price|) − 1) × (2Φ(|z of OI|) − 1), 0 … 1.'),
    totalCoin: reading('All perps of all venues, base coin, one side.'),
    totalUsd: reading('The same in USD at mark.'),
    totalExcluded: list({ type: 'string' }, 'Perps left out of it, with the reason.'),
    totalChange1h: reading('Σ change / Σ OI 1 h ago, fraction.'),
    totalChange4h: reading('Σ change / Σ OI 4 h ago, fraction.'),
    totalChange24h: reading('Σ change / Σ OI 24 h ago, fraction.'),
    trend: readingOf(oiTrend),
    strength: reading('z-score of the change of ln of the total over the last hour.'),
  }),
  liquidations: object<Frame['liquidations']>({
    m1: of(liquidationWindow, 'Last minute.'),
    m5: of(liquidationWindow, 'Last 5 minutes.'),
    h1: of(liquidationWindow, 'Last hour.'),
    h24: of(liquidationWindow, 'Last 24 hours.'),
    tape: of({ type: 'array', items: liquidationPrint, maxItems: 20 }, 'Newest first.'),
    completeness: byName(text('What its feed leaves out.'), 'venue'),
    byVenue: byName(venueLiquidations, 'venue'),
  }),
  cascade: object<CascadeFrame>({
    level: readingOf(cascadeLevel),
    ratio: reading('Change of OI over 1 h / perp depth, both in USD.'),
    longWithin5: reading('Estimated USD of longs that die within 5 % below price.'),
    shortWithin5: reading('Estimated USD of shorts that die within 5 % above price.'),
    longWithin5Low: reading('The least of it under mixes of less and more leverage.'),
    longWithin5High: reading('The most of it under mixes of less and more leverage.'),
    shortWithin5Low: reading('The least of it under mixes of less and more leverage.'),
    shortWithin5High: reading('The most of it under mixes of less and more leverage.'),
    thresholds: nullable(thresholds),
    levels: list(liquidationLevel, 'Estimated levels within 10 % of price, by rising price.'),
    byVenue: byName(cascadeVenue, 'venue'),
    excluded: list({ type: 'string' }, 'What does not count, with the reason.'),
    calibration,
  }),
  basis: object<BasisFrame>({
    fair: reading('(mark − index) / index, fraction.'),
    venue: reading('(perp mid − spot mid) / spot mid of one venue, fraction.'),
    byVenue: byName(
      object<VenueBasis>({
        instrument: text('Listing.'),
        fair: reading('(mark − index) / index, fraction.'),
        venue: reading('(perp mid − spot mid) / spot mid of the same venue, fraction.'),
        spot: nullable(text('Listing.')),
      }),
      'venue',
    ),
    fairZ: reading('z-score of basis fair.'),
    venueZ: reading('z-score of basis venue.'),
    mark: reading('Mark price, quote currency.'),
    index: reading('Index price, quote currency.'),
    perpMid: reading('Mid of the leading perp.'),
    spotMid: reading('Mid of the spot listing beside it.'),
    spotInstrument: nullable(text('Listing.')),
    perpInstrument: nullable(text('Listing.')),
    dated: reading('(F − S) / S of the front dated future, fraction.'),
    datedAnnual: reading('The same × 365 / days, fraction.'),
    datedInstrument: nullable(text('The front dated future.')),
    datedZ: reading('z-score of the annualised dated basis.'),
    history: object<BasisFrame['history']>({
      fair: trace(24, 'Basis fair at the last 24 hourly closes.'),
      venue: trace(24, 'Basis venue at the last 24 hourly closes.'),
      dated: trace(24, 'Annualised dated basis at the last 24 hourly closes.'),
    }),
    term: of(
      { type: 'array', items: termEntry, maxItems: 24 },
      'Dated futures by expiry, each against its own venue.',
    ),
    curve: of(readingOf(curveShape), 'Shape of all dated futures together.'),
    curves: byName(readingOf(curveShape), 'venue'),
    carry: of({ type: 'array', items: carryEntry, maxItems: 8 }, 'The best first.'),
    markCheck,
  }),
  book: object<Frame['book']>({ byInstrument: byName(bookEntry, 'instrument') }),
  flow: object<Frame['flow']>({ byInstrument: byName(flowEntry, 'instrument') }),
  options: nullable(options),
  drift,
  regime,
  market: object<MarketFrame>({
    drift: reading('Mean of μ over the assets, weighted by open interest in USD.'),
    breadthUp: reading('Share of the assets whose gate is open with μ above 0.'),
    breadthDown: reading('Share of the assets whose gate is open with μ below 0.'),
    assets: count('Assets that the mean is taken over.'),
    excluded: list({ type: 'string' }, 'Assets left out, each with its reason.'),
  }),
  features: object<Frame['features']>({
    asset: byName(ref('anyReading'), 'feature'),
    byInstrument: byName(byName(ref('anyReading'), 'feature'), 'instrument'),
  }),
  trust: object<Frame['trust']>({
    feeds: list(feed, 'Every feed.'),
    books: list(book, 'The books of this asset.'),
    store: nullable(store),
    gaps: list(gap, 'What the history of this asset lacks.'),
  }),
  heard: byName(
    byName(micros('When it was last heard'), 'fact: book, trades, mark, index and others'),
    'instrument',
  ),
  quality: list(quality, 'What is not live and why, the gravest first.'),
  grounds: byName(grounds, 'path of a number'),
};

const frame = object<Frame>(frameProperties, ['grounds']);

const lineage = object<Lineage>(
  {
    ...line,
    type: { const: 'lineage' },
    asset: text('What is traded.'),
    path: text('Path of the number in a frame.'),
    reading: ref('someReading'),
    formula: text('How it is made.'),
    unit: text('What it is measured in.'),
    reference: text('Where that is written.'),
    inputs: list(
      object<LineageInput>({
        name: text('Path of a number, or the name of a fact.'),
        fact: nullable(text('The kind of fact.')),
        venue: nullable(text('Venue.')),
        instrument: nullable(text('Listing.')),
        reading: ref('someReading'),
        heardTs: nullable(micros('When the oldest of what it rests on was heard')),
        age: nullable(count('How long ago that was, microseconds.')),
      }),
      'What it is made of.',
    ),
    ...groundsProperties,
  },
  ['window', 'parameters', 'excluded'],
);

const event = object<EventLine>({
  ...line,
  type: { const: 'event' },
  kind: oneOf<EventLine['kind']>({
    gateOpened: true,
    gateClosed: true,
    regimeChanged: true,
    cascadeLevelChanged: true,
    fundingSettled: true,
    settlementWindow: true,
    fundingIntervalChanged: true,
    fundingCapNear: true,
    bookResyncing: true,
    bookWhole: true,
    feedLost: true,
    feedBack: true,
    streamSuspect: true,
    liquidation: true,
  }),
  asset: nullable(text('What is traded; null when it concerns a whole feed.')),
  subject: text('Asset, instrument or feed.'),
  text: text('One plain sentence.'),
  data: of(
    { type: 'object', additionalProperties: { type: ['number', 'string', 'boolean', 'null'] } },
    'The numbers behind it.',
  ),
});

const cell = object<SeriesCell>({
  close: micros('Close of the cell'),
  price: nullable(number('Quote currency.')),
  openInterest: nullable(number('Base coin.')),
  funding8h: nullable(number('8h-equivalent, fraction.')),
  basis: nullable(number('Fraction.')),
  mu: nullable(number('Drift.')),
  d: nullable(number('Determinism |μ|.')),
  quantile: nullable(number('What D had to exceed.')),
  active: nullable(flag('Whether the gate was open.')),
});

const series = object<SeriesLine>({
  ...line,
  type: { const: 'series' },
  asset: text('What is traded.'),
  whole: flag('These cells replace everything sent before.'),
  cells: list(cell, 'Closed hourly cells, ascending.'),
});

const scanRow = object<ScanRow>({
  instrument: text('Listing.'),
  asset: text('What is traded.'),
  rank: of({ type: 'integer', minimum: 1 }, 'Place by 24 h volume.'),
  priceKind: oneOf<ScanRow['priceKind']>({ mid: true, last: true, mark: true }),
  price: reading('Mid of a watched book, last trade or mark, quote currency.'),
  priceDecimals: count('Decimals of a price.'),
  change1h: reading('Change of price over 1 h, fraction.'),
  change24h: reading('Change of price over 24 h, fraction.'),
  volume24hUsd: reading('Traded in 24 h, USD.'),
  fundingPredicted: reading('Running estimate per own interval, fraction.'),
  funding8h: reading('The same × 8 / interval hours.'),
  fundingAnnual: reading('The same × 8760 / interval hours, simple.'),
  intervalHours: reading('Hours between settlements.'),
  nextFundingTs: reading('Next settlement, microseconds since the Unix epoch.'),
  basisFair: reading('(mark − index) / index, fraction.'),
  oiCoin: reading('Open interest, base coin, one side.'),
  oiUsd: reading('The same in USD at mark.'),
  oiChange1h: reading('Change of coin OI over 1 h, fraction.'),
  oiChange4h: reading('Change of coin OI over 4 h, fraction.'),
  oiChange24h: reading('Change of coin OI over 24 h, fraction.'),
  oiNorm: reading('OI / 24 h volume: days to cover.'),
  oiChangeType: readingOf(oiChangeType),
  liquidatedLong1h: reading('USD of longs liquidated in the last hour.'),
  liquidatedShort1h: reading('USD of shorts liquidated in the last hour.'),
  spreadBps: reading('Spread, bps of mid.'),
  oib: reading('Weighted order-book imbalance within the band, −1 … +1.'),
  depthBid: reading('Bids within the band, quote currency.'),
  depthAsk: reading('Asks within the band, quote currency.'),
  book: object<ScanRow['book']>({
    status: bookStatusOrNone,
    reason: nullable(text('Why it is not whole.')),
  }),
  trend: of(
    { type: 'array', items: { type: ['number', 'null'] }, minItems: 60, maxItems: 60 },
    'Prices of the last 60 minutes, one a minute, oldest first; null where none is known.',
  ),
});

const scan = object<ScanLine>({
  ...line,
  type: { const: 'scan' },
  listed: count('Perps that trade.'),
  books: object<ScanLine['books']>({
    wanted: count('Books that are carried.'),
    whole: count('Those that are whole.'),
  }),
  rows: list(ref('scanRow'), 'Perps by rank.'),
  feeds: list(feed, 'Every feed.'),
  quality: list(quality, 'What is not live and why, the gravest first.'),
});

const optionsNumbers: { readonly [K in OptionsNumber]: string } = {
  days: 'Days to the expiry, fractional.',
  forward: 'Forward to the expiry, quote currency.',
  atmIv: 'Implied volatility at the forward, fraction a year.',
  rr25: '25Δ risk reversal: IV of the call − IV of the put, fraction.',
  bf25: '25Δ butterfly: mean IV of both − IV at the money, fraction.',
  maxPain: 'Strike at which holders are paid least, in dollars.',
  putCallOi: 'Open interest of puts / that of calls.',
  putCallVolume: 'Volume of puts / that of calls.',
  gex: 'Gamma exposure, USD per 1 %: calls + puts −.',
  oiCoin: 'Open interest, base coin.',
};
const optionsName: Schema = { enum: Object.keys(optionsNumbers) };
const optionsOfFile = object<OptionsLine>({
  v: line.v,
  type: { const: 'options' },
  source: of({ const: 'file' }, 'Where the numbers come from.'),
  asset: nullable(text('What the options are on.')),
  expiry: text('ISO 8601, UTC.'),
  at: nullable(text('What counts as now, ISO 8601, UTC.')),
  ...(Object.fromEntries(
    Object.entries(optionsNumbers).map(([name, what]) => [name, nullable(number(what))]),
  ) as { readonly [K in OptionsNumber]: Schema }),
  forwardSource: nullable(of(forwardSource, 'Where the forward comes from.')),
  ivSource: nullable(of(ivSource, 'Who says what the volatilities are.')),
  maxPainTies: list({ type: 'number' }, 'Strikes that tie; empty when one stands alone.'),
  options: count('Options of this expiry.'),
  reasons: of(
    { type: 'object', propertyNames: optionsName, additionalProperties: { type: 'string' } },
    'Why a number is null.',
  ),
  estimated: list(optionsName, 'Numbers that rest on a model of ours.'),
  partial: list(optionsName, 'Numbers that some of the options are missing from.'),
  excluded: list({ type: 'string' }, 'What was left out.'),
});

/** JSON Schema (draft 2020-12) of everything that leaves the program as a line (`perpscope schema`). */
export const lineSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: `urn:perpscope:line:${FRAME_VERSION}`,
  title: 'perpscope line',
  description:
    'One JSON line: a frame of an asset, something that happened, closed hourly cells, all perps in one table, where a number comes from, or an expiry of options in a file. Rates, basis and changes are fractions (0.0001 is 1 bp); sizes are base coin.',
  oneOf: [ref('frame'), ref('event'), ref('series'), ref('scan'), ref('lineage'), ref('options')],
  $defs: {
    reading: of(readingOf({ type: 'number' }), 'A number: live, stale or absent.'),
    textReading: of(readingOf({ type: 'string' }), 'A text: live, stale or absent.'),
    flagReading: of(readingOf({ type: 'boolean' }), 'Yes or no: live, stale or absent.'),
    anyReading: of(
      readingOf({ type: ['number', 'string'] }),
      'A number or text: live, stale or absent.',
    ),
    someReading: of(readingOf({}), 'A reading of any kind.'),
    level: {
      type: 'array',
      prefixItems: [number('Price, quote currency.'), number('Size, base coin.')],
      minItems: 2,
      items: false,
    },
    frame,
    lineage,
    event,
    series,
    scanRow,
    scan,
    options: optionsOfFile,
  },
};
