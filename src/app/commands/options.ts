import { expiryNumbers } from '../../features/options/expiry.ts';
import { optionsLine } from '../../frame/options-line.ts';
import { DEFAULT_SETTINGS } from '../../model/settings.ts';
import type { Micros } from '../../model/units.ts';
import { EXIT } from '../errors.ts';
import { readOptions } from '../option-table.ts';

export interface OptionsOptions {
  readonly file: string;
  /** What counts as now; null leaves it to the file. */
  readonly at: Micros | null;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/**
 * `perpscope options FILE`: one JSON line per expiry of the option chain in a file (SPEC §11). What the file does not say is null, with the reason beside it.
 *
 * @returns the exit code. @throws CommandError for a file that is missing, unreadable or holds no option.
 */
export async function runOptions({ file, at, stdout, stderr }: OptionsOptions): Promise<number> {
  const { chains, at: now, notes } = await readOptions(file, at);
  for (const { asset, expiry, priceIn, rows, future } of chains) {
    const numbers = expiryNumbers({
      expiry,
      at: now,
      rows,
      priceIn,
      future,
      settings: DEFAULT_SETTINGS.options,
      lacking: 'in the input',
    });
    const line = optionsLine(numbers, { asset, at: now, options: rows.length });
    stdout.write(`${JSON.stringify(line)}\n`);
  }
  for (const note of notes) stderr.write(`perpscope: ${file}: ${note}\n`);
  return EXIT.ok;
}
