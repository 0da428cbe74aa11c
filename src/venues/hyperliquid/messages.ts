import { noteFields, noteUnfamiliar } from '../draft.ts';
import { objectOf, shown, textOf, type Wire } from '../wire.ts';
import { bbo, l2Book } from './book.ts';
import { activeAssetCtx, allDexsAssetCtxs } from './contexts.ts';
import type { Draft } from './draft.ts';
import { trades } from './trades.ts';

type Reader = (draft: Draft, data: unknown) => void;

const nothing: Reader = () => {};

const reading =
  (read: (draft: Draft, message: Wire) => void): Reader =>
  (draft, data) =>
    read(draft, objectOf(data, 'data'));

/** What each channel says; `nothing` where it is known and not needed. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['l2Book', reading(l2Book)],
  ['bbo', reading(bbo)],
  ['trades', trades],
  ['activeAssetCtx', reading(activeAssetCtx)],
  ['allDexsAssetCtxs', reading(allDexsAssetCtxs)],
  ['activeSpotAssetCtx', nothing],
  ['allMids', nothing],
  ['fastAssetCtxs', nothing],
  ['candle', nothing],
]);

const ENVELOPE_FIELDS: ReadonlySet<string> = new Set(['channel', 'data']);

/** One socket message: `{"channel":…,"data":…}`. */
export function readMessage(draft: Draft, value: unknown): void {
  const message = objectOf(value, 'message');
  const channel = textOf(message['channel'], 'channel');
  const reader = READERS.get(channel);
  if (reader === undefined) {
    noteUnfamiliar(draft, `channel ${shown(channel)}`);
    return;
  }
  noteFields(draft, 'envelope', message, ENVELOPE_FIELDS);
  reader(draft, message['data']);
}
