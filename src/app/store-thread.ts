import { Worker } from 'node:worker_threads';
import type { Kept, StoreReport } from '../model/kept.ts';
import type { Micros } from '../model/units.ts';
import type { RecallQuery } from '../store/reader.ts';
import type {
  StoreAnswer,
  StoreAnswered,
  StoreAsk,
  StoreJob,
  StoreNotice,
  StoreRequest,
  Warmth,
} from './store-messages.ts';
import { WORKER_LIMITS } from './worker-limits.ts';

type Report = Omit<StoreReport, 'waiting' | 'lost'>;

const GONE: Report = { state: 'memory', reason: 'its thread ended', rows: 0, newest: null };

/** The store behind a thread. A thread that dies answers that nothing is written. */
export class StoreThread {
  readonly #worker: Worker;
  #isGone = false;
  #asked = 0;
  readonly #waiting = new Map<number, (answer: StoreAnswered | null) => void>();

  /** @param onNotice for people. */
  constructor(job: StoreJob, onNotice: (text: string) => void) {
    this.#worker = new Worker(new URL('./store-worker.js', import.meta.url), {
      workerData: job,
      resourceLimits: WORKER_LIMITS,
      // Node 22 warns on stderr that its SQLite is new; what matters comes as a message.
      stderr: true,
    });
    this.#worker.on('message', (answer: StoreAnswer | StoreNotice) => {
      if (answer.kind === 'notice') onNotice(answer.text);
      else this.#settle(answer);
    });
    this.#worker.on('error', () => this.#lose());
    this.#worker.on('exit', () => this.#lose());
  }

  async read(
    query: RecallQuery,
  ): Promise<{ readonly found: Warmth | null; readonly report: Report }> {
    const answer = await this.#ask({ kind: 'read', query });
    return answer?.kind === 'read' ? answer : { found: null, report: GONE };
  }

  async write(
    batch: readonly Kept[],
    now: Micros,
  ): Promise<{ readonly isWritten: boolean; readonly report: Report }> {
    const answer = await this.#ask({ kind: 'write', batch, now });
    return answer?.kind === 'written' ? answer : { isWritten: false, report: GONE };
  }

  /** Closes the file, then the thread; the thread alone when it does not answer in time. */
  async close(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([this.#ask({ kind: 'close' }), tooLong]);
    clearTimeout(timer);
    await this.#worker.terminate();
  }

  #ask(ask: StoreAsk): Promise<StoreAnswered | null> {
    if (this.#isGone) return Promise.resolve(null);
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ id, ...ask } satisfies StoreRequest);
    });
  }

  #settle({ id, ...answer }: StoreAnswer): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }

  #lose(): void {
    this.#isGone = true;
    for (const resolve of this.#waiting.values()) resolve(null);
    this.#waiting.clear();
  }
}
