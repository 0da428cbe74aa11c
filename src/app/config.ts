import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { cleanText } from '../../components/format/cell-width.ts';
import { BINDINGS, type OwnKeys, wrongIn } from '../../components/keys/table.ts';
import { themeNamed, themes } from '../../themes/index.ts';
import { areMarginTiers } from '../model/margin.ts';
import {
  DEFAULT_SCANNER,
  DEFAULT_SETTINGS,
  type EngineSettings,
  type ScannerSettings,
} from '../model/settings.ts';
import { decoderOf, protocols, venues } from '../venues/index.ts';
import type { FeedSettings } from '../venues/protocol.ts';
import { CommandError, EXIT, usage } from './errors.ts';
import { jsonOf } from './json-text.ts';
import type { UserThemes } from './user-themes.ts';

const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const positive = v.pipe(v.number(), v.gtValue(0));
const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const atLeastThree = v.pipe(count, v.minValue(3));
const tier = v.strictObject({ bandBps: positive, halfLifeBps: positive });
const mix = v.pipe(
  v.array(v.strictTuple([v.pipe(v.number(), v.gtValue(1)), positive])),
  v.minLength(1),
);
const tiers = v.pipe(
  v.array(v.strictTuple([v.nullable(positive), fraction, v.pipe(v.number(), v.minValue(1))])),
  v.check(
    (told) => areMarginTiers(told),
    'brackets [largest USD or null, maintenance, most leverage] with maintenance · leverage below 1, the smallest first',
  ),
);
const thresholds = v.strictObject({ medium: positive, high: positive, critical: positive });
const asset = v.pipe(v.string(), v.regex(/^[A-Z0-9-]{1,20}$/, 'an asset in capitals, like BTC'));

/** Engine settings in the shape of `EngineSettings`, so that a key missing here is a type error there. */
const engine = v.strictObject({
  depth: v.strictObject({
    tier1: tier,
    tier2: tier,
    tier1Assets: v.array(asset),
    overrides: v.record(asset, tier),
  }),
  oib: v.strictObject({ ewmaHalfLifeSeconds: positive, shock: fraction, minPairs: atLeastThree }),
  sampling: v.strictObject({ clock: v.picklist(['time', 'notional']), notional: positive }),
  flow: v.strictObject({ minMinutes: v.pipe(count, v.minValue(2), v.maxValue(60)) }),
  vpin: v.strictObject({ buckets: v.pipe(count, v.maxValue(1000)) }),
  kyle: v.strictObject({ minMinutes: v.pipe(atLeastThree, v.maxValue(60)) }),
  volatility: v.strictObject({
    minReturns: v.pipe(count, v.maxValue(60)),
    windowHours: v.pipe(count, v.maxValue(720)),
    minValues: v.pipe(count, v.minValue(2)),
    lowQuantile: fraction,
    highQuantile: fraction,
  }),
  meanReversion: v.strictObject({
    z60: positive,
    z240: positive,
    minShare: fraction,
    dickeyFuller: v.pipe(v.number(), v.ltValue(0)),
    lag: v.pipe(count, v.minValue(2), v.maxValue(120)),
    varianceRatioZ: positive,
  }),
  crossMarket: v.strictObject({
    dislocationZ: positive,
    minMinutes: v.pipe(count, v.minValue(2), v.maxValue(1440)),
    minVolumeShock: v.pipe(v.number(), v.minValue(0)),
  }),
  drift: v.strictObject({
    alpha: v.number(),
    beta: v.number(),
    gamma: v.number(),
    windowHours: v.pipe(count, v.maxValue(720)),
    minValues: v.pipe(count, v.minValue(2)),
    basis: v.picklist(['fair', 'venue']),
    funding: v.picklist(['predicted', 'settled']),
    rho: v.picklist(['distance', 'proximity']),
    steadyZ: v.pipe(v.number(), v.minValue(0)),
  }),
  gate: v.strictObject({
    quantile: fraction,
    windowHours: v.pipe(count, v.maxValue(720)),
    minCells: count,
    threshold: v.nullable(positive),
    holdSeconds: v.pipe(v.number(), v.minValue(0), v.maxValue(3600)),
  }),
  regime: v.strictObject({
    oiShock: v.pipe(v.number(), v.ltValue(0)),
    liquidationZ: positive,
    depthQuantile: fraction,
    fundingZ: positive,
    exitShare: fraction,
  }),
  cascade: v.strictObject({
    medium: positive,
    high: positive,
    critical: positive,
    withinShare: fraction,
    leverage: mix,
    leverageLow: mix,
    leverageHigh: mix,
    positionUsd: mix,
    tiers: v.record(v.string(), tiers),
    minPlacedShare: fraction,
    minCoveredShare: fraction,
    overrides: v.record(asset, thresholds),
  }),
  fees: v.strictObject({
    taker: v.record(v.string(), v.pipe(v.number(), v.minValue(0), v.maxValue(1000))),
    spotTaker: v.record(v.string(), v.pipe(v.number(), v.minValue(0), v.maxValue(1000))),
  }),
  funding: v.strictObject({ arbitrage: positive, holdingDays: positive, capShare: fraction }),
  openInterest: v.strictObject({ trend1h: fraction, trend4h: fraction, trend24h: fraction }),
  carry: v.strictObject({
    minYield: v.pipe(v.number(), v.minValue(0)),
    margin: v.pipe(v.number(), v.minValue(0)),
    deadBand: fraction,
    nearExpiryDays: v.pipe(v.number(), v.minValue(0)),
  }),
  markCheck: v.strictObject({
    samples: v.pipe(count, v.maxValue(3600)),
    everySeconds: v.pipe(count, v.maxValue(3600)),
    indexWeights: v.record(v.string(), positive),
  }),
  stale: v.strictObject({ periods: positive, floorMs: positive }),
  lead: v.strictObject({ venues: v.array(v.string()) }),
  contradiction: v.strictObject({ minutes: positive, prints: positive }),
  options: v.strictObject({
    putCallBearish: positive,
    putCallBullish: positive,
    putCallWindowHours: v.pipe(count, v.maxValue(8760)),
    putCallMinHours: count,
    widestDeltaGap: v.pipe(fraction, v.gtValue(0)),
    termFlat: fraction,
    dvolDays: v.pipe(count, v.maxValue(1000)),
    dvolMinDays: count,
    premiumRich: fraction,
    premiumCheap: fraction,
    everySeconds: v.pipe(count, v.maxValue(3600)),
    expiries: v.pipe(count, v.maxValue(40)),
    strikes: v.pipe(count, v.maxValue(400)),
  }),
  ladderLevels: v.pipe(count, v.maxValue(200)),
  settlementWindowMinutes: v.pipe(v.number(), v.minValue(0), v.maxValue(60)),
});

