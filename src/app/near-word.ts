/** Letters that have to be changed, added, taken away or swapped with their neighbour to make one word of the other. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = last[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row[j] = Math.min(
        changed,
        last[j]! + 1,
        row[j - 1]! + 1,
        isSwap ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = last;
    last = row;
  }
  return last[other.length]!;
}

/** Longer words are not compared: nobody mistypes those. */
const LONGEST = 64;

/** The word that was probably meant, whatever its case: the nearest one, at most a third of its letters away; undefined when none is near. */
export function nearWord(word: string, words: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of words) {
    const away = distance(word.toLowerCase(), candidate.toLowerCase());
    if (away < least && away <= Math.ceil(candidate.length / 3)) {
      nearest = candidate;
      least = away;
    }
  }
  return nearest;
}
