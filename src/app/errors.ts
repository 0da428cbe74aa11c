/** Exit codes that scripts rely on (DESIGN §3). */
export const EXIT = {
  ok: 0,
  runtime: 1,
  usage: 2,
  incomplete: 3,
  internal: 70,
  config: 78,
} as const;

/** Something the person at the prompt can mend: printed as it stands, without a stack trace. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.runtime) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** A bad value of a flag or argument. */
export const usage = (message: string): CommandError => new CommandError(message, EXIT.usage);
