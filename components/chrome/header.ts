import type { Frame, Source } from '../../src/frame/frame.ts';
import type { Asset } from '../../src/model/instrument.ts';
import type { Reading } from '../../src/model/reading.ts';
import type { Role } from '../../themes/theme.ts';
import { cleanText, fitted } from '../format/cell-width.ts';
import { absentMark, fixed, percent } from '../format/number.ts';
import { clock, duration, instant } from '../format/time.ts';
import { type Brush, cellsOf, exactly, line, type Part, spread } from '../panels/line.ts';
import { cascadeRole, regimeRole } from '../panels/roles.ts';
import { roleIn, shown, shownWord, signRole, wordCells } from '../panels/shown.ts';
import { selectTrust } from '../panels/trust/select.ts';
import type { ScreenState } from '../screen-store.ts';
import { pastWords } from '../time-travel.ts';

const SOURCE_ROLES: Readonly<Record<Source, Role>> = {
  live: 'live',
  demo: 'demo',
  replay: 'replay',
};

/** `LIVE` only looks alive while feeds are. */
function liveBadge(frame: Frame, brush: Brush): Part {
  const { feeds } = frame.trust;
  const well = feeds.filter(({ state }) => state === 'live').length;
  const [full, hollow] = brush.ascii ? ['*', 'o'] : ['●', '○'];
  if (well === 0) return [`${hollow} LIVE`, 'stale'];
  return [`${full} LIVE`, well === feeds.length ? 'live' : 'warn'];
}

const sourceName = ({ source, origin }: Frame): string =>
  source === 'replay' && origin !== 'recording' && origin !== 'replay'
    ? `REPLAY of ${origin}`
    : source.toUpperCase();

/** What the screen is instead of the newest frames. */
function heldBadge({ past, frozen }: ScreenState): Part[] {
  if (past !== null) return [[past.at > past.newest ? ' AHEAD ' : ' PAST ', 'past']];
  return frozen === null ? [] : [[' FROZEN ', 'frozen']];
}

/** `LIVE` as a word; `DEMO`, `REPLAY` and `FROZEN` as badges on a background of their own, because they are not the market of now. */
function sourceBadge(frame: Frame, state: ScreenState, brush: Brush): Part[] {
  const { source } = frame;
  const held = heldBadge(state);
  if (source !== 'live') return [[` ${sourceName(frame)} `, SOURCE_ROLES[source]], ...held];
  return held.length > 0 ? held : [liveBadge(frame, brush)];
}

/** Says in words what a demo or a replay is, on the header's second row. */
const sourceWords = ({ source, origin }: Frame): string => {
  if (source === 'demo') return 'simulated market, not real prices';
  if (source === 'replay') {
    return origin === 'demo' ? 'recorded simulation, not real prices' : 'recorded market, not now';
  }
  return '';
};

function assetTab(frame: Frame, isFocused: boolean, brush: Brush): Part[] {
  const { price, priceChange24h, priceDecimals } = frame;
  const cells = Math.min(
    12,
    Math.max(
      8,
      price.state === 'absent'
        ? 0
        : fixed(price.value, 12, priceDecimals, { thousands: true }).trim().length,
    ),
  );
  const name = cleanText(frame.asset);
  const onTab: Brush = isFocused ? { ...brush, painter: brush.painter.on('selection') } : brush;
  const parts: Part[] = [
    ' ',
    [name, isFocused ? 'title' : 'dim'],
    ' ',
    shown(price, cells, (v, w) => fixed(v, w, priceDecimals, { thousands: true }), onTab, {
      role: isFocused ? 'title' : 'text',
    }),
    ' ',
    shown(priceChange24h, 8, (v, w) => percent(v, w, 2, { sign: true }), onTab, {
      role: signRole(priceChange24h),
    }),
    ' ',
  ];
  const w = cellsOf(parts);
  return isFocused ? [{ painted: line(parts, w, onTab), cells: w }] : parts;
}

interface Tab {
  readonly asset: Asset;
  readonly parts: readonly Part[];
  readonly cells: number;
}

