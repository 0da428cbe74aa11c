import { areMarginTiers, areSameTiers, type MarginTier } from '../../model/margin.ts';
import { noteUnfamiliar } from '../draft.ts';
import { arrayOf, idOf, Malformed, objectOf, priceOf, sizeOf, type Wire } from '../wire.ts';
import type { Draft } from './draft.ts';

/** Maintenance begins at half of the margin that the most leverage asks for (venues.md §1.9). */
const maintenanceAt = (maxLeverage: number): number => 1 / (2 * maxLeverage);

/** `[id, {marginTiers: [{lowerBound, maxLeverage}, …]}]` → the brackets of that table; each reaches to where the next one begins. */
function tableOf(row: unknown): readonly [id: number, tiers: readonly MarginTier[]] {
  const [id, body] = arrayOf(row, 'marginTables');
  const rows = arrayOf(objectOf(body, 'marginTable')['marginTiers'], 'marginTiers').map((tier) => {
    const wire = objectOf(tier, 'marginTier');
    return {
      from: sizeOf(wire['lowerBound'], 'lowerBound'),
      maxLeverage: priceOf(wire['maxLeverage'], 'maxLeverage'),
    };
  });
  const tiers = rows.map(
    ({ maxLeverage }, i): MarginTier => [
      rows[i + 1]?.from ?? null,
      maintenanceAt(maxLeverage),
      maxLeverage,
    ],
  );
  if (!areMarginTiers(tiers)) throw new Malformed('marginTiers: no brackets');
  return [idOf(id, 'marginTables'), tiers];
}

/** Tables by id. One that cannot be read is no table, and is counted as unfamiliar: listings do not hang on it. */
export function marginTables(draft: Draft, value: unknown): Map<number, readonly MarginTier[]> {
  const tables = new Map<number, readonly MarginTier[]>();
  if (!Array.isArray(value)) return tables;
  for (const row of value)
    try {
      const [id, tiers] = tableOf(row);
      tables.set(id, tiers);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      noteUnfamiliar(draft, error.message);
    }
  return tables;
}

/** The brackets of one coin: those of its table, else the one that its most leverage makes. Undefined where it states neither. */
function tiersOf(
  row: Wire,
  tables: ReadonlyMap<number, readonly MarginTier[]>,
): readonly MarginTier[] | undefined {
  const { marginTableId: id, maxLeverage } = row;
  const stated = typeof id === 'number' ? tables.get(id) : undefined;
  if (stated !== undefined) return stated;
  if (typeof maxLeverage !== 'number') return undefined;
  const tiers: MarginTier[] = [[null, maintenanceAt(maxLeverage), maxLeverage]];
  return areMarginTiers(tiers) ? tiers : undefined;
}

/** Tells the brackets of a coin, where they are not those that were told last. */
export function tellTiers(
  draft: Draft,
  row: Wire,
  tables: ReadonlyMap<number, readonly MarginTier[]>,
  { symbol, instrument }: { readonly symbol: string; readonly instrument: string },
): void {
  const tiers = tiersOf(row, tables);
  const { state, events, commits, tsLocal } = draft;
  if (tiers === undefined || areSameTiers(state.tiers.get(symbol) ?? null, tiers)) return;
  events.push({ kind: 'maintenanceTiers', instrument, tiers, tsExchange: null, tsLocal });
  commits.push(() => state.tiers.set(symbol, tiers));
}
