import path from 'node:path';
import Conf from 'conf';
import type { KeptChoices } from '../../components/kept-choices.ts';
import { reasonOf } from '../feed/reason.ts';

/** What the screen remembers between runs. */
interface Remembered extends KeptChoices {
  readonly theme: string;
  readonly asset: string;
  readonly layout: string;
}

/** Choices are written down together after this long, so that a held key is not a write per press. */
const WRITE_AFTER_MS = 500;

const NAME = 'screen';

const schema = {
  theme: { type: 'string' },
  asset: { type: 'string' },
  layout: { type: 'string' },
  panel: { type: 'string' },
  chartHours: { type: 'number' },
  sorts: {
    type: 'object',
    additionalProperties: {
      type: 'object',
      properties: { column: { type: 'string' }, reversed: { type: 'boolean' } },
      required: ['column', 'reversed'],
    },
  },
} as const;

const openMemory = (cwd: string, clearInvalidConfig: boolean): Conf<Partial<Remembered>> =>
  new Conf<Partial<Remembered>>({ cwd, configName: NAME, clearInvalidConfig, schema });

/**
 * The choices a person made at the screen, kept for the next run. A memory that cannot be read is begun anew, one that cannot be written is none; either is told
 * once, and the screen works without.
 */
export class ScreenMemory {
  readonly #conf: Conf<Partial<Remembered>> | undefined;
  readonly #tell: (problem: string) => void;
  #isTold = false;
  #unwritten: Partial<Remembered> = {};
  #timer: NodeJS.Timeout | undefined;

  constructor(stateDirectory: string, tell: (problem: string) => void) {
    this.#tell = tell;
    try {
      this.#conf = openMemory(stateDirectory, false);
    } catch {
      try {
        this.#conf = openMemory(stateDirectory, true);
        const file = path.join(stateDirectory, `${NAME}.json`);
        this.#problem(`what was chosen in earlier runs is lost: ${file} could not be read`);
      } catch (error) {
        this.#cannot(error);
      }
    }
  }

  #problem(text: string): void {
    if (!this.#isTold) this.#tell(text);
    this.#isTold = true;
  }

  #cannot(error: unknown): void {
    this.#problem(`choices are not remembered: ${reasonOf(error)}`);
  }

  recall<K extends keyof Remembered>(key: K): Remembered[K] | undefined {
    try {
      return this.#conf?.get(key);
    } catch (error) {
      this.#cannot(error);
      return undefined;
    }
  }

  /** Choices of earlier runs about panels and charts. */
  get choices(): Partial<KeptChoices> {
    const [panel, chartHours, sorts] = [
      this.recall('panel'),
      this.recall('chartHours'),
      this.recall('sorts'),
    ];
    return {
      ...(panel !== undefined && { panel }),
      ...(chartHours !== undefined && { chartHours }),
      ...(sorts !== undefined && { sorts }),
    };
  }

  remember(choices: Partial<Remembered>): void {
    this.#unwritten = { ...this.#unwritten, ...choices };
    this.#timer ??= setTimeout(() => this.write(), WRITE_AFTER_MS).unref();
  }

  /** Writes down at once what has been chosen since the last time. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const choices = this.#unwritten;
    this.#unwritten = {};
    if (Object.keys(choices).length === 0) return;
    try {
      this.#conf?.set(choices);
    } catch (error) {
      this.#cannot(error);
    }
  }
}