const feed = v.strictObject({
  hosts: v.optional(v.record(v.string(), v.pipe(v.string(), v.url('a URL'))), {}),
  channels: v.optional(v.record(v.string(), v.string()), {}),
  numbers: v.optional(v.record(v.string(), v.number()), {}),
});

const schema = v.strictObject({
  assets: v.pipe(v.array(asset), v.minLength(1), v.maxLength(64)),
  venues: v.pipe(v.array(v.string()), v.minLength(1)),
  theme: v.nullable(v.string()),
  fps: v.pipe(v.number(), v.minValue(0.2), v.maxValue(60)),
  ascii: v.boolean(),
  keepBackground: v.boolean(),
  mouse: v.boolean(),
  /** Keys by action, in the place of the built-in ones. */
  keys: v.record(v.string(), v.union([v.string(), v.array(v.string())])),
  store: v.boolean(),
  past: v.strictObject({ megabytes: v.pipe(v.number(), v.minValue(1), v.maxValue(100_000)) }),
  engine,
  /** The scanner of all perps. */
  scanner: v.strictObject({
    always: v.boolean(),
    books: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000)),
    everySeconds: v.pipe(count, v.maxValue(86_400)),
    rerankMinutes: v.pipe(v.number(), v.minValue(1), v.maxValue(1440)),
  }),
  /** Per feed: hosts, channels and numbers that replace the protocol's own. */
  feeds: v.record(v.string(), feed),
});

