import { createRandom, nextUniform } from '../../src/stats/random.ts';
import { hasPty } from '../../test/support/raw-pty.ts';
import { startVenue, type VenueOptions } from '../../test/support/venue-process.ts';
import { spreadOf } from '../spread.ts';
import {
  type BenchConfig,
  configFor,
  cpuSecondsOf,
  firstLineMs,
  Headless,
  Place,
  residentMb,
  Screen,
  sleep,
} from '../system/program.ts';
import { counted, type Found, type Options, type Report, type Row, type Section } from './row.ts';

/*
 * The whole program as a person runs it: in a real pseudo-terminal, against a simulated venue in a process of its own. These figures depend on the
 * machine and on what else it does, unlike the ratios of the other rows.
 */

const isHere = (report: Report, ids: ReadonlySet<string>): boolean => {
  if (hasPty) return true;
  report.skip([...ids].join(' '), 'no pseudo-terminal without `script` and `stty`');
  return false;
};

const percentile = (samples: readonly number[], p: number): number => {
  const sorted = [...samples].sort((x, y) => x - y);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
};

const START_TIMES = 5;

async function measureStart({ quick }: Options, report: Report, wanted: ReadonlySet<string>) {
  const found = new Map<string, Found>();
  const times = quick ? 1 : START_TIMES;
  const lines: number[] = [];
  const screens: number[] = [];
  for (let i = 0; i < times; i += 1) {
    const place = new Place(null);
    lines.push(await firstLineMs(place, ['demo', '--stream']));
    if (hasPty) {
      const screen = new Screen(place, ['demo']);
      const end = performance.now() + 20_000;
      while (screen.firstScreenMs === null && performance.now() < end) await sleep(5);
      screens.push(screen.firstScreenMs ?? 20_000);
      await screen.close();
    }
    place.close();
  }
  const seconds = (samples: readonly number[]): Found => {
    const { value, low, high } = spreadOf(samples.map((ms) => ms / 1000));
    return { value, low, high, note: `${samples.length} starts` };
  };
  found.set('start.line', seconds(lines));
  if (isHere(report, wanted)) found.set('start.screen', seconds(screens));
  return found;
}

export const startSection: Section = {
  rows: [
    {
      id: 'start.screen',
      what: 'demo: start to first screen',
      unit: 's',
      better: 'less',
      must: 0.8,
      aim: 0.4,
    },
    {
      id: 'start.line',
      what: 'demo --stream: start to first line',
      unit: 's',
      better: 'less',
      must: 0.5,
      aim: 0.25,
    },
  ],
  measure: (options, wanted, report) => measureStart(options, report, wanted),
};

/** Symbols and messages a second of a whole venue. */
const WHOLE: VenueOptions = { scenario: 'calm', symbols: 500, messagesPerSecond: 5000, tls: true };
const SMALL: VenueOptions = { ...WHOLE, symbols: 30, messagesPerSecond: 200 };

/**
 * All perps on the screen's engine, each with a book. Snapshots of few levels and rare polls, as the requests that a venue allows would otherwise take ten minutes to
 * fetch five hundred books, and streams are subscribed as their snapshots come.
 */
const allBooks = ({ symbols }: VenueOptions): BenchConfig => ({
  scanner: { always: true, books: symbols },
  feeds: {
    'binance-usdm': { numbers: { scanSnapshotLimit: 50, openInterestEveryMs: 600_000 } },
  },
});

interface Watched {
  readonly seconds: number;
  readonly share: number;
  readonly screenShare: number;
  readonly feedsShare: number;
  readonly bytesPerSecond: number;
  readonly delayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly keys: readonly number[];
  readonly residentMb: number;
}

interface Watching {
  readonly seconds: number;
  readonly warmup: number;
  /** Of a line to another machine, as SSH would have it. */
  readonly bytesPerSecond?: number;
  readonly pressesKeys?: boolean;
  /** Of the terminal; 200 × 60 unless given. */
  readonly size?: readonly [columns: number, rows: number];
}

