import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { QuotaCount } from '../../src/sim/quota.ts';

test.prop([
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 40 }),
  fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 60 }),
])('a quota admits what a list of everything would', (most, windowMs, pauses) => {
  const quota = new QuotaCount({ most, windowMs });
  const all: number[] = [];
  let now = 1000;
  for (const pause of pauses) {
    now += pause;
    all.push(now);
    const within = all.filter((atMs) => atMs > now - windowMs).length;
    expect(quota.admit(now)).toBe(within <= most);
  }
});