/** Everything that can be set, from defaults, file, environment and flags, in rising order of precedence. */
export interface Config {
  readonly assets: readonly string[];
  readonly venues: readonly string[];
  /** Null takes the one that was last chosen at the screen, else `dark`. */
  readonly theme: string | null;
  readonly fps: number;
  readonly ascii: boolean;
  /** The terminal's own background instead of the theme's. */
  readonly keepBackground: boolean;
  /** Whether clicks and the wheel are heard, which takes plain text selection away. */
  readonly mouse: boolean;
  /** Keys by action, in the place of the built-in ones: `{"zoom": ["x", "f5"]}`. */
  readonly keys: OwnKeys;
  /** Whether history is kept on disk, in the data directory. */
  readonly store: boolean;
  /** Disk for what a screen can go back to: so many MB for frames of every second, as much again for one in fifteen. */
  readonly past: { readonly megabytes: number };
  readonly engine: EngineSettings;
  readonly scanner: ScannerSettings;
  readonly feeds: Readonly<Record<string, Partial<FeedSettings>>>;
}

const DEFAULTS: Config = {
  assets: ['BTC', 'ETH', 'SOL'],
  venues,
  theme: null,
  fps: 10,
  ascii: false,
  keepBackground: false,
  mouse: false,
  keys: {},
  store: true,
  past: { megabytes: 192 },
  engine: DEFAULT_SETTINGS,
  scanner: DEFAULT_SCANNER,
  feeds: {},
};

type Plain = { [key: string]: unknown };
const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `over` laid on `base`, object by object; arrays and scalars replace. */
function layered(base: unknown, over: unknown): unknown {
  if (!isPlain(base) || !isPlain(over)) return over;
  // Without a prototype, so that `__proto__` is a key like any other, and as unknown.
  const result: Plain = Object.assign(Object.create(null), base);
  for (const [key, value] of Object.entries(over))
    if (value !== undefined) result[key] = layered(result[key], value);
  return result;
}

function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

/** Reads a value as JSON where it is JSON, as a list where it has commas, else as text. */
function scalar(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.includes(',') ? text.split(',').map((part) => part.trim()) : text;
  }
}

/** A value for the setting that is `current`: one of a list may stand without its brackets. */
function valueFor(current: unknown, text: string): unknown {
  const value = scalar(text);
  return Array.isArray(current) && !Array.isArray(value) ? [value] : value;
}

/** The key of `object` that equals `name` but for case and underscores. */
const keyLike = (object: unknown, name: string): string | undefined =>
  isPlain(object)
    ? Object.keys(object).find(
        (key) => key.toLowerCase() === name.toLowerCase().replaceAll('_', ''),
      )
    : undefined;

const ENV_PREFIX = 'PERPSCOPE_';
/** Variables of the same prefix that are not settings. */
const ENV_OTHER = new Set(['PERPSCOPE_RELAUNCHED', 'PERPSCOPE_CONFIG', 'PERPSCOPE_DATA_DIR']);

/** `PERPSCOPE_ASSETS=BTC,ETH`, `PERPSCOPE_ENGINE__GATE__QUANTILE=0.9`: two underscores step into an object. An empty variable counts as none. */
function fromEnvironment(env: NodeJS.ProcessEnv): unknown {
  let result: unknown = {};
  for (const [name, text] of Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!name.startsWith(ENV_PREFIX) || ENV_OTHER.has(name) || !text) continue;
    const path: string[] = [];
    let at: unknown = DEFAULTS;
    for (const part of name.slice(ENV_PREFIX.length).split('__')) {
      const key = keyLike(at, part);
      if (key === undefined)
        throw new CommandError(`environment: ${name} is no setting`, EXIT.config);
      path.push(key);
      at = (at as Plain)[key];
    }
    result = layered(result, nested(path, valueFor(at, text)));
  }
  return result;
}

