const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGQUIT: 131 } as const;

/** Ms after which a command that does not end by itself is ended. */
const GRACE_MS = 4000;

/**
 * Calls `end` with the exit code of the first signal; a second signal, or too long a wait, ends the process at once.
 *
 * @returns undoes it.
 */
export function onSignals(end: (exitCode: number) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const handlers = Object.entries(CODES).map(([signal, code]) => {
    const handler = () => {
      if (timer !== undefined) process.exit(code);
      timer = setTimeout(() => process.exit(code), GRACE_MS).unref();
      end(code);
    };
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  return () => {
    clearTimeout(timer);
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}
