import { parentPort, workerData } from 'node:worker_threads';
import { Store } from '../store/store.ts';
import type {
  StoreAnswer,
  StoreAnswered,
  StoreAsk,
  StoreJob,
  StoreNotice,
  StoreRequest,
} from './store-messages.ts';

function carryOut(store: Store, ask: StoreAsk): StoreAnswered {
  switch (ask.kind) {
    case 'read': {
      const found = store.read(ask.query);
      return { kind: 'read', found, report: store.report };
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
