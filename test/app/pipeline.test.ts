import { expect, test } from 'vitest';
import { Pipeline } from '../../src/app/pipeline.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';

test('frames carry what is behind their numbers for as long as somebody explains them, and of that asset alone', () => {
  const pipeline = new Pipeline({
    engine: { settings: DEFAULT_SETTINGS, assets: ['BTC', 'ETH'], source: 'demo', origin: 'demo' },
    everySeconds: Number.POSITIVE_INFINITY,
    scanEverySeconds: Number.POSITIVE_INFINITY,
    onLine: () => {},
  });
  const before = JSON.stringify(pipeline.frame('BTC'));
  expect(pipeline.frame('BTC').grounds).toBeUndefined();
  pipeline.explainAlso(new Set(['BTC']));
  expect(pipeline.frame('BTC').grounds).toBeDefined();
  expect(pipeline.frame('ETH').grounds).toBeUndefined();
  pipeline.explainAlso(new Set());
  expect(JSON.stringify(pipeline.frame('BTC'))).toBe(before);
});
