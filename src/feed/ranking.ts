/** A book is kept until its symbol falls below this many times the number of books … */
const LEAVES_BELOW = 1.25;
/** … and a symbol that ranks within this share of it gets one whoever has to leave. */
const ENTERS_WITHIN = 0.8;

/**
 * Which books are carried next: at most `wanted`, by rank. Symbols about the last place change theirs all the time, and each change costs a snapshot and
 * the book of another; so whoever has a book keeps it for a while, unless the best need its place.
 *
 * @param ranked symbols, the one that trades most first.
 * @param held those that have a book now.
 */
export function nextBooks(
  ranked: readonly string[],
  held: ReadonlySet<string>,
  wanted: number,
): readonly string[] {
  const next = new Set(ranked.slice(0, Math.floor(wanted * ENTERS_WITHIN)));
  const stay = ranked.slice(0, Math.floor(wanted * LEAVES_BELOW)).filter((it) => held.has(it));
  for (const symbol of [...stay, ...ranked]) {
    if (next.size >= wanted) break;
    next.add(symbol);
  }
  return ranked.filter((symbol) => next.has(symbol));
}
