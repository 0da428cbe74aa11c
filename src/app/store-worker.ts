import { parentPort, workerData } from 'node:worker_threads';
import { Holdings } from '../feed/holdings.ts';
import type { Recollection } from '../store/reader.ts';
import { Store } from '../store/store.ts';
import { HeldRows } from './held-rows.ts';
import type {
  StoreAnswer,
  StoreAnswered,
  StoreAsk,
  StoreJob,
  StoreNotice,
  StoreRequest,
  Warmth,
} from './store-messages.ts';

function warmthOf({ recalled, listings, coverage }: Recollection): Warmth {
  const holdings = new Holdings();
  for (const { feed, symbol, what, from, to } of coverage)
    holdings.note(feed, symbol, what, from, to);
  const held = new HeldRows(holdings);
  for (const kept of [...listings, ...recalled]) held.note(kept);
  return {
    records: recalled.map((what) => JSON.stringify(what)),
    listings,
    coverage: [...holdings.spans()],
  };
}

function carryOut(store: Store, ask: StoreAsk): StoreAnswered {
  switch (ask.kind) {
    case 'read': {
      const found = store.read(ask.query);
      return { kind: 'read', found: found && warmthOf(found), report: store.report };
    }
    case 'write': {
      const isWritten = store.write(ask.batch, ask.now);
      return { kind: 'written', isWritten, report: store.report };
    }
    case 'close':
      store.close();
      return { kind: 'closed' };
  }
}

/** The store in a thread of its own: a slow disk, or the lock of another process, never delays a socket. */
const port = parentPort;
if (port !== null) {
  const tell = (message: StoreAnswer | StoreNotice) => port.postMessage(message);
  const store = new Store({
    ...(workerData as StoreJob),
    onNotice: (text) => tell({ kind: 'notice', text }),
  });
  port.on('message', ({ id, ...ask }: StoreRequest) => {
    tell({ id, ...carryOut(store, ask) });
    if (ask.kind === 'close') port.close();
  });
}
