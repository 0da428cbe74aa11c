import type { TurnQuery } from '../../../components/past.ts';
import type { EventLine } from '../../frame/frame.ts';
import type { Asset } from '../../model/instrument.ts';
import type { Micros } from '../../model/units.ts';
import type { Config } from '../config.ts';
import type { Job } from '../job.ts';

/** What a derivation thread runs over, as plain data. */
export type DerivationJob =
  | {
      readonly kind: 'recording';
      readonly config: Config;
      readonly files: readonly string[];
      /** Feed of files that do not say. */
      readonly feed: string | null;
      /** Null takes the assets of the recording. */
      readonly assets: readonly Asset[] | null;
      readonly universe: boolean;
      readonly asRecorded: boolean;
      /** Whether the screen is a replay of it, so that it holds what the screen has not come to. */
      readonly reachesAhead: boolean;
    }
  | {
      readonly kind: 'store';
      readonly config: Config;
      readonly file: string;
      readonly source: 'live' | 'demo';
    };

export type DerivationRequest =
  /** Make frames around an instant, above all of one asset. */
  | { readonly kind: 'at'; readonly id: number; readonly time: Micros; readonly asset: Asset }
  | ({ readonly kind: 'turn'; readonly id: number } & TurnQuery)
  | { readonly kind: 'giveUp' };

/** What a derivation thread tells besides the lines themselves, which come as JSON. */
export type DerivationMessage =
  /** What was made so far is left: what follows begins elsewhere. */
  | { readonly kind: 'anew' }
  | { readonly kind: 'progress'; readonly id: number; readonly share: number }
  | {
      readonly kind: 'made';
      readonly id: number;
      /** From when to when there is a frame of every second now. */
      readonly from: Micros;
      readonly to: Micros;
      /** Why it could not be made whole; null where it was. */
      readonly reason: string | null;
    }
  | { readonly kind: 'turn'; readonly id: number; readonly event: EventLine | null };

/** From what a job's screen can be made anew, the most faithful first. */
export function derivationsOf(job: Job): readonly DerivationJob[] {
  const { config, universe } = job;
  if (job.kind === 'replay') {
    const { files, feed, assets, asRecorded } = job;
    return [
      { kind: 'recording', config, files, feed, assets, universe, asRecorded, reachesAhead: true },
    ];
  }
  const recorded: readonly DerivationJob[] =
    job.recordTo === null
      ? []
      : [
          {
            kind: 'recording',
            config,
            files: [job.recordTo],
            feed: null,
            assets: config.assets,
            universe,
            asRecorded: true,
            reachesAhead: false,
          },
        ];
  const stored: readonly DerivationJob[] =
    job.storeFile === null
      ? []
      : [{ kind: 'store', config, file: job.storeFile, source: job.kind }];
  return [...recorded, ...stored];
}
