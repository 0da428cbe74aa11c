import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { themes } from '../../themes/index.ts';
import { reasonOf } from '../feed/reason.ts';
import type { OutputLine } from '../frame/frame.ts';
import { instantOf } from '../model/instant.ts';
import { type Micros, micros } from '../model/units.ts';
import type { SnapshotFormat } from './commands/snapshot.ts';
import { type Config, type ConfigSources, loadConfig } from './config.ts';
import { directories } from './directories.ts';
import type { DriftFiles } from './drift-files.ts';
import type { StoredAsset } from './drift-store.ts';
import type { GateKind } from './drift-text.ts';
import { describeError, EXIT, usage } from './errors.ts';
import type { LiveJob, ReplayJob } from './job.ts';
import { requireVenues } from './polled-venues.ts';
import { BY_RANK, type ScanOrder, SORT_KEYS, scanOrder } from './scan-order.ts';
import type { SettingsHome } from './settings-home.ts';
import { readUserThemes } from './user-themes.ts';

/** Flags that every command which runs an engine takes. */
interface CommonFlags {
  readonly assets?: readonly string[];
  readonly venues?: readonly string[];
  readonly config?: string;
  readonly set?: readonly string[];
  readonly dataDir?: string;
  readonly store?: boolean;
}

interface ScreenFlags extends CommonFlags {
  readonly theme?: string;
  readonly fps?: number;
  readonly ascii?: boolean;
  readonly keepBackground?: boolean;
  readonly mouse?: boolean;
  readonly color?: boolean;
}

interface UniverseFlags {
  /** All perps of the venues besides the assets. */
  readonly scanner?: boolean;
  /** Perps that the simulated market lists. */
  readonly symbols?: number;
}

interface LineFlags {
  readonly every: number;
  readonly only: ReadonlySet<OutputLine['type']>;
}

interface SimulatorFlags {
  readonly seed: number;
  readonly scenario: string;
}

/** What takes the place of the screen. */
interface HeadlessFlags extends LineFlags {
  readonly stream?: boolean;
  readonly snapshot?: boolean;
  readonly format: SnapshotFormat;
  readonly lineage?: boolean;
}

interface DemoFlags extends ScreenFlags, HeadlessFlags, SimulatorFlags, UniverseFlags {
  readonly wait: number;
  readonly record?: string;
}

interface StreamFlags extends CommonFlags, LineFlags {
  readonly record?: string;
}

interface SnapshotFlags extends CommonFlags {
  readonly format: SnapshotFormat;
  readonly wait: number;
  readonly lineage?: boolean;
}

interface ServeFlags extends CommonFlags, Partial<SimulatorFlags>, UniverseFlags {
  readonly socket?: string;
  readonly demo?: boolean;
}

interface ExplainFlags extends CommonFlags, SimulatorFlags {
  readonly from?: string;
  readonly demo?: boolean;
  readonly format: 'json' | 'text';
  readonly wait: number;
}

interface RecordFlags extends CommonFlags, SimulatorFlags {
  readonly out: string;
  readonly for?: number;
  readonly demo?: boolean;
}

/** How scans are printed. */
interface TableFlags {
  readonly sort: ScanOrder;
  readonly top?: number;
  readonly once?: boolean;
}

interface ScannerFlags extends CommonFlags, SimulatorFlags, TableFlags {
  readonly every?: number;
  readonly books?: number;
  readonly only: ReadonlySet<OutputLine['type']>;
  readonly format?: 'json' | 'text';
  readonly wait: number;
  readonly demo?: boolean;
  readonly symbols?: number;
  readonly record?: string;
}

interface ReplayFlags extends ScreenFlags, HeadlessFlags, TableFlags {
  readonly scanner?: boolean;
  readonly speed?: number;
  readonly feed?: string;
  readonly asRecorded?: boolean;
}

interface DriftFlags {
  readonly asset?: string;
  readonly venue?: string;
  readonly dataDir?: string;
  readonly funding?: string;
  readonly oi?: string;
  readonly basis?: string;
  readonly perp?: string;
  readonly spot?: string;
  readonly symbol?: string;
  readonly out: string;
  readonly report?: string;
  readonly top: number;
  readonly window?: number;
  readonly quantile?: number;
  readonly gate: GateKind;
  readonly threshold?: number;
  readonly alpha?: number;
  readonly beta?: number;
  readonly gamma?: number;
  readonly config?: string;
  readonly set?: readonly string[];
}

const version = (): string =>
  (
    JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      readonly version: string;
    }
  ).version;

