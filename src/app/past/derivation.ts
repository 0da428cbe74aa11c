import { Worker } from 'node:worker_threads';
import type {
  Moment,
  NoMoment,
  OnProgress,
  Past,
  PastQuery,
  TurnQuery,
} from '../../../components/past.ts';
import type { EventLine, OutputLine } from '../../frame/frame.ts';
import type { Micros } from '../../model/units.ts';
import { WORKER_LIMITS } from '../worker-limits.ts';
import type { DerivationJob, DerivationMessage, DerivationRequest } from './messages.ts';
import type { Tape } from './tape.ts';

/** Something that makes instants anew which a screen was never sent. */
export interface Derivation extends Past {
  close(): Promise<void>;
}

/** What one ask is waiting for. */
interface Waiting {
  readonly id: number;
  readonly onProgress: OnProgress;
  readonly settle: (reason: string | null) => void;
}

/** Stretches of its tape that are known to be whole. */
const MOST_SPANS = 64;

const GIVEN_UP = 'left for another instant';

/** A thread that runs the engine over what was recorded or stored; its lines go on a tape of their own. */
export class DerivationThread implements Derivation {
  readonly reachesAhead: boolean;
  readonly #job: DerivationJob;
  readonly #openTape: () => Tape;
  #worker: Worker | null = null;
  #tape: Tape | null = null;
  #waiting: Waiting | null = null;
  #asked = 0;
  /** The turn that is being looked for. */
  #looking: {
    readonly id: number;
    readonly onProgress: OnProgress;
    readonly settle: (event: EventLine | null) => void;
  } | null = null;
  /** Where its tape has a frame of every second. */
  #spans: { readonly from: Micros; readonly to: Micros }[] = [];

  /** @param openTape a fresh one, for what is made anew. */
  constructor(job: DerivationJob, openTape: () => Tape) {
    this.#job = job;
    this.reachesAhead = job.kind === 'recording' && job.reachesAhead;
    this.#openTape = openTape;
  }

  async at(query: PastQuery, onProgress: OnProgress): Promise<Moment | NoMoment> {
    const { time, asset, isForward } = query;
    this.giveUp();
    if (this.#covers(time)) {
      const known = await this.#tape?.at(time, asset, isForward);
      if (known) return known;
    }
    onProgress(0);
    const reason = await this.#ask(query, onProgress);
    const found = await this.#tape?.at(time, asset, isForward);
    return found ?? { reason: reason ?? 'nothing is known of that instant' };
  }

  #covers(time: Micros): boolean {
    return this.#spans.some(({ from, to }) => time >= from && time < to);
  }

  #ask({ time, asset }: PastQuery, onProgress: OnProgress): Promise<string | null> {
    this.#asked += 1;
    const id = this.#asked;
    const answered = new Promise<string | null>((settle) => {
      this.#waiting = { id, onProgress, settle };
    });
    this.#send({ kind: 'at', id, time, asset });
    return answered;
  }

  async turn(query: TurnQuery, onProgress: OnProgress): Promise<EventLine | null> {
    const { time, asset, direction } = query;
    this.giveUp();
    const isAhead = direction > 0 && this.reachesAhead;
    // What lies behind in a recording, its screen was sent or its own tape has.
    if (this.#job.kind === 'recording' && !isAhead)
      return this.#tape?.turn(time, asset, direction) ?? null;
    this.#asked += 1;
    const id = this.#asked;
    if (isAhead) onProgress(0);
    return new Promise((settle) => {
      this.#looking = { id, onProgress, settle };
      this.#send({ kind: 'turn', id, ...query });
    });
  }

  giveUp(): void {
    if (this.#waiting === null && this.#looking === null) return;
    this.#waiting?.settle(GIVEN_UP);
    this.#waiting = null;
    this.#looking?.settle(null);
    this.#looking = null;
    this.#send({ kind: 'giveUp' });
  }

  async close(): Promise<void> {
    this.#waiting?.settle(GIVEN_UP);
    this.#looking?.settle(null);
    await this.#worker?.terminate();
    await this.#tape?.close();
  }

  #send(request: DerivationRequest): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./derivation-worker.js', import.meta.url), {
      workerData: this.#job,
      resourceLimits: WORKER_LIMITS,
      // Node 22 warns on stderr that its SQLite is new.
      stderr: true,
    });
    worker.on('message', (message: DerivationMessage | string) => this.#take(message));
    worker.on('error', (error) => this.#lose(error.message));
    worker.on('exit', () => this.#lose('its thread ended'));
    worker.unref();
    return worker;
  }

  #lose(reason: string): void {
    this.#worker = null;
    this.#spans = [];
    this.#waiting?.settle(reason);
    this.#waiting = null;
    this.#looking?.settle(null);
    this.#looking = null;
  }

  #take(message: DerivationMessage | string): void {
    if (typeof message === 'string') {
      this.#tape ??= this.#openTape();
      this.#tape.note(JSON.parse(message) as OutputLine, message);
      return;
    }
    switch (message.kind) {
      case 'anew':
        void this.#tape?.close();
        this.#tape = this.#openTape();
        this.#spans = [];
        return;
      case 'progress':
        for (const asked of [this.#waiting, this.#looking])
          if (asked?.id === message.id) asked.onProgress(message.share);
        return;
      case 'made':
        this.#spans = [...this.#spans, { from: message.from, to: message.to }].slice(-MOST_SPANS);
        if (message.id !== this.#waiting?.id) return;
        this.#waiting.settle(message.reason);
        this.#waiting = null;
        return;
      case 'turn':
        if (message.id !== this.#looking?.id) return;
        this.#looking.settle(message.event);
        this.#looking = null;
        return;
    }
  }
}
