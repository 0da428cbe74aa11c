import { areMarginTiers, areSameTiers, type MarginTier } from '../../model/margin.ts';
import { listedOf } from '../listed.ts';
import { Malformed, objectOf, priceOf, sizeOf } from '../wire.ts';
import type { Draft } from './draft.ts';

/**
 * `GET /v5/market/risk-limit?category&symbol` → the brackets of a linear contract, where they are not those that were told last. `riskLimitValue` is dollars there, and coins
 * on inverse contracts, whose brackets are not asked for.
 *
 * @see https://bybit-exchange.github.io/docs/v5/market/risk-limit
 */
export function riskLimit(draft: Draft, rows: readonly unknown[], symbol: string): void {
  const stated = rows
    .map((row): readonly [number, number, number] => {
      const wire = objectOf(row, 'list');
      if (wire['symbol'] !== symbol) throw new Malformed('list: another symbol');
      return [
        sizeOf(wire['riskLimitValue'], 'riskLimitValue'),
        sizeOf(wire['maintenanceMargin'], 'maintenanceMargin'),
        priceOf(wire['maxLeverage'], 'maxLeverage'),
      ];
    })
    .sort(([a], [b]) => a - b);
  // Nobody may hold more than the last says.
  const tiers = stated.map(
    ([most, maintenance, maxLeverage], i): MarginTier => [
      i === stated.length - 1 ? null : most,
      maintenance,
      maxLeverage,
    ],
  );
  if (!areMarginTiers(tiers)) throw new Malformed('list: no brackets');
  const { state, events, commits, tsLocal } = draft;
  if (areSameTiers(state.tiers.get(symbol) ?? null, tiers)) return;
  const { instrument } = listedOf(draft, symbol);
  events.push({
    kind: 'maintenanceTiers',
    instrument: instrument.id,
    tiers,
    tsExchange: null,
    tsLocal,
  });
  commits.push(() => state.tiers.set(symbol, tiers));
}
