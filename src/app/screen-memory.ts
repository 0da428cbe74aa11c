import Conf from 'conf';

/** What the screen remembers between runs. */
interface Remembered {
  theme: string;
  asset: string;
  layout: string;
}

/** The choices a person made at the screen, kept for the next run. A memory that cannot be read or written is no memory; the screen works without. */
export class ScreenMemory {
  readonly #conf: Conf<Partial<Remembered>> | undefined;

  constructor(stateDirectory: string) {
    try {
      this.#conf = new Conf<Partial<Remembered>>({
        cwd: stateDirectory,
        configName: 'screen',
        clearInvalidConfig: true,
        schema: {
          theme: { type: 'string' },
          asset: { type: 'string' },
          layout: { type: 'string' },
        },
      });
    } catch {
      this.#conf = undefined;
    }
  }

  recall(key: keyof Remembered): string | undefined {
    try {
      return this.#conf?.get(key);
    } catch {
      return undefined;
    }
  }

  remember(key: keyof Remembered, value: string): void {
    try {
      this.#conf?.set(key, value);
    } catch {
      // A full or read-only disk costs the memory and nothing else.
    }
  }
}
