import type { Temper } from './assets.ts';

/** What drives one asset's crowd and market makers for a while; neutral values describe a calm market. */
export interface Mood {
  /** Trend of the latent price, basis points per minute. */
  readonly driftBpsPerMinute: number;
  /** Multiplies the latent volatility. */
  readonly volatility: number;
  /** Multiplies the rate of taker orders and of quote changes. */
  readonly flow: number;
  /** −1 only sellers lift, +1 only buyers. */
  readonly buyBias: number;
  /** Expected change of open interest per perp lot traded: +1 everybody opens, −1 everybody closes. */
  readonly opening: number;
  /** Where the perp's premium over spot is pulled to, basis points. */
  readonly premiumBps: number;
  /** Multiplies resting size and level density. */
  readonly depth: number;
  /** Share of new longs (shorts) taken with 25× and more; the rest is careful or hedged. */
  readonly hotLongs: number;
  readonly hotShorts: number;
  /** Half-life in minutes of the pull of the latent price back to where the simulation began. */
  readonly pullMinutes: number;
}

/** A stretch of time with one mood; phases of one name may follow each other. */
export interface Phase {
  readonly name: string;
  readonly seconds: number;
  readonly mood: Mood;
}

/** How many times faster than in reality slow quantities move; 1 is real. */
interface Tempo {
  /** Position building: one traded lot stands for that many. */
  readonly crowd: number;
  /** The averaging of the funding estimate: a premium sample stands for that many. */
  readonly funding: number;
}

/** A story the market acts out. */
export interface Scenario {
  readonly name: string;
  /** Walked through in order, then again from `loopFrom`. */
  readonly phases: readonly Phase[];
  readonly loopFrom: number;
  readonly tempo: Tempo;
  /** Build-up already in the history at the start: +1 a crowd of longs, −1 of shorts, 0 none. */
  readonly crowd: number;
}

const CALM: Mood = {
  driftBpsPerMinute: 0,
  volatility: 1,
  flow: 1,
  buyBias: 0,
  opening: 0,
  premiumBps: -4.6,
  depth: 1,
  hotLongs: 0.06,
  hotShorts: 0.05,
  pullMinutes: 240,
};

const phase = (name: string, seconds: number, mood: Partial<Mood>): Phase => ({
  name,
  seconds,
  mood: { ...CALM, ...mood },
});

const calm = (seconds: number) => phase('calm', seconds, {});

/** Longs pile in: price grinds up, perp trades over spot, funding climbs, open interest rises. */
const carry = (seconds: number) =>
  phase('carry', seconds, {
    driftBpsPerMinute: 45,
    volatility: 0.9,
    flow: 2.6,
    buyBias: 0.16,
    opening: 0.7,
    premiumBps: 28,
    hotLongs: 0.6,
    hotShorts: 0.03,
    pullMinutes: 600,
  });

/** The move that reaches the first liquidation prices, then the cascade feeding itself. */
const cascade = (seconds: number): readonly Phase[] => [
  phase('cascade', 15, {
    driftBpsPerMinute: -700,
    volatility: 1.8,
    flow: 4,
    buyBias: -0.35,
    opening: -0.35,
    premiumBps: -8,
    depth: 0.55,
    pullMinutes: 600,
  }),
  phase('cascade', seconds - 15, {
    driftBpsPerMinute: -110,
    volatility: 2.4,
    flow: 4.5,
    buyBias: -0.2,
    opening: -0.4,
    premiumBps: -22,
    depth: 0.35,
    pullMinutes: 600,
  }),
];

/** Buyers return, quotes fill in, part of the move is given back. */
const recovery = (seconds: number) =>
  phase('recovery', seconds, {
    driftBpsPerMinute: 60,
    volatility: 1.3,
    flow: 1.6,
    buyBias: 0.06,
    opening: -0.05,
    premiumBps: -7,
    depth: 0.75,
    pullMinutes: 3,
  });

/** Shorts lean on a slow decline: funding turns negative while open interest rises. */
const shortBuild = (seconds: number) =>
  phase('short-build', seconds, {
    driftBpsPerMinute: -40,
    volatility: 0.9,
    flow: 2.5,
    buyBias: -0.14,
    opening: 0.8,
    premiumBps: -26,
    hotLongs: 0.03,
    hotShorts: 0.8,
    pullMinutes: 600,
  });

