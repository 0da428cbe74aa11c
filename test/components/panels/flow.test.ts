import { describe, expect, test } from 'vitest';
import { emptyHistory, remember } from '../../../components/history.ts';
import { selectFlow } from '../../../components/panels/flow/select.ts';
import { panels } from '../../../components/panels/index.ts';
import { absent, live } from '../../../src/model/reading.ts';
import { drawn, UNTOUCHED } from '../../support/drawn.ts';
import { emptyFrame, frame } from '../../support/frames.ts';

const PERP = 'binance:BTC/USDT:USDT';
const SPOT = 'binance:BTC/USDT';

describe('selecting the flow', () => {
  test('takes the leading perp and its spot, and the asset’s own comparison of both', () => {
    const rows = selectFlow(frame(), UNTOUCHED);
    expect(rows.perp?.title).toBe('binance perp');
    expect(rows.spot?.title).toBe('binance spot');
    expect(rows.sides).toEqual(live('spot bought, perp sold'));
    expect(rows.responses.map(({ label }) => label)).toEqual(['5s', '30s', '60s']);
    expect(rows.reasons).toEqual([]);
  });

  test('sorts the listings by volume, net flow, z or VPIN, what is absent last', () => {
    const one = frame();
    const orderOf = (sort: number, from = one) =>
      selectFlow(from, { ...UNTOUCHED, sort }).listings.map(({ instrument }) => instrument);
    expect(orderOf(2)).toEqual([PERP, SPOT]);
    const silent = {
      ...one,
      features: {
        ...one.features,
        byInstrument: {
          ...one.features.byInstrument,
          [PERP]: { ...one.features.byInstrument[PERP], netZ60m: absent('warming 3/60') },
        },
      },
    };
    expect(orderOf(2, silent)).toEqual([SPOT, PERP]);
  });

  test('has no number where there is no perp, and says why', () => {
    const rows = selectFlow(emptyFrame(), UNTOUCHED);
    expect(rows.perp).toBeNull();
    expect(rows.vpin).toEqual(absent('no leading perp'));
    expect(rows.listings).toEqual([]);
    expect(rows.reasons[0]).toMatchObject({ state: 'absent', reason: 'no leading perp' });
  });

  test('a word where a number should stand is absent instead of shown', () => {
    const one = frame();
    const asset = { ...one.features.asset, liquidityRatio: live('much') };
    const rows = selectFlow({ ...one, features: { ...one.features, asset } }, UNTOUCHED);
    expect(rows.liquidityRatio).toEqual(absent('not a number'));
  });
});

describe('the flow panel', () => {
  test('in a narrow box has takers, CVD, impact, volatility and z in five rows', () => {
    expect(drawn(panels.flow, frame(), 25, 6)).toEqual([
      'perp        0 ━━━━━━━━━━━',
      'spot   +28.27 ━━━━━━━━━━━',
      'CVD p  -288.0 s  -203.2',
      'VPIN 0.31 λ  +0.42',
      'vol   41.2 % medium',
      'z60 +1.62 z240 +0.71',
    ]);
  });

  test('in a wider one adds what the book foretells and who leads', () => {
    const text = drawn(panels.flow, frame(), 52, 9).join('\n');
    expect(text).toMatch(/CVD perp +-288\.0 +spot +-203\.2 +60m spot bought/);
    expect(text).toMatch(/VPIN +0\.31 +λ +\+0\.42 t +\+3\.1 R² +0\.28/);
    expect(text).toMatch(/OIB>mid 5s +\+0\.21 +half-life +38 m/);
    expect(text).toMatch(/spot leads +212 bid +87 ask s\/h/);
    expect(text).toMatch(/depth perp\/spot +2\.31 +crowding +1\.87/);
  });

  test('zoomed has every listing in a table and says why what is absent is', () => {
    const rows = drawn(panels.flow, frame(), 196, 50, { zoomed: true });
    expect(rows.join('\n')).toMatch(
      /venue +listing +buy 1m +volume▾ +sell 1m +net 1m +z 60m +CVD +trades +mean size +net 60m +VPIN +λ bps\/\$M +vol %/,
    );
    expect(rows.join('\n')).toMatch(/reverts +down/);
    const empty = drawn(panels.flow, emptyFrame(), 116, 60, { zoomed: true }).join('\n');
    expect(empty).toContain('not live');
    expect(empty).toContain('no leading perp');
  });

  test('draws what both CVDs gained, from the first second of the window on', () => {
    const history = emptyHistory();
    for (let seconds = 0; seconds < 900; seconds += 10) remember(history, frame({ seconds }));
    const rows = drawn(panels.flow, frame({ seconds: 890 }), 70, 24, { history });
    expect(rows.some((row) => /━━ perp {3}━━ spot/.test(row))).toBe(true);
    expect(rows.at(-1)).toMatch(/-15m +-10m +-5m +now$/);
    expect(rows.some((row) => /^ +0┤|^ +0\.00┤/.test(row))).toBe(true);
  });
});