/** Runs the screen against a venue for some time after a warm-up and looks at what it costs. */
async function watch(
  options: Options,
  venueOptions: VenueOptions,
  config: Partial<BenchConfig>,
  { seconds, warmup, bytesPerSecond, pressesKeys = true, size }: Watching,
): Promise<Watched> {
  const venue = await startVenue({ seed: options.seed, scenario: 'demo', ...venueOptions });
  const place = new Place(warmup, configFor(venue, config), venue.ca);
  // The program draws less often where it knows that it is looked at from afar.
  if (bytesPerSecond !== undefined) place.env['SSH_CONNECTION'] = '127.0.0.1 1 127.0.0.1 22';
  try {
    const screen = new Screen(place, [], bytesPerSecond, size);
    await sleep(warmup * 1000);
    const pid = screen.pid!;
    const random = createRandom(options.seed);
    const [cpu, bytes, since] = [cpuSecondsOf(pid), screen.bytes, performance.now()];
    if (pressesKeys) await screen.press(seconds * 1000, () => nextUniform(random));
    else await sleep(seconds * 1000);
    const lasted = (performance.now() - since) / 1000;
    const share = (cpuSecondsOf(pid) - cpu) / lasted;
    const bytesPerSecondSeen = (screen.bytes - bytes) / lasted;
    const resident = residentMb(pid);
    await sleep(1200);
    const [feeds] = place.notes('feeds');
    const [drawing] = place.notes('screen');
    await screen.close();
    if (feeds === undefined || drawing === undefined) throw new Error('the threads left no notes');
    return {
      seconds: lasted,
      share,
      screenShare: drawing.cpuSeconds / drawing.seconds,
      feedsShare: feeds.cpuSeconds / feeds.seconds,
      bytesPerSecond: bytesPerSecondSeen,
      delayMs: feeds.delayMs,
      keys: screen.latencies,
      residentMb: resident,
    };
  } finally {
    place.close();
    await venue.close();
  }
}

const lasting = ({ quick }: Options, warmup = 30): Watching =>
  quick ? { seconds: 3, warmup: 4 } : { seconds: 60, warmup };

/** As long as somebody would look before trusting a line. */
const LONG_SECONDS = 300;

/** Until every book has been subscribed. */
const WHOLE_WARMUP = 150;

async function measureWhole(options: Options, report: Report, wanted: ReadonlySet<string>) {
  const found = new Map<string, Found>();
  if (!isHere(report, wanted)) return found;
  const venue = options.quick ? SMALL : WHOLE;
  const seen = await watch(options, venue, allBooks(venue), lasting(options, WHOLE_WARMUP));
  const { p50, p99, max } = seen.delayMs;
  const keys = `${seen.keys.length} keys, p50 ${percentile(seen.keys, 0.5).toFixed(0)} ms`;
  const threads = `feeds ${seen.feedsShare.toFixed(3)}, screen ${seen.screenShare.toFixed(3)}, the rest compiles, collects and decrypts`;
  found.set('whole.share', counted(seen.share, threads));
  found.set('whole.delay-p99', counted(p99, `p50 ${p50.toFixed(1)} ms, the timer's own`));
  found.set('whole.delay-max', counted(max, ''));
  found.set('whole.key', counted(percentile(seen.keys, 0.99), keys));
  found.set('whole.resident', counted(seen.residentMb, `${venue.symbols} books`));
  return found;
}

export const wholeSection: Section = {
  rows: [
    {
      id: 'whole.share',
      what: 'screen + 500 symbols at 5,000 messages/s over TLS: share of a core',
      unit: '',
      better: 'less',
      must: 0.25,
      aim: 0.1,
    },
    {
      id: 'whole.delay-p99',
      what: 'event-loop delay of the feeds meanwhile, p99',
      unit: 'ms',
      better: 'less',
      must: 20,
      aim: 5,
    },
    {
      id: 'whole.delay-max',
      what: 'event-loop delay of the feeds meanwhile, max',
      unit: 'ms',
      better: 'less',
      must: 60,
      aim: 20,
    },
    {
      id: 'whole.key',
      what: 'key press to redraw meanwhile, p99',
      unit: 'ms',
      better: 'less',
      must: 60,
      aim: 25,
    },
    {
      id: 'whole.resident',
      what: 'resident memory meanwhile',
      unit: 'MB',
      better: 'less',
      must: null,
      aim: null,
    },
  ],
  measure: (options, wanted, report) => measureWhole(options, report, wanted),
};

/** Smaller terminals, for context; `screen.share` and the others are of the largest. */
const SMALLER = [
  ['120', [120, 40]],
  ['80', [80, 24]],
] as const;

async function measureScreen(options: Options, report: Report, wanted: ReadonlySet<string>) {
  const found = new Map<string, Found>();
  if (!isHere(report, wanted)) return found;
  if (['screen.share', 'screen.bytes', 'screen.resident'].some((id) => wanted.has(id))) {
    const seen = await watch(options, {}, {}, { ...lasting(options), pressesKeys: false });
    found.set('screen.share', counted(seen.screenShare, `over ${seen.seconds.toFixed(0)} s`));
    found.set('screen.bytes', counted(seen.bytesPerSecond / 1000, ''));
    found.set('screen.resident', counted(seen.residentMb, '3 assets × 1 venue'));
  }
  for (const [name, size] of SMALLER) {
    if (!wanted.has(`screen.share-${name}`) && !wanted.has(`screen.bytes-${name}`)) continue;
    const seen = await watch(options, {}, {}, { ...lasting(options), pressesKeys: false, size });
    found.set(`screen.share-${name}`, counted(seen.screenShare, ''));
    found.set(`screen.bytes-${name}`, counted(seen.bytesPerSecond / 1000, ''));
  }
  return found;
}

