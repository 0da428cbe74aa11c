import type { EngineSettings } from '../model/settings.ts';
import { MINUTE, type Micros } from '../model/units.ts';
import { type FeedState, liquidationSilence } from './feed-state.ts';

/** Under this name a feed's liquidations are suspect: venues carry them on streams of their own making. */
export const LIQUIDATIONS = 'liquidations';

/** Prints remembered per feed. More in the window say no more. */
const PRINTS_KEPT = 512;

/** A feed printed a liquidation of something that is watched. */
export function notePrint(feed: FeedState, tsLocal: Micros): void {
  feed.liquidationPrints.push(tsLocal);
  if (feed.liquidationPrints.length > PRINTS_KEPT) feed.liquidationPrints.shift();
  feed.suspects.delete(LIQUIDATIONS);
}

/** A stream that has just become suspect. */
export interface Contradiction {
  readonly feed: FeedState;
  readonly reason: string;
}

/**
 * Feeds that say nothing of liquidations while another prints them one after the other (SPEC §2: zero is not quiet). Liquidations may rest for good reasons, so
 * their own silence proves nothing; that everybody else speaks does. Only feeds that have been listened to for the whole window are judged, and they are
 * trusted again when they speak, or when the others rest as well.
 *
 * @returns those that were not suspect before.
 */
export function contradictions(
  feeds: Iterable<FeedState>,
  now: Micros,
  settings: EngineSettings,
): readonly Contradiction[] {
  const { minutes, prints } = settings.contradiction;
  const from = now - minutes * MINUTE;
  const heard: { readonly feed: FeedState; readonly count: number }[] = [];
  for (const feed of feeds) {
    const { liquidations, liquidationPrints: times } = feed;
    while (times.length > 0 && times[0]! <= from) times.shift();
    if (liquidations === null || liquidations.since > from) continue;
    if (liquidationSilence(feed, now, settings) !== null) continue;
    heard.push({ feed, count: times.length });
  }
  const loudest = heard.reduce<(typeof heard)[number] | undefined>(
    (most, one) => (most === undefined || one.count > most.count ? one : most),
    undefined,
  );
  const isLoud = loudest !== undefined && loudest.count >= prints;
  const fresh: Contradiction[] = [];
  for (const { feed, count } of heard) {
    if (!isLoud || count > 0) {
      feed.suspects.delete(LIQUIDATIONS);
      continue;
    }
    const reason = `none in ${minutes} min while ${loudest.feed.feed} printed ${loudest.count}`;
    if (!feed.suspects.has(LIQUIDATIONS)) fresh.push({ feed, reason });
    feed.suspects.set(LIQUIDATIONS, reason);
  }
  return fresh;
}
