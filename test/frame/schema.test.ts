import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { frameOf } from '../../src/engine/frame-of.ts';
import { scanOf } from '../../src/engine/scan-of.ts';
import { step } from '../../src/engine/step.ts';
import { lineSchema } from '../../src/frame/schema.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import { SECOND } from '../../src/model/units.ts';
import { engineFor, linesOf } from '../support/engine.ts';
import { frame as fixture } from '../support/frames.ts';
import { TAPE_START, type TapeOptions, tape } from '../support/tape.ts';
import { coin, idOf, universe } from '../support/universe.ts';

const validate = new Ajv2020({ strict: true, strictTypes: false, allErrors: true }).compile(
  lineSchema,
);

/** What is wrong with a line; empty when it is as published. */
function faults(line: unknown): string[] {
  if (validate(JSON.parse(JSON.stringify(line)))) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const TAPES: readonly (readonly [name: string, options: TapeOptions])[] = [
  [
    'a market with an outage',
    { assets: ['BTC', 'SOL'], seconds: 80, outage: { at: 20, seconds: 9 } },
  ],
  ['two venues', { venues: ['binance', 'okx'], seconds: 8 }],
  ['no history', { historyHours: 0, seconds: 70 }],
  ['a hole of hours', { seconds: 40, hole: { at: 20, hours: 7 } }],
  ['nothing but books', { without: ['openInterest', 'marks', 'funding', 'interval', 'trades'] }],
  ['no spot', { without: ['spot', 'coverage', 'reports'], seconds: 8 }],
];

describe('the published schema', () => {
  test.each(TAPES)('holds for every line of %s', (_, options) => {
    for (const line of linesOf(engineFor(), tape(options))) expect(faults(line)).toEqual([]);
  });

  test('holds for events that a calm market does not bring', () => {
    const early = TAPE_START - 1740 * SECOND;
    const noisy = tape({ start: early as never, seconds: 60 }).flatMap((event): EngineEvent[] => {
      const second = (event.tsLocal - early) / SECOND;
      if (event.kind === 'openInterest' && second > 20)
        return [{ ...event, size: event.size * (second < 40 ? 1.3 : 0.7) }];
      if (event.kind === 'heard' && event.feed === 'binance-usdm' && second > 30 && second < 31)
        return [
          event,
          {
            kind: 'feed',
            feed: event.feed,
            report: { kind: 'suspect', stream: 'btcusdt@depth', reason: 'silent 30 s' },
            tsLocal: event.tsLocal,
          },
          {
            kind: 'feed',
            feed: event.feed,
            report: {
              kind: 'rest',
              pool: 'binance-futures',
              used: 12,
              limit: 2400,
              state: 'limited',
              until: (event.tsLocal + SECOND) as never,
            },
            tsLocal: event.tsLocal,
          },
          { kind: 'rejected', feed: event.feed, chan: 'x', reason: 'y', tsLocal: event.tsLocal },
          { kind: 'unfamiliar', feed: event.feed, what: 'field zz', tsLocal: event.tsLocal },
          {
            kind: 'feed',
            feed: event.feed,
            report: { kind: 'dropped', count: 3, reason: 'queue full' },
            tsLocal: event.tsLocal,
          },
        ];
      if (event.kind === 'fundingInterval') return [event, { ...event, hours: 4 }];
      return [event];
    });
    const lines = linesOf(engineFor(), noisy);
    const kinds = new Set(lines.map((line) => (line.type === 'event' ? line.kind : line.type)));
    for (const kind of [
      'gateOpened',
      'regimeChanged',
      'streamSuspect',
      'fundingIntervalChanged',
      'liquidation',
      'frame',
      'series',
    ])
      expect(kinds).toContain(kind);
    for (const line of lines) expect(faults(line)).toEqual([]);
  });

  test('holds for the frame of an asset that nobody has heard of', () => {
    expect(faults(frameOf(engineFor({ assets: ['BTC'] }), 'BTC', TAPE_START))).toEqual([]);
  });

  test('holds for the frames that the screens are tested with', () => {
    expect(faults(fixture())).toEqual([]);
  });

  test('holds for scans of a universe, whatever is known of it', () => {
    const events = universe({
      perps: 5,
      seconds: 30,
      books: [1, 2],
      silent: { '!miniTicker@arr': 12 },
    });
    const engine = engineFor({ assets: [coin(2)], universe: true });
    for (const event of events) {
      step(engine, event);
      if (event.kind === 'tick' || event.kind === 'listing')
        expect(faults(scanOf(engine, engine.now))).toEqual([]);
    }
    const scan = scanOf(engine, engine.now);
    expect(scan.rows.map(({ instrument }) => instrument)).toContain(idOf(5));
    expect(faults({ ...scan, rows: [{ ...scan.rows[0], rank: 0 }] })).not.toEqual([]);
    expect(faults({ ...scan, rows: [{ ...scan.rows[0], trend: [1] }] })).not.toEqual([]);
  });

  test('is itself a schema of draft 2020-12, and JSON', () => {
    expect(lineSchema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(JSON.parse(JSON.stringify(lineSchema))).toEqual(lineSchema);
    expect(new Ajv2020().validateSchema(lineSchema)).toBe(true);
  });

  const good = () => structuredClone(fixture()) as unknown as Record<string, never>;
  const spoilt = (spoil: (line: Record<string, Record<string, unknown>>) => void): unknown => {
    const line = good();
    spoil(line as never);
    return line;
  };

  test.each([
    ['a key nobody has published', spoilt((line) => (line['extra'] = {}))],
    ['a missing key', spoilt((line) => delete line['regime'])],
    ['a reading without its state', spoilt((line) => delete line['price']!['state'])],
    ['a live reading without a value', spoilt((line) => (line['price']!['value'] = null))],
    [
      'an absence that is a zero',
      spoilt((line) => (line['price'] = { state: 'absent', value: 0, reason: 'x' })),
    ],
    [
      'an absence without a reason',
      spoilt((line) => (line['price'] = { state: 'absent', value: null })),
    ],
    ['a stale reading without its age', spoilt((line) => (line['price']!['state'] = 'stale'))],
    ['a mark that says no', spoilt((line) => (line['price']!['sampled'] = false))],
    ['a time that is no whole number', spoilt((line) => (line['tsLocal'] = 0.5 as never))],
    ['another version', spoilt((line) => (line['v'] = 2 as never))],
    [
      'a label nobody has published',
      spoilt((line) => (line['regime']!['label'] = { state: 'live', value: 'boom' })),
    ],
    ['another type', spoilt((line) => (line['type'] = 'frames' as never))],
  ])('refuses %s', (_, line) => {
    expect(faults(line)).not.toEqual([]);
  });

  test('describes every key of a frame', () => {
    const undescribed: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      const { properties, description } = node as { properties?: object; description?: string };
      if (properties !== undefined)
        for (const [key, inner] of Object.entries(properties)) visit(inner, `${path}.${key}`);
      else if (description === undefined && '$ref' in node) undescribed.push(path);
    };
    const defs = lineSchema['$defs'] as Record<string, unknown>;
    for (const name of ['frame', 'scan', 'scanRow']) visit(defs[name], name);
    expect(undescribed).toEqual([]);
  });
});
