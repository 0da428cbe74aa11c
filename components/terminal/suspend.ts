/** The part of `process` that is needed; tests bring their own. */
interface SuspendProcess {
  readonly platform: string;
  kill(pid: number, signal: string): unknown;
  once(event: 'SIGCONT', listener: () => void): unknown;
  off(event: 'SIGCONT', listener: () => void): unknown;
}

export interface SuspendOptions {
  /** Told right before the process stops, while the terminal is already the shell's. */
  readonly onStop?: () => void;
  /** Told when it goes on, the terminal still being the shell's; Ink takes it back and draws right after. */
  readonly onContinue?: () => void;
  readonly process?: SuspendProcess;
}

/** A process that is still running after this was not stopped: its group is an orphan, which no shell could bring back. */
const STILL_RUNNING_MS = 250;

/**
 * Ctrl-Z: stops the whole process group (the launcher too) and settles once it goes on, or at once where there is no job control.
 *
 * Call it inside Ink's `suspendTerminal`, which gives the terminal back to the shell and takes it again:
 * `suspendTerminal(() => suspend({ … }))`.
 */
export async function suspend(options: SuspendOptions = {}): Promise<void> {
  const host = options.process ?? process;
  if (host.platform === 'win32') return;
  options.onStop?.();
  await new Promise<void>((resolve) => {
    const goOn = (): void => {
      clearTimeout(timer);
      host.off('SIGCONT', goOn);
      resolve();
    };
    const timer = setTimeout(goOn, STILL_RUNNING_MS);
    host.once('SIGCONT', goOn);
    host.kill(0, 'SIGTSTP');
  });
  options.onContinue?.();
}