const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
const assetList = (text: string): readonly string[] => {
  const assets = list(text).map((asset) => asset.toUpperCase());
  if (assets.length === 0) throw new InvalidArgumentError('expected assets like BTC,ETH');
  return assets;
};
function oneAsset(text: string): string {
  const [asset, ...others] = assetList(text);
  if (others.length > 0) throw new InvalidArgumentError('expected one asset, like BTC');
  return asset!;
}
const collect = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  text,
];

/** A longer timer would fire at once. */
const LONGEST_SECONDS = 24 * 86_400;

/** `1s`, `500ms`, `2m`, `8h`, or seconds without a unit, as seconds. */
function seconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const unit = { ms: 0.001, s: 1, m: 60, h: 3600 }[match?.[2] ?? 's'] ?? 1;
  const value = Number(match?.[1]) * unit;
  if (match === null || !(value > 0))
    throw new InvalidArgumentError('expected a duration like 1s, 30s, 2m or 8h');
  if (value > LONGEST_SECONDS) throw new InvalidArgumentError('expected 24 days at most');
  return value;
}

/** Frames are emitted at whole seconds. */
function wholeSeconds(text: string): number {
  const value = seconds(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('expected whole seconds, like 1s');
  return value;
}

function instant(text: string): Micros {
  const value = instantOf(text);
  if (value === null) throw new InvalidArgumentError('expected a time like 2024-05-24T12:00Z');
  return value;
}

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError('expected a number');
  return value;
}

