import { HOUR, type Micros, SECOND } from '../../model/units.ts';
import { noteFields, noteUnfamiliar } from '../draft.ts';
import { inUnits, type Listed, listedOf, pricePerCoin, symbolOf } from '../listed.ts';
import {
  arrayOf,
  isAbsent,
  Malformed,
  objectOf,
  priceOf,
  rateOf,
  sizeOf,
  type Wire,
} from '../wire.ts';
import type { Draft } from './draft.ts';
import { noteFunding } from './listings.ts';
import { isSpot } from './product.ts';

const MESSAGE_FIELDS: ReadonlySet<string> = new Set('coin,ctx'.split(','));
const FIELDS: ReadonlySet<string> = new Set(
  'funding,openInterest,prevDayPx,dayNtlVlm,dayBaseVlm,premium,oraclePx,markPx,midPx,impactPxs'.split(
    ',',
  ),
);

/** Open interest is told again no oftener, so that a busy context does not fill the trail with one value. */
const OPEN_INTEREST_EVERY = 0.9 * SECOND;

/** What a context says, in the wire's units; undefined where it says nothing. */
interface Context {
  readonly markPrice: number | undefined;
  readonly indexPrice: number | undefined;
  readonly fundingRate: number | undefined;
  readonly openInterest: number | undefined;
  readonly volume: number | undefined;
  readonly notional: number | undefined;
  readonly openPrice: number | undefined;
}

function contextOf(draft: Draft, context: Wire): Context {
  noteFields(draft, 'ctx', context, FIELDS);
  const read = <T>(name: string, reader: (value: unknown, name: string) => T): T | undefined =>
    isAbsent(context[name]) ? undefined : reader(context[name], name);
  const price = (value: unknown, name: string) =>
    sizeOf(value, name) === 0 ? undefined : priceOf(value, name);
  return {
    markPrice: read('markPx', price),
    indexPrice: read('oraclePx', price),
    fundingRate: read('funding', rateOf),
    openInterest: read('openInterest', sizeOf),
    volume: read('dayBaseVlm', sizeOf),
    notional: read('dayNtlVlm', sizeOf),
    openPrice: read('prevDayPx', price),
  };
}

/** The whole hour that comes next on the venue's clock: a context says what will be paid and never when (venues.md §6.3). */
const nextFunding = ({ state, tsLocal }: Draft): Micros =>
  ((Math.floor((tsLocal + state.clockOffset) / HOUR) + 1) * HOUR) as Micros;

function tell(draft: Draft, listed: Listed, context: Context): void {
  const { state, events, tsLocal } = draft;
  const { symbol, id: instrument } = listed.instrument;
  const stamped = { instrument, tsExchange: null, tsLocal };
  const { markPrice, indexPrice, fundingRate, openInterest, volume, notional, openPrice } = context;
  const index = indexPrice === undefined ? null : pricePerCoin(indexPrice, listed);
  if (markPrice !== undefined)
    events.push({
      kind: 'markPrice',
      ...stamped,
      markPrice: pricePerCoin(markPrice, listed),
      indexPrice: index,
    });
  else if (index !== null) events.push({ kind: 'indexPrice', ...stamped, indexPrice: index });
  if (fundingRate !== undefined) {
    noteFunding(draft, listed.instrument);
    const nextFundingTs = nextFunding(draft);
    events.push({ kind: 'fundingPredicted', ...stamped, fundingRate, nextFundingTs });
  }
  const toldTs = state.openInterestTs.get(symbol);
  if (
    openInterest !== undefined &&
    (toldTs === undefined || tsLocal - toldTs >= OPEN_INTEREST_EVERY)
  ) {
    events.push({ kind: 'openInterest', ...stamped, size: inUnits(openInterest, listed) });
    draft.commits.push(() => state.openInterestTs.set(symbol, tsLocal));
  }
  // Until 2025 the volume came in dollars alone, and coins are not made up from them.
  if (volume !== undefined && notional !== undefined)
    events.push({
      kind: 'volume24h',
      ...stamped,
      size: inUnits(volume, listed),
      notional,
      ...(openPrice !== undefined && { openPrice: pricePerCoin(openPrice, listed) }),
    });
}

/**
 * `activeAssetCtx` → mark, oracle as index, the rate of the coming hour, open interest, 24 h volume. It carries no time.
 *
 * @see https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/websocket/subscriptions
 */
export function activeAssetCtx(draft: Draft, message: Wire): void {
  noteFields(draft, 'activeAssetCtx', message, MESSAGE_FIELDS);
  const symbol = symbolOf(message['coin'], 'coin');
  const context = contextOf(draft, objectOf(message['ctx'], 'ctx'));
  if (!isSpot(symbol)) tell(draft, listedOf(draft, symbol), context);
}

/**
 * `allDexsAssetCtxs` → the same for every coin of the main dex: contexts without names, in the order of `meta`. Before the listings are known, and where they number
 * otherwise than the contexts, nobody knows whose they are and nothing is told.
 */
export function allDexsAssetCtxs(draft: Draft, message: Wire): void {
  const { universe, listings } = draft.state;
  for (const pair of arrayOf(message['ctxs'], 'ctxs')) {
    const [dex, contexts] = arrayOf(pair, 'dex');
    if (typeof dex !== 'string') throw new Malformed('dex: not a name');
    const read = arrayOf(contexts, 'ctxs').map((context) =>
      contextOf(draft, objectOf(context, 'ctx')),
    );
    if (dex !== '' || universe === null) continue;
    if (universe.length !== read.length) {
      noteUnfamiliar(draft, 'contexts of other coins than listed');
      continue;
    }
    for (const [index, context] of read.entries()) {
      const listed = listings.get(universe[index]!);
      if (listed?.isTrading === true) tell(draft, listed, context);
    }
  }
}
