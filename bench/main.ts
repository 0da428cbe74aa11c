import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bench, exitCodeOf } from './bench.ts';
import { tableOf } from './table.ts';

const HELP = `Usage: npm run bench -- [options]

  --only PATTERN   rows whose id or text matches, e.g. 'btc\\.' or replay
  --seed N         of the tapes and the orders (default: 1)
  --rounds N       how often each tape is run (default: 3)
  --json FILE      the report as JSON as well; '-': on stdout instead of the table (npm run -s bench -- --json -)
  --system         the whole program instead of its parts (also: npm run bench:system)
  --long           the slow line for five minutes
  --quick          small tapes, no verdicts: whether the bench works
`;

/** Exit code for flags that are none. */
const USAGE = 2;

function fail(message: string): never {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(USAGE);
}

function wholeNumber(text: string, flag: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    fail(`${flag} ${text}: not a whole number from ${least} on`);
  return value;
}

function flags() {
  try {
    return parseArgs({
      options: {
        only: { type: 'string', default: '' },
        seed: { type: 'string', default: '1' },
        rounds: { type: 'string' },
        json: { type: 'string' },
        long: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        system: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'i');
  } catch {
    return fail(`--only ${text}: not a regular expression`);
  }
}

const { only, seed, rounds, json, quick, long, system, help } = flags();
if (help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const report = await bench(
  {
    seed: wholeNumber(seed, '--seed', 0),
    rounds: wholeNumber(rounds ?? (quick ? '1' : '3'), '--rounds', 1),
    quick,
    long,
    system,
  },
  patternOf(only),
  (what) => process.stderr.write(`measuring ${what}\n`),
);
if (report.rows.length === 0 && report.skipped.length === 0) fail(`--only ${only}: no such row`);
if (json === '-') process.stdout.write(`${JSON.stringify(report)}\n`);
else process.stdout.write(tableOf(report));
if (json !== undefined && json !== '-') writeFileSync(json, `${JSON.stringify(report)}\n`);
process.exitCode = exitCodeOf(report);
