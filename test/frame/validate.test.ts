import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { lineSchema } from '../../src/frame/schema.ts';
import { faultOf, isLine } from '../../src/frame/validate.ts';
import { engineFor, linesOf } from '../support/engine.ts';
import { randomOf, tape } from '../support/tape.ts';

const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(lineSchema);
const lines = linesOf(engineFor(), tape({ assets: ['BTC'], seconds: 6 })).map((line): unknown =>
  JSON.parse(JSON.stringify(line)),
);

test('takes every line that the program prints', () => {
  expect(lines.length).toBeGreaterThan(6);
  for (const line of lines) expect(faultOf(line)).toBeUndefined();
});

const ODDITIES: readonly unknown[] = [null, true, -1, 1.5, 'x', '', [], {}, undefined];

/** The same value with one thing in it changed, removed, added or doubled. */
function mangled(value: unknown, random: () => number): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  if (typeof value !== 'object' || value === null || random() < 0.08) return pick(ODDITIES);
  if (Array.isArray(value)) {
    if (value.length === 0 || random() < 0.1) return [...value, pick(ODDITIES)];
    const at = Math.floor(random() * value.length);
    return value.map((item, i) => (i === at ? mangled(item, random) : item));
  }
  const keys = Object.keys(value);
  if (keys.length === 0 || random() < 0.1) return { ...value, surprise: pick(ODDITIES) };
  const key = pick(keys);
  const { [key]: below, ...others } = value as Record<string, unknown>;
  return random() < 0.1 ? others : { ...others, [key]: mangled(below, random) };
}

test('judges mangled lines as a general validator does', () => {
  const random = randomOf(5);
  let refused = 0;
  for (let i = 0; i < 1500; i += 1) {
    const line = lines[Math.floor(random() * lines.length)];
    const other: unknown = JSON.parse(JSON.stringify(mangled(line, random) ?? null));
    const isValid = validate(other);
    expect(isLine(other), `${faultOf(other)} / ${validate.errors?.[0]?.instancePath}`).toBe(
      isValid,
    );
    if (!isValid) refused += 1;
  }
  expect(refused).toBeGreaterThan(500);
});

test.each([null, 1, 'frame', [], {}, { type: 'frame' }, { v: 1, type: 'nothing' }])(
  'refuses %j with a reason',
  (line) => {
    expect(faultOf(line)).toMatch(/\S/);
  },
);
