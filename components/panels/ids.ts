/** Every panel, in the order of its digit: the first is `1`. */
export const PANEL_IDS = [
  'funding',
  'openInterest',
  'liquidations',
  'basis',
  'book',
  'signals',
  'trust',
  'flow',
  'options',
] as const;

export type PanelId = (typeof PANEL_IDS)[number];
