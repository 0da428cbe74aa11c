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
import type { Derivation } from './derivation.ts';
import type { Tape } from './tape.ts';

/** The past of a screen: what it was sent, and beyond that what can be made anew. */
export class ScreenPast implements Past {
  readonly #tape: Tape;
  readonly #derivations: readonly Derivation[];
  #asked = 0;

  /** @param derivations in the order in which they are asked; none where lines come from elsewhere. */
  constructor(tape: Tape, derivations: readonly Derivation[]) {
    this.#tape = tape;
    this.#derivations = derivations;
  }

  /** Takes a line that the screen was sent. */
  note(line: OutputLine, text?: string): void {
    this.#tape.note(line, text);
  }

  get reachesAhead(): boolean {
    return this.#derivations.some(({ reachesAhead }) => reachesAhead);
  }

  async at(query: PastQuery, onProgress: OnProgress): Promise<Moment | NoMoment> {
    const { time, asset, isForward } = query;
    const { from, to } = this.#tape;
    this.giveUp();
    const asked = this.#asked;
    if (to !== null && time <= to) {
      const found = await this.#tape.at(time, asset, isForward);
      if (found !== null) return found;
    }
    let reason = nothingBefore(from);
    for (const derivation of this.#derivations) {
      const found = await derivation.at(query, onProgress);
      if ('frames' in found) return found;
      ({ reason } = found);
      // Whoever asks next is not held up by what the others would make of this.
      if (asked !== this.#asked) break;
    }
    return { reason };
  }

  async turn(query: TurnQuery, onProgress: OnProgress): Promise<EventLine | null> {
    const { time, asset, direction } = query;
    this.giveUp();
    const asked = this.#asked;
    const shown = this.#tape.turn(time, asset, direction);
    const { from } = this.#tape;
    // What the screen was sent has no holes: its next one is the next.
    if (shown !== null && from !== null && time >= from) return shown;
    const found = [shown];
    for (const derivation of this.#derivations) {
      found.push(await derivation.turn(query, onProgress));
      if (asked !== this.#asked) return null;
    }
    const known = found.filter((event) => event !== null);
    return known.sort((a, b) => direction * (a.tsLocal - b.tsLocal))[0] ?? null;
  }

  giveUp(): void {
    this.#asked += 1;
    for (const derivation of this.#derivations) derivation.giveUp();
  }

  async close(): Promise<void> {
    await Promise.all([
      this.#tape.close(),
      ...this.#derivations.map((derivation) => derivation.close()),
    ]);
  }
}

const nothingBefore = (from: Micros | null): string =>
  from === null
    ? 'nothing has come yet'
    : `nothing is kept before ${new Date(from / 1000).toISOString().slice(0, 19).replace('T', ' ')}`;
