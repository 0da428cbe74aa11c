import type { Fact, Grounds, Unit } from '../model/definition.ts';
import type { Asset, InstrumentId, Venue } from '../model/instrument.ts';
import type { Reading } from '../model/reading.ts';
import type { Micros } from '../model/units.ts';
import type { Line } from './frame.ts';

/** One input of an explained number, as it stood at that instant. */
export interface LineageInput {
  /** Path of a number in the frame, or the name of a fact. */
  readonly name: string;
  readonly fact: Fact | null;
  readonly venue: Venue | null;
  readonly instrument: InstrumentId | null;
  readonly reading: Reading<unknown>;
  /** When it was last heard, and how long ago that was; null where it is itself computed. */
  readonly heardTs: Micros | null;
  readonly age: Micros | null;
}

/** Where one number of a frame comes from (SPEC §15): formula, inputs with venue, time and age, window, what was left out and why. */
export interface Lineage extends Line, Grounds {
  readonly type: 'lineage';
  readonly asset: Asset;
  readonly path: string;
  readonly reading: Reading<unknown>;
  readonly formula: string;
  readonly unit: Unit;
  /** SPEC § or paper. */
  readonly reference: string;
  readonly inputs: readonly LineageInput[];
}
