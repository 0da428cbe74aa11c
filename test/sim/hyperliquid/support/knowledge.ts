/** What one frame of a venue showed of a book, best first. */
export interface Shown {
  readonly view: 'deep' | 'fast' | 'touch';
  readonly bids: readonly (readonly [price: number, size: number])[];
  readonly asks: readonly (readonly [price: number, size: number])[];
}

/**
 * A side of a book as pictures of parts of it make it known, the long way round: every price as the newest picture saw it in whose range it lies.
 *
 * @param frames  in the order of their times.
 */
export function knowledge(
  frames: readonly Shown[],
  which: 'bids' | 'asks',
): [price: number, size: number][] {
  const isBid = which === 'bids';
  const prices = new Set(frames.flatMap((frame) => frame[which].map(([price]) => price)));
  const covers = ({ view, [which]: side }: Shown, price: number) => {
    const worst = side.at(-1)?.[0];
    return view === 'deep' || worst === undefined || (isBid ? price >= worst : price <= worst);
  };
  return [...prices]
    .map((price): [number, number] => {
      const newest = frames.findLast((frame) => covers(frame, price))!;
      return [price, newest[which].find(([at]) => at === price)?.[1] ?? 0];
    })
    .filter(([, size]) => size > 0)
    .sort((a, b) => (isBid ? b[0] - a[0] : a[0] - b[0]));
}
