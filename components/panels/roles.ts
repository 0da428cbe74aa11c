import type { Reading } from '../../src/model/reading.ts';
import type { CascadeLevel, RegimeLabel } from '../../src/model/regime.ts';
import type { Role } from '../../themes/theme.ts';

const CASCADE: Readonly<Record<CascadeLevel, Role>> = {
  low: 'riskLow',
  medium: 'riskMedium',
  high: 'riskHigh',
  critical: 'riskCritical',
};

/** The role in which a cascade level is drawn. */
export const cascadeRole = (level: Reading<CascadeLevel>): Role =>
  level.state === 'absent' ? 'absent' : (CASCADE[level.value] ?? 'text');

const REGIME: Readonly<Record<RegimeLabel, Role>> = {
  'deleveraging stress': 'riskCritical',
  'crowded carry long': 'riskMedium',
  'crowded carry short': 'riskMedium',
  neutral: 'riskLow',
};

/** The role in which a regime is drawn. */
export const regimeRole = (label: Reading<RegimeLabel>): Role =>
  label.state === 'absent' ? 'absent' : (REGIME[label.value] ?? 'text');