/** Tabs of as many assets as fit, the focused one always among them. */
function tabsIn(state: ScreenState, room: number, brush: Brush): readonly Tab[] {
  const focused = state.asset;
  const tabs = state.assets.map((asset): Tab => {
    const parts = assetTab(state.frames.get(asset)!, asset === focused, brush);
    return { asset, parts, cells: cellsOf(parts) };
  });
  const at = Math.max(
    0,
    tabs.findIndex(({ asset }) => asset === focused),
  );
  let used = 0;
  const kept = new Set<string>();
  // The focused one first, then its neighbours outwards.
  const order = tabs
    .map((tab, i) => ({ tab, distance: Math.abs(i - at) }))
    .sort((a, b) => a.distance - b.distance);
  for (const { tab } of order) {
    if (used + tab.cells > room - 5 && kept.size > 0) break;
    used += tab.cells;
    kept.add(tab.asset);
  }
  return tabs.filter(({ asset }) => kept.has(asset));
}

/** The tabs that fit, and how many are left out at the end. */
function assetTabs(state: ScreenState, room: number, brush: Brush): Part[] {
  const tabs = tabsIn(state, room, brush);
  const parts = tabs.flatMap((tab) => tab.parts);
  const left = state.assets.length - tabs.length + state.assetsLeftOut;
  return left > 0 ? [...parts, [` +${left}`, 'dim']] : parts;
}

function clockParts(state: ScreenState): Part[] {
  const { frame } = state;
  if (frame === null) return [];
  const isNow = frame.source !== 'replay' && state.frozen === null && state.past === null;
  const text = isNow ? clock(frame.tsLocal, 8) : instant(frame.tsLocal, 19);
  const role: Role =
    state.past !== null
      ? 'past'
      : state.frozen !== null
        ? 'frozen'
        : frame.source === 'live'
          ? 'text'
          : SOURCE_ROLES[frame.source];
  return [
    [isNow ? text : ` ${text} `, role],
    [' UTC', 'dim'],
  ];
}

function firstRow(state: ScreenState, w: number, brush: Brush): string {
  const { frame } = state;
  if (frame === null) {
    return spread(
      [' ', ['perpscope', 'title']],
      [['waiting for the first frame', 'dim'], ' '],
      w,
      brush,
    );
  }
  const { before, room } = aroundTabs(state, frame, w, brush);
  const tabs = assetTabs(state, room, brush);
  return spread([...before, ...tabs], [...clockParts(state), ' '], w, brush);
}

/** What stands before the tabs, and the cells that are left for them. */
function aroundTabs(state: ScreenState, frame: Frame, w: number, brush: Brush) {
  const name: Part[] = w < 100 ? [' '] : [' ', ['perpscope', 'title'], '  '];
  const badge = sourceBadge(frame, state, brush);
  const fixedCells = cellsOf([...name, ...badge, ...clockParts(state)]);
  return { before: [...name, ...badge, ' '], room: w - fixedCells - 4 };
}

/** The asset whose tab has this column of the header's first row; null elsewhere. */
export function assetAt(state: ScreenState, w: number, x: number, brush: Brush): Asset | null {
  const { frame } = state;
  if (frame === null) return null;
  const { before, room } = aroundTabs(state, frame, w, brush);
  let end = cellsOf(before);
  if (x < end) return null;
  for (const { asset, cells } of tabsIn(state, room, brush)) {
    end += cells;
    if (x < end) return asset;
  }
  return null;
}

function trustParts(frame: Frame): Part[] {
  const { liveFeeds, feeds, wholeBooks, books, quality } = selectTrust(frame);
  const count = (name: string, well: number, all: number): Part[] => [
    [`${name} `, 'dim'],
    [`${well}/${all}`, well === all ? 'live' : 'warn'],
  ];
  const suspects = quality.filter(({ state }) => state === 'suspect').length;
  return [
    ...count('feeds', liveFeeds, feeds.length),
    '  ',
    ...count('books', wholeBooks, books.length),
    ...(suspects === 0 ? [] : [[`  ${suspects} suspect`, 'error'] as const]),
  ];
}