function wholeNumber(text: string): number {
  const value = numberOf(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('expected a whole number from 0 on');
  return value;
}

/** `7d`, `168h`, or hours without a unit. */
function wholeHours(text: string): number {
  const match = /^(\d+)([dh])?$/.exec(text);
  const hours = Number(match?.[1]) * (match?.[2] === 'd' ? 24 : 1);
  if (match === null || hours < 1)
    throw new InvalidArgumentError('expected days or whole hours, like 7d or 168h');
  return hours;
}

function share(text: string): number {
  const value = numberOf(text);
  if (value < 0 || value > 1) throw new InvalidArgumentError('expected a number from 0 to 1');
  return value;
}

function aboveZero(text: string): number {
  const value = numberOf(text);
  if (value <= 0) throw new InvalidArgumentError('expected a number above 0');
  return value;
}

/** Of a weight: what it may be multiplied with stays a number. */
function weight(text: string): number {
  const value = numberOf(text);
  if (Math.abs(value) > 1e6) throw new InvalidArgumentError('expected a number up to a million');
  return value;
}

function speedOf(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const value = Number(text.replace(/^[x×]/, ''));
  if (!(value > 0) || !Number.isFinite(value))
    throw new InvalidArgumentError("expected a positive number or 'max'");
  return value;
}

const LINE_TYPES: readonly OutputLine['type'][] = ['frame', 'event', 'series', 'scan'];

function lineTypes(text: string): ReadonlySet<OutputLine['type']> {
  const wanted = list(text);
  for (const type of wanted)
    if (!LINE_TYPES.includes(type as OutputLine['type']))
      throw new InvalidArgumentError(`expected some of ${LINE_TYPES.join(', ')}`);
  if (wanted.length === 0) throw new InvalidArgumentError('expected at least one type');
  return new Set(wanted as OutputLine['type'][]);
}

function orderOf(text: string): ScanOrder {
  const order = scanOrder(text);
  if (order === undefined)
    throw new InvalidArgumentError(`expected one of ${SORT_KEYS.join(', ')}, with :asc or :desc`);
  return order;
}

function rowCount(text: string): number {
  const rows = wholeNumber(text);
  if (rows < 1) throw new InvalidArgumentError('expected a whole number from 1 on');
  return rows;
}

const SCANS_ONLY: ReadonlySet<OutputLine['type']> = new Set(['scan']);
const DEFAULT_TYPES: ReadonlySet<OutputLine['type']> = new Set(['frame', 'event']);

const withEngine = (command: Command): Command =>
  command
    .option('--assets <list>', 'assets, comma-separated', assetList)
    .option('--venues <list>', 'venues, comma-separated', list)
    .option('--config <file>', 'config file instead of the one in the config directory')
    .option('--set <key=value>', 'override one setting, e.g. engine.gate.quantile=0.9', collect)
    .option('--data-dir <dir>', 'where history is kept; a demo keeps none without it')
    .option('--no-store', 'keep no history on disk');

const withScreen = (command: Command): Command =>
  command
    .option(
      '--theme <name>',
      `${themes.map(({ name }) => name).join(', ')}, or one of themes/ in the config directory`,
    )
    .option('--fps <n>', 'screen updates per second', numberOf)
    .option('--ascii', 'no braille or block characters')
    .option('--keep-background', "the terminal's own background instead of the theme's")
    .option('--mouse', 'hear clicks and the wheel; text is then selected with Shift+drag')
    .option('--no-mouse', 'leave the mouse to the terminal')
    .option('--no-color', 'no colours');

const withLines = (command: Command): Command =>
  command
    .option('--every <duration>', 'time between frames', wholeSeconds, 1)
    .option(
      '--only <types>',
      'line types to print: frame,event,series,scan',
      lineTypes,
      DEFAULT_TYPES,
    );

const withFormat = (command: Command): Command =>
  command.addOption(
    new Option('--format <format>', 'output format')
      .choices(['json', 'text', 'md'])
      .default('json'),
  );

const withSimulators = (command: Command): Command =>
  command
    .option('--seed <n>', 'seed of the simulated market', wholeNumber, 1)
    .addOption(
      new Option('--scenario <name>', 'what happens in it')
        .choices(['demo', 'calm', 'carry', 'squeeze', 'cascade'])
        .default('demo'),
    );

const withScanner = (command: Command): Command =>
  command.addOption(
    new Option('--scanner', 'all perps of the venues besides, in the scanner panel').conflicts([
      'stream',
      'snapshot',
    ]),
  );

const withTables = (command: Command): Command =>
  command
    .option(
      '--sort <key>',
      'order of the rows of a scan, e.g. oiUsd or change1h:asc',
      orderOf,
      BY_RANK,
    )
    .option('--top <n>', 'rows of a scan at most', rowCount)
    .option('--once', 'one scan, then the end');

const LINEAGE =
  'with what `perpscope explain --from` tells besides: windows, thresholds, exclusions';

/** `--stream` and `--snapshot`, which exclude each other. */
const withHeadless = (command: Command, snapshot: string): Command =>
  withFormat(withLines(command))
    .addOption(new Option('--stream', 'JSON lines instead of the screen').conflicts('snapshot'))
    .option('--snapshot', `${snapshot} instead of the screen`)
    .option('--lineage', LINEAGE);

type SettingFlags = CommonFlags &
  Partial<ScreenFlags> & {
    readonly scanner?: Readonly<Record<string, number | undefined>>;
    readonly engine?: Readonly<Record<'drift' | 'gate', Readonly<Record<string, unknown>>>>;
  };

/** Where the settings come from that these flags leave open. */
function settingsOf(flags: SettingFlags): SettingsHome {
  const { config } = directories(process.env);
  // An empty variable counts as none, as everywhere in the XDG specification.
  const given = flags.config ?? (process.env['PERPSCOPE_CONFIG'] || undefined);
  const themesFolder = path.join(config, 'themes');
  const file =
    given === undefined
      ? { path: path.join(config, 'config.json'), isOptional: true }
      : { path: given, isOptional: false };
  return {
    file: file.path,
    themesFolder,
    load: () => configFrom(file, themesFolder, flags),
  };
}

function configFrom(
  file: ConfigSources['file'],
  themesFolder: string,
  flags: SettingFlags,
): Config {
  const config = loadConfig({
    file,
    userThemes: () => readUserThemes(themesFolder),
    env: process.env,
    sets: flags.set ?? [],
    flags: {
      assets: flags.assets,
      venues: flags.venues,
      theme: flags.theme,
      fps: flags.fps,
      ascii: flags.ascii,
      keepBackground: flags.keepBackground,
      mouse: flags.mouse,
      scanner: flags.scanner,
      engine: flags.engine,
    },
  });
  requireVenues(config.venues);
  return config;
}

const configOf = (flags: SettingFlags): Config => settingsOf(flags).load();

/** The same where `--scanner` is a switch and no table of settings. */
const settingsBeside = ({ scanner: _, ...flags }: CommonFlags & UniverseFlags): SettingsHome =>
  settingsOf(flags);

/**
 * File of the history that a run keeps; null for none. A demo is the same every time, so it has none unless a folder is given for it, and then one of its own:
 * simulated numbers never stand beside real ones.
 */
function storeFile(
  kind: 'live' | 'demo',
  config: Config,
  { dataDir, store = true, seed = 1, scenario = 'demo' }: CommonFlags & Partial<SimulatorFlags>,
): string | null {
  if (!config.store || !store || config.assets.length === 0) return null;
  if (kind === 'demo')
    return dataDir === undefined ? null : path.join(dataDir, `demo-${scenario}-${seed}.db`);
  return path.join(directories(process.env, dataDir).data, 'history.db');
}

/** Where the engine that screens share is reached. */
const socketFile = ({ socket }: Pick<ServeFlags, 'socket'>): string =>
  path.resolve(socket ?? path.join(directories(process.env).runtime, 'perpscope.sock'));

function liveJob(
  kind: 'live' | 'demo',
  flags: CommonFlags & Partial<SimulatorFlags> & UniverseFlags,
  more: {
    readonly everySeconds: number;
    readonly recordTo?: string | undefined;
    readonly only?: ReadonlySet<OutputLine['type']>;
    readonly withGrounds?: boolean;
  },
): LiveJob {
  const { scanner: isWanted = false, ...others } = flags;
  const config = configOf(others);
  // Whoever wants scans needs all perps for them.
  const printsScans = more.only?.has('scan') === true;
  const universe = printsScans || isWanted || config.scanner.always;
  const scanEverySeconds = printsScans ? more.everySeconds : config.scanner.everySeconds;
  return {
    kind,
    config,
    everySeconds: more.everySeconds,
    scanEverySeconds: universe ? scanEverySeconds : Number.POSITIVE_INFINITY,
    universe,
    withGrounds: more.withGrounds === true,
    storeFile: storeFile(kind, config, flags),
    recordTo: more.recordTo ?? null,
    seed: flags.seed ?? process.pid,
    scenario: flags.scenario ?? 'demo',
    symbols: flags.symbols ?? null,
  };
}

/** Where the numbers of `drift` come from. */
function driftFiles({ funding, oi, basis, perp, spot, symbol }: DriftFlags): DriftFiles {
  const missing = [
    ...(funding === undefined ? ['--funding'] : []),
    ...(oi === undefined ? ['--oi'] : []),
    ...(basis !== undefined || (perp !== undefined && spot !== undefined)
      ? []
      : perp === undefined && spot === undefined
        ? ['--basis, or --perp and --spot']
        : [perp === undefined ? '--perp' : '--spot']),
  ];
  if (missing.length > 0) throw usage(`drift needs ${missing.join(', ')} as well`);
  if (basis !== undefined && (perp ?? spot) !== undefined)
    throw usage('--basis and --perp with --spot are two ways to say it: give one');
  return {
    funding: funding!,
    oi: oi!,
    basis: basis ?? { perp: perp!, spot: spot! },
    symbol,
  };
}

/** Where the numbers of `drift` come from, when it is the store. */
function driftStore(asset: string, flags: DriftFlags, config: Config): StoredAsset {
  const { funding, oi, basis, perp, spot, venue, dataDir } = flags;
  if ([funding, oi, basis, perp, spot].some((file) => file !== undefined))
    throw usage('--asset takes everything from the store: give it or files');
  return {
    file: path.join(directories(process.env, dataDir).data, 'history.db'),
    asset,
    venue,
    venues: config.engine.lead.venues,
    now: micros(Date.now() * 1000),
  };
}

/** A terminal on stdout that can draw, or a hint to what can be done without one. */
function requireTerminal(command: string): void {
  const term = process.env['TERM'] ?? '';
  const hint =
    command === 'replay'
      ? 'use `perpscope replay … --stream` or `--snapshot`'
      : 'use `perpscope stream` for JSON lines or `perpscope snapshot` for one frame';
  if (!process.stdout.isTTY) throw usage(`stdout is no terminal; ${hint}`);
  if (term === 'dumb' || term === '')
    throw usage(`this terminal cannot draw (TERM=${term || 'unset'}); ${hint}`);
}

const DRIFT_HELP = `
Files are CSV, packed with gzip or not. The first column that parses as a time is that of the times (ISO 8601, UTC
where no zone is named, or s, ms, µs since the epoch). The values are in a column of a known name (funding_rate,
realized before predicted; open_interest, sumOpenInterest; basis; close), or in the one named as FILE:column.

Cells are hours, right-closed and labelled by their close: a value stamped T is known in the cell that closes at T.
Bars are stamped by their opening and known at their close. Funding is taken at its minute, as an 8h-equivalent, and
holds for its own interval, which its distances tell; other states hold over two missing cells. Of two rows of one
time the later row of the file stands.

The series has a row per cell: timestamp (ms, the close), mu, D, active (1 or 0), mu1, mu2, mu3, z_funding,
z_oi_change, z_basis. What is absent is an empty field; active is absent while fewer than 48 cells have a D.`;

function program(finish: (code: number) => void): Command {
  const root = new Command('perpscope')
    .description(
      'An oscilloscope for perpetual futures in the terminal. It watches and explains; it never trades.',
    )
    .version(version(), '-V, --version')
    .helpOption('-h, --help')
    // A flag behind a command belongs to that command, even where the screen has one of the same name.
    .enablePositionalOptions()
    .helpCommand('help [command]', 'help on a command')
    // Whatever is no command comes to the screen as an argument, which takes none.
    .allowExcessArguments()
    .exitOverride()
    // Errors are ours to print; commander would print the whole help among them.
    .configureOutput({ outputError: () => {}, writeErr: () => {} });
  const add = (name: string, description: string): Command =>
    root
      .command(name)
      .description(description)
      .version(version(), '-V, --version')
      .allowExcessArguments(false)
      .exitOverride()
      .configureOutput({ outputError: () => {} });

  withScanner(withScreen(withEngine(root))).action(
    async (flags: ScreenFlags & UniverseFlags, { args }: Command) => {
      if (args[0] !== undefined)
        throw usage(`unknown command '${args[0]}'; \`perpscope --help\` lists them`);
      const job = liveJob('live', flags, { everySeconds: 1 });
      requireTerminal('live');
      const { showScreen } = await import('./commands/screen.ts');
      finish(await showScreen(job, flags, settingsBeside(flags)));
    },
  );

  withHeadless(
    withSimulators(
      withScanner(
        withScreen(withEngine(add('demo', 'the screen on an embedded simulated market'))),
      ),
    ),
    'one frame of each asset',
  )
    .option('--wait <duration>', 'longest wait of --snapshot', seconds, 30)
    .option('--symbols <n>', 'perps that the simulated market lists', rowCount)
    .option('--record <dir>', 'record the raw feed besides')
    .action(async (flags: DemoFlags) => {
      const job = liveJob('demo', flags, {
        everySeconds: flags.every,
        recordTo: flags.record,
        withGrounds: flags.lineage === true,
        ...(flags.stream && { only: flags.only }),
      });
      if (flags.stream) {
        const { streamLines } = await import('./commands/stream.ts');
        finish(await streamLines({ job, only: flags.only }));
      } else if (flags.snapshot) {
        const { takeSnapshot } = await import('./commands/snapshot.ts');
        finish(await takeSnapshot({ job, format: flags.format, waitMs: flags.wait * 1000 }));
      } else {
        requireTerminal('demo');
        const { showScreen } = await import('./commands/screen.ts');
        finish(await showScreen(job, flags, settingsBeside(flags)));
      }
    });

  withLines(withEngine(add('stream', 'JSON lines of the live market on stdout')))
    .option('--record <dir>', 'record the raw feed besides')
    .action(async (flags: StreamFlags) => {
      const { streamLines } = await import('./commands/stream.ts');
      const job = liveJob('live', flags, {
        everySeconds: flags.every,
        recordTo: flags.record,
        only: flags.only,
      });
      finish(await streamLines({ job, only: flags.only }));
    });

  withFormat(withEngine(add('snapshot', 'one frame per asset of the live market')))
    .option('--wait <duration>', 'longest wait for completeness', seconds, 30)
    .option('--lineage', LINEAGE)
    .action(async (flags: SnapshotFlags) => {
      const { takeSnapshot } = await import('./commands/snapshot.ts');
      const job = liveJob('live', flags, {
        everySeconds: 1,
        withGrounds: flags.lineage === true,
      });
      finish(await takeSnapshot({ job, format: flags.format, waitMs: flags.wait * 1000 }));
    });

  withScreen(add('view', "the screen from somebody else's stream of JSON lines"))
    .argument('<file>', "file or pipe of lines; '-' reads stdin, and keys come from the terminal")
    .option('--config <file>', 'config file instead of the one in the config directory')
    .action(async (file: string, flags: ScreenFlags) => {
      requireTerminal('view');
      const { viewLines } = await import('./commands/view.ts');
      finish(await viewLines(file, settingsOf(flags), flags));
    });

  withSimulators(
    withScanner(withEngine(add('serve', 'one engine for several screens, over a Unix socket'))),
  )
    .option('--socket <file>', 'the socket, instead of the one in the runtime directory')
    .option('--demo', 'of the simulated market')
    .option('--symbols <n>', 'perps that the simulated market lists', rowCount)
    .action(async (flags: ServeFlags) => {
      const { serve } = await import('./commands/serve.ts');
      const job = liveJob(flags.demo ? 'demo' : 'live', flags, { everySeconds: 1 });
      finish(await serve({ job, file: socketFile(flags) }));
    });

  withScreen(add('attach', 'the screen of an engine that `perpscope serve` runs'))
    .option('--socket <file>', 'the socket, instead of the one in the runtime directory')
    .option('--config <file>', 'config file instead of the one in the config directory')
    .action(async (flags: ScreenFlags & Pick<ServeFlags, 'socket'>) => {
      requireTerminal('attach');
      const { attach } = await import('./commands/view.ts');
      finish(await attach(socketFile(flags), settingsOf(flags), flags));
    });

  withSimulators(
    withEngine(add('explain', 'where a number of a frame comes from, e.g. explain drift.mu2')),
  )
    .argument('<path>', 'path of the number in a frame')
    .option('--from <file>', "a snapshot or other JSON lines with frames; '-' reads stdin")
    .addOption(new Option('--demo', 'of the simulated market').conflicts('from'))
    .addOption(
      new Option('--format <format>', 'output format').choices(['text', 'json']).default('text'),
    )
    .option('--wait <duration>', 'longest wait for the number', seconds, 30)
    .action(async (numberPath: string, flags: ExplainFlags) => {
      const { runExplain } = await import('./commands/explain.ts');
      finish(
        await runExplain({
          path: numberPath,
          from:
            flags.from ??
            liveJob(flags.demo ? 'demo' : 'live', flags, { everySeconds: 1, withGrounds: true }),
          format: flags.format,
          waitMs: flags.wait * 1000,
        }),
      );
    });

  withSimulators(withEngine(add('record', 'record the raw feed, until interrupted')))
    .requiredOption('--out <dir>', 'directory to record into')
    .option('--for <duration>', 'stop after this long', seconds)
    .option('--demo', 'record the simulated market')
    .action(async (flags: RecordFlags) => {
      const { recordFeeds } = await import('./commands/record.ts');
      const job = liveJob(flags.demo ? 'demo' : 'live', flags, {
        everySeconds: 1,
        recordTo: flags.out,
      });
      finish(await recordFeeds(job, flags.for === undefined ? null : flags.for * 1000));
    });

  withTables(
    withSimulators(withEngine(add('scanner', 'every perp of the venue in one table or JSON line'))),
  )
    .option('--every <duration>', 'time between scans', wholeSeconds)
    .option('--books <n>', 'order books carried besides, of those that trade most', wholeNumber)
    .addOption(
      new Option('--format <format>', 'output format; text on a terminal').choices([
        'json',
        'text',
      ]),
    )
    .option('--only <types>', 'line types to print: scan,frame,event,series', lineTypes, SCANS_ONLY)
    .option('--wait <duration>', 'longest wait of --once', seconds, 180)
    .option('--demo', 'scan the simulated market')
    .option('--symbols <n>', 'perps that the simulated market lists', rowCount)
    .option('--record <dir>', 'record the raw feed besides')
    .action(async (flags: ScannerFlags) => {
      const scanner = { books: flags.books, everySeconds: flags.every };
      const config = configOf({ ...flags, scanner });
      const { everySeconds } = config.scanner;
      // Nothing is watched unless asked for here: what the screen watches costs more than all rows together.
      const watched = { ...config, assets: flags.assets ?? [] };
      const job: LiveJob = {
        kind: flags.demo ? 'demo' : 'live',
        config: watched,
        everySeconds: flags.only.has('frame') ? everySeconds : Number.POSITIVE_INFINITY,
        scanEverySeconds: everySeconds,
        universe: true,
        withGrounds: false,
        storeFile: storeFile(flags.demo ? 'demo' : 'live', watched, flags),
        recordTo: flags.record ?? null,
        seed: flags.seed,
        scenario: flags.scenario,
        symbols: flags.symbols ?? null,
      };
      const { runScanner } = await import('./commands/scanner.ts');
      finish(
        await runScanner({
          job,
          format: flags.format ?? (process.stdout.isTTY ? 'text' : 'json'),
          order: flags.sort,
          top: flags.top ?? null,
          once: flags.once ? { waitMs: flags.wait * 1000 } : null,
          only: flags.only,
        }),
      );
    });

  withTables(
    withHeadless(
      withScreen(withEngine(add('replay', 'play recordings'))),
      'the last frame of each asset',
    ),
  )
    .addOption(
      new Option('--scanner', 'scans of all perps instead of the screen').conflicts([
        'stream',
        'snapshot',
      ]),
    )
    .argument('<files...>', 'recordings or folders of them')
    .option('--speed <n>', "times real time, or 'max'", speedOf)
    .option('--feed <id>', 'feed of files that do not name one, e.g. binance-usdm')
    .option('--as-recorded', 'print `source` as it was when recorded')
    .action(async (files: readonly string[], flags: ReplayFlags, command: Command) => {
      const { scanner: asScanner = false, ...others } = flags;
      const isHeadless = flags.stream === true || flags.snapshot === true || asScanner;
      const config = configOf(others);
      const isGiven = (name: string) => command.getOptionValueSource(name) !== 'default';
      const only = asScanner && !isGiven('only') ? SCANS_ONLY : flags.only;
      const every = asScanner && !isGiven('every') ? config.scanner.everySeconds : flags.every;
      const isLast = asScanner && flags.once === true;
      if (asScanner && flags.format === 'md') throw usage('scans have no format md: json or text');
      const job: ReplayJob = {
        kind: 'replay',
        config,
        everySeconds: asScanner && !only.has('frame') ? Number.POSITIVE_INFINITY : every,
        scanEverySeconds: isHeadless
          ? only.has('scan') && !isLast
            ? every
            : Number.POSITIVE_INFINITY
          : // The screen shows the universe of a recording that had one.
            config.scanner.everySeconds,
        scanAtEnd: isLast,
        universe: only.has('scan') || asScanner,
        withGrounds: flags.lineage === true,
        files,
        feed: flags.feed ?? null,
        speed: flags.speed ?? (isHeadless ? Number.POSITIVE_INFINITY : 1),
        assets: flags.assets ?? null,
        asRecorded: flags.asRecorded === true,
      };
      if (asScanner) {
        const { runScanner } = await import('./commands/scanner.ts');
        const format = isGiven('format') ? flags.format : process.stdout.isTTY ? 'text' : 'json';
        finish(
          await runScanner({
            job,
            format: format === 'text' ? 'text' : 'json',
            order: flags.sort,
            top: flags.top ?? null,
            once: flags.once ? { waitMs: 0 } : null,
            only,
          }),
        );
      } else if (flags.stream) {
        const { streamLines } = await import('./commands/stream.ts');
        finish(await streamLines({ job, only: flags.only }));
      } else if (flags.snapshot) {
        const { takeSnapshot } = await import('./commands/snapshot.ts');
        finish(await takeSnapshot({ job, format: flags.format, waitMs: 0 }));
      } else {
        requireTerminal('replay');
        const { showScreen } = await import('./commands/screen.ts');
        finish(await showScreen(job, flags, settingsOf(others)));
      }
    });

  add('audit', 'check the books of recordings against what their venues said')
    .argument('<files...>', 'recordings or folders of them')
    .option('--depth <n>', 'levels per side to print', numberOf, 20)
    .option('--feed <id>', 'feed of files that do not name one, e.g. binance-usdm')
    .action(async (files: string[], flags: { depth: number; feed?: string }) => {
      if (!Number.isInteger(flags.depth) || flags.depth < 0 || flags.depth > 5000)
        throw usage(`--depth takes a whole number from 0 to 5000, not ${flags.depth}`);
      const { runAudit } = await import('./commands/audit.ts');
      finish(
        await runAudit({
          files,
          depth: flags.depth,
          ...(flags.feed !== undefined && { venueOverride: flags.feed }),
          stdout: process.stdout,
          stderr: process.stderr,
        }),
      );
    });

  add('drift', 'the series of drift and its gate from files of history, or from the store')
    .option('--funding <file>', 'settled funding, each rate for its own interval')
    .option('--oi <file>', 'open interest in coin or contracts')
    .option('--basis <file>', 'basis as it is given, in any unit')
    .option('--perp <file>', 'bars of the perp, which with --spot make basis = perp − spot close')
    .option('--spot <file>', 'bars of the spot')
    .option('--symbol <name>', 'of files that hold several')
    .option(
      '--asset <name>',
      'from the store instead of files: what was kept of this asset',
      oneAsset,
    )
    .option(
      '--venue <name>',
      'with --asset: the venue whose perp is meant, else the one that leads',
    )
    .option('--data-dir <dir>', 'with --asset: where history is kept')
    .requiredOption('--out <file>', 'the series as CSV; a name in .gz packs it')
    .option('--report <file>', 'a report in Markdown besides')
    .option('--top <n>', 'cells of the report, those of the highest D', rowCount, 10)
    .option('--window <span>', 'window of the z-scores, like 7d or 168h', wholeHours)
    .option('--quantile <p>', 'quantile of D above which the gate opens', share)
    .addOption(
      new Option('--gate <kind>', 'by the 30 days before each cell, or by all (looks ahead)')
        .choices(['trailing', 'full'])
        .default('trailing'),
    )
    .option('--threshold <D>', 'D above which the gate opens in any case', aboveZero)
    .option('--alpha <n>', 'weight of μ1, crowd unwinding', weight)
    .option('--beta <n>', 'weight of μ2, demand for futures', weight)
    .option('--gamma <n>', 'weight of μ3; only 0, for no file tells of dated futures', weight)
    .option('--config <file>', 'config file instead of the one in the config directory')
    .option('--set <key=value>', 'override one setting, e.g. engine.gate.windowHours=336', collect)
    .addHelpText('after', DRIFT_HELP)
    .action(async (flags: DriftFlags) => {
      const { alpha, beta, gamma, window: windowHours, quantile, threshold } = flags;
      const engine = {
        drift: { alpha, beta, gamma, windowHours },
        gate: { quantile, threshold },
      };
      const { config, set } = flags;
      const inForce = configOf({
        ...(config !== undefined && { config }),
        ...(set !== undefined && { set }),
        engine,
      });
      const { asset } = flags;
      const from = asset === undefined ? driftFiles(flags) : driftStore(asset, flags, inForce);
      const { runDrift } = await import('./commands/drift.ts');
      finish(
        await runDrift({
          from,
          out: flags.out,
          report: flags.report,
          gate: flags.gate,
          top: flags.top,
          settings: inForce.engine,
          stderr: process.stderr,
        }),
      );
    });

  add('options', 'what the option chain in a file says, a JSON line per expiry')
    .argument('<file>', 'book summary, tickers or a table of them: JSON or CSV, gzipped or not')
    .option('--at <time>', 'when the quotes were so, ISO 8601, UTC unless it names a zone', instant)
    .action(async (file: string, flags: { at?: Micros }) => {
      const { runOptions } = await import('./commands/options.ts');
      const { stdout, stderr } = process;
      finish(await runOptions({ file, at: flags.at ?? null, stdout, stderr }));
    });

  add('schema', 'the JSON Schema of every line').action(async () => {
    const { printSchema } = await import('./commands/schema.ts');
    process.stdout.write(printSchema());
    finish(EXIT.ok);
  });

  withScreen(withEngine(add('config', 'the configuration in force, as JSON')))
    .option('--paths', 'where things are kept instead')
    .action((flags: ScreenFlags & { readonly paths?: boolean }) => {
      const shown =
        flags.paths === true ? directories(process.env, flags.dataDir) : configOf(flags);
      process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
      const { problems } = readUserThemes(settingsOf(flags).themesFolder);
      for (const problem of problems) process.stderr.write(`perpscope: ${problem}\n`);
      finish(EXIT.ok);
    });

  return root;
}

/** Runs the command line. Sets the exit code; errors are one to three lines on stderr. */
export async function main(argv: readonly string[]): Promise<void> {
  let exitCode: number = EXIT.ok;
  // Nobody is left to be told of what goes wrong there.
  process.stderr.on('error', () => {});
  let isOutputBroken = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that goes away is no error: whoever writes notices by itself. So it is with a terminal that is closed.
    if (error.code === 'EPIPE' || process.stdout.isTTY || isOutputBroken) return;
    isOutputBroken = true;
    process.exitCode = EXIT.runtime;
    process.stderr.write(`perpscope: cannot write to stdout: ${reasonOf(error)}\n`);
  });
  try {
    await program((code) => {
      exitCode = code;
    }).parseAsync(argv, { from: 'user' });
  } catch (error) {
    exitCode = report(error);
  }
  process.exitCode = isOutputBroken ? EXIT.runtime : exitCode;
}

/** Prints what went wrong on stderr; returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and version were asked for and have been printed.
    if (error.exitCode === 0) return EXIT.ok;
    const text =
      error.code === 'commander.help'
        ? 'no help on that; `perpscope --help` lists the commands'
        : error.message.replace(/^error: /, '');
    process.stderr.write(`perpscope: ${text}\n`);
    return EXIT.usage;
  }
  const { message, exitCode } = describeError(error);
  process.stderr.write(`perpscope: ${message}\n`);
  return exitCode;
}