const squeeze = (seconds: number): readonly Phase[] => [
  phase('squeeze', 15, {
    driftBpsPerMinute: 750,
    volatility: 1.7,
    flow: 4,
    buyBias: 0.35,
    opening: -0.35,
    premiumBps: -10,
    depth: 0.55,
    pullMinutes: 600,
  }),
  phase('squeeze', seconds - 15, {
    driftBpsPerMinute: 100,
    volatility: 2.2,
    flow: 4,
    buyBias: 0.18,
    opening: -0.35,
    premiumBps: 8,
    depth: 0.4,
    pullMinutes: 600,
  }),
];

const REAL: Tempo = { crowd: 1, funding: 1 };
/** A demo minute stands for hours of positioning; the tape, the books and the liquidations stay real. */
const HASTE: Tempo = { crowd: 12, funding: 240 };

/**
 * What the simulated market can act out. `demo` walks through every regime in about four minutes
 * and begins again; the others stay with one.
 */
const SCENARIOS: readonly Scenario[] = [
  { name: 'calm', phases: [calm(600)], loopFrom: 0, tempo: REAL, crowd: 0 },
  {
    name: 'carry',
    phases: [carry(300), calm(120), recovery(60)],
    loopFrom: 0,
    tempo: HASTE,
    crowd: 0.6,
  },
  {
    name: 'cascade',
    phases: [carry(15), ...cascade(60), recovery(60), calm(60), carry(90)],
    loopFrom: 1,
    tempo: HASTE,
    crowd: 1,
  },
  {
    name: 'squeeze',
    phases: [shortBuild(15), ...squeeze(50), recovery(60), calm(60), shortBuild(90)],
    loopFrom: 1,
    tempo: HASTE,
    crowd: -1,
  },
  {
    name: 'demo',
    phases: [
      calm(25),
      carry(75),
      ...cascade(45),
      recovery(35),
      shortBuild(50),
      ...squeeze(35),
      recovery(25),
    ],
    loopFrom: 0,
    tempo: HASTE,
    crowd: 0.2,
  },
];

/** The scenario of that name; throws on an unknown one and says which exist. */
export function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS.find((candidate) => candidate.name === name);
  if (scenario === undefined) {
    const known = SCENARIOS.map((candidate) => candidate.name).join(', ');
    throw new RangeError(`Unknown scenario ${name}; there are ${known}`);
  }
  return scenario;
}

/** The phase in force a number of seconds after the start (the first one before it). */
export function phaseAt(scenario: Scenario, seconds: number): Phase {
  const { phases, loopFrom } = scenario;
  let left = Math.max(0, seconds);
  for (const candidate of phases) {
    if (left < candidate.seconds) return candidate;
    left -= candidate.seconds;
  }
  const loop = phases.slice(loopFrom);
  left %= loop.reduce((sum, candidate) => sum + candidate.seconds, 0);
  for (const candidate of loop) {
    if (left < candidate.seconds) return candidate;
    left -= candidate.seconds;
  }
  return phases[0]!;
}

/** A mood as one coin's crowd takes it: its bias, build-up and premium more, less or the other way. */
export function tempered(mood: Mood, temper: Temper | null): Mood {
  if (temper === null) return mood;
  const { crowding, premiumBps } = temper;
  const more = Math.max(0, crowding);
  const share = (value: number) => Math.max(-0.9, Math.min(0.9, value));
  // The contrary crowd builds shorts where the others build longs.
  const isContrary = crowding < 0;
  return {
    ...mood,
    buyBias: share(mood.buyBias * crowding),
    opening: share(mood.opening * Math.min(1, Math.abs(crowding))),
    premiumBps: CALM.premiumBps + (mood.premiumBps - CALM.premiumBps) * crowding + premiumBps,
    hotLongs: share(isContrary ? mood.hotShorts : mood.hotLongs * Math.min(1.2, 0.4 + more)),
    hotShorts: share(isContrary ? mood.hotLongs : mood.hotShorts * Math.min(1.2, 0.4 + more)),
  };
}

const ease = (from: number, to: number, share: number): number => from + (to - from) * share;

/** A mood on its way to another: every quantity moves the same share of its distance. */
export const easeMood = (from: Mood, to: Mood, share: number): Mood => ({
  driftBpsPerMinute: ease(from.driftBpsPerMinute, to.driftBpsPerMinute, share),
  volatility: ease(from.volatility, to.volatility, share),
  flow: ease(from.flow, to.flow, share),
  buyBias: ease(from.buyBias, to.buyBias, share),
  opening: ease(from.opening, to.opening, share),
  premiumBps: ease(from.premiumBps, to.premiumBps, share),
  depth: ease(from.depth, to.depth, share),
  hotLongs: ease(from.hotLongs, to.hotLongs, share),
  hotShorts: ease(from.hotShorts, to.hotShorts, share),
  pullMinutes: ease(from.pullMinutes, to.pullMinutes, share),
});
