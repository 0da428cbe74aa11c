import {
  type Definition,
  type Definitions,
  fact,
  type Grounds,
  type Unit,
} from '../model/definition.ts';
import { DAY, HOUR, MINUTE } from '../model/units.ts';
import type { Frame } from './frame.ts';

const WINDOWS = { m1: '1 min', m5: '5 min', h1: '1 h', h24: '24 h' } as const;

const told = (formula: string, unit: Unit): Definition => ({
  formula,
  unit,
  source: 'SPEC §9',
  inputs: [fact('liquidations', 'own')],
});

const ofWindow = (name: keyof typeof WINDOWS): Definitions => ({
  [`liquidations.${name}.long`]: told(
    `Σ price · size of longs liquidated, ${WINDOWS[name]}, over the feeds of all perps; a lower bound where a venue publishes a part`,
    'usd',
  ),
  [`liquidations.${name}.short`]: told(
    `Σ price · size of shorts liquidated, ${WINDOWS[name]}, over the feeds of all perps; a lower bound where a venue publishes a part`,
    'usd',
  ),
  [`liquidations.${name}.count`]: told(`liquidations published, ${WINDOWS[name]}`, 'count'),
  [`liquidations.${name}.largest`]: told(
    `largest price · size of one liquidation, ${WINDOWS[name]}`,
    'usd',
  ),
});

const ofVenue = (name: 'h1' | 'h24', side: 'long' | 'short'): Definition =>
  told(
    `Σ price · size of ${side}s liquidated on the venue, ${WINDOWS[name]}; a lower bound where it publishes a part`,
    'usd',
  );

export const liquidationDefinitions: Definitions = {
  ...ofWindow('m1'),
  ...ofWindow('m5'),
  ...ofWindow('h1'),
  ...ofWindow('h24'),
  'liquidations.tape': told(
    'the newest liquidations as they were published: price of bankruptcy or of the fill, as the venue has it',
    'usd',
  ),
  'liquidations.byVenue.*.h1.long': ofVenue('h1', 'long'),
  'liquidations.byVenue.*.h1.short': ofVenue('h1', 'short'),
  'liquidations.byVenue.*.h24.long': ofVenue('h24', 'long'),
  'liquidations.byVenue.*.h24.short': ofVenue('h24', 'short'),
};

const SPANS: Readonly<Record<string, number>> = {
  m1: MINUTE,
  m5: 5 * MINUTE,
  h1: HOUR,
  h24: DAY,
};

/** The window of a total, and what the feeds in it leave out. */
export function liquidationGrounds(
  name: string,
  section: Frame['liquidations'],
): Grounds | undefined {
  const keys = name.split('.');
  const isVenue = keys[1] === 'byVenue';
  const window = isVenue ? keys[3] : keys[1];
  const span = window === undefined ? undefined : SPANS[window];
  if (span === undefined) return undefined;
  const count = isVenue ? null : section[window as 'h1'].count.value;
  const told = Object.entries(section.completeness).filter(
    ([venue]) => !isVenue || venue === keys[2],
  );
  return {
    ...(count !== null && { window: { span, count, full: count } }),
    parameters: Object.fromEntries(told),
    excluded: told
      .filter(([, note]) => note === 'no liquidation feed')
      .map(([venue, note]) => `${venue}: ${note}`),
  };
}
