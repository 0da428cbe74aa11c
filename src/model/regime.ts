/** Ex-ante regimes of positioning (SPEC §6). */
export type RegimeLabel =
  | 'deleveraging stress'
  | 'crowded carry long'
  | 'crowded carry short'
  | 'neutral';

/** How much estimated notional dies close by (SPEC §9). */
export type CascadeLevel = 'low' | 'medium' | 'high' | 'critical';

/** What OI and price did together over the hour (SPEC §4). */
export type OiChangeType = 'long build' | 'long liquidation' | 'short build' | 'short squeeze';
