import type { PanelId } from '../panels/ids.ts';

/** A grid in the manner of CSS: the same name in neighbouring slots is one box. */
export interface Grid {
  /** Screens it is for. The first grid that fits is taken. */
  readonly fits: (w: number, h: number) => boolean;
  /** Shares of the width and the height. */
  readonly columns: readonly number[];
  readonly rows: readonly number[];
  readonly areas: readonly (readonly PanelId[])[];
}

/** Choices of panels for one kind of work, in the order of the key; the overview has them all. */
export const PRESETS = [
  'overview',
  'microstructure',
  'derivatives',
  'risk',
  'trust',
  'scanner',
] as const;

export type Preset = (typeof PRESETS)[number];

/** Every preset but the overview, whose grids are those of the layout. */
const GRIDS: Readonly<Record<Exclude<Preset, 'overview'>, readonly Grid[]>> = {
  microstructure: [
    {
      // Wide: the ladder in the middle, as tall as the screen.
      fits: (w) => w >= 110,
      columns: [1, 1, 1],
      rows: [1, 1],
      areas: [
        ['signals', 'book', 'liquidations'],
        ['flow', 'book', 'liquidations'],
      ],
    },
    {
      fits: () => true,
      columns: [1, 1],
      rows: [1, 1],
      areas: [
        ['book', 'flow'],
        ['book', 'liquidations'],
      ],
    },
  ],
  derivatives: [
    {
      fits: (w, h) => w >= 150 && h >= 36,
      columns: [1, 1, 1],
      rows: [1, 1],
      areas: [
        ['funding', 'openInterest', 'signals'],
        ['basis', 'options', 'signals'],
      ],
    },
    {
      fits: () => true,
      columns: [1, 1],
      rows: [1, 1],
      areas: [
        ['funding', 'openInterest'],
        ['basis', 'signals'],
      ],
    },
  ],
  risk: [
    {
      fits: () => true,
      columns: [1, 1],
      rows: [3, 2],
      areas: [
        ['liquidations', 'liquidations'],
        ['signals', 'openInterest'],
      ],
    },
  ],
  trust: [
    {
      fits: (w) => w >= 110,
      columns: [5, 3],
      rows: [1],
      areas: [['trust', 'book']],
    },
    { fits: () => true, columns: [1], rows: [2, 1], areas: [['trust'], ['signals']] },
  ],
  scanner: [
    {
      // Wide and high: all perps above what is known of the asset in front.
      fits: (w, h) => w >= 150 && h >= 36,
      columns: [1, 1, 1],
      rows: [3, 2],
      areas: [
        ['scanner', 'scanner', 'scanner'],
        ['signals', 'funding', 'openInterest'],
      ],
    },
    {
      fits: () => true,
      columns: [1, 1],
      rows: [3, 2],
      areas: [
        ['scanner', 'scanner'],
        ['signals', 'funding'],
      ],
    },
  ],
};

/** Grids of a preset, the first that fits is taken; undefined for the overview. */
export const gridsOf = (preset: Preset): readonly Grid[] | undefined =>
  preset === 'overview' ? undefined : GRIDS[preset];

/** Panels that a preset shows on a screen of this size, in their order; undefined where it shows all. */
export function panelsOf(preset: Preset, w: number, h: number): readonly PanelId[] | undefined {
  const grid = gridsOf(preset)?.find(({ fits }) => fits(w, h));
  return grid === undefined ? undefined : [...new Set(grid.areas.flat())];
}

/** The preset of that name; undefined where there is none. */
export const presetNamed = (name: string | undefined): Preset | undefined =>
  PRESETS.find((preset) => preset === name);
