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

/** What a person is told about an error, and the exit code it ends with. */
export function describeError(error: unknown): {
  readonly message: string;
  readonly exitCode: number;
} {
  if (error instanceof CommandError) return { message: error.message, exitCode: error.exitCode };
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'RecordingError')
    return { message, exitCode: EXIT.runtime };
  return { message: `internal error: ${message}`, exitCode: EXIT.internal };
}