export const screenSection: Section = {
  rows: [
    {
      id: 'screen.share',
      what: 'screen of 200 × 60, 10 updates/s: share of a core',
      unit: '',
      better: 'less',
      must: 0.12,
      aim: 0.06,
    },
    {
      id: 'screen.bytes',
      what: 'the same: bytes to the terminal',
      unit: 'KB/s',
      better: 'less',
      must: 80,
      aim: 40,
    },
    {
      id: 'screen.resident',
      what: 'resident memory of the whole program, 3 assets',
      unit: 'MB',
      better: 'less',
      must: 350,
      aim: 200,
    },
    ...SMALLER.flatMap(([name, [columns, rows]]): Row[] => [
      {
        id: `screen.share-${name}`,
        what: `screen of ${columns} × ${rows}: share of a core`,
        unit: '',
        better: 'less',
        must: null,
        aim: null,
      },
      {
        id: `screen.bytes-${name}`,
        what: 'the same: bytes to the terminal',
        unit: 'KB/s',
        better: 'less',
        must: null,
        aim: null,
      },
    ]),
  ],
  measure: (options, wanted, report) => measureScreen(options, report, wanted),
};

const SLOW_LINE = 30_000;

async function measureSlow(options: Options, report: Report, wanted: ReadonlySet<string>) {
  const found = new Map<string, Found>();
  if (!isHere(report, wanted)) return found;
  const seen = await watch(
    options,
    {},
    {},
    {
      ...lasting(options),
      ...(options.long && { seconds: LONG_SECONDS }),
      bytesPerSecond: SLOW_LINE,
    },
  );
  const note = `over ${seen.seconds.toFixed(0)} s, ${seen.keys.length} keys, p99 ${percentile(seen.keys, 0.99).toFixed(0)} ms, ${(seen.bytesPerSecond / 1000).toFixed(0)} KB/s`;
  found.set('slow.key', counted(percentile(seen.keys, 0.5), note));
  found.set('slow.delay', counted(seen.delayMs.p99, `max ${seen.delayMs.max.toFixed(0)} ms`));
  return found;
}

export const slowSection: Section = {
  rows: [
    {
      id: 'slow.key',
      what: 'on a line of 30 KB/s: key press to redraw, p50',
      unit: 'ms',
      better: 'less',
      must: 500,
      aim: 200,
    },
    {
      id: 'slow.delay',
      what: 'the same: event-loop delay of the feeds, p99',
      unit: 'ms',
      better: 'less',
      must: 20,
      aim: 5,
    },
  ],
  measure: (options, wanted, report) => measureSlow(options, report, wanted),
};

/** Slope of a straight line through the samples, per unit of x. */
function slopeOf(samples: readonly (readonly [x: number, y: number])[]): number {
  const n = samples.length;
  const mx = samples.reduce((sum, [x]) => sum + x, 0) / n;
  const my = samples.reduce((sum, [, y]) => sum + y, 0) / n;
  let xy = 0;
  let xx = 0;
  for (const [x, y] of samples) {
    xy += (x - mx) * (y - my);
    xx += (x - mx) ** 2;
  }
  return xy / xx;
}

/** A soak is bounded: what a longer one would show that this cannot, such as rings that take a day to fill, is said in the note. */
async function measureSoak({ quick, seed }: Options) {
  const [warmup, lasts] = quick ? [2, 3] : [120, 480];
  const venue = await startVenue({ seed, scenario: 'demo' });
  const place = new Place(null, configFor(venue));
  const child = new Headless(place, ['stream']);
  try {
    await sleep(warmup * 1000);
    const samples: [number, number][] = [];
    for (let second = 0; second < lasts; second += 1) {
      await sleep(1000);
      samples.push([second / 3600, residentMb(child.pid)]);
    }
    const { value } = spreadOf(samples.map(([, mb]) => mb));
    const note = `${lasts} s after ${warmup} s, ${value.toFixed(0)} MB; hourly rings still filling`;
    return new Map<string, Found>([['soak.slope', counted(slopeOf(samples), note)]]);
  } finally {
    await child.close();
    place.close();
    await venue.close();
  }
}

export const soakSection: Section = {
  rows: [
    {
      id: 'soak.slope',
      what: 'growth of resident memory, headless, after warm-up',
      unit: 'MB/h',
      better: 'less',
      must: 1,
      aim: 0,
    },
  ],
  measure: (options) => measureSoak(options),
};
