import { basisPanel } from './basis/rows.ts';
import { bookPanel } from './book/rows.ts';
import { flowPanel } from './flow/rows.ts';
import { fundingPanel } from './funding/rows.ts';
import type { PanelId } from './ids.ts';
import { liquidationsPanel } from './liquidations/rows.ts';
import { openInterestPanel } from './open-interest/rows.ts';
import { optionsPanel } from './options/rows.ts';
import type { Panel } from './panel.ts';
import { scannerPanel } from './scanner/rows.ts';
import { signalsPanel } from './signals/rows.ts';
import { trustPanel } from './trust/rows.ts';

/** Every panel by its id. */
export const panels: Readonly<Record<PanelId, Panel>> = {
  funding: fundingPanel,
  openInterest: openInterestPanel,
  liquidations: liquidationsPanel,
  basis: basisPanel,
  book: bookPanel,
  signals: signalsPanel,
  trust: trustPanel,
  flow: flowPanel,
  options: optionsPanel,
  scanner: scannerPanel,
};
