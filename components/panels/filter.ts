/**
 * Whether a row with these words passes a filter: any part of them, whatever the case; after `!` the rows that do not have it. An empty
 * filter, and a lone `!`, let everything pass.
 */
export function admits(filter: string | undefined, ...words: readonly (string | null)[]): boolean {
  if (filter === undefined) return true;
  const isInverted = filter.startsWith('!');
  const wanted = (isInverted ? filter.slice(1) : filter).toLowerCase();
  if (wanted === '') return true;
  return words.some((word) => word?.toLowerCase().includes(wanted) === true) !== isInverted;
}
