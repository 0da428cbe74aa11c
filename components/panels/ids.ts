/** Every panel, in the order of its key. */
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
  'scanner',
] as const;

export type PanelId = (typeof PANEL_IDS)[number];

/** The key of a panel, which also stands in its border: a digit as long as there are any, then `u` for the universe of all perps. */
export const PANEL_KEYS = Object.fromEntries(
  PANEL_IDS.map((id, at) => [id, id === 'scanner' ? 'u' : String(at + 1)]),
) as Readonly<Record<PanelId, string>>;
