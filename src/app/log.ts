import path from 'node:path';

/** Problems that one run writes down at most, so that a storm of errors cannot fill the disk. */
const PROBLEMS_KEPT = 1000;

/**
 * The log of what went wrong, in the state directory; stdout and stderr belong to the screen. Nothing is opened before the first problem, and a log that
 * cannot be written is no problem of its own.
 */
export class ProblemLog {
  readonly #file: string;
  #kept = 0;
  #logger: Promise<((where: string, error: unknown) => void) | undefined> | undefined;

  constructor(stateDirectory: string) {
    this.#file = path.join(stateDirectory, 'perpscope.log');
  }

  problem(where: string, error: unknown): void {
    this.#kept += 1;
    if (this.#kept > PROBLEMS_KEPT) return;
    this.#logger ??= openLog(this.#file);
    void this.#logger.then((log) => log?.(where, error));
  }
}

async function openLog(
  file: string,
): Promise<((where: string, error: unknown) => void) | undefined> {
  try {
    const { pino } = await import('pino');
    const destination = pino.destination({ dest: file, mkdir: true, sync: true });
    destination.on('error', () => {});
    const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
    return (where, error) => logger.error({ where, err: error }, 'problem');
  } catch {
    return undefined;
  }
}
