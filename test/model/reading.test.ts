import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  absent,
  derive,
  live,
  type Marks,
  marked,
  observed,
  type Reading,
  stale,
  valueIn,
} from '../../src/model/reading.ts';
import { micros } from '../../src/model/units.ts';

const marks = fc.record(
  {
    provisional: fc.constant(true as const),
    sampled: fc.constant(true as const),
    partial: fc.constant(true as const),
    estimated: fc.constant(true as const),
    polled: fc.constant(true as const),
    nEff: fc.integer({ min: 1, max: 200 }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Marks>;

const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const living = fc.tuple(value, marks).map(([v, m]) => live(v, m));
const aged = fc
  .tuple(value, fc.integer({ min: 1, max: 1e9 }), marks)
  .map(([v, age, m]) => stale(v, micros(age), m));
const missing = fc.constantFrom('warming 3/24', 'no feed: okx', 'book resyncing').map(absent);
const anyReading: fc.Arbitrary<Reading> = fc.oneof(living, aged, missing);
const readings = fc.array(anyReading, { minLength: 1, maxLength: 6 });

const sum = (...values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('a value derived from readings', () => {
  test.prop([readings])('is absent for the reason of the first absent input', (inputs) => {
    const first = inputs.find(({ state }) => state === 'absent');
    const result = derive(inputs, sum as never);
    if (first === undefined) expect(result.state).not.toBe('absent');
    else expect(result).toEqual(first);
  });

  test.prop([readings])(
    'is stale as its oldest stale input and live when there is none',
    (inputs) => {
      fc.pre(inputs.every(({ state }) => state !== 'absent'));
      const result = derive(inputs, sum as never);
      const ages = inputs.flatMap((input) => (input.state === 'stale' ? [input.age] : []));
      expect(result.state).toBe(ages.length > 0 ? 'stale' : 'live');
      if (result.state === 'stale') expect(result.age).toBe(Math.max(...ages));
    },
  );

  test.prop([readings])('carries every mark of its inputs and the smallest nEff', (inputs) => {
    fc.pre(inputs.every(({ state }) => state !== 'absent'));
    const result = derive(inputs, sum as never) as Reading & Marks;
    const given = inputs as readonly (Reading & Marks)[];
    for (const name of ['provisional', 'sampled', 'partial', 'estimated', 'polled'] as const)
      expect(result[name] ?? false).toBe(given.some((input) => input[name] === true));
    const counts = given.flatMap(({ nEff }) => (nEff === undefined ? [] : [nEff]));
    expect(result.nEff).toBe(counts.length > 0 ? Math.min(...counts) : undefined);
  });

  test('is absent where the arithmetic has no answer', () => {
    const quotient = derive([live(1), live(0)] as const, (a, b) => a / b);
    expect(quotient).toEqual(absent('undefined here'));
    expect(derive([live(-1)] as const, Math.sqrt)).toEqual(absent('undefined here'));
  });

  test('may be a text', () => {
    expect(derive([live(2)] as const, (a) => (a > 1 ? 'high' : 'low'))).toEqual(live('high'));
  });
});

describe('a state observed earlier', () => {
  test('is live up to its limit and stale beyond it', () => {
    expect(observed(5, micros(1000), micros(4000), 3000)).toEqual(live(5));
    expect(observed(5, micros(1000), micros(4001), 3000)).toEqual(stale(5, micros(3001)));
  });
});

test('marks are added to a value and not to an absence', () => {
  expect(marked(live(1, { sampled: true }), { estimated: true })).toEqual(
    live(1, { sampled: true, estimated: true }),
  );
  expect(marked(absent('no feed'), { estimated: true })).toEqual(absent('no feed'));
});

test('an absent reading has no value, a stale one has', () => {
  expect(valueIn(absent('no feed'))).toBeUndefined();
  expect(valueIn(stale(7, micros(1)))).toBe(7);
});

test('an absence is null in JSON and a value carries no empty marks', () => {
  expect(JSON.stringify(absent('no feed'))).toBe(
    '{"state":"absent","value":null,"reason":"no feed"}',
  );
  expect(JSON.stringify(live(1))).toBe('{"state":"live","value":1}');
  expect(JSON.stringify(stale(1, micros(9)))).toBe('{"state":"stale","value":1,"age":9}');
});
