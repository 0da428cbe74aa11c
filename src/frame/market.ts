import { type Definitions, type Grounds, path } from '../model/definition.ts';
import type { Asset } from '../model/instrument.ts';
import { absent, derive, marked, type Reading } from '../model/reading.ts';

/** Drift of the whole market: one and the same in the frames of all assets at one instant (SPEC §5). */
export interface MarketFrame {
  /** Mean of μ over the assets, weighted by the open interest of their leading perps in USD. */
  readonly drift: Reading;
  /** Share of the assets whose gate is open with μ above zero, and below it; `partial` while the gate of some is warming. */
  readonly breadthUp: Reading;
  readonly breadthDown: Reading;
  /** Assets that the mean is taken over. */
  readonly assets: number;
  /** Assets left out of it, or whose gate is left out of the breadth, each with its reason. */
  readonly excluded: readonly string[];
}

/** What one asset brings. */
export interface MarketMember {
  readonly asset: Asset;
  readonly mu: Reading;
  readonly active: Reading<boolean>;
  readonly openInterestUsd: Reading;
}

/** Only what is live counts: what is stale or absent is named, and nothing stands in for it. */
export function marketFrame(members: readonly MarketMember[]): MarketFrame {
  const excluded: string[] = [];
  const told: MarketMember[] = [];
  const judged: MarketMember[] = [];
  const leaveOut = (name: string, what: string, reading: Reading<unknown>) =>
    excluded.push(`${name}: ${reading.state === 'absent' ? reading.reason : `stale ${what}`}`);
  for (const member of members) {
    const { asset, mu, active, openInterestUsd } = member;
    if (mu.state !== 'live') leaveOut(asset, 'drift', mu);
    else if (openInterestUsd.state !== 'live') leaveOut(asset, 'open interest', openInterestUsd);
    else {
      told.push(member);
      if (active.state === 'live') judged.push(member);
      else leaveOut(`${asset} gate`, 'gate', active);
    }
  }
  const breadth = (sign: number): Reading => {
    const isOpen = ({ mu, active }: MarketMember) =>
      active.value === true && Math.sign(mu.value ?? 0) === sign;
    if (judged.length === 0) return absent(told.length === 0 ? whyNone(members) : 'gates warming');
    const share = derive(
      judged.map(({ mu }) => mu),
      () => judged.filter(isOpen).length / judged.length,
    );
    return judged.length < told.length ? marked(share, { partial: true }) : share;
  };
  return {
    drift: told.length === 0 ? absent(whyNone(members)) : weightedMean(told),
    breadthUp: breadth(1),
    breadthDown: breadth(-1),
    assets: told.length,
    excluded,
  };
}

const whyNone = (members: readonly MarketMember[]): string =>
  members.length === 0 ? 'no asset' : 'no asset with live drift and open interest';

/** As a running mean: the drift of a single asset comes out as it went in, to the last bit. */
function weightedMean(members: readonly MarketMember[]): Reading {
  const inputs = members.flatMap(({ mu, openInterestUsd }) => [mu, openInterestUsd]);
  return derive(inputs, (...values: number[]) => {
    let mean = 0;
    let weight = 0;
    for (let i = 0; i < values.length; i += 2) {
      const usd = values[i + 1]!;
      if (!(usd > 0)) continue;
      weight += usd;
      mean += (values[i]! - mean) * (usd / weight);
    }
    return weight > 0 ? mean : Number.NaN;
  });
}

const BREADTH = { unit: 'fraction', source: 'SPEC §5' } as const;

export const marketDefinitions: Definitions = {
  'market.drift': {
    formula:
      'Σ μ · OI / Σ OI over the assets whose μ and OI are live, OI of the leading perp in USD',
    unit: 'sd²',
    source: 'SPEC §5',
    inputs: [path('drift.mu'), path('openInterest.usd')],
  },
  'market.assets': {
    formula: 'assets that the mean is taken over',
    unit: 'count',
    source: 'SPEC §5',
    inputs: [],
  },
  'market.breadthUp': {
    ...BREADTH,
    formula: 'assets with an open gate and μ > 0 / assets whose gate can be judged',
    inputs: [path('drift.active'), path('drift.mu')],
  },
  'market.breadthDown': {
    ...BREADTH,
    formula: 'assets with an open gate and μ < 0 / assets whose gate can be judged',
    inputs: [path('drift.active'), path('drift.mu')],
  },
};

/** Over how many assets a number under `market.` is taken, and which are left out. */
export const marketGrounds = ({ assets, excluded }: MarketFrame): Grounds => ({
  parameters: { assets },
  excluded,
});
