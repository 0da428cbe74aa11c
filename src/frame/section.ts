import type { Entries, InstrumentInput } from '../features/feature.ts';
import type { Venue } from '../model/instrument.ts';
import { absent, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import type { Micros } from '../model/units.ts';

/** A listing as a section of the frame sees it: what its features saw, and every reading they made of it. */
export interface ListedView {
  readonly input: InstrumentInput;
  readonly entries: Entries;
}

/** What a section of an asset's frame is made from. */
export interface SectionInput {
  readonly now: Micros;
  readonly settings: EngineSettings;
  /** Every listing of the asset, the preferred ones first: the first perp of a venue stands for it. */
  readonly listed: readonly ListedView[];
  /** The leading perp and the spot listing beside it. */
  readonly lead: ListedView | undefined;
  readonly spot: ListedView | undefined;
}

/** A reading another family has made, under its name; absent where nothing makes it. */
export function pick<T extends number | string = number>(
  entries: Entries,
  name: string,
  otherwise = 'no perp listed yet',
): Reading<T> {
  const reading = entries[name];
  return reading === undefined ? absent(otherwise) : (reading as Reading<T>);
}

/** Perps of the asset, the preferred ones first. */
export const perpsIn = ({ listed }: SectionInput): readonly ListedView[] =>
  listed.filter(({ input }) => input.state.instrument.kind === 'perp');

/** Perps that stand for their venue, and the others. */
export function standing(perps: readonly ListedView[]): {
  readonly first: readonly ListedView[];
  readonly others: readonly ListedView[];
} {
  const seen = new Set<Venue>();
  const first: ListedView[] = [];
  const others: ListedView[] = [];
  for (const view of perps) {
    const { venue } = view.input.state.instrument;
    (seen.has(venue) ? others : first).push(view);
    seen.add(venue);
  }
  return { first, others };
}

/** What a perp is called where it is left out of something: by its venue where it stands for it, else by its own name. */
export function namesOf(perps: readonly ListedView[]): ReadonlyMap<ListedView, string> {
  const { first } = standing(perps);
  return new Map(
    perps.map((view) => {
      const { id, venue } = view.input.state.instrument;
      return [view, first.includes(view) ? venue : id];
    }),
  );
}