/** `--set engine.gate.quantile=0.9`. */
function fromSets(sets: readonly string[]): unknown {
  let result: unknown = {};
  for (const set of sets) {
    const at = set.indexOf('=');
    if (at < 1) throw usage(`--set takes key=value, not '${set}'`);
    const path = set.slice(0, at).split('.');
    const current = path.reduce<unknown>(
      (inner, key) => (isPlain(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
      DEFAULTS,
    );
    result = layered(result, nested(path, valueFor(current, set.slice(at + 1))));
  }
  return result;
}

function fromFile(file: string, isOptional: boolean): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (isOptional && (error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new CommandError(`config: cannot read ${file}: ${(error as Error).message}`, EXIT.config);
  }
  const json = jsonOf(text);
  if ('mistake' in json)
    throw new CommandError(`config: ${file} is not JSON: ${json.mistake}`, EXIT.config);
  const content = json.value;
  if (!isPlain(content))
    throw new CommandError(`config: ${file} is no JSON object of settings`, EXIT.config);
  return content;
}

/** What a host, channel or number of a feed is called that its protocol does not have; undefined when all are known. */
function unknownFeedKey(feeds: Config['feeds']): string | undefined {
  for (const [feed, over] of Object.entries(feeds)) {
    const defaults = decoderOf(feed)?.defaults;
    if (defaults === undefined)
      return `feeds.${feed}: no such feed, known are ${protocols.map((known) => known.feed).join(', ')}, and for a polled venue its name and -polled`;
    for (const part of ['hosts', 'channels', 'numbers'] as const) {
      const known = Object.keys(defaults[part]);
      const unknown = Object.keys(over[part] ?? {}).find((key) => !known.includes(key));
      if (unknown !== undefined)
        return `feeds.${feed}.${part}.${unknown}: no such key, known are ${known.join(', ')}`;
    }
  }
  return undefined;
}

/** What is wrong with the name of a theme, in a sentence with what would be right; undefined when nothing is. */
function wrongTheme(name: string | null, userThemes: ConfigSources['userThemes']) {
  if (name === null || themeNamed(name) !== undefined) return undefined;
  const own = userThemes();
  if (themeNamed(name, own.themes) !== undefined) return undefined;
  const file = `theme ${name.toLowerCase()}.json: `;
  const problem = own.problems.find((text) => text.toLowerCase().startsWith(file));
  if (problem !== undefined) return problem;
  const known = [...themes, ...own.themes].map((theme) => theme.name);
  return `theme: expected one of ${known.join(', ')}, got "${cleanText(name).slice(0, 40)}"`;
}

/** The layers that make the configuration; what is missing in all of them has its default. */
export interface ConfigSources {
  /** `--config`, which has to exist, or the one in the config directory, which need not. */
  readonly file: { readonly path: string; readonly isOptional: boolean };
  readonly env: NodeJS.ProcessEnv;
  readonly sets: readonly string[];
  /** Values of dedicated flags (`--assets`, `--theme` …); undefined where not given. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Themes of a person's own; only looked at where a theme is named that is not built in. */
  readonly userThemes: () => UserThemes;
}

function check(
  layer: unknown,
  exitCode: number,
  where: string,
  userThemes: ConfigSources['userThemes'],
): void {
  const merged = layered(DEFAULTS, layer);
  const result = v.safeParse(schema, merged);
  if (result.success) {
    const unknown = unknownFeedKey(result.output.feeds);
    if (unknown !== undefined) throw new CommandError(`${where}: ${unknown}`, exitCode);
    const keys = wrongIn(BINDINGS, result.output.keys);
    if (keys !== undefined) throw new CommandError(`${where}: keys: ${keys}`, exitCode);
    const theme = wrongTheme(result.output.theme, userThemes);
    if (theme !== undefined) throw new CommandError(`${where}: ${theme}`, exitCode);
    return;
  }
  const issue = result.issues[0];
  const path = v.getDotPath(issue) ?? '(whole)';
  const got = issue.received.length > 60 ? `${issue.received.slice(0, 57)}…` : issue.received;
  const expected = issue.type === 'regex' ? issue.message : (issue.expected ?? issue.message);
  throw new CommandError(
    issue.expected === 'never'
      ? `${where}: ${path}: no such key`
      : `${where}: ${path}: expected ${expected}, got ${got}`,
    exitCode,
  );
}

/**
 * The configuration in force. Flags beat the environment, which beats the file, which beats the defaults.
 *
 * @throws CommandError naming key, value and what would be right: exit 78 for file and environment, 2 for flags.
 */
export function loadConfig(sources: ConfigSources): Config {
  const { userThemes } = sources;
  const file = fromFile(sources.file.path, sources.file.isOptional);
  check(file, EXIT.config, `config ${sources.file.path}`, userThemes);
  const environment = fromEnvironment(sources.env);
  check(environment, EXIT.config, 'environment', userThemes);
  const flags = layered(fromSets(sources.sets), sources.flags);
  check(flags, EXIT.usage, 'flags', userThemes);
  const config = [file, environment, flags].reduce(layered, DEFAULTS) as Config;
  // Keys of two layers may only clash together.
  const wrong = wrongIn(BINDINGS, config.keys);
  if (wrong !== undefined) throw new CommandError(`flags: keys: ${wrong}`, EXIT.usage);
  return config;
}