function secondRow(state: ScreenState, w: number, brush: Brush): string {
  const { frame } = state;
  if (frame === null) return line([], w, brush);
  const { regime, cascade, drift } = frame;
  const since: Part[] =
    regime.since === null || w < 110
      ? []
      : [[` for ${duration(frame.tsLocal - regime.since, 8).trim()}`, 'dim']];
  const words = sourceWords(frame);
  const word = <T extends string>(reading: Reading<T>, role: Role): Part =>
    shownWord(reading, wordCells(reading), brush, role);
  const spoken: Part[] =
    words === '' || w < 90
      ? []
      : [[words, frame.source === 'demo' ? 'warn' : 'accent'] as const, '   '];
  const left = (source: readonly Part[], age: readonly Part[]): Part[] => [
    ' ',
    ...source,
    ...(w < 100 && regime.label.state !== 'absent' ? [] : [['regime ', 'dim'] as const]),
    word(regime.label, regimeRole(regime.label)),
    ...age,
    ['  cascade ', 'dim'],
    word(cascade.level, cascadeRole(cascade.level)),
    ...(w < 74 ? [] : ['  ', gatePart(drift.active, brush)]),
  ];
  const trust: Part[] = [...trustParts(frame), ' '];
  // What can be trusted outranks how long the regime has lasted, and that the badge above is put in words as well.
  const forms = [left(spoken, since), left(spoken, []), left([], since)];
  const fits = (form: readonly Part[]): boolean => cellsOf(form) + 1 + cellsOf(trust) <= w;
  return spread(forms.find(fits) ?? left([], []), trust, w, brush);
}

const gatePart = (active: Reading<boolean>, brush: Brush): Part => {
  if (active.state === 'absent') return [`gate ${absentMark(brush.ascii)}`, 'absent'];
  return active.value
    ? ['gate OPEN', roleIn(active, 'accent')]
    : ['gate closed', roleIn(active, 'dim')];
};

/** What stands in the way of reading the screen as the present; null while nothing does. */
function warning(state: ScreenState): readonly [string, Role] | null {
  const { past, deriving, frozen, ended, silentMs, frame } = state;
  if (deriving !== null) {
    const share = Math.floor(deriving.share * 100);
    const what =
      deriving.to === null
        ? 'LOOKING FOR THE NEXT EVENT'
        : `MAKING ${instant(deriving.to, 19)} UTC ANEW`;
    return [`${what}: ${share} %. 0 gives up.`, 'past'];
  }
  if (past !== null)
    return [pastWords(past.at, past.newest, past.origin, past.everySeconds), 'past'];
  if (frozen !== null) {
    const behind = duration(frozen.behind, 8).trim();
    return [
      `FROZEN at ${clock(frozen.at, 8)} UTC, ${behind} behind. Feeds go on. Space follows again.`,
      'frozen',
    ];
  }
  if (ended !== null)
    return [`ENDED: ${cleanText(ended)}. What is shown is the last state.`, 'past'];
  if (silentMs === null || frame === null) return null;
  const silent = duration(silentMs * 1000, 8).trim();
  return [`NOTHING ARRIVES since ${silent}. What is shown is old.`, 'past'];
}

/** A warning over the whole width. On a header of one row it stands in for the badges, so it names the source itself. */
function banner(state: ScreenState, w: number, isAlone: boolean, brush: Brush): string | null {
  const found = warning(state);
  if (found === null) return null;
  const [text, role] = found;
  const { frame } = state;
  const source = isAlone && frame !== null ? `${sourceName(frame)}  ` : '';
  return line([[fitted(` ${source}${text}`, w, { ascii: brush.ascii }), role]], w, brush);
}

/** The header: source, assets and the clock of the data; then regime, cascade and trust, or a banner when the screen is not the present. */
export function headerRows(state: ScreenState, w: number, h: number, brush: Brush): string[] {
  const notice = banner(state, w, h === 1, brush);
  if (h === 1) return [notice ?? firstRow(state, w, brush)];
  return exactly([firstRow(state, w, brush), notice ?? secondRow(state, w, brush)], w, h);
}
